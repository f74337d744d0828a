//! Foreign APIs: a message of theirs becomes a [`Call`], a result becomes a message of theirs.
//!
//! Pure functions: no I/O, no clock, no runtime, no state. One folder per dialect, one line per
//! dialect in [`DIALECTS`].
//!
//! ```
//! use bytes::Bytes;
//! use typex_core::{ErrorKind, op::Op};
//! use typex_dialect::DIALECTS;
//!
//! let dialect = DIALECTS[0];
//! let url = "/1.0/TEST_API0000000000/GetImportPublicKey/ef7c8caed801136f";
//! let (parts, ()) = http::Request::get(url).body(())?.into_parts();
//! let Ok(call) = dialect.parse(&dialect.listeners()[0], &parts, &Bytes::new()) else {
//!     panic!("the request is well-formed");
//! };
//! assert!(matches!(call.op, Op::ImportKeys));
//!
//! let answer = dialect.render(&call.reply, Err(ErrorKind::Busy.into()));
//! assert_eq!(answer.status(), 200);
//! assert!(answer.body().starts_with(br#"{"function":"GetImportPublicKey","result":[],"#));
//! # Ok::<(), http::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod aws_payment;
pub mod encedo_hem;
pub mod enigma_bridge;
mod json;
mod node;
mod request_id;
pub mod stream;
mod time;
pub mod vault;

use arrayvec::ArrayVec;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response};
use typex_core::key::KeyName;
use typex_core::op::{Op, Output};
use typex_core::principal::Credential;
use typex_core::{Error, ErrorKind, UnixMs};

/// Every dialect that is served.
pub static DIALECTS: &[&dyn Dialect] = &[
    &enigma_bridge::EnigmaBridge,
    &encedo_hem::EncedoHem,
    &aws_payment::AwsPayment,
    &vault::Vault,
    &stream::Stream,
];

/// One foreign API.
pub trait Dialect: Sync {
    /// Its name in the configuration, in metrics and in the audit log.
    fn name(&self) -> &'static str;

    /// The ports it wants.
    fn listeners(&self) -> &'static [Listener];

    /// Reads an HTTP request.
    ///
    /// # Errors
    /// The answer itself, where no gateway is needed for it: a request that cannot be
    /// understood, a browser's preflight.
    #[expect(clippy::result_large_err, reason = "a Call is larger than any answer")]
    fn parse(
        &self,
        listener: &'static Listener,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Call, Response<Bytes>>;

    /// Reads a request that came as one JSON object on a plain connection.
    ///
    /// # Errors
    /// The answer itself, without a newline.
    fn parse_line(&self, listener: &'static Listener, line: &Bytes) -> Result<Call, Bytes>;

    /// Writes the answer to a call that came by HTTP.
    fn render(&self, reply: &Reply, result: Result<Output, Error>) -> Response<Bytes> {
        self.render_into(HeaderMap::new(), reply, result)
    }

    /// The same, with a map whose memory may be used again; its fields are dropped. The map of the
    /// request will do, and saves the only allocations of an answer beside its body.
    fn render_into(
        &self,
        spare: HeaderMap,
        reply: &Reply,
        result: Result<Output, Error>,
    ) -> Response<Bytes>;

    /// Writes the answer to a call that came as a line; without a newline.
    fn render_line(&self, reply: &Reply, result: Result<Output, Error>) -> Bytes;

    /// Whether the body of a request is frames of the stream protocol, in place of a [`Call`].
    fn has_frames(&self, _listener: &'static Listener, _parts: &Parts) -> bool {
        false
    }

    /// Longest body of a request that may be longer than those of others.
    fn body_bytes(&self, _listener: &'static Listener, _parts: &Parts) -> Option<usize> {
        None
    }

    /// The answer to a request that the transport refuses; `parts` if its head was read.
    fn refuse(
        &self,
        listener: &'static Listener,
        parts: Option<&Parts>,
        kind: ErrorKind,
    ) -> Response<Bytes>;

    /// The same for a line; without a newline.
    fn refuse_line(&self, listener: &'static Listener, kind: ErrorKind) -> Bytes;
}

/// A port of a dialect.
#[derive(Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its name in the configuration; unique within the dialect.
    pub name: &'static str,
    /// The port that the dialect's clients expect.
    pub default_port: u16,
    /// What is spoken there.
    pub kind: Kind,
    /// Whether the dialect itself tells clients without TLS what it serves them, wherever they
    /// are; otherwise those from elsewhere are not let in.
    pub guards_plaintext: bool,
}

impl Listener {
    /// One whose clients without TLS are let in on this machine only, unless the operator wants
    /// otherwise.
    pub const fn new(name: &'static str, default_port: u16, kind: Kind) -> Self {
        Self { name, default_port, kind, guards_plaintext: false }
    }
}

/// What is spoken on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTTP in any version.
    Http,
    /// One JSON object per TCP connection, one back, then the connection closes.
    JsonLines,
    /// HTTP in any version, and frames of the stream protocol on QUIC.
    Frames,
}

/// A request, understood.
pub struct Call {
    /// What is asked for.
    pub op: Op,
    /// Who may be asking, with which key.
    pub candidates: Candidates,
    /// What the answer must repeat.
    pub reply: Reply,
}

/// One way to read who sent a request.
pub struct Candidate {
    /// What was presented.
    pub credential: Credential,
    /// The key that is named, if one is.
    pub key: Option<KeyName>,
}

/// One or two ways to read who sent a request, likelier first: where a credential and a key name
/// share one text, only the known credentials tell where it is cut.
pub struct Candidates(ArrayVec<Candidate, 2>);

impl Candidates {
    /// The only reading.
    pub fn one(candidate: Candidate) -> Self {
        Self(ArrayVec::from_iter([candidate]))
    }

