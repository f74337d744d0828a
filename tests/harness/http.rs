//! The smallest HTTP/1.1 client that keeps a connection alive, over a blocking socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// No answer within this is a failure of the test.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// A kept-alive connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::try_open(address).expect("the listener accepts")
    }

    /// The same; `None` if nobody listens.
    pub(crate) fn try_open(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(ANSWER_MAX)).expect("a socket option");
        stream.set_nodelay(true).expect("a socket option");
        Some(Self { stream: BufReader::new(stream) })
    }

    /// GET; the answer's JSON.
    pub(crate) fn get(&mut self, path: &str) -> Value {
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
        self.exchange(&request).expect("an answer")
    }

    /// GET; the answer's text.
    pub(crate) fn text(&mut self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
        self.exchange_raw(request.as_bytes()).expect("an answer")
    }

    /// POST; the answer's JSON.
    pub(crate) fn post(&mut self, path: &str, body: &str) -> Value {
        self.try_post(path, body).expect("an answer")
    }

    /// The same; `None` if the gateway is gone.
    pub(crate) fn try_post(&mut self, path: &str, body: &str) -> Option<Value> {
        self.exchange(&post(path, body))
    }

    fn exchange(&mut self, request: &str) -> Option<Value> {
        let text = self.exchange_raw(request.as_bytes())?;
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
    }

    /// Sends any bytes and reads one answer's body; `None` if the connection closes instead.
    pub(crate) fn exchange_raw(&mut self, request: &[u8]) -> Option<String> {
        self.send(request)?;
        self.answer().map(|(_, body)| body)
    }

    /// Sends any bytes; `None` if the connection is closed.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Option<()> {
        self.stream.get_mut().write_all(bytes).ok()
    }

    /// Reads one answer, head in lower case and body; `None` if the connection closes instead.
    pub(crate) fn answer(&mut self) -> Option<(String, String)> {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            head += &format!("{line}\n");
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        Some((head, String::from_utf8(body).ok()?))
    }
}

/// The bytes of a POST request.
pub(crate) fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n\r\n{body}")
}
