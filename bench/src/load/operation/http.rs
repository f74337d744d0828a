//! Any request of HTTP, for servers that are no gateway.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Answer, Exchange, Expected, Fault, Request, Verdict};

/// Statuses that mean want of room.
const REFUSALS: [u16; 2] = [429, 503];
/// More bytes than that are for other tools.
const BODY_BYTES_MAX: usize = 1 << 24;

/// Fields of `http`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpAsk {
    /// `POST` and the like.
    #[serde(default = "default_method")]
    pub method: String,
    /// Behind the authority.
    pub path: String,
    /// Headers, of which `content-length` and `host` are made.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body; or `body_bytes`.
    #[serde(default)]
    pub body: Option<String>,
    /// So many bytes of value 120 (`x`) as body.
    #[serde(default)]
    pub body_bytes: usize,
    /// The status that means success.
    #[serde(default = "default_status")]
    pub status: u16,
    /// What the answer's body must be; not looked at if absent.
    #[serde(default)]
    pub answer: Option<String>,
    /// Whether the answer's body must be the request's.
    #[serde(default)]
    pub echo: bool,
    /// Records that one such request carries, for figures per record.
    #[serde(default = "default_records")]
    pub records: u64,
}

fn default_method() -> String {
    "POST".to_owned()
}

fn default_status() -> u16 {
    200
}

fn default_records() -> u64 {
    1
}

impl HttpAsk {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.body.is_some() && self.body_bytes > 0 {
            return Err("either body or body_bytes".to_owned());
        }
        if self.body_bytes > BODY_BYTES_MAX || self.records == 0 {
            return Err(format!("body_bytes: at most {BODY_BYTES_MAX}; records: at least 1"));
        }
        if self.echo && self.answer.is_some() {
            return Err("either echo or answer".to_owned());
        }
        self.exchange().map(drop)
    }

    pub(super) fn exchange(&self) -> Result<Exchange, String> {
        let body = match &self.body {
            Some(text) => Bytes::from(text.clone()),
            None => Bytes::from(vec![b'x'; self.body_bytes]),
        };
        let mut request = http::Request::builder().method(&*self.method).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = match (self.echo, &self.answer) {
            (true, _) => Some(body.clone()),
            (false, answer) => answer.clone().map(Bytes::from),
        };
        let expected = Reply { status: self.status, answer, records: self.records };
        let request = request.body(body).map_err(|error| error.to_string())?;
        if !request.uri().path().starts_with('/') || request.uri().authority().is_some() {
            return Err(format!("path = {:?}: must begin with /", self.path));
        }
        Ok(Exchange { request: Request::Http(request, None), expected: Box::new(expected) })
    }
}

struct Reply {
    status: u16,
    answer: Option<Bytes>,
    records: u64,
}

impl Expected for Reply {
    fn judge(&self, answer: &Answer) -> Result<Verdict, Fault> {
        match answer {
            Answer::Http { status, .. } if *status == self.status => {
                Ok(Verdict::accepted(self.records))
            }
            Answer::Http { status, .. } if REFUSALS.contains(status) => {
                Ok(Verdict::refused(&status.to_string(), self.records))
            }
            Answer::Http { status, .. } => Err(Fault::Status(status.to_string())),
            _ => Err(Fault::Form("not HTTP")),
        }
    }

    fn verify(&self, answer: &Answer) -> Result<(), String> {
        match (answer, &self.answer) {
            (Answer::Http { body, .. }, Some(expected)) if body != expected => {
                Err(format!("{} bytes that are not as expected", body.len()))
            }
            _ => Ok(()),
        }
    }
}
