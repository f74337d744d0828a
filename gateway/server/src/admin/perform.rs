//! Carries operator requests out on the store.

use typex_core::audit::{Detail, Entry, Operator, Phase, Verb};
use typex_core::key::{General, KeyName, KeyRecord, KeyState, Usage};
use typex_core::op::instance::InstanceRecord;
use typex_core::op::registration::ClientRecord;
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_store::{Store, Tx, system_clock};

use super::payments::{self, Ceremonies};
use super::tokens;
use super::{Answer, CardRequest, Change, Client, Hem, Key, Request};
use crate::card::Card;
use crate::config::PaymentRules;
use crate::gateway::Counts;
use crate::hem::{self, Hems};
use crate::registration;

/// Most keys or clients in one answer.
pub(super) const ROWS_MAX: usize = 100_000;

/// What operator requests are carried out on.
pub struct Desk<'a> {
    /// Keys, clients and the audit log.
    pub store: &'a Store,
    /// To be called when a key or client may have stopped working.
    pub revoked: &'a dyn Fn(),
    /// The backend in use; `None` if no gateway runs.
    pub backend: Option<&'static str>,
    /// The card in use.
    pub card: Option<&'a Card>,
    /// The instances that are served; `None` if no gateway runs.
    pub hems: Option<&'a Hems>,
    /// The keys whose components wait for others; `None` if no gateway runs.
    pub ceremonies: Option<&'a Ceremonies>,
    /// Failures of payment operations; `None` if no gateway runs.
    pub counts: Option<&'a Counts>,
    /// What the operator decided about payments.
    pub payments: PaymentRules,
}

impl<'a> Desk<'a> {
    /// A store that no gateway runs on.
    pub fn alone(store: &'a Store, payments: PaymentRules) -> Self {
        Self {
            store,
            revoked: &|| {},
            backend: None,
            card: None,
            hems: None,
            ceremonies: None,
            counts: None,
            payments,
        }
    }
}

/// Carries out `request`. Blocks until it is on disk; then, if a key or client may have stopped
/// working, tells so before it returns.
pub fn perform(desk: &Desk<'_>, request: Request) -> Answer {
    let Desk { store, revoked, .. } = desk;
    let done = match request {
        Request::Keys { partition } => keys(store, partition.as_deref()),
        Request::Key { id } => key(store, &id),
        Request::ChangeKey { id, to } => change_key(store, &id, to).inspect(|_| revoked()),
        Request::AddClient { name } => add_client(store, name),
        Request::Clients => clients(store),
        Request::ConfirmClient { registration } => confirm_client(store, registration),
        Request::RevokeClient { id } => revoke_client(store, &id).inspect(|_| revoked()),
        Request::AddHem { name } => hem::add(store, desk.hems, &name).map(|()| Answer::Done),
        Request::Hems => hems(desk),
        Request::StartHem { name } => hem::start(store, desk.hems, &name).map(|()| Answer::Done),
        Request::RemoveHem { name } => {
            hem::remove(store, desk.hems, &name).map(|()| Answer::Done).inspect(|_| revoked())
        }
        Request::Backup { file } => return backup(store, &file),
        Request::Card(request) => return on_card(desk, &request),
        Request::Payments(request) => {
            payments::perform(desk, *request).map(|answer| Answer::Payments(Box::new(answer)))
        }
        Request::Tokens(request) => {
            tokens::perform(desk, *request).map(|answer| Answer::Tokens(Box::new(answer)))
        }
    };
    done.unwrap_or_else(|error| Answer::Refused { reason: error.to_string() })
}

fn on_card(desk: &Desk<'_>, request: &CardRequest) -> Answer {
    match desk.card {
        Some(card) => super::card::perform(desk.store, card, request),
        None => Answer::Refused { reason: super::card::absent(desk.backend) },
    }
}

