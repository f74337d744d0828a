//! Domains and their keys.

use super::*;
use crate::codec::{Corrupt, Record};
use crate::token::{Alphabet, Characters, LuhnMode};

const OWNER: PartitionId = PartitionId([1; 16]);
const NOW: UnixMs = UnixMs(1000);

fn key(byte: u8) -> KeyId {
    KeyId([byte; 16])
}

fn layout(front: u8, end: u8, luhn: LuhnMode) -> Layout {
    Layout::new(front, end, luhn, Alphabet::Digits).unwrap()
}

fn domain(layout: Layout, scheme: Scheme) -> Result<DomainRecord, TokenError> {
    let name = DomainName::parse("cards").unwrap();
    let limits = DomainLimits::default();
    let new = NewDomain { name, layout, scheme: NewScheme::Vaultless, limits };
    DomainRecord::new(OWNER, new, scheme, NOW)
}

fn vaultless(layout: Layout) -> Result<DomainRecord, TokenError> {
    let versions = Versions::first(&layout, key(1));
    domain(layout, Scheme::Vaultless(versions))
}

fn vaulted(mode: Mode) -> DomainRecord {
    let vault = Vault { mode, ttl_ms: Some(60_000), seal: key(1), earlier: vec![] };
    domain(layout(8, 4, LuhnMode::Versioned), Scheme::Vaulted(vault)).unwrap()
}

fn number(number: u8) -> TokenVersion {
    TokenVersion::new(number).unwrap()
}

#[test]
fn keys_roll_over_and_retired_versions_never_come_back() {
    let mut domain = vaultless(layout(0, 4, LuhnMode::Versioned)).unwrap();
    assert_eq!(domain.version(), Some(number(1)));
    assert_eq!(domain.rotate(key(1), NOW), Err(ErrorKind::KeyExists));
    domain.rotate(key(2), UnixMs(2000)).unwrap();
    assert_eq!((domain.version(), domain.updated), (Some(number(2)), UnixMs(2000)));
    assert_eq!(
        domain.keys(),
        [(key(1), TokenUse::Encrypt, false), (key(2), TokenUse::Encrypt, true)]
    );
    assert_eq!(domain.retire(number(2), NOW), Err(ErrorKind::WrongState));
    assert_eq!(domain.retire(number(3), NOW), Err(ErrorKind::KeyNotFound));
    domain.retire(number(1), NOW).unwrap();
    assert_eq!(domain.rotate(key(1), NOW), Err(ErrorKind::KeyExists), "two numbers for one key");
    let Scheme::Vaultless(versions) = &domain.scheme else { panic!("made so") };
    assert_eq!(versions.find(Some(number(1))), None);
    assert_eq!(versions.find(Some(number(2))).map(|one| one.key), Some(key(2)));
    for next in 3..=9 {
        domain.rotate(key(next), NOW).unwrap();
        assert_eq!(domain.version(), Some(number(next)));
    }
    assert_eq!(domain.rotate(key(10), NOW), Err(ErrorKind::Quota), "also with one retired");
}

#[test]
fn layouts_without_versions_do_not_rotate() {
    for luhn in [LuhnMode::Free, LuhnMode::Kept] {
        let mut domain = vaultless(layout(0, 4, luhn)).unwrap();
        assert_eq!(domain.version(), None);
        assert_eq!(domain.rotate(key(2), NOW), Err(ErrorKind::WrongState));
        assert_eq!(domain.retire(number(1), NOW), Err(ErrorKind::KeyNotFound));
    }
}

#[test]
fn vaults_get_other_seals_and_keep_their_index() {
    let mut domain = vaulted(Mode::Deterministic { index: key(0xff) });
    assert_eq!(domain.version(), Some(number(1)));
    for next in 2..=TOKEN_SEALS_MAX as u8 + 1 {
        domain.rotate(key(next), NOW).unwrap();
    }
    assert_eq!(domain.rotate(key(0x77), NOW), Err(ErrorKind::Quota));
    let keys = domain.keys();
    assert_eq!(keys[0], (key(TOKEN_SEALS_MAX as u8 + 1), TokenUse::Seal, true));
    assert_eq!(keys[1], (key(0xff), TokenUse::Index, true));
    assert_eq!(keys[2], (key(TOKEN_SEALS_MAX as u8), TokenUse::Seal, false));
    assert_eq!(keys.last(), Some(&(key(1), TokenUse::Seal, false)));
    assert_eq!(domain.retire(number(1), NOW), Err(ErrorKind::WrongState));
    assert_eq!(vaulted(Mode::Multiple).keys().len(), 1);
}

#[test]
fn layouts_that_never_leave_enough_are_refused_for_encryption_alone() {
    let letters = Alphabet::Characters(Characters::parse("abc").unwrap());
    let letters = Layout::new(8, 4, LuhnMode::Free, letters).unwrap();
    assert!(vaultless(letters).is_ok());
    assert!(vaultless(layout(8, 4, LuhnMode::Kept)).is_ok(), "19 digits leave six");
    let two = Alphabet::Characters(Characters::parse("ab").unwrap());
    assert!(vaultless(Layout::new(0, 0, LuhnMode::Free, two).unwrap()).is_ok(), "20 of them");
}

#[test]
fn limits_hold_where_few_values_are_free() {
    let limits = DomainLimits::default();
    assert_eq!(limits.distinct_per_hour(999_999_999), Some(1000));
    assert_eq!(limits.distinct_per_hour(1_000_000_000), None);
    let parts = [(1_000_000, 1000), (999_999, 999), (10_000, 10), (1000, 1), (1, 1)];
    for (values, count) in parts {
        assert_eq!(limits.distinct_per_hour(values), Some(count), "{values}");
    }
    let set = DomainLimits { distinct: DistinctLimit::PerHour(5), ..limits };
    assert_eq!(set.distinct_per_hour(u64::MAX), Some(5));
    let none = DomainLimits { distinct: DistinctLimit::None, ..limits };
    assert_eq!(none.distinct_per_hour(10_000), None);
    let high = DomainLimits { detokenize_per_hour: u32::MAX, ..limits };
    assert_eq!(high.check(), Err(ErrorKind::TooLarge));
    let many = DomainLimits { tokens_max: u64::MAX, ..limits };
    assert_eq!((limits.check(), many.check()), (Ok(()), Err(ErrorKind::TooLarge)));
}

#[test]
fn records_round_trip_and_each_byte_counts() {
    let mut rolled = vaultless(layout(0, 4, LuhnMode::Versioned)).unwrap();
    rolled.rotate(key(2), NOW).unwrap();
    rolled.retire(number(1), NOW).unwrap();
    rolled.limits.distinct = DistinctLimit::PerHour(7);
    let mut resealed = vaulted(Mode::Deterministic { index: key(9) });
    resealed.rotate(key(3), NOW).unwrap();
    let all = [
        rolled,
        resealed,
        vaultless(layout(6, 4, LuhnMode::Free)).unwrap(),
        vaulted(Mode::Multiple),
    ];
    for domain in all {
        let bytes = domain.to_bytes().expose().clone();
        assert_eq!(DomainRecord::from_bytes(&bytes), Ok(domain.clone()));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            match DomainRecord::from_bytes(&changed) {
                Err(Corrupt) => {}
                Ok(other) => {
                    assert_ne!(other, domain, "bit {bit}");
                    assert_eq!(other.to_bytes().expose(), &changed, "bit {bit}");
                }
            }
        }
    }
}
