//! Keys brought in: in key blocks, and under the public half of a key pair.

use typex_core::key::payment::{Attributes, Entry, RsaBits};
use typex_core::key::{KeyName, KeyRecord, KeyState, Origin};
use typex_core::limits::IMPORT_TOKEN_MS;
use typex_core::op::payment::keys::{
    Answer, CheckKind, Cryptogram, Import, ImportForm, ImportParameters, ImportToken, TokenId,
};
use typex_core::op::payment::{Bytes, Operation, Part};
use typex_core::policy::pair::PairGrants;
use typex_core::policy::payment::{self, Holder, Use};
use typex_core::policy::{Grant, Verdict};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, UnixMs};
use typex_engine::payment::{HeldKey, KeyJob, MadeKey};
use typex_store::{PaymentKey, system_clock};

use super::make::{Kept, no_random};
use super::{Allowed, certificate};
use crate::gateway::Inner;

impl Inner {
    /// Brings a key in.
    pub(super) async fn import_payment_key(
        &self,
        allowed: Allowed,
        import: Import,
    ) -> Result<Answer, Error> {
        let Import { form, is_enabled, check, tags } = import;
        let (attributes, made, allowed) = match form {
            ImportForm::Block { text, .. } => self.open_block(allowed, text, check).await?,
            ImportForm::Cryptogram(cryptogram) => self.unseal(allowed, cryptogram, check).await?,
        };
        let kept = Kept { attributes, origin: Origin::Client, is_enabled, tags };
        self.keep_key(allowed, kept, made).await
    }

    async fn open_block(
        &self,
        allowed: Allowed,
        text: Bytes,
        check: Option<CheckKind>,
    ) -> Result<(Attributes, MadeKey, Allowed), Error> {
        self.gateway.rules.payments.key_blocks.check(text.expose())?;
        let Allowed { grant, entry, key, revokes } = allowed;
        let PaymentKey { record, .. } = key.ok_or(ErrorKind::Internal)?;
        let (partition, id) = (grant.partition(), record.id);
        let (under, record) = self.held(partition, id).await?;
        let now = system_clock();
        let uses = [Use { part: Part::Protection, holder: Holder::Stored(&record), cipher: None }];
        let pairs = PairGrants::default();
        let opening =
            payment::authorize(grant.principal(), Operation::ImportKey, &uses, &pairs, now);
        let opening = granted(opening)?;
        let (made, _) = self.made(opening, KeyJob::Open { under, text, check }).await?;
        let header = payment::imported(&record, made.attributes, now)?;
        let attributes = self.payment_defaults().imported(header)?;
        Ok((attributes, made, Allowed { grant, entry, key: None, revokes }))
    }

    async fn unseal(
        &self,
        allowed: Allowed,
        cryptogram: Cryptogram,
        check: Option<CheckKind>,
    ) -> Result<(Attributes, MadeKey, Allowed), Error> {
        let Allowed { grant, entry, key, revokes } = allowed;
        let Cryptogram { attributes, token, hash, bytes: cryptogram } = cryptogram;
        let attributes = Attributes { entry: Entry::Clear, ..attributes };
        let attributes = self.payment_defaults().imported(attributes)?;
        let check = CheckKind::chosen(check, attributes.algorithm)?;
        let (partition, now) = (grant.partition(), system_clock());
        let token = self.gateway.store.read(move |tx| tx.import_token(partition, token, now));
        let private = token.await?.private;
        let job = KeyJob::Unseal { attributes, private, hash, cryptogram, check };
        let (made, grant) = self.made(grant, job).await?;
        Ok((attributes, made, Allowed { grant, entry, key, revokes }))
    }

    /// A stored key with its secret part.
    ///
    /// # Errors
    /// [`ErrorKind::KeyNotFound`]; [`ErrorKind::KeyState`] for one whose material is erased.
    pub(super) async fn held(
        &self,
        partition: PartitionId,
        id: KeyId,
    ) -> Result<(HeldKey, KeyRecord), Error> {
        let key = self.gateway.store.read(move |tx| tx.key_by_name(partition, KeyName::Id(id)));
        let key = key.await?;
        if key.record.state == KeyState::Destroyed {
            return Err(ErrorKind::KeyState.into());
        }
        let attributes = *key.record.usage.payment().ok_or(ErrorKind::KeyNotFound)?;
        let version = (key.record.id, key.record.version);
        let held =
            HeldKey { key: version, attributes, material: key.material, revoked: key.revoked };
        Ok((held, key.record))
    }

    /// A key pair under whose public half keys come in.
    pub(super) async fn import_parameters(
        &self,
        allowed: Allowed,
        bits: RsaBits,
        may_reuse: bool,
    ) -> Result<Answer, Error> {
        let (partition, now) = (allowed.partition(), system_clock());
        if may_reuse && let Some(token) = self.last_token(partition, bits, now).await? {
            return Ok(parameters(&token));
        }
        let Allowed { grant, entry, key, revokes } = allowed;
        let (made, grant) = self.made(grant, KeyJob::Generate(bits)).await?;
        let allowed = Allowed { grant, entry, key, revokes };
        let mut id = TokenId([0; 16]);
        self.gateway.random.fill(&mut id.0).map_err(no_random)?;
        let (private, certificate) =
            certificate::self_signed(made.material, const_hex::encode(id.0)).await?;
        let until = UnixMs(now.0.saturating_add(IMPORT_TOKEN_MS));
        let token = ImportToken { partition, id, bits, private, certificate, until };
        let answer = parameters(&token);
        let kept = self.keep_change(allowed, move |tx, _| tx.put_import_token(&token, now));
        kept.await.map(|()| answer)
    }

    /// The one of this length that lasts longest.
    async fn last_token(
        &self,
        partition: PartitionId,
        bits: RsaBits,
        now: UnixMs,
    ) -> Result<Option<ImportToken>, Error> {
        let tokens = self.gateway.store.read(move |tx| tx.import_tokens(partition)).await?;
        let fits = |token: &ImportToken| token.bits == bits && token.until > now;
        Ok(tokens.into_iter().filter(fits).max_by_key(|token| token.until))
    }
}

pub(super) fn granted(verdict: Verdict) -> Result<Grant, Error> {
    match verdict {
        Verdict::Allow(grant) => Ok(grant),
        Verdict::Deny(error) => Err(error),
    }
}

fn parameters(token: &ImportToken) -> Answer {
    let ImportToken { id, bits, until, .. } = *token;
    let certificate = token.certificate.clone();
    Answer::ImportParameters(Box::new(ImportParameters { token: id, bits, certificate, until }))
}
