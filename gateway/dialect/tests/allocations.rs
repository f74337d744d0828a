//! How much a `ProcessData` request allocates here: the buffer of the sealed data, the body of
//! the answer, and its two-part header map.

use bytes::{Bytes, BytesMut};
use http::Request;
use typex_core::Secret;
use typex_core::op::registration::{Answer, Credentials};
use typex_core::op::{Op, Output};
use typex_dialect::enigma_bridge::EnigmaBridge;
use typex_dialect::{Call, Dialect};

const BODY: &str = concat!(
    r#"{"data":"Packet0_PLAINAES_0000a83d7c7200e54ab8c47b81931a675bcf8ebcb9c68aa7b8519e49aefd1"#,
    r#"bfb3525b55f531fe5b2d7ab30ed4fdd2c13bd52"}"#,
);

fn parts() -> http::request::Parts {
    let uri = "/1.0/TEST_API000000ee010000000004/ProcessData/da3903ed1894e307";
    Request::post(uri).body(()).expect("a plain request").into_parts().0
}

fn parse(parts: &http::request::Parts, body: &Bytes) -> Call {
    let listener = &EnigmaBridge.listeners()[0];
    let Ok(call) = EnigmaBridge.parse(listener, parts, body) else { panic!("it is well-formed") };
    call
}

#[test]
fn parsing_allocates_the_sealed_buffer_only() {
    let (parts, body) = (parts(), Bytes::from_static(BODY.as_bytes()));
    let count = allocation_counter::measure(|| drop(parse(&parts, &body)));
    assert_eq!(count.count_total, 1);
}

#[test]
fn the_answer_fits_into_the_sealed_buffer_again() {
    let call = parse(&parts(), &Bytes::from_static(BODY.as_bytes()));
    let Op::ProcessData(mut data) = call.op else { panic!("it is ProcessData") };
    let count = allocation_counter::measure(|| data.sealed.resize(160, 0));
    assert_eq!(count.count_total, 0);
}

#[test]
fn rendering_allocates_body_and_header_map_only() {
    let call = parse(&parts(), &Bytes::from_static(BODY.as_bytes()));
    let sealed = BytesMut::zeroed(48);
    let count = allocation_counter::measure(|| {
        drop(EnigmaBridge.render(&call.reply, Ok(Output::Sealed(sealed))));
    });
    // The sealed buffer is freed here but was allocated outside.
    assert_eq!(count.count_total, 1 + 2);
}

#[test]
fn a_spare_header_map_saves_its_own() {
    let mut parts = parts();
    parts.headers.reserve(12);
    parts.headers.insert(http::header::HOST, http::HeaderValue::from_static("localhost"));
    let call = parse(&parts, &Bytes::from_static(BODY.as_bytes()));
    let sealed = BytesMut::zeroed(48);
    let mut answer = None;
    let count = allocation_counter::measure(|| {
        let result = Ok(Output::Sealed(sealed));
        answer = Some(EnigmaBridge.render_into(parts.headers, &call.reply, result));
    });
    assert_eq!(count.count_total, 1);
    let answer = answer.expect("rendered");
    let fresh = EnigmaBridge.render(&call.reply, Ok(Output::Sealed(BytesMut::zeroed(48))));
    assert_eq!(answer.headers(), fresh.headers());
}

#[test]
fn the_answer_to_a_line_allocates_its_text_only() {
    let call = parse(&parts(), &Bytes::from_static(BODY.as_bytes()));
    let sealed = BytesMut::zeroed(48);
    let count = allocation_counter::measure(|| {
        drop(EnigmaBridge.render_line(&call.reply, Ok(Output::Sealed(sealed))));
    });
    assert_eq!(count.count_total, 1);
}

/// A copy in a value or in a buffer that grew would not be wiped.
#[test]
fn an_answer_with_a_password_is_written_into_one_buffer() {
    let listener = EnigmaBridge.listeners().iter().find(|one| one.name == "register");
    let body = r#"{"nonce":"n","function":"create","client":{"name":"n","type":"t"}}"#;
    let parts = Request::post("/api/v1/client").body(()).expect("a plain request").into_parts().0;
    let body = Bytes::from_static(body.as_bytes());
    let Ok(call) = EnigmaBridge.parse(listener.expect("it is served"), &parts, &body) else {
        panic!("it is well-formed")
    };
    let (_, credentials) = Credentials::new([1; 16], &Secret::new([2; 32]));
    let answer = Answer::Created { credentials, max_api_keys: 1, max_objects: 2 };
    let output = Output::Registration(Box::new(answer));
    let mut answer = None;
    let count = allocation_counter::measure(|| {
        answer = Some(EnigmaBridge.render(&call.reply, Ok(output)));
    });
    // The body, its owner, the header map.
    assert_eq!(count.count_total, 1 + 1 + 2);
    let body = answer.expect("just made").into_body();
    assert!(body.windows(64).any(|window| window == "02".repeat(32).as_bytes()));
}
