//! What every caller is refused.

use super::*;
use crate::codec::{Corrupt, Record};
use crate::id::{ApiKeyId, KeyId, PartitionId};
use crate::key::KeyState;
use crate::key::payment::{Algorithm, Attributes, ModeOfUse, Usage as PaymentUsage};
use crate::op::payment::{Cipher, Part};
use crate::op::token::{Call, Task};
use crate::policy::authorize as authorize_one;
use crate::policy::pair::{End, Pair, PairGrant, Passage};
use crate::policy::payment::Holder;
use crate::secret::Secret;
use crate::token::domain::{
    DistinctLimit, DomainLimits, Mode, NewDomain, NewScheme, Scheme, Vault, Versions,
};
use crate::token::{Alphabet, Layout, LuhnMode, Metadata};

const OWNER: PartitionId = PartitionId([1; 16]);
const NOW: UnixMs = UnixMs(5);
const FORBIDDEN: Option<ErrorKind> = Some(ErrorKind::Forbidden);

fn name(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

fn domain(text: &str, scheme: Scheme) -> DomainRecord {
    let layout = Layout::new(0, 4, LuhnMode::Versioned, Alphabet::Digits).unwrap();
    let limits = DomainLimits::default();
    let new = NewDomain { name: name(text), layout, scheme: NewScheme::Vaultless, limits };
    DomainRecord::new(OWNER, new, scheme, NOW).unwrap()
}

fn vaultless(text: &str, key: u8) -> DomainRecord {
    let layout = Layout::new(0, 4, LuhnMode::Versioned, Alphabet::Digits).unwrap();
    domain(text, Scheme::Vaultless(Versions::first(&layout, KeyId([key; 16]))))
}

fn vaulted(text: &str, seal: u8, index: u8) -> DomainRecord {
    let mode = Mode::Deterministic { index: KeyId([index; 16]) };
    let (seal, earlier) = (KeyId([seal; 16]), vec![]);
    domain(text, Scheme::Vaulted(Vault { mode, ttl_ms: None, seal, earlier }))
}

fn key(id: u8, what: TokenUse) -> KeyRecord {
    KeyRecord::first(KeyId([id; 16]), OWNER, Usage::Token(what), UnixMs(1))
}

fn payment_key(id: u8, usage: PaymentUsage) -> KeyRecord {
    let attributes = Attributes::new(usage, Algorithm::Tdes2, ModeOfUse::Both);
    KeyRecord::first(KeyId([id; 16]), OWNER, Usage::Payment(attributes), UnixMs(1))
}

fn stored(part: Part, key: &KeyRecord) -> Use<'_> {
    Use { part, holder: Holder::Stored(key), cipher: None }
}

/// A key under which a value comes.
fn carrier<'a>(key: &'a KeyRecord, cipher: &'a Cipher) -> Use<'a> {
    Use { cipher: Some(cipher), ..stored(Part::Incoming, key) }
}

fn cbc() -> Cipher {
    Cipher::Block { mode: payments::Mode::Cbc, iv: None }
}

fn rights(rules: &[(&str, &[Right])]) -> TokenRights {
    let rule = |(domains, rights): &(&str, &[Right])| Rule {
        domains: DomainPattern::parse(domains).unwrap(),
        rights: RightSet::of(rights),
    };
    TokenRights::new(rules.iter().map(rule).collect()).unwrap()
}

fn caller(proof: Proof) -> Principal {
    Principal { partition: OWNER, client: None, api_key: None, proof }
}

fn refusal(verdict: Verdict) -> Option<ErrorKind> {
    match verdict {
        Verdict::Allow(_) => None,
        Verdict::Deny(error) => Some(error.kind),
    }
}

fn allowed(rights: &TokenRights, ask: &Ask<'_>) -> Result<Grant, ErrorKind> {
    match authorize(&caller(Proof::ApiKey), rights, ask, (&PairGrants::default(), NOW)) {
        Verdict::Allow(grant) => Ok(grant),
        Verdict::Deny(error) => Err(error.kind),
    }
}

