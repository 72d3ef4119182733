//! Any sequence of steps is answered alike by the store in memory and by each database, and reads alike afterwards.

#![cfg(any(feature = "postgres", feature = "sqlite"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Debug;

use billing_domain::payment::{Attempt, AttemptState, CaptureId, CheckSlot, Reference, Review};
use billing_domain::refund::{Refund, RefundFailure, RefundReview, RefundState};
use billing_domain::{
    AccountRecord, AccountState, BillingStore, Currency, Dispensary, Money, Notice, Payable, Proof,
    RefundPlan, Requirement, SealedBytes, Step, StrayChargeId, Write,
};
#[cfg(feature = "postgres")]
use billing_store::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
use billing_store::{SqliteOptions, SqliteStore};
use billing_testkit::store::{MemoryStore, rows};

/// A linear congruential generator (Knuth's MMIX): the same seed tells the same story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn number(&mut self, sides: u32) -> u32 {
        u32::try_from(self.roll(sides.into())).unwrap_or_default()
    }

    /// Small ones more often, so that stories begin.
    fn revision(&mut self) -> u64 {
        let highest = 1 + self.roll(4);
        1 + self.roll(highest)
    }

    fn pick(&mut self, sides: u64) -> u128 {
        self.roll(sides).into()
    }
}

const DISPENSARIES: u64 = 2;
const ACCOUNTS: u64 = 2;
const PAYABLES: u64 = 3;
const PAYMENTS: u64 = 6;

fn payable(dice: &mut Dice) -> String {
    format!("i-{}", dice.roll(PAYABLES))
}

fn write(dice: &mut Dice, dispensary: u128) -> Write {
    let of = if dice.roll(20) == 0 { dispensary + 1 } else { dispensary };
    let account = rows::account_ref(rows::dispensary_id(of), dice.pick(ACCOUNTS));
    let payment = rows::payment_id(dice.pick(PAYMENTS));
    match dice.roll(14) {
        0 => Write::Dispensary(Dispensary { revision: 1 + dice.roll(4), ..rows::dispensary(of) }),
        1 | 2 => {
            let (state, sealed) = match dice.roll(5) {
                0 => (
                    AccountState::Erased { since: rows::at(1) },
                    rows::account(account.clone()).sealed.filter(|_| dice.roll(4) == 0),
                ),
                1 | 2 => (
                    AccountState::Draining { since: rows::at(2), until: rows::at(1_000) },
                    rows::account(account.clone()).sealed,
                ),
                _ => (AccountState::Active, rows::account(account.clone()).sealed),
            };
            let revision = 1 + dice.roll(4);
            let is_erased = matches!(state, AccountState::Erased { .. });
            let is_kept = |dice: &mut Dice| dice.roll(if is_erased { 6 } else { 2 }) == 0;
            let subscription = is_kept(dice).then(rows::subscription);
            let due_at = is_kept(dice).then(|| rows::at(dice.number(100).into()));
            let saved = rows::account(account);
            Write::Account(Box::new(AccountRecord { state, sealed, subscription, due_at, revision, ..saved }))
        }
        3 => Write::EraseIfDrained(account.account),
        4 => Write::Payable(Payable { version: 1 + dice.roll(3), ..rows::payable(&payable(dice), 1_000) }),
        5 | 6 => {
            let cents = i64::from(dice.number(700));
            Write::Payment(Box::new(rows::payment(payment.uuid().as_u128(), account, &payable(dice), cents)))
        }
        7 | 8 => Write::Attempt { payment, attempt: Box::new(attempt(dice, payment.uuid().as_u128())) },
        9..12 => {
            let refund = Box::new(refund(dice));
            let of_old = rows::payment_id(refund.id.uuid().as_u128() % 4);
            Write::Refund { payment: if dice.roll(4) == 0 { payment } else { of_old }, refund }
        }
        12 => Write::Notice(Box::new(notice(dice, dispensary))),
        _ => {
            let mut capture = rows::capture(&format!("pi_{}", dice.roll(4)), 50);
            if dice.roll(4) == 0 {
                capture.amount = Money::new(50, Currency::USD);
            }
            Write::StrayCharge { payment, stray: Box::new(rows::stray(dice.pick(5), capture)) }
        }
    }
}

