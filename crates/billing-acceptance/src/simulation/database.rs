//! The run's database as one process meets it: busy, slow, in doubt, or the last thing it ever reached.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::{AccountState, Action, BillingStore as _, Committed, Step, StoreError, Subject, Write};
use uuid::Uuid;

use super::bugs::{Written, written};
use super::chance::word;
use super::names::{readable, subject};
use super::outcome::Rule;
use super::process::Life;
use super::world::World;
use super::{Fault, lock};
use crate::{Hook, Instead};

/// What stands between a process and the database.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) world: Arc<World>,
    pub(super) life: Arc<Life>,
}

const BEFORE: [Fault; 4] =
    [Fault::CrashBeforeCommit, Fault::DatabaseBusy, Fault::DatabaseDoubtLost, Fault::DatabaseSlow];
const AFTER: [Fault; 3] = [Fault::CrashAfterCommit, Fault::DatabaseDoubtWritten, Fault::DatabaseSlow];

#[async_trait]
impl Hook for Database {
    async fn before_read(&self) -> Result<(), StoreError> {
        self.life.go_on().await;
        match self.world.strikes("before a read", 0, &[Fault::ReadFails]) {
            Some(_) => Err(StoreError::Unavailable("busy".into())),
            None => Ok(()),
        }
    }

    async fn before_commit(&self, step: &Step) -> Result<(), StoreError> {
        self.life.go_on().await;
        let about = about(step);
        if let Some((fault, mut luck)) = self.world.strikes("before a write", about, &BEFORE) {
            match fault {
                Fault::CrashBeforeCommit => self.dies().await,
                Fault::DatabaseBusy => return Err(StoreError::Unavailable("busy".into())),
                Fault::DatabaseDoubtLost => return Err(StoreError::InDoubt("the answer was lost".into())),
                _ => self.waits(luck.between(Duration::from_millis(10), Duration::from_secs(4))).await,
            }
        } else {
            let (mut luck, _) = self.world.chance.at("write takes", about);
            self.waits(luck.between(Duration::from_millis(1), Duration::from_millis(30))).await;
        }
        Ok(())
    }

    fn instead_of_commit(&self, step: Step) -> Instead {
        lock(&self.world.record).tally.commits += 1;
        match written(&self.world, &self.life, step) {
            Written::As(step) => {
                self.world.note(|| tell(&step));
                Instead::Commit(step)
            }
            Written::SaidOnly => Instead::Answer(Ok(Committed { seq: 0, repeated: false })),
        }
    }

    async fn after_commit(&self, step: &Step) -> Result<(), StoreError> {
        self.see(step).await;
        let struck = self.world.strikes("after a write", about(step), &AFTER);
        match struck {
            Some((Fault::CrashAfterCommit, _)) => self.dies().await,
            Some((Fault::DatabaseDoubtWritten, _)) => {
                return Err(StoreError::InDoubt("the answer was lost".into()));
            }
            Some((_, mut luck)) => {
                self.waits(luck.between(Duration::from_millis(10), Duration::from_secs(4))).await;
            }
            None => {}
        }
        self.life.go_on().await;
        Ok(())
    }
}

impl Database {
    async fn dies(&self) {
        self.life.end();
        pending::<()>().await;
    }

    async fn waits(&self, time: Duration) {
        tokio::time::sleep(time).await;
        self.life.go_on().await;
    }

    /// What must be true after every write.
    async fn see(&self, step: &Step) {
        let erases = step.writes.iter().any(|write| match write {
            Write::Account(_) | Write::EraseIfDrained(_) => true,
            Write::Payment(payment) => {
                lock(&self.world.truth).opened(payment);
                false
            }
            _ => false,
        });
        if !erases {
            return;
        }
        if let (Action::AccountErased, Subject::Account(account)) = (step.action, &step.subject) {
            lock(&self.world.truth).erased(*account);
        }
        for record in self.world.store.accounts(step.dispensary).await.unwrap_or_default() {
            let is_erased = matches!(record.state, AccountState::Erased { .. }) || record.sealed.is_none();
            if !is_erased || lock(&self.world.truth).was_erased(record.account.account) {
                continue;
            }
            let open = self.world.store.open_payments(&record.account, None, 1).await.unwrap_or_default();
            if let Some(payment) = open.first() {
                let told = format!(
                    "still open, and the keys of its {} account are erased",
                    record.account.processor
                );
                self.world.broken(Rule::KeysErasedEarly, Some(*payment), &told);
            }
        }
    }
}

/// What a step is about, as a number that does not depend on when it was made.
fn about(step: &Step) -> u64 {
    match &step.subject {
        Subject::Payment(payment) => subject(payment.uuid()),
        Subject::Account(account) => subject(account.uuid()),
        other => word(other.kind()),
    }
}

fn tell(step: &Step) -> String {
    let id = step.subject.id();
    let id = Uuid::try_parse(&id).map_or(id, readable);
    format!("  write {} {} {id} ({})", step.action, step.subject.kind(), step.note)
}
