//! Domains of tokens.

use typex_core::audit::{Detail, Entry, Phase, TokenDetail, Verb};
use typex_core::key::TokenUse;
use typex_core::op::Action;
use typex_core::op::token::manage::Function;
use typex_core::principal::Principal;
use typex_core::token::domain::{
    DistinctLimit, DomainLimits, DomainRecord, Mode, NewDomain, NewScheme, Scheme, Standing,
};
use typex_core::token::vault::{FillRecord, LevelRecord};
use typex_core::token::{Alphabet, Characters, DomainName, Layout, LuhnMode, TokenVersion};
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_store::{Store, Tx, system_clock};

use super::super::payments::{malformed, partition};
use super::super::perform::{ROWS_MAX, parse_id};
use super::{DomainChange, DomainKey, DomainShown, DomainWanted, LevelShown, TokenAnswer};
use crate::gateway::token::domains::{self, Drawn};

/// Name of a scheme that encrypts.
const ENCRYPT: &str = "encrypt";

/// Name of one in which a value has one random token.
const VAULT: &str = "vault";

/// Name of one in which a value gets a new random token each time.
const VAULT_MULTIPLE: &str = "vault-multiple";

pub(super) fn create(store: &Store, wanted: DomainWanted) -> Result<TokenAnswer, Error> {
    let new = new_domain(&wanted)?;
    let keys = [drawn()?, drawn()?];
    let made = store.write(move |tx| {
        let partition = partition(tx, &wanted.partition)?;
        let entry = entry(partition, Function::Create, &new.name);
        let made = domains::create(tx, partition, new, keys, system_clock())?;
        tx.record(entry);
        shown(tx, &made)
    });
    Ok(TokenAnswer::Domains(vec![made.wait()?]))
}

pub(super) fn list(store: &Store, of: Option<String>) -> Result<TokenAnswer, Error> {
    let listed = store.read(move |tx| {
        let of = of.map(|text| partition(tx, &text)).transpose()?;
        let records: Vec<DomainRecord> = tx.select(of, ROWS_MAX, Some)?;
        records.iter().map(|record| shown(tx, record)).collect::<Result<Vec<_>, _>>()
    });
    let mut rows = listed.wait()?;
    rows.sort_by(|one, next| (&one.partition, &one.name).cmp(&(&next.partition, &next.name)));
    Ok(TokenAnswer::Domains(rows))
}

pub(super) fn change(
    store: &Store,
    (of, text): (String, String),
    what: DomainChange,
) -> Result<TokenAnswer, Error> {
    let name = domain_name(&text)?;
    if what == DomainChange::Show {
        let found = store.read(move |tx| shown(tx, &tx.token_domain(partition(tx, &of)?, &name)?));
        return Ok(TokenAnswer::Domains(vec![found.wait()?]));
    }
    let drawn = drawn()?;
    let changed = store.write(move |tx| {
        let partition = partition(tx, &of)?;
        let (function, record) = changed(tx, partition, (&name, what), drawn)?;
        tx.record(entry(partition, function, &name));
        record.map(|record| shown(tx, &record)).transpose()
    });
    Ok(TokenAnswer::Domains(changed.wait()?.into_iter().collect()))
}

fn changed(
    tx: &mut Tx<'_>,
    partition: PartitionId,
    (name, what): (&DomainName, DomainChange),
    drawn: Drawn,
) -> Result<(Function, Option<DomainRecord>), Error> {
    let place = (partition, system_clock());
    match what {
        DomainChange::Show => Err(ErrorKind::Internal.into()),
        DomainChange::Rotate { key } => {
            let key: Option<KeyId> = key.as_deref().map(parse_id).transpose()?;
            let record = domains::rotate(tx, place, name, key, drawn).map_err(told)?;
            Ok((Function::Rotate, Some(record)))
        }
        DomainChange::Retire { version } => {
            let version = TokenVersion::new(version)
                .ok_or_else(|| malformed("versions are 1 to 9".to_owned()))?;
            let record = domains::retire(tx, place, name, version).map_err(told)?;
            Ok((Function::Retire, Some(record)))
        }
        DomainChange::Delete => {
            tx.delete_token_domain(partition, name)?;
            Ok((Function::Delete, None))
        }
    }
}

/// With what an operator can do about it.
fn told(error: Error) -> Error {
    match error.kind {
        kind @ ErrorKind::WrongState => Error::new(
            kind,
            "tokens of this domain say no version, or this is the one of new tokens, or the domain \
             has a vault: only `versioned` domains that encrypt have versions, vaults rotate alone",
        ),
        kind @ ErrorKind::Quota => Error::new(kind, "the domain has as many keys as it can have"),
        _ => error,
    }
}

pub(super) fn levels(store: &Store, of: Option<String>) -> Result<TokenAnswer, Error> {
    let levels = store.read(move |tx| {
        let of = of.map(|text| partition(tx, &text)).transpose()?;
        tx.select(of, ROWS_MAX, |LevelRecord(fill)| Some(fill))
    });
    let mut levels: Vec<FillRecord> = levels.wait()?;
    levels.sort_by_key(|fill| std::cmp::Reverse(fill.permille()));
    Ok(TokenAnswer::Levels(levels.iter().map(level).collect()))
}

fn level(fill: &FillRecord) -> LevelShown {
    let kept: String = fill.pattern.kept().iter().map(|byte| char::from(*byte)).collect();
    let length = fill.pattern.length();
    LevelShown {
        partition: fill.partition.to_string(),
        domain: fill.domain.to_string(),
        form: format!("{kept} of {length}"),
        tokens: fill.tokens,
        values: fill.values.get(),
        permille: fill.permille(),
    }
}

