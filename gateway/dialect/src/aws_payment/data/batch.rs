//! Many records in one call, which the original does not have.
// spec: aws-payment 6.2

use bytes::Bytes;
use http::request::Parts;
use typex_core::op::{Op, payment};

use super::find;
use crate::aws_payment::input::Input;
use crate::aws_payment::limits::RECORDS_MAX;
use crate::aws_payment::node::Node;
use crate::aws_payment::path::{Path, Step, told};
use crate::aws_payment::refusal::{Parsed, Refusal};
use crate::aws_payment::render::Asked;
use crate::aws_payment::request::{call, check_served, json};
use crate::aws_payment::shape::{Alphabet, Member, Shape};
use crate::aws_payment::signature;

const RECORDS: &str = "Records";
const NAME: Shape = Shape::text(1, 64, Alphabet::Alphanumeric);
const RECORD: Shape = Shape::Answer;
const INPUT: &[Member] =
    &[Member::new("Operation", &NAME), Member::new(RECORDS, &Shape::List(&RECORD, RECORDS_MAX))];

/// Reads a request with records of one operation.
pub(in crate::aws_payment) fn read(parts: &Parts, body: &Bytes) -> Parsed<crate::Call> {
    let signed = signature::read(parts, body)?;
    let node = json(body)?;
    let input = Input::checked(INPUT, &node, true, Path::default())?;
    let function = find(input.required_text("Operation")?)
        .ok_or_else(|| Refusal::field("Operation", "must name an operation of the data plane"))?;
    check_served(&function.operation)?;
    let Some(Node::List(records)) = node.member(RECORDS) else {
        return Err(Refusal::field(RECORDS, "must be a list"));
    };
    let record = |(at, node)| {
        let input = Input::checked(function.operation.input, node, true, place(at))?;
        (function.read)(&input)
    };
    let calls: Vec<_> = records.iter().enumerate().map(record).collect();
    let operation = calls.iter().flatten().next().map(|call| call.task.operation());
    let Some(operation) = operation else { return Err(unread(calls)) };
    let calls = calls.into_iter().enumerate();
    let (calls, refusals) = calls.map(|(at, read)| of_kind(read, operation, at)).unzip();
    let request = payment::Request::Batch { operation, calls };
    Ok(call(Op::Payment(Box::new(request)), Asked::Batch(function, refusals), None, signed))
}

type Record = (Result<payment::Call, typex_core::Error>, Option<Refusal>);

/// Where a record is.
fn place(at: usize) -> Path {
    Path::default().then(Step::Member(RECORDS)).then(Step::Item(at))
}

/// Why none of the records could be read: what is wrong with the first.
fn unread(calls: Vec<Parsed<payment::Call>>) -> Refusal {
    let first = calls.into_iter().find_map(Result::err);
    first.unwrap_or_else(|| Refusal::field(RECORDS, "must have length greater than or equal to 1"))
}

/// A record of that kind; another is refused in its place.
fn of_kind(read: Parsed<payment::Call>, kind: payment::Operation, at: usize) -> Record {
    let other = "must be of the kind of the first record that can be read";
    let refusal = match read {
        Ok(call) if call.task.operation() == kind => return (Ok(call), None),
        Ok(_) => Refusal::field(told(place(at).steps()), other),
        Err(refusal) => refusal,
    };
    (Err(refusal.to_error()), Some(refusal))
}
