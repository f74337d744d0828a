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
    /// Of a failed verification.
    reason: Option<&'static str>,
    /// What was not found.
    resource: Option<String>,
}

/// A member that does not fit.
#[derive(Debug)]
pub(super) struct Field {
    /// As [`path::told`] has it.
    pub(super) path: String,
    /// Goes on after the word "Member".
    pub(super) message: Cow<'static, str>,
}

impl Refusal {
    /// One of that type.
    pub(super) fn new(error: Type, message: impl Into<Cow<'static, str>>) -> Self {
        Self { error, message: message.into(), fields: Vec::new(), reason: None, resource: None }
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
        Self { resource: Some(name.to_owned()), ..Self::new(status::NOT_FOUND, status::NO_KEY) }
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
        if kind == ErrorKind::KeyNotFound {
            let told = (error.public != kind.text()).then(|| error.public.to_string());
            refusal.resource = told.or_else(|| named.map(str::to_owned));
            refusal.message = Cow::Borrowed(status::NO_KEY);
        }
        if let Some(reason) = status::reason(kind).filter(|_| verifies) {
            refusal.error = status::VERIFICATION_FAILED;
            refusal.reason = Some(reason);
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
        let object = object.maybe("Reason", self.reason);
        let object = object.maybe("ResourceId", self.resource.as_ref());
        let is_lower = self.error == status::VALIDATION && plane == Plane::Data;
        let object = object.with(if is_lower { "message" } else { "Message" }, &*self.message);
        let fields: Vec<_> = self.fields.iter().map(field).collect();
        object.maybe("fieldList", (!fields.is_empty()).then_some(Value::List(fields)))
    }
}

fn field(field: &Field) -> Value<'_> {
    let object = Object::default().with("path", &field.path).with("message", &*field.message);
    Value::Object(object)
}
