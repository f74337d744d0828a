//! From a result to an HTTP answer.
// spec: vault 1.3, 1.4

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER,
};
use http::{Response, StatusCode};
use typex_core::op::Output;
use typex_core::op::transform::{Answer, Used, Work};
use typex_core::{Error, ErrorKind};

use super::refusal::{Parsed, Refusal};
use super::route::{Health, Mounts};
use super::{answer, request_id, status};
use crate::json::{Object, Value};

/// What is said wherever values are encrypted.
// spec: vault 4.4
const FF1: &str = "FF1 of NIST SP 800-38G with an internal tweak is used in place of FF3-1: codes \
    of other servers are not understood here, nor those of here elsewhere";

/// What the answer to a call depends on.
pub(crate) struct Reply(Asked);

/// What was asked.
pub(super) enum Asked {
    /// Whether the gateway serves.
    Health(Health),
    /// Who asks.
    Caller,
    /// Which engines there are.
    Mounts(Mounts),
    /// What there is.
    Object,
    /// Values; of several with what is told beside each.
    Use(Work, Option<Vec<Option<String>>>),
}

impl Reply {
    pub(super) fn new(asked: Asked) -> Self {
        Self(asked)
    }
}

/// Writes the answer; the memory of `headers` is used again.
pub(super) fn answer(
    mut headers: HeaderMap,
    reply: &Reply,
    result: Result<Output, Error>,
) -> Response<Bytes> {
    headers.clear();
    let written = match &result {
        Ok(Output::Transform(answer)) => content(&reply.0, answer),
        Ok(_) => Err(foreign()),
        Err(error) => Err(refused(&reply.0, error)),
    };
    match written {
        Ok((status, body)) => response(headers, status, body),
        Err(refusal) => failure(headers, &refusal),
    }
}

/// The answer to a request that never becomes a call.
pub(super) fn refusal(refusal: &Refusal) -> Response<Bytes> {
    failure(HeaderMap::new(), refusal)
}

type Content = (StatusCode, Option<Bytes>);

fn content(asked: &Asked, answer: &Answer) -> Parsed<Content> {
    let data = match (asked, answer) {
        (Asked::Health(form), Answer::Health(state)) => {
            let status = match (form, state.is_ready) {
                (Health::State, false) => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::OK,
            };
            return Ok((status, Some(answer::health(*form, *state).to_body())));
        }
        (Asked::Caller, Answer::Caller(view)) => answer::caller(view),
        (Asked::Mounts(form), Answer::Mounts(mounts)) => answer::mounts(*form, mounts),
        (Asked::Object, answer) => return object(answer),
        (Asked::Use(work, None), Answer::One(used)) => {
            let data = answer::used(*work, used).ok_or_else(foreign)?;
            return Ok(told(data.into(), used.is_encryption));
        }
        (Asked::Use(work, Some(references)), Answer::Batch(results)) => {
            return Ok(batch(*work, references, results));
        }
        _ => return Err(foreign()),
    };
    Ok(told(data.into(), false))
}

fn object(answer: &Answer) -> Parsed<Content> {
    let data = match answer {
        Answer::Role(role) => {
            let names = role.transformations.iter().map(ToString::to_string);
            answer::texts("transformations", names)
        }
        Answer::Transformation(shown) => answer::transformation(shown),
        Answer::Template(rule) => Object::default()
            .with("type", "regex")
            .with("pattern", &rule.pattern)
            .with("alphabet", rule.alphabet.to_string()),
        Answer::Alphabet(alphabet) => {
            Object::default().with("alphabet", alphabet.characters.to_string())
        }
        Answer::Names(names) if names.is_empty() => return Err(Refusal::not_there()),
        Answer::Names(names) => answer::texts("keys", names.iter().cloned()),
        Answer::Kept { is_encryption: true } => return Ok(told(Value::Null, true)),
        Answer::Kept { .. } | Answer::Deleted => return Ok((StatusCode::NO_CONTENT, None)),
        _ => return Err(foreign()),
    };
    Ok(told(data.into(), false))
}

// spec: vault 5.4
fn batch(work: Work, references: &[Option<String>], results: &[Result<Used, Error>]) -> Content {
    let reference = |at: usize| references.get(at).and_then(Clone::clone);
    let list = results.iter().enumerate();
    let list = list.map(|(at, result)| one_of_batch(work, result, reference(at))).collect();
    let is_encryption = results.iter().flatten().any(|used| used.is_encryption);
    told(Object::default().with("batch_results", Value::List(list)).into(), is_encryption)
}

fn one_of_batch(work: Work, result: &Result<Used, Error>, reference: Option<String>) -> Value<'_> {
    let object = match result {
        Ok(used) => answer::used(work, used),
        Err(error) => Some(Object::default().with("error", status::text(error).into_owned())),
    };
    let failed = || Object::default().with("error", ErrorKind::Internal.text());
    object.unwrap_or_else(failed).maybe("reference", reference).into()
}

/// The envelope of every answer but those about the server.
// spec: vault 1.3
fn told(data: Value<'_>, is_encryption: bool) -> Content {
    let warnings = match is_encryption {
        true => Value::List(vec![Value::Text(FF1)]),
        false => Value::Null,
    };
    let envelope = Object::default()
        .with("request_id", request_id::draw())
        .with("lease_id", "")
        .with("renewable", false)
        .with("lease_duration", 0_u64)
        .with("data", data)
        .with("wrap_info", Value::Null)
        .with("warnings", warnings)
        .with("auth", Value::Null);
    (StatusCode::OK, Some(envelope.to_body()))
}

/// What is not there when it is looked at has no text, as lists that are empty have none.
fn refused(asked: &Asked, error: &Error) -> Refusal {
    let is_plain = error.public == error.kind.text();
    match (asked, error.kind) {
        (Asked::Object, ErrorKind::KeyNotFound) if is_plain => Refusal::not_there(),
        _ => Refusal::of(error),
    }
}

fn foreign() -> Refusal {
    Refusal::of(&ErrorKind::Internal.into())
}

fn failure(mut headers: HeaderMap, refusal: &Refusal) -> Response<Bytes> {
    headers.extend(refusal.retry_after_s.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
    let texts = refusal.text.iter().map(|text| Value::Text(text)).collect();
    let body = Object::default().with("errors", Value::List(texts)).to_body();
    response(headers, refusal.status, Some(body))
}

fn response(mut headers: HeaderMap, status: StatusCode, body: Option<Bytes>) -> Response<Bytes> {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(body) = &body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let mut response = Response::new(body.unwrap_or_default());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
