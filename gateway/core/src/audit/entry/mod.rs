//! What one entry of the log says.
//!
//! No type here holds bytes of a request, nor a text that could be a card number: what must not be
//! logged does not fit in.
//! Every entry has exactly one text form, so equal entries have equal hashes.

mod detail;
mod read;
mod show;
#[cfg(test)]
pub(super) mod tests;

pub use detail::{Detail, TokenDetail};
pub use read::{UnknownVerb, parse_result};

use std::borrow::Cow;
use std::io::Write;
use std::net::IpAddr;

use super::{code, text};
use crate::error::ErrorKind;
use crate::id::KeyId;
use crate::limits;
use crate::op::Action;
use crate::op::user_auth::InnerStatus;
use crate::principal::{Principal, Proof};
use crate::time::UnixMs;

/// Something that was about to happen or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, by the gateway's clock. Times after the year 9999 are written as its end.
    pub time: UnixMs,
    /// Who, and in whose name.
    pub principal: Principal,
    /// From which address, where there is one.
    pub peer: Option<IpAddr>,
    /// What.
    pub verb: Verb,
    /// With which version of which key.
    pub key: Option<(KeyId, u32)>,
    /// The request's path with every variable part replaced by its name.
    pub path: Option<Template>,
    /// Before or after, and how it went.
    pub phase: Phase,
    /// The one thing more that is worth knowing.
    pub detail: Detail,
}

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// A request.
    Request(Action),
    /// A request that was refused before it was understood.
    Unknown,
    /// Something at the gateway's own machine.
    Operator(Operator),
}

macro_rules! operator {
    ($($(#[$doc:meta])* $verb:ident => $name:literal,)*) => {
        /// What happens at the gateway's own machine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operator {
            $($(#[$doc])* $verb,)*
        }

        impl Operator {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$verb,)*];

            /// Name in the log, after `operator.`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$verb => $name,)*
                }
            }
        }
    };
}

operator! {
    /// The gateway began to serve.
    Start => "start",
    /// It stopped in good order.
    Stop => "stop",
    /// The store was unlocked.
    Open => "open",
    /// A backup was written.
    Backup => "backup",
    /// The store came from a backup.
    Restore => "restore",
    /// Certificates were read again.
    CertificateReload => "certificate_reload",
    /// Entries were lost before they reached the log; the detail counts them.
    LogGap => "log_gap",
    /// Bytes that a crash had left unfinished were cut off; the detail counts them.
    LogRecovered => "log_recovered",
    /// A key was suspended.
    KeySuspend => "key_suspend",
    /// A suspended key was made usable again.
    KeyResume => "key_resume",
    /// A key was destroyed.
    KeyDestroy => "key_destroy",
    /// A client was added.
    ClientAdd => "client_add",
    /// A registration was confirmed.
    ClientConfirm => "client_confirm",
    /// A client was revoked.
    ClientRevoke => "client_revoke",
    /// The card's self-test was run.
    CardSelftest => "card_selftest",
    /// The card was reset.
    CardReset => "card_reset",
    /// An instance was added.
    HemAdd => "hem_add",
    /// An instance was removed with all it held.
    HemRemove => "hem_remove",
    /// An instance that was shut down serves again.
    HemStart => "hem_start",
    /// An access key was made.
    AccessKeyAdd => "access_key_add",
    /// An access key works again.
    AccessKeyEnable => "access_key_enable",
    /// An access key works no more.
    AccessKeyDisable => "access_key_disable",
    /// An access key was deleted.
    AccessKeyDelete => "access_key_delete",
    /// A pair of payment keys was granted.
    PairGrant => "pair_grant",
    /// A custodian approved a pair.
    PairApprove => "pair_approve",
    /// A pair was taken back.
    PairRevoke => "pair_revoke",
    /// A payment key got other attributes of its own.
    KeyOwn => "key_own",
    /// Custodians began to bring in a key.
    ComponentsBegin => "components_begin",
    /// A custodian brought a component.
    ComponentAdd => "component_add",
    /// The components are a key.
    ComponentsFinish => "components_finish",
    /// The components were given up, or their time was over.
    ComponentsAbort => "components_abort",
    /// A caller got other rights to tokens.
    TokenRights => "token_rights",
    /// Tokens whose time was over were removed; the detail counts them.
    TokenSweep => "token_sweep",
}

/// How far a matter had come when its entry was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// About to be tried. Durable before the attempt.
    Intent,
    /// What became of an intent.
    Outcome {
        /// The number of the intent's entry.
        intent: u64,
        /// How it went.
        result: Result<(), ErrorKind>,
    },
    /// Tried and over, in one entry.
    Single {
        /// How it went.
        result: Result<(), ErrorKind>,
    },
}

