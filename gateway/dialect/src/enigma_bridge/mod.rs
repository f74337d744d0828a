//! The Enigma Bridge API: `ProcessData` and enrolment by URL or JSON line, registration by JSON.
//!
//! `docs/dialects/enigma-bridge.md` is the specification; comments cite its clauses.

mod data_string;
pub mod fuzzing;
mod handle;
mod import_object;
mod json;
mod limits;
mod line;
mod object_type;
mod parse;
pub(crate) mod registration;
mod render;
mod results;
mod status;
mod template;
mod tlv;
mod wire;

pub(crate) use render::Reply;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Response};
use typex_core::op::Output;
use typex_core::{Error, ErrorKind};

use crate::{Call, Dialect, Form, Kind, Listener};

/// The dialect.
pub struct EnigmaBridge;

/// The listener of the registration API, which has another form of request and answer.
const REGISTER: &str = "register";

// Every function is served on both object ports and on both line ports.
// spec: enigma-bridge 1.1
static LISTENERS: [Listener; 5] = [
    Listener::new("process", 11180, Kind::Http),
    Listener::new("enrol", 11182, Kind::Http),
    Listener::new(REGISTER, 8445, Kind::Http),
    Listener::new("process-tcp", 11110, Kind::JsonLines),
    Listener::new("enrol-tcp", 11112, Kind::JsonLines),
];

impl Dialect for EnigmaBridge {
    fn name(&self) -> &'static str {
        "enigma-bridge"
    }

    fn listeners(&self) -> &'static [Listener] {
        &LISTENERS
    }

    fn parse(
        &self,
        listener: &'static Listener,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Call, Response<Bytes>> {
        if parts.method == Method::OPTIONS {
            return Err(render::preflight());
        }
        if listener.name == REGISTER {
            return registration::parse(parts, body);
        }
        parse::request(parts, body).map_err(|refusal| render::response(refusal.body()))
    }

    fn parse_line(&self, _listener: &'static Listener, line: &Bytes) -> Result<Call, Bytes> {
        line::request(line).map_err(|refusal| refusal.body())
    }

    fn render_into(
        &self,
        spare: HeaderMap,
        reply: &crate::Reply,
        result: Result<Output, Error>,
    ) -> Response<Bytes> {
        match &reply.0 {
            Form::Object(reply) => render::response_into(spare, reply.body(result)),
            Form::Registration(reply) => registration::render(reply, result),
            Form::Instance(_) | Form::Payment(_) | Form::Transform(_) => {
                render::response(foreign())
            }
        }
    }

    fn render_line(&self, reply: &crate::Reply, result: Result<Output, Error>) -> Bytes {
        match &reply.0 {
            Form::Object(reply) => reply.body(result),
            Form::Registration(reply) => registration::render(reply, result).into_body(),
            Form::Instance(_) | Form::Payment(_) | Form::Transform(_) => foreign(),
        }
    }

    fn refuse(
        &self,
        listener: &'static Listener,
        parts: Option<&Parts>,
        kind: ErrorKind,
    ) -> Response<Bytes> {
        if listener.name == REGISTER {
            return registration::refuse(parts, kind);
        }
        render::response(parse::refuse(parts, kind).body())
    }

    fn refuse_line(&self, _listener: &'static Listener, kind: ErrorKind) -> Bytes {
        parse::refuse(None, kind).body()
    }
}

/// The answer to a call that another dialect read.
fn foreign() -> Bytes {
    parse::refuse(None, ErrorKind::Internal).body()
}
