//! What operators and custodians do, on a store.

mod lists;
mod names;
mod stalled;
mod waits;

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use typex_core::audit::Operator;
use typex_core::id::ApiKeyId;
use typex_core::key::payment::{Algorithm, Attributes, Entry, Exportability, ModeOfUse, Usage};
use typex_core::key::{self, AesBits, KeyName, KeyRecord, Material};
use typex_core::op::payment::access::{
    AccessKeyId, AccessKeyRecord, AccessRules, AccessSecret, AccessState,
};
use typex_core::op::payment::keys::{CheckKind, Life};
use typex_core::{KeyId, PartitionId, Secret, UnixMs};
use typex_store::{NewKey, Store};

use super::components::{COMPONENTS_OPEN, perform_at};
use super::*;
use crate::admin::{Answer, Request, perform as ask};
use crate::config::Payments;
use crate::stand::Place;

const OWNER: PartitionId = PartitionId([0x0a; 16]);
const AES: Algorithm = Algorithm::Aes(AesBits::Aes128);

struct World {
    store: Store,
    ceremonies: Ceremonies,
    revoked: Cell<u32>,
    place: Place,
}

fn world() -> World {
    let place = Place::new(UnixMs(1));
    let store = place.open();
    let world = World { store, ceremonies: Ceremonies::default(), revoked: Cell::new(0), place };
    world.settle(OWNER);
    world
}

impl World {
    fn ask(&self, request: PaymentRequest) -> Result<PaymentAnswer, String> {
        let revoked = || self.revoked.set(self.revoked.get() + 1);
        let rules = Payments::default().rules();
        let desk = Desk {
            revoked: &revoked,
            ceremonies: Some(&self.ceremonies),
            ..Desk::alone(&self.store, rules)
        };
        match ask(&desk, Request::Payments(Box::new(request))) {
            Answer::Payments(answer) => Ok(*answer),
            Answer::Refused { reason } => Err(reason),
            other => panic!("{other:?}"),
        }
    }

    /// An access key of the partition, so that it is one.
    fn settle(&self, partition: PartitionId) {
        let settled = self.store.write(move |tx| {
            tx.put(&AccessKeyRecord {
                id: AccessKeyId::of_random([1; 16]),
                api_key: ApiKeyId([1; 16]),
                partition,
                name: "the first".to_owned(),
                secret: AccessSecret::of_random(&Secret::new([1; 30])),
                state: AccessState::Disabled,
                rules: AccessRules::default(),
                created: UnixMs(1),
            })
        });
        settled.wait().expect("a healthy store");
    }

    fn create(&self, partition: Option<PartitionId>) -> (String, String, String) {
        let request = PaymentRequest::AddAccessKey {
            partition: partition.map(|partition| partition.to_string()),
            name: "a shop".to_owned(),
            operations: Some(vec!["translate_pin".to_owned()]),
            keys: None,
        };
        match self.ask(request).expect("made") {
            PaymentAnswer::AccessKeyAdded {
                access_key_id, secret_access_key, partition, ..
            } => (access_key_id, secret_access_key, partition),
            other => panic!("{other:?}"),
        }
    }

    fn access(&self, id: &str) -> Option<AccessKeyRecord> {
        let id: AccessKeyId = id.parse().expect("an id");
        let find = move |tx: &typex_store::Tx| tx.get(PartitionId::SERVICE, id.as_bytes());
        self.store.read(find).wait().expect("a healthy store")
    }

    fn key(&self, usage: Usage, mode: ModeOfUse, entry: Entry) -> String {
        self.key_in(OWNER, usage, mode, entry)
    }

    fn key_in(
        &self,
        partition: PartitionId,
        usage: Usage,
        mode: ModeOfUse,
        entry: Entry,
    ) -> String {
        let attributes = Attributes::new(usage, AES, mode);
        let exportability = Exportability::Trusted;
        let attributes = Attributes { entry, exportability, ..attributes };
        let made = self.store.write(move |tx| {
            let (id, usage) = (KeyId(tx.random()?), key::Usage::Payment(attributes));
            let record = KeyRecord::first(id, partition, usage, UnixMs(5));
            let life = Life::new(partition, id, (CheckKind::Cmac, vec![1, 2, 3]));
            let material = Material::Symmetric(Secret::new(vec![7; 16]));
            let new = NewKey { record, channel: None, material };
            tx.create_payment_key(new, life, Default::default())?;
            Ok(id.to_string())
        });
        made.wait().expect("a key")
    }

