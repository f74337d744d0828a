//! What requests have to be, member by member.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use typex_core::op::Op;
use typex_core::op::payment::{RefName, Request, Source, Task};
use typex_dialect::Dialect;
use typex_dialect::aws_payment::{AwsPayment, model};

use super::{goldens, parse, post, refusal};

/// Requests of the data plane that are understood: path and body.
fn understood() -> Vec<(String, Value)> {
    let requests = goldens::understood().into_iter().map(|request| {
        let (head, body) = request.split_once("\n\n").expect("a body");
        let path = head.split(' ').nth(1).expect("a path").to_owned();
        (path, serde_json::from_str(body).expect("JSON"))
    });
    let is_one = |(path, _): &(String, Value)| path != "/" && !path.contains("batch");
    requests.filter(is_one).collect()
}

/// Every member of a body with the members within which it is.
fn places(value: &Value, within: &[String]) -> Vec<Vec<String>> {
    let Value::Object(members) = value else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in members {
        let place = [within, std::slice::from_ref(name)].concat();
        found.extend(places(value, &place));
        found.push(place);
    }
    found
}

fn at<'v>(value: &'v mut Value, place: &[String]) -> &'v mut Value {
    place.iter().fold(value, |value, name| &mut value[name])
}

/// The members that the model knows.
fn known() -> BTreeSet<String> {
    let model = model();
    let operations = model["payment-cryptography-data"].as_object().unwrap().values();
    let lists = operations.flat_map(|operation| [&operation["input"], &operation["input_ours"]]);
    let names = lists.flat_map(|list| list.as_array().unwrap());
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// What JSON a value is; a fraction is no whole number.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Number(number) if number.is_f64() => "fraction",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
        Value::Bool(_) => "flag",
        Value::Null => "null",
    }
}

/// What is said of a member that does not fit, or has another type.
fn check((error, told): &(&str, Value), is_typed: bool, name: &str) {
    if is_typed {
        let first = told["fieldList"][0]["path"].as_str().unwrap();
        assert!(*error == "ValidationException" && first.starts_with(name), "{name}: {told}");
    } else {
        let ending = format!(" at '{}'", lowered(name));
        let message = told["Message"].as_str().unwrap();
        assert!(*error == "SerializationException" && message.ends_with(&ending), "{told}");
    }
}

fn lowered(path: &str) -> String {
    let part = |name: &str| name[..1].to_lowercase() + &name[1..];
    path.split('.').map(part).collect::<Vec<_>>().join(".")
}

// spec: aws-payment 3.1
#[test]
fn a_member_of_another_type_is_named() {
    let known = known();
    let mut named = 0;
    for (path, body) in understood() {
        for place in places(&body, &[]) {
            let name = place.join(".");
            if !known.contains(&name) || *at(&mut body.clone(), &place) == Value::Null {
                continue;
            }
            for wrong in [json!(3.5), json!(-1), json!("§"), json!([]), json!({}), json!(false)] {
                let mut body = body.clone();
                let is_typed = kind(&wrong) == kind(at(&mut body, &place));
                *at(&mut body, &place) = wrong;
                let answer = match post(&path, &body) {
                    Err(answer) => answer,
                    // An object without members that must be there.
                    Ok(_) if is_typed && *at(&mut body, &place) == json!({}) => continue,
                    Ok(_) => panic!("{path} {body}"),
                };
                check(&refusal(&answer), is_typed, &name);
                named += 1;
            }
        }
    }
    assert!(named > 2000, "{named}");
}

/// Without one of its members a request is understood in another way, or that member is missed.
#[test]
fn a_member_that_is_missed_is_named() {
    let mut missed = 0;
    for (path, body) in understood() {
        for place in places(&body, &[]) {
            let mut body = body.clone();
            let (name, within) = place.split_last().unwrap();
            at(&mut body, within).as_object_mut().unwrap().remove(name);
            let Err(answer) = post(&path, &body) else { continue };
            let (error, told) = refusal(&answer);
            assert_eq!(error, "ValidationException", "{path} {body}");
            let message = told["message"].as_str().unwrap();
            let is_told = message.contains(&lowered(name)) || message.contains("exactly one of");
            assert!(is_told, "{path} {body}: {message}");
            missed += 1;
        }
    }
    assert!(missed > 400, "{missed}");
}

