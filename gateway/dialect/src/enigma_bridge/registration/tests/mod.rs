//! Requests as clients send them, and the answers they read.

mod goldens;
mod malformed;
mod requests;

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use typex_core::Error;
use typex_core::op::registration::{Function, Request as Registration};
use typex_core::principal::Credential;

use super::Reply;

/// A request as the gateway gets it.
fn read(place: &str, body: &str) -> Result<(Registration, Credential), Error> {
    let request = Request::post(format!("/api/v1/{place}")).header("X-Auth-Token", "public");
    let (parts, ()) = request.body(()).expect("a plain request").into_parts();
    let read = super::read(&parts, body.as_bytes(), &mut Reply::default());
    read.map(|(request, candidate)| (request, candidate.credential))
}

/// The answer's JSON.
fn json(answer: &http::Response<Bytes>) -> Value {
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    serde_json::from_slice(answer.body()).expect("an answer is JSON")
}

/// A body for any function: `rest` follows the members all have.
fn body(function: &str, rest: &str) -> String {
    format!(r#"{{"nonce":"n","version":1,"function":"{function}"{rest}}}"#)
}

#[test]
fn every_function_has_a_name_of_its_own() {
    for function in Function::ALL {
        let names = super::function::FUNCTIONS.iter().filter(|row| row.2 == function);
        assert_eq!(names.count(), 1, "{function:?}");
    }
}