    fn grant(&self, passage: &str, from: &str, to: &str) -> Result<PairShown, String> {
        let end = |key: &str| EndWanted {
            key: key.trim_start_matches("under ").to_owned(),
            is_wrapped: key.starts_with("under "),
        };
        let wanted = PairWanted {
            partition: Some(OWNER.to_string()),
            passage: passage.to_owned(),
            incoming: end(from),
            outgoing: end(to),
            days: Some(30),
        };
        self.ask(PaymentRequest::GrantPair(wanted)).map(first_pair)
    }

    fn approve(&self, id: &str, custodian: &str) -> Result<PairShown, String> {
        let (id, custodian) = (id.to_owned(), custodian.to_owned());
        self.ask(PaymentRequest::ApprovePair { id, custodian }).map(first_pair)
    }

    fn set(&self, key: &str, own: OwnWanted) -> Result<PaymentKeyShown, String> {
        let (partition, key) = (Some(OWNER.to_string()), key.to_owned());
        match self.ask(PaymentRequest::SetKey { partition, key, own })? {
            PaymentAnswer::Keys(keys) => Ok(keys[0].clone()),
            other => panic!("{other:?}"),
        }
    }

    fn component(&self, request: ComponentRequest) -> Result<Progress, String> {
        match self.ask(PaymentRequest::Components(request))? {
            PaymentAnswer::Components(progress) => Ok(progress),
            other => panic!("{other:?}"),
        }
    }

    fn begin(&self, algorithm: &str, count: u8) -> Result<String, String> {
        let (partition, algorithm) = (OWNER.to_string(), algorithm.to_owned());
        let (usage, mode) = ("K0".to_owned(), "B".to_owned());
        let begin = ComponentRequest::Begin { partition, algorithm, usage, mode, count };
        self.component(begin).map(|progress| progress.ceremony)
    }

    fn add(&self, ceremony: &str, custodian: &str, text: &str) -> Result<Progress, String> {
        let (ceremony, custodian) = (ceremony.to_owned(), custodian.to_owned());
        let component = Component::from(text.to_owned());
        self.component(ComponentRequest::Add { ceremony, custodian, component })
    }

    fn finish(&self, ceremony: &str) -> Result<Progress, String> {
        self.component(ComponentRequest::Finish { ceremony: ceremony.to_owned() })
    }

    /// Closes the store. The log verifies, holds `verbs` in this order and nothing of `secrets`.
    fn ends_with(self, verbs: &[Operator], secrets: &[&str]) {
        let Self { store, place, .. } = self;
        store.close().expect("a healthy store");
        place.verify();
        let mut log = String::new();
        for file in walk(&place.path) {
            log.push_str(&String::from_utf8_lossy(&std::fs::read(file).expect("readable")));
        }
        let mut from = 0;
        for verb in verbs {
            let text = format!("\"operator\":\"{}\"", verb.name());
            let at = log[from..].find(&text);
            from += at.unwrap_or_else(|| panic!("{text} is missing")) + text.len();
        }
        let log = log.to_lowercase();
        assert!(secrets.iter().all(|secret| !log.contains(&secret.to_lowercase())));
    }
}

