//! What can go wrong in a run, each with a name to count it by, and how often this run's weather brings it.

use super::chance::Luck;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// Something that goes wrong, or is done at a bad moment.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[$doc])* $variant,)+
        }

        impl Fault {
            /// Every one, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in a summary and in a trace.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

faults! {
    /// An account's keys are erased, whatever is open.
    AccountErased = "account erased",
    /// An account is removed.
    AccountRemoved = "account removed",
    /// The answer of a processor is lost on its way back.
    AnswerLost = "answer lost",
    /// The answer arrives, but not whole or not readable.
    AnswerSpoilt = "answer spoilt",
    /// The answer says something that is not so.
    AnswerUntrue = "answer untrue",
    /// The bank takes longer than anyone waits.
    BankSlow = "bank slow",
    /// No connection to the processor.
    ConnectionRefused = "connection refused",
    /// A machine's time of day jumps.
    ClockJump = "clock jump",
    /// The process dies before a write.
    CrashBeforeCommit = "crash before a write",
    /// The process dies after a write, before its caller knows.
    CrashAfterCommit = "crash after a write",
    /// The process dies before a send.
    CrashBeforeSend = "crash before a send",
    /// The process dies while it waits for an answer, or just when it has come.
    CrashAfterSend = "crash after a send",
    /// The process dies at any other moment.
    CrashBetween = "crash in between",
    /// The database refuses a write as busy.
    DatabaseBusy = "database busy",
    /// The database does not say whether it wrote, and did.
    DatabaseDoubtWritten = "database in doubt, written",
    /// The database does not say whether it wrote, and did not.
    DatabaseDoubtLost = "database in doubt, not written",
    /// The database stands still for a while.
    DatabaseSlow = "database slow",
    /// Two people, or one with two clicks, do the same at once.
    DoneTwice = "done twice at once",
    /// A caller goes away while it waits: its future is dropped at an await.
    FutureDropped = "future dropped",
    /// Keys are rolled at the processor.
    KeyRolled = "key rolled",
    /// Somebody who is not the processor sends a notice.
    NoticeForged = "notice forged",
    /// A notice comes hours late.
    NoticeLate = "notice late",
    /// A notice is lost, and sent again later.
    NoticeLost = "notice lost",
    /// A notice is delivered twice, at once.
    NoticeTwice = "notice twice",
    /// A cardholder pays long after everybody gave up.
    PaidLate = "paid late",
    /// The processor fails: 5xx, a refusal to be asked, a page of its proxy.
    ProcessorFails = "processor fails",
    /// The database refuses a read.
    ReadFails = "read refused",
    /// The request never arrives.
    RequestLost = "request lost",
    /// The request arrives late, perhaps after its sender gave up or died.
    RequestSlow = "request slow",
    /// A process is stopped in good order, and another started.
    Restart = "restart",
    /// Another processor, or another account of the same one, takes over.
    Switched = "processor or account switched",
}

/// How often each kind comes in this run, in a thousand chances. Many runs lack many kinds: what two faults do together is seen best
/// where no third hides it.
#[derive(Clone, Debug)]
pub(super) struct Weather(Vec<u64>);

impl Weather {
    pub(super) fn of(luck: &mut Luck) -> Self {
        let severity = luck.one_of(&[1, 2, 4]);
        let rates = Fault::ALL.iter().map(|fault| {
            let usual = usual(*fault);
            luck.one_of(&[0, usual, usual, usual * severity])
        });
        Self(rates.collect())
    }

    /// In a thousand chances.
    pub(super) fn rate(&self, fault: Fault) -> u64 {
        let place = Fault::ALL.iter().position(|known| *known == fault);
        place.and_then(|place| self.0.get(place)).copied().unwrap_or(0)
    }
}

/// In a thousand chances. What is done by people is asked for once per person or account, the rest with every write and send.
const fn usual(fault: Fault) -> u64 {
    match fault {
        Fault::AnswerUntrue | Fault::ReadFails => 1,
        Fault::CrashBeforeCommit
        | Fault::CrashAfterCommit
        | Fault::CrashBeforeSend
        | Fault::CrashAfterSend => 3,
        Fault::BankSlow | Fault::ConnectionRefused | Fault::DatabaseBusy => 6,
        Fault::AnswerSpoilt
        | Fault::DatabaseDoubtWritten
        | Fault::DatabaseDoubtLost
        | Fault::FutureDropped => 10,
        Fault::AnswerLost | Fault::ProcessorFails | Fault::RequestLost | Fault::RequestSlow => 15,
        Fault::DatabaseSlow | Fault::NoticeForged => 20,
        Fault::AccountErased => 40,
        Fault::CrashBetween
        | Fault::DoneTwice
        | Fault::NoticeLate
        | Fault::NoticeLost
        | Fault::NoticeTwice
        | Fault::PaidLate
        | Fault::Restart => 100,
        Fault::AccountRemoved | Fault::ClockJump | Fault::Switched => 150,
        Fault::KeyRolled => 200,
    }
}
