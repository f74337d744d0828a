//! Gives domains out and keeps them pointed.

use std::sync::Arc;

use typex_core::audit::Detail;
use typex_core::id::ApiKeyId;
use typex_core::op::registration::{
    Answer, ApiKeyRecord, Caller, DomainName, DomainRecord, DomainSettings, DomainStatus,
    EnrolDomain, NewChallenge, Settings, UpdateDomain, domain_name,
};
use typex_core::{Error, ErrorKind, PartitionId};
use typex_store::Tx;

use super::{Asker, Context, api_key, certificate};

/// Tries to find a free name; one of 2⁶⁰ is taken once in a store's life, if at all.
const NAME_TRIES: usize = 4;

/// Takes a domain for the key of a certificate.
pub(super) async fn enrol(
    context: &Context,
    asker: Asker,
    new: EnrolDomain,
) -> Result<Answer, Error> {
    let settings = Arc::clone(&context.settings);
    domains(&settings)?;
    let owner = certificate::owner_key(&new.certificate)?;
    let write = context.store.write(move |tx| {
        let key = api_key::holder(tx, &new.caller)?;
        let domain = match find(tx, &key)? {
            Some(mut domain) => {
                domain.enrol(owner, asker.now)?;
                domain
            }
            None => {
                let name = free_name(tx, domains(&settings)?, key.id)?;
                DomainRecord::new(name, key.id, owner, asker.now)
            }
        };
        store(tx, &asker, &domain)?;
        Ok(Answer::DomainEnrolled {
            domain: domain.name,
            controllers: domains(&settings)?.controllers.clone(),
            status: domain.status,
        })
    });
    write.await
}

/// Opens an update.
pub(super) async fn challenge(
    context: &Context,
    asker: Asker,
    new: NewChallenge,
) -> Result<Answer, Error> {
    let write = context.store.write(move |tx| {
        let mut domain = enrolled(tx, &new.caller)?;
        let random = tx.random()?;
        let wanted = (new.addresses, new.private);
        let opened = domain.open(wanted, asker.peer, &random, asker.now)?;
        let answer =
            Answer::Challenge { challenge: opened.text.clone(), authentication: opened.proof };
        store(tx, &asker, &domain)?;
        Ok(answer)
    });
    write.await
}

/// Carries an update out. The signature is checked here, not on the store's thread; the key it
/// was checked under must still be the owner when the change is made.
pub(super) async fn update(
    context: &Context,
    asker: Asker,
    request: UpdateDomain,
) -> Result<Answer, Error> {
    let caller = Caller {
        api_key: request.caller.api_key.clone(),
        username: request.caller.username.clone(),
    };
    let owner = context.store.read(move |tx| Ok(enrolled(tx, &caller)?.owner)).await?;
    let signed = request.signature.as_ref();
    let verified = signed.is_some_and(|signed| certificate::verify(&owner, signed));
    let write = context.store.write(move |tx| {
        let mut domain = enrolled(tx, &request.caller)?;
        domain.update(&request, asker.peer, asker.now, |key, _| verified && *key == owner)?;
        store(tx, &asker, &domain)?;
        Ok(domain.updated())
    });
    write.await
}

/// Lets a domain move. An API key without one has a domain that is not assigned.
pub(super) async fn unlock(
    context: &Context,
    asker: Asker,
    caller: Caller,
) -> Result<Answer, Error> {
    let write = context.store.write(move |tx| {
        let key = api_key::holder(tx, &caller)?;
        let Some(mut domain) = find(tx, &key)? else { return Ok(DomainStatus::NotAssigned) };
        domain.unlock(asker.now)?;
        store(tx, &asker, &domain)?;
        Ok(domain.status)
    });
    write.await.map(Answer::DomainStatus)
}

fn domains(settings: &Settings) -> Result<&DomainSettings, Error> {
    let refused = || Error::new(ErrorKind::Unsupported, "no domains are given out here");
    settings.domains.as_ref().ok_or_else(refused)
}

fn find(tx: &Tx<'_>, key: &ApiKeyRecord) -> Result<Option<DomainRecord>, Error> {
    tx.get(PartitionId::SERVICE, &key.id.0)
}

fn enrolled(tx: &Tx<'_>, caller: &Caller) -> Result<DomainRecord, Error> {
    let key = api_key::holder(tx, caller)?;
    let none = || Error::new(ErrorKind::KeyNotFound, "no domain is enrolled for this API key");
    find(tx, &key)?.ok_or_else(none)
}

fn store(tx: &mut Tx<'_>, asker: &Asker, domain: &DomainRecord) -> Result<(), Error> {
    tx.put(domain)?;
    asker.record(tx, Detail::None);
    Ok(())
}

fn free_name(
    tx: &mut Tx<'_>,
    settings: &DomainSettings,
    api_key: ApiKeyId,
) -> Result<String, Error> {
    for _ in 0..NAME_TRIES {
        let name = domain_name(settings, &tx.random()?);
        let taken: Option<DomainName> = tx.get(PartitionId::SERVICE, name.as_bytes())?;
        if taken.is_none() {
            tx.put(&DomainName { name: name.clone(), api_key })?;
            return Ok(name);
        }
    }
    Err(ErrorKind::Internal.into())
}
