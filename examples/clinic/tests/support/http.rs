//! A browser's half of HTTP, down to the byte, so that tests can also send what no browser would. It knows no page.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Long enough for any answer on a busy machine: a server that hangs fails the test, it does not stop it.
const PATIENCE: Duration = Duration::from_mins(1);

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Where it sends the browser.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let (head, body) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 4..]);
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let pair = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        Some(Self { status, headers: lines.filter_map(pair).collect(), body: body.to_vec() })
    }
}

/// Sends the bytes as they are and reads until the server closes. An error means that there was no answer.
pub fn send(to: SocketAddr, request: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&to, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // A server that refuses a long request may close before it has read it all; what it said is still there to read.
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    Answer::read(&bytes).ok_or_else(|| read.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()))
}

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As a form of these fields.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        self.body("application/x-www-form-urlencoded", encode(fields).as_bytes())
    }

    #[must_use]
    pub fn body(self, content_type: &str, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..self.header("content-type", content_type) }
    }

    /// Everything, with what HTTP itself asks for. A body that says how it is sent is sent as it is.
    pub fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let mut text =
            format!("{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        let framed = |(name, _): &(String, String)| name == "transfer-encoding" || name == "content-length";
        if !self.headers.iter().any(framed) && (self.method == "POST" || !self.body.is_empty()) {
            text.extend(["content-length: ", &self.body.len().to_string(), "\r\n"]);
        }
        text += "\r\n";
        [text.as_bytes(), &self.body].concat()
    }
}

/// Somebody at a browser: an address and cookies.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub clinic: SocketAddr,
    pub cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub fn at(clinic: SocketAddr) -> Self {
        Self { clinic, cookies: BTreeMap::new() }
    }

    /// What a browser's address bar says.
    pub fn origin(&self) -> String {
        format!("http://{}", self.clinic)
    }

    /// Sends it with the cookies, and keeps those that come back.
    pub fn send(&mut self, request: Request) -> Answer {
        self.try_send(request).expect("the clinic answers")
    }

    pub fn try_send(&mut self, request: Request) -> io::Result<Answer> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request =
            if cookies.is_empty() { request } else { request.header("cookie", &cookies.join("; ")) };
        let answer = send(self.clinic, &request.bytes(self.clinic))?;
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        Ok(answer)
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send(Request::new("GET", path))
    }

    /// Posts the fields as the page's own form would, `csrf` among them.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.origin();
        self.send(Request::new("POST", path).header("origin", &origin).form(fields))
    }
}

/// Form encoding.
pub fn encode(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The value of a page's field (its input's `value`), the first of that name.
pub fn field(page: &str, name: &str) -> Option<String> {
    let input =
        page.split('<').find(|tag| tag.starts_with("input") && attribute(tag, "name") == Some(name))?;
    attribute(input, "value").map(str::to_owned)
}

/// An attribute of a tag.
pub fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}
