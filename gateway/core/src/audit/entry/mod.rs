//! What one entry of the log says.
//!
//! No type here holds free text or bytes of a request: what must not be logged does not fit in.
//! Every entry has exactly one text form, so equal entries have equal hashes.

mod read;
mod show;

pub use read::{UnknownVerb, parse_result};

use std::borrow::Cow;
use std::io::Write;
use std::net::IpAddr;

use super::pan::PanHash;
use super::{code, text};
use crate::error::ErrorKind;
use crate::id::{ApiKeyId, ClientId, CustodianId, KeyId};
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

/// One thing more about an entry. Nothing secret has a place here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing more.
    None,
    /// The object number given to a key.
    Object(u32),
    /// The client that the entry is about.
    Client(ClientId),
    /// How many, of what the verb says.
    Count(u64),
    /// How many bytes, of what the verb says.
    Bytes(u64),
    /// The card, as a keyed hash.
    Pan(PanHash),
    /// Whether an end user proved who it is. The request itself was carried out either way.
    UserAuth(InnerStatus),
    /// The access key that the entry is about.
    AccessKey(ApiKeyId),
    /// A pair of keys, beside the outgoing one.
    Pair {
        /// The incoming key.
        incoming: KeyId,
        /// Who approved, if that is what the entry is about.
        custodian: Option<CustodianId>,
    },
    /// A component of a key.
    Component {
        /// Who brought it.
        custodian: CustodianId,
        /// Counts from 1.
        number: u8,
        /// Its check value.
        check_value: [u8; 3],
    },
    /// Components of a key, and its check value once they are one.
    Components {
        /// How many.
        count: u8,
        /// The key's check value.
        check_value: Option<[u8; 3]>,
    },
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
        match self.detail {
            Detail::None => {}
            Detail::Object(object) => text::number_member(out, "object", u64::from(object)),
            Detail::Client(client) => text::hex_member(out, "subject", &client.0),
            Detail::Count(count) => text::number_member(out, "count", count),
            Detail::Bytes(bytes) => text::number_member(out, "bytes", bytes),
            Detail::Pan(pan) => text::hex_member(out, "pan", &pan.0),
            Detail::UserAuth(status) => text::text_member(out, "user_auth", status.name()),
            Detail::AccessKey(key) => text::hex_member(out, "access_key", &key.0),
            Detail::Pair { incoming, custodian } => {
                text::hex_member(out, "incoming", &incoming.0);
                if let Some(custodian) = custodian {
                    text::hex_member(out, "custodian", &custodian.0);
                }
            }
            Detail::Component { custodian, number, check_value } => {
                text::hex_member(out, "component_of", &custodian.0);
                text::number_member(out, "number", number.into());
                text::hex_member(out, "check_value", &check_value);
            }
            Detail::Components { count, check_value } => {
                text::number_member(out, "components", count.into());
                if let Some(check_value) = check_value {
                    text::hex_member(out, "check_value", &check_value);
                }
            }
        }
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::codec::Corrupt;
    use crate::id::PartitionId;

    const PATH: Template = Template::new("/1.0/{handle}/{function}/{nonce}/{data}");

    /// Entries that differ in every member as `pick` goes from 0 up.
    pub(crate) fn sample(pick: usize) -> Entry {
        let results = [Ok(()), Err(ErrorKind::VerifyFailed), Err(ErrorKind::Busy)];
        let result = results[pick % 3];
        let verbs = [
            Verb::Request(Action::all().nth(pick % Action::all().count()).unwrap()),
            Verb::Unknown,
            Verb::Operator(Operator::ALL[pick % Operator::ALL.len()]),
        ];
        let phases = [
            Phase::Intent,
            Phase::Outcome { intent: pick as u64, result },
            Phase::Single { result },
        ];
        let details = [
            Detail::None,
            Detail::Object(0xee01),
            Detail::Client(ClientId([4; 16])),
            Detail::Count(u64::MAX),
            Detail::Bytes(12),
            Detail::Pan(PanHash([5; 16])),
            Detail::UserAuth(InnerStatus::ALL[pick / 7 % InnerStatus::ALL.len()]),
            Detail::AccessKey(ApiKeyId([7; 16])),
            Detail::Pair {
                incoming: KeyId([8; 16]),
                custodian: pick.is_multiple_of(2).then_some(CustodianId([9; 16])),
            },
            Detail::Component { custodian: CustodianId([9; 16]), number: 9, check_value: [1; 3] },
            Detail::Components { count: 2, check_value: pick.is_multiple_of(2).then_some([2; 3]) },
        ];
        let proofs = Proof::ALL;
        let peers =
            [None, Some("127.0.0.1".parse().unwrap()), Some("2001:db8::1".parse().unwrap())];
        let optional = !pick.is_multiple_of(2);
        Entry {
            time: UnixMs(1_700_000_000_000 + pick as u64),
            principal: Principal {
                partition: PartitionId([1; 16]),
                client: optional.then_some(ClientId([2; 16])),
                api_key: pick.is_multiple_of(4).then_some(ApiKeyId([6; 16])),
                proof: proofs[pick / 2 % proofs.len()],
            },
            peer: peers[pick / 3 % 3],
            verb: verbs[pick / 5 % 3],
            key: (pick % 5 > 2).then_some((KeyId([3; 16]), u32::MAX)),
            path: optional.then_some(PATH),
            phase: phases[pick / 7 % 3],
            detail: details[pick % details.len()],
        }
    }

    fn written(entry: &Entry, seq: u64) -> String {
        let mut out = Vec::new();
        entry.write(seq, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_entry_reads_as_documented() {
        let entry = Entry {
            verb: Verb::Request(Action::ProcessData),
            principal: Principal {
                partition: PartitionId([1; 16]),
                client: None,
                api_key: Some(ApiKeyId([4; 16])),
                proof: Proof::ApiKey,
            },
            peer: None,
            key: Some((KeyId([3; 16]), 2)),
            path: Some(PATH),
            phase: Phase::Single { result: Err(ErrorKind::VerifyFailed) },
            detail: Detail::None,
            time: UnixMs(1_700_000_000_000),
        };
        let expected = format!(
            "{{\"seq\":17,\"time\":\"2023-11-14T22:13:20.000Z\",\"partition\":\"{}\",\
             \"api_key\":\"{}\",\"proof\":\"api_key\",\"action\":\"process_data\",\"key\":\"{}\",\"version\":2,\
             \"path\":\"/1.0/{{handle}}/{{function}}/{{nonce}}/{{data}}\",\
             \"result\":\"verify_failed\"",
            "01".repeat(16),
            "04".repeat(16),
            "03".repeat(16),
        );
        assert_eq!(written(&entry, 17), expected);
    }

    #[test]
    fn every_entry_round_trips_and_shows_in_one_line() {
        for pick in 0..420 {
            let logged = Logged { seq: pick as u64, entry: sample(pick) };
            let text = written(&logged.entry, logged.seq);
            assert_eq!(Logged::parse(text.as_bytes()), Ok(logged.clone()), "{text}");
            assert!(!logged.to_string().contains('\n'));
        }
    }

    #[test]
    fn a_user_that_is_not_proven_is_a_failure_of_a_request_that_is_none() {
        for status in InnerStatus::ALL {
            let mut entry = sample(1);
            entry.phase = Phase::Single { result: Ok(()) };
            entry.detail = Detail::UserAuth(status);
            assert_eq!(entry.is_failure(), status != InnerStatus::Success, "{status:?}");
            let text = written(&entry, 3);
            let end = format!("\"result\":\"ok\",\"user_auth\":\"{}\"", status.name());
            assert!(text.ends_with(&end), "{text}");
            let logged = Logged::parse(text.as_bytes()).expect("as written");
            assert_eq!(logged.entry, entry);
            assert!(logged.to_string().ends_with(&format!(" user_auth={}", status.name())));
        }
    }

    #[test]
    fn other_forms_of_the_same_entry_are_refused() {
        let text = written(&sample(3), 5);
        let bad = [
            text.replace("\"seq\":5", "\"seq\":05"),
            text.replace("\"seq\":5", "\"seq\":+5"),
            text.replace("\"seq\":5", "\"seq\": 5"),
            text.replace("\"0101", "\"A101"),
            text.replace("\"proof\":\"api_key\"", "\"proof\":\"\""),
            format!("{text},\"more\":1"),
            text.replace('{', "["),
        ];
        for other in bad {
            assert_ne!(other, text);
            assert_eq!(Logged::parse(other.as_bytes()), Err(Corrupt), "{other}");
        }
    }

    #[test]
    fn verbs_round_trip_by_name() {
        let requests = Action::all().map(Verb::Request);
        let operators = Operator::ALL.iter().copied().map(Verb::Operator);
        for verb in requests.chain(operators).chain([Verb::Unknown]) {
            assert_eq!(verb.to_string().parse(), Ok(verb));
        }
        assert_eq!("operator.unknown".parse::<Verb>(), Err(UnknownVerb));
    }
}
