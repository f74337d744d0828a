//! Authenticators: pairing, and logins that they approve.

use proptest::prelude::*;

use super::super::ejwt::Ejwt;
use super::super::json::{Object, Writer};
use super::super::seal::{exchange_key, seal, unseal};
use super::super::{
    AgreementKey, Answer, Claims, Event, InstanceRecord, LoginWish, Paired, Pairing, Role, Session,
    ask_for_login, begin_pairing, login_by_peer, mac, pair, prove,
};
use super::{
    NOW, NOW_S, UNAUTHENTICATED, VALUE, after, base64, claims_of, key, owned, peer, peer_key,
    sealed, session, settings,
};
use crate::error::ErrorKind;
use crate::id::KeyId;
use crate::limits::INSTANCE_PEERS_MAX;
use crate::op::manage::Manage;
use crate::secret::Secret;
use crate::time::UnixMs;

const PID: [u8; 32] = [0x66; 32];

fn request(record: &InstanceRecord, session: &Session, epk: &AgreementKey) -> String {
    match begin_pairing(&epk.public(), record, session, [3; 12], NOW) {
        Ok(Answer::PairRequest { request, eid }) => {
            assert_eq!(eid, record.identity.eid.public());
            request
        }
        _ => panic!("a request"),
    }
}

fn nonce_of(request: &str, ours: &AgreementKey) -> [u8; 32] {
    let request = Ejwt::parse(request).expect("a token");
    request.verify(ours).expect("it is for us");
    request.nonce().expect("a nonce")
}

fn reply(authenticator: &AgreementKey, eid: &[u8; 32], jti: &[u8; 32], label: &str) -> String {
    let claims = Writer::new()
        .bytes("jti", jti)
        .bytes("iss", &authenticator.public())
        .text("label", label)
        .bytes("epk", &key(21).public());
    sealed(authenticator, eid, claims)
}

fn pair_with(
    record: &InstanceRecord,
    session: &mut Session,
    reply: &str,
) -> Result<Paired, ErrorKind> {
    let pairing = Pairing { pid: PID, reply: reply.to_owned() };
    pair(&pairing, Role::User, record, session, NOW)
}

// spec: encedo-hem 3.6
#[test]
fn an_authenticator_is_paired_once() {
    let (record, mut session, authenticator) = (owned(), session(), key(20));
    let eid = record.identity.eid.public();
    let jti = nonce_of(&request(&record, &session, &key(22)), &key(22));
    let reply = reply(&authenticator, &eid, &jti, "phone");
    let paired = pair_with(&record, &mut session, &reply).expect("paired");
    let Manage::Import { new, public } = &paired.import else { panic!("a key is brought in") };
    assert_eq!(*public, authenticator.public());
    assert_eq!(new.attributes.label, "phone");
    assert_eq!(new.attributes.description, [b"EXTAID".as_slice(), &PID].concat());
    let Answer::Paired { key: id, code } = paired.answer else { panic!("an answer") };
    let agreed = key(21).agree(&eid).expect("keys agree");
    assert_eq!(code, mac(agreed.expose(), &[reply.as_bytes()]));
    let with = record.with_peer(&paired.peer).expect("there is room");
    assert!(with.is_peer(id) && !with.without_peer(id).is_peer(id));
    assert_eq!(paired.log.event, Event::Paired);
    let replayed = pair_with(&record, &mut session, &reply);
    assert_eq!(replayed.err(), Some(UNAUTHENTICATED));
}

#[test]
fn a_reply_must_be_to_our_request_and_of_its_form() {
    let (record, mut session, authenticator) = (owned(), session(), key(20));
    let eid = record.identity.eid.public();
    let jti = nonce_of(&request(&record, &session, &key(22)), &key(22));
    for (reply, kind) in [
        (reply(&authenticator, &eid, &[1; 32], "phone"), UNAUTHENTICATED),
        (reply(&authenticator, &key(23).public(), &jti, "phone"), UNAUTHENTICATED),
        (reply(&authenticator, &eid, &jti, ""), VALUE),
        (reply(&authenticator, &eid, &jti, "naïve"), VALUE),
        (reply(&authenticator, &eid, &jti, &"l".repeat(33)), VALUE),
        ("x".to_owned(), UNAUTHENTICATED),
    ] {
        assert_eq!(pair_with(&record, &mut session, &reply).err(), Some(kind), "{reply}");
    }
    let zero = begin_pairing(&[0; 32], &record, &session, [0; 12], NOW);
    assert_eq!(zero.err(), Some(VALUE));
}

