//! Requests that cannot be understood, with the exact kind of error, and the edges of what can.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use typex_core::ErrorKind;
use typex_core::error::{InvalidData, Malformed};
use typex_core::op::Op;
use typex_core::op::instance::{Call, Request};
use typex_dialect::Dialect;
use typex_dialect::encedo_hem::EncedoHem;

use super::parse;

const MEMBER: ErrorKind = ErrorKind::Malformed(Malformed::Member);
const VALUE: ErrorKind = ErrorKind::Malformed(Malformed::Value);
const SYNTAX: ErrorKind = ErrorKind::Malformed(Malformed::Syntax);
const REFUSED: ErrorKind = ErrorKind::InvalidData(InvalidData::Parameter);
const KEY: &str = "abababababababababababababababab";
const B32: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn request(text: &str) -> Request {
    let Ok(call) = parse(text) else { panic!("no call: {text}") };
    let Op::Instance(request) = call.op else { panic!("another operation") };
    *request
}

fn post(path: &str, body: &str) -> Call {
    let head = format!("POST /api/{path} HTTP/1.1\ncontent-type: application/json");
    request(&format!("{head}\n\n{body}")).call
}

/// What of a call is wrong; the first part of it counts.
fn fault(call: &Call) -> Option<ErrorKind> {
    match call {
        Call::CheckedIn(text) | Call::Login(text) | Call::Init(text) | Call::LoginByPeer(text) => {
            text.as_ref().err()
        }
        Call::SetConfig(change) => change.as_ref().err(),
        Call::Provision(one) => one.as_ref().err(),
        Call::BeginPairing(epk) | Call::ProveToPeer(epk) => epk.as_ref().err(),
        Call::Pair(pairing) => pairing.as_ref().err(),
        Call::AskForLogin(wish) => wish.as_ref().err(),
        Call::Manage(_, manage) => manage.as_ref().err(),
        Call::Crypto { key, crypto, .. } => key.as_ref().err().or(crypto.as_ref().err()),
        Call::ListLogs(offset) => offset.as_ref().err(),
        Call::GetLog(name) => name.as_ref().err(),
        _ => None,
    }
    .copied()
}

/// A good body of every endpoint that takes one.
fn good() -> Vec<(&'static str, Value)> {
    let aes = json!({"kid": KEY, "msg": "AAAAAAAAAAAAAAAAAAAAAA==", "alg": "AES128-GCM",
        "iv": "AAAAAAAAAAAAAAAAAAAAAA==", "tag": "AAAAAAAAAAAAAAAAAAAAAA=="});
    let signed = json!({"kid": KEY, "msg": "AA==", "alg": "Ed25519", "sign": "AA=="});
    vec![
        ("auth/token", json!({"auth": "a.b.c"})),
        ("auth/init", json!({"init": "a.b.c"})),
        ("auth/ext/init", json!({"epk": B32})),
        ("auth/ext/mac", json!({"epk": B32})),
        ("auth/ext/validate", json!({"pid": B32, "reply": "a.b.c"})),
        ("auth/ext/request", json!({"epk": B32, "scope": "x"})),
        ("auth/ext/token", json!({"authreply": "a.b.c"})),
        ("system/checkin", json!({"checked": "a.b.c"})),
        ("system/config/provisioning", json!({"genuine": "a.b.c", "crt": "AA=="})),
        ("keymgmt/create", json!({"label": "x", "type": "AES128"})),
        ("keymgmt/import", json!({"label": "x", "type": "ED448", "pubkey": "AA=="})),
        ("keymgmt/derive", json!({"kid": KEY, "label": "x", "type": "AES128", "ext_kid": KEY})),
        ("keymgmt/search", json!({"descr": "AA=="})),
        ("keymgmt/update", json!({"kid": KEY, "label": "x"})),
        ("crypto/hmac/hash", json!({"kid": KEY, "msg": "AA=="})),
        ("crypto/hmac/verify", json!({"kid": KEY, "msg": "AA==", "mac": "AA=="})),
        ("crypto/exdsa/verify", signed.clone()),
        ("crypto/pqc/mldsa/verify", json!({"kid": KEY, "msg": "AA==", "sign": "AA=="})),
        ("crypto/pqc/mldsa/sign", json!({"kid": KEY, "msg": "AA=="})),
        ("crypto/pqc/mlkem/encaps", json!({"kid": KEY})),
        ("crypto/pqc/mlkem/decaps", json!({"kid": KEY, "ct": "AA=="})),
        ("crypto/cipher/decrypt", aes),
        ("crypto/cipher/wrap", json!({"kid": KEY, "msg": "AAAAAAAAAAAAAAAAAAAAAA=="})),
    ]
}

