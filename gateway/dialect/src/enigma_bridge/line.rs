//! Requests as one JSON object on a plain connection.
// spec: enigma-bridge 1.7

use std::borrow::Cow;

use serde_json::value::RawValue;
use typex_core::error::Malformed;

use super::parse::{Data, Request};
use super::render::{Echo, Refusal};
use super::wire;
use crate::Call;

/// Reads a request. A member of the wrong type counts as absent.
pub(super) fn request(line: &[u8]) -> Result<Call, Refusal> {
    let line: wire::Line<'_> = wire::object(line, Malformed::Syntax)
        .map_err(|fault| Refusal { echo: Echo::default(), fault: fault.into() })?;
    let request = Request {
        version: text(line.version),
        handle: text(line.objectid),
        function: text(line.function),
        nonce: text(line.nonce),
        data: line.data.map_or(Data::None, Data::Member),
    };
    request.call()
}

fn text(member: Option<&RawValue>) -> Cow<'_, str> {
    wire::text(member).unwrap_or_default()
}
