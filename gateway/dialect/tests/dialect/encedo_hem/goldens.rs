//! Replays `tests/dialect/encedo_hem/*.http`, where a `result` is the name of a sample and perhaps
//! `origin` and `tls`.

// spec: encedo-hem 8.1

use typex_dialect::Dialect;
use typex_dialect::encedo_hem::EncedoHem;

use super::{calls, parse, samples};
use crate::golden::{Golden, Replayed, are_met, have_every_kind_of_error};
use crate::message;

pub(super) const DIALECT: &str = "encedo_hem";

#[test]
fn every_file_is_met() {
    are_met(DIALECT, 100, replay);
}

#[test]
fn every_kind_of_error_has_a_golden_answer() {
    have_every_kind_of_error(DIALECT);
}

fn replay(golden: &Golden) -> Replayed {
    let mut call = match parse(&golden.request) {
        Ok(call) => call,
        Err(refusal) => return (None, message::write(&refusal)),
    };
    let described = calls::describe(&call);
    let result = golden.of_call();
    let (name, marks) = result.split_once(" with ").unwrap_or((result, ""));
    if marks.contains("origin") {
        call.reply.permit_origin();
    }
    if marks.contains("tls") {
        call.reply.demand_tls();
    }
    let answer = EncedoHem.render(&call.reply, samples::result(name));
    (Some(described), message::write(&answer))
}
