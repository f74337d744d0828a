//! What payment keys are and have of their own.

use typex_core::audit::{Detail, Operator};
use typex_core::key::payment::{
    Algorithm, Attributes, Curve, Entry, MacHash, Own, RsaBits, Usage, UsageSet,
};
use typex_core::key::{AesBits, KeyRecord};
use typex_core::{Error, ErrorKind};
use typex_store::Store;

use super::super::perform::{Desk, entry};
use super::access::malformed;
use super::{Listed, OwnWanted, PaymentAnswer, PaymentKeyShown, name as names};

/// What people call algorithms.
pub(super) const ALGORITHMS: [(&str, Algorithm); 15] = [
    ("TDES_2KEY", Algorithm::Tdes2),
    ("TDES_3KEY", Algorithm::Tdes3),
    ("AES_128", Algorithm::Aes(AesBits::Aes128)),
    ("AES_192", Algorithm::Aes(AesBits::Aes192)),
    ("AES_256", Algorithm::Aes(AesBits::Aes256)),
    ("HMAC_SHA224", Algorithm::Hmac(MacHash::Sha224)),
    ("HMAC_SHA256", Algorithm::Hmac(MacHash::Sha256)),
    ("HMAC_SHA384", Algorithm::Hmac(MacHash::Sha384)),
    ("HMAC_SHA512", Algorithm::Hmac(MacHash::Sha512)),
    ("RSA_2048", Algorithm::Rsa(RsaBits::Rsa2048)),
    ("RSA_3072", Algorithm::Rsa(RsaBits::Rsa3072)),
    ("RSA_4096", Algorithm::Rsa(RsaBits::Rsa4096)),
    ("ECC_NIST_P256", Algorithm::Ec(Curve::P256)),
    ("ECC_NIST_P384", Algorithm::Ec(Curve::P384)),
    ("ECC_NIST_P521", Algorithm::Ec(Curve::P521)),
];

pub(super) fn list(desk: &Desk<'_>, partition: Option<String>) -> Result<PaymentAnswer, Error> {
    let limit = desk.rows_max.saturating_add(1);
    let listed = desk.store.read(move |tx| {
        let partition = partition.map(|text| names::partition(tx, &text)).transpose()?;
        tx.select(partition, limit, |key: KeyRecord| shown(&key))
    });
    let mut rows = listed.wait()?;
    rows.sort_by(|one, other| (&one.partition, &one.id).cmp(&(&other.partition, &other.id)));
    Ok(PaymentAnswer::Keys(Listed::of(rows, desk.rows_max)))
}

pub(super) fn set(
    store: &Store,
    (partition, key): (Option<String>, String),
    wanted: OwnWanted,
) -> Result<PaymentAnswer, Error> {
    let own = own(wanted)?;
    let found = store.read(move |tx| {
        let partition = partition.map(|text| names::partition(tx, &text)).transpose()?;
        names::key(tx, partition, &key)
    });
    let found = found.wait()?;
    let changed = store.write(move |tx| {
        let record = tx.change_own(found.partition, found.id, own).map_err(explained)?;
        tx.record(entry(Operator::KeyOwn, Some((record.id, record.version)), Detail::None));
        Ok(record)
    });
    let rows: Vec<_> = shown(&changed.wait()?).into_iter().collect();
    Ok(PaymentAnswer::Keys(rows.into()))
}

pub(super) fn usage(code: &str) -> Result<Usage, Error> {
    let bytes: Option<[u8; 2]> = code.as_bytes().try_into().ok();
    let error = || malformed(format!("{code:?} is no usage; one is P0"));
    bytes.and_then(Usage::from_code).ok_or_else(error)
}

pub(super) fn algorithm(name: &str) -> Result<Algorithm, Error> {
    let found = ALGORITHMS.into_iter().find(|(known, _)| *known == name);
    let error = || malformed(format!("{name:?} is no algorithm; one is AES_256"));
    found.map(|(_, algorithm)| algorithm).ok_or_else(error)
}

fn own(wanted: OwnWanted) -> Result<Own, Error> {
    Ok(match wanted {
        OwnWanted::Nothing => Own::Nothing,
        OwnWanted::Brings(codes) => {
            let usages: Result<Vec<_>, _> = codes.iter().map(|code| usage(code)).collect();
            Own::Brings(UsageSet::of(&usages?))
        }
        OwnWanted::PinRule(text) => {
            let rule = text.parse();
            Own::PinRule(rule.map_err(|error| malformed(format!("{text:?}: {error}")))?)
        }
        OwnWanted::Format1 => Own::Format1,
        OwnWanted::GcmOnly => Own::GcmOnly,
        OwnWanted::ClientData => Own::ClientData,
    })
}

fn explained(error: Error) -> Error {
    let text = match error.kind {
        ErrorKind::KeyUsage => {
            "usages are for K0, K1 and K4, a PIN rule is for V1 and P1, format 1 for P0 and B0, \
             GCM alone for D0 of AES, data of clients for E1"
        }
        ErrorKind::KeyState => "the key is destroyed",
        _ => return error,
    };
    Error::new(error.kind, text)
}

/// A payment key in a few words: usage, algorithm, mode.
pub(in crate::admin) fn described(record: &KeyRecord) -> Option<String> {
    let PaymentKeyShown { usage, algorithm, mode, .. } = shown(record)?;
    Some(format!("{usage} {algorithm} {mode}"))
}

fn shown(record: &KeyRecord) -> Option<PaymentKeyShown> {
    let attributes = record.usage.payment()?;
    let name = ALGORITHMS.into_iter().find(|(_, known)| *known == attributes.algorithm);
    Some(PaymentKeyShown {
        id: record.id.to_string(),
        partition: record.partition.to_string(),
        usage: format!("{:?}", attributes.usage),
        algorithm: name.map(|(name, _)| name).unwrap_or_default().to_owned(),
        mode: char::from(attributes.mode.code()).to_string(),
        exportability: char::from(attributes.exportability.code()).to_string(),
        entry: entered(attributes.entry).to_owned(),
        own: owned(attributes),
        state: record.state.name().to_owned(),
        version: record.version,
        created_ms: record.created.0,
    })
}

fn entered(entry: Entry) -> &'static str {
    match entry {
        Entry::Generated => "generated",
        Entry::Components => "components",
        Entry::Block => "key block",
        Entry::CallerBlock => "caller's key block",
        Entry::Clear => "clear",
    }
}

fn owned(attributes: &Attributes) -> Option<String> {
    match attributes.own {
        Own::Nothing => None,
        Own::Brings(usages) => {
            let codes: Vec<_> = usages.iter().map(|usage| format!("{usage:?}")).collect();
            Some(format!("brings {}", codes.join(",")))
        }
        Own::PinRule(rule) => Some(format!("pin-rule {rule}")),
        Own::Format1 => Some("accept-format-1".to_owned()),
        Own::GcmOnly => Some("gcm-only".to_owned()),
        Own::ClientData => Some("client-data".to_owned()),
    }
}