#[test]
fn eight_authenticators_can_be_paired() {
    let (mut record, mut session) = (owned(), session());
    record.owner.as_mut().expect("an owner").peers.clear();
    let eid = record.identity.eid.public();
    for at in 0..=INSTANCE_PEERS_MAX {
        let seed = [at as u8; 12];
        let jti = session.nonces.issue(super::super::Purpose::Pairing, seed, NOW_S);
        let reply = reply(&key(100 + at as u8), &eid, &jti, &format!("phone {at}"));
        let paired = pair_with(&record, &mut session, &reply);
        assert_eq!(paired.as_ref().err().copied(), (at == 8).then_some(ErrorKind::Quota));
        if let Ok(paired) = paired {
            record = record.with_peer(&paired.peer).expect("there is room");
        }
    }
    let jti = session.nonces.issue(super::super::Purpose::Pairing, [99; 12], NOW_S);
    let again = reply(&key(100), &eid, &jti, "again");
    assert_eq!(pair_with(&record, &mut session, &again).err(), Some(ErrorKind::KeyExists));
}

// spec: encedo-hem 3.6
#[test]
fn the_instance_proves_itself() {
    let (record, session) = (owned(), session());
    let Ok(Answer::Proof { nonce, mac: tag, eid }) =
        prove(&key(22).public(), &record, &session, [1; 12], NOW)
    else {
        panic!("a proof")
    };
    let agreed = key(22).agree(&eid).expect("keys agree");
    assert_eq!(tag, mac(agreed.expose(), &[&nonce]));
}

fn ask(record: &InstanceRecord, session: &Session, scope: &str, label: Option<&str>) -> Object {
    let wish = LoginWish {
        epk: key(22).public(),
        scope: scope.to_owned(),
        ctx: Some("c".repeat(65)),
        note: Some("note".to_owned()),
    };
    match ask_for_login(&wish, label, record, session, [4; 12], NOW) {
        Ok(Answer::LoginRequest { request, .. }) => {
            let request = Ejwt::parse(&request).expect("a token");
            request.verify(&key(22)).expect("it is for us");
            request.claims().clone()
        }
        _ => panic!("a request"),
    }
}

fn opened(record: &InstanceRecord, claims: &Object) -> String {
    let jti: [u8; 32] = claims.array("jti").expect("a nonce");
    let eid = record.identity.eid.public();
    let key = exchange_key(&peer_key(), &eid, &jti).expect("keys agree");
    let scopes = claims.object("scope").expect("an object");
    let entry = scopes.need_text(&base64(&peer().pid)).expect("an entry").to_owned();
    unseal(&key, &entry).expect("it opens")
}

