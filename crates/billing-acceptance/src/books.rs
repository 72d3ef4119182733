//! The books of a story: in memory, in a file, or on a server.

use std::env;
use std::path::Path;
use std::sync::Arc;

use billing_domain::BillingStore;
use billing_testkit::store::MemoryStore;
use tempfile::TempDir;

use crate::database::{Database, Made, Product};
use crate::standing_still::standing_still;
use crate::{HookedStore, Moments};

/// The variable that names the database for every story: `postgres` or `sqlite`. Without it a story takes what suits it.
const DATABASE: &str = "BILLING_STORIES_ON";

/// A database of the story's own, empty at first, which goes with it.
#[derive(Debug)]
pub(crate) enum Books {
    InMemory(Arc<MemoryStore>),
    On {
        made: Box<Made>,
        /// Of its files, if it has any; gone with it.
        _folder: TempDir,
    },
}

impl Books {
    /// In memory, which is quick, unless a database is named.
    pub(crate) async fn quick() -> Self {
        match named() {
            None => Self::InMemory(Arc::new(MemoryStore::new())),
            Some(product) => Self::on(product).await,
        }
    }

    /// In a file, which outlives a process, unless a database is named.
    pub(crate) async fn durable() -> Self {
        Self::on(named().unwrap_or(Product::Sqlite)).await
    }

    async fn on(product: Product) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = standing_still(Made::new(product, folder.path())).await;
        Self::On { made: Box::new(made), _folder: folder }
    }

    /// The store on it, as a process opens it when it starts.
    pub(crate) async fn open(&self) -> Arc<dyn BillingStore> {
        match self {
            Self::InMemory(store) => store.clone(),
            Self::On { made, .. } => {
                let inner = standing_still(made.database.open()).await;
                // A story looks into the store by itself as well, and its clock stands still for that too.
                Arc::new(HookedStore { inner, hook: Arc::new(Moments::counting()) })
            }
        }
    }

    /// The file; a story that needs one stops here if there is none.
    pub(crate) fn file(&self) -> &Path {
        if let Self::On { made, .. } = self
            && let Database::Sqlite(path) = &made.database
        {
            return path;
        }
        panic!("these books are in no file: {self:?}");
    }
}

/// Whether a world's books are in memory: no database is named.
pub fn are_books_in_memory() -> bool {
    named().is_none()
}

fn named() -> Option<Product> {
    let word = env::var(DATABASE).ok().filter(|word| !word.is_empty())?;
    Some(Product::named(&word).unwrap_or_else(|why| panic!("{DATABASE}: {why}")))
}
