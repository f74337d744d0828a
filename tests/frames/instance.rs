//! Keys of Encedo HEM instances, used with access tokens.
// spec: stream 4, 8.4

use std::time::{Duration, Instant as Clock};

use bytes::BytesMut;
use typex_client::{
    Client, ClientError, Credential, KeyName, Outcome, Record, Status, Stream, operation, scheme,
    tag,
};
use typex_wire::{Body, Open};

use super::counts::routed;
use super::service::{parameters, words};
use super::{MEDIA_TYPE, frames, is_refused, post, run};
use crate::harness::{Gateway, Instance, Object, on_card};

pub(super) const MESSAGE: &[u8] = b"amount 12.50";

/// A stream of whoever holds tokens.
pub(super) struct Holder<'g> {
    gateway: &'g Gateway,
    pub(super) instance: Instance,
    pub(super) stream: Stream,
}

impl<'g> Holder<'g> {
    pub(super) async fn new(gateway: &'g Gateway, client: &Client) -> Self {
        let instance = Instance::claim(gateway);
        Self { gateway, instance, stream: client.stream().await.expect("a stream") }
    }

    /// Opens a key with the token of that name.
    async fn try_open(&self, key: KeyName<'_>, token: &str) -> Result<u32, ClientError> {
        let token = self.instance.token(token);
        let credential = Credential::Token { token, instance: self.instance.name() };
        self.stream.open_with(credential, key).await
    }

    /// Opens a key with its own.
    pub(super) async fn open(&self, name: &str) -> u32 {
        let key = KeyName::Id(self.instance.key(name));
        self.try_open(key, name).await.expect("its own token")
    }

    pub(super) async fn ask(
        &self,
        (operation, handle): (u16, u32),
        fields: &[(u8, &[u8])],
        data: &[u8],
    ) -> Outcome {
        let parameters = parameters(fields);
        let record = Record { id: 1, operation, handle, parameters: parameters.bytes(), data };
        let answers = self.stream.batch(&[record], None).await.expect("an answer");
        answers.into_iter().next().expect("one answer")
    }

    pub(super) async fn done(&self, asked: (u16, u32), fields: &[(u8, &[u8])]) -> Vec<u8> {
        let answer = self.ask(asked, fields, MESSAGE).await;
        assert_eq!(answer.status, Status::Done, "{asked:?} {}", words(&answer));
        answer.data.to_vec()
    }

    pub(super) async fn is_answered(
        &self,
        expected: Status,
        asked: (u16, u32),
        fields: &[(u8, &[u8])],
        data: &[u8],
    ) {
        let answer = self.ask(asked, fields, data).await;
        assert_eq!(answer.status, expected, "{asked:?} {fields:?}: {}", words(&answer));
    }

