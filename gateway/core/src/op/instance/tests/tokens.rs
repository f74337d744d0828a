//! No text that was not issued is accepted, and none makes the parser panic.

use proptest::prelude::*;

use super::super::ejwt::Ejwt;
use super::super::json::Writer;
use super::super::text::{base64, base64_url, from_base64, from_base64_url};
use super::super::token::sign;
use super::super::{Claims, Role, issue_token, verify_token};
use super::{NOW_S, key, login_claims, sealed};
use crate::id::KeyId;
use crate::secret::Secret;

const KEY: [u8; 32] = [0x33; 32];

fn secret() -> Secret<[u8; 32]> {
    Secret::new(KEY)
}

fn claims(scope: &str) -> Claims {
    Claims {
        scope: scope.into(),
        role: Role::Peer(KeyId([0xfb; 16])),
        iat: NOW_S,
        exp: NOW_S + 10,
        jti: [8; 32],
        ctx: Some("a \"quoted\" text".into()),
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[A-Za-z0-9_=-]{0,40}\\.[A-Za-z0-9_=-]{0,40}\\.[A-Za-z0-9_=-]{0,44}",
        ("\\PC{0,60}", "\\PC{0,200}").prop_map(|(header, claims)| sign(
            &secret(),
            &header,
            &claims
        )),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_refused_without_panic(text in any_text()) {
        prop_assert!(verify_token(&secret(), &text, NOW_S).is_err());
        if let Ok(token) = Ejwt::parse(&text) {
            prop_assert!(token.verify(&key(1)).is_err());
        }
    }

    #[test]
    fn an_altered_token_is_refused(at in 0_usize..400, to in "[A-Za-z0-9_=.+/ -]") {
        let token = issue_token(&secret(), &claims("logger:get"));
        let at = at % token.len();
        let altered = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        prop_assert_eq!(verify_token(&secret(), &altered, NOW_S).is_ok(), altered == token);
        let inserted = format!("{}{to}{}", &token[..at], &token[at..]);
        prop_assert!(verify_token(&secret(), &inserted, NOW_S).is_err());
        prop_assert!(verify_token(&secret(), &token[..at], NOW_S).is_err());
    }

    #[test]
    fn what_was_issued_reads_back(scope in "\\PC{0,127}", ctx: Option<String>, exp: u32) {
        let exp = NOW_S + 1 + u64::from(exp);
        let claims = Claims { ctx, exp, ..claims(&scope) };
        let token = issue_token(&secret(), &claims);
        prop_assert_eq!(verify_token(&secret(), &token, NOW_S), Ok(claims));
        prop_assert!(verify_token(&Secret::new([0; 32]), &token, NOW_S).is_err());
        prop_assert!(verify_token(&secret(), &token, exp).is_err());
    }

    #[test]
    fn base64_comes_in_in_four_forms(bytes: Vec<u8>) {
        let standard = base64(&bytes);
        let url = standard.replace('+', "-").replace('/', "_");
        for text in [&standard, &url] {
            prop_assert_eq!(from_base64(text), Some(bytes.clone()));
            prop_assert_eq!(from_base64(text.trim_end_matches('=')), Some(bytes.clone()));
        }
        prop_assert_eq!(from_base64_url(&base64_url(&bytes)), Some(bytes.clone()));
        prop_assert_eq!(from_base64_url(&standard).is_some(), standard == base64_url(&bytes));
    }
}

/// The vendor's own test changes the text of a token, not its meaning.
#[test]
fn a_token_in_padded_standard_base64_is_refused() {
    let token = issue_token(&secret(), &claims("logger:get?>"));
    let padded: Vec<String> = token
        .split('.')
        .map(|segment| base64(&from_base64_url(segment).expect("a segment")))
        .collect();
    assert!(padded.iter().any(|segment| segment.ends_with('=')));
    assert!(verify_token(&secret(), &padded.join("."), NOW_S).is_err());
    assert!(verify_token(&secret(), &token, NOW_S).is_ok());
}

#[test]
fn other_headers_are_refused_even_if_signed() {
    let token = issue_token(&secret(), &claims("a"));
    let payload = from_base64_url(token.split('.').nth(1).expect("claims")).expect("base64");
    let payload = String::from_utf8(payload).expect("JSON");
    for header in [r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"typ":"JWT","alg":"none"}"#] {
        assert!(verify_token(&secret(), &sign(&secret(), header, &payload), NOW_S).is_err());
    }
    let same = sign(&secret(), r#"{"typ":"JWT","alg":"HS256"}"#, &payload);
    assert!(verify_token(&secret(), &same, NOW_S).is_ok());
}

// spec: encedo-hem 2.2
#[test]
fn headers_of_agreed_tokens_come_in_any_order_but_complete() {
    let (ours, theirs) = (key(1), key(2));
    let agreed = ours.agree(&theirs.public()).expect("keys agree");
    let claims = login_claims(&ours, &theirs.public(), &[0; 32]).finish();
    let accepted = |header: &str| {
        let token = sign(&agreed, header, &claims);
        Ejwt::parse(&token).and_then(|token| token.verify(&theirs)).is_ok()
    };
    assert!(accepted(r#"{"ecdh":"x25519","alg":"HS256","typ":"JWT"}"#));
    assert!(accepted(r#"{"alg":"HS256","typ":"JWT","ecdh":"x25519"}"#));
    assert!(!accepted(r#"{"alg":"HS256","typ":"JWT"}"#));
    assert!(!accepted(r#"{"ecdh":"x25519","typ":"JWT"}"#));
    assert!(!accepted(r#"{"ecdh":"x25519","alg":"none","typ":"JWT"}"#));
}

#[test]
fn a_key_that_agrees_on_zero_is_refused() {
    let zero = [0; 32];
    assert!(key(1).agree(&zero).is_none());
    let claims = Writer::new().bytes("iss", &zero).finish();
    let token = sign(&Secret::new(zero), r#"{"ecdh":"x25519","alg":"HS256"}"#, &claims);
    assert!(Ejwt::parse(&token).and_then(|token| token.verify(&key(1))).is_err());
}

#[test]
fn agreed_tokens_are_for_one_receiver() {
    let token = sealed(&key(1), &key(2).public(), login_claims(&key(1), &[0; 32], &[0; 32]));
    let token = Ejwt::parse(&token).expect("a token");
    assert!(token.verify(&key(2)).is_ok());
    assert!(token.verify(&key(3)).is_err());
}
