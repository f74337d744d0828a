//! From an answer to the members of its JSON.

mod auth;
mod crypto;
mod keys;
mod system;

use bytes::Bytes;
use typex_core::op::instance::Answer;

use super::openapi;
use super::route::{Gives, Route};
use crate::json::{Object, Value};

/// What an answer holds.
pub(super) enum Content<'a> {
    Nothing,
    Json(Object<'a>),
    Text(&'a Bytes),
    /// A page of the dialect itself, with its media type.
    Page(&'static str, Bytes),
}

impl<'a> From<Object<'a>> for Content<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Json(object)
    }
}

/// The content of an answer to a call of `route`.
// spec: encedo-hem 1.3
pub(super) fn content<'a>(route: Option<&Route>, answer: &'a Answer) -> Content<'a> {
    let object = match answer {
        Answer::Done => return page(route),
        Answer::Preflight | Answer::Wiped => return Content::Nothing,
        Answer::Log(text) => return Content::Text(text),
        Answer::Managed(managed) => return keys::content(managed),
        Answer::Crypto { algorithm, answer } => return crypto::content(route, *algorithm, answer),
        Answer::Version(view) => system::version(view),
        Answer::Status(view) => system::status(view),
        Answer::CheckIn { check } => Object::default().with("check", check),
        Answer::CheckedIn => Object::default().with("status", "OK"),
        Answer::Config(view) => system::config(view),
        Answer::Updated(updated) => system::updated(updated),
        Answer::Attestation { genuine, certificate } => {
            Object::default().with("genuine", genuine).bytes("crt", certificate)
        }
        Answer::SelfTest(view) => system::self_test(view),
        Answer::LogKey { key, nonce, signature } => {
            let object = Object::default().with("key", key).with("nonce", nonce);
            object.with("nonce_signed", signature)
        }
        Answer::Logs { total, names } => logs(*total, names),
        answer => return auth::content(answer),
    };
    object.into()
}

fn page(route: Option<&Route>) -> Content<'static> {
    match route.map(|route| route.gives) {
        Some(Gives::Description) => Content::Page("application/json", openapi::document()),
        Some(Gives::Page) => Content::Page("text/html; charset=utf-8", openapi::page()),
        _ => Content::Nothing,
    }
}

// spec: encedo-hem 7.1
fn logs(total: usize, names: &[u32]) -> Object<'static> {
    let names = names.iter().map(|name| Value::Made(format!("{name:08x}"))).collect();
    Object::default().with("total", total).with("id", Value::List(names))
}