fn walk(path: &std::path::Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn first_pair(answer: PaymentAnswer) -> PairShown {
    match answer {
        PaymentAnswer::Pairs(pairs) => pairs[0].clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn access_keys_are_made_stopped_and_deleted() {
    let world = world();
    let (id, secret, partition) = world.create(None);
    let (other, _, same) = world.create(Some(OWNER));
    assert_eq!((secret.len(), same), (40, OWNER.to_string()));
    assert_ne!(partition, PartitionId::SERVICE.to_string());
    let record = world.access(&id).expect("stored");
    assert_eq!(record.secret.expose(), secret.as_bytes());
    assert_eq!(world.revoked.get(), 0, "nothing stopped working");
    let change = |to| {
        let id = id.clone();
        world.ask(PaymentRequest::ChangeAccessKey { id, to }).expect("there is one")
    };
    change(AccessChange::Disable);
    assert_eq!(world.access(&id).expect("still there").state, AccessState::Disabled);
    assert_eq!(world.revoked.get(), 1);
    change(AccessChange::Enable);
    assert_eq!(world.access(&id).expect("still there").state, AccessState::Enabled);
    let PaymentAnswer::AccessKeys(left) = change(AccessChange::Delete) else { panic!("a list") };
    assert_eq!(left.iter().map(|one| &one.id).skip(1).collect::<Vec<_>>(), [&other]);
    assert_eq!(left[1].operations.as_deref(), Some(&["translate_pin".to_owned()][..]));
    let gone = PaymentRequest::ChangeAccessKey { id, to: AccessChange::Disable };
    assert_eq!(world.ask(gone), Err("no access key with this id".to_owned()));
    let verbs = [
        Operator::AccessKeyAdd,
        Operator::AccessKeyDisable,
        Operator::AccessKeyEnable,
        Operator::AccessKeyDelete,
    ];
    world.ends_with(&verbs, &[&secret]);
}

#[test]
fn access_keys_that_would_mislead_are_refused() {
    let world = world();
    let add = |partition: Option<&str>, operations: &[&str], keys: &[&str]| {
        let texts = |all: &[&str]| Some(all.iter().map(|one| (*one).to_owned()).collect());
        let request = PaymentRequest::AddAccessKey {
            partition: partition.map(str::to_owned),
            name: String::new(),
            operations: texts(operations),
            keys: texts(keys),
        };
        world.ask(request).map(|_| ())
    };
    assert!(add(None, &["payment_create_key", "verify"], &[]).is_ok());
    assert!(add(None, &["translate_cards"], &[]).is_err_and(|why| why.contains("translate_cards")));
    assert!(add(None, &["cards"], &[]).is_err_and(|why| why.contains("access-key create --help")));
    let owner = OWNER.to_string();
    assert!(add(Some(&owner), &[], &["abc"]).is_err_and(|why| why.contains("32 hex")));
    let nobody = KeyId([9; 16]).to_string();
    assert!(add(Some(&owner), &[], &[&nobody]).is_err_and(|why| why.contains("key list")));
    assert!(add(None, &[], &[&nobody]).is_err_and(|why| why.contains("new partition")));
    let service = PartitionId::SERVICE.to_string();
    assert!(add(Some(&service), &[], &[]).is_err());
}

#[test]
fn a_pair_under_a_key_that_callers_know_needs_two_custodians() {
    let world = world();
    let mode = ModeOfUse::Both;
    let incoming = world.key(Usage::DATA, mode, Entry::Generated);
    let own = world.key(Usage::DATA, mode, Entry::Generated);
    let known = world.key(Usage::DATA, mode, Entry::Clear);
    let granted = world.grant("data", &incoming, &own).expect("both are for data");
    assert_eq!((granted.state.as_str(), granted.custodians.len()), ("in force", 0));
    assert!(granted.not_after_ms.is_some());
    let granted = world.grant("data", &incoming, &known).expect("both are for data");
    assert_eq!(granted.state, "needs approval");
    let approved = world.approve(&granted.id, "Ada").expect("the first");
    assert_eq!((approved.state.as_str(), approved.custodians.len()), ("needs approval", 1));
    assert!(world.approve(&granted.id, " ada ").is_err_and(|why| why.contains("already")));
    let approved = world.approve(&granted.id, "Grace").expect("the second");
    assert_eq!(approved.state, "in force");
    let again = world.grant("data", &incoming, &known).expect("in place of the first");
    assert_eq!((again.id.as_str(), again.custodians.len()), (granted.id.as_str(), 0));
    world.ask(PaymentRequest::RevokePair { id: granted.id.clone() }).expect("granted");
    let PaymentAnswer::Pairs(left) =
        world.ask(PaymentRequest::Pairs { partition: None }).expect("a list")
    else {
        panic!("pairs")
    };
    assert_eq!(left.len(), 1);
    assert!(world.approve(&granted.id, "Ada").is_err_and(|why| why.contains("no pair")));
    assert_eq!(world.revoked.get(), 6, "caches look again after every change");
    let verbs = [Operator::PairGrant, Operator::PairApprove, Operator::PairRevoke];
    world.ends_with(&verbs, &["grace"]);
}

#[test]
fn pairs_of_keys_that_do_not_pass_anything_are_refused() {
    let world = world();
    let data = world.key(Usage::DATA, ModeOfUse::Both, Entry::Generated);
    let reader = world.key(Usage::DATA, ModeOfUse::Decrypt, Entry::Generated);
    let pin = world.key(Usage::PIN, ModeOfUse::Both, Entry::Generated);
    let wrapping = world.key(Usage::KEY_BLOCKS, ModeOfUse::Both, Entry::Generated);
    let wrapped = format!("under {wrapping}");
    assert!(world.grant("data", &data, &pin).is_err());
    assert!(world.grant("pin", &data, &pin).is_err());
    assert!(world.grant("pin", &pin, &pin).is_ok());
    assert!(world.grant("data", &reader, &data).is_ok());
    assert!(world.grant("data", &data, &reader).is_err(), "it does not encrypt");
    assert!(world.grant("data", &data, &format!("under {data}")).is_err());
    assert_eq!(world.grant("data", &wrapped, &wrapped).expect("wrapped").state, "needs approval");
    assert!(world.grant("key", &pin, &wrapping).is_ok(), "an export");
    assert!(world.grant("key", &pin, &data).is_err());
    assert!(world.grant("cards", &data, &data).is_err_and(|why| why.contains("chip_pin")));
    let nobody = KeyId([9; 16]).to_string();
    assert!(world.grant("data", &data, &nobody).is_err_and(|why| why.contains("no key")));
}

#[test]
fn what_a_key_has_of_its_own_is_set_and_revokes_it() {
    let world = world();
    let wrapping = world.key(Usage::KEY_BLOCKS, ModeOfUse::Both, Entry::Generated);
    let pin = world.key(Usage::PIN, ModeOfUse::Both, Entry::Generated);
    let codes = |codes: &[&str]| OwnWanted::Brings(codes.iter().map(|c| (*c).to_owned()).collect());
    let loaded = {
        let id: KeyId = wrapping.parse().expect("an id");
        world.store.read(move |tx| tx.key_by_name(OWNER, KeyName::Id(id))).wait().expect("a key")
    };
    let set = world.set(&wrapping, codes(&["P0", "D0"])).expect("it wraps keys");
    assert_eq!(set.own.as_deref(), Some("brings D0,P0"));
    assert!(loaded.revoked.load(std::sync::atomic::Ordering::Acquire), "loaded copies go");
    let id = loaded.record.id;
    let again = world.store.read(move |tx| tx.key_by_name(OWNER, KeyName::Id(id))).wait();
    let again = again.expect("it unseals beside its new record");
    assert_eq!(again.record.state_generation, loaded.record.state_generation + 1);
    assert!(world.set(&wrapping, codes(&["P9"])).is_err_and(|why| why.contains("P9")));
    assert!(world.set(&pin, codes(&["P0"])).is_err_and(|why| why.contains("K0, K1")));
    assert_eq!(
        world.set(&pin, OwnWanted::Format1).expect("P0").own.as_deref(),
        Some("accept-format-1")
    );
    assert_eq!(world.set(&pin, OwnWanted::Nothing).expect("any").own, None);
    let rule = OwnWanted::PinRule("0123456789012345:3:12:F".to_owned());
    assert!(world.set(&pin, rule).is_err());
    assert!(world.set(&pin, OwnWanted::GcmOnly).is_err_and(|why| why.contains("D0 of AES")));
    let PaymentAnswer::Keys(keys) =
        world.ask(PaymentRequest::Keys { partition: Some(OWNER.to_string()) }).expect("a list")
    else {
        panic!("keys")
    };
    assert_eq!(keys.len(), 2);
    world.ends_with(&[Operator::KeyOwn, Operator::KeyOwn], &[]);
}

#[test]
fn a_key_for_scripts_is_set_apart_for_data() {
    let world = world();
    let pin = world.key(Usage::PIN, ModeOfUse::Both, Entry::Generated);
    assert!(world.set(&pin, OwnWanted::ClientData).is_err_and(|why| why.contains("for E1")));
    let script = world.key(Usage::CONFIDENTIALITY, ModeOfUse::Derive, Entry::Generated);
    let set = world.set(&script, OwnWanted::ClientData).expect("E1");
    assert_eq!(set.own.as_deref(), Some("client-data"));
}

/// Vector `components-aes`.
const COMPONENTS: [(&str, &str, &str); 3] = [
    ("ada", "11223344 55667788 9900AABB CCDDEEFF", "894726"),
    ("grace", "A1A2A3A4A5A6A7A8A9AAABACADAEAFB0", "86A95B"),
    ("edith", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "270389"),
];

#[test]
fn custodians_bring_in_a_key_in_components() {
    let world = world();
    let ceremony = world.begin("AES_128", 3).expect("begun");
    assert!(world.finish(&ceremony).is_err_and(|why| why.contains("3 components are missing")));
    for (custodian, component, check_value) in COMPONENTS {
        let taken = world.add(&ceremony, custodian, component).expect("a component");
        assert_eq!(taken.check_value.as_deref(), Some(check_value), "{custodian}");
        let twice = world.add(&ceremony, &custodian.to_uppercase(), component);
        assert!(twice.is_err_and(|why| why.contains("already")));
    }
    assert!(world.add(&ceremony, "mary", COMPONENTS[0].1).is_err_and(|why| why.contains("finish")));
    let made = world.finish(&ceremony).expect("a key");
    assert_eq!(made.check_value.as_deref(), Some("E8CE06"));
    let id: KeyId = made.key.expect("made").parse().expect("an id");
    let key = world.store.read(move |tx| tx.key_by_name(OWNER, KeyName::Id(id))).wait();
    let key = key.expect("stored");
    let Material::Symmetric(bytes) = &key.material else { panic!("a symmetric key") };
    assert_eq!(const_hex::encode_upper(bytes.expose()), "BF9EBDDCBB9AB958B73CA4A3A2A1A0BF");
    let attributes = key.record.usage.payment().expect("a payment key");
    assert_eq!(attributes.entry, Entry::Components);
    assert!(attributes.may_bring_in(Usage::PIN).is_ok());
    assert!(world.finish(&ceremony).is_err_and(|why| why.contains("no ceremony")));
    let verbs = [
        Operator::ComponentsBegin,
        Operator::ComponentAdd,
        Operator::ComponentAdd,
        Operator::ComponentAdd,
        Operator::ComponentsFinish,
    ];
    let secrets = COMPONENTS.map(|(_, component, _)| component);
    world.ends_with(&verbs, &[&secrets[..], &["BF9EBDDCBB9AB958B73CA4A3A2A1A0BF"]].concat());
}

#[test]
fn components_that_make_no_key_are_refused_and_gone() {
    let world = world();
    assert!(world.begin("AES_128", 1).is_err_and(|why| why.contains("2 to 9")));
    assert!(world.begin("AES_128", 10).is_err());
    assert!(world.begin("HMAC_SHA256", 2).is_err());
    let aes = "11223344556677889900AABBCCDDEEFF";
    let tdes = "10233245546776899801ABBACDDCEFFE";
    for (algorithm, one, two) in [
        ("AES_128", aes, aes),
        ("AES_128", aes, "00000000000000000000000000000000"),
        ("TDES_2KEY", tdes, "00000000000000000000000000000000"),
        // Two equal halves.
        ("TDES_2KEY", tdes, "9801ABBACDDCEFFE1023324554677689"),
    ] {
        let ceremony = world.begin(algorithm, 2).expect("begun");
        assert!(world.add(&ceremony, "ada", &one[2..]).is_err_and(|why| why.contains("as long")));
        assert!(world.add(&ceremony, "ada", "no digits").is_err());
        world.add(&ceremony, "ada", one).expect("a component");
        world.add(&ceremony, "grace", two).expect("a component");
        assert!(world.finish(&ceremony).is_err_and(|why| why.contains("make no key")), "{two}");
        assert!(world.finish(&ceremony).is_err_and(|why| why.contains("no ceremony")));
    }
    let aborted = world.begin("AES_128", 2).expect("begun");
    let abort = ComponentRequest::Abort { ceremony: aborted.clone() };
    world.component(abort).expect("open");
    assert!(world.add(&aborted, "ada", aes).is_err_and(|why| why.contains("no ceremony")));
    world.ends_with(&[Operator::ComponentsAbort], &[aes, tdes]);
}

#[test]
fn components_wait_for_a_quarter_of_an_hour() {
    let world = world();
    let ceremony = world.begin("AES_128", 2).expect("begun");
    for _ in 1..8 {
        world.begin("AES_128", 2).expect("there is room");
    }
    assert!(world.begin("AES_128", 2).is_err_and(|why| why.contains("wait for components")));
    let rules = Payments::default().rules();
    let desk = Desk { ceremonies: Some(&world.ceremonies), ..Desk::alone(&world.store, rules) };
    let begun = std::time::Instant::now();
    let add = |custodian: &str, after: Duration| {
        let component = Component::from("11223344556677889900AABBCCDDEEFF".to_owned());
        let (ceremony, custodian) = (ceremony.clone(), custodian.to_owned());
        let request = ComponentRequest::Add { ceremony, custodian, component };
        perform_at(&desk, &world.ceremonies, begun + after, request).is_ok()
    };
    assert!(add("ada", COMPONENTS_OPEN - Duration::from_secs(60)));
    assert!(!add("grace", COMPONENTS_OPEN));
    world.begin("AES_128", 2).expect("there is room again");
}

#[test]
fn without_a_gateway_nobody_holds_components() {
    let world = world();
    let begin = ComponentRequest::Begin {
        partition: OWNER.to_string(),
        algorithm: "AES_128".to_owned(),
        usage: "K0".to_owned(),
        mode: "B".to_owned(),
        count: 2,
    };
    let desk = Desk::alone(&world.store, Payments::default().rules());
    let request = Request::Payments(Box::new(PaymentRequest::Components(begin)));
    let Answer::Refused { reason } = ask(&desk, request) else { panic!("refused") };
    assert!(reason.contains("running gateway"));
}