#[test]
fn all_faults_are_told_at_once_and_no_value() {
    let body = json!({
        "IncomingKeyIdentifier": "4012345678909",
        "OutgoingKeyIdentifier": "7",
        "IncomingTranslationAttributes": {
            "IsoFormat0": { "PrimaryAccountNumber": "40123456789x" },
        },
        "OutgoingTranslationAttributes": {},
        "EncryptedPinBlock": "18DC07B94797B46",
    });
    let answer = post("/pindata/translate", &body).err().unwrap();
    let (_, told) = refusal(&answer);
    let paths: Vec<_> =
        told["fieldList"].as_array().unwrap().iter().map(|field| field["path"].clone()).collect();
    let pan = "IncomingTranslationAttributes.IsoFormat0.PrimaryAccountNumber";
    let other = "OutgoingTranslationAttributes";
    let expected =
        ["IncomingKeyIdentifier", "OutgoingKeyIdentifier", pan, other, "EncryptedPinBlock"];
    assert_eq!(paths, expected);
    let message = told["message"].as_str().unwrap();
    let start = "5 validation errors detected: Value at 'incomingKeyIdentifier' failed to satisfy \
        constraint: Member must be the full name";
    assert!(message.starts_with(start), "{message}");
    assert!(message.contains("; Value at 'encryptedPinBlock' failed"), "{message}");
    let text = told.to_string();
    for secret in ["40123456789", "18DC07"] {
        assert!(!text.contains(secret), "{text}");
    }
}

/// A mode that chains nothing has no first block.
#[test]
fn ecb_has_no_vector() {
    let vector = |mode: &str| json!({ "Mode": mode, "InitializationVector": "00".repeat(16) });
    let card = json!({
        "MajorKeyDerivationMode": "EMV_OPTION_A", "PrimaryAccountNumber": "4012345678909",
        "PanSequenceNumber": "00", "SessionDerivationData": "00".repeat(8),
        "Mode": "ECB", "InitializationVector": "00".repeat(8),
    });
    let dukpt = json!({
        "KeySerialNumber": "FFFF9876543210E00001", "Mode": "ECB",
        "InitializationVector": "00".repeat(8),
    });
    let encrypt = |attributes: Value| {
        let body = json!({ "PlainText": "ab", "EncryptionAttributes": attributes });
        post("/keys/alias%2Fa/encrypt", &body).err()
    };
    assert!(encrypt(json!({ "Symmetric": vector("CBC") })).is_none());
    for (form, within) in [("Symmetric", vector("ECB")), ("Emv", card), ("Dukpt", dukpt)] {
        let answer = encrypt(json!({ form: within })).unwrap();
        let (error, told) = refusal(&answer);
        assert_eq!(error, "ValidationException");
        let path = format!("EncryptionAttributes.{form}.InitializationVector");
        assert_eq!(told["fieldList"][0]["path"], path);
        let message = format!(
            "1 validation error detected: Value at '{}' failed to satisfy constraint: Member is \
             not for the mode ECB",
            lowered(&path)
        );
        assert_eq!(told["message"], message);
    }
}

/// A record of a batch is named by its place, from 0.
// spec: aws-payment 6.2
#[test]
fn faults_of_records_have_their_places() {
    let good = json!({
        "KeyIdentifier": "alias/a", "MessageData": "ab",
        "GenerationAttributes": { "Algorithm": "CMAC" },
    });
    let mut bad = good.clone();
    bad["GenerationAttributes"]["Algorithm"] = json!("MD5");
    let mut other = good.clone();
    other["GenerationAttributes"] = json!({ "Algorithm": "HMAC" });
    let batch = json!({ "Operation": "GenerateMac", "Records": [good, bad, 7, other] });
    let Ok(call) = post("/typex/batch", &batch) else { panic!("it is one") };
    let result = super::samples::result("mac", &call.op);
    let answer = AwsPayment.render(&call.reply, result);
    let told: Value = serde_json::from_slice(answer.body()).unwrap();
    let error = &told["Results"][1]["Error"];
    assert_eq!(error["fieldList"][0]["path"], "Records[1].GenerationAttributes.Algorithm");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(" at 'records[1].generationAttributes.algorithm' "), "{message}");
    let error = &told["Results"][2]["Error"];
    assert_eq!(error["__type"], "SerializationException");
    assert_eq!(
        error["Message"],
        "NUMBER_VALUE can not be converted to a Structure at 'records[2]'"
    );
    let error = &told["Results"][3]["Error"];
    assert_eq!(error["fieldList"][0]["path"], "Records[3]");
    let none = json!({ "Operation": "GenerateMac", "Records": [bad] });
    let answer = post("/typex/batch", &none).err().unwrap();
    let path = &refusal(&answer).1["fieldList"][0]["path"];
    assert_eq!(path, "Records[0].GenerationAttributes.Algorithm");
}