/// The grant for a pair of keys of PINs.
fn pin_pair(incoming: &KeyRecord, outgoing: &KeyRecord) -> PairGrants {
    let mut pairs = PairGrants::default();
    let [incoming, outgoing] =
        [incoming, outgoing].map(|key| End { key: key.id, is_wrapped: false });
    let pair = Pair { passage: Passage::Pin, incoming, outgoing };
    pairs.insert(PairGrant::new(OWNER, pair, 1, NOW)).unwrap();
    pairs
}

/// Every operation with every single right, in the domain of the right and in another.
#[test]
fn an_operation_needs_its_own_right_in_its_own_domain() {
    let (master, other) = (key(1, TokenUse::Encrypt), key(2, TokenUse::Encrypt));
    let (transport, cipher) = (payment_key(8, PaymentUsage::DATA), cbc());
    let (pin_in, pin_out) = (payment_key(6, PaymentUsage::PIN), payment_key(7, PaymentUsage::PIN));
    let transport = [carrier(&transport, &cipher)];
    let pins = [stored(Part::Incoming, &pin_in), stored(Part::Outgoing, &pin_out)];
    let pairs = pin_pair(&pin_in, &pin_out);
    let (cards, to) = (vaultless("cards", 1), vaultless("others", 2));
    for operation in Operation::ALL {
        let is_retokenize = operation == Operation::Retokenize;
        let ask = Ask {
            operation,
            domain: &cards,
            to: is_retokenize.then_some(&to),
            mask: Mask::Full,
            keys: if is_retokenize { &[&master, &other] } else { &[&master] },
            uses: match operation {
                Operation::TokenizeTransport => &transport,
                Operation::TranslatePin => &pins,
                _ => &[],
            },
        };
        each_right(&ask, &pairs);
        let none = TokenRights::default();
        assert_eq!(allowed(&none, &ask).err(), FORBIDDEN, "{operation:?}");
        let operator = authorize(&caller(Proof::Operator), &none, &ask, (&pairs, NOW));
        assert_eq!(refusal(operator), None, "{operation:?}");
    }
}

fn each_right(ask: &Ask<'_>, pairs: &PairGrants) {
    for right in Right::ALL.iter().copied() {
        let is_masked = ask.operation == Operation::Detokenize && right == Right::DetokenizeMasked;
        let serves = right == Right::of(ask.operation) || is_masked;
        for (domains, covers) in [("cards", true), ("car*", true), ("*", true), ("card", false)] {
            let held = rights(&[(domains, &[right]), ("others", &[Right::Tokenize])]);
            let found = refusal(authorize(&caller(Proof::ApiKey), &held, ask, (pairs, NOW)));
            let expected = if serves && covers { None } else { FORBIDDEN };
            assert_eq!(found, expected, "{:?} {right:?} {domains}", ask.operation);
        }
    }
}

#[test]
fn proofs_that_do_not_suffice_are_told_so_first() {
    let (master, cards) = (key(1, TokenUse::Encrypt), vaultless("cards", 1));
    let keys = [&master];
    let all = rights(&[("*", Right::ALL)]);
    for proof in Proof::ALL {
        let ask = Ask::of(Operation::Tokenize, &cards, &keys);
        let found = authorize(&caller(proof), &all, &ask, (&PairGrants::default(), NOW));
        let suffices = matches!(proof, Proof::ApiKey | Proof::Signature | Proof::Operator);
        let missing = Some(ErrorKind::Unauthenticated(Unauthenticated::ApiKey));
        assert_eq!(refusal(found), if suffices { None } else { missing }, "{proof:?}");
    }
}

