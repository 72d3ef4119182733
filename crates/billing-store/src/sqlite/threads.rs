//! How a store's threads begin and end. What they do is in the rooms of the writer and the readers.

use std::thread::{self, JoinHandle};

use crate::OpenError;

/// Threads that end once their queue is closed. Dropping this waits for that: close the queue before.
#[derive(Debug, Default)]
pub(super) struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    pub(super) fn start(
        &mut self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), OpenError> {
        let started = thread::Builder::new().name(name.to_owned()).spawn(work);
        self.0.push(started.map_err(OpenError::NoThread)?);
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        for handle in self.0.drain(..) {
            // An answer may wake something that drops the store on the thread that gave it: no thread waits for itself.
            if handle.thread().id() != thread::current().id() {
                // A panic has said what there is to say, on its own thread.
                let _ = handle.join();
            }
        }
    }
}
