//! The order of the checks: each test breaks several at once and expects the first.

use super::super::{
    Call, Clock, Event, InstanceRecord, Outcome, Peer, Refusal, Request, Role, Session, Settings,
    Transport, gate,
};
use super::{
    MEMBER, NOW, NOW_S, UNAUTHENTICATED, VALUE, fresh, owned, peer, session, settings, situation,
    token,
};
use crate::error::{ErrorKind, Malformed};
use crate::id::KeyId;
use crate::op::crypto::{Crypto, CryptoCall, CryptoKind};
use crate::op::manage::{Manage, ManageKind, Needle, Page};
use crate::secret::Secret;

const TLS: Transport = Transport { secure: true, loopback: false };
const PLAIN: Transport = Transport { secure: false, loopback: false };
const LOCAL: Transport = Transport { secure: false, loopback: true };
const NO_FUNCTION: ErrorKind = ErrorKind::Malformed(Malformed::Function);

struct World {
    settings: Settings,
    record: InstanceRecord,
    session: Session,
    transport: Transport,
}

impl World {
    fn new(record: InstanceRecord) -> Self {
        Self { settings: settings(), record, session: session(), transport: TLS }
    }

    fn ask(&self, bearer: Option<&str>, origin: Option<&str>, call: Call) -> Option<Refusal> {
        let origin = origin.map(str::to_owned);
        let bearer = bearer.map(|token| Secret::new(token.to_owned()));
        let request = Request { host: None, origin, bearer, call };
        let at = situation(&self.settings, &self.record, &self.session);
        gate(&request, self.transport, at, NOW).err()
    }

    fn open(&self, call: Call) -> Option<ErrorKind> {
        self.ask(None, None, call).map(|refusal| refusal.kind)
    }

    fn with(&self, role: Role, scope: &str, call: Call) -> Option<ErrorKind> {
        let token = token(&self.session, role, scope);
        self.ask(Some(&token), None, call).map(|refusal| refusal.kind)
    }
}

fn list() -> Call {
    Call::Manage(ManageKind::List, Ok(Manage::List(Page { offset: 0, count: 15 })))
}

fn get(key: KeyId) -> Call {
    Call::Manage(ManageKind::Get, Ok(Manage::Get(key)))
}

fn search(bytes: usize, at_end: bool) -> Call {
    let needle = Needle { bytes: vec![b'x'; bytes], at_start: true, at_end };
    let page = Page { offset: 0, count: 15 };
    Call::Manage(ManageKind::Search, Ok(Manage::Search { needle, page }))
}

fn agree(key: Result<KeyId, ErrorKind>, rest: Result<(), ErrorKind>) -> Call {
    let crypto = |()| {
        let call = CryptoCall::Agree { hash: None };
        Box::new(Crypto { key: KeyId([1; 16]), peer: None, call })
    };
    Call::Crypto { kind: CryptoKind::Agree, key, crypto: rest.map(crypto) }
}

// spec: encedo-hem 1.5, 8.5
#[test]
fn a_stale_token_is_refused_on_every_path_before_anything_but_the_origin() {
    let mut world = World::new(owned());
    world.transport = PLAIN;
    world.session.faults = 1;
    for call in [Call::Status, Call::Version, Call::Unknown, Call::Upgrade, list()] {
        let refusal = world.ask(Some("stale"), None, call);
        assert_eq!(refusal, Some(UNAUTHENTICATED.into()));
    }
    let refusal = world.ask(Some("stale"), Some("https://evil"), Call::Unknown);
    assert_eq!(refusal, Some(ErrorKind::OriginRefused.into()));
}

// spec: encedo-hem 1.6
#[test]
fn pages_of_other_origins_may_not_ask() {
    let mut world = World::new(owned());
    let mut kind = |list: &str, origin: &str| {
        world.record.owner.as_mut().expect("an owner").config.origin = list.to_owned();
        world.ask(None, Some(origin), Call::Version).map(|refusal| refusal.kind)
    };
    for (list, origin) in [
        ("*", "https://evil"),
        ("*", "null"),
        ("https://a.example", "https://a.example"),
        ("https://a.example", "https://A.example:443"),
        ("http://b.example, https://a.example:8443", "https://a.example:8443"),
        ("*.example.org", "http://x.y.example.org:1"),
        ("a.example", "http://a.example"),
    ] {
        assert_eq!(kind(list, origin), None, "{list} {origin}");
    }
    for (list, origin) in [
        ("", "https://a.example"),
        ("https://a.example", "http://a.example"),
        ("https://a.example", "https://a.example:8443"),
        ("https://a.example", "https://a.example.evil"),
        ("*.example.org", "https://example.org"),
        ("*.example.org", "https://evilexample.org"),
        ("https://a.example", "null"),
    ] {
        assert_eq!(kind(list, origin), Some(ErrorKind::OriginRefused), "{list} {origin}");
    }
    let fresh = World::new(fresh());
    assert_eq!(fresh.ask(None, Some("https://evil"), Call::Version), None);
}