fn attempt(dice: &mut Dice, payment: u128) -> Attempt {
    let fresh = rows::attempt(payment, 1 + dice.number(2));
    let tries = (0..dice.roll(3)).map(|n| rows::refused_card(&format!("ch_{n}"))).collect();
    let due_at = Some(rows::at(dice.number(100).into()));
    let open = |state| Attempt { state, due_at, tries, ..fresh.clone() };
    let mut attempt = match dice.roll(8) {
        0 => rows::ended(&fresh, AttemptState::Dead(Proof::Canceled)),
        1 | 4 => rows::ended(&fresh, AttemptState::Succeeded(rows::capture("pi_taken", 300))),
        2 => open(AttemptState::NeedsReview(Review::TicketLimit)),
        3 => Attempt { resolved_at: Some(rows::at(1)), ..open(AttemptState::Unknown) }, // contradicts itself
        5 => open(AttemptState::Charging),
        6 => open(AttemptState::Unknown),
        _ => open(AttemptState::Sending),
    };
    attempt.reference = (dice.roll(3) == 0).then(|| Reference(format!("pi_{}", dice.roll(4))));
    attempt.revision = dice.revision();
    if dice.roll(3) == 0 {
        let slots = [CheckSlot::Unspent, rows::claimed(1), CheckSlot::Spent];
        attempt.charge = Some(rows::server_charge(slots[usize::try_from(dice.roll(3)).unwrap()]));
        attempt.sealed = Some(SealedBytes(vec![7; 3]));
    }
    attempt
}

fn notice(dice: &mut Dice, dispensary: u128) -> Notice {
    let account = rows::account_ref(rows::dispensary_id(dispensary), dice.pick(ACCOUNTS));
    let about = rows::payment(dice.pick(PAYMENTS), account, "i-0", 1);
    let received_at = rows::at(dice.number(50).into());
    let mut notice = Notice { received_at, ..rows::notice(dice.pick(6), &about) };
    notice.due_at = Some(rows::at(dice.number(100).into()));
    notice.revision = dice.revision();
    if notice.revision > 1 && dice.roll(2) == 0 {
        (notice.due_at, notice.handled_at) = (None, Some(rows::at(1)));
    }
    if dice.roll(16) == 0 {
        notice.handled_at = notice.due_at; // contradicts itself
    }
    notice
}

fn capture_id(dice: &mut Dice) -> CaptureId {
    match dice.roll(3) {
        0 => CaptureId::Stray(StrayChargeId::new(rows::uuid(dice.pick(5)))),
        _ => CaptureId::Attempt(1 + dice.number(2)),
    }
}

fn refund(dice: &mut Dice) -> Refund {
    let id = dice.pick(8);
    // What an id gives back follows from the id, so that a later row can follow an earlier one; now and then it does not.
    let capture = match (dice.roll(6), id % 3) {
        (0, _) => capture_id(dice),
        (_, 0) => CaptureId::Stray(StrayChargeId::new(rows::uuid(id % 5))),
        _ => CaptureId::Attempt(1),
    };
    let sent = rows::refund(id, capture, 20 + i64::try_from(id).unwrap());
    let state = match dice.roll(9) {
        0 | 1 => RefundState::Succeeded,
        2 => RefundState::Failed(RefundFailure::Declined),
        3 => RefundState::NeedsReview(RefundReview::NoAnswer),
        4 | 5 => RefundState::Pending,
        6 => RefundState::Unknown,
        _ => RefundState::Sending,
    };
    let mut refund = rows::refund_in(&sent, state);
    refund.due_at = refund.due_at.map(|_| rows::at(dice.number(100).into())).filter(|_| dice.roll(5) > 0);
    refund.revision = dice.revision();
    match dice.roll(16) {
        0 => refund.amount = Money::new(20, Currency::USD),
        1 => refund.amount = rows::cad(0),
        2 => refund.plan = RefundPlan::Reversal,
        3 => refund.resolved_at = Some(rows::at(1)), // contradicts itself, as a rule
        _ => {}
    }
    refund
}