/// The mask of a grant is the least that the caller asked for and may have.
#[test]
fn values_are_masked_for_whoever_may_not_see_all() {
    let (master, cards) = (key(1, TokenUse::Encrypt), vaultless("cards", 1));
    let keys = [&master];
    let both: &[Right] = &[Right::Detokenize, Right::DetokenizeMasked];
    for (held, asked, told) in [
        (&both[..1], Mask::Full, Mask::Full),
        (&both[..1], Mask::FirstSixLastFour, Mask::FirstSixLastFour),
        (&both[1..], Mask::Full, Mask::FirstSixLastFour),
        (&both[1..], Mask::FirstSixLastFour, Mask::FirstSixLastFour),
        (both, Mask::Full, Mask::Full),
    ] {
        let ask = Ask { mask: asked, ..Ask::of(Operation::Detokenize, &cards, &keys) };
        let grant = allowed(&rights(&[("cards", held)]), &ask).unwrap();
        assert_eq!(grant.token().map(|token| token.mask), Some(told), "{held:?} {asked:?}");
    }
}

#[test]
fn a_value_goes_only_where_the_caller_may_tokenize() {
    let (from, to) = (vaultless("cards", 1), vaulted("other", 2, 3));
    let all = [key(1, TokenUse::Encrypt), key(2, TokenUse::Seal), key(3, TokenUse::Index)];
    let keys: Vec<&KeyRecord> = all.iter().collect();
    let ask = |rights: &TokenRights, keys: &[&KeyRecord]| {
        allowed(rights, &Ask { to: Some(&to), ..Ask::of(Operation::Retokenize, &from, keys) })
    };
    let held = rights(&[("cards", &[Right::Retokenize])]);
    assert_eq!(ask(&held, &keys).err(), FORBIDDEN);
    let held = rights(&[("cards", &[Right::Retokenize]), ("other", &[Right::Tokenize])]);
    let grant = ask(&held, &keys).unwrap();
    let token = grant.token().unwrap();
    assert_eq!((token.domain.as_ref(), token.to.as_ref()), (Some(&from.name), Some(&to.name)));
    for missing in 1..3 {
        let mut keys = keys.clone();
        keys.remove(missing);
        assert_eq!(ask(&held, &keys).err(), Some(ErrorKind::KeyNotFound));
    }
}

/// A token of which few values may be tried goes nowhere where more may.
#[test]
fn a_value_goes_nowhere_where_more_may_be_tried() {
    let all = [key(1, TokenUse::Encrypt), key(2, TokenUse::Seal), key(3, TokenUse::Index)];
    let keys: Vec<&KeyRecord> = all.iter().collect();
    let with = |domain: DomainRecord, front, distinct| {
        let layout = Layout::new(front, 4, LuhnMode::Versioned, Alphabet::Digits).unwrap();
        DomainRecord { layout, limits: DomainLimits { distinct, ..domain.limits }, ..domain }
    };
    let few = DistinctLimit::PerHour(10);
    let (usual, any) = (DistinctLimit::WhereFew, DistinctLimit::None);
    for ((front, from), (to_front, to), allows) in [
        ((0, usual), (0, usual), true),
        ((6, usual), (0, usual), true),
        ((8, usual), (0, usual), false),
        ((0, usual), (8, usual), true),
        ((0, few), (0, usual), false),
        ((0, usual), (0, any), false),
        ((0, any), (0, any), true),
        ((0, any), (6, few), true),
    ] {
        let from = with(vaultless("cards", 1), front, from);
        let to = with(vaulted("other", 2, 3), to_front, to);
        let ask = Ask { to: Some(&to), ..Ask::of(Operation::Retokenize, &from, &keys) };
        let held =
            |right| rights(&[("cards", right), ("other", &[Right::Tokenize, Right::Manage])]);
        let found = allowed(&held(&[Right::Retokenize]), &ask).err();
        assert_eq!(found, if allows { None } else { FORBIDDEN }, "{front} {to_front}");
        let managed = allowed(&held(&[Right::Retokenize, Right::Manage]), &ask);
        assert!(managed.is_ok(), "{front} {to_front}");
    }
}

