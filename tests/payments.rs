//! The payment dialect as boto3 sees it, against other implementations of what it computes.

use std::io::Write;

use crate::harness::{Gateway, Ran, command, full, interpreter, python, root};

/// Random cases of one run; of the long one.
const CASES: &str = "2400";
const CASES_LONG: &str = "24000";

/// PINs may come in without a PAN, and leave AES: what is refused otherwise is refused by name.
const LENIENT: [(&str, &str); 2] =
    [("TYPEX_PAYMENTS_FORMAT_1", "true"), ("TYPEX_PAYMENTS_AES_TO_TDES", "true")];

/// The oracles themselves against published values.
#[test]
fn oracles_agree_with_published_values() {
    let vectors = root().join("gateway/engine/tests/payment/vectors.json");
    let mut command = interpreter();
    Ran::of(command.args(["-m", "payments.samples"]).arg(vectors)).succeeds();
}

/// Keys made, brought in, taken out, stopped, removed, named, tagged, listed.
#[test]
fn keys_by_boto3() {
    run("control", &[]);
}

/// Every operation of the model, with a checked answer or its refusal.
#[test]
fn every_operation_by_boto3() {
    run("operations", &[]);
}

/// Every type of error as the class that botocore has for it.
#[test]
fn every_error_by_boto3() {
    run("errors", &[]);
}

/// Signatures that are wrong, late, of something else, or not there.
#[test]
fn signatures_are_refused() {
    run("signatures", &[]);
}

/// Fresh keys, PINs, PANs, key serial numbers and key blocks.
#[test]
fn random_cases_agree_with_the_oracles() {
    run("many", &[if full() { CASES_LONG } else { CASES }]);
}

/// What a card computes as well: static keys and AES DUKPT, in CBC, CTR and GCM, alone and in
/// batches.
#[test]
fn reencryption_under_aes() {
    run("reencryption", &[]);
}

/// No operation, member or error of botocore's models that the gateway does not know.
#[test]
fn models_of_botocore_are_known() {
    let data = tempfile::tempdir().expect("a temporary directory");
    let known = Ran::of(command(data.path()).args(["payments", "model"])).succeeds();
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(known.as_bytes()).expect("writable");
    let mut walk = interpreter();
    print!("{}", Ran::of(walk.args(["-m", "payments.model"]).arg(file.path())).succeeds());
}

/// A program of the clients against a gateway of its own.
#[track_caller]
fn run(program: &str, more: &[&str]) {
    let gateway = Gateway::start_with(&LENIENT);
    let typex = command(gateway.data()).get_program().to_owned();
    let data = gateway.data().display().to_string();
    let typex = typex.to_str().expect("a path in UTF-8").to_owned();
    let program = format!("payments.{program}");
    python(&["-m", &program], &gateway, &[&[data.as_str(), &typex], more].concat());
}
