//! How a message travels: lines of text over TCP, one question and one answer per connection. It knows whether anything
//! left, and no word of what is asked.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The most of a message that is read, in bytes.
const BYTES_MAX: u64 = 16 * 1024;

/// Named values, one to a line, ended by an empty line. Debug shows the names only: values can be keys.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Message(BTreeMap<String, String>);

impl Message {
    pub(crate) fn asking(verb: &str) -> Self {
        Self::default().with("verb", verb)
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// `None` if a value would not stay on its line.
    pub(crate) fn to_text(&self) -> Option<String> {
        let mut text = String::new();
        for (name, value) in &self.0 {
            if value.contains(char::is_control) {
                return None;
            }
            text.extend([name, " ", value, "\n"]);
        }
        Some(text + "\n")
    }

    /// `None` if the end is missing, or everything: half of an answer is none, and so is an empty one.
    fn parse(text: &str) -> Option<Self> {
        let lines = text.strip_suffix("\n\n").filter(|text| !text.is_empty())?.lines();
        let pairs = lines.map(|line| line.split_once(' '));
        pairs.map(|pair| pair.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
    }

    pub(crate) async fn read(from: impl AsyncRead + Unpin) -> io::Result<Option<Self>> {
        let mut from = from.take(BYTES_MAX);
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\n\n") && from.read_buf(&mut bytes).await? > 0 {}
        Ok(std::str::from_utf8(&bytes).ok().and_then(Self::parse))
    }
}

impl FromIterator<(String, String)> for Message {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Where the service is, and how long a call to it may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    pub(crate) deadline: Duration,
}

/// There is no answer.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// Whether anything can have left. Only "no connection" is a no: a write that failed may have been read.
    pub(crate) left: bool,
    /// The answer came and could not be read.
    pub(crate) unreadable: bool,
    pub(crate) source: Option<io::Error>,
}

impl Line {
    /// One question, sent at most once. Asking again is the caller's decision, because only the caller knows what the
    /// first time may have done.
    pub(crate) async fn ask(&self, question: &Message) -> Result<Message, NoAnswer> {
        let not_sent = |source| NoAnswer { left: false, unreadable: false, source };
        let text = question.to_text().ok_or_else(|| not_sent(None))?;
        let started = tokio::time::Instant::now();
        let connection = match timeout(self.deadline, TcpStream::connect(self.address)).await {
            Ok(connected) => connected.map_err(|error| not_sent(Some(error)))?,
            Err(_) => return Err(not_sent(None)),
        };
        let left = self.deadline.saturating_sub(started.elapsed());
        let no_answer = |source| NoAnswer { left: true, unreadable: false, source };
        match timeout(left, exchange(connection, &text)).await {
            Ok(Ok(Some(answer))) => Ok(answer),
            Ok(Ok(None)) => Err(NoAnswer { left: true, unreadable: true, source: None }),
            Ok(Err(error)) => Err(no_answer(Some(error))),
            Err(_) => Err(no_answer(None)),
        }
    }
}

async fn exchange(mut connection: TcpStream, text: &str) -> io::Result<Option<Message>> {
    connection.write_all(text.as_bytes()).await?;
    Message::read(connection).await
}
