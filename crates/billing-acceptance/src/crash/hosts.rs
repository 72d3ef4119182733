//! The driver's hold on the hosts: it starts them, asks them, kills them, and starts them again.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::{oneshot, watch};

use super::args::HOST;
use super::host::Setting;
use super::wire::{Answer, Numbered, Question};

/// Every host, each in its place; after a kill the place is empty until the next one is started.
#[derive(Debug)]
pub(crate) struct Hosts {
    setting: Setting,
    places: Vec<Mutex<Option<Arc<Running>>>>,
    counts: Counts,
}

/// What happened to the hosts.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Questions that were asked.
    pub(crate) asked: AtomicU64,
    /// Questions whose host died before it answered.
    pub(crate) cut_off: AtomicU64,
    pub(crate) kills: AtomicU64,
}

impl Hosts {
    /// Starts so many hosts.
    pub(crate) fn start(setting: Setting, number: usize) -> Self {
        let places = (0..number).map(|_| Mutex::new(Some(Running::start(&setting)))).collect();
        Self { setting, places, counts: Counts::default() }
    }

    pub(crate) fn number(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Asks the host in this place. `None` if there is none, or it died before it answered.
    pub(crate) async fn ask(&self, place: usize, question: Question) -> Option<Answer> {
        let host = self.places[place].lock().unwrap().clone()?;
        self.counts.asked.fetch_add(1, Ordering::Relaxed);
        let answer = host.ask(question).await;
        if answer.is_none() {
            self.counts.cut_off.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// Waits until the host in this place has answered so many questions more.
    pub(crate) async fn answered(&self, place: usize, more: u64) {
        let host = self.places[place].lock().unwrap().clone();
        if let Some(host) = host {
            let mut answered = host.answered.subscribe();
            let enough = *answered.borrow() + more;
            // It may be killed meanwhile.
            drop(answered.wait_for(|answered| *answered >= enough).await);
        }
    }

    /// Kills the host in this place, wherever it is.
    pub(crate) fn kill(&self, place: usize) {
        let host = self.places[place].lock().unwrap().take().expect("a host that can be killed");
        host.kill();
        self.counts.kills.fetch_add(1, Ordering::Relaxed);
    }

    /// Kills every host.
    pub(crate) fn kill_all(&self) {
        for place in 0..self.number() {
            self.kill(place);
        }
    }

    /// Has every host that still runs end by itself: nobody asks it anything more.
    pub(crate) fn let_go(&self) {
        for host in self.left() {
            drop(host.stdin.lock().unwrap().take());
            let ended = host.child.lock().unwrap().wait().unwrap();
            assert!(ended.success(), "a host ended with {ended}");
        }
    }

    /// The hosts that still run, out of their places.
    fn left(&self) -> impl Iterator<Item = Arc<Running>> {
        self.places.iter().filter_map(|place| place.lock().unwrap_or_else(PoisonError::into_inner).take())
    }

    /// Starts the next host in this place.
    pub(crate) fn restart(&self, place: usize) {
        *self.places[place].lock().unwrap() = Some(Running::start(&self.setting));
    }
}

impl Drop for Hosts {
    /// The run may have ended in a panic; no host outlives it.
    fn drop(&mut self) {
        for host in self.left() {
            let mut child = host.child.lock().unwrap_or_else(PoisonError::into_inner);
            drop(child.kill().and_then(|()| child.wait()));
        }
    }
}

/// One process.
#[derive(Debug)]
struct Running {
    child: Mutex<Child>,
    /// Open until it is to end.
    stdin: Mutex<Option<ChildStdin>>,
    next_no: AtomicU64,
    /// How many questions it has answered.
    answered: Arc<watch::Sender<u64>>,
    waiting: Arc<Mutex<Waiting>>,
}

/// Who waits for which answer; nobody may wait any more once the process is gone.
#[derive(Debug, Default)]
struct Waiting {
    is_gone: bool,
    answers: BTreeMap<u64, oneshot::Sender<Answer>>,
}

impl Running {
    fn start(setting: &Setting) -> Arc<Self> {
        let mut command = Command::new(env::current_exe().expect("a running program has a path"));
        command.arg(HOST);
        command.arg("--database").arg(setting.database.address()).arg("--clock").arg(&setting.clock);
        command.args(["--stripe", &setting.stripe, "--moneris", &setting.moneris]);
        if let Some(bug) = setting.bug {
            command.args(["--bug", bug.word()]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let answered = Arc::new(watch::Sender::new(0));
        let (listening, counting) = (Arc::clone(&waiting), Arc::clone(&answered));
        thread::spawn(move || listen(stdout, &listening, &counting));
        Arc::new(Self {
            child: Mutex::new(child),
            stdin: Mutex::new(Some(stdin)),
            next_no: AtomicU64::new(1),
            answered,
            waiting,
        })
    }

    async fn ask(&self, question: Question) -> Option<Answer> {
        let no = self.next_no.fetch_add(1, Ordering::Relaxed);
        let (told, answer) = oneshot::channel();
        {
            let mut waiting = self.waiting.lock().unwrap();
            if waiting.is_gone {
                return None;
            }
            waiting.answers.insert(no, told);
        }
        let line = Numbered { no, said: question }.line();
        let asked =
            self.stdin.lock().unwrap().as_mut().is_some_and(|it| it.write_all(line.as_bytes()).is_ok());
        if !asked {
            self.waiting.lock().unwrap().answers.remove(&no);
            return None;
        }
        answer.await.ok()
    }

    fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "a host ended by itself: {ended:?}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Passes answers on until the process is gone. A line without its end was cut off by the kill: nobody heard it.
fn listen(stdout: ChildStdout, waiting: &Mutex<Waiting>, answered: &watch::Sender<u64>) {
    let mut stdout = BufReader::new(stdout);
    let mut line = String::new();
    while stdout.read_line(&mut line).is_ok_and(|_| line.ends_with('\n')) {
        let Numbered { no, said } = serde_json::from_str::<Numbered<Answer>>(&line).unwrap();
        if let Some(told) = waiting.lock().unwrap().answers.remove(&no) {
            drop(told.send(said));
        }
        answered.send_modify(|answered| *answered += 1);
        line.clear();
    }
    let mut waiting = waiting.lock().unwrap();
    waiting.is_gone = true;
    waiting.answers.clear();
}
