//! The payment dialect as boto3 sees it, against other implementations of what it computes.

use crate::harness::{Ran, interpreter, root};

/// The oracles themselves against published values.
#[test]
fn oracles_agree_with_published_values() {
    let vectors = root().join("gateway/engine/tests/payment/vectors.json");
    let mut command = interpreter();
    Ran::of(command.args(["-m", "payments.samples"]).arg(vectors)).succeeds();
}
