use super::*;
use crate::error::{ErrorKind, Malformed};
use crate::limits::{DOMAIN_CHALLENGE_MS, DOMAIN_RECORDS_MAX};
use crate::op::RsaPublicKey;
use crate::principal::ApiKeyText;
use proptest::prelude::*;
use std::net::IpAddr;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 99));

fn owner(number: u8) -> RsaPublicKey {
    RsaPublicKey { modulus: vec![0x80 | number; 256], exponent: vec![1, 0, 1] }
}

fn domain() -> DomainRecord {
    DomainRecord::new("host.keys.example".into(), crate::id::ApiKeyId([1; 16]), owner(1), NOW)
}

fn update(response: &str, proof: DomainProof, signed_by: u8) -> UpdateDomain {
    UpdateDomain {
        caller: Caller { api_key: Secret::new(ApiKeyText::new()), username: None },
        records: vec![],
        authentication: proof,
        response: Secret::new(response.into()),
        signature: Some(SignedText {
            text: Secret::new("signed".into()),
            content: Secret::new(format!(r#"{{"response":"{response}"}}"#).into_bytes()),
            signature: vec![signed_by],
        }),
    }
}

/// Stands for RSA: a signature is the number of the key that made it.
fn verify(key: &RsaPublicKey, signed: &SignedText) -> bool {
    *key == owner(signed.signature[0])
}

fn open(domain: &mut DomainRecord, now: UnixMs) -> String {
    let none = (Addresses::default(), false);
    domain.open(none, HERE, &[5; 16], now).expect("active").text.clone()
}

fn kind<T>(result: Result<T, crate::Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind)
}

#[test]
fn names_are_a_random_label_before_the_suffix() {
    let settings = settings().domains.expect("set");
    let name = domain_name(&settings, &[0, 1, 25, 26, 31, 32, 63, 255, 7, 8, 9, 10]);
    assert_eq!(name, "abz27a77hijk.keys.example");
}

#[test]
fn owner_keys_have_2048_to_4096_bits_and_an_odd_exponent() {
    let key = |bytes: usize, first: u8, exponent: &[u8]| {
        let mut modulus = vec![0xff; bytes];
        modulus[0] = first;
        owner_fits(&RsaPublicKey { modulus, exponent: exponent.to_vec() })
    };
    assert!(key(256, 0x80, &[1, 0, 1]) && key(512, 0xff, &[3]));
    assert!(!key(256, 0x7f, &[1, 0, 1]) && !key(513, 0x01, &[3]) && !key(257, 0, &[3]));
    assert!(!key(256, 0x80, &[]) && !key(256, 0x80, &[1]) && !key(256, 0x80, &[4]));
    assert!(!key(256, 0x80, &[1, 0, 0, 0, 1]));
    assert!(!owner_fits(&RsaPublicKey { modulus: vec![], exponent: vec![3] }));
}

#[test]
fn an_update_points_the_domain_and_its_repeat_changes_nothing() {
    let mut domain = domain();
    let challenge = open(&mut domain, NOW);
    let request = update(&challenge, DomainProof::Signature, 1);
    domain.update(&request, ELSEWHERE, NOW, verify).expect("signed by the owner");
    assert_eq!(domain.status, DomainStatus::Enabled);
    assert_eq!(domain.addresses, Addresses::of(HERE));
    let done = domain.clone();
    domain.update(&request, ELSEWHERE, UnixMs(NOW.0 + 9), verify).expect("a repeat");
    assert_eq!(domain, done);
    let mut other = update(&challenge, DomainProof::Signature, 1);
    other.records = vec![txt("_acme-challenge", None, "x")];
    assert_eq!(kind(domain.update(&other, HERE, NOW, verify)), Some(ErrorKind::VerifyFailed));
}

#[test]
fn every_failed_proof_gets_one_answer_and_spends_nothing() {
    let mut domain = domain();
    let challenge = open(&mut domain, NOW);
    let good = || update(&challenge, DomainProof::Signature, 1);
    let late = UnixMs(NOW.0 + DOMAIN_CHALLENGE_MS + 1);
    let mut unsigned = good();
    unsigned.signature = None;
    let signed = |content: &str| {
        let mut request = good();
        request.signature.as_mut().expect("signed").content = Secret::new(content.into());
        request
    };
    let cases = [
        (update("0505", DomainProof::Signature, 1), NOW),
        (update("", DomainProof::Signature, 1), NOW),
        (update(&challenge, DomainProof::Signature, 2), NOW),
        (update(&challenge, DomainProof::Challenge, 1), NOW),
        (unsigned, NOW),
        (signed("{}"), NOW),
        (signed(""), NOW),
        (signed(&challenge[1..]), NOW),
        (good(), late),
    ];
    for (request, now) in cases {
        let found = kind(domain.update(&request, HERE, now, verify));
        assert_eq!(found, Some(ErrorKind::VerifyFailed));
    }
    assert_eq!(domain.status, DomainStatus::Created);
    assert!(domain.update(&good(), HERE, NOW, verify).is_ok());
}

#[test]
fn an_unlocked_domain_moves_by_answering_from_its_new_address() {
    let mut domain = domain();
    domain.unlock(NOW).expect("active");
    let challenge = open(&mut domain, NOW);
    let request = update(&challenge, DomainProof::Challenge, 0);
    let from_elsewhere = domain.clone().update(&request, ELSEWHERE, NOW, verify);
    assert_eq!(kind(from_elsewhere), Some(ErrorKind::VerifyFailed));
    domain.update(&request, HERE, NOW, verify).expect("from the new address");
    assert_eq!(domain.status, DomainStatus::Enabled);
}

#[test]
fn a_private_address_does_not_hide_beside_the_callers_own() {
    let mut domain = domain();
    domain.unlock(NOW).expect("active");
    let private = "fd00::7".parse().ok();
    let pair = Addresses { ipv6: private, ..Addresses::of(HERE) };
    let found = kind(domain.open((pair, false), HERE, &[1; 16], NOW).map(drop));
    assert_eq!(found, Some(ErrorKind::Malformed(Malformed::Value)));
}

#[test]
fn private_addresses_need_the_owners_signature_even_when_unlocked() {
    let mut domain = domain();
    domain.unlock(NOW).expect("active");
    let wanted = Addresses::of("10.0.0.7".parse().expect("test address"));
    let opened = domain.open((wanted, true), HERE, &[1; 16], NOW).expect("private");
    assert_eq!(opened.proof, DomainProof::Signature);
}

fn txt(name: &str, domain: Option<&str>, value: &str) -> DnsRecord {
    DnsRecord {
        kind: DnsKind::Txt,
        name: name.into(),
        domain: domain.map(Into::into),
        value: Some(value.into()),
    }
}

/// A name of `len` characters in labels of 50 at most.
fn labels(len: usize) -> String {
    (1..=len).map(|at| if at % 50 == 0 && at < len { '.' } else { 'a' }).collect()
}

#[test]
fn records_lie_within_the_domain() {
    let long = "a".repeat(64);
    let cases = [
        (txt("_acme-challenge", None, "x"), true),
        (txt("_acme-challenge", Some("HOST.keys.example"), "x"), true),
        (txt("a", Some("b.host.keys.example"), "x"), true),
        (txt("a", Some("evilhost.keys.example"), "x"), false),
        (txt("a", Some("keys.example"), "x"), false),
        (txt("a", Some(".host.keys.example"), "x"), false),
        (txt("a b", None, "x"), false),
        (txt("", None, "x"), false),
        (txt(&long, None, "x"), false),
        (txt("a", None, &"x".repeat(256)), false),
        (DnsRecord { value: None, ..txt("a", None, "") }, false),
        (DnsRecord { kind: DnsKind::Cname, value: None, ..txt("a", None, "") }, true),
        (DnsRecord { kind: DnsKind::Cname, ..txt("a", None, "not a name") }, false),
    ];
    check_all(&cases);
}

fn check_all(cases: &[(DnsRecord, bool)]) {
    for (record, fits) in cases {
        assert_eq!(record.check("host.keys.example").is_ok(), *fits, "{record:?}");
    }
}

#[test]
fn records_fit_a_zone_file_as_they_are() {
    let long = "a".repeat(64);
    let cases = [
        (txt("a", None, "v=spf1 -all; ~!#"), true),
        (txt("a", None, "x\" \n@ A 192.0.2.1"), false),
        (txt("a", None, "x\ny"), false),
        (txt("a", None, "x\ry"), false),
        (txt("a", None, "x\"y"), false),
        (txt("a", None, "x\\y"), false),
        (txt("a", None, "x\0y"), false),
        (txt("a", None, "x\ty"), false),
        (txt("a", None, "\u{7f}"), false),
        (txt("a", None, "gr\u{fc}n"), false),
        (DnsRecord { kind: DnsKind::Cname, ..txt("a", None, &long) }, false),
        (txt("a\n", None, "x"), false),
        (txt("gr\u{fc}n", None, "x"), false),
        (txt(&labels(253 - ".host.keys.example".len()), None, "x"), true),
        (txt(&labels(254 - ".host.keys.example".len()), None, "x"), false),
        (txt(&labels(200), Some(&format!("{}.host.keys.example", labels(35))), "x"), false),
    ];
    check_all(&cases);
}

#[test]
fn refused_records_leave_the_domain_as_it_was() {
    let mut domain = domain();
    let challenge = open(&mut domain, NOW);
    let before = domain.clone();
    let mut request = update(&challenge, DomainProof::Signature, 1);
    request.records = vec![txt("a", None, "x"), txt("a", Some("other.example"), "x")];
    let found = kind(domain.update(&request, HERE, NOW, verify));
    assert_eq!(found, Some(ErrorKind::Malformed(Malformed::Value)));
    assert_eq!(domain, before);
    request.records =
        (0..=DOMAIN_RECORDS_MAX).map(|number| txt("a", None, &number.to_string())).collect();
    assert_eq!(kind(domain.update(&request, HERE, NOW, verify)), Some(ErrorKind::Quota));
    assert_eq!(domain, before);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Enrol(u8),
    Open,
    Update(u8),
    Unlock,
    Disable,
    Enable,
    Remove,
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_u8..3).prop_map(Step::Enrol),
        Just(Step::Open),
        (1_u8..3).prop_map(Step::Update),
        Just(Step::Unlock),
        Just(Step::Disable),
        Just(Step::Enable),
        Just(Step::Remove),
        Just(Step::Wait),
    ]
}

