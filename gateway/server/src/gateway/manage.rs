//! Keys of a partition that serve more than one operation: made, brought in, derived, listed,
//! shown, changed, removed.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use typex_core::audit::Entry;
use typex_core::codec::Encoder;
use typex_core::key::{Algorithm, General, KeyName, KeyRecord, Material, Origin, Usage};
use typex_core::op::Action;
use typex_core::op::crypto::Party;
use typex_core::op::manage::{Attributes, KeyView, Manage, Managed};
use typex_core::policy::Grant;
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_engine::algorithm::generate;
use typex_engine::{Done, LoadedKey, MakeKey, Work};
use typex_store::{KeyPage, NewKey, Purpose, Tx, system_clock};

use super::core::{Core, Inner};
use super::record;
use crate::transport::Peer;

/// A key before it has material.
struct Draft {
    general: General,
    origin: Origin,
    attributes: Attributes,
}

impl Core {
    /// Manages the keys of the principal's partition, for whoever has found out who asks and what
    /// its token opens. What it did or refused is in the audit log: of what changes the store
    /// before the answer.
    ///
    /// # Errors
    /// What policy, engine and store refuse.
    pub async fn manage(
        &self,
        peer: &Peer,
        principal: &Principal,
        request: Manage,
    ) -> Result<Managed, Error> {
        self.inner().manage(peer, principal, request).await
    }
}

impl Inner {
    pub(crate) async fn manage(
        &self,
        peer: &Peer,
        principal: &Principal,
        request: Manage,
    ) -> Result<Managed, Error> {
        self.manage_with(peer, principal, request, |_| Ok(())).await
    }

