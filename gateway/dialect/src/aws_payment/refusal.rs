//! What is answered in place of a result.
// spec: aws-payment 4

use std::borrow::Cow;

use typex_core::{Error, ErrorKind};

use super::Plane;
use super::path;
use super::status::{self, Type};
use crate::json::{Object, Value};

/// A value, or why the request is refused.
pub(super) type Parsed<T> = Result<T, Refusal>;

/// Why a request is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: Type,
    message: Cow<'static, str>,
    fields: Vec<Field>,
    more: More,
}

/// What only some refusals tell.
#[derive(Debug)]
enum More {
    Nothing,
    /// Of a failed verification.
    Reason(&'static str),
    /// What was not found.
    Resource(String),
    /// When to ask again.
    RetryAfter(u64),
    /// Of a batch without a record that can be read: one of each.
    Records(Vec<Refusal>),
}

/// A member that does not fit.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// As [`path::told`] has it.
    pub(super) path: String,
    /// Goes on after the word "Member".
    pub(super) message: Cow<'static, str>,
}

impl Refusal {
    /// One of that type.
    pub(super) fn new(error: Type, message: impl Into<Cow<'static, str>>) -> Self {
        Self { error, message: message.into(), fields: Vec::new(), more: More::Nothing }
    }

    /// A batch of which no record can be read: what is wrong with the first, and with each.
    pub(super) fn records(records: Vec<Self>) -> Option<Self> {
        let Self { error, message, fields, .. } = records.first()?;
        let (message, fields) = (message.clone(), fields.clone());
        Some(Self { error: *error, message, fields, more: More::Records(records) })
    }

    /// A request that does not fit as a whole.
    pub(super) fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status::VALIDATION, message)
    }

    /// A member that does not fit.
    pub(super) fn field(path: impl Into<String>, message: &'static str) -> Self {
        Self::fields(vec![Field { path: path.into(), message: message.into() }])
    }

    /// Members that do not fit, at least one.
    pub(super) fn fields(fields: Vec<Field>) -> Self {
        let told = fields.iter().map(|Field { path, message }| {
            let path = path::lowered(path);
            format!("Value at '{path}' failed to satisfy constraint: Member {message}")
        });
        let told = told.collect::<Vec<_>>().join("; ");
        let ending = if fields.len() == 1 { "" } else { "s" };
        let message = format!("{} validation error{ending} detected: {told}", fields.len());
        Self { fields, ..Self::validation(message) }
    }

    /// No such key.
    pub(super) fn not_found(name: &str) -> Self {
        let more = More::Resource(name.to_owned());
        Self { more, ..Self::new(status::NOT_FOUND, status::NO_KEY) }
    }

    /// A failure of the gateway; `named` is the key that the request names, `verifies` whether its
    /// operation does.
    pub(super) fn of(error: &Error, plane: Plane, named: Option<&str>, verifies: bool) -> Self {
        let kind = error.kind;
        let says_more = error.public != kind.text();
        let advice = status::advice(kind, plane).filter(|_| !says_more);
        let public = status::text(kind).or(advice);
        let public = public.map_or_else(|| error.public.clone(), Cow::Borrowed);
        let mut refusal = Self::new(status::of(kind, plane), public);
        if let Some(seconds) = error.retry_after_s.filter(|_| plane == Plane::Data) {
            refusal.more = More::RetryAfter(seconds);
        }
        if kind == ErrorKind::KeyNotFound {
            let told = (error.public != kind.text()).then(|| error.public.to_string());
            let resource = told.or_else(|| named.map(str::to_owned));
            refusal.more = resource.map_or(More::Nothing, More::Resource);
            refusal.message = Cow::Borrowed(status::NO_KEY);
        }
        if let Some(reason) = status::reason(kind).filter(|_| verifies) {
            refusal.error = status::VERIFICATION_FAILED;
            refusal.more = More::Reason(reason);
        }
        refusal
    }

    /// For the server, which keeps the place of a record that could not be read.
    pub(super) fn to_error(&self) -> Error {
        let kind = if self.error == status::NOT_FOUND {
            ErrorKind::KeyNotFound
        } else {
            ErrorKind::Malformed(typex_core::error::Malformed::Value)
        };
        kind.into()
    }

    /// The members of the answer; a batch and the control plane name the type among them.
    pub(super) fn object(&self, plane: Plane, has_type: bool) -> Object<'_> {
        let object = Object::default().maybe("__type", has_type.then_some(self.error.name));
        let object = match &self.more {
            More::Reason(reason) => object.with("Reason", *reason),
            More::Resource(resource) => object.with("ResourceId", resource),
            _ => object,
        };
        let is_lower = self.error == status::VALIDATION && plane == Plane::Data;
        let object = object.with(if is_lower { "message" } else { "Message" }, &*self.message);
        let fields: Vec<_> = self.fields.iter().map(field).collect();
        let object = object.maybe("fieldList", (!fields.is_empty()).then_some(Value::List(fields)));
        match &self.more {
            // A record has no header fields.
            More::RetryAfter(seconds) if has_type => {
                object.with("RetryAfterSeconds", Value::Number(*seconds))
            }
            More::Records(records) => {
                let results = records.iter().map(Self::result).collect();
                object.with("Results", Value::List(results))
            }
            _ => object,
        }
    }

    /// When to ask again, in seconds, if that is what it tells.
    pub(super) fn retry_after_s(&self) -> Option<u64> {
        match self.more {
            More::RetryAfter(seconds) => Some(seconds),
            _ => None,
        }
    }

    /// What a batch tells of a record.
    // spec: aws-payment 6.2
    pub(super) fn result(&self) -> Value<'_> {
        let error = Value::Object(self.object(Plane::Data, true));
        Value::Object(Object::default().with("Error", error))
    }
}

fn field(field: &Field) -> Value<'_> {
    let object = Object::default().with("path", &field.path).with("message", &*field.message);
    Value::Object(object)
}
