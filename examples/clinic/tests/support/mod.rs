//! The clinic as a program on data of its own, and what tests need to look at it from outside. No test is here.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "helpers of tests, and no file of tests needs all"
)]

pub mod http;
pub mod opened;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

use http::{Answer, Visitor, field};

/// The office's books, and the practitioner's own.
pub const OFFICE: &str = "01930000-0000-7000-8000-000000000001";
pub const PERSONAL: &str = "01930000-0000-7000-8000-000000000002";

/// A folder of data and, now and then, a program on it.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the program and waits until it says where it is.
    pub fn open(&self) -> Running {
        Running::start(self.path())
    }

    /// Every byte that is kept of money: the database with its log, and the stand-in's own state, which any request changes.
    pub fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = fs::read_dir(self.path()).unwrap().map(|file| file.unwrap().path());
        // The index of the log changes when it is read.
        let mut files: Vec<_> = files.filter(|file| !file.to_string_lossy().ends_with("-shm")).collect();
        files.sort_unstable();
        files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
    }
}

/// The program, running. It ends with the test.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
    said: Arc<Mutex<String>>,
}

impl Running {
    fn start(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clinic"));
        command.arg("--data").arg(data).args(["--notices", "off"]).env_remove("BILLING_SEAL_KEYS");
        for name in ["CLINIC_ADDR", "CLINIC_STAND_IN_ADDR", "CLINIC_MONERIS_STAND_IN_ADDR"] {
            command.env(name, "127.0.0.1:0");
        }
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        keep(child.stderr.take().unwrap(), &said);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Clinic on http://").map(|address| address.parse().unwrap());
        let Some(address) = address else { panic!("{line}{}", said.lock().unwrap()) };
        Self { child, address, said }
    }

    /// Sends it a signal by name. It is not gone yet.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it is gone: what it wrote to its log, and how it ended.
    pub fn gone(mut self) -> (String, ExitStatus) {
        let status = self.child.wait().unwrap();
        (self.said.lock().unwrap().clone(), status)
    }

    pub fn visitor(&self) -> Visitor {
        Visitor::at(self.address)
    }

    /// A visitor who is signed in as this person.
    pub fn sign_in(&self, person: &str) -> Visitor {
        self.visitor().signed_in(person)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Collects a stream in the background: a full pipe would stop the program.
fn keep(mut stream: impl std::io::Read + Send + 'static, into: &Arc<Mutex<String>>) {
    let into = Arc::clone(into);
    thread::spawn(move || {
        let mut some = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut some) {
            into.lock().unwrap().push_str(&String::from_utf8_lossy(&some[..count]));
        }
    });
}

impl Visitor {
    /// The same visitor, signed in as this person.
    #[must_use]
    pub fn signed_in(mut self, person: &str) -> Self {
        let answer = self.submit("/sign-in", "/sign-in", &[("person", person)]);
        assert_eq!(answer.status, 303, "{}", answer.text());
        self
    }

    /// The form token on a page.
    pub fn csrf(&mut self, path: &str) -> String {
        let answer = self.get(path);
        field(&answer.text(), "csrf").unwrap_or_else(|| panic!("{path}: no form: {}", answer.text()))
    }

    /// Posts a form as it stands on `page`, with its token.
    pub fn submit(&mut self, page: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf(page);
        self.post(to, &[&[("csrf", &*csrf)], fields].concat())
    }
}