fn step(dice: &mut Dice, n: u128) -> Step {
    let dispensary = dice.pick(DISPENSARIES);
    let here = rows::dispensary_id(dispensary);
    let requires = (0..dice.roll(3).saturating_sub(1))
        .map(|_| match dice.roll(5) {
            3 => Requirement::AccountKept(rows::account_ref(here, dice.pick(ACCOUNTS)).account),
            4 => Requirement::FitsCapture {
                payment: rows::payment_id(dice.pick(PAYMENTS)),
                capture: capture_id(dice),
                amount: rows::cad(i64::from(dice.number(60)) - 1),
            },
            0 => Requirement::AccountActive(rows::account_ref(here, dice.pick(ACCOUNTS)).account),
            1 => Requirement::NoOpenAttempt(rows::payable_id(&payable(dice))),
            _ => Requirement::FitsPayable {
                payable: rows::payable_id(&payable(dice)),
                amount: rows::cad(dice.number(1_100).into()),
            },
        })
        .collect();
    let writes = (0..dice.roll(4)).map(|_| write(dice, dispensary)).collect();
    // Now and then an id that was used before.
    let id = if dice.roll(8) == 0 { dice.pick(200) } else { n };
    Step { requires, ..rows::step(here, id, writes) }
}

/// What every second story begins with, so that it gets as far as refunds: accounts, payables, and payments that were taken.
fn before(dispensary: u64) -> Vec<Step> {
    let here = rows::dispensary_id(dispensary.into());
    let mut steps = vec![rows::opening(dispensary.into(), 1_000, 0, rows::payable("i-0", 1_000))];
    let rest = vec![
        Write::Account(Box::new(rows::account(rows::account_ref(here, 1)))),
        Write::Payable(rows::payable("i-1", 1_000)),
        Write::Payable(rows::payable("i-2", 1_000)),
    ];
    steps.push(rows::step(here, 1_001, rest));
    for n in 0..4 {
        let payment = rows::payment(
            n,
            rows::account_ref(here, n % 2),
            &format!("i-{}", u64::try_from(n).unwrap() % PAYABLES),
            300,
        );
        let paid = AttemptState::Succeeded(rows::capture("pi_taken", 300));
        steps.push(rows::sending(1_010 + n, &payment));
        steps.push(rows::moving(1_020 + n, &payment, rows::ended(&rows::attempt(n, 1), paid)));
    }
    steps
}

/// What a step or a read says, in words that do not tell who said it.
fn words(answer: &impl Debug) -> String {
    format!("{answer:?}")
}