    /// The same; a new key is stored with what else `with` changes, or neither.
    pub(crate) async fn manage_with(
        &self,
        peer: &Peer,
        principal: &Principal,
        request: Manage,
        with: impl FnOnce(&mut Tx<'_>) -> Result<(), Error> + Send + 'static,
    ) -> Result<Managed, Error> {
        let action = Action::Manage(request.kind());
        let named = named(&request).map(|id| (id, 1));
        let from = match self.agreeing_key(principal.partition, &request).await {
            Ok(from) => from,
            Err(error) => return self.refused(peer, principal, action, named, error).await,
        };
        let record = from.as_ref().map(|key| key.record());
        let grant = self.allowed(peer, principal, action, record).await?;
        let mut entry = record::entry(peer, principal, action, named, Ok(()));
        if !action.is_control() {
            let done = self.look(principal.partition, request).await;
            if let Err(error) = &done {
                entry.phase = typex_core::audit::Phase::Single { result: Err(error.kind) };
            }
            self.note(entry).await?;
            return done;
        }
        match self.change(entry, grant, from, request, with).await {
            Ok(done) => Ok(done),
            Err(error) => self.refused(peer, principal, action, named, error).await,
        }
    }

    /// The public half of the other party of a key agreement. A stored one is of the caller's own
    /// partition, and of the algorithm of the key that agrees.
    pub(super) async fn party(
        &self,
        partition: PartitionId,
        algorithm: Algorithm,
        party: Party,
    ) -> Result<Vec<u8>, Error> {
        let id = match party {
            Party::Public(public) => return Ok(public),
            Party::Stored(id) => id,
        };
        let key = self.resolve(partition, KeyName::Id(id)).await?;
        let general = key.general().filter(|key| key.general().algorithm == algorithm);
        let public = general.and_then(|key| key.public()).ok_or(ErrorKind::KeyUsage)?;
        Ok(public.to_vec())
    }

    /// The key from which another is to be derived.
    async fn agreeing_key(
        &self,
        partition: PartitionId,
        request: &Manage,
    ) -> Result<Option<Arc<LoadedKey>>, Error> {
        match request {
            Manage::Derive { from, .. } => {
                self.resolve(partition, KeyName::Id(*from)).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    async fn look(&self, partition: PartitionId, request: Manage) -> Result<Managed, Error> {
        let store = &self.gateway.store;
        match request {
            Manage::List(page) => {
                let page = store.read(move |tx| tx.key_page(partition, page));
                Ok(listed(page.await?))
            }
            Manage::Search { needle, page } => {
                let page = store.read(move |tx| tx.search_keys(partition, &needle, page));
                Ok(listed(page.await?))
            }
            Manage::Get(id) => {
                let key = store.read(move |tx| tx.listed_key(partition, id)).await?;
                let public = key.material.public().map(<[u8]>::to_vec);
                let view = KeyView::of(&key.record, public).ok_or(ErrorKind::KeyNotFound)?;
                Ok(Managed::Shown(Box::new(view)))
            }
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    async fn change(
        &self,
        entry: Entry,
        grant: Grant,
        from: Option<Arc<LoadedKey>>,
        request: Manage,
        with: impl FnOnce(&mut Tx<'_>) -> Result<(), Error> + Send + 'static,
    ) -> Result<Managed, Error> {
        match request {
            Manage::Update { key, attributes } => {
                self.update(entry, grant, key, attributes).await.map(|()| Managed::Done)
            }
            Manage::Delete(key) => self.delete(entry, grant, key).await.map(|()| Managed::Done),
            request => {
                let (draft, make) = self.draft(grant.partition(), from, request).await?;
                draft.attributes.check()?;
                let (material, grant) = self.make_key(grant, make).await?;
                self.keep(entry, grant, (draft, material), with).await.map(Managed::Made)
            }
        }
    }

    /// What the new key is to be, and how it is made.
    async fn draft(
        &self,
        partition: PartitionId,
        from: Option<Arc<LoadedKey>>,
        request: Manage,
    ) -> Result<(Draft, MakeKey), Error> {
        let (new, made_here, make) = match request {
            Manage::Create(new) => {
                let make = self.drawn(new.algorithm)?;
                (new, true, make)
            }
            Manage::Import { new, public } => {
                let make = MakeKey::Import { algorithm: new.algorithm, public };
                (new, false, make)
            }
            Manage::Derive { new, peer, info, .. } => {
                let from = from.ok_or(ErrorKind::Internal)?;
                let agrees = from.general().ok_or(ErrorKind::KeyUsage)?.general().algorithm;
                let peer = self.party(partition, agrees, peer).await?;
                let make = MakeKey::Derive { from, peer, target: new.algorithm, info };
                (new, true, make)
            }
            _ => return Err(ErrorKind::Internal.into()),
        };
        let whole = General::new(new.algorithm, new.purposes);
        let draft = Draft {
            general: if made_here { whole } else { whole.public_half() },
            origin: if made_here { Origin::Service } else { Origin::Client },
            attributes: new.attributes,
        };
        Ok((draft, make))
    }

    /// A new key of an algorithm; the primes of RSA are searched where dear work is done.
    fn drawn(&self, algorithm: Algorithm) -> Result<MakeKey, Error> {
        if let Algorithm::Rsa(bits) = algorithm {
            return Ok(MakeKey::GenerateRsa { bits });
        }
        let secret = generate(algorithm, &self.gateway.random)?;
        Ok(MakeKey::Complete { algorithm, secret })
    }

    async fn make_key(&self, grant: Grant, make: MakeKey) -> Result<(Material, Grant), Error> {
        match self.submit(grant, Work::MakeKey(make)).await? {
            Done::Made(step) => Ok((step.value, step.grant)),
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    /// Stores a new key under the id that its material gives. The grant ends here, and in the two
    /// functions below.
    async fn keep(
        &self,
        mut entry: Entry,
        grant: Grant,
        (draft, material): (Draft, Material),
        with: impl FnOnce(&mut Tx<'_>) -> Result<(), Error> + Send + 'static,
    ) -> Result<KeyId, Error> {
        let Draft { general, origin, attributes } = draft;
        let id = self.key_id(grant.partition(), general.algorithm, &material)?;
        let (usage, now) = (Usage::General(general), system_clock());
        let kept = self.gateway.store.write(move |tx| {
            let first = KeyRecord::first(id, grant.partition(), usage, now);
            let record = KeyRecord { origin, attributes, ..first };
            let made = tx.create_key(NewKey { record, channel: None, material })?;
            entry.key = Some((made.id, made.version));
            tx.record(entry);
            with(tx)?;
            Ok(made.id)
        });
        kept.await
    }

    async fn update(
        &self,
        entry: Entry,
        grant: Grant,
        key: KeyId,
        attributes: Attributes,
    ) -> Result<(), Error> {
        let updated = self.gateway.store.write(move |tx| {
            tx.update_attributes(grant.partition(), key, attributes, system_clock())?;
            tx.record(entry);
            Ok(())
        });
        updated.await
    }

    /// Goes on when the client goes away: no core keeps the material of a key that is gone.
    async fn delete(&self, entry: Entry, grant: Grant, key: KeyId) -> Result<(), Error> {
        let gateway = Arc::clone(&self.gateway);
        let removed = tokio::task::spawn_local(async move {
            let removed = gateway.store.write(move |tx| {
                tx.remove_key(grant.partition(), key)?;
                tx.record(entry);
                Ok(())
            });
            removed.await?;
            gateway.revocations.raise();
            Ok(())
        });
        removed.await.map_err(|error| Error::from(ErrorKind::Internal).with_source(error))?
    }

    /// The id of a key: equal for equal keys of a partition, so that a duplicate is found. That of
    /// a symmetric key is keyed, since it must tell nothing about the key.
    // spec: encedo-hem 5.3
    fn key_id(
        &self,
        partition: PartitionId,
        algorithm: Algorithm,
        material: &Material,
    ) -> Result<KeyId, Error> {
        if let Some(public) = material.public() {
            return Ok(KeyId::of_public(public));
        }
        let Material::Symmetric(key) = material else { return Err(ErrorKind::Internal.into()) };
        let mut name = Encoder::default();
        name.raw(&partition.0).u8(group(algorithm)).raw(key.expose());
        let name = name.finish();
        let digest = self.gateway.store.lookup_digest(Purpose::KeyId, name.expose());
        Ok(KeyId(*digest.first_chunk().expect("it has 32 bytes")))
    }
}

/// The key that a request names.
fn named(request: &Manage) -> Option<KeyId> {
    match request {
        Manage::Get(key) | Manage::Delete(key) | Manage::Update { key, .. } => Some(*key),
        Manage::Derive { from, .. } => Some(*from),
        Manage::Create(_) | Manage::Import { .. } | Manage::List(_) | Manage::Search { .. } => None,
    }
}

fn listed(page: KeyPage) -> Managed {
    let KeyPage { total, offset, keys } = page;
    let keys = keys.iter().filter_map(|key| KeyView::of(key, None)).collect();
    Managed::Listed { total, offset, keys }
}

/// Symmetric keys of equal bytes are one key within a group.
fn group(algorithm: Algorithm) -> u8 {
    match algorithm {
        Algorithm::Aes(_) => 1,
        _ => 2,
    }
}
