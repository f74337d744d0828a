//! From a request in any of its forms to a call.

use std::borrow::Cow;

use http::Method;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;
use typex_core::error::{Malformed, Unauthenticated};
use typex_core::key::KeyName;
use typex_core::op::Op;
use typex_core::principal::{ApiKeyText, Credential};
use typex_core::{ErrorKind, Secret, limits};

use super::render::{Echo, Fault, Function, Refusal, Reply};
use super::{data_string, handle, import_object, template, wire};
use crate::{Call, Candidate, Candidates, Form};

/// The only version of the API.
const VERSION: &str = "1.0";

/// What every form of request says.
pub(super) struct Request<'a> {
    pub(super) version: Cow<'a, str>,
    pub(super) handle: Cow<'a, str>,
    pub(super) function: Cow<'a, str>,
    pub(super) nonce: Cow<'a, str>,
    pub(super) data: Data<'a>,
}

/// Where the function's argument is.
pub(super) enum Data<'a> {
    /// Nowhere.
    None,
    /// The end of the URL: the data string itself, or a JSON body for the other functions.
    Payload(Cow<'a, str>),
    /// Member `data` of a JSON body.
    Body(&'a [u8]),
    /// The member itself.
    Member(&'a RawValue),
}

/// Reads an HTTP request. Its content type and the members beside `data` do not matter.
// spec: enigma-bridge 1.2, 1.4
pub(super) fn request(parts: &Parts, body: &[u8]) -> Result<Call, Refusal> {
    let request = Request::from_http(parts, body);
    if !matches!(parts.method, Method::GET | Method::POST) {
        let fault = Fault::new(Malformed::Function, "method must be GET or POST");
        return Err(Refusal { echo: request.echo(), fault });
    }
    request.call()
}

/// The answer to a request that never gets here.
pub(super) fn refuse(parts: Option<&Parts>, kind: ErrorKind) -> Refusal {
    let echo = parts.map_or_else(Echo::default, |parts| Request::from_http(parts, &[]).echo());
    Refusal { echo, fault: kind.into() }
}

impl<'a> Request<'a> {
    fn from_http(parts: &'a Parts, body: &'a [u8]) -> Self {
        let path = parts.uri.path();
        let mut segments = path.strip_prefix('/').unwrap_or(path).splitn(5, '/').map(decoded);
        let mut next = || segments.next().unwrap_or_default();
        let (version, handle, function, nonce) = (next(), next(), next(), next());
        let payload = next();
        let data = match (body, payload.is_empty()) {
            ([], true) => Data::None,
            ([], false) => Data::Payload(payload),
            (body, _) => Data::Body(body),
        };
        Self { version, handle, function, nonce, data }
    }

    pub(super) fn echo(&self) -> Echo {
        Echo::new(&self.function, &self.nonce)
    }

    pub(super) fn call(&self) -> Result<Call, Refusal> {
        let echo = self.echo();
        match self.read(&echo) {
            Ok(call) => Ok(call),
            Err(fault) => Err(Refusal { echo, fault }),
        }
    }

    fn read(&self, echo: &Echo) -> Result<Call, Fault> {
        if self.version != VERSION {
            return Err(Fault::new(Malformed::Version, "version must be 1.0"));
        }
        let function = echo.function.ok_or(Malformed::Function)?;
        self.check_nonce()?;
        let cuts = handle::cuts(&self.handle);
        let candidates = cuts.iter().map(|cut| candidate(function, *cut)).collect();
        let candidates = Candidates::new(candidates)
            .ok_or(ErrorKind::Unauthenticated(Unauthenticated::ApiKey))?;
        let op = self.data.op(function)?;
        let mut reply = Reply::new(function, echo.nonce);
        if function == Function::CreateUserObject {
            reply.keep_api_keys(cuts.iter().map(|cut| api_key(cut.api_key)));
        }
        Ok(Call { op, candidates, reply: crate::Reply(Form::Object(reply)) })
    }

    // Repeated nonces are accepted: clients resend identical requests, and one keeps its nonce.
    // spec: enigma-bridge 1.8
    fn check_nonce(&self) -> Result<(), Fault> {
        if self.nonce.is_empty() {
            return Err(Malformed::Nonce.into());
        }
        if self.nonce.len() > limits::NONCE_CHARS_MAX {
            return Err(Fault::new(ErrorKind::TooLarge, "nonce longer than 64 characters"));
        }
        Ok(())
    }
}

impl Data<'_> {
    fn op(&self, function: Function) -> Result<Op, Fault> {
        Ok(match function {
            Function::ProcessData => Op::ProcessData(data_string::decode(&self.text()?)?),
            Function::GetImportPublicKey => Op::ImportKeys,
            Function::GetUserObjectTemplate => {
                let data = wire::object(self.object()?.as_bytes(), Malformed::Member)?;
                Op::NewTemplate(template::read(&data)?)
            }
            Function::CreateUserObject => {
                let data = wire::object(self.object()?.as_bytes(), Malformed::Member)?;
                Op::ImportKey(import_object::read(&data)?)
            }
        })
    }

    /// The data string.
    fn text(&self) -> Result<Cow<'_, str>, Malformed> {
        match self {
            Self::None => Err(Malformed::Value),
            Self::Payload(text) => Ok(Cow::Borrowed(text)),
            Self::Body(json) => {
                wire::object(json, Malformed::Value).map(|body: wire::TextBody<'_>| body.data)
            }
            Self::Member(member) => wire::text(Some(member)).ok_or(Malformed::Value),
        }
    }

    /// The JSON text of an enrolment request.
    fn object(&self) -> Result<&str, Malformed> {
        let body = match self {
            Self::None => return Err(Malformed::Member),
            Self::Payload(text) => text.as_bytes(),
            Self::Body(json) => json,
            Self::Member(member) => return Ok(member.get()),
        };
        let body: wire::ObjectBody<'_> = wire::object(body, Malformed::Member)?;
        body.data.map(RawValue::get).ok_or(Malformed::Member)
    }
}

/// Bytes that are no text become U+FFFD, which no handle, function or data string contains.
fn decoded(segment: &str) -> Cow<'_, str> {
    // The decoder looks at every byte thrice; hardly any request needs it.
    if segment.contains('%') {
        percent_decode_str(segment).decode_utf8_lossy()
    } else {
        Cow::Borrowed(segment)
    }
}

// Only `ProcessData` takes its object from the handle.
// spec: enigma-bridge 1.3
fn candidate(function: Function, cut: handle::Cut<'_>) -> Candidate {
    let key = (function == Function::ProcessData).then_some(KeyName::Object(cut.object));
    Candidate { credential: Credential::ApiKey(api_key(cut.api_key)), key }
}

fn api_key(text: &str) -> Secret<ApiKeyText> {
    Secret::new(ApiKeyText::from(text).expect("a cut keeps API keys to their limit"))
}
