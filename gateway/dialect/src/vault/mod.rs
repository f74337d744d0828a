//! The HTTP API of HashiCorp Vault, as far as it makes codes for values: the secrets engine
//! `transform`, and what clients ask before they use one.
//!
//! `docs/dialects/vault.md` is the specification; comments cite its clauses.

mod answer;
mod body;
mod duration;
pub mod fuzzing;
mod limits;
mod read;
mod refusal;
mod render;
mod route;
mod status;

pub(crate) use render::Reply;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response};
use typex_core::op::Output;
use typex_core::{Error, ErrorKind};

use crate::{Call, Dialect, Form, Kind, Listener, node, request_id, time};
use refusal::Refusal;

/// The dialect.
pub struct Vault;

// spec: vault 1.1
static LISTENERS: [Listener; 1] = [Listener::new("api", 8200, Kind::Http)];

impl Dialect for Vault {
    fn name(&self) -> &'static str {
        "vault"
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
        read::request(parts, body).map_err(|refusal| render::refusal(&refusal))
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
            Form::Transform(reply) => render::answer(spare, reply, result),
            Form::Object(_) | Form::Registration(_) | Form::Instance(_) | Form::Payment(_) => {
                render::refusal(&Refusal::of(&ErrorKind::Internal.into()))
            }
        }
    }

    fn render_line(&self, _reply: &crate::Reply, _result: Result<Output, Error>) -> Bytes {
        Bytes::new()
    }

    fn refuse(
        &self,
        _listener: &'static Listener,
        _parts: Option<&Parts>,
        kind: ErrorKind,
    ) -> Response<Bytes> {
        render::refusal(&Refusal::of(&kind.into()))
    }

    fn refuse_line(&self, _listener: &'static Listener, _kind: ErrorKind) -> Bytes {
        Bytes::new()
    }
}
