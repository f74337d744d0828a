//! A kept-alive connection that sends one prepared request again and again, without allocating.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::Duration;

use crate::Failure;

/// No answer within this ends the program.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// More than any answer here is long.
const ANSWER_BYTES_MAX: usize = 16 << 10;

pub(crate) struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Box<[u8]>,
    body: Range<usize>,
}

impl Connection {
    /// Connects; `request` is what every exchange sends.
    pub(crate) fn open(address: SocketAddr, request: Vec<u8>) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_MAX))?;
        let answer = vec![0; ANSWER_BYTES_MAX].into_boxed_slice();
        Ok(Self { stream, request, answer, body: 0..0 })
    }

    /// Sends the request.
    pub(crate) fn send(&mut self) -> Result<(), Failure> {
        Ok(self.stream.write_all(&self.request)?)
    }

    /// Reads one answer; its body.
    pub(crate) fn receive(&mut self) -> Result<&[u8], Failure> {
        let mut filled = 0;
        loop {
            let room = self.answer.get_mut(filled..).unwrap_or_default();
            let read = self.stream.read(room)?;
            if read == 0 {
                return Err("the connection closed, or the answer is too long".into());
            }
            filled += read;
            if let Some(body) = body(&self.answer[..filled]) {
                self.body = body;
                return Ok(&self.answer[self.body.clone()]);
            }
        }
    }

    /// Sends the request and reads the answer; its body.
    pub(crate) fn exchange(&mut self) -> Result<&[u8], Failure> {
        self.send()?;
        self.receive()
    }
}

/// A `POST` of JSON.
pub(crate) fn post(path: &str, body: &str) -> Vec<u8> {
    post_with(path, "content-type: application/json", body)
}

/// A `POST` with this header.
pub(crate) fn post_with(path: &str, header: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("host: localhost\r\n{header}\r\ncontent-length: {length}");
    format!("POST {path} HTTP/1.1\r\n{head}\r\n\r\n{body}").into_bytes()
}

/// Where the body of a whole answer is; `None` while there is more to come.
fn body(answer: &[u8]) -> Option<Range<usize>> {
    const END: &[u8] = b"\r\n\r\n";
    const LENGTH: &[u8] = b"content-length: ";
    let begin = answer.windows(END.len()).position(|bytes| bytes == END)? + END.len();
    let at = answer[..begin].windows(LENGTH.len()).position(|bytes| bytes == LENGTH)?;
    let digits = answer[at + LENGTH.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0usize, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    (begin + length == answer.len()).then_some(begin..answer.len())
}
