//! What operators may call keys and partitions.

use typex_core::op::payment::Account;
use typex_core::op::payment::keys::{Alias, AliasName};

use super::*;

const OTHER: PartitionId = PartitionId([0x0b; 16]);

impl World {
    fn alias(&self, partition: PartitionId, name: &str, key: &str) {
        let name = AliasName::new(name).expect("a name");
        let key = Some(key.parse().expect("an id"));
        let made = self.store.write(move |tx| {
            if partition != OWNER {
                tx.put(&Alias { partition, name, key })?;
                return Ok(());
            }
            tx.create_alias(&Alias { partition, name, key })
        });
        made.wait().expect("a name for a key");
    }

    fn grant_by(&self, partition: Option<&str>, from: &str, to: &str) -> Result<PairShown, String> {
        let end = |key: &str| EndWanted { key: key.to_owned(), is_wrapped: false };
        let wanted = PairWanted {
            partition: partition.map(str::to_owned),
            passage: "data".to_owned(),
            incoming: end(from),
            outgoing: end(to),
            days: None,
        };
        self.ask(PaymentRequest::GrantPair(wanted)).map(first_pair)
    }
}

fn full(partition: PartitionId, resource: &str) -> String {
    let account = Account::of(partition).0;
    format!("arn:aws:payment-cryptography:eu-central-1:{account:012}:{resource}")
}

/// As clients name it, every way; the partition follows from it.
#[test]
fn a_key_has_all_its_names() {
    let world = world();
    let one = world.key(Usage::DATA, ModeOfUse::Both, Entry::Generated);
    let other = world.key(Usage::DATA, ModeOfUse::Both, Entry::Generated);
    world.alias(OWNER, "terminal/1", &one);
    let account = format!("{:012}", Account::of(OWNER).0);
    let names = [
        one.clone(),
        "alias/terminal/1".to_owned(),
        full(OWNER, &format!("key/{one}")),
        full(OWNER, "alias/terminal/1"),
    ];
    for name in &names {
        for partition in [None, Some(&*OWNER.to_string()), Some(&account)] {
            let granted = world.grant_by(partition, name, &other).expect(name);
            let ends = (granted.incoming.key.as_str(), granted.outgoing.key.as_str());
            assert_eq!(ends, (one.as_str(), other.as_str()));
        }
        let set =
            PaymentRequest::SetKey { partition: None, key: name.clone(), own: OwnWanted::Nothing };
        assert!(world.ask(set).is_ok(), "{name}");
        let show = ask(
            &Desk::alone(&world.store, Payments::default().rules()),
            Request::Key { id: name.clone() },
        );
        assert!(matches!(&show, Answer::Keys(keys) if keys[0].id == one), "{name}: {show:?}");
    }
    assert_eq!(world.limited(&account, &names), Some(vec![one]), "one key however it was named");
}

impl World {
    /// The keys of a new access key that is limited to these.
    fn limited(&self, account: &str, names: &[String]) -> Option<Vec<String>> {
        let limited = PaymentRequest::AddAccessKey {
            partition: Some(account.to_owned()),
            name: String::new(),
            operations: None,
            keys: Some(names.to_vec()),
        };
        self.ask(limited).expect("made");
        match self.ask(PaymentRequest::AccessKeys).expect("a list") {
            PaymentAnswer::AccessKeys(all) => all.rows.into_iter().find_map(|access| access.keys),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn names_that_lead_nowhere_say_where_to_look() {
    let world = world();
    let one = world.key(Usage::DATA, ModeOfUse::Both, Entry::Generated);
    let nobody = KeyId([9; 16]).to_string();
    let refused = |partition: Option<&str>, name: &str, words: &[&str]| {
        let why = world.grant_by(partition, &one, name).expect_err(name);
        assert!(words.iter().all(|word| why.contains(word)), "{name}: {why}");
    };
    refused(None, &nobody, &[&nobody, "typex payments key list"]);
    refused(None, "alias/none", &["alias/none", "typex payments key list"]);
    refused(None, "abc", &["abc", "arn:aws", "32 hex", "alias/"]);
    refused(None, &full(OTHER, &format!("key/{one}")), &["typex payments key list"]);
    refused(Some(&OTHER.to_string()), &one, &["no partition", "access-key list", "new"]);
    refused(Some("000000000001"), &one, &["no partition 000000000001"]);
    refused(Some("here"), &one, &["32 hex"]);
}

#[test]
fn partitions_in_which_nothing_is_are_refused() {
    let world = world();
    for request in [
        PaymentRequest::Pairs { partition: Some(OTHER.to_string()) },
        PaymentRequest::Keys { partition: Some(OTHER.to_string()) },
        PaymentRequest::AddAccessKey {
            partition: Some(OTHER.to_string()),
            name: String::new(),
            operations: None,
            keys: None,
        },
        PaymentRequest::Components(ComponentRequest::Begin {
            partition: OTHER.to_string(),
            algorithm: "AES_128".to_owned(),
            usage: "K0".to_owned(),
            mode: "B".to_owned(),
            count: 2,
        }),
    ] {
        let why = world.ask(request).expect_err("nothing is there");
        assert!(why.contains("no partition"), "{why}");
    }
}

/// Two partitions may have the same alias: nobody guesses which is meant.
#[test]
fn an_alias_of_two_partitions_is_asked_about() {
    let world = world();
    let one = world.key(Usage::DATA, ModeOfUse::Both, Entry::Generated);
    let other = world.key(Usage::DATA, ModeOfUse::Both, Entry::Generated);
    let foreign = world.key_in(OTHER, Usage::DATA, ModeOfUse::Both, Entry::Generated);
    world.alias(OWNER, "cards", &one);
    world.alias(OTHER, "cards", &foreign);
    let granted = world.grant_by(None, "alias/cards", &other).expect("the other key says it");
    assert_eq!((granted.partition, granted.incoming.key), (OWNER.to_string(), one.clone()));
    let why = world.grant_by(None, "alias/cards", "alias/cards").expect_err("either");
    assert!(why.contains("several partitions"), "{why}");
    let owner = OWNER.to_string();
    assert!(world.grant_by(Some(&owner), "alias/cards", "alias/cards").is_ok());
    let why = world.grant_by(Some(&owner), &full(OTHER, "alias/cards"), &one).expect_err("another");
    assert!(why.contains("another partition"), "{why}");
    let pairs = |partition: PartitionId| {
        let partition = Some(partition.to_string());
        match world.ask(PaymentRequest::Pairs { partition }).expect("a list") {
            PaymentAnswer::Pairs(pairs) => pairs.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((pairs(OWNER), pairs(OTHER)), (2, 0));
}