#[test]
fn keys_must_be_the_domains_own_and_of_one_use() {
    let cards = vaulted("cards", 1, 2);
    let held = rights(&[("cards", Right::ALL)]);
    let (seal, index) = (key(1, TokenUse::Seal), key(2, TokenUse::Index));
    let tokenize =
        |keys: &[&KeyRecord]| allowed(&held, &Ask::of(Operation::Tokenize, &cards, keys)).err();
    assert_eq!(tokenize(&[&seal, &index]), None);
    assert_eq!(tokenize(&[&seal]), Some(ErrorKind::KeyNotFound));
    let stranger = key(3, TokenUse::Seal);
    assert_eq!(tokenize(&[&seal, &index, &stranger]), Some(ErrorKind::KeyUsage));
    for what in TokenUse::ALL {
        let found = tokenize(&[&key(1, what), &index]);
        assert_eq!(found.is_none(), what == TokenUse::Seal, "{what:?}");
    }
    let suspended = KeyRecord { state: KeyState::Suspended, ..seal.clone() };
    assert_eq!(tokenize(&[&suspended, &index]), Some(ErrorKind::KeyState));
    let foreign = KeyRecord { partition: PartitionId([9; 16]), ..seal.clone() };
    assert_eq!(tokenize(&[&foreign, &index]), Some(ErrorKind::KeyNotFound));
    let lookup = allowed(&held, &Ask::of(Operation::Lookup, &cards, &[]));
    assert_eq!(lookup.map(|grant| grant.key()), Ok(None), "needs none");
}

#[test]
fn a_domain_of_another_tenant_is_none() {
    let foreign = DomainRecord { partition: PartitionId([9; 16]), ..vaultless("cards", 1) };
    let held = rights(&[("*", Right::ALL)]);
    let found = allowed(&held, &Ask::of(Operation::Validate, &foreign, &[]));
    assert_eq!(found.err(), Some(ErrorKind::KeyNotFound));
}

/// A card number comes only under a key for data, a PIN only between keys that have a grant.
#[test]
fn payment_keys_are_judged_as_in_payments() {
    let (master, cards) = (key(1, TokenUse::Encrypt), vaultless("cards", 1));
    let keys = [&master];
    let (held, cipher) = (rights(&[("cards", Right::ALL)]), cbc());
    for usage in PaymentUsage::ALL {
        let transport = payment_key(8, usage);
        let uses = [carrier(&transport, &cipher)];
        let ask = Ask { uses: &uses, ..Ask::of(Operation::TokenizeTransport, &cards, &keys) };
        assert_eq!(allowed(&held, &ask).is_ok(), usage == PaymentUsage::DATA, "{usage:?}");
    }
    let data = payment_key(8, PaymentUsage::DATA);
    let (pin_in, pin_out) = (payment_key(6, PaymentUsage::PIN), payment_key(7, PaymentUsage::PIN));
    let uses = [stored(Part::Incoming, &pin_in), stored(Part::Outgoing, &pin_out)];
    let ask = Ask { uses: &uses, ..Ask::of(Operation::TranslatePin, &cards, &keys) };
    assert_eq!(allowed(&held, &ask).err(), FORBIDDEN, "without a grant of the pair");
    let outgoing = [Use { part: Part::Outgoing, ..carrier(&data, &cipher) }];
    let (twice, unsaid) = ([carrier(&data, &cipher); 2], [stored(Part::Incoming, &data)]);
    for uses in [&outgoing[..], &twice, &unsaid, &[]] {
        let ask = Ask { uses, ..Ask::of(Operation::TokenizeTransport, &cards, &keys) };
        assert!(matches!(allowed(&held, &ask), Err(ErrorKind::Malformed(_))));
    }
}

