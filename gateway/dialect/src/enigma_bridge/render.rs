//! From a result to an answer.

use std::borrow::Cow;

use arrayvec::ArrayString;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    CONTENT_TYPE, HeaderMap, HeaderValue,
};
use http::{Response, StatusCode};
use typex_core::op::Output;
use typex_core::principal::ApiKeyText;
use typex_core::{Error, ErrorKind, Secret, limits};

use super::json::{Envelope, Value};
use super::limits::{HEADER_FIELDS, HEADER_FIELDS_KEPT};
use super::results;
use super::status::{self, Status};

/// A function of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    ProcessData,
    GetImportPublicKey,
    GetUserObjectTemplate,
    CreateUserObject,
}

/// What even the answer to an unreadable request repeats.
#[derive(Default)]
pub(super) struct Echo {
    pub(super) function: Option<Function>,
    pub(super) nonce: Nonce,
}

/// A request's nonce, held in place.
pub(super) type Nonce = ArrayString<{ limits::NONCE_CHARS_MAX }>;

/// What the answer to a call repeats.
pub(crate) struct Reply {
    function: Function,
    nonce: Nonce,
    /// Of each candidate, where the answer holds a handle; else empty.
    api_keys: Vec<Secret<ApiKeyText>>,
    chosen: usize,
}

/// A request that cannot be understood, and what to say to it.
pub(super) struct Refusal {
    pub(super) echo: Echo,
    pub(super) fault: Fault,
}

/// What is wrong with a request.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) status: Status,
    detail: &'static str,
}

/// 200 whatever happened: clients read no body otherwise.
// spec: enigma-bridge 1.4
pub(super) fn response(body: Bytes) -> Response<Bytes> {
    response_into(HeaderMap::new(), body)
}

/// The same in the memory of `headers`, unless that is much more than an answer needs: servers
/// keep the map for as long as the connection.
pub(super) fn response_into(mut headers: HeaderMap, body: Bytes) -> Response<Bytes> {
    if headers.capacity() > HEADER_FIELDS_KEPT {
        headers = HeaderMap::new();
    }
    headers.clear();
    headers.reserve(HEADER_FIELDS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response
}

/// The answer to a browser that asks whether it may ask.
// spec: enigma-bridge 1.4
pub(super) fn preflight() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, X-Auth-Token, Accept"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

impl Function {
    const ALL: [Self; 4] = [
        Self::ProcessData,
        Self::GetImportPublicKey,
        Self::GetUserObjectTemplate,
        Self::CreateUserObject,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::ProcessData => "ProcessData",
            Self::GetImportPublicKey => "GetImportPublicKey",
            Self::GetUserObjectTemplate => "GetUserObjectTemplate",
            Self::CreateUserObject => "CreateUserObject",
        }
    }

    /// One client indexes the result of `GetImportPublicKey` even after a failure.
    // spec: enigma-bridge 1.6
    fn result_of_failure(self) -> Value<'static> {
        if self == Self::GetImportPublicKey { Value::EmptyList } else { Value::Null }
    }
}

impl Echo {
    /// Takes what can be repeated; a nonce that is too long is not.
    pub(super) fn new(function: &str, nonce: &str) -> Self {
        let function = Function::ALL.into_iter().find(|known| known.name() == function);
        Self { function, nonce: Nonce::from(nonce).unwrap_or_default() }
    }
}

impl Reply {
    pub(super) fn new(function: Function, nonce: Nonce) -> Self {
        Self { function, nonce, api_keys: Vec::new(), chosen: 0 }
    }

    pub(super) fn keep_api_keys(&mut self, keys: impl Iterator<Item = Secret<ApiKeyText>>) {
        self.api_keys = keys.collect();
    }

    pub(crate) fn choose(&mut self, index: usize) {
        self.chosen = index;
    }

    /// The JSON text of the answer.
    pub(super) fn body(&self, result: Result<Output, Error>) -> Bytes {
        let output = match result {
            Ok(output) => output,
            Err(error) => return self.failure(&error),
        };
        if let Output::Sealed(sealed) = &output {
            return self.success(Value::Sealed(sealed));
        }
        match results::json(&output, self.api_key()) {
            Some(text) => self.success(Value::Json(&text)),
            None => self.failure(&ErrorKind::Internal.into()),
        }
    }

    fn api_key(&self) -> &str {
        self.api_keys.get(self.chosen).map_or("", |key| key.expose())
    }

    fn success(&self, result: Value<'_>) -> Bytes {
        let status = Status::SUCCESS;
        self.envelope(result, status, status.text())
    }

    fn failure(&self, error: &Error) -> Bytes {
        let detail: Cow<'_, str> = status::detail(error);
        self.envelope(self.function.result_of_failure(), Status::of(error.kind), &detail)
    }

    fn envelope(&self, result: Value<'_>, status: Status, detail: &str) -> Bytes {
        let function = self.function.name();
        Envelope { function, result, nonce: &self.nonce, status, detail }.to_bytes().into()
    }
}

impl Refusal {
    /// The JSON text of the answer.
    pub(super) fn body(&self) -> Bytes {
        let function = self.echo.function;
        let envelope = Envelope {
            function: function.map_or("Unknown", Function::name),
            result: function.map_or(Value::Null, Function::result_of_failure),
            nonce: &self.echo.nonce,
            status: self.fault.status,
            detail: self.fault.detail,
        };
        envelope.to_bytes().into()
    }
}

impl Fault {
    /// A fault with a text that names the member or the limit.
    pub(super) fn new(status: impl Into<Status>, detail: &'static str) -> Self {
        Self { status: status.into(), detail }
    }
}

impl<T: Into<Status>> From<T> for Fault {
    fn from(status: T) -> Self {
        let status = status.into();
        Self { status, detail: status.text() }
    }
}
