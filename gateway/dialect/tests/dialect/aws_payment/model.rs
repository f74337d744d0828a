//! What is known of the service, as it is told.

use std::fs;

use typex_dialect::aws_payment::model;

const FILE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/dialect/aws_payment/model.json");

/// With `TYPEX_WRITE_GOLDENS=1` the model is written instead of compared.
// spec: aws-payment 8
#[test]
fn the_known_model_is_what_was_agreed_upon() {
    let text = serde_json::to_string_pretty(&model()).unwrap() + "\n";
    if std::env::var_os("TYPEX_WRITE_GOLDENS").is_some() {
        fs::write(FILE, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(FILE).unwrap());
}

#[test]
fn the_data_plane_is_known_whole() {
    let model = model();
    let operations = model["payment-cryptography-data"].as_object().unwrap();
    assert_eq!(operations.len(), 15);
    let refused: Vec<_> =
        operations.iter().filter(|(_, known)| !known["refused"].is_null()).collect();
    assert_eq!(refused.len(), 2);
}