/// The rules again, as a table over plain values.
#[derive(Debug)]
struct Model {
    state: &'static str,
    owner: u8,
    points: bool,
    /// Age of the open challenge, and whether it is signed for.
    open: Option<(u64, bool)>,
}

impl Model {
    fn apply(&mut self, step: Step) -> bool {
        let active = matches!(self.state, "created" | "enabled" | "unlocked");
        match step {
            Step::Enrol(key) if self.state == "unlocked" => {
                *self = Self { state: "created", owner: key, points: false, open: None };
                true
            }
            Step::Enrol(key) => active && key == self.owner,
            Step::Open => {
                self.open = if active { Some((0, self.state != "unlocked")) } else { self.open };
                active
            }
            Step::Update(key) => {
                let fresh = self.open.is_some_and(|(age, _)| age <= DOMAIN_CHALLENGE_MS);
                let proven = self.open.is_some_and(|(_, signed)| !signed || key == self.owner);
                let done = active && fresh && proven;
                if done {
                    (self.state, self.points) = ("enabled", true);
                }
                done
            }
            Step::Unlock => {
                if active && self.state != "unlocked" {
                    (self.state, self.open) = ("unlocked", None);
                }
                active
            }
            Step::Disable | Step::Remove => {
                if self.state != "removed" {
                    let gone = matches!(step, Step::Remove);
                    self.state = if gone { "removed" } else { "disabled" };
                    self.points &= !gone;
                    self.open = None;
                }
                true
            }
            Step::Enable => {
                if self.state == "disabled" {
                    self.state = if self.points { "enabled" } else { "created" };
                }
                true
            }
            Step::Wait => {
                self.open = self.open.map(|(age, signed)| (age + DOMAIN_CHALLENGE_MS, signed));
                true
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_domain_follows_the_model(steps in proptest::collection::vec(step(), 0..40)) {
        let mut real = domain();
        let mut model = Model { state: "created", owner: 1, points: false, open: None };
        let mut now = NOW;
        for step in steps {
            let expected = model.apply(step);
            let found = match step {
                Step::Enrol(key) => real.enrol(owner(key), now).is_ok(),
                Step::Open => {
                    real.open((Addresses::default(), false), HERE, &[5; 16], now).is_ok()
                }
                Step::Update(key) => {
                    let proof = real.challenge.as_ref().map(|one| one.proof);
                    let text = real.challenge.as_ref().map_or("", |one| &one.text).to_owned();
                    let proof = proof.unwrap_or(DomainProof::Signature);
                    real.update(&update(&text, proof, key), HERE, now, verify).is_ok()
                }
                Step::Unlock => real.unlock(now).is_ok(),
                Step::Disable => { real.disable(now); true }
                Step::Enable => { real.enable(now); true }
                Step::Remove => { real.remove(now); true }
                Step::Wait => { now = UnixMs(now.0 + DOMAIN_CHALLENGE_MS); true }
            };
            prop_assert_eq!(found, expected, "{:?} {:?}", step, model);
            prop_assert_eq!(real.status.name(), model.state, "{:?}", step);
            prop_assert_eq!(&real.owner, &owner(model.owner));
            prop_assert_eq!(!real.addresses.is_empty(), model.points);
        }
    }
}