async fn all_reads(store: &dyn BillingStore) -> Vec<String> {
    let mut seen = Vec::new();
    for dispensary in (0..=DISPENSARIES).map(|n| rows::dispensary_id(n.into())) {
        seen.push(words(&store.dispensary(dispensary).await));
        seen.push(words(&store.accounts(dispensary).await));
        seen.push(words(&store.payments(dispensary, None, 100).await));
        seen.push(words(&store.payments(dispensary, Some(rows::payment_id(4)), 2).await));
        seen.push(words(&store.audit(dispensary, 3, 1_000).await));
        seen.push(words(&store.changes(dispensary, 0, 1_000).await));
        for payable in (0..PAYABLES).map(|n| rows::payable_id(&format!("i-{n}"))) {
            seen.push(words(&store.payable(dispensary, &payable).await));
        }
        for account in (0..ACCOUNTS).map(|n| rows::account_ref(dispensary, n.into())) {
            seen.push(words(&store.open_payments(&account, None, 100).await));
            let external_id = format!("acct_{}", account.account.uuid().as_u128());
            seen.push(words(&store.accounts_at(&account.processor, &external_id).await));
            for reference in ["pi_0", "pi_1", "pi_2", "pi_3", "pi_taken"] {
                let reference = Reference(reference.to_owned());
                seen.push(words(&store.payment_with(&account, &reference).await));
            }
            seen.push(words(&store.due_on(&account, rows::at(100), 1_000).await));
            seen.push(words(&store.due_on(&account, rows::at(40), 2).await));
        }
        for payment in (0..PAYMENTS).map(|n| rows::payment_id(n.into())) {
            seen.push(words(&store.notices(dispensary, payment).await));
        }
    }
    seen.push(words(&store.next_due().await));
    for (holder, at, until, limit) in [(1, 20, 60, 2), (2, 50, 70, 100), (1, 61, 65, 100), (2, 80, 90, 3)] {
        seen.push(words(&store.lease_due(rows::lease(holder, at, until), limit).await));
    }
    seen.push(words(&store.changed_since(5, 20).await));
    seen
}

/// Tells stories to both stores. Some of them have to get somewhere.
async fn both_say_the_same<S: BillingStore>(seeds: u64, fresh: impl AsyncFn(u64) -> S) {
    let (mut committed, mut given_back, mut noticed) = (0, 0, 0);
    for seed in 0..seeds {
        let disk = fresh(seed).await;
        let memory = MemoryStore::new();
        for step in (0..DISPENSARIES).filter(|_| seed % 2 == 1).flat_map(before) {
            assert_eq!(words(&memory.commit(step.clone()).await), words(&disk.commit(step).await));
        }
        let mut dice = Dice(seed);
        for n in 0..250 {
            let step = step(&mut dice, n);
            let answers = (memory.commit(step.clone()).await, disk.commit(step.clone()).await);
            committed += u32::from(answers.0.is_ok());
            assert_eq!(words(&answers.0), words(&answers.1), "seed {seed}, step {n}: {step:#?}");
        }
        let (expected, seen) = (all_reads(&memory).await, all_reads(&disk).await);
        for (place, (expected, seen)) in expected.iter().zip(&seen).enumerate() {
            assert_eq!(expected, seen, "seed {seed}, read {place}");
        }
        for dispensary in (0..DISPENSARIES).map(|n| rows::dispensary_id(n.into())) {
            let payments = memory.payments(dispensary, None, 100).await.unwrap_or_default();
            given_back += payments.iter().map(|payment| payment.refunds.len()).sum::<usize>();
            for payment in payments {
                noticed += memory.notices(dispensary, payment.id).await.unwrap_or_default().len();
            }
        }
    }
    let seeds = usize::try_from(seeds).unwrap();
    assert!(committed > 40 * u32::try_from(seeds).unwrap(), "the story has to get somewhere: {committed}");
    assert!(given_back > seeds, "refunds have to get somewhere: {given_back}");
    assert!(noticed > seeds / 2, "notices have to get somewhere: {noticed}");
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn memory_and_sqlite_give_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    both_say_the_same(12, async |seed| {
        let path = folder.path().join(format!("{seed}.db"));
        SqliteStore::migrate(&path).unwrap();
        SqliteStore::open(&path, SqliteOptions::default()).unwrap()
    })
    .await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn memory_and_postgres_give_the_same_answers() {
    use billing_store::tokio_postgres::NoTls;

    let mut databases = Vec::new();
    for _ in 0..6 {
        databases.push(billing_testkit::TestDatabase::fresh().await);
    }
    both_say_the_same(6, async |seed| {
        let config = databases[usize::try_from(seed).unwrap()].config();
        PostgresStore::migrate(&config, NoTls).await.unwrap();
        PostgresStore::open(&config, NoTls, PostgresOptions::default()).await.unwrap()
    })
    .await;
}
