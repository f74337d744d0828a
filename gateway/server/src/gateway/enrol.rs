//! New keys: templates, import, generation.

use std::sync::Arc;

use typex_core::error::KeyImport;
use typex_core::key::{DataLengths, KeyName, KeyRecord, Material, Origin, Usage};
use typex_core::op::enrol::{ImportKey, NewTemplate, Uploaded};
use typex_core::op::{Action, ImportPublicKey, Output, RsaPublicKey};
use typex_core::policy::Grant;
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, PartitionId, Secret, UnixMs};
use typex_engine::{Done, LoadedKey, Work, WrappedTemplate};
use typex_store::{NewKey, OpenTemplate, Purpose, Tx, system_clock};

use super::core::Inner;
use super::record;
use crate::transport::Peer;

/// What tells whether a message was seen before.
#[derive(Clone, Copy)]
struct Repeat {
    object: u32,
    digest: [u8; 32],
}

impl Repeat {
    fn of(request: &ImportKey) -> Self {
        Self { object: request.object, digest: request.digest }
    }
}

/// Object number of the import key in the service partition, and its id on the wire.
pub const IMPORT_KEY: u32 = 1;

impl Inner {
    /// The public keys under which clients bring keys in.
    pub(super) async fn import_keys(
        &self,
        peer: &Peer,
        principal: &Principal,
    ) -> Result<Output, Error> {
        self.allowed(peer, principal, Action::ImportKeys, None).await?;
        Ok(Output::ImportKeys(vec![self.import_public_key().await?]))
    }

    /// Opens a template for a new key.
    pub(super) async fn new_template(
        &self,
        peer: &Peer,
        principal: &Principal,
        request: NewTemplate,
    ) -> Result<Output, Error> {
        let action = Action::NewTemplate;
        let grant = self.allowed(peer, principal, action, None).await?;
        let entry = record::entry(peer, principal, action, None, Ok(()));
        let partition = grant.partition();
        let now = system_clock();
        let open = self.gateway.store.write(move |tx| {
            crate::registration::check_new_key(tx, grant.principal(), &request)?;
            let open = tx.open_template(partition, request, now)?;
            tx.record(entry);
            Ok(open)
        });
        let open = match open.await {
            Ok(open) => open,
            Err(error) => return self.refused(peer, principal, action, None, error).await,
        };
        let template = open.template.clone();
        Ok(Output::Template { template, import_key: self.import_public_key().await? })
    }

    /// Makes the key of an open template; the same message again finds the key it made.
    pub(super) async fn import_key(
        &self,
        peer: &Peer,
        principal: &Principal,
        request: ImportKey,
    ) -> Result<Output, Error> {
        let action = Action::ImportKey;
        let grant = self.allowed(peer, principal, action, None).await?;
        let (partition, repeat) = (grant.partition(), Repeat::of(&request));
        let done = match self.import(peer, grant, request).await {
            Err(error) if is_overtaken(error.kind) => {
                self.made_before(partition, repeat).await.and_then(|made| made.ok_or(error))
            }
            done => done,
        };
        match done {
            Ok(output) => Ok(output),
            Err(error) => self.refused(peer, principal, action, None, error).await,
        }
    }

    async fn import(&self, peer: &Peer, grant: Grant, request: ImportKey) -> Result<Output, Error> {
        let partition = grant.partition();
        if let Some(made) = self.made_before(partition, Repeat::of(&request)).await? {
            return Ok(made);
        }
        let (object, now) = (request.object, system_clock());
        let open = self.gateway.store.read(move |tx| tx.template(partition, object, now)).await?;
        let digest = request.digest;
        let (uploaded, grant) = self.unwrap(grant, request, &open).await?;
        let Uploaded { channel, material } = uploaded;
        let origin = if material.is_some() { Origin::Client } else { Origin::Service };
        let (material, public, grant) = self.material(grant, open.new.usage, material).await?;
        let record = self.key_record(partition, &open, origin, digest, now);
        let key = NewKey { record, channel: Some(channel), material };
        self.store_key(peer, grant, key, public).await
    }