// spec: encedo-hem 3.7
#[test]
fn a_request_tells_authenticators_alone_what_is_asked() {
    let (record, session) = (owned(), session());
    let claims = ask(&record, &session, "keymgmt:list", None);
    assert_eq!(opened(&record, &claims), "keymgmt:list");
    assert_eq!(claims.number("exp"), Ok(Some(NOW_S + 3600)));
    assert_eq!(claims.text("ctx"), Ok(None), "too long");
    assert_eq!(claims.text("note"), Ok(Some("note")));
    let scope = format!("keymgmt:use:{}", KeyId([0xab; 16]));
    let claims = ask(&record, &session, &scope, Some("my key"));
    let note = base64(br#"{"t":"0","l":"my key"}"#);
    assert_eq!(opened(&record, &claims), format!("{scope}#{note}"));
    assert_eq!(claims.number("exp"), Ok(Some(NOW_S + 900)));
    let unknown = ask(&record, &session, &scope, None);
    assert_eq!(opened(&record, &unknown), scope);
    let mut without = record.clone();
    without.owner.as_mut().expect("an owner").peers.clear();
    assert!(ask(&without, &session, "a", None).object("scope").is_some());
}

/// What an authenticator's reply is made of; each test spoils one thing.
struct Approval {
    authenticator: AgreementKey,
    jti: [u8; 32],
    pid: [u8; 32],
    scope: String,
    exp: Option<u64>,
}

impl Approval {
    fn of(record: &InstanceRecord, session: &Session, scope: &str) -> Self {
        let claims = ask(record, session, "anything", None);
        let jti = claims.array("jti").expect("a nonce");
        let eid = record.identity.eid.public();
        let key = exchange_key(&peer_key(), &eid, &jti).expect("keys agree");
        let scope = seal(&key, scope);
        Self { authenticator: peer_key(), jti, pid: peer().pid, scope, exp: Some(NOW_S + 600) }
    }

    fn text(&self, record: &InstanceRecord) -> String {
        let claims = Writer::new()
            .bytes("jti", &self.jti)
            .bytes("pid", &self.pid)
            .bytes("iss", &self.authenticator.public())
            .text("scope", &self.scope)
            .text("ctx", "context");
        let claims = match self.exp {
            Some(exp) => claims.number("exp", exp),
            None => claims,
        };
        sealed(&self.authenticator, &record.identity.eid.public(), claims)
    }

    fn send(
        &self,
        record: &InstanceRecord,
        session: &mut Session,
        now: UnixMs,
    ) -> Result<Claims, ErrorKind> {
        let text = self.text(record);
        let issued = login_by_peer(&text, &settings(), record, session, [5; 12], now)?;
        assert_eq!(issued.log.event, Event::PeerLogin);
        Ok(claims_of(session, issued.token.expose()))
    }
}

// spec: encedo-hem 3.7
#[test]
fn an_approval_gives_a_token_once() {
    let (record, mut session) = (owned(), session());
    let approval = Approval::of(&record, &session, "keymgmt:gen#note");
    let claims = approval.send(&record, &mut session, NOW).expect("a token");
    assert_eq!(claims.role, Role::Peer(peer().key));
    assert_eq!(claims.scope, "keymgmt:gen", "what was approved, not what was asked");
    assert_eq!((claims.exp, claims.ctx.as_deref()), (NOW_S + 600, Some("context")));
    assert_eq!(approval.send(&record, &mut session, NOW), Err(UNAUTHENTICATED));
}

#[test]
fn an_approval_ends_as_the_authenticator_says() {
    let (record, mut session) = (owned(), session());
    for (exp, expected) in [
        (Some(0), Ok(NOW_S + 28_800)),
        (None, Ok(NOW_S + 28_800)),
        (Some(NOW_S - 1), Err(UNAUTHENTICATED)),
    ] {
        let mut session = super::session();
        let approval = Approval { exp, ..Approval::of(&record, &session, "a") };
        let sent = approval.send(&record, &mut session, NOW).map(|claims| claims.exp);
        assert_eq!(sent, expected);
    }
    let late = Approval { exp: Some(NOW_S + 9000), ..Approval::of(&record, &session, "a") };
    assert_eq!(late.send(&record, &mut session, after(3601)), Err(UNAUTHENTICATED));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (record, mut session) = (owned(), session());
    let approval = || Approval::of(&record, &super::session(), "a");
    let verify = ErrorKind::VerifyFailed;
    let foreign = Approval { authenticator: key(30), ..approval() };
    assert_eq!(foreign.send(&record, &mut session, NOW), Err(verify));
    let other_pid = Approval { pid: [0; 32], ..approval() };
    assert_eq!(other_pid.send(&record, &mut session, NOW), Err(verify));
    let scheme = Approval { scope: approval().scope.replacen('A', "B", 1), ..approval() };
    assert_eq!(scheme.send(&record, &mut session, NOW), Err(verify));
    let other_jti = Approval { jti: [0; 32], ..approval() };
    assert_eq!(other_jti.send(&record, &mut session, NOW), Err(UNAUTHENTICATED));
    let gone = record.without_peer(peer().key);
    assert_eq!(approval().send(&gone, &mut session, NOW), Err(verify));
    assert!(approval().send(&record, &mut session, NOW).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn sealed_texts_open_and_altered_ones_do_not(text: String, at: usize, any: String) {
        let key = Secret::new([7; 32]);
        let sealed = seal(&key, &text);
        prop_assert_eq!(unseal(&key, &sealed), Some(text));
        let mut bytes = sealed.into_bytes();
        let at = at % bytes.len();
        bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
        let altered = String::from_utf8(bytes).expect("ASCII");
        prop_assert_eq!(unseal(&key, &altered), None);
        prop_assert_eq!(unseal(&key, &any), None);
    }
}
