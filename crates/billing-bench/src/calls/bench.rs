//! Starts the stub and the contenders, in turn, and collects their figures. It prints progress only.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::NamedTempFile;

use super::contenders::Contender;
use super::driver::Failure;
use super::work::{Address, Load, Measured, Size, Work};

/// Every figure, of every time a contender did a work.
pub type Figures = BTreeMap<(Work, &'static str), Vec<u64>>;

/// Lets every contender do every work it can, `rounds` times; neighbours in time, because the machine changes its pace.
pub fn run(stub: &Path, contenders: &[Contender], rounds: u32, size: Size) -> Result<Figures, Failure> {
    let mut stub = Stub::start(stub)?;
    let mut figures = Figures::new();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for work in Work::ALL {
            for time in 0..work.times() {
                // There and back again, so that nobody is always first.
                let is_back = (round + time).is_multiple_of(2);
                let forth = contenders.iter();
                let turn: Vec<_> = if is_back { forth.rev().collect() } else { forth.collect() };
                for contender in turn {
                    if let Some(command) = contender.command(work) {
                        let context = |error| format!("{}, {}: {error}", contender.name, work.name());
                        let figure = stub.time(command, work, size).map_err(context)?;
                        figures.entry((work, contender.name)).or_default().push(figure);
                    }
                }
            }
        }
    }
    Ok(figures)
}

/// The running stub. It ends when this value is dropped, or with this process.
struct Stub {
    child: Child,
    stdin: Option<ChildStdin>,
    said: Lines<BufReader<ChildStdout>>,
    addresses: Addresses,
    /// The certificate that its clients are to trust.
    trusted: NamedTempFile,
}

struct Addresses {
    plain: String,
    tls: String,
    far: String,
}

impl Stub {
    fn start(program: &Path) -> Result<Self, Failure> {
        let trusted = NamedTempFile::new()?;
        let mut command = Command::new(program);
        command.arg(trusted.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let mut said = BufReader::new(child.stdout.take().ok_or("the stub has no output")?).lines();
        let line = said.next().ok_or("the stub said nothing")??;
        let [plain, tls, far] = words(&line)?;
        let addresses = Addresses { plain, tls, far };
        Ok(Self { stdin: child.stdin.take(), child, said, addresses, trusted })
    }

    /// Runs one contender to its end, and believes it only if as many creates arrived here as it was asked for.
    fn time(&mut self, command: Command, work: Work, size: Size) -> Result<u64, Failure> {
        let load = work.load(size);
        let before = self.counts()?;
        let said = self.output(command, work.address(), load)?;
        let after = self.counts()?;
        let arrived = after.creates - before.creates;
        if arrived != load.calls + load.warm_up {
            return Err(format!("{arrived} creates arrived for {load:?}").into());
        }
        let measured: Measured = serde_json::from_str(&said)?;
        let figure = work.figure(&measured, after.connections - before.connections);
        figure.ok_or_else(|| format!("no figure in {said}").into())
    }

    fn output(&self, mut command: Command, address: Address, load: Load) -> Result<String, Failure> {
        let url = match address {
            Address::Plain => &self.addresses.plain,
            Address::Tls => &self.addresses.tls,
            Address::Far => &self.addresses.far,
        };
        command.arg(url).args([load.calls, load.in_flight, load.warm_up].map(|number| number.to_string()));
        // Rust's libraries and our script for Python read the first, Node the second.
        command.env("SSL_CERT_FILE", self.trusted.path()).env("NODE_EXTRA_CA_CERTS", self.trusted.path());
        // Otherwise the system's certificates are read as well, as many as there are.
        command.env_remove("SSL_CERT_DIR");
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{command:?} failed").into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    fn counts(&mut self) -> Result<Counts, Failure> {
        let mut stdin = self.stdin.as_ref().ok_or("the stub has no input")?;
        writeln!(stdin)?;
        let line = self.said.next().ok_or("the stub has ended")??;
        let [connections, creates] = words(&line)?;
        Ok(Counts { connections: connections.parse()?, creates: creates.parse()? })
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        // The end of its input is its end.
        self.stdin = None;
        let _ = self.child.wait();
    }
}

/// What the stub has seen so far.
struct Counts {
    connections: u64,
    creates: u64,
}

fn words<const N: usize>(line: &str) -> Result<[String; N], Failure> {
    let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
    words.try_into().map_err(|_| format!("the stub said `{line}`").into())
}