    async fn made_before(
        &self,
        partition: PartitionId,
        request: Repeat,
    ) -> Result<Option<Output>, Error> {
        let name = KeyName::Object(request.object);
        let key = match self.resolve(partition, name).await {
            Ok(key) => key,
            Err(error) if error.kind == ErrorKind::KeyNotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let record = key.record();
        if record.import_digest != Some(request.digest) {
            return Err(ErrorKind::KeyExists.into());
        }
        let (object, foreign_type) = (request.object, record.foreign_type);
        Ok(Some(Output::KeyCreated { object, foreign_type, public: key.public() }))
    }

    /// Opens the filled template.
    async fn unwrap(
        &self,
        grant: Grant,
        request: ImportKey,
        open: &OpenTemplate,
    ) -> Result<(Uploaded, Grant), Error> {
        if request.import_key != IMPORT_KEY.to_string() {
            return Err(ErrorKind::KeyImport(KeyImport::ImportKey).into());
        }
        let key = self.import_key_pair().await?;
        let import = WrappedTemplate {
            object: request.object,
            head_bytes: open.template.head_bytes,
            wrapped_keys: request.wrapped_keys,
            protected: request.protected,
        };
        let Done::Template(step) = self.submit(grant, Work::Unwrap { key, import }).await? else {
            return Err(ErrorKind::Internal.into());
        };
        let uploaded = open.template.read(step.value.expose()).map_err(ErrorKind::KeyImport)?;
        Ok((uploaded, step.grant))
    }

    /// The application key: as uploaded, or made here.
    async fn material(
        &self,
        grant: Grant,
        usage: Usage,
        uploaded: Option<Secret<Vec<u8>>>,
    ) -> Result<(Material, Option<RsaPublicKey>, Grant), Error> {
        let work = match (usage, uploaded) {
            (Usage::Object(what), uploaded) => {
                return self.object_contents(grant, what, uploaded).await;
            }
            (Usage::Random, _) => return Ok((Material::None, None, grant)),
            (Usage::RsaPrivate { modulus_bytes } | Usage::RsaPublic { modulus_bytes }, None) => {
                Work::GenerateRsa { bits: u32::from(modulus_bytes) * 8 }
            }
            (
                Usage::RsaPrivate { modulus_bytes } | Usage::RsaPublic { modulus_bytes },
                Some(parts),
            ) => Work::ImportRsa { parts, modulus_bytes },
            (usage, uploaded) => {
                return Ok((self.symmetric(usage, uploaded, &grant).await?, None, grant));
            }
        };
        match self.submit(grant, work).await? {
            Done::Key(step) => Ok((step.value.material, Some(step.value.public), step.grant)),
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    async fn symmetric(
        &self,
        usage: Usage,
        uploaded: Option<Secret<Vec<u8>>>,
        grant: &Grant,
    ) -> Result<Material, Error> {
        if usage.is_user_auth() {
            return match uploaded {
                Some(root) => Ok(Material::ContextRoot(exact(&root)?)),
                None => Ok(self.partition_context(grant.partition())),
            };
        }
        match uploaded {
            Some(key) => Ok(Material::Aes128(exact(&key)?)),
            None => Ok(Material::Aes128(self.random().await?)),
        }
    }

    /// Keys that the gateway makes for one partition accept each other's contexts. Their root
    /// follows from the store's master key, so it needs no record.
    fn partition_context(&self, partition: PartitionId) -> Material {
        let root = self.gateway.store.lookup_digest(Purpose::UserContext, &partition.0);
        Material::ContextRoot(Secret::new(root))
    }

    pub(super) async fn random<const N: usize>(&self) -> Result<Secret<[u8; N]>, Error>
    where
        [u8; N]: zeroize::Zeroize,
    {
        self.gateway.store.read(|tx| tx.random().map(Secret::new)).await
    }

    fn key_record(
        &self,
        partition: PartitionId,
        open: &OpenTemplate,
        origin: Origin,
        digest: [u8; 32],
        now: UnixMs,
    ) -> KeyRecord {
        let usage = open.new.usage;
        let lengths = match usage {
            Usage::EncryptBlocks | Usage::DecryptBlocks => self.gateway.rules.block_lengths,
            usage => DataLengths::default_for(usage),
        };
        let id = typex_core::KeyId([0; 16]);
        KeyRecord {
            object: Some(open.template.object),
            lengths,
            origin,
            foreign_type: open.new.foreign_type,
            import_digest: Some(digest),
            ..KeyRecord::first(id, partition, usage, now)
        }
    }

    async fn store_key(
        &self,
        peer: &Peer,
        grant: Grant,
        key: NewKey,
        public: Option<RsaPublicKey>,
    ) -> Result<Output, Error> {
        let mut entry = record::entry(peer, grant.principal(), Action::ImportKey, None, Ok(()));
        let made = self.gateway.store.write(move |tx| {
            let made = create(tx, grant, key)?;
            entry.key = Some((made.id, made.version));
            tx.record(entry);
            Ok(made)
        });
        let made = made.await?;
        let object = made.object.ok_or(ErrorKind::Internal)?;
        Ok(Output::KeyCreated { object, foreign_type: made.foreign_type, public })
    }

    async fn import_key_pair(&self) -> Result<Arc<LoadedKey>, Error> {
        self.resolve(PartitionId::SERVICE, KeyName::Object(IMPORT_KEY)).await
    }

    async fn import_public_key(&self) -> Result<ImportPublicKey, Error> {
        let key = self.import_key_pair().await?;
        let public = key.public().ok_or(ErrorKind::Internal)?;
        Ok(ImportPublicKey { id: IMPORT_KEY, key: public })
    }
}

/// Whether the same message may have made the key while this one was under way: then its number
/// is taken, its template closed, or the last of its client's keys counted.
fn is_overtaken(kind: ErrorKind) -> bool {
    use ErrorKind::{KeyExists, Quota};
    matches!(kind, KeyExists | Quota | ErrorKind::KeyImport(KeyImport::NoTemplate))
}

/// Stores a key under a fresh id; the grant ends here.
fn create(tx: &mut Tx, grant: Grant, mut key: NewKey) -> Result<KeyRecord, Error> {
    key.record.id = typex_core::KeyId(tx.random()?);
    crate::registration::count_new_key(tx, grant.principal())?;
    tx.create_key(key)
}

/// Exactly `N` bytes, and not all zero: that is a field nobody filled.
fn exact<const N: usize>(bytes: &Secret<Vec<u8>>) -> Result<Secret<[u8; N]>, Error>
where
    [u8; N]: zeroize::Zeroize + AsRef<[u8]>,
{
    let refused = || Error::from(ErrorKind::KeyImport(KeyImport::Material));
    let key: [u8; N] = bytes.expose().as_slice().try_into().map_err(|_| refused())?;
    let key = Secret::new(key);
    if bool::from(key.ct_eq(&[0; N])) { Err(refused()) } else { Ok(key) }
}