/// A key of tokens serves nothing else, and no policy but this one lets tokens pass.
#[test]
fn no_other_way_leads_to_tokens() {
    for what in TokenUse::ALL {
        let master = key(1, what);
        for action in Action::all() {
            assert!(!action.fits(master.usage) && !action.fits_agreed(master.usage));
        }
        for proof in Proof::ALL {
            let actions = Operation::ALL.map(Action::Token).into_iter();
            for action in actions.chain(Function::ALL.map(Action::TokenDomains)) {
                for key in [None, Some(&master)] {
                    let found = refusal(authorize_one(&caller(proof), action, key, NOW));
                    assert!(found.is_some(), "{action:?} {proof:?}");
                }
            }
        }
    }
}

/// Without the right nothing is looked up, so nobody learns which domains there are.
#[test]
fn calls_are_judged_before_anything_is_looked_up() {
    let held = rights(&[("cards", &[Right::Tokenize])]);
    let call = |domain: &str, task| Call { domain: name(domain), task };
    let value = || Secret::new(b"4111111111111111".to_vec());
    let tokenize =
        || Task::Tokenize { value: value(), ttl_ms: None, metadata: Metadata::default() };
    let check = |call: &Call| check_call(&caller(Proof::ApiKey), &held, call);
    assert_eq!(check(&call("cards", tokenize())), Ok(()));
    assert_eq!(check(&call("unknown", tokenize())), Err(ErrorKind::Forbidden));
    let retokenize = Task::Retokenize { token: vec![b'4'; 16], to: name("cards") };
    assert_eq!(check(&call("unknown", retokenize)), Err(ErrorKind::Forbidden));
}

#[test]
fn domains_are_managed_by_whoever_may() {
    let (cards, other) = (name("cards"), name("other"));
    for function in Function::ALL {
        for right in Right::ALL.iter().copied() {
            let held = rights(&[("cards", &[right])]);
            let ask = |domain| {
                refusal(authorize_manage(&caller(Proof::ApiKey), &held, function, Some(domain)))
            };
            let needed = if function.is_control() { Right::Manage } else { Right::View };
            let expected = if right == needed { None } else { FORBIDDEN };
            assert_eq!(ask(&cards), expected, "{function:?} {right:?}");
            assert_eq!(ask(&other), FORBIDDEN, "{function:?} {right:?}");
        }
    }
    let view = rights(&[("cards", &[Right::View])]);
    assert!(may_view(&caller(Proof::ApiKey), &view, &cards));
    assert!(!may_view(&caller(Proof::ApiKey), &view, &other));
}

#[test]
fn rights_round_trip_and_names_lead_back() {
    for right in Right::ALL.iter().copied() {
        assert_eq!(Right::from_name(right.name()), Ok(right));
        assert_eq!(RightSet::of(&[right]).iter().collect::<Vec<_>>(), [right]);
    }
    for text in ["*", "cards", "cards*"] {
        assert_eq!(DomainPattern::parse(text).unwrap().text(), text);
    }
    for text in ["", "**", "a b", "a*b"] {
        assert_eq!(DomainPattern::parse(text), Err(RightsError::Domain), "{text}");
    }
    let twice = ["a", "a"].map(|text| Rule {
        domains: DomainPattern::parse(text).unwrap(),
        rights: RightSet::default(),
    });
    assert_eq!(TokenRights::new(twice.to_vec()), Err(RightsError::Rules));
    let record = RightsRecord {
        partition: OWNER,
        holder: ApiKeyId([4; 16]),
        rights: rights(&[("b*", Right::ALL), ("a", &[Right::View])]),
        changed: NOW,
    };
    let bytes = record.to_bytes().expose().clone();
    assert_eq!(RightsRecord::from_bytes(&bytes), Ok(record.clone()));
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let found = RightsRecord::from_bytes(&changed);
        assert!(found == Err(Corrupt) || found != Ok(record.clone()), "bit {bit}");
    }
}