fn keys(store: &Store, partition: Option<&str>) -> Result<Answer, Error> {
    let partition: Option<PartitionId> = partition.map(parse_id).transpose()?;
    let records = store.read(move |tx| tx.list_keys(partition, ROWS_MAX)).wait()?;
    Ok(Answer::Keys(records.iter().map(view_key).collect()))
}

fn key(store: &Store, id: &str) -> Result<Answer, Error> {
    let id = id.to_owned();
    let record = store.read(move |tx| named_key(tx, &id)).wait()?;
    Ok(Answer::Keys(vec![view_key(&record)]))
}

fn change_key(store: &Store, id: &str, change: Change) -> Result<Answer, Error> {
    let id = id.to_owned();
    let (to, verb) = match change {
        Change::Suspend => (KeyState::Suspended, Operator::KeySuspend),
        Change::Resume => (KeyState::Active, Operator::KeyResume),
        Change::Destroy => (KeyState::Destroyed, Operator::KeyDestroy),
    };
    let changed = store.write(move |tx| {
        let record = named_key(tx, &id)?;
        tx.change_state(record.partition, KeyName::Id(record.id), to)?;
        tx.record(entry(verb, Some((record.id, record.version)), Detail::None));
        Ok(())
    });
    changed.wait()?;
    Ok(Answer::Done)
}

fn add_client(store: &Store, name: String) -> Result<Answer, Error> {
    let added = store.write(move |tx| {
        let (client, api_key) = registration::operator_client(tx, name, system_clock())?;
        tx.record(entry(Operator::ClientAdd, None, Detail::Client(client.id)));
        Ok((client, api_key))
    });
    let (client, api_key) = added.wait()?;
    Ok(Answer::Added { client: view_client(&client), api_key: api_key.expose().clone() })
}

fn confirm_client(store: &Store, registration: String) -> Result<Answer, Error> {
    let confirmed = store.write(move |tx| {
        registration::confirm_registration(tx, &registration, system_clock())?;
        tx.record(entry(Operator::ClientConfirm, None, Detail::None));
        Ok(())
    });
    confirmed.wait()?;
    Ok(Answer::Done)
}

fn clients(store: &Store) -> Result<Answer, Error> {
    let view = |client: ClientRecord| Some(view_client(&client));
    let rows = store.read(move |tx| tx.select(None, ROWS_MAX, view));
    let mut rows = rows.wait()?;
    rows.sort_by_key(|client| client.created_ms);
    Ok(Answer::Clients(rows))
}

fn hems(desk: &Desk<'_>) -> Result<Answer, Error> {
    let all = hem::list(desk.store, desk.hems)?.into_iter();
    Ok(Answer::Hems(all.map(|(record, serves)| view_hem(&record, serves)).collect()))
}

fn revoke_client(store: &Store, id: &str) -> Result<Answer, Error> {
    let id: typex_core::ClientId = parse_id(id)?;
    let revoked = store.write(move |tx| {
        registration::remove_client(tx, id, system_clock())?;
        tx.record(entry(Operator::ClientRevoke, None, Detail::Client(id)));
        Ok(())
    });
    revoked.wait()?;
    Ok(Answer::Done)
}

fn backup(store: &Store, file: &std::path::Path) -> Answer {
    match store.backup(file) {
        Ok(summary) => {
            let entry = entry(Operator::Backup, None, Detail::Count(summary.records));
            if let Err(error) = store.record(entry).wait() {
                return Answer::Refused { reason: error.to_string() };
            }
            Answer::BackedUp { records: summary.records, epoch: summary.epoch }
        }
        Err(error) => Answer::Refused { reason: error.to_string() },
    }
}

/// A key as [`parse_key`] has it, or a payment key as its clients name it.
fn named_key(tx: &Tx, text: &str) -> Result<KeyRecord, Error> {
    let is_of_payments = text.starts_with("arn:") || text.starts_with("alias/");
    if is_of_payments { payments::find_key(tx, None, text) } else { find_key(tx, parse_key(text)?) }
}

