//! The loop in which every Rust contender is measured, ours and the peers': `peers` includes this very file. It knows no library.
//!
//! `contender <url> <calls> <in flight> <warm-up calls>` prints one line of JSON about the calls after the warm-up. The drivers in
//! `peers/node` and `peers/python` do the same.

use std::error::Error;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use std::{env, vec};

use cpu_time::ProcessTime;
use tokio::task::JoinSet;

/// Whatever went wrong: a measurement with a failed call is none.
pub type Failure = Box<dyn Error + Send + Sync>;

/// A library that is ready to create `PaymentIntent`s at one address.
pub trait Contender: Send + Sync + Sized + 'static {
    /// Sets the library up as its own documentation does. Called once.
    fn connect(url: &str) -> impl Future<Output = Result<Self, Failure>> + Send;

    /// Creates one `PaymentIntent`; an error unless the answer has id, status, client secret, and the order's amount and currency.
    fn create(&self, order: Order) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// What one call asks for: this amount in Canadian dollars, by card only, these two ids as metadata.
#[derive(Clone, Debug)]
pub struct Order {
    /// In cents.
    pub amount: i64,
    /// A UUID, different for every call of a process.
    pub payment_id: String,
    /// Metadata too.
    pub invoice_id: String,
    /// The idempotency key.
    pub key: String,
}

impl Order {
    fn new(number: u64) -> Self {
        let payment_id = format!("01930000-0000-7000-8000-{number:012x}");
        let key = format!("{payment_id}-1");
        Self { amount: 12_345, payment_id, invoice_id: format!("INV-{number}"), key }
    }
}

/// The secret key of every contender, in pieces because it looks like a real one.
pub fn secret_key() -> String {
    ["sk", "live", "51BenchBenchBenchBenchBench"].join("_")
}

/// Runs contender `C` as the command line asks. `allocations` counts those of the whole process so far.
pub fn run<C: Contender>(allocations: Option<fn() -> u64>) -> ExitCode {
    let outcome = Plan::from_arguments().and_then(|plan| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(measure::<C>(plan, allocations))
    });
    match outcome {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure:?}");
            ExitCode::FAILURE
        }
    }
}

struct Plan {
    url: String,
    calls: u64,
    in_flight: u64,
    warm_up: u64,
}

impl Plan {
    fn from_arguments() -> Result<Self, Failure> {
        // From the end: a program with several contenders has the contender's name in front.
        let mut arguments = env::args().rev();
        let mut next =
            || arguments.next().ok_or("usage: contender <url> <calls> <in flight> <warm-up calls>");
        let (warm_up, in_flight, calls) = (next()?.parse()?, next()?.parse()?, next()?.parse()?);
        Ok(Self { url: next()?, calls, in_flight, warm_up })
    }
}

async fn measure<C: Contender>(plan: Plan, allocations: Option<fn() -> u64>) -> Result<String, Failure> {
    let contender = Arc::new(C::connect(&plan.url).await?);
    // What is asked for is there before the clock starts: it is nobody's work.
    let orders = |numbers: Range<u64>| numbers.map(Order::new).collect::<Vec<_>>();
    let (warm_up, measured) = (orders(0..plan.warm_up), orders(plan.warm_up..plan.warm_up + plan.calls));
    create_all(&contender, warm_up, plan.in_flight).await?;

    let count = || allocations.map(|count| count());
    let (allocated, cpu, wall) = (count(), ProcessTime::now(), Instant::now());
    create_all(&contender, measured, plan.in_flight).await?;
    let (wall, cpu) = (wall.elapsed(), cpu.elapsed());
    let allocated = count().zip(allocated).map(|(after, before)| after - before);

    Ok(format!(
        r#"{{"calls":{},"wall_ns":{},"cpu_ns":{},"cpu_since_start_ns":{},"allocations":{}}}"#,
        plan.calls,
        wall.as_nanos(),
        cpu.as_nanos(),
        ProcessTime::now().as_duration().as_nanos(),
        allocated.map_or_else(|| "null".to_owned(), |count| count.to_string()),
    ))
}

/// Always on spawned tasks, as a server does: a client that is used from `block_on` itself works under other conditions.
async fn create_all<C: Contender>(
    contender: &Arc<C>,
    orders: Vec<Order>,
    in_flight: u64,
) -> Result<(), Failure> {
    let orders = Arc::new(Mutex::new(orders.into_iter()));
    let mut tasks = JoinSet::new();
    for _ in 0..in_flight {
        let (contender, orders) = (Arc::clone(contender), Arc::clone(&orders));
        tasks.spawn(async move {
            while let Some(order) = next(&orders) {
                contender.create(order).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(finished) = tasks.join_next().await {
        finished??;
    }
    Ok(())
}

fn next(orders: &Mutex<vec::IntoIter<Order>>) -> Option<Order> {
    orders.lock().unwrap_or_else(PoisonError::into_inner).next()
}
