//! Makes, shows and finds API keys.

use std::sync::Arc;

use typex_core::audit::Detail;
use typex_core::error::Unauthenticated;
use typex_core::id::ApiKeyId;
use typex_core::limits::API_KEY_REPEAT_MS;
use typex_core::op::registration::{
    Answer, ApiKeyIndex, ApiKeyRecord, ApiKeyStatus, Approval, ApprovalRecord, Caller,
    ClientRecord, ClientStatus, Environment, NewApiKey, api_key_text,
};
use typex_core::principal::ApiKeyText;
use typex_core::{ClientId, Error, ErrorKind, PartitionId, Secret, UnixMs};
use typex_store::{Purpose, Tx};

use super::{Asker, Context};

/// Keys that one message may make over time.
const TURNS_MAX: u32 = 64;

/// The API key with this digest, if it works and its client does.
///
/// # Errors
/// [`ErrorKind::Storage`].
pub fn working_api_key(tx: &Tx<'_>, digest: &[u8; 32]) -> Result<Option<ApiKeyRecord>, Error> {
    let found: Option<ApiKeyRecord> = tx.get(PartitionId::SERVICE, digest)?;
    let Some(key) = found.filter(|key| key.status == ApiKeyStatus::Enabled) else {
        return Ok(None);
    };
    let client: Option<ClientRecord> = tx.get(PartitionId::SERVICE, &key.client.0)?;
    let works = client.is_some_and(|client| client.status == ClientStatus::Enabled);
    Ok(works.then_some(key))
}

/// The API key of a caller, if it is as it says.
pub(super) fn holder(tx: &Tx<'_>, caller: &Caller) -> Result<ApiKeyRecord, Error> {
    let key = working_api_key(tx, &digest(tx, &caller.api_key))?.ok_or_else(unknown)?;
    key.check_caller(caller.username.as_deref())?;
    Ok(key)
}

/// Under which digest a key of this text is stored.
pub(super) fn digest(tx: &Tx<'_>, text: &Secret<ApiKeyText>) -> [u8; 32] {
    tx.lookup_digest(Purpose::ApiKey, text.expose().as_bytes())
}

/// Makes an API key for the client that asks.
pub(super) async fn add(
    context: &Context,
    asker: Asker,
    environment: Environment,
    new: NewApiKey,
) -> Result<Answer, Error> {
    let settings = Arc::clone(&context.settings);
    let write = context.store.write(move |tx| {
        let mut client = client_of(tx, &asker)?;
        let text = match made(tx, client.id, &new.digest, asker.now)? {
            Made::Before(key, text) => return Ok((key, text)),
            Made::New(text) => text,
        };
        let ids = (ApiKeyId(tx.random()?), digest(tx, &text));
        let key = ApiKeyRecord::add(&settings, &mut client, environment, new, ids, asker.now)?;
        tx.put(&client)?;
        store(tx, &key)?;
        asker.record(tx, Detail::Client(client.id));
        Ok((key, text))
    });
    let (key, text) = write.await?;
    Ok(key.show(&context.settings, text))
}

/// Stores a new key, to be found by its digest and by its id.
pub(super) fn store(tx: &mut Tx<'_>, key: &ApiKeyRecord) -> Result<(), Error> {
    tx.put(&ApiKeyIndex { id: key.id, digest: key.digest })?;
    tx.put(key)
}

/// The key of a principal that presented one.
pub(super) fn presented(tx: &Tx<'_>, id: ApiKeyId) -> Result<ApiKeyRecord, Error> {
    let index: Option<ApiKeyIndex> = tx.get(PartitionId::SERVICE, &id.0)?;
    let index = index.ok_or_else(unknown)?;
    tx.get(PartitionId::SERVICE, &index.digest)?.ok_or_else(unknown)
}

/// What a message makes.
enum Made {
    /// The key it made a moment ago: the answer may have been lost, and clients repeat.
    Before(ApiKeyRecord, Secret<ApiKeyText>),
    /// A key of this text.
    New(Secret<ApiKeyText>),
}

/// The text of the key that a message makes depends on the message, under the store's secret, so
/// that a repeat finds it again though it is nowhere kept. A message that comes again later makes
/// a new one.
fn made(tx: &Tx<'_>, client: ClientId, message: &[u8; 32], now: UnixMs) -> Result<Made, Error> {
    for turn in 0..TURNS_MAX {
        // Longer than any API key, so that no caller can have it looked up.
        let name = [b"made for client ", &client.0[..], message, &turn.to_be_bytes()].concat();
        let secret = Secret::new(tx.lookup_digest(Purpose::ApiKey, &name));
        let half = secret.expose().first_chunk().expect("a digest has 32 bytes");
        let text = api_key_text(&Secret::new(*half));
        let found: Option<ApiKeyRecord> = tx.get(PartitionId::SERVICE, &digest(tx, &text))?;
        match found {
            None => return Ok(Made::New(text)),
            Some(key) if now.since(key.created).as_millis() <= u128::from(API_KEY_REPEAT_MS) => {
                return Ok(Made::Before(key, text));
            }
            Some(_) => {}
        }
    }
    Err(Error::new(ErrorKind::Quota, "message used too often, take another nonce"))
}

/// Shows an API key to its client; that of another is as unknown as none.
pub(super) async fn show(
    context: &Context,
    asker: Asker,
    text: Secret<ApiKeyText>,
) -> Result<Answer, Error> {
    let wanted = text.clone();
    let read = context.store.read(move |tx| {
        let client = client_of(tx, &asker)?;
        let found: Option<ApiKeyRecord> = tx.get(PartitionId::SERVICE, &digest(tx, &wanted))?;
        found.filter(|key| key.client == client.id).ok_or_else(unknown)
    });
    Ok(read.await?.show(&context.settings, text))
}

/// What an API key may create.
pub(super) async fn operations(context: &Context, caller: Caller) -> Result<Answer, Error> {
    let read = context.store.read(move |tx| {
        let key = holder(tx, &caller)?;
        let approvals = approvals(tx, &key)?;
        Ok((key, approvals))
    });
    let (key, approvals) = read.await?;
    let operations = key.operations(&context.settings);
    Ok(Answer::Operations { environment: key.environment, operations, approvals })
}

/// The approvals of an API key, by type.
pub(super) fn approvals(tx: &Tx<'_>, key: &ApiKeyRecord) -> Result<Vec<Approval>, Error> {
    let of_key = |record: ApprovalRecord| (record.api_key == key.id).then_some(record.approval);
    let mut found = tx.select(Some(key.partition), usize::MAX, of_key)?;
    found.sort_by_key(|approval| approval.foreign_type);
    Ok(found)
}

/// The account of a principal that gave its password.
fn client_of(tx: &Tx<'_>, asker: &Asker) -> Result<ClientRecord, Error> {
    let missing = || Error::from(ErrorKind::Unauthenticated(Unauthenticated::Client));
    let id = asker.grant.principal().client.ok_or_else(missing)?;
    tx.get(PartitionId::SERVICE, &id.0)?.ok_or_else(missing)
}

fn unknown() -> Error {
    ErrorKind::Unauthenticated(Unauthenticated::ApiKey).into()
}