#[test]
fn without_tls_little_is_served_from_elsewhere() {
    let mut world = World::new(owned());
    world.transport = PLAIN;
    let everywhere =
        [Call::Version, Call::Status, Call::CheckIn, Call::CheckedIn(Ok(String::new()))];
    for call in everywhere {
        assert_eq!(world.open(call), None);
    }
    let elsewhere = || [Call::Challenge, Call::Login(Ok(String::new())), Call::Reboot];
    for call in elsewhere() {
        assert_eq!(world.open(call), Some(ErrorKind::TlsRequired));
    }
    assert_eq!(world.open(Call::Unknown), Some(NO_FUNCTION));
    world.transport = LOCAL;
    assert_eq!(world.open(Call::Challenge), None);
    for call in [list(), agree(Err(VALUE), Err(VALUE))] {
        assert_eq!(world.open(call), Some(ErrorKind::TlsRequired));
    }
    world.settings.strict_tls = true;
    assert_eq!(world.open(Call::Challenge), Some(ErrorKind::TlsRequired));
}

// spec: encedo-hem 3.2, 3.4
#[test]
fn logins_need_the_clock_an_owner_and_health_in_this_order() {
    let mut world = World::new(fresh());
    world.session.clock = Clock::Unset;
    world.session.faults = 1;
    assert_eq!(world.open(Call::Challenge), Some(ErrorKind::Forbidden));
    assert_eq!(world.open(Call::InitChallenge), Some(ErrorKind::Forbidden));
    world.session.clock = Clock::Set;
    assert_eq!(world.open(Call::Challenge), Some(ErrorKind::WrongState));
    assert_eq!(world.open(Call::InitChallenge), Some(ErrorKind::WrongState));
    world.record = owned();
    assert_eq!(world.open(Call::Challenge), Some(ErrorKind::WrongState));
    assert_eq!(world.open(Call::InitChallenge), Some(ErrorKind::Unsupported));
    world.session.faults = 0;
    assert_eq!(world.open(Call::Challenge), None);
    world.session.clock = Clock::Unset;
    assert_eq!(world.open(Call::Challenge), Some(ErrorKind::Forbidden));
    assert_eq!(world.open(Call::InitChallenge), Some(ErrorKind::Forbidden));
    world.record.owner.as_mut().expect("an owner").config.trusted_ts = false;
    assert_eq!(world.open(Call::Challenge), None);
    assert_eq!(world.open(Call::InitChallenge), Some(ErrorKind::Forbidden));
}

#[test]
fn state_comes_before_the_token() {
    let mut world = World::new(owned());
    world.session.faults = 4;
    assert_eq!(world.open(list()), Some(ErrorKind::WrongState));
    assert_eq!(world.with(Role::User, "system:config", Call::Reboot), None);
    assert_eq!(world.open(Call::Reboot), Some(UNAUTHENTICATED));
    world.session.faults = 0;
    assert_eq!(world.open(list()), Some(UNAUTHENTICATED));
    world.record = fresh();
    assert_eq!(world.open(list()), Some(ErrorKind::WrongState));
    assert_eq!(world.open(Call::Shutdown), Some(ErrorKind::WrongState));
    for call in [Call::Reboot, Call::SelfTest, Call::Attestation] {
        assert_eq!(world.open(call), None, "open without an owner");
    }
}

// spec: encedo-hem 4.6
#[test]
fn provisioning_is_over_with_an_owner_or_a_certificate() {
    let unreadable = || Call::Provision(Err(MEMBER));
    let mut world = World::new(owned());
    assert_eq!(world.open(unreadable()), Some(ErrorKind::Forbidden));
    world.record = fresh();
    assert_eq!(world.open(unreadable()), Some(MEMBER));
    world.record = world.record.with_certificate(vec![1], [2; 20]);
    assert_eq!(world.open(unreadable()), Some(ErrorKind::Unsupported));
}

// spec: encedo-hem 2.5, 7.3
#[test]
fn what_a_token_does_not_open_is_logged() {
    let world = World::new(owned());
    let token = token(&world.session, Role::Master, "keymgmt:list");
    let refusal = world.ask(Some(&token), None, list()).expect("refused");
    assert_eq!(refusal.kind, ErrorKind::Forbidden);
    let log = refusal.log.expect("a line");
    assert_eq!((log.event, log.outcome), (Event::ScopeRefused, Outcome::Failed));
    assert_eq!((log.subject, log.extra), (Some(Role::Master), b"keymgmt:list".to_vec()));
}