fn new_domain(wanted: &DomainWanted) -> Result<NewDomain, Error> {
    let alphabet = match &wanted.alphabet {
        None => Alphabet::Digits,
        Some(text) => Alphabet::Characters(Characters::parse(text).map_err(text_of)?),
    };
    let luhn = LuhnMode::from_code(&wanted.luhn)
        .ok_or_else(|| malformed("--luhn is free, kept or versioned".to_owned()))?;
    let layout = Layout::new(wanted.front, wanted.end, luhn, alphabet).map_err(text_of)?;
    let distinct = match wanted.distinct.as_deref() {
        None => DistinctLimit::WhereFew,
        Some("none") => DistinctLimit::None,
        Some(text) => DistinctLimit::PerHour(
            text.parse().map_err(|_| malformed("--distinct is a number or none".to_owned()))?,
        ),
    };
    let default = DomainLimits::default();
    let detokenize_per_hour = wanted.detokenize.unwrap_or(default.detokenize_per_hour);
    let limits = DomainLimits { distinct, detokenize_per_hour, ..default };
    let scheme = scheme(wanted)?;
    Ok(NewDomain { name: domain_name(&wanted.name)?, layout, scheme, limits })
}

fn scheme(wanted: &DomainWanted) -> Result<NewScheme, Error> {
    let ttl_ms = wanted.ttl_seconds.map(|seconds| seconds.saturating_mul(1000));
    match (wanted.scheme.as_str(), ttl_ms) {
        (ENCRYPT, None) => Ok(NewScheme::Vaultless),
        (ENCRYPT, Some(_)) => Err(malformed("only tokens of a vault have an end".to_owned())),
        (VAULT, ttl_ms) => Ok(NewScheme::Vaulted { deterministic: true, ttl_ms }),
        (VAULT_MULTIPLE, ttl_ms) => Ok(NewScheme::Vaulted { deterministic: false, ttl_ms }),
        _ => Err(malformed(format!("--scheme is {ENCRYPT}, {VAULT} or {VAULT_MULTIPLE}"))),
    }
}

fn shown(tx: &Tx<'_>, record: &DomainRecord) -> Result<DomainShown, Error> {
    let levels = tx.vault_levels(record.partition)?;
    let own = levels.iter().filter(|fill| fill.domain == record.name);
    let (scheme, ttl_ms) = match record.vault() {
        None => (ENCRYPT, None),
        Some(vault) => match vault.mode {
            Mode::Deterministic { .. } => (VAULT, vault.ttl_ms),
            Mode::Multiple => (VAULT_MULTIPLE, vault.ttl_ms),
        },
    };
    let layout = &record.layout;
    Ok(DomainShown {
        partition: record.partition.to_string(),
        name: record.name.to_string(),
        scheme: scheme.to_owned(),
        front: layout.front(),
        end: layout.end(),
        luhn: layout.luhn().code().to_owned(),
        alphabet: match layout.alphabet() {
            Alphabet::Digits => None,
            Alphabet::Characters(characters) => Some(characters.to_string()),
        },
        is_recognisable: layout.is_recognisable(),
        ttl_seconds: ttl_ms.map(|ms| ms / 1000),
        distinct: match record.limits.distinct {
            DistinctLimit::WhereFew => "where-few".to_owned(),
            DistinctLimit::PerHour(count) => count.to_string(),
            DistinctLimit::None => "none".to_owned(),
        },
        detokenize: record.limits.detokenize_per_hour,
        keys: keys(record),
        fullest_permille: own.map(FillRecord::permille).max(),
        created_ms: record.created.0,
    })
}

fn keys(record: &DomainRecord) -> Vec<DomainKey> {
    if let Scheme::Vaultless(versions) = &record.scheme {
        let key = |one: &typex_core::token::domain::Version| DomainKey {
            key: one.key.to_string(),
            version: one.number.map(TokenVersion::number),
            does: "encrypt".to_owned(),
            standing: match one.standing {
                Standing::Current => "current",
                Standing::Live => "live",
                Standing::Retired => "retired",
            }
            .to_owned(),
        };
        return versions.all().iter().map(key).collect();
    }
    let key = |(id, what, is_current): (KeyId, TokenUse, bool)| DomainKey {
        key: id.to_string(),
        version: None,
        does: match what {
            TokenUse::Encrypt => "encrypt",
            TokenUse::Seal => "seal",
            TokenUse::Index => "index",
        }
        .to_owned(),
        standing: if is_current { "current" } else { "live" }.to_owned(),
    };
    record.keys().into_iter().map(key).collect()
}

fn entry(partition: PartitionId, function: Function, domain: &DomainName) -> Entry {
    let detail = TokenDetail { domain: domain.clone(), pan: None, purpose: None };
    Entry {
        time: system_clock(),
        principal: Principal { partition, ..Principal::OPERATOR },
        peer: None,
        verb: Verb::Request(Action::TokenDomains(function)),
        key: None,
        path: None,
        phase: Phase::Single { result: Ok(()) },
        detail: Detail::Token(Box::new(detail)),
    }
}

fn drawn() -> Result<Drawn, Error> {
    Drawn::new(aws_lc_rs::rand::fill).map_err(|_| ErrorKind::DeviceFault.into())
}

fn domain_name(text: &str) -> Result<DomainName, Error> {
    DomainName::parse(text).map_err(text_of)
}

fn text_of(error: impl std::fmt::Display) -> Error {
    malformed(error.to_string())
}
