//! The payment service of a public cloud: its data plane, and of its control plane what keys need.
//!
//! `docs/dialects/aws-payment.md` is the specification; comments cite its clauses.

mod check;
mod control;
mod data;
pub mod fuzzing;
mod input;
mod limits;
mod model;
mod name;
mod operation;
mod path;
mod refusal;
mod render;
mod request;
mod shape;
mod signature;
mod status;

pub use model::model;
pub(crate) use render::Reply;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response};
use typex_core::limits::PAYMENT_BATCH_BODY_BYTES;
use typex_core::op::Output;
use typex_core::op::payment::KeyRef;
use typex_core::principal::Signed;
use typex_core::{Error, ErrorKind};

use crate::{Call, Dialect, Form, Listener, node, request_id};
use refusal::Refusal;

/// What a request presents and what it signed, as [`AwsPayment`] reads it before anything of the
/// body; `None` where it refuses the form of the signature. Whether it is true, the server says.
// spec: aws-payment 2
pub fn signed(parts: &Parts, body: &[u8]) -> Option<Signed> {
    signature::read(parts, body).ok()
}

/// The key that a name means, in any form that a client may give it; `None` where it has none of
/// them.
// spec: aws-payment 1.3
pub fn key_ref(name: &str) -> Option<KeyRef> {
    name::parse(name).ok()
}

/// The dialect.
pub struct AwsPayment;

// spec: aws-payment 1.1
static LISTENERS: [Listener; 1] = [Listener::new("api", 8443, crate::Kind::Http)];

/// Which of the service's two APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plane {
    /// Operations with keys.
    Data,
    /// Keys themselves.
    Control,
}

impl Dialect for AwsPayment {
    fn name(&self) -> &'static str {
        "aws-payment"
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
        request::read(parts, body).map_err(|refusal| render::refusal(parts, &refusal))
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
            Form::Payment(reply) => render::answer(spare, reply, result),
            Form::Object(_) | Form::Registration(_) | Form::Instance(_) | Form::Transform(_) => {
                let refusal = Refusal::of(&ErrorKind::Internal.into(), Plane::Data, None, false);
                render::plain(Plane::Data, &refusal)
            }
        }
    }

    fn render_line(&self, _reply: &crate::Reply, _result: Result<Output, Error>) -> Bytes {
        Bytes::new()
    }

    // spec: aws-payment 6.2
    fn body_bytes(&self, _listener: &'static Listener, parts: &Parts) -> Option<usize> {
        request::is_batch(parts).then_some(PAYMENT_BATCH_BODY_BYTES)
    }

    fn refuse(
        &self,
        _listener: &'static Listener,
        parts: Option<&Parts>,
        kind: ErrorKind,
    ) -> Response<Bytes> {
        if let (Some(parts), ErrorKind::TooLarge) = (parts, kind)
            && request::is_batch(parts)
        {
            return render::plain(Plane::Data, &data::batch::too_large(parts));
        }
        let plane = parts.map_or(Plane::Data, request::plane);
        render::plain(plane, &Refusal::of(&kind.into(), plane, None, false))
    }

    fn refuse_line(&self, _listener: &'static Listener, _kind: ErrorKind) -> Bytes {
        Bytes::new()
    }
}
