//! Requests and answers as text.

use std::fmt::Write as _;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use typex_dialect::enigma_bridge::EnigmaBridge;
use typex_dialect::{Call, Dialect, Kind, Listener};

/// Name of a listener to the listener.
pub(crate) fn listener(name: &str) -> &'static Listener {
    let found = EnigmaBridge.listeners().iter().find(|listener| listener.name == name);
    found.unwrap_or_else(|| panic!("no listener {name}"))
}

/// Reads a request as in a file: request line, header fields, an empty line, the body.
pub(crate) fn http(text: &str) -> (Parts, Bytes) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let line: Vec<&str> = lines.next().expect("a request line").split(' ').collect();
    let mut request = Request::builder().method(line[0]).uri(line[1]);
    for field in lines {
        let (name, value) = field.split_once(": ").expect("a header field");
        request = request.header(name, value);
    }
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    (parts, Bytes::copy_from_slice(body.trim_end_matches('\n').as_bytes()))
}

/// Parses a request by the listener's kind; a refusal comes back as the answer's text.
pub(crate) fn parse(listener: &'static Listener, text: &str) -> Result<Call, String> {
    match listener.kind {
        Kind::Http | Kind::Frames => {
            let (parts, body) = http(text);
            EnigmaBridge.parse(listener, &parts, &body).map_err(|answer| write(&answer))
        }
        Kind::JsonLines => {
            let line = Bytes::copy_from_slice(text.as_bytes());
            EnigmaBridge.parse_line(listener, &line).map_err(|answer| utf8(&answer))
        }
    }
}

/// Status, header fields by name, an empty line, the body.
pub(crate) fn write(answer: &Response<Bytes>) -> String {
    let mut text = format!("{}\n", answer.status().as_u16());
    let mut fields: Vec<_> = answer.headers().iter().collect();
    fields.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in fields {
        let value = value.to_str().expect("header fields are text");
        writeln!(text, "{name}: {value}").expect("a String takes any text");
    }
    text + "\n" + &utf8(answer.body())
}

/// Every answer is text.
pub(crate) fn utf8(bytes: &[u8]) -> String {
    str::from_utf8(bytes).expect("answers are UTF-8").to_owned()
}