/// The longest of what is bounded, and one more.
#[test]
fn lengths() {
    let attributes = json!({ "Symmetric": { "Mode": "CFB8" } });
    let body = |bytes: usize| {
        let text = "ab".repeat(bytes);
        json!({ "PlainText": text, "EncryptionAttributes": attributes })
    };
    assert!(post("/keys/alias%2Fa/encrypt", &body(2048)).is_ok());
    assert!(post("/keys/alias%2Fa/encrypt", &body(2049)).is_err());
    assert!(post("/keys/alias%2Fa/encrypt", &body(0)).is_err());
    let record = json!({
        "IncomingKeyIdentifier": "alias/a", "OutgoingKeyIdentifier": "alias/b",
        "IncomingTranslationAttributes": { "IsoFormat1": {} },
        "OutgoingTranslationAttributes": { "IsoFormat1": {} },
        "EncryptedPinBlock": "0123456789ABCDEF",
    });
    let batch = |records: usize| {
        let records = vec![record.clone(); records];
        json!({ "Operation": "TranslatePinData", "Records": records })
    };
    let Ok(call) = post("/typex/batch", &batch(1024)) else { panic!("it fits") };
    let Op::Payment(request) = call.op else { panic!("a payment") };
    assert!(matches!(*request, Request::Batch { calls, .. } if calls.len() == 1024));
    let answer = post("/typex/batch", &batch(1025)).err().unwrap();
    assert_eq!(refusal(&answer).1["fieldList"][0]["path"], "Records");
}

/// One key by all its names, in the path as on the wire.
// spec: aws-payment 1.3
#[test]
fn names_of_keys() {
    let id = "0123456789abcdef0123456789abcdef";
    let full = "arn%3Aaws%3Apayment-cryptography%3Aeu-central-1%3A000000000042%3A";
    let body = json!({ "PlainText": "ab", "EncryptionAttributes": { "Asymmetric": {} } });
    let key = |name: &str| {
        let Ok(call) = post(&format!("/keys/{name}/encrypt"), &body) else { panic!("{name}") };
        let Op::Payment(request) = call.op else { panic!("a payment") };
        let Request::One(mut call) = *request else { panic!("one") };
        let Source::Stored(key) = call.keys.remove(0).source else { panic!("stored") };
        (key.account.map(|account| account.0), key.name)
    };
    let is_id = RefName::Id(id.parse().unwrap());
    assert_eq!(key(id), (None, is_id.clone()));
    assert_eq!(key(&format!("{full}key%2F{id}")), (Some(42), is_id.clone()));
    assert_eq!(key(&format!("{full}key%2f{}", id.to_uppercase())), (Some(42), is_id));
    assert_eq!(key("alias%2Fa%2Fb"), (None, RefName::Alias("a/b".into())));
    assert_eq!(key(&format!("{full}alias%2Fx_-")), (Some(42), RefName::Alias("x_-".into())));
    for wrong in ["alias%2F", "alias%2Fa%20b", "%FF%FF%FF%FF%FF%FF%FF", "key%2Fabc", "alias%2Fa%00"]
    {
        let answer = post(&format!("/keys/{wrong}/encrypt"), &body).err().unwrap();
        assert_eq!(refusal(&answer).1["fieldList"][0]["path"], "KeyIdentifier", "{wrong}");
    }
    for unknown in
        ["/keys/alias/a/encrypt", "/keys//encrypt", "/keys/a/encrypt/", "//keys/a/encrypt"]
    {
        let answer = post(unknown, &body).err().unwrap();
        assert_eq!(refusal(&answer).0, "UnknownOperationException", "{unknown}");
    }
}

/// The key of the path wins over a member of the body.
#[test]
fn the_path_names_the_key() {
    let body = json!({
        "KeyIdentifier": "alias/other",
        "PlainText": "ab",
        "EncryptionAttributes": { "Asymmetric": {} },
    });
    let Ok(call) = post("/keys/alias%2Fmine/encrypt", &body) else { panic!("it is one") };
    let Op::Payment(request) = call.op else { panic!("a payment") };
    let Request::One(call) = *request else { panic!("one") };
    let Source::Stored(key) = &call.keys[0].source else { panic!("stored") };
    assert_eq!(key.name, RefName::Alias("mine".into()));
}

#[test]
fn escapes_and_repeated_members() {
    let text = "POST /keys/alias%2Fa/encrypt HTTP/1.1\n\n\
        {\"PlainText\":\"00\",\"\\u0050lainText\":\"\\u0061B\",\
        \"EncryptionAttributes\":{\"Asymmetric\":{}}}";
    let Ok(call) = parse(text) else { panic!("it is one") };
    let Op::Payment(request) = call.op else { panic!("a payment") };
    let Request::One(call) = *request else { panic!("one") };
    let Task::Encrypt { plaintext, .. } = &call.task else { panic!("another task") };
    assert_eq!(plaintext.expose(), &[0xab]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// What is sent in either case is what is asked for.
    #[test]
    fn either_case(data in prop::collection::vec(any::<u8>(), 1..200), upper: bool) {
        let hex = if upper { const_hex::encode_upper(&data) } else { const_hex::encode(&data) };
        let body = json!({ "PlainText": hex, "EncryptionAttributes": { "Asymmetric": {} } });
        let Ok(call) = post("/keys/alias%2Fa/encrypt", &body) else { panic!("it is one") };
        let Op::Payment(request) = call.op else { panic!("a payment") };
        let Request::One(call) = *request else { panic!("one") };
        let Task::Encrypt { plaintext, .. } = &call.task else { panic!("another task") };
        prop_assert_eq!(plaintext.expose(), &data);
    }
}
