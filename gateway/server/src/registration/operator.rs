//! Clients that the operator makes, and the limits of all.

use typex_core::id::ApiKeyId;
use typex_core::op::enrol::NewTemplate;
use typex_core::op::registration::{
    ApiKeyRecord, ApiKeyStatus, ClientRecord, ClientStatus, DomainRecord, Environment,
    PasswordHash, PendingClient, api_key_text, is_same_function,
};
use typex_core::principal::{ApiKeyText, Principal};
use typex_core::{ClientId, Error, ErrorKind, PartitionId, Secret, UnixMs};
use typex_store::Tx;

use super::{account, api_key};

/// Makes a client with one API key, which is told only here. It has no password.
///
/// # Errors
/// [`ErrorKind::Storage`].
pub fn operator_client(
    tx: &mut Tx<'_>,
    name: String,
    now: UnixMs,
) -> Result<(ClientRecord, Secret<String>), Error> {
    let text = api_key_text(&Secret::new(tx.random()?));
    let client = store(tx, name, "operator", &[&text], now)?;
    Ok((client, Secret::new(text.expose().as_str().to_owned())))
}

/// Confirms an open registration, so that its client may be created.
///
/// # Errors
/// [`ErrorKind::KeyNotFound`] for a registration that is unknown or over.
pub fn confirm_registration(
    tx: &mut Tx<'_>,
    registration: &str,
    now: UnixMs,
) -> Result<PendingClient, Error> {
    let found: Option<PendingClient> = tx.get(PartitionId::SERVICE, registration.as_bytes())?;
    let unknown = || Error::new(ErrorKind::KeyNotFound, "no open registration with this id");
    let mut pending = found.filter(|pending| !pending.is_over(now)).ok_or_else(unknown)?;
    pending.confirmed = true;
    tx.put(&pending)?;
    Ok(pending)
}

/// Makes the client of the demo objects, with API keys that everyone knows.
///
/// # Errors
/// [`ErrorKind::Storage`]; [`ErrorKind::Internal`] for texts that no API key can be.
pub fn demo_client(tx: &mut Tx<'_>, api_keys: &[&str], now: UnixMs) -> Result<ClientRecord, Error> {
    let texts = api_keys.iter().map(|text| ApiKeyText::from(text).map(Secret::new));
    let texts: Vec<_> = texts.collect::<Result<_, _>>().map_err(|_| ErrorKind::Internal)?;
    store(tx, "demo".into(), "demo", &texts.iter().collect::<Vec<_>>(), now)
}

/// Removes a client: neither its password nor its API keys work any more, and their domains are
/// taken away. Its keys stay, for the operator to destroy.
///
/// # Errors
/// [`ErrorKind::KeyNotFound`] if there is no such client.
pub fn remove_client(tx: &mut Tx<'_>, id: ClientId, now: UnixMs) -> Result<ClientRecord, Error> {
    let found: Option<ClientRecord> = tx.get(PartitionId::SERVICE, &id.0)?;
    let unknown = || Error::new(ErrorKind::KeyNotFound, "no client with this id");
    let mut client = found.ok_or_else(unknown)?;
    client.status = ClientStatus::Removed;
    tx.put(&client)?;
    for mut key in keys_of(tx, id)? {
        key.status = ApiKeyStatus::Revoked;
        tx.put(&key)?;
        let domain: Option<DomainRecord> = tx.get(PartitionId::SERVICE, &key.id.0)?;
        if let Some(mut domain) = domain {
            domain.remove(now);
            tx.put(&domain)?;
        }
    }
    Ok(client)
}

fn keys_of(tx: &Tx<'_>, id: ClientId) -> Result<Vec<ApiKeyRecord>, Error> {
    tx.select(None, usize::MAX, |key: ApiKeyRecord| (key.client == id).then_some(key))
}

/// Whether `principal` may create the key of a template, and its client has room for it.
///
/// # Errors
/// [`ErrorKind::Forbidden`] for a type that its API key is not for and that is not approved,
/// [`ErrorKind::Quota`] at its limit.
pub fn check_new_key(
    tx: &Tx<'_>,
    principal: &Principal,
    template: &NewTemplate,
) -> Result<(), Error> {
    check_type(tx, principal, template.foreign_type)?;
    client(tx, principal)?.map_or(Ok(()), |client| client.check_objects())
}

fn check_type(tx: &Tx<'_>, principal: &Principal, foreign_type: u32) -> Result<(), Error> {
    let Some(id) = principal.api_key else { return Ok(()) };
    let key = api_key::presented(tx, id)?;
    if key.covers(foreign_type) {
        return Ok(());
    }
    let approvals = api_key::approvals(tx, &key)?;
    if approvals.iter().any(|one| is_same_function(one.foreign_type, foreign_type)) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Forbidden, "the API key is not for keys of this type"))
}

/// Counts a new key against the limit of the client of `principal`.
///
/// # Errors
/// [`ErrorKind::Quota`] at its limit.
pub fn count_new_key(tx: &mut Tx<'_>, principal: &Principal) -> Result<(), Error> {
    let Some(mut client) = client(tx, principal)? else { return Ok(()) };
    client.check_objects()?;
    client.objects += 1;
    tx.put(&client)
}

fn client(tx: &Tx<'_>, principal: &Principal) -> Result<Option<ClientRecord>, Error> {
    principal.client.map_or(Ok(None), |id| tx.get(PartitionId::SERVICE, &id.0))
}

fn store(
    tx: &mut Tx<'_>,
    name: String,
    client_type: &str,
    texts: &[&Secret<ApiKeyText>],
    now: UnixMs,
) -> Result<ClientRecord, Error> {
    account::count_client(tx, u64::MAX)?;
    let client = ClientRecord {
        id: ClientId(tx.random()?),
        partition: PartitionId(tx.random()?),
        name,
        client_type: client_type.into(),
        environment: Environment::default(),
        email: None,
        properties: Vec::new(),
        password: unusable(tx)?,
        max_api_keys: u32::MAX,
        max_objects: u32::MAX,
        api_keys: u32::try_from(texts.len()).map_err(|_| ErrorKind::Internal)?,
        objects: 0,
        status: ClientStatus::Enabled,
        created: now,
    };
    tx.put(&client)?;
    for text in texts {
        let ids = (ApiKeyId(tx.random()?), api_key::digest(tx, text));
        api_key::store(tx, &key_of(&client, ids, now))?;
    }
    Ok(client)
}

fn key_of(client: &ClientRecord, (id, digest): (ApiKeyId, [u8; 32]), now: UnixMs) -> ApiKeyRecord {
    ApiKeyRecord {
        id,
        digest,
        client: client.id,
        partition: client.partition,
        environment: client.environment,
        endpoint: Vec::new(),
        types: None,
        status: ApiKeyStatus::Enabled,
        created: now,
    }
}

/// A hash that no password is known to have.
fn unusable(tx: &Tx<'_>) -> Result<PasswordHash, Error> {
    let cost = super::PASSWORD_COST;
    Ok(PasswordHash {
        memory_kib: cost.memory_kib,
        passes: cost.passes,
        lanes: cost.lanes,
        salt: tx.random()?,
        hash: Secret::new(tx.random()?),
    })
}
