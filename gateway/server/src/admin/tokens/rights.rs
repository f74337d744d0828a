//! What callers may do with tokens.

use typex_core::audit::{Detail, Operator};
use typex_core::id::ApiKeyId;
use typex_core::op::payment::access::{AccessKeyId, AccessKeyRecord};
use typex_core::op::registration::ApiKeyRecord;
use typex_core::policy::token::{DomainPattern, Right, RightSet, RightsRecord, Rule, TokenRights};
use typex_core::{ClientId, Error, PartitionId};
use typex_store::{Store, Tx, system_clock};

use super::super::payments::malformed;
use super::super::perform::{ROWS_MAX, entry, parse_id, unknown};
use super::{RightsShown, TokenAnswer};

/// Whoever holds a key, and where.
type Holder = (PartitionId, ApiKeyId);

pub(super) fn grant(
    store: &Store,
    caller: String,
    domains: &str,
    rights: &[String],
) -> Result<TokenAnswer, Error> {
    let domains = DomainPattern::parse(domains).map_err(text_of)?;
    let rights: Vec<Right> = rights
        .iter()
        .map(|name| Right::from_name(name))
        .collect::<Result<_, _>>()
        .map_err(text_of)?;
    let rule = Rule { domains, rights: RightSet::of(&rights) };
    change(store, caller, move |mut rules: Vec<Rule>| {
        rules.retain(|one| one.domains != rule.domains);
        rules.push(rule.clone());
        TokenRights::new(rules).map_err(text_of)
    })
}

pub(super) fn revoke(
    store: &Store,
    caller: String,
    domains: Option<&str>,
) -> Result<TokenAnswer, Error> {
    let domains = domains.map(DomainPattern::parse).transpose().map_err(text_of)?;
    change(store, caller, move |mut rules: Vec<Rule>| {
        let before = rules.len();
        rules.retain(|one| domains.as_ref().is_some_and(|gone| one.domains != *gone));
        if rules.len() == before {
            return Err(unknown("right"));
        }
        TokenRights::new(rules).map_err(text_of)
    })
}

pub(super) fn list(store: &Store, caller: Option<String>) -> Result<TokenAnswer, Error> {
    let listed = store.read(move |tx| {
        let only = caller.map(|caller| holders(tx, &caller)).transpose()?;
        let wanted = |record: &RightsRecord| {
            only.as_ref().is_none_or(|only| only.contains(&(record.partition, record.holder)))
        };
        tx.select(None, ROWS_MAX, |record: RightsRecord| wanted(&record).then_some(record))
    });
    Ok(TokenAnswer::Rights(listed.wait()?.iter().flat_map(shown).collect()))
}

fn change(
    store: &Store,
    caller: String,
    with: impl Fn(Vec<Rule>) -> Result<TokenRights, Error> + Send + 'static,
) -> Result<TokenAnswer, Error> {
    let changed = store.write(move |tx| {
        let mut records = Vec::new();
        for (partition, holder) in holders(tx, &caller)? {
            let found: Option<RightsRecord> = tx.get(partition, &holder.0)?;
            let rules = found.map_or_else(Vec::new, |found| found.rights.rules().to_vec());
            let (rights, changed) = (with(rules)?, system_clock());
            let record = RightsRecord { partition, holder, rights, changed };
            if record.rights.rules().is_empty() {
                tx.delete::<RightsRecord>(partition, &holder.0)?;
            } else {
                tx.put(&record)?;
            }
            tx.record(entry(Operator::TokenRights, None, Detail::AccessKey(holder)));
            records.push(record);
        }
        Ok(records)
    });
    Ok(TokenAnswer::Rights(changed.wait()?.iter().flat_map(shown).collect()))
}

/// Whom an operator means: an access key, an API key by its id, or all API keys of a client.
fn holders(tx: &Tx<'_>, text: &str) -> Result<Vec<Holder>, Error> {
    if let Ok(id) = text.parse::<AccessKeyId>() {
        let found: Option<AccessKeyRecord> = tx.get(PartitionId::SERVICE, id.as_bytes())?;
        let found = found.ok_or_else(|| unknown("access key"))?;
        return Ok(vec![(found.partition, found.api_key)]);
    }
    let (id, client): (ApiKeyId, ClientId) = (parse_id(text)?, parse_id(text)?);
    let of_access = |one: AccessKeyRecord| (one.api_key == id).then_some((one.partition, id));
    let mut found = tx.select(None, ROWS_MAX, of_access)?;
    let of_api = |one: ApiKeyRecord| {
        (one.id == id || one.client == client).then_some((one.partition, one.id))
    };
    found.extend(tx.select(None, ROWS_MAX, of_api)?);
    if found.is_empty() { Err(unknown("access key, API key or client")) } else { Ok(found) }
}

fn shown(record: &RightsRecord) -> Vec<RightsShown> {
    let rule = |rule: &Rule| RightsShown {
        caller: record.holder.to_string(),
        partition: record.partition.to_string(),
        domains: rule.domains.text(),
        rights: rule.rights.iter().map(|right| right.name().to_owned()).collect(),
        changed_ms: record.changed.0,
    };
    record.rights.rules().iter().map(rule).collect()
}

fn text_of(error: impl std::fmt::Display) -> Error {
    malformed(error.to_string())
}
