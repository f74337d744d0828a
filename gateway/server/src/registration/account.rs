//! Opens registrations and makes clients.

use std::sync::Arc;

use typex_core::audit::Detail;
use typex_core::limits::OPEN_REGISTRATIONS_MAX;
use typex_core::op::registration::{
    Answer, ClientRecord, Creation, Credentials, Environment, NewClient, NewRegistration,
    PasswordHash, PendingClient, Settings, Subject, Totals,
};
use typex_core::{ClientId, Error, ErrorKind, PartitionId, Secret, UnixMs};
use typex_engine::Shard;
use typex_store::Tx;

use super::{Asker, Context, password, random};

/// Registrations that one request clears away when they are over.
const CLEARED_AT_ONCE: usize = 1000;

/// How often a full table is searched for them: a search unseals all of it.
const CLEARED_EVERY_MS: u64 = 10_000;

/// How clients of a type prove themselves.
pub(super) fn methods(context: &Context, client_type: String) -> Result<Answer, Error> {
    let known = context.settings.client_type(&client_type);
    let unknown = || Error::new(ErrorKind::Forbidden, "client type not known");
    let methods = known.ok_or_else(unknown)?.methods.clone();
    Ok(Answer::AuthMethods { client_type, methods })
}

/// Opens a registration.
pub(super) async fn begin(
    context: &Context,
    asker: Asker,
    new: NewRegistration,
) -> Result<Answer, Error> {
    let pending = context.settings.begin(new, &random()?, asker.now)?;
    let registration = pending.id.clone();
    let write = context.store.write(move |tx| {
        let mut totals = totals(tx)?;
        if totals.pending >= OPEN_REGISTRATIONS_MAX as u64 {
            clear(tx, &mut totals, asker.now)?;
        }
        if totals.pending >= OPEN_REGISTRATIONS_MAX as u64 {
            tx.put(&totals)?;
            return Ok(false);
        }
        totals.pending += 1;
        tx.put(&totals)?;
        tx.put(&pending)?;
        asker.record(tx, Detail::None);
        Ok(true)
    });
    if write.await? {
        Ok(Answer::Begun { registration })
    } else {
        Err(Error::new(ErrorKind::Quota, "too many open registrations"))
    }
}

/// Makes a client.
pub(super) async fn create(
    context: &Context,
    shard: &Shard,
    asker: Asker,
    environment: Environment,
    new: NewClient,
) -> Result<Answer, Error> {
    // Tokens are guessed by type, whatever name the guesser gives itself.
    let account = format!("type {}", new.client_type);
    let subject = Subject { account: &account, address: asker.peer };
    context.check_patience(subject, asker.now)?;
    let admitted = admit(context, &asker, environment, &new).await;
    context.note(subject, asker.now, &admitted);
    admitted?;
    let (id, credentials) = Credentials::new(random()?, &Secret::new(random()?));
    let hash = password::hash(context, shard, &credentials.password).await?;
    let draft = Draft {
        settings: Arc::clone(&context.settings),
        ids: (id, PartitionId(random()?)),
        environment,
        new,
        hash,
    };
    let client = context.store.write(move |tx| draft.store(tx, &asker)).await?;
    let username = typex_core::op::registration::username(client.id);
    Ok(Answer::Created {
        credentials: Credentials { username, password: credentials.password },
        max_api_keys: client.max_api_keys,
        max_objects: client.max_objects,
    })
}

/// Judges before the work of hashing; [`Draft::store`] judges again, on what is stored then.
async fn admit(
    context: &Context,
    asker: &Asker,
    environment: Environment,
    new: &NewClient,
) -> Result<(), Error> {
    let pending = match new.registration.clone() {
        None => None,
        Some(id) => context.store.read(move |tx| pending(tx, &id)).await?,
    };
    context.settings.admit(environment, new, pending.as_ref(), asker.now).map(drop)
}

/// A client about to be stored.
struct Draft {
    settings: Arc<Settings>,
    ids: (ClientId, PartitionId),
    environment: Environment,
    new: NewClient,
    hash: PasswordHash,
}

impl Draft {
    fn store(self, tx: &mut Tx<'_>, asker: &Asker) -> Result<ClientRecord, Error> {
        let id = self.new.registration.clone();
        let pending = id.map(|id| pending(tx, &id)).transpose()?.flatten();
        let settings = Arc::clone(&self.settings);
        let (kind, creation) =
            settings.admit(self.environment, &self.new, pending.as_ref(), asker.now)?;
        let client = match creation {
            Creation::New => {
                count_client(tx, settings.clients_max)?;
                ClientRecord::new(self.ids, kind, self.environment, self.new, self.hash, asker.now)
            }
            Creation::Again(id) => again(tx, id, self.hash)?,
        };
        tx.put(&client)?;
        if let (Creation::New, Some(mut pending)) = (creation, pending) {
            pending.used = Some((client.id, asker.now));
            tx.put(&pending)?;
        }
        asker.record(tx, Detail::Client(client.id));
        Ok(client)
    }
}

/// The client that the same registration made before, with a new password.
fn again(tx: &Tx<'_>, id: ClientId, hash: PasswordHash) -> Result<ClientRecord, Error> {
    let found: Option<ClientRecord> = tx.get(PartitionId::SERVICE, &id.0)?;
    match found {
        Some(mut client) if client.api_keys == 0 => {
            client.password = hash;
            Ok(client)
        }
        _ => Err(Error::new(ErrorKind::Forbidden, "registration used")),
    }
}

/// Counts a new client against the most there may be.
pub(super) fn count_client(tx: &mut Tx<'_>, clients_max: u64) -> Result<(), Error> {
    let mut totals = totals(tx)?;
    if totals.clients >= clients_max {
        return Err(Error::new(ErrorKind::Quota, "no room for more clients"));
    }
    totals.clients += 1;
    tx.put(&totals)
}

fn totals(tx: &Tx<'_>) -> Result<Totals, Error> {
    Ok(tx.get(PartitionId::SERVICE, &[])?.unwrap_or_default())
}

fn pending(tx: &Tx<'_>, id: &str) -> Result<Option<PendingClient>, Error> {
    tx.get(PartitionId::SERVICE, id.as_bytes())
}

/// Removes registrations that are over. Looking for them is dear, so not at every request.
fn clear(tx: &mut Tx<'_>, totals: &mut Totals, now: UnixMs) -> Result<(), Error> {
    if now.since(totals.cleared).as_millis() < u128::from(CLEARED_EVERY_MS) {
        return Ok(());
    }
    totals.cleared = now;
    let of_past = |pending: PendingClient| pending.is_over(now).then_some(pending.id);
    let over = tx.select(None, CLEARED_AT_ONCE, of_past)?;
    for id in over {
        let there = tx.delete::<PendingClient>(PartitionId::SERVICE, id.as_bytes())?;
        totals.pending = totals.pending.saturating_sub(u64::from(there));
    }
    Ok(())
}