impl Phase {
    /// How it went; `None` for an intent.
    pub fn result(self) -> Option<Result<(), ErrorKind>> {
        match self {
            Self::Intent => None,
            Self::Outcome { result, .. } | Self::Single { result } => Some(result),
        }
    }
}

/// A path whose variable parts are replaced by names: what a request put there is not in it.
///
/// ```
/// use typex_core::audit::Template;
/// const PATH: Template = Template::new("/1.0/{handle}/{function}/{nonce}");
/// assert_eq!(PATH.as_str(), "/1.0/{handle}/{function}/{nonce}");
/// ```
///
/// ```compile_fail
/// const PATH: typex_core::audit::Template = typex_core::audit::Template::new("/\"");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Cow<'static, str>);

impl Template {
    /// A template from the program's text, to be made as a `const`.
    ///
    /// # Panics
    /// When the text is longer than [`limits::AUDIT_TEMPLATE_CHARS_MAX`] or has a character other
    /// than ASCII letters, digits and `/._-{}:`. In a `const` that is a compile error.
    pub const fn new(text: &'static str) -> Self {
        assert!(is_template(text.as_bytes()), "not a path template");
        Self(Cow::Borrowed(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_template(text: &[u8]) -> bool {
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        if !matches!(byte, b'/' | b'.' | b'_' | b'-' | b'{' | b'}' | b':')
            && !byte.is_ascii_alphanumeric()
        {
            return false;
        }
        at += 1;
    }
    text.len() <= limits::AUDIT_TEMPLATE_CHARS_MAX
}

/// An entry and its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Counts from 0 without gaps, over all segments.
    pub seq: u64,
    /// The entry.
    pub entry: Entry,
}

impl Entry {
    /// Whether something was refused or failed, or an end user did not prove who it is.
    pub fn is_failure(&self) -> bool {
        let unproven =
            matches!(self.detail, Detail::UserAuth(status) if status != InnerStatus::Success);
        unproven || matches!(self.phase.result(), Some(Err(_)))
    }

    /// Appends the body of this entry's line. Allocates only when `out` must grow.
    pub fn write(&self, seq: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"seq\":");
        text::number(out, seq);
        out.extend_from_slice(b",\"time\":\"");
        text::time(out, self.time);
        out.push(b'"');
        self.write_who(out);
        self.write_what(out);
        self.write_how(out);
    }

    fn write_who(&self, out: &mut Vec<u8>) {
        text::hex_member(out, "partition", &self.principal.partition.0);
        if let Some(client) = self.principal.client {
            text::hex_member(out, "client", &client.0);
        }
        if let Some(api_key) = self.principal.api_key {
            text::hex_member(out, "api_key", &api_key.0);
        }
        text::text_member(out, "proof", proof_name(self.principal.proof));
        if let Some(peer) = self.peer {
            text::text_member(out, "peer", "");
            out.pop();
            write!(out, "{peer}\"").expect("writing to memory does not fail");
        }
    }

    fn write_what(&self, out: &mut Vec<u8>) {
        match self.verb {
            Verb::Request(action) => text::text_member(out, "action", action.name()),
            Verb::Unknown => text::text_member(out, "action", "unknown"),
            Verb::Operator(verb) => text::text_member(out, "operator", verb.name()),
        }
        if let Some((key, version)) = self.key {
            text::hex_member(out, "key", &key.0);
            text::number_member(out, "version", u64::from(version));
        }
        if let Some(path) = &self.path {
            text::text_member(out, "path", path.as_str());
        }
    }

    fn write_how(&self, out: &mut Vec<u8>) {
        match self.phase {
            Phase::Intent => text::text_member(out, "phase", "intent"),
            Phase::Outcome { intent, result } => {
                text::number_member(out, "intent", intent);
                text::text_member(out, "result", result_name(result));
            }
            Phase::Single { result } => text::text_member(out, "result", result_name(result)),
        }
        self.detail.write(out);
    }
}

fn proof_name(proof: Proof) -> &'static str {
    match proof {
        Proof::Anonymous => "none",
        Proof::ApiKey => "api_key",
        Proof::Password => "password",
        Proof::Token => "token",
        Proof::Signature => "signature",
        Proof::Operator => "operator",
    }
}

/// `ok`, or the name of the failure.
pub fn result_name(result: Result<(), ErrorKind>) -> &'static str {
    match result {
        Ok(()) => "ok",
        Err(kind) => code::name(kind),
    }
}
