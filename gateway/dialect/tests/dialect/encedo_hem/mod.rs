//! The Encedo HEM dialect from outside.

mod calls;
mod description;
mod goldens;
mod requests;
mod samples;

use bytes::Bytes;
use http::Response;
use typex_dialect::encedo_hem::EncedoHem;
use typex_dialect::{Call, Dialect, Listener};

use crate::message;

fn listener() -> &'static Listener {
    &EncedoHem.listeners()[0]
}

/// Reads a request as in a golden; a POST gets the length of its body, where it tells none.
#[expect(clippy::result_large_err, reason = "as the function it calls")]
fn parse(text: &str) -> Result<Call, Response<Bytes>> {
    let (mut parts, body) = message::http(text);
    let has_length = parts.headers.contains_key("content-length");
    if parts.method == "POST" && !has_length && !text.contains("\ntransfer-encoding:") {
        parts.headers.insert("content-length", body.len().into());
    }
    EncedoHem.parse(listener(), &parts, &body)
}