    /// All readings, 1 or 2; `None` if there are none.
    pub fn new(candidates: ArrayVec<Candidate, 2>) -> Option<Self> {
        (!candidates.is_empty()).then_some(Self(candidates))
    }

    /// At least one, at most two.
    pub fn as_slice(&self) -> &[Candidate] {
        &self.0
    }
}

/// What an answer must repeat of its request.
pub struct Reply(pub(crate) Form);

pub(crate) enum Form {
    Object(enigma_bridge::Reply),
    Registration(enigma_bridge::registration::Reply),
    Instance(encedo_hem::Reply),
    Payment(aws_payment::Reply),
    Transform(vault::Reply),
}

impl Reply {
    pub(crate) fn registration(reply: enigma_bridge::registration::Reply) -> Self {
        Self(Form::Registration(reply))
    }

    /// Tells which of the [`Candidates`] proved right; needed before rendering where there were
    /// two.
    pub fn choose(&mut self, index: usize) {
        match &mut self.0 {
            Form::Object(reply) => reply.choose(index),
            Form::Registration(_) | Form::Instance(_) | Form::Payment(_) | Form::Transform(_) => {}
        }
    }

    /// Tells when the request came; some answers show it, as 0 if it was never told.
    pub fn received(&mut self, now: UnixMs) {
        match &mut self.0 {
            Form::Object(_) | Form::Instance(_) | Form::Payment(_) | Form::Transform(_) => {}
            Form::Registration(reply) => reply.received(now),
        }
    }

    /// Tells that the page that the request came from may read the answer. Dialects that permit
    /// every page do not need it.
    pub fn permit_origin(&mut self) {
        match &mut self.0 {
            Form::Object(_) | Form::Registration(_) | Form::Payment(_) | Form::Transform(_) => {}
            Form::Instance(reply) => reply.permit_origin(),
        }
    }

    /// Tells that browsers shall use nothing but TLS from now on; for answers over TLS.
    pub fn demand_tls(&mut self) {
        match &mut self.0 {
            Form::Object(_) | Form::Registration(_) | Form::Payment(_) | Form::Transform(_) => {}
            Form::Instance(reply) => reply.demand_tls(),
        }
    }
}