    /// Asks for an HMAC until that is refused.
    async fn until_refused(&self, handle: u32) -> Status {
        let until = Clock::now() + Duration::from_secs(60);
        loop {
            let answer = self.ask((operation::HMAC, handle), &[], MESSAGE).await;
            if answer.status != Status::Done || Clock::now() > until {
                return answer.status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Parameters by their tags.
pub(super) type Fields<'a> = &'a [(u8, &'a [u8])];

const P256: [(u8, &[u8]); 1] = [(tag::SCHEME, &[scheme::ECDSA_SHA256])];
const ED25519: [(u8, &[u8]); 1] = [(tag::SCHEME, &[scheme::ED25519])];
const ML_DSA: [(u8, &[u8]); 2] = [(tag::SCHEME, &[scheme::ML_DSA]), (tag::CONTEXT, b"till 7")];

pub(super) fn with<'a>(value: &'a [u8], fields: &[(u8, &'a [u8])]) -> Vec<(u8, &'a [u8])> {
    [&[(tag::VALUE, value)], fields].concat()
}

#[test]
fn what_is_signed_is_what_the_other_dialect_signs() {
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let ways: [(&str, Fields<'_>, bool); 3] =
            [("p256", &P256, false), ("ed25519", &ED25519, true), ("mldsa", &ML_DSA, false)];
        for (name, fields, is_fixed) in ways {
            let (key, made) = (holder.open(name).await, holder.instance.made(name));
            let signed = holder.done((operation::SIGN, key), fields).await;
            assert!(!is_fixed || signed == made, "{name}");
            for signature in [&signed, &made] {
                let fields = with(signature, fields);
                assert!(holder.done((operation::VERIFY, key), &fields).await.is_empty());
                let asked = (operation::VERIFY, key);
                holder.is_answered(Status::VerifyFailed, asked, &fields, b"amount 12.51").await;
            }
        }
        let (key, made) = (holder.open("hmac").await, holder.instance.made("hmac"));
        assert_eq!(holder.done((operation::HMAC, key), &[]).await, made);
        let verify = (operation::VERIFY_HMAC, key);
        assert!(holder.done(verify, &with(&made, &[])).await.is_empty());
        let wrong = [0x5a; 32];
        holder.is_answered(Status::VerifyFailed, verify, &with(&wrong, &[]), MESSAGE).await;
        // A refusal is on disk before it is told, and what came before it too.
        let refused = holder.try_open(KeyName::Object(1), "hmac").await;
        assert!(is_refused(&refused, Status::NotFound), "{refused:?}");
        let log = gateway.typex(&["audit", "show"]).succeeds();
        for action in ["sign", "verify", "mac", "verify_mac"] {
            let told = |line: &&str| line.split_whitespace().any(|word| word == action);
            assert!(log.lines().any(|line| told(&line)), "{action} is not in {log}");
        }
    });
}

#[test]
fn tokens_open_their_key_alone() {
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let p256 = KeyName::Id(holder.instance.key("p256"));
        for (key, token, why) in [
            (p256, "hmac", Status::Forbidden),
            (p256, "list", Status::Forbidden),
            (p256, "config", Status::Forbidden),
            (KeyName::Id([0; 16]), "nothing", Status::NotFound),
            (KeyName::Object(0xee01), "p256", Status::NotFound),
            (KeyName::Text("alias/p256"), "p256", Status::NotFound),
            (KeyName::Text("domain/p256"), "p256", Status::NotFound),
        ] {
            let refused = holder.try_open(key, token).await;
            assert!(is_refused(&refused, why), "{key:?} with {token}: {refused:?}");
        }
        // An API key opens no such key.
        assert!(holder.stream.open("TEST_API", p256).await.is_err());
    });
}

#[test]
fn what_is_no_token_opens_nothing() {
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let p256 = KeyName::Id(holder.instance.key("p256"));
        let (sound, instance) = (holder.instance.token("p256"), holder.instance.name());
        let changed = format!("{}A", &sound[..sound.len() - 1]);
        let other = format!("{}B", &sound[..sound.len() - 1]);
        let changed = if changed == sound { other } else { changed };
        for token in ["", "a.b.c", "TEST_API", &changed] {
            let credential = Credential::Token { token, instance };
            let refused = holder.stream.open_with(credential, p256).await;
            assert!(is_refused(&refused, Status::Unauthenticated), "{token}: {refused:?}");
        }
        let long = "a".repeat(256);
        for (token, instance) in [(sound, &long[..]), (&"a".repeat(10_000), "")] {
            let credential = Credential::Token { token, instance };
            let refused = holder.stream.open_with(credential, p256).await;
            assert!(is_refused(&refused, Status::Unauthenticated), "{refused:?}");
        }
        // It answers to any name, in either case.
        for instance in ["", "HEM.localhost", "127.0.0.1"] {
            let credential = Credential::Token { token: sound, instance };
            holder.stream.open_with(credential, p256).await.expect("the instance");
        }
    });
}

#[test]
fn keys_do_what_they_are_for() {
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let (p256, hmac) = (holder.open("p256").await, holder.open("hmac").await);
        let aes = holder.open("aes").await;
        let object = Object::demo_a(0xee01);
        let object = holder.stream.open(object.api_key, KeyName::Object(object.id)).await;
        let object = object.expect("the demo's");
        let cases: [(Status, (u16, u32), Fields<'_>); 9] = [
            (Status::Key, (operation::HMAC, p256), &[]),
            (Status::Key, (operation::SIGN, hmac), &P256),
            (Status::Key, (operation::SIGN, aes), &P256),
            (Status::Key, (operation::HMAC, aes), &[]),
            (Status::Key, (operation::SIGN, object), &P256),
            (Status::Key, (operation::PROCESS_DATA, p256), &[]),
            (Status::Key, (operation::VALIDATE, p256), &[]),
            (Status::Malformed, (0x0307, p256), &[]),
            (Status::NotFound, (operation::SIGN, 99), &P256),
        ];
        for (expected, asked, fields) in cases {
            holder.is_answered(expected, asked, fields, MESSAGE).await;
        }
        // A scheme of another algorithm.
        holder.is_answered(Status::Key, (operation::SIGN, p256), &ED25519, MESSAGE).await;
    });
}

#[test]
fn signatures_have_a_scheme_and_a_message() {
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let sign = (operation::SIGN, holder.open("p256").await);
        let wrong: [Fields<'_>; 5] = [
            &[],
            &[(tag::SCHEME, &[0x77])],
            &[(tag::SCHEME, &[0, 0])],
            &[P256[0], (tag::CONTEXT, b"till 7")],
            &[(tag::VALUE, b"unasked"), P256[0]],
        ];
        for fields in wrong {
            holder.is_answered(Status::Malformed, sign, fields, MESSAGE).await;
        }
        let long = [7; 256];
        let long: [(u8, &[u8]); 2] = [(tag::SCHEME, &[scheme::ML_DSA]), (tag::CONTEXT, &long)];
        holder.is_answered(Status::Malformed, sign, &long, MESSAGE).await;
        holder.is_answered(Status::Malformed, sign, &P256, b"").await;
        holder.is_answered(Status::Done, sign, &P256, &[7; 2048]).await;
        holder.is_answered(Status::TooLarge, sign, &P256, &[7; 2049]).await;
    });
}

