//! Messages that GCM seals under one key, together: judged once, one job of the engine, one entry
//! of the audit log.

use std::sync::Arc;

use typex_core::audit::Detail;
use typex_core::key::KeyName;
use typex_core::op::Action;
use typex_core::op::payment::{Cipher, Operation, Part};
use typex_core::policy::pair::PairGrants;
use typex_core::policy::payment::{Holder, Use};
use typex_core::policy::{self, Grant, Verdict};
use typex_core::{Error, ErrorKind, KeyId};
use typex_engine::payment::{Message, SealJob};
use typex_engine::{Done, LoadedKey, Work};
use typex_store::system_clock;

use crate::gateway::caller::Asker;
use crate::gateway::core::Inner;
use crate::gateway::record;

/// Messages of one job at most: of the longest, two full batches of the engine. Between so many and
/// the next, other connections have their turn.
pub(in crate::gateway) const SEALS_MAX: usize = 128;

const ACTION: Action = Action::Payment(Operation::EncryptData);

/// What became of messages.
pub(in crate::gateway) enum Sealed {
    /// They have their tags, in their order.
    Done(Vec<Message>),
    /// None was sealed, for this reason.
    Refused(Error),
    /// They are to be asked for one by one, so that each has its own answer.
    Alone(Vec<Message>),
}

impl Inner {
    /// Seals messages under a payment key of the caller's partition, each as if it came alone;
    /// those of one call end alike, and share an entry of the audit log with their number.
    pub(in crate::gateway) async fn seal_all(
        &self,
        from: Asker<'_>,
        id: KeyId,
        mut messages: Vec<Message>,
        request_ns: u64,
    ) -> Sealed {
        if !self.gateway.store.is_healthy() {
            // What cannot be recorded is refused.
            return Sealed::Refused(ErrorKind::Storage.into());
        }
        let takes = |one: &Message| SealJob::takes(&one.data, one.aad.as_deref());
        if !messages.iter().all(takes) {
            return Sealed::Alone(messages);
        }
        let Some((key, grant)) = self.may_seal(from, id) else { return Sealed::Alone(messages) };
        let count = messages.len() as u64;
        if self.count_seals_of(key.record(), count).await.is_err() {
            return Sealed::Alone(messages);
        }
        let version = (id, key.record().version);
        let sealed = match self.draw_nonces(&mut messages) {
            Ok(()) => self.seal(grant, SealJob { key, messages }, request_ns).await,
            Err(kind) => Err(kind.into()),
        };
        let outcome = sealed.as_ref().map(drop).map_err(|error| error.kind);
        let principal = &from.caller.principal;
        let mut entry = record::entry(from.peer, principal, ACTION, Some(version), outcome);
        if count > 1 {
            entry.detail = Detail::Count(count);
        }
        let noted = self.note(entry).await;
        noted.and(sealed).map_or_else(Sealed::Refused, Sealed::Done)
    }

    /// Leave to seal under a key that the core has.
    fn may_seal(&self, from: Asker<'_>, id: KeyId) -> Option<(Arc<LoadedKey>, Grant)> {
        let Asker { caller, .. } = from;
        let partition = caller.principal.partition;
        let key = self.keys.borrow_mut().find(partition, KeyName::Id(id))?;
        if !SealJob::takes_key(&key) {
            return None;
        }
        caller.check(ACTION).and_then(|()| caller.check_keys([id])).ok()?;
        let cipher = Cipher::Gcm { aad: None, nonce: None, tag: None };
        let holder = Holder::Stored(key.record());
        let uses = [Use { part: Part::Data, holder, cipher: Some(&cipher) }];
        let (operation, pairs) = (Operation::EncryptData, PairGrants::default());
        let principal = &caller.principal;
        match policy::payment::authorize(principal, operation, &uses, &pairs, system_clock()) {
            Verdict::Allow(grant) => Some((key, grant)),
            Verdict::Deny(_) => None,
        }
    }

    /// Each has one of its own.
    fn draw_nonces(&self, messages: &mut [Message]) -> Result<(), ErrorKind> {
        let mut nonces = self.nonces.borrow_mut();
        for message in messages {
            message.nonce = *nonces.draw()?.bytes();
        }
        Ok(())
    }

    async fn seal(
        &self,
        grant: Grant,
        job: SealJob,
        request_ns: u64,
    ) -> Result<Vec<Message>, Error> {
        match self.submit_part(grant, Work::Seal(job), request_ns).await? {
            Done::Messages(messages) => Ok(messages),
            _ => Err(ErrorKind::Internal.into()),
        }
    }
}
