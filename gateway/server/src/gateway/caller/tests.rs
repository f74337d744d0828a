//! Requests that are signed with an access key.

use aws_lc_rs::hmac;
use typex_core::UnixMs;
use typex_core::id::ApiKeyId;
use typex_core::op::payment::access::{AccessRules, AccessSecret, SERVICE};
use typex_core::op::payment::{MacMethod, Operation};
use typex_core::principal::Proof;
use typex_dialect::Candidate;
use typex_store::Store;

use super::*;
use crate::gateway::{Core, Rules};
use crate::stand::{Place, rules};
use crate::transport::{Role, Transport};

const PARTITION: PartitionId = PartitionId([0x0a; 16]);
const TRANSLATE: Action = Action::Payment(Operation::TranslatePin);
const MAC: Action = Action::Payment(Operation::GenerateMac(MacMethod::Cmac));
const BAD: ErrorKind = ErrorKind::Unauthenticated(Unauthenticated::Signature);
/// 2026-01-15T12:00:00Z
const LONG_AGO: u64 = 1_768_478_400_000;

/// Runs `test` on one core.
fn run(test: impl AsyncFnOnce(&Core, &Store)) {
    let place = Place::new(UnixMs(1));
    place.serve(Rules { strict_audit: true, ..rules() }, async |core| {
        test(&core, &core.inner().gateway.store).await;
    });
}

fn access_key(state: AccessState, names: &[&str]) -> AccessKeyRecord {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    AccessKeyRecord {
        id: AccessKeyId::of_random([7; 16]),
        api_key: ApiKeyId([8; 16]),
        partition: PARTITION,
        name: "a shop".to_owned(),
        secret: AccessSecret::of_random(&Secret::new([9; 30])),
        state,
        rules: AccessRules::new(Some(names), Some([KeyId([1; 16])].into())).expect("known names"),
        created: UnixMs(1),
    }
}

async fn put(core: &Core, store: &Store, key: AccessKeyRecord) {
    store.write(move |tx| tx.put(&key)).await.expect("a healthy store");
    core.inner().gateway.revocations.raise();
}

/// A request signed with the secret of `key` at a time of the day that the clock shows.
fn signed(key: &AccessKeyRecord, at: UnixMs) -> Signed {
    let day = day(at);
    let scope = [day.as_str(), "eu-north-1", SERVICE].map(str::to_owned);
    let to_sign = b"AWS4-HMAC-SHA256\nof some request".to_vec();
    let first = [&b"AWS4"[..], key.secret.expose()].concat();
    let parts = scope.iter().map(String::as_bytes).chain([&b"aws4_request"[..], &to_sign]);
    let signature = parts.fold(first, |key, part| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part).as_ref().to_vec()
    });
    let signature = signature.try_into().expect("32 bytes");
    Signed { access_key: key.id.to_string(), scope, at, to_sign, signature }
}

/// By counting days, which has nothing in common with what is tested.
fn day(at: UnixMs) -> String {
    let (mut year, mut left) = (1970, at.0 / 86_400_000);
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < days {
            break;
        }
        left -= days;
        month += 1;
    }
    format!("{year:04}{month:02}{:02}", left + 1)
}

async fn ask(core: &Core, signed: Signed, action: Action) -> Result<Caller, ErrorKind> {
    let (role, transport) = (Role(0), Transport::H1);
    let peer = Peer { address: ([192, 0, 2, 1], 4000).into(), role, transport, secure: true };
    let credential = Credential::Signature(Box::new(signed));
    let candidates = Candidates::one(Candidate { credential, key: None });
    let found = core.inner().authenticate(&peer, action, &candidates).await;
    found.map(|(_, caller)| caller).map_err(|error| error.kind)
}

#[test]
fn whoever_signs_is_the_access_key_with_its_rules() {
    run(async |core, store| {
        let key = access_key(AccessState::Enabled, &["translate_pin"]);
        let now = system_clock();
        assert_eq!(ask(core, signed(&key, now), TRANSLATE).await.err(), Some(BAD), "none yet");
        put(core, store, key.clone()).await;
        for round in 0..2 {
            let caller = ask(core, signed(&key, now), TRANSLATE).await.expect("it is signed");
            let principal = &caller.principal;
            assert_eq!((principal.partition, principal.proof), (PARTITION, Proof::Signature));
            assert_eq!(principal.api_key, Some(key.api_key), "round {round}");
            assert_eq!(caller.check_keys([KeyId([1; 16])]), Ok(()));
            let other = caller.check_keys([KeyId([1; 16]), KeyId([2; 16])]);
            assert_eq!(other, Err(ErrorKind::Forbidden));
        }
        for action in [MAC, Action::ProcessData, Action::ImportKeys] {
            let refused = ask(core, signed(&key, now), action).await.err();
            assert_eq!(refused, Some(ErrorKind::Forbidden), "{action:?}");
        }
    });
}

#[test]
fn unknown_disabled_deleted_and_wrong_are_one_answer() {
    run(async |core, store| {
        let key = access_key(AccessState::Enabled, &["translate_pin"]);
        let now = system_clock();
        put(core, store, key.clone()).await;
        assert!(ask(core, signed(&key, now), TRANSLATE).await.is_ok());
        let mut wrong = signed(&key, now);
        wrong.signature[31] ^= 1;
        assert_eq!(ask(core, wrong, TRANSLATE).await.err(), Some(BAD));
        for name in ["AKIAAAAAAAAAAAAAAAAA", "nobody", ""] {
            let unknown = Signed { access_key: name.to_owned(), ..signed(&key, now) };
            assert_eq!(ask(core, unknown, TRANSLATE).await.err(), Some(BAD), "{name}");
        }
        put(core, store, access_key(AccessState::Disabled, &["translate_pin"])).await;
        assert_eq!(ask(core, signed(&key, now), TRANSLATE).await.err(), Some(BAD), "disabled");
        put(core, store, key.clone()).await;
        assert!(ask(core, signed(&key, now), TRANSLATE).await.is_ok(), "enabled again");
        let id = *key.id.as_bytes();
        let deleted =
            store.write(move |tx| tx.delete::<AccessKeyRecord>(PartitionId::SERVICE, &id));
        assert!(deleted.await.expect("a healthy store"));
        core.inner().gateway.revocations.raise();
        assert_eq!(ask(core, signed(&key, now), TRANSLATE).await.err(), Some(BAD), "deleted");
    });
}

#[test]
fn late_requests_are_told_so_whoever_signed_them() {
    run(async |core, store| {
        let key = access_key(AccessState::Enabled, &["translate_pin"]);
        let late = Some(ErrorKind::Unauthenticated(Unauthenticated::SignatureTime));
        let old = || signed(&key, UnixMs(LONG_AGO));
        assert_eq!(ask(core, old(), TRANSLATE).await.err(), late);
        put(core, store, key.clone()).await;
        assert_eq!(ask(core, old(), TRANSLATE).await.err(), late);
        assert_eq!(day(UnixMs(LONG_AGO)), "20260115");
    });
}