/// The id of a key may be that of its public half, and then in several partitions.
fn find_key(tx: &Tx, (partition, id): (Option<PartitionId>, KeyId)) -> Result<KeyRecord, Error> {
    let all = tx.list_keys(partition, ROWS_MAX)?;
    let mut found = all.into_iter().filter(|key| key.id == id);
    let key = found.next().ok_or_else(|| unknown("key"))?;
    match found.next() {
        None => Ok(key),
        Some(_) => {
            Err(Error::new(ErrorKind::KeyExists, "several partitions have it: PARTITION/ID"))
        }
    }
}

/// `ID` or `PARTITION/ID`.
fn parse_key(text: &str) -> Result<(Option<PartitionId>, KeyId), Error> {
    match text.split_once('/') {
        None => Ok((None, parse_id(text)?)),
        Some((partition, id)) => Ok((Some(parse_id(partition)?), parse_id(id)?)),
    }
}

pub(super) fn unknown(what: &str) -> Error {
    Error::new(ErrorKind::KeyNotFound, format!("no {what} with this id"))
}

pub(super) fn parse_id<T: std::str::FromStr<Err = typex_core::id::IdError>>(
    text: &str,
) -> Result<T, Error> {
    use typex_core::error::Malformed;
    text.parse().map_err(|error: typex_core::id::IdError| {
        Error::new(ErrorKind::Malformed(Malformed::Value), error.to_string())
    })
}

/// The entry of something an operator did.
pub(crate) fn entry(verb: Operator, key: Option<(KeyId, u32)>, detail: Detail) -> Entry {
    ended(verb, key, detail, Ok(()))
}

/// The entry of something an operator tried.
pub(super) fn ended(
    verb: Operator,
    key: Option<(KeyId, u32)>,
    detail: Detail,
    result: Result<(), ErrorKind>,
) -> Entry {
    Entry {
        time: system_clock(),
        principal: Principal::OPERATOR,
        peer: None,
        verb: Verb::Operator(verb),
        key,
        path: None,
        phase: Phase::Single { result },
        detail,
    }
}

fn view_key(key: &KeyRecord) -> Key {
    Key {
        id: key.id.to_string(),
        partition: key.partition.to_string(),
        object: key.object.map(|object| format!("{object:08x}")),
        version: key.version,
        usage: usage(key.usage),
        algorithm: key.usage.general().map(algorithm).or_else(|| payments::described(key)),
        label: Some(key.attributes.label.clone()).filter(|label| !label.is_empty()),
        lengths: format!("{:?}", key.lengths),
        state: format!("{:?}", key.state),
        residency: format!("{:?}", key.residency),
        origin: format!("{:?}", key.origin),
        created_ms: key.created.0,
    }
}

fn usage(usage: Usage) -> String {
    match usage {
        Usage::General(_) => "General".to_owned(),
        Usage::Payment(key) => format!("Payment {:?}", key.usage),
        usage => format!("{usage:?}"),
    }
}

fn algorithm(general: General) -> String {
    let name = general.algorithm.name();
    let half = if general.has_secret { "" } else { " public" };
    match general.purposes.filter(|_| general.algorithm.is_ecdsa()) {
        Some(purposes) => format!("{name}{half} {purposes:?}"),
        None => format!("{name}{half}"),
    }
}

fn view_hem(record: &InstanceRecord, serves: bool) -> Hem {
    let config = record.owner.as_ref().map(|owner| &owner.config);
    Hem {
        name: record.names.join(","),
        partition: record.partition.to_string(),
        serves,
        owner: config.map(|config| config.user.clone()),
        host: config.map(|config| config.hostname.clone()),
    }
}

fn view_client(client: &ClientRecord) -> Client {
    Client {
        id: client.id.to_string(),
        partition: client.partition.to_string(),
        name: client.name.clone(),
        api_keys: client.api_keys,
        status: format!("{:?}", client.status),
        created_ms: client.created.0,
    }
}