// spec: encedo-hem 4.5, 5.5
#[test]
fn calls_not_of_their_form_are_logged_where_the_log_has_a_result_for_it() {
    let world = World::new(owned());
    let log = |scope: &str, call: Call| {
        let token = token(&world.session, Role::User, scope);
        let refusal = world.ask(Some(&token), None, call).expect("refused");
        assert_eq!(refusal.kind, MEMBER);
        refusal.log.map(|log| (log.event, log.outcome, log.subject, log.extra))
    };
    let expected = |event, outcome| Some((event, outcome, Some(Role::User), vec![]));
    let create = Call::Manage(ManageKind::Create, Err(MEMBER));
    assert_eq!(log("keymgmt:gen", create), expected(Event::KeyMade, Outcome::Malformed));
    let config = Call::SetConfig(Err(MEMBER));
    assert_eq!(log("system:config", config), expected(Event::ConfigUpdated, Outcome::Failed));
    assert_eq!(log("keymgmt:list", Call::Manage(ManageKind::List, Err(MEMBER))), None);
}

#[test]
fn scope_comes_before_members_but_after_the_key_of_an_operation() {
    let world = World::new(owned());
    let create = || Call::Manage(ManageKind::Create, Err(MEMBER));
    assert_eq!(world.with(Role::User, "logger:get", create()), Some(ErrorKind::Forbidden));
    assert_eq!(world.with(Role::User, "keymgmt:gen", create()), Some(MEMBER));
    let key = KeyId([1; 16]);
    let scope = format!("keymgmt:use:{key}");
    let unreadable = agree(Err(VALUE), Err(MEMBER));
    assert_eq!(world.with(Role::User, "logger:get", unreadable), Some(VALUE));
    let other = agree(Ok(KeyId([2; 16])), Err(MEMBER));
    assert_eq!(world.with(Role::User, &scope, other), Some(ErrorKind::Forbidden));
    assert_eq!(world.with(Role::User, &scope, agree(Ok(key), Err(MEMBER))), Some(MEMBER));
    assert_eq!(world.with(Role::User, &scope, agree(Ok(key), Ok(()))), None);
    let shouted = scope.to_uppercase().replace("KEYMGMT:USE", "keymgmt:use");
    assert_eq!(world.with(Role::User, &shouted, agree(Ok(key), Ok(()))), None);
    let longer = format!("{scope}0");
    let refused = world.with(Role::User, &longer, agree(Ok(key), Ok(())));
    assert_eq!(refused, Some(ErrorKind::Forbidden));
    assert_eq!(world.with(Role::User, &scope, get(key)), None);
    let other = world.with(Role::User, &scope, get(KeyId([2; 16])));
    assert_eq!(other, Some(ErrorKind::Forbidden));
}

// spec: encedo-hem 5.5
#[test]
fn a_search_that_knows_enough_needs_no_token() {
    let mut world = World::new(owned());
    let unreadable = || Call::Manage(ManageKind::Search, Err(MEMBER));
    assert_eq!(world.open(unreadable()), Some(MEMBER));
    assert_eq!(world.open(search(6, false)), None);
    assert_eq!(world.open(search(5, false)), Some(UNAUTHENTICATED));
    assert_eq!(world.open(search(6, true)), Some(UNAUTHENTICATED));
    assert_eq!(world.with(Role::Master, "nothing", search(6, false)), None);
    let refused = world.with(Role::User, "nothing", search(5, false));
    assert_eq!(refused, Some(ErrorKind::Forbidden));
    for scope in ["keymgmt:search", "keymgmt:list", "auth:ext:pair"] {
        assert_eq!(world.with(Role::User, scope, search(0, false)), None);
    }
    world.record.owner.as_mut().expect("an owner").config.allow_keysearch = false;
    assert_eq!(world.open(search(6, false)), Some(UNAUTHENTICATED));
}

#[test]
fn a_token_of_an_authenticator_ends_with_its_pairing() {
    let mut world = World::new(owned());
    let role = Role::Peer(peer().key);
    assert_eq!(world.with(role, "keymgmt:list", list()), None);
    world.record = world.record.without_peer(peer().key);
    assert_eq!(world.with(role, "keymgmt:list", list()), Some(UNAUTHENTICATED));
    assert_eq!(world.with(role, "keymgmt:list", Call::Status), Some(UNAUTHENTICATED));
    for (later_s, refused) in [(0, None), (1, Some(UNAUTHENTICATED))] {
        let again = Peer { paired_s: NOW_S + later_s, ..peer() };
        world.record = world.record.without_peer(peer().key).with_peer(&again).expect("room");
        assert_eq!(world.with(role, "keymgmt:list", list()), refused, "paired again");
    }
}
