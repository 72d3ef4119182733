//! The way to a processor and back: lost, slow, refused, spoilt. What has left arrives, whatever becomes of its sender.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_transport::{Delivery, Exchange, Request, Response, SendError, SendErrorKind};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::chance::Luck;
use super::process::Life;
use super::request::{Asked, Kind};
use super::world::World;
use super::{Fault, lock};

/// Which processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Moneris,
    Stripe,
}

/// The way from one process to one processor.
#[derive(Debug)]
pub(super) struct Network {
    world: Arc<World>,
    life: Arc<Life>,
    at: At,
    processor: Arc<dyn Exchange>,
}

/// What may happen to a request before it has left.
const LEAVING: [Fault; 2] = [Fault::CrashBeforeSend, Fault::ConnectionRefused];

/// What may happen to it afterwards.
const UNDER_WAY: [Fault; 8] = [
    Fault::CrashAfterSend,
    Fault::RequestLost,
    Fault::RequestSlow,
    Fault::AnswerLost,
    Fault::AnswerSpoilt,
    Fault::AnswerUntrue,
    Fault::BankSlow,
    Fault::ProcessorFails,
];

/// How soon after an effect its ledger is looked at: before anybody can learn of it.
const AFTERWARDS: Duration = Duration::from_millis(2);

/// What becomes of one request.
struct Fate {
    fault: Option<Fault>,
    luck: Luck,
    out: Duration,
    back: Duration,
}

impl Network {
    pub(super) fn new(world: &Arc<World>, life: Arc<Life>, at: At) -> Self {
        let processor = match at {
            At::Moneris => world.moneris.exchange(),
            At::Stripe => world.stripe.exchange(),
        };
        Self { world: Arc::clone(world), life, at, processor }
    }

    fn fate(&self, about: u64) -> Fate {
        let (mut luck, _) = self.world.chance.at("send takes", about);
        let quick = Duration::from_millis(20);
        let (out, back) = (luck.between(quick, quick * 10), luck.between(quick, quick * 60));
        match self.world.strikes("under way", about, &UNDER_WAY) {
            None => Fate { fault: None, luck, out, back },
            Some((Fault::RequestSlow, mut luck)) => {
                let out = luck.between(Duration::from_secs(1), Duration::from_secs(100));
                Fate { fault: Some(Fault::RequestSlow), luck, out, back }
            }
            Some((fault, luck)) => Fate { fault: Some(fault), luck, out, back },
        }
    }
}

#[async_trait]
impl Exchange for Network {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        self.life.go_on().await;
        let asked = Asked::read(self.at, &request);
        let about = asked.about(&self.world);
        match self.world.strikes("leaving", about, &LEAVING) {
            Some((Fault::CrashBeforeSend, _)) => {
                self.life.end();
                pending::<()>().await;
            }
            Some(_) => return Err(SendError::new(SendErrorKind::Connect, Delivery::NotSent)),
            None => {}
        }
        lock(&self.world.record).tally.sends += 1;
        let fate = self.fate(about);
        self.world.note(|| format!("  send  {}", asked.tell(&self.world)));
        let dies_after = match fate.fault {
            Some(Fault::CrashAfterSend) => Some(fate.out + fate.back / 2),
            _ => None,
        };
        let total = request.limits.total;
        let (answer, answered) = oneshot::channel();
        let processor = Arc::clone(&self.processor);
        tokio::spawn(deliver(Arc::clone(&self.world), processor, self.at, asked, request, fate, answer));
        if let Some(wait) = dies_after {
            let life = Arc::clone(&self.life);
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                life.end();
            });
        }
        let answered = tokio::time::timeout(total, answered).await;
        self.life.go_on().await;
        match answered {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(SendError::new(SendErrorKind::Interrupted, Delivery::MaybeSent)),
            Err(_) => Err(SendError::new(SendErrorKind::Timeout, Delivery::MaybeSent)),
        }
    }
}

