//! Carries operator requests out on the store.

use typex_core::audit::{Detail, Entry, Operator, Phase, Verb};
use typex_core::op::instance::InstanceRecord;
use typex_core::op::registration::ClientRecord;
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, KeyId};
use typex_store::{Store, system_clock};

use super::payments::{self, Ceremonies};
use super::tokens;
use super::{Answer, CardRequest, Client, Hem, Listed, Request, keys};
use crate::card::Card;
use crate::config::PaymentRules;
use crate::gateway::Counts;
use crate::hem::{self, Hems};
use crate::registration;

/// Most keys or clients in one answer.
pub const ROWS_MAX: usize = 100_000;

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
    /// Most rows in one answer.
    pub rows_max: usize,
}

impl<'a> Desk<'a> {
    /// A store that no gateway runs on, and answers of up to a hundred thousand rows.
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
            rows_max: ROWS_MAX,
        }
    }
}

/// Carries out `request`. Blocks until it is on disk; then, if a key or client may have stopped
/// working, tells so before it returns.
pub fn perform(desk: &Desk<'_>, request: Request) -> Answer {
    let Desk { store, revoked, .. } = desk;
    let done = match request {
        Request::Ping => Ok(Answer::Done),
        Request::Keys { partition } => keys::list(desk, partition.as_deref()),
        Request::Key { id } => keys::show(store, id),
        Request::ChangeKey { id, to } => keys::change(store, id, to).inspect(|_| revoked()),
        Request::AddClient { name } => add_client(store, name),
        Request::Clients => clients(desk),
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

fn clients(desk: &Desk<'_>) -> Result<Answer, Error> {
    let view = |client: ClientRecord| Some(view_client(&client));
    let limit = desk.rows_max.saturating_add(1);
    let rows = desk.store.read(move |tx| tx.select(None, limit, view));
    let mut rows = rows.wait()?;
    rows.sort_by_key(|client| client.created_ms);
    Ok(Answer::Clients(Listed::of(rows, desk.rows_max)))
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
        status: client.status.name().to_owned(),
        created_ms: client.created.0,
    }
}
