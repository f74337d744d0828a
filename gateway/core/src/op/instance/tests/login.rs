//! Logins of the local user and the administrator, and how long their answers wait.

use super::super::json::Writer;
use super::super::{
    AgreementKey, Challenge, Claims, Event, InstanceRecord, Role, Session, Throttle, challenge,
    login,
};
use super::{
    MEMBER, NOW, NOW_S, UNAUTHENTICATED, VALUE, after, claims_of, fresh, key, login_claims, master,
    owned, sealed, session, settings, user,
};
use crate::error::ErrorKind;
use crate::limits::INSTANCE_LOGINS_WAITING_MAX;
use crate::time::UnixMs;

struct Client {
    record: InstanceRecord,
    session: Session,
    challenges: u8,
}

impl Client {
    fn new() -> Self {
        Self { record: owned(), session: session(), challenges: 0 }
    }

    fn challenge(&mut self) -> Challenge {
        self.challenges += 1;
        challenge(&self.record, &self.session, [self.challenges; 12], NOW).expect("an owner")
    }

    fn send(&mut self, auth: &str, now: UnixMs) -> Result<Claims, ErrorKind> {
        let settings = settings();
        let issued = login(auth, &settings, &self.record, &mut self.session, [99; 12], now)?;
        assert_eq!(issued.log.event, Event::Login);
        Ok(claims_of(&self.session, issued.token.expose()))
    }

    fn login(
        &mut self,
        ours: &AgreementKey,
        claims: impl Fn(Writer) -> Writer,
    ) -> Result<Claims, ErrorKind> {
        let challenge = self.challenge();
        let claims = claims(login_claims(ours, &challenge.spk, &challenge.jti));
        self.send(&sealed(ours, &challenge.spk, claims), NOW)
    }
}

// spec: encedo-hem 3.2
#[test]
fn a_challenge_names_the_instance_and_needs_an_owner() {
    let mut client = Client::new();
    let challenge = client.challenge();
    assert_eq!(challenge.exp, NOW_S + 60);
    assert_eq!(challenge.label, "Owner");
    assert_eq!(challenge.eid, client.record.identity.eid.public());
    assert_ne!(challenge.eid, challenge.spk);
    let none = super::super::challenge(&fresh(), &client.session, [0; 12], NOW);
    assert_eq!(none, Err(ErrorKind::WrongState));
}

// spec: encedo-hem 3.3
#[test]
fn both_owners_log_in_with_what_they_wish() {
    let mut client = Client::new();
    for (ours, role) in [(user(), Role::User), (master(), Role::Master)] {
        let claims = client.login(&ours, |claims| {
            claims.text("scope", "logger:get#for people").text("ctx", "c").number("exp", NOW_S + 60)
        });
        let claims = claims.expect("a token");
        assert_eq!((claims.role, claims.scope.as_str()), (role, "logger:get"));
        assert_eq!((claims.iat, claims.exp), (NOW_S, NOW_S + 60));
        assert_eq!(claims.ctx.as_deref(), Some("c"));
    }
}

// spec: encedo-hem 3.3
#[test]
fn a_token_ends_as_wished_within_the_limit() {
    let mut client = Client::new();
    let mut exp = |exp: Option<u64>| {
        let claims = client.login(&user(), |claims| match exp {
            Some(exp) => claims.number("exp", exp),
            None => claims,
        });
        claims.map(|claims| claims.exp)
    };
    assert_eq!(exp(None), Ok(NOW_S + 28_800));
    assert_eq!(exp(Some(NOW_S + 8 * 3600)), Ok(NOW_S + 8 * 3600));
    assert_eq!(exp(Some(u64::MAX)), Ok(NOW_S + 24 * 3600));
    assert_eq!(exp(Some(NOW_S)), Err(UNAUTHENTICATED));
    assert_eq!(exp(Some(0)), Err(UNAUTHENTICATED));
}

#[test]
fn claims_must_be_of_their_form() {
    let mut client = Client::new();
    let mut kind = |claims: &dyn Fn(Writer) -> Writer| {
        client.login(&user(), claims).map(|claims| claims.scope)
    };
    assert_eq!(kind(&|claims| claims), Ok(String::new()));
    assert_eq!(kind(&|claims| claims.text("scope", &"s".repeat(127))), Ok("s".repeat(127)));
    assert_eq!(kind(&|claims| claims.text("scope", &"s".repeat(128))), Err(VALUE));
    assert_eq!(kind(&|claims| claims.number("scope", 1)), Err(MEMBER));
    assert_eq!(kind(&|claims| claims.text("ctx", &"c".repeat(64))), Err(VALUE));
    assert_eq!(kind(&|claims| claims.text("exp", "soon")), Err(MEMBER));
}

// spec: encedo-hem 8.5
#[test]
fn a_proof_serves_once_and_not_for_long() {
    let mut client = Client::new();
    let challenge = client.challenge();
    let claims = login_claims(&user(), &challenge.spk, &challenge.jti);
    let auth = sealed(&user(), &challenge.spk, claims.number("exp", NOW_S + 600));
    assert_eq!(client.send(&auth, after(61)), Err(UNAUTHENTICATED));
    assert!(client.send(&auth, after(60)).is_ok());
    assert_eq!(client.send(&auth, after(60)), Err(UNAUTHENTICATED));
}

#[test]
fn a_wrong_key_receiver_or_nonce_is_one_answer() {
    let mut client = Client::new();
    let nobody = client.login(&key(9), |claims| claims);
    assert_eq!(nobody, Err(UNAUTHENTICATED));
    let challenge = client.challenge();
    let to_other = login_claims(&user(), &key(8).public(), &challenge.jti);
    let forged = login_claims(&user(), &challenge.spk, &challenge.jti);
    let old = login_claims(&user(), &challenge.spk, &[7; 32]);
    let cases = [
        sealed(&user(), &challenge.spk, to_other),
        sealed(&key(9), &challenge.spk, forged),
        sealed(&user(), &challenge.spk, old),
        "a.b.c".to_owned(),
        String::new(),
    ];
    for auth in cases {
        assert_eq!(client.send(&auth, NOW), Err(UNAUTHENTICATED));
    }
}

// spec: encedo-hem 3.3
#[test]
fn answers_wait_longer_after_three_failures_until_a_pause() {
    let mut throttle = Throttle::default();
    let failed = [1, 2, 3, 4, 5].map(|second| throttle.delay_ms(false, after(second)));
    assert_eq!(failed, [500, 500, 500, 1600, 1600]);
    assert_eq!(throttle.delay_ms(true, after(6)), 1600);
    assert_eq!(throttle.delay_ms(true, after(7)), 500);
    for _ in 0..4 {
        throttle.delay_ms(false, after(10));
    }
    assert_eq!(throttle.delay_ms(true, after(25)), 500);
}

#[test]
fn waiting_answers_are_bounded() {
    let mut throttle = Throttle::default();
    for _ in 0..INSTANCE_LOGINS_WAITING_MAX {
        assert_eq!(throttle.admit(NOW), Ok(()));
        throttle.delay_ms(false, NOW);
    }
    assert_eq!(throttle.admit(NOW), Err(ErrorKind::Busy));
    assert_eq!(throttle.admit(UnixMs(NOW.0 + 500)), Ok(()));
    throttle.delay_ms(false, after(1000));
    assert_eq!(throttle.admit(NOW), Ok(()), "the clock was set back");
}