#[test]
fn keys_and_tokens_that_end_serve_open_handles_no_more() {
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let short = holder.open("short").await;
        let (p256, hmac) = (holder.open("p256").await, holder.open("hmac").await);
        let id = const_hex::encode(holder.instance.key("p256"));
        holder.gateway.typex(&["key", "suspend", &id]).succeeds();
        holder.is_answered(Status::Key, (operation::SIGN, p256), &P256, MESSAGE).await;
        let refused = holder.try_open(KeyName::Id(holder.instance.key("p256")), "p256").await;
        assert!(is_refused(&refused, Status::Key), "{refused:?}");
        holder.gateway.typex(&["key", "resume", &id]).succeeds();
        holder.is_answered(Status::Done, (operation::SIGN, p256), &P256, MESSAGE).await;
        assert_eq!(holder.until_refused(short).await, Status::Unauthenticated, "it has expired");
        let again = holder.try_open(KeyName::Id(holder.instance.key("short")), "short").await;
        assert!(is_refused(&again, Status::Unauthenticated), "{again:?}");
        holder.is_answered(Status::Done, (operation::HMAC, hmac), &[], MESSAGE).await;
        holder.instance.reboot(gateway);
        for asked in [(operation::SIGN, p256), (operation::HMAC, hmac)] {
            let fields: &[(u8, &[u8])] = if asked.1 == p256 { &P256 } else { &[] };
            holder.is_answered(Status::Unauthenticated, asked, fields, MESSAGE).await;
        }
    });
}

/// Signatures cross to a pool each for itself, HMACs with their frame.
#[test]
fn frames_of_signatures_and_macs_cross_to_the_pools() {
    if on_card() {
        return println!("SKIPPED: of software alone");
    }
    run(async |gateway, client| {
        let holder = Holder::new(gateway, client).await;
        let (p256, hmac) = (holder.open("p256").await, holder.open("hmac").await);
        let before = ["pool", "together"].map(|way| routed(gateway, way));
        let scheme = parameters(&P256);
        let asks: [(u16, u32, &[u8]); 2] =
            [(operation::SIGN, p256, scheme.bytes()), (operation::HMAC, hmac, b"")];
        for (operation, handle, parameters) in asks {
            let record = |id| Record { id, operation, handle, parameters, data: MESSAGE };
            let records: Vec<_> = (0..128).map(record).collect();
            let answers = holder.stream.batch(&records, None).await.expect("answers");
            assert!(answers.iter().all(|answer| answer.status == Status::Done));
        }
        let after = ["pool", "together"].map(|way| routed(gateway, way));
        assert_eq!([after[0] - before[0], after[1] - before[1]], [128, 128]);
    });
}

/// Without TLS a token opens nothing, as over its own dialect.
#[test]
fn tokens_are_shown_with_tls_only() {
    let gateway = Gateway::start(&[]);
    let instance = Instance::claim(&gateway);
    let (token, key) = (instance.token("p256"), KeyName::Id(instance.key("p256")));
    let credential = typex_wire::Credential::Token { token, instance: instance.name() };
    let mut body = BytesMut::new();
    Open::write(&mut body, 2, 0, credential, key).expect("short");
    let (head, answer) = post(gateway.address("frames/http"), "/typex/1", MEDIA_TYPE, &body);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let opened = frames(&answer).pop().expect("a frame").body().expect("its form");
    let Body::Opened(opened) = opened else { panic!("OPENED") };
    assert_eq!(opened.status, Status::Forbidden);
    gateway.stop();
}
