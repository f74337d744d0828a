//! The registration API: one JSON object in, one out, at three paths.
// spec: enigma-bridge 6

mod answer;
mod apidata;
mod fault;
mod fields;
mod function;
mod read;
mod wire;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use http::Response;
use http::request::Parts;
use sha2::{Digest, Sha256};
use typex_core::op::registration::Answer;
use typex_core::op::{Op, Output};
use typex_core::{Error, ErrorKind, Secret, UnixMs};

use crate::{Call, Candidate, Candidates};
use answer::Envelope;
use function::Place;

/// Header in which whoever approves keys proves it.
const TOKEN_HEADER: &str = "x-auth-token";

/// What the answer to a call repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    function: Option<&'static str>,
    nonce: String,
    received: UnixMs,
}

impl Reply {
    /// Tells when the request came; answers say 0 otherwise.
    pub(crate) fn received(&mut self, now: UnixMs) {
        self.received = now;
    }
}

/// Reads a request.
#[expect(clippy::result_large_err, reason = "a Call is larger than any answer")]
pub(super) fn parse(parts: &Parts, body: &Bytes) -> Result<Call, Response<Bytes>> {
    let mut reply = Reply::default();
    match read(parts, body, &mut reply) {
        Ok((read, candidate)) => Ok(Call {
            op: Op::Registration(Box::new(read)),
            candidates: Candidates::one(candidate),
            reply: crate::Reply::registration(reply),
        }),
        Err(error) => Err(failure(&reply, &error)),
    }
}

/// Writes the answer.
pub(super) fn render(reply: &Reply, result: Result<Output, Error>) -> Response<Bytes> {
    match result {
        Ok(Output::Registration(answer)) => success(reply, &answer),
        Ok(_) => failure(reply, &ErrorKind::Internal.into()),
        Err(error) => failure(reply, &error),
    }
}

/// The answer to a request that the transport refuses.
pub(super) fn refuse(_parts: Option<&Parts>, kind: ErrorKind) -> Response<Bytes> {
    failure(&Reply::default(), &kind.into())
}

/// A fuzz target: bodies of all functions at all paths. Whatever they hold, the answer is an
/// envelope.
pub(crate) fn fuzz(body: &[u8]) {
    let body = Bytes::copy_from_slice(body);
    for place in ["client", "apikey", "business", "other"] {
        let uri = format!("/api/v1/{place}");
        let request = http::Request::post(uri).body(()).expect("a plain request");
        let (parts, ()) = request.into_parts();
        let mut reply = Reply::default();
        let result = read(&parts, &body, &mut reply);
        let error = result.err().unwrap_or_else(|| ErrorKind::VerifyFailed.into());
        let answer: serde_json::Value =
            serde_json::from_slice(failure(&reply, &error).body()).expect("an answer is JSON");
        assert!(answer["status"].as_u64().is_some_and(|status| status != 0x9000));
        assert!(answer["response"].is_null() && answer["nonce"].is_string());
        assert!(!answer["function"].as_str().unwrap_or_default().is_empty());
    }
}

fn read(
    parts: &Parts,
    body: &[u8],
    reply: &mut Reply,
) -> Result<(typex_core::op::registration::Request, Candidate), Error> {
    let place = Place::of(parts.uri.path());
    let digest = Sha256::digest(body).into();
    let body = wire::body(body)?;
    reply.function = function::name_of(&body);
    reply.nonce = fields::nonce(&body)?;
    fields::check_version(&body)?;
    let function = function::find(place, &body)?;
    let token = parts.headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok());
    let token = token.map(|text| Secret::new(text.to_owned()));
    let (request, credential) = read::request(function, &body, digest, token)?;
    Ok((request, Candidate { credential, key: None }))
}

fn success(reply: &Reply, answer: &Answer) -> Response<Bytes> {
    match Envelope::success(reply, answer) {
        Ok(body) => super::render::response(body),
        Err(_) => failure(reply, &ErrorKind::Internal.into()),
    }
}

fn failure(reply: &Reply, error: &Error) -> Response<Bytes> {
    super::render::response(Envelope::failure(reply, error).into())
}
