//! Entries for fuzz targets, one for each parser. Each panics when an invariant breaks, and a
//! plain test replays their corpora.

use bytes::Bytes;
use http::{Method, Request};
use typex_core::ErrorKind;
use typex_core::error::Malformed;
use typex_core::op::enrol::FieldKind;

use super::json::{Envelope, Value};
use super::status::Status;
use super::{
    EnigmaBridge, LISTENERS, data_string, handle, import_object, registration, template, tlv, wire,
};
use crate::Dialect;

/// A fuzz target: takes any bytes.
pub type Entry = fn(&[u8]);

/// Every target with the name of its corpus.
pub static TARGETS: [(&str, Entry); 9] = [
    ("enigma_bridge_body", body),
    ("enigma_bridge_data_string", data_string),
    ("enigma_bridge_handle", handle),
    ("enigma_bridge_import_object", import_object),
    ("enigma_bridge_line", line),
    ("enigma_bridge_registration", registration),
    ("enigma_bridge_template", template),
    ("enigma_bridge_tlv", tlv),
    ("enigma_bridge_url", url),
];

const FUNCTIONS: [&str; 4] =
    ["ProcessData", "GetImportPublicKey", "GetUserObjectTemplate", "CreateUserObject"];

/// Bodies of all functions: the answer is an envelope, whatever they hold.
pub fn body(input: &[u8]) {
    for function in FUNCTIONS {
        let uri = format!("/1.0/TEST_API000000ee01/{function}/0011223344556677");
        let request = Request::post(uri).body(()).expect("a plain request");
        exchange(request, input);
    }
}

/// Request targets, as they follow `GET `.
pub fn url(input: &[u8]) {
    for method in [Method::GET, Method::POST, Method::OPTIONS, Method::PUT] {
        if let Ok(request) = Request::builder().method(method).uri(input).body(()) {
            exchange(request, b"{}");
        }
    }
}

/// JSON lines.
pub fn line(input: &[u8]) {
    let line = Bytes::copy_from_slice(input);
    let answer = match EnigmaBridge.parse_line(&LISTENERS[0], &line) {
        Ok(call) => EnigmaBridge.render_line(&call.reply, Err(ErrorKind::VerifyFailed.into())),
        Err(answer) => answer,
    };
    check_envelope(&answer);
}

/// Data strings: whole blocks and a tag, and the answer's form is read back to the same bytes.
pub fn data_string(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Ok(data) = data_string::decode(text) else { return };
    assert!(data.ciphertext_bytes() >= 16 && data.ciphertext_bytes().is_multiple_of(16));
    let envelope = Envelope {
        function: "ProcessData",
        result: Value::Sealed(&data.sealed),
        nonce: "",
        status: Status::SUCCESS,
        detail: "",
    };
    let answer: serde_json::Value =
        serde_json::from_slice(&envelope.to_bytes()).expect("an envelope is JSON");
    let result = answer["result"].as_str().and_then(|text| text.strip_suffix('_'));
    let again = result.and_then(|text| data_string::decode(text).ok());
    assert!(again.expect("an answer has a request's form").sealed == data.sealed);
}

/// Handles: every cut begins the text, and holds the number that follows it.
pub fn handle(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    for cut in handle::cuts(text) {
        let rest = text.strip_prefix(cut.api_key).expect("the key begins the handle");
        let start = format!("00{:08x}", cut.object);
        assert!(rest.to_ascii_lowercase().starts_with(&start));
        let long = handle::text(cut.api_key, cut.object, 0);
        assert!(handle::cuts(&long).contains(&cut));
    }
}

/// Bodies of the registration API.
pub fn registration(input: &[u8]) {
    registration::fuzz(input);
}

/// Records: what is taken off and put back is the same.
pub fn tlv(input: &[u8]) {
    let [tag, ..] = input else { return };
    let Some((value, rest)) = tlv::take(*tag, input) else { return };
    let mut again = Vec::new();
    tlv::put(*tag, value, &mut again).expect("it fitted before");
    again.extend_from_slice(rest);
    assert!(again == input);
}

/// Template requests, then filled templates: the first text is the type, the rest overlays the
/// bytes that a client fills.
pub fn template(input: &[u8]) {
    if let Ok(data) = wire::object(input, Malformed::Member) {
        drop(template::read(&data));
    }
    let (object_type, filling) = input.split_at(input.len().min(6));
    let data = wire::TemplateData {
        format: None,
        protocol: None,
        object_type: String::from_utf8_lossy(object_type),
    };
    let Ok(request) = template::read(&data) else { return };
    let template = (request.layout)(&request, 0x226a);
    let within = |end| end <= template.bytes.len();
    assert!(template.fields.iter().all(|field| within(field.offset + field.len)));
    let app = template.fields.iter().filter(|field| field.kind == FieldKind::App);
    assert_eq!(app.count(), 1);
    let mut filled = template.bytes.clone();
    filled.iter_mut().zip(filling).for_each(|(byte, change)| *byte ^= change);
    if let Ok(uploaded) = template.read(&filled) {
        assert!(uploaded.channel.is_sound());
    }
}

/// Import objects: both records together are the message.
pub fn import_object(input: &[u8]) {
    if let Ok(data) = wire::object(input, Malformed::Member) {
        drop(import_object::read(&data));
    }
    let data = wire::ImportData {
        objectid: "0000226a".into(),
        importkey: "1".into(),
        object: const_hex::encode(input).into(),
    };
    let Ok(import) = import_object::read(&data) else { return };
    let mut again = Vec::new();
    tlv::put(0xa1, &import.wrapped_keys, &mut again).expect("it fitted before");
    tlv::put(0xa2, &import.protected, &mut again).expect("it fitted before");
    assert!(again == input);
}

fn exchange(request: Request<()>, body: &[u8]) {
    let (parts, ()) = request.into_parts();
    let body = Bytes::copy_from_slice(body);
    let answer = match EnigmaBridge.parse(&LISTENERS[0], &parts, &body) {
        Ok(call) => EnigmaBridge.render(&call.reply, Err(ErrorKind::VerifyFailed.into())),
        Err(answer) => answer,
    };
    assert!(answer.headers().contains_key(http::header::ACCESS_CONTROL_ALLOW_ORIGIN));
    if parts.method == Method::OPTIONS {
        assert!(answer.status() == 204 && answer.body().is_empty());
    } else {
        assert_eq!(answer.status(), 200);
        check_envelope(answer.body());
    }
}

// spec: enigma-bridge 1.6
fn check_envelope(answer: &[u8]) {
    let answer: serde_json::Value = serde_json::from_slice(answer).expect("an answer is JSON");
    let answer = answer.as_object().expect("an answer is an object");
    let text = |member| answer.get(member).and_then(serde_json::Value::as_str).unwrap_or_default();
    assert!(answer.len() == 6 && answer.contains_key("result"));
    assert!(!text("function").is_empty() && text("version") == "1.0");
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    assert!(text("status").len() == 4 && text("status").bytes().all(lower_hex));
}
