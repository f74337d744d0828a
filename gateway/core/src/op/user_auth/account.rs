//! What the store keeps of a user: authoritative over any context.
// spec: enigma-bridge 8, last point

use std::time::Duration;

use super::context::Tries;
use super::{ContextDigest, InnerStatus, RequestDigest, UserId};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::PartitionId;
use crate::limits;
use crate::secret::Secret;
use crate::time::UnixMs;

/// Identity of an account: 128 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(pub [u8; 16]);

impl AccountId {
    /// The part of it that contexts carry.
    pub(super) fn label(self) -> [u8; 4] {
        [self.0[0], self.0[1], self.0[2], self.0[3]]
    }
}

/// The state of one user's authentication, from the making of its context on. About 600 bytes.
pub struct Account {
    pub(super) id: AccountId,
    pub(super) partition: PartitionId,
    pub(super) user: UserId,
    pub(super) total: Tries,
    pub(super) hotp: Option<HotpState>,
    pub(super) password: Option<PasswordState>,
    /// Counts changes.
    pub(super) epoch: u64,
    /// Contexts that lead here, the one used longest ago first.
    pub(super) contexts: Vec<ContextDigest>,
    /// The entry by which a resend of the request that made this account finds it; until the
    /// account is used.
    pub(super) origin: Option<ContextDigest>,
    pub(super) last: LastUse,
}

/// The state of a one-time password.
pub(super) struct HotpState {
    /// Keyed digest of the secret.
    pub(super) secret: [u8; 32],
    /// Lowest acceptable.
    pub(super) counter: u64,
    pub(super) tries: Tries,
    pub(super) digits: u8,
}

/// The state of a password.
pub(super) struct PasswordState {
    /// Keyed digest of the hash.
    pub(super) hash: [u8; 32],
    pub(super) tries: Tries,
}

/// The last request, and what its answer needs beyond the request and the account.
pub(super) struct LastUse {
    pub(super) request: RequestDigest,
    pub(super) at: UnixMs,
    pub(super) status: InnerStatus,
    /// The secret that it made.
    pub(super) secret: Option<Secret<Vec<u8>>>,
}

impl Account {
    /// Identity.
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// The tenant it belongs to.
    pub fn partition(&self) -> PartitionId {
        self.partition
    }

    /// The user, as its client names it.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// How often it was changed.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Marks a context as the one used last. Returns whether it is new here, and the one that
    /// had to go for it.
    pub(super) fn remember(&mut self, context: ContextDigest) -> (bool, Option<ContextDigest>) {
        let before = self.contexts.len();
        self.contexts.retain(|known| *known != context);
        let is_new = self.contexts.len() == before;
        let is_full = self.contexts.len() >= limits::USER_AUTH_CONTEXTS_MAX;
        let evicted = is_full.then(|| self.contexts.remove(0));
        self.contexts.push(context);
        (is_new, evicted)
    }
}

impl LastUse {
    /// Whether `request` is this one again, soon enough to get its answer again.
    pub(super) fn is_resent(&self, request: &RequestDigest, now: UnixMs) -> bool {
        let window = Duration::from_millis(limits::USER_AUTH_RESEND_MS);
        self.request == *request && now.since(self.at) <= window
    }
}

/// Leads from a context, or from the request that made one, to its account. Its name in the
/// store is the digest, within the partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextEntry {
    /// The tenant.
    pub partition: PartitionId,
    /// What [`Attempt::lookup`](super::Attempt::lookup) gives.
    pub digest: ContextDigest,
    /// Where it leads.
    pub account: AccountId,
}

/// How many accounts a partition has. One per partition; none means zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The tenant.
    pub partition: PartitionId,
    /// At most [`limits::USER_AUTH_ACCOUNTS_MAX`].
    pub accounts: u32,
}

impl Record for Account {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.id.0).raw(&self.partition.0).raw(&self.user.0);
        self.total.encode(out);
        out.option(self.hotp.as_ref(), nested);
        out.option(self.password.as_ref(), nested);
        out.u64(self.epoch);
        out.list(&self.contexts, |out, context| out.raw(&context.0));
        out.option(self.origin, |out, origin| out.raw(&origin.0));
        self.last.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            id: AccountId(input.array()?),
            partition: PartitionId(input.array()?),
            user: UserId(input.array()?),
            total: Tries::decode(input)?,
            hotp: input.option(HotpState::decode)?,
            password: input.option(PasswordState::decode)?,
            epoch: input.u64()?,
            contexts: read_contexts(input)?,
            origin: input.option(|input| input.array().map(ContextDigest))?,
            last: LastUse::decode(input)?,
        })
    }
}

impl Record for HotpState {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.secret).u64(self.counter);
        self.tries.encode(out);
        out.u8(self.digits);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let state = Self {
            secret: input.array()?,
            counter: input.u64()?,
            tries: Tries::decode(input)?,
            digits: input.u8()?,
        };
        limits::HOTP_DIGITS.contains(&state.digits).then_some(state).ok_or(Corrupt)
    }
}

impl Record for PasswordState {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.hash);
        self.tries.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { hash: input.array()?, tries: Tries::decode(input)? })
    }
}

impl Record for LastUse {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.request.0).u64(self.at.0).u16(self.status.code());
        out.option(self.secret.as_ref(), |out, secret| out.bytes(secret.expose()));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            request: RequestDigest(input.array()?),
            at: UnixMs(input.u64()?),
            status: InnerStatus::from_code(input.u16()?).ok_or(Corrupt)?,
            secret: input.option(read_secret)?,
        })
    }
}

impl Record for ContextEntry {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0).raw(&self.digest.0).raw(&self.account.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            partition: PartitionId(input.array()?),
            digest: ContextDigest(input.array()?),
            account: AccountId(input.array()?),
        })
    }
}

impl Record for Tally {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0).u32(self.accounts);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { partition: PartitionId(input.array()?), accounts: input.u32()? })
    }
}

fn read_contexts(input: &mut Decoder<'_>) -> Result<Vec<ContextDigest>, Corrupt> {
    let contexts = input.list(|input| input.array().map(ContextDigest))?;
    let fits = contexts.len() <= limits::USER_AUTH_CONTEXTS_MAX;
    fits.then_some(contexts).ok_or(Corrupt)
}

fn read_secret(input: &mut Decoder<'_>) -> Result<Secret<Vec<u8>>, Corrupt> {
    let secret = input.bytes()?;
    let fits = limits::HOTP_SECRET_BYTES.contains(&secret.len());
    fits.then(|| Secret::new(secret.to_vec())).ok_or(Corrupt)
}

fn nested<'o, T: Record>(out: &'o mut Encoder, record: &T) -> &'o mut Encoder {
    record.encode(out);
    out
}
