//! From an HTTP request to a call: which plane, which operation, who signed it, what it says.
// spec: aws-payment 1.2

use bytes::Bytes;
use http::Method;
use http::request::Parts;
use typex_core::op::{Op, payment};
use typex_core::principal::{Credential, Signed};

use super::input::Input;
use super::node::Node;
use super::operation::Operation;
use super::path::Path;
use super::refusal::{Parsed, Refusal};
use super::render::{Asked, Reply};
use super::status::{SERIALIZATION, UNKNOWN_OPERATION, VALIDATION};
use super::{Plane, control, data, signature};
use crate::{Call, Candidate, Candidates, Form};

const TARGET: &str = "x-amz-target";
const TARGET_PREFIX: &str = "PaymentCryptographyControlPlane.";
/// What extensions begin with.
const OURS: &str = "/typex";

/// Which plane a request is for.
pub(super) fn plane(parts: &Parts) -> Plane {
    if parts.headers.contains_key(TARGET) { Plane::Control } else { Plane::Data }
}

/// Reads a request.
///
/// # Errors
/// The refusal, where no gateway is needed for it. Nothing of the body is looked at before the
/// form of the signature.
pub(super) fn read(parts: &Parts, body: &Bytes) -> Parsed<Call> {
    if parts.method != Method::POST {
        return Err(unknown());
    }
    match plane(parts) {
        Plane::Control => control(parts, body),
        Plane::Data => data(parts, body),
    }
}

fn control(parts: &Parts, body: &Bytes) -> Parsed<Call> {
    let target = parts.headers.get(TARGET).and_then(|value| value.to_str().ok());
    let name = target.and_then(|target| target.strip_prefix(TARGET_PREFIX));
    let function = name.filter(|_| parts.uri.path() == "/").and_then(control::find);
    let function = function.ok_or_else(unknown)?;
    let signed = signature::read(parts, body)?;
    check_served(&function.operation)?;
    let node = json(body)?;
    let input = Input::checked(function.operation.input, &node, false, Path::default())?;
    let op = (function.read)(&input)?;
    Ok(call(op, Asked::Control(function), input.first_key(), signed))
}

fn data(parts: &Parts, body: &Bytes) -> Parsed<Call> {
    let path = parts.uri.path();
    let (path, is_ours) = match path.strip_prefix(OURS) {
        Some(path) => (path, true),
        None => (path, false),
    };
    if is_ours && path == "/batch" {
        return data::batch::read(parts, body);
    }
    let (function, key) = data::route(path).ok_or_else(unknown)?;
    let signed = signature::read(parts, body)?;
    check_served(&function.operation)?;
    let mut node = json(body)?;
    if let Some((name, key)) = key {
        node.put(name, key);
    }
    let input = Input::checked(function.operation.input, &node, is_ours, Path::default())?;
    let request = payment::Request::One(Box::new((function.read)(&input)?));
    let op = Op::Payment(Box::new(request));
    Ok(call(op, Asked::One(function), input.first_key(), signed))
}

/// A call of whoever signed it.
pub(super) fn call(op: Op, asked: Asked, named: Option<&str>, signed: Signed) -> Call {
    let reply = Reply::new(&signed, &op, named, asked);
    let credential = Credential::Signature(Box::new(signed));
    let candidates = Candidates::one(Candidate { credential, key: None });
    Call { op, candidates, reply: crate::Reply(Form::Payment(reply)) }
}

/// The object of a body; an empty body is an empty one.
pub(super) fn json(body: &[u8]) -> Parsed<Node<'_>> {
    if body.is_empty() {
        return Ok(Node::Object(Vec::new()));
    }
    let node = Node::read(body).filter(|node| matches!(node, Node::Object(_)));
    node.ok_or_else(|| Refusal::new(SERIALIZATION, "The body must be a JSON object"))
}

/// Refuses what is known and never served.
pub(super) fn check_served(operation: &Operation) -> Parsed<()> {
    match operation.refused {
        Some(reason) => Err(Refusal::new(VALIDATION, format!("{} {reason}", operation.name))),
        None => Ok(()),
    }
}

fn unknown() -> Refusal {
    Refusal::new(UNKNOWN_OPERATION, "There is no such operation")
}
