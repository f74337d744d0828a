//! What the vault of a domain is asked.

use typex_core::audit::Entry;
use typex_core::error::Payment;
use typex_core::op::token::{About, Done};
use typex_core::token::Pattern;
use typex_core::token::vault::VaultRecord;
use typex_core::{Error, ErrorKind, UnixMs};
use typex_engine::token::{Drawn, Made, Realm};
use typex_store::{Candidate, Inserted, NewToken};

use super::Note;
use super::call::{Beside, Settled, Way};
use crate::gateway::caller::Asker;

/// The one answer for tokens that mean nothing to the caller.
const NOT_FOUND: ErrorKind = ErrorKind::Payment(Payment::Token);

impl Way<'_> {
    /// A token as it was made; one that was drawn once it is kept.
    pub(super) async fn keep(
        &self,
        realm: &Realm,
        beside: Beside,
        made: Made,
    ) -> Result<Done, Error> {
        match made {
            Made::Token(token) => Ok(Done::Token { token, expiry: None }),
            Made::Drawn(drawn) => self.insert(realm, beside, *drawn).await,
            Made::Value(_) | Made::Version(_) | Made::PinBlock(_) => {
                Err(ErrorKind::Internal.into())
            }
        }
    }

    async fn insert(&self, realm: &Realm, beside: Beside, drawn: Drawn) -> Result<Done, Error> {
        let gateway = &self.inner.gateway;
        let domain = realm.record();
        let new = self.new_token(realm, beside, drawn)?;
        let partition = domain.partition;
        let inserted = gateway.store.write(move |tx| tx.vault_insert_or_get(&new));
        let inserted = inserted.await.inspect_err(|error| {
            if error.kind == ErrorKind::Internal {
                gateway.metrics.tokens_exhausted();
                tracing::error!(%partition, domain = %domain.name, "every token drawn is taken");
            }
        });
        let Inserted { record, collisions, fill, .. } = inserted?;
        gateway.metrics.token_collisions(collisions);
        if let Some(fill) = fill.filter(|fill| fill.is_high) {
            gateway.metrics.token_filled();
            gateway.tokens.fills(partition, &domain.name, fill);
        }
        Ok(Done::Token { token: record.token, expiry: record.expiry })
    }

    fn new_token(&self, realm: &Realm, beside: Beside, drawn: Drawn) -> Result<NewToken, Error> {
        let domain = realm.record();
        let Drawn { candidates, index } = drawn;
        let (first, _) = candidates.first().ok_or(ErrorKind::Internal)?;
        // What they show of the value is the same.
        let pattern = Pattern::of(&domain.layout, first).map_err(ErrorKind::from)?;
        let values = domain.layout.free_values(first.len()).map_err(ErrorKind::from)?;
        let ttl_ms = beside.ttl_ms.or(domain.vault().and_then(|vault| vault.ttl_ms));
        let expiry = ttl_ms.map(|ttl| UnixMs(self.now.0.saturating_add(ttl)));
        let candidates =
            candidates.into_iter().map(|(token, sealed)| Candidate { token, sealed }).collect();
        Ok(NewToken {
            partition: domain.partition,
            domain: domain.name.clone(),
            made: domain.created,
            candidates,
            index,
            pattern,
            values,
            now: self.now,
            expiry,
            metadata: beside.metadata,
        })
    }

    /// What the vault has of a token.
    pub(super) async fn find(&self, token: Vec<u8>) -> Result<Option<VaultRecord>, Error> {
        let (domain, now) = (self.realm.record(), self.now);
        let (partition, name) = (domain.partition, domain.name.clone());
        let store = &self.inner.gateway.store;
        store.read(move |tx| tx.vault_record(partition, &name, &token, now)).await
    }

    /// The same of a token that there has to be.
    pub(super) async fn record(&self, token: Vec<u8>) -> Result<VaultRecord, Error> {
        Ok(self.find(token).await?.ok_or(NOT_FOUND)?)
    }

    pub(super) async fn look_up(&self, token: Vec<u8>) -> Result<Done, Error> {
        self.needs_vault()?;
        let VaultRecord { created, expiry, metadata, .. } = self.record(token).await?;
        Ok(Done::About(Box::new(About { created, expiry, metadata })))
    }

    /// Has a token mean nothing any more; what is recorded of it changes with the store.
    pub(super) async fn delete(&self, from: Asker<'_>, note: Note, token: Vec<u8>) -> Settled {
        let entry = note.entry(from, Ok(()));
        let result = match self.needs_vault() {
            Ok(()) => self.remove(token, entry).await,
            Err(error) => Err(error),
        };
        let failure = result.as_ref().err().map(|error| error.kind);
        let entry = failure.and_then(|kind| note.entry(from, Err(kind)));
        Settled { result, entry: entry.map(|entry| (entry, true)), rows: vec![] }
    }

    async fn remove(&self, token: Vec<u8>, entry: Option<Entry>) -> Result<Done, Error> {
        let (domain, now) = (self.realm.record(), self.now);
        let (partition, name) = (domain.partition, domain.name.clone());
        let removed = self.inner.gateway.store.write(move |tx| {
            let was = tx.vault_delete(partition, &name, &token, now)?;
            if was {
                entry.into_iter().for_each(|entry| tx.record(entry));
            }
            Ok(was)
        });
        if removed.await? { Ok(Done::Deleted) } else { Err(NOT_FOUND.into()) }
    }

    fn needs_vault(&self) -> Result<(), Error> {
        match self.realm.has_vault() {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Unsupported, "the token domain has no vault")),
        }
    }
}
