//! The Encedo HEM REST API: virtual security modules with owners, logins and keys.
//!
//! `docs/dialects/encedo-hem.md` is the specification; comments cite its clauses.

mod answer;
pub mod fuzzing;
pub(crate) mod limits;
mod names;
mod openapi;
mod read;
mod render;
mod route;
mod status;

pub(crate) use render::Reply;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use typex_core::op::Output;
use typex_core::{Error, ErrorKind};

use crate::{Call, Dialect, Form, Kind, Listener, time};

/// The dialect.
pub struct EncedoHem;

// Devices serve both schemes, each at its own port; here one port takes either.
// spec: encedo-hem 1.1
static LISTENERS: [Listener; 1] =
    [Listener { name: "api", default_port: 8180, kind: Kind::Http, guards_plaintext: true }];

impl Dialect for EncedoHem {
    fn name(&self) -> &'static str {
        "encedo-hem"
    }

    fn listeners(&self) -> &'static [Listener] {
        &LISTENERS
    }

    fn parse(
        &self,
        _listener: &'static Listener,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Call, Response<Bytes>> {
        read::request(parts, body).map_err(|status| render::refusal(Some(parts), status))
    }

    fn parse_line(&self, _listener: &'static Listener, _line: &Bytes) -> Result<Call, Bytes> {
        Err(Bytes::new())
    }

    fn render_into(
        &self,
        spare: HeaderMap,
        reply: &crate::Reply,
        result: Result<Output, Error>,
    ) -> Response<Bytes> {
        match &reply.0 {
            Form::Instance(reply) => render::answer(spare, reply, result),
            Form::Object(_) | Form::Registration(_) | Form::Payment(_) | Form::Transform(_) => {
                render::refusal(None, StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    fn render_line(&self, _reply: &crate::Reply, _result: Result<Output, Error>) -> Bytes {
        Bytes::new()
    }

    fn refuse(
        &self,
        _listener: &'static Listener,
        parts: Option<&Parts>,
        kind: ErrorKind,
    ) -> Response<Bytes> {
        render::refusal(parts, status::of(kind))
    }

    fn refuse_line(&self, _listener: &'static Listener, _kind: ErrorKind) -> Bytes {
        Bytes::new()
    }
}