/// Carries one request to the processor and its answer back. Nothing that happens to the sender stops it.
async fn deliver(
    world: Arc<World>,
    processor: Arc<dyn Exchange>,
    at: At,
    asked: Asked,
    request: Request,
    mut fate: Fate,
    answer: oneshot::Sender<Result<Response, SendError>>,
) {
    tokio::time::sleep(fate.out).await;
    if fate.fault == Some(Fault::RequestLost) {
        if fate.luck.per_mille(500) {
            // Nobody says so: the sender waits for its deadline.
            tokio::time::sleep(Duration::from_mins(5)).await;
        }
        return;
    }
    world.set_processors_clocks();
    asked.must_go_to_its_own_account(&world).await;
    let late = arm(&world, at, &asked, &mut fate).map(|late| Instant::now() + late + AFTERWARDS);
    let got = processor.send(request).await;
    asked.learn(&world, got.as_ref().ok());
    if let Some(late) = late {
        // The effect comes when nobody listens any more.
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            tokio::time::sleep_until(late).await;
            world.set_processors_clocks();
            asked.learn(&world, None);
        });
    }
    tokio::time::sleep(fate.back).await;
    if fate.fault == Some(Fault::AnswerLost) {
        if fate.luck.per_mille(500) {
            tokio::time::sleep(Duration::from_mins(5)).await;
        }
        return;
    }
    drop(answer.send(got));
}

/// Arms the fake with what it is to do to the very next request, which is this one: the fake takes it up before anybody else's turn. How late its effect may come, if it comes late.
fn arm(world: &World, at: At, asked: &Asked, fate: &mut Fate) -> Option<Duration> {
    let fault = fate.fault?;
    let luck = &mut fate.luck;
    let long = luck.between(Duration::from_secs(10), Duration::from_secs(110));
    match at {
        At::Stripe => {
            use billing_testkit::stripe::Fault as F;
            let armed = match fault {
                Fault::AnswerSpoilt => luck_of_stripe_spoilt(luck),
                Fault::AnswerUntrue => match luck.below(5) {
                    0 => F::wrong_amount(),
                    1 => F::wrong_currency(),
                    // Who an account is, it says once, and nothing else tells.
                    2 if !asked.is_about_who() => F::wrong_id(),
                    3 => F::wrong_metadata(),
                    _ => F::unknown_status(),
                },
                Fault::BankSlow => F::DelayBeforeEffect(long),
                Fault::ProcessorFails => match luck.below(8) {
                    0 => F::Conflict,
                    1 => F::FailAfterEffect,
                    2 => F::FailBeforeEffect(luck.one_of(&[500, 502, 503, 504])),
                    3 => F::FailStored,
                    4 => F::HtmlAfterEffect,
                    5 => F::HtmlBeforeEffect,
                    6 => F::LockTimeout,
                    _ => F::RateLimited("global-rate"),
                },
                _ => return None,
            };
            world.stripe.faults().next("*", armed);
        }
        At::Moneris => {
            use billing_testkit::moneris::Fault as F;
            let armed = match fault {
                Fault::AnswerSpoilt => match luck.below(5) {
                    0 => F::EmptyAfterEffect,
                    1 => F::HalfDocument,
                    2 => F::OversizedBody(1 << 20),
                    3 => F::TruncatedBody,
                    _ => F::UnknownElements,
                },
                Fault::AnswerUntrue => match luck.below(4) {
                    0 => F::CODE_NOT_A_NUMBER,
                    1 => F::NULL_CODE_BUT_COMPLETE,
                    2 => F::WRONG_AMOUNT,
                    _ => F::WRONG_ORDER,
                },
                Fault::BankSlow => F::DelayBeforeEffect(long),
                Fault::ProcessorFails => match luck.below(6) {
                    0 => F::EmptyBeforeEffect,
                    1 => F::HtmlAfterEffect,
                    2 => F::HtmlBeforeEffect,
                    3 if asked.kind != Kind::Refund => F::TimedOutAfterEffect,
                    4 => F::TimedOutBeforeEffect,
                    _ => F::Unavailable,
                },
                _ => return None,
            };
            world.moneris.faults().next("*", armed);
        }
    }
    (fault == Fault::BankSlow).then_some(long)
}

fn luck_of_stripe_spoilt(luck: &mut Luck) -> billing_testkit::stripe::Fault {
    use billing_testkit::stripe::Fault as F;
    match luck.below(4) {
        0 => F::DropAfterEffect,
        1 => F::OversizedBody(2 << 20),
        2 => F::SlowBody(Duration::from_millis(700)),
        _ => F::TruncatedBody,
    }
}
