//! What each call needs before it is looked at.
// spec: encedo-hem 3, 4, 5, 6, 7

use super::request::Call;
use super::role::Roles;
use super::scope::Scope;
use crate::op::manage::ManageKind;

/// What a call needs.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    pub(super) plain: Plain,
    pub(super) state: State,
    pub(super) entry: Entry,
}

/// Where it is served without TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    /// Everywhere.
    Anywhere,
    /// On this machine, where the operator lets it.
    Loopback,
    /// Nowhere.
    Never,
}

/// In which state of the instance it is served.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// In any.
    Any,
    /// While nothing failed.
    Sound,
    /// While nothing failed and there is an owner.
    Ready,
    /// The same with the clock set.
    Login,
    /// While there is no owner, with the clock set.
    Init,
    /// While there is no owner and no certificate from outside.
    Provision,
}

/// Whom it is served.
#[derive(Clone, Copy)]
pub(super) enum Entry {
    /// Anyone.
    Open,
    /// Holders of a token.
    Token(&'static [Scope], Roles),
    /// The same; anyone while there is no owner.
    TokenOrFresh(&'static [Scope], Roles),
    /// The same, or anyone who asks the right way where the owner lets it.
    Search(&'static [Scope], Roles),
}

const ANY_SCOPE: &[Scope] = &[Scope::Prefix("")];
const USE: &[Scope] = &[Scope::UseOfKey];
const GET_CONFIG: &[Scope] =
    &[Scope::Prefix("system:config"), Scope::Prefix("logger:get"), Scope::Prefix("auth:ext:pair")];
const CONFIG: &[Scope] = &[Scope::Prefix("system:config")];
const REBOOT: &[Scope] = &[
    Scope::Prefix("system:config"),
    Scope::Prefix("system:upgrade"),
    Scope::Prefix("system:shutdown"),
];
const SHUTDOWN: &[Scope] = &[Scope::Prefix("system:config"), Scope::Prefix("system:shutdown")];
const STORAGE: &[Scope] = &[Scope::Prefix("storage:disk")];
const PAIR: &[Scope] = &[Scope::Prefix("auth:ext:pair"), Scope::Prefix("system:config")];
const LOG: &[Scope] = &[Scope::Prefix("logger:get")];

/// The rule of a call; `None` where there is nothing to call.
pub(super) fn rule(call: &Call) -> Option<Rule> {
    use Plain::{Anywhere, Loopback, Never};
    let (plain, state, entry) = match call {
        Call::Unknown | Call::Upgrade => return None,
        Call::Preflight
        | Call::Describe
        | Call::Version
        | Call::Status
        | Call::CheckIn
        | Call::CheckedIn(_) => (Anywhere, State::Any, Entry::Open),
        Call::Manage(kind, _) => (Never, State::Ready, manage(*kind)),
        Call::Crypto { .. } => (Never, State::Ready, Entry::Token(USE, Roles::UserAndPeers)),
        call => return own(call).map(|(state, entry)| Rule { plain: Loopback, state, entry }),
    };
    Some(Rule { plain, state, entry })
}

fn own(call: &Call) -> Option<(State, Entry)> {
    Some(match call {
        Call::GetConfig => (State::Ready, Entry::Token(GET_CONFIG, Roles::All)),
        Call::SetConfig(_) => (State::Sound, Entry::TokenOrFresh(CONFIG, Roles::UserAndMaster)),
        Call::Attestation => (State::Sound, Entry::TokenOrFresh(ANY_SCOPE, Roles::All)),
        Call::Provision(_) => (State::Provision, Entry::Open),
        Call::SelfTest => (State::Any, Entry::TokenOrFresh(ANY_SCOPE, Roles::All)),
        Call::Reboot => (State::Any, Entry::TokenOrFresh(REBOOT, Roles::All)),
        Call::Shutdown => (State::Ready, Entry::Token(SHUTDOWN, Roles::All)),
        Call::Storage(_) => (State::Ready, Entry::Token(STORAGE, Roles::UserAndPeers)),
        Call::Challenge | Call::Login(_) | Call::AskForLogin(_) | Call::LoginByPeer(_) => {
            (State::Login, Entry::Open)
        }
        Call::InitChallenge | Call::Init(_) => (State::Init, Entry::Open),
        Call::BeginPairing(_) | Call::Pair(_) | Call::ProveToPeer(_) => {
            (State::Ready, Entry::Token(PAIR, Roles::User))
        }
        Call::LogKey | Call::ListLogs(_) | Call::GetLog(_) => {
            (State::Ready, Entry::Token(LOG, Roles::All))
        }
        _ => return None,
    })
}

fn manage(kind: ManageKind) -> Entry {
    const CREATE: &[Scope] = &[Scope::Prefix("keymgmt:gen")];
    const IMPORT: &[Scope] = &[Scope::Prefix("keymgmt:imp")];
    const DERIVE: &[Scope] = &[Scope::Prefix("keymgmt:derive"), Scope::Prefix("keymgmt:gen")];
    const LIST: &[Scope] = &[Scope::Prefix("keymgmt:list")];
    const UPDATE: &[Scope] = &[Scope::Prefix("keymgmt:upd")];
    const DELETE: &[Scope] = &[Scope::Prefix("keymgmt:del")];
    const GET: &[Scope] =
        &[Scope::Prefix("keymgmt:get"), Scope::Prefix("keymgmt:gen"), Scope::UseOfKey];
    const SEARCH: &[Scope] = &[
        Scope::Prefix("keymgmt:search"),
        Scope::Prefix("keymgmt:list"),
        Scope::Prefix("auth:ext:pair"),
    ];
    let scopes = match kind {
        ManageKind::Create => CREATE,
        ManageKind::Import => IMPORT,
        ManageKind::Derive => DERIVE,
        ManageKind::List => LIST,
        ManageKind::Search => return Entry::Search(SEARCH, Roles::UserAndPeers),
        ManageKind::Get => GET,
        ManageKind::Update => UPDATE,
        ManageKind::Delete => DELETE,
    };
    Entry::Token(scopes, Roles::UserAndPeers)
}
