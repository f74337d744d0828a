//! From a result to an HTTP answer.
// spec: aws-payment 1.4

use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use typex_core::id::KeyId;
use typex_core::op::payment::{Account, Answer, Answered, Operation};
use typex_core::op::{Op, Output};
use typex_core::principal::Signed;
use typex_core::{Error, ErrorKind};

use super::refusal::{Parsed, Refusal};
use super::{Plane, control, data, name, request, request_id};
use crate::json::{Object, Value};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// What the answer to a call depends on.
pub(crate) struct Reply {
    view: View,
    /// The first key that the request names.
    named: Option<String>,
    asked: Asked,
}

/// What was asked.
pub(super) enum Asked {
    /// One operation of the data plane.
    One(&'static data::Function),
    /// Several, with those that could not be read.
    Batch(&'static data::Function, Vec<Option<Refusal>>),
    /// One operation of the control plane.
    Control(&'static control::Function),
}

/// What the writers of answers know beside the result.
pub(super) struct View {
    region: String,
    operation: Option<Operation>,
}

impl View {
    /// What was asked of the data plane.
    pub(super) fn operation(&self) -> Option<Operation> {
        self.operation
    }

    /// The full name of a key.
    pub(super) fn key(&self, account: Account, key: KeyId) -> String {
        name::key(&self.region, account, key)
    }
}

impl Reply {
    pub(super) fn new(signed: &Signed, op: &Op, named: Option<&str>, asked: Asked) -> Self {
        let [_, region, _] = &signed.scope;
        let operation = match op {
            Op::Payment(request) => Some(request.operation()),
            _ => None,
        };
        let view = View { region: region.clone(), operation };
        Self { view, named: named.map(str::to_owned), asked }
    }
}

/// Writes the answer; the memory of `headers` is used again.
pub(super) fn answer(
    mut headers: HeaderMap,
    reply: &Reply,
    result: Result<Output, Error>,
) -> Response<Bytes> {
    headers.clear();
    let plane = reply.plane();
    let written = match &result {
        Ok(output) => reply.write(output),
        Err(error) => Err(reply.refusal(error)),
    };
    match written {
        Ok(body) => response(headers, plane, http::StatusCode::OK, body),
        Err(refusal) => refused(headers, plane, &refusal),
    }
}

/// The answer to a request that never becomes a call.
pub(super) fn refusal(parts: &Parts, refusal: &Refusal) -> Response<Bytes> {
    plain(request::plane(parts), refusal)
}

/// The same, where the plane is known.
pub(super) fn plain(plane: Plane, refusal: &Refusal) -> Response<Bytes> {
    refused(HeaderMap::new(), plane, refusal)
}

impl Reply {
    fn plane(&self) -> Plane {
        match &self.asked {
            Asked::One(_) | Asked::Batch(..) => Plane::Data,
            Asked::Control(_) => Plane::Control,
        }
    }

    fn refusal(&self, error: &Error) -> Refusal {
        let verifies = match &self.asked {
            Asked::One(function) | Asked::Batch(function, _) => function.verifies(),
            Asked::Control(_) => false,
        };
        Refusal::of(error, self.plane(), self.named.as_deref(), verifies)
    }

    fn write(&self, output: &Output) -> Parsed<Bytes> {
        let written = match (&self.asked, output) {
            (Asked::One(function), Output::Payment(Answer::One(answered))) => {
                (function.write)(&self.view, answered)
            }
            (Asked::Batch(function, refusals), Output::Payment(Answer::Batch(answers))) => {
                return Ok(self.batch(function, refusals, answers));
            }
            (Asked::Control(function), output) => (function.write)(&self.view, output),
            _ => None,
        };
        let written = written.ok_or_else(|| self.refusal(&ErrorKind::Internal.into()));
        written.map(|object| object.to_body())
    }

    // spec: aws-payment 6.2
    fn batch(
        &self,
        function: &data::Function,
        refusals: &[Option<Refusal>],
        answers: &[Result<Answered, Error>],
    ) -> Bytes {
        let failed = |answer: &Result<_, Error>| answer.as_ref().err().map(|e| self.refusal(e));
        let failures: Vec<_> = answers.iter().map(failed).collect();
        let foreign = self.refusal(&ErrorKind::Internal.into());
        let results = answers.iter().enumerate().map(|(at, answer)| {
            let told = refusals.get(at).and_then(Option::as_ref);
            let refusal = told.or(failures[at].as_ref());
            let output = answer.as_ref().ok().and_then(|done| (function.write)(&self.view, done));
            let (name, object) = match (refusal, output) {
                (None, Some(output)) => ("Output", output),
                (refusal, _) => ("Error", refusal.unwrap_or(&foreign).object(Plane::Data, true)),
            };
            Value::Object(Object::default().with(name, Value::Object(object)))
        });
        Object::default().with("Results", Value::List(results.collect())).to_body()
    }
}

fn refused(mut headers: HeaderMap, plane: Plane, refusal: &Refusal) -> Response<Bytes> {
    let is_data = plane == Plane::Data;
    if is_data {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(refusal.error.name));
    }
    let body = refusal.object(plane, !is_data).to_body();
    response(headers, plane, refusal.error.status, body)
}

fn response(
    mut headers: HeaderMap,
    plane: Plane,
    status: http::StatusCode,
    body: Bytes,
) -> Response<Bytes> {
    let media = match plane {
        Plane::Data => "application/json",
        Plane::Control => "application/x-amz-json-1.0",
    };
    headers.extend(HeaderValue::try_from(request_id::draw()).map(|id| (REQUEST_ID, id)));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
