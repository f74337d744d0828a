//! Tokens of a vault, through the store's public interface.

mod bounds;
mod crash;
mod model;
mod quota;
mod tamper;
mod tokens;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use typex_core::error::ErrorKind;
use typex_core::token::domain::{
    DomainLimits, DomainRecord, Mode, NewDomain, NewScheme, Scheme, Vault,
};
use typex_core::token::vault::{
    CountRecord, FillRecord, IndexRecord, Sealed, TombEndRecord, TombRecord, VaultRecord, space,
};
use typex_core::token::{Alphabet, DomainName, Layout, LuhnMode, Metadata, Pattern};
use typex_core::{Error, KeyId, PartitionId, UnixMs};

use crate::{Candidate, Inserted, NewToken, Store, StoredRecord, Tx};

pub(super) const OWNER: PartitionId = PartitionId([1; 16]);
pub(super) const NOW: UnixMs = UnixMs(1_000_000_000);

pub(super) fn domain(name: &str) -> DomainName {
    DomainName::parse(name).unwrap()
}

/// 8 and 4 of 16 digits are kept, so that 10 000 tokens share a pattern.
pub(super) fn layout() -> Layout {
    Layout::new(8, 4, LuhnMode::Free, Alphabet::Digits).unwrap()
}

/// The value of a number, in one of a few patterns.
pub(super) fn pan(number: u32) -> Vec<u8> {
    format!("4111111{}{:04}1111", number / 10_000, number % 10_000).into_bytes()
}

/// A token of the same pattern.
pub(super) fn token(pan: &[u8], draw: u32) -> Vec<u8> {
    let text = std::str::from_utf8(pan).unwrap();
    format!("{}{:04}{}", &text[..8], draw % 10_000, &text[12..]).into_bytes()
}

/// A value as if it were sealed: tests read it back.
pub(super) fn sealed(pan: &[u8], token: &[u8]) -> Sealed {
    Sealed { key: KeyId([7; 16]), version: 1, bytes: [pan, b"/", token].concat() }
}

pub(super) fn opened(record: &VaultRecord) -> Vec<u8> {
    let bound = [b"/".as_slice(), &record.token].concat();
    record.sealed.bytes.strip_suffix(bound.as_slice()).expect("under its own token").to_vec()
}

fn index(pan: &[u8]) -> [u8; 32] {
    let mut index = [0; 32];
    index[..pan.len()].copy_from_slice(pan);
    index
}

/// What asks for a token of a value with these draws.
pub(super) fn new_token(name: &str, pan: &[u8], draws: &[u32]) -> NewToken {
    let candidates = draws.iter().map(|draw| {
        let token = token(pan, *draw);
        Candidate { sealed: sealed(pan, &token), token }
    });
    NewToken {
        partition: OWNER,
        domain: domain(name),
        made: NOW,
        candidates: candidates.collect(),
        index: Some(index(pan)),
        pattern: Pattern::of(&layout(), pan).unwrap(),
        values: layout().free_values(pan.len()).unwrap(),
        now: NOW,
        expiry: None,
        metadata: Metadata::default(),
    }
}

pub(super) fn insert(store: &Store, new: NewToken) -> Result<Inserted, ErrorKind> {
    let reply = store.write(move |tx| {
        make_domain(tx, new.domain.as_str())?;
        tx.vault_insert_or_get(&new)
    });
    reply.wait().map_err(|error| error.kind)
}

/// Makes a domain unless it is there.
pub(super) fn make_domain(tx: &mut Tx<'_>, name: &str) -> Result<(), Error> {
    match tx.token_domain(OWNER, &domain(name)) {
        Ok(_) => Ok(()),
        Err(_) => tx.create_token_domain(&vault_domain(name)),
    }
}

pub(super) fn delete(store: &Store, name: &str, token: Vec<u8>, now: UnixMs) -> bool {
    let name = domain(name);
    store.write(move |tx| tx.vault_delete(OWNER, &name, &token, now)).wait().unwrap()
}

pub(super) fn resolve(store: &Store, name: &str, token: &[u8], now: UnixMs) -> Option<Vec<u8>> {
    let (name, token) = (domain(name), token.to_vec());
    let record = store.read(move |tx| tx.vault_record(OWNER, &name, &token, now));
    record.wait().unwrap().as_ref().map(opened)
}

fn vault_domain(name: &str) -> DomainRecord {
    let vault = Vault { mode: Mode::Multiple, ttl_ms: None, seal: KeyId([7; 16]), earlier: vec![] };
    let (scheme, limits) = (NewScheme::Vaultless, DomainLimits::default());
    let new = NewDomain { name: domain(name), layout: layout(), scheme, limits };
    DomainRecord::new(OWNER, new, Scheme::Vaulted(vault), NOW).unwrap()
}

/// Everything in the vaults, once it is found to fit together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// Domain, token and value.
    pub(super) tokens: Vec<(String, Vec<u8>, Vec<u8>)>,
}

/// Reads all of it: every token has its value, every indexed value one token, every pattern the
/// number of its tokens.
pub(super) fn contents(tx: &Tx<'_>) -> Result<Contents, Error> {
    let tokens: Vec<VaultRecord> = all(tx)?;
    let (entries, fills): (Vec<IndexRecord>, Vec<FillRecord>) = (all(tx)?, all(tx)?);
    for record in &tokens {
        let Some(index) = record.index else { continue };
        assert_eq!(index, self::index(&opened(record)));
        let space = space(record.partition, &record.domain);
        let entry: IndexRecord = tx.get(space, &index)?.expect("a token is in the index");
        assert_eq!(entry.token, record.token, "a value has one token");
    }
    assert_eq!(entries.len(), tokens.iter().filter(|one| one.index.is_some()).count());
    let tombs: Vec<TombRecord> = all(tx)?;
    assert_eq!(all::<TombEndRecord>(tx)?.len(), tombs.len());
    assert!(
        tombs.iter().all(|tomb| tokens
            .iter()
            .all(|one| one.token != tomb.token || one.domain != tomb.domain))
    );
    let patterns = tokens.iter().map(|one| (&one.domain, &one.pattern));
    let patterns = patterns.chain(tombs.iter().map(|tomb| (&tomb.domain, &tomb.pattern)));
    let mut counted = BTreeMap::<_, u64>::new();
    patterns.for_each(|pattern| *counted.entry(pattern).or_default() += 1);
    let told: BTreeMap<_, _> =
        fills.iter().map(|fill| ((&fill.domain, &fill.pattern), fill.tokens)).collect();
    assert_eq!(counted, told);
    let mut counted = BTreeMap::<_, u64>::new();
    let domains = tokens.iter().flat_map(|one| [None, Some(one.domain.clone())]);
    domains.for_each(|domain| *counted.entry(domain).or_default() += 1);
    let told = all::<CountRecord>(tx)?.into_iter().map(|count| (count.domain, count.tokens));
    assert_eq!(counted, told.collect());
    let told = |one: &VaultRecord| (one.domain.to_string(), one.token.clone(), opened(one));
    let mut tokens: Vec<_> = tokens.iter().map(told).collect();
    tokens.sort();
    Ok(Contents { tokens })
}

fn all<R: StoredRecord>(tx: &Tx<'_>) -> Result<Vec<R>, Error> {
    let mut all = vec![];
    tx.scan_all(|record| {
        all.push(record);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}