#[test]
fn every_member_must_be_there_and_have_its_type() {
    for (path, body) in good() {
        assert_eq!(fault(&post(path, &body.to_string())), None, "{path} {body}");
        for name in body.as_object().unwrap().keys() {
            // What stands in its place is of no type that a member has.
            for (other, expected) in [(json!([]), MEMBER), (json!({}), MEMBER)] {
                let mut bad = body.clone();
                bad[name] = other;
                assert_eq!(fault(&post(path, &bad.to_string())), Some(expected), "{path} {bad}");
            }
            let mut less = body.clone();
            less[name] = Value::Null;
            let absent = fault(&post(path, &less.to_string()));
            less.as_object_mut().unwrap().remove(name);
            assert_eq!(fault(&post(path, &less.to_string())), absent, "{path} {less}");
            assert_eq!(absent, Some(MEMBER), "{path} {less}");
        }
    }
}

#[test]
fn a_body_that_is_no_object_is_malformed_everywhere() {
    for (path, _) in good() {
        for body in ["{", "[]", "5", "null", "\"\"", " ", "{}{}", "{\"a\":1,}", "\u{feff}{}"] {
            assert_eq!(fault(&post(path, body)), Some(SYNTAX), "{path} {body}");
        }
    }
}

/// Changes of good bodies, as members that replace others, and what is wrong then.
const CHANGES: [(&str, &str, Option<ErrorKind>); 68] = [
    ("auth/ext/init", r#"{"epk":"AA=="}"#, Some(VALUE)),
    ("auth/ext/init", r#"{"epk":"!"}"#, Some(VALUE)),
    ("auth/ext/validate", r#"{"pid":"AA=="}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"label":""}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"label":"0123456789012345678901234567890"}"#, None),
    ("keymgmt/create", r#"{"label":"01234567890123456789012345678901"}"#, None),
    ("keymgmt/create", r#"{"label":"012345678901234567890123456789012"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"label":" ~"}"#, None),
    ("keymgmt/create", r#"{"label":"\u007f"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"label":"\n"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"label":"é"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"type":"aes128"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"type":"GENERIC_DER"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"type":"SECP256K1","mode":""}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"type":"SECP256K1","mode":"ExDSA,ECDH"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"type":"SECP256K1","mode":5}"#, Some(MEMBER)),
    ("keymgmt/create", r#"{"type":"ED25519","mode":5}"#, None),
    ("keymgmt/create", r#"{"type":"SECP256K1","mode":"RSAES"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"type":"RSA2048","mode":"RSAES"}"#, None),
    ("keymgmt/create", r#"{"type":"RSA4096","mode":"ExDSA"}"#, None),
    ("keymgmt/create", r#"{"type":"RSA3072","mode":"ECDH"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"type":"RSA1024"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"descr":""}"#, None),
    ("keymgmt/create", r#"{"descr":"A"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"descr":"AB"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"descr":"_-8"}"#, None),
    ("keymgmt/create", r#"{"descr":"_+8"}"#, Some(VALUE)),
    ("keymgmt/create", r#"{"descr":"AA =="}"#, Some(VALUE)),
    ("keymgmt/import", r#"{"type":"nothing"}"#, Some(ErrorKind::Unsupported)),
    ("keymgmt/import", r#"{"type":"SHA2-256"}"#, Some(ErrorKind::Unsupported)),
    ("keymgmt/import", r#"{"type":"nothing","label":""}"#, Some(VALUE)),
    ("keymgmt/derive", r#"{"kid":"ab"}"#, Some(VALUE)),
    ("keymgmt/derive", r#"{"ext_kid":"ab"}"#, Some(VALUE)),
    ("keymgmt/derive", r#"{"ext_kid":null,"pubkey":"!"}"#, Some(VALUE)),
    ("keymgmt/derive", r#"{"pubkey":"!"}"#, None),
    ("keymgmt/derive", r#"{"descr":5}"#, None),
    ("keymgmt/derive", r#"{"type":"MLDSA44"}"#, Some(ErrorKind::Unsupported)),
    ("keymgmt/derive", r#"{"type":"RSA2048"}"#, Some(ErrorKind::Unsupported)),
    ("keymgmt/derive", r#"{"type":"RSA"}"#, Some(VALUE)),
    ("keymgmt/update", r#"{"descr":"!"}"#, Some(VALUE)),
    ("keymgmt/search", r#"{"descr":"^"}"#, None),
    ("keymgmt/search", r#"{"descr":"^$"}"#, None),
    ("keymgmt/search", r#"{"descr":"$AA=="}"#, Some(VALUE)),
    ("keymgmt/search", r#"{"offset":-1}"#, Some(MEMBER)),
    ("keymgmt/search", r#"{"limit":1.5}"#, Some(MEMBER)),
    ("keymgmt/search", r#"{"limit":"5"}"#, Some(MEMBER)),
    ("crypto/hmac/hash", r#"{"kid":"ABABABABABABABABABABABABABABABAB"}"#, None),
    ("crypto/hmac/hash", r#"{"kid":"0xabababababababababababababababab"}"#, Some(VALUE)),
    ("crypto/hmac/hash", r#"{"kid":"0xababababababababababababababab"}"#, Some(VALUE)),
    ("crypto/hmac/hash", r#"{"msg":""}"#, Some(VALUE)),
    ("crypto/hmac/hash", r#"{"alg":"MD5"}"#, None),
    ("crypto/hmac/hash", r#"{"alg":"MD5","pubkey":"AA=="}"#, Some(VALUE)),
    ("crypto/hmac/hash", r#"{"pubkey":"AA=="}"#, Some(REFUSED)),
    ("crypto/exdsa/verify", r#"{"alg":"ed25519"}"#, Some(VALUE)),
    ("crypto/exdsa/verify", r#"{"ctx":"!"}"#, Some(VALUE)),
    ("crypto/cipher/decrypt", r#"{"alg":"AES128-CTR"}"#, Some(VALUE)),
    ("crypto/cipher/decrypt", r#"{"iv":"AA=="}"#, Some(VALUE)),
    ("crypto/cipher/decrypt", r#"{"tag":"AA=="}"#, Some(VALUE)),
    ("crypto/cipher/decrypt", r#"{"alg":"AES128-CBC","tag":"AA=="}"#, None),
    ("crypto/cipher/decrypt", r#"{"alg":"AES128-ECB","iv":null,"tag":null}"#, None),
    (
        "crypto/cipher/decrypt",
        r#"{"alg":"AES128-ECB","msg":"AA=="}"#,
        Some(ErrorKind::Malformed(Malformed::Length)),
    ),
    ("crypto/cipher/wrap", r#"{"alg":"AES512"}"#, Some(VALUE)),
    ("crypto/cipher/wrap", r#"{"iv":"AAAAAAAAAAA="}"#, None),
    ("crypto/cipher/wrap", r#"{"iv":"AA=="}"#, Some(REFUSED)),
    ("crypto/cipher/wrap", r#"{"iv":"!"}"#, Some(VALUE)),
    ("crypto/cipher/wrap", r#"{"msg":"AAAAAAAAAAA="}"#, Some(REFUSED)),
    ("crypto/pqc/mldsa/sign", r#"{"alg":5}"#, None),
    ("crypto/pqc/mlkem/decaps", r#"{"ct":"!"}"#, Some(VALUE)),
];

#[test]
fn edges_of_members() {
    for (path, change, expected) in CHANGES {
        let (_, mut body) = good().into_iter().find(|one| one.0 == path).unwrap();
        let change: Value = serde_json::from_str(change).unwrap();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(fault(&post(path, &body.to_string())), expected, "{path} {body}");
    }
}

/// A body with `bytes` zeros in one member.
fn with_bytes(path: &str, name: &str, bytes: usize) -> Option<ErrorKind> {
    let (_, mut body) = good().into_iter().find(|one| one.0 == path).unwrap();
    body[name] = "A".repeat((bytes * 4).div_ceil(3)).into();
    fault(&post(path, &body.to_string()))
}

#[test]
fn longest_members() {
    for (path, name, longest, expected) in [
        ("keymgmt/create", "descr", 128, VALUE),
        ("keymgmt/search", "descr", 128, ErrorKind::InvalidData(InvalidData::TooLong)),
        ("crypto/hmac/hash", "msg", 2048, VALUE),
        ("crypto/pqc/mldsa/sign", "ctx", 255, VALUE),
        ("crypto/cipher/decrypt", "msg", 2064, VALUE),
        ("crypto/cipher/decrypt", "aad", 256, VALUE),
        ("crypto/cipher/decrypt", "ctx", 64, VALUE),
    ] {
        assert_eq!(with_bytes(path, name, longest), None, "{path} {name}");
        assert_eq!(with_bytes(path, name, longest + 1), Some(expected), "{path} {name}");
    }
}

#[test]
fn edges_of_the_configuration() {
    let too_long = |name: &str, chars: usize| json!({name: "é".repeat(chars)}).to_string();
    for (body, expected) in [
        (too_long("user", 64), None),
        (too_long("user", 65), Some(VALUE)),
        (too_long("email", 65), Some(VALUE)),
        (r#"{"user":""}"#.into(), Some(VALUE)),
        (r#"{"email":""}"#.into(), None),
        (r#"{"trusted_ts":1}"#.into(), Some(MEMBER)),
        (r#"{"trusted_ts":"true"}"#.into(), Some(MEMBER)),
        (r#"{"http_option_dosprot_mode":4}"#.into(), None),
        (r#"{"http_option_dosprot_mode":5}"#.into(), Some(VALUE)),
        (r#"{"http_option_dosprot_mode":260}"#.into(), Some(VALUE)),
        (r#"{"ctx":-1}"#.into(), Some(MEMBER)),
        (r#"{"tls":{}}"#.into(), Some(MEMBER)),
        (r#"{"tls":[]}"#.into(), Some(MEMBER)),
        (r#"{"tls":{"crt":"!"}}"#.into(), Some(VALUE)),
        (r#"{"userkey":"AA=="}"#.into(), Some(VALUE)),
        (format!(r#"{{"userkey":"{B32}","userkey_nonce":"AA=="}}"#), Some(MEMBER)),
        (r#"{"hostname":5,"ip":5,"masterkey":5}"#.into(), None),
    ] {
        assert_eq!(fault(&post("system/config", &body)), expected, "{body}");
    }
}

fn refused(text: &str) -> Response<Bytes> {
    let Err(answer) = parse(text) else { panic!("understood: {text}") };
    answer
}

#[test]
fn lengths_are_told_and_bounded() {
    let chunked = "POST /api/auth/token HTTP/1.1\ntransfer-encoding: chunked\n\n{}";
    assert_eq!(refused(chunked).status(), 411);
    assert_eq!(refused("POST /api/nothing HTTP/1.1\n\n").status(), 411);
    let of = |path: &str, length: usize| format!("POST {path} HTTP/1.1\n\n{}", "x".repeat(length));
    assert!(parse(&of("/api/nothing", 7300)).is_ok());
    let answer = refused(&of("/api/nothing", 7301));
    assert_eq!(answer.status(), 413);
    assert_eq!(answer.headers()["connection"], "close");
    assert!(parse(&of("/api/system/upgrade/upload_ui", 7301)).is_ok());
}

#[test]
fn http_2_frames_its_bodies() {
    let refusal = |body: &'static [u8]| {
        let request = http::Request::post("/api/auth/token").version(http::Version::HTTP_2);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let answer = EncedoHem.parse(super::listener(), &parts, &Bytes::from_static(body)).err()?;
        Some((answer.status().as_u16(), answer.headers().contains_key("connection")))
    };
    assert_eq!(refusal(b"{}"), None);
    assert_eq!(refusal(b""), Some((411, false)));
    assert_eq!(refusal(&[b'x'; 7301]), Some((413, false)));
}

#[test]
fn media_types() {
    let of = |media: &str| {
        let head = format!("POST /api/auth/token HTTP/1.1\n{media}");
        fault(&request(&format!("{head}\n\n{{\"auth\":\"x\"}}")).call)
    };
    assert_eq!(of("content-type: Application/JSON ; charset=utf-8"), None);
    for media in ["accept: */*", "content-type: text/json", "content-type: application/jsonx"] {
        assert_eq!(of(media), Some(SYNTAX), "{media}");
    }
}

#[test]
fn paths_are_exact() {
    for path in [
        "/",
        "/api",
        "/API/system/version",
        "/api/system//version",
        "/api/system/%76ersion",
        "/api/keymgmt/list/",
        "/api/keymgmt/list/1/",
        "/api/keymgmt/list/1/2/3",
        "/api/keymgmt/get/",
        "/api/logger/",
        "/api/logger/62310b2b/x",
    ] {
        let call = request(&format!("GET {path} HTTP/1.1\n\n")).call;
        assert!(matches!(call, Call::Unknown), "{path}");
    }
    for path in ["/api/keymgmt/list/+1", "/api/keymgmt/list/1/x", "/api/logger/list/x"] {
        assert_eq!(fault(&request(&format!("GET {path} HTTP/1.1\n\n")).call), Some(REFUSED));
    }
}

#[test]
fn hosts_and_bearers() {
    let of = |fields: &str| request(&format!("GET /api/system/status HTTP/1.1\n{fields}\n\n"));
    for (host, expected) in [
        ("HEM.example:8180", "hem.example"),
        ("hem.example", "hem.example"),
        ("[::1]:443", "[::1]"),
        ("[::1]", "[::1]"),
        ("127.0.0.1:80", "127.0.0.1"),
    ] {
        assert_eq!(of(&format!("host: {host}")).host.as_deref(), Some(expected));
    }
    assert_eq!(of("accept: */*").host, None);
    for (value, expected) in [
        ("Bearer a.b", "a.b"),
        ("BEARER  a.b", "a.b"),
        ("Basic a.b", "Basic a.b"),
        ("Bearer", "Bearer"),
    ] {
        let bearer = of(&format!("authorization: {value}")).bearer.expect("a token");
        assert_eq!(bearer.expose(), expected);
    }
    assert!(of("accept: */*").bearer.is_none());
    let absolute = request("GET https://HEM.example:1/api/system/status HTTP/1.1\nhost: other\n\n");
    assert_eq!(absolute.host.as_deref(), Some("hem.example"));
}

#[test]
fn refusals_of_the_transport_have_the_same_form() {
    for (kind, status) in
        [(ErrorKind::TooLarge, 413), (ErrorKind::ShuttingDown, 503), (SYNTAX, 400)]
    {
        let answer = EncedoHem.refuse(super::listener(), None, kind);
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-length"], "0");
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert!(answer.body().is_empty());
    }
}
