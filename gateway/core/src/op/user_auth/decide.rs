//! Judges an attempt against the account that the store keeps.
// spec: enigma-bridge 4.4, server behaviour; 8, last point

use subtle::{Choice, ConstantTimeEq};

use super::account::{Account, AccountId, ContextEntry, HotpState, LastUse, PasswordState, Tally};
use super::answer::Answer;
use super::context::{Context, Tries};
use super::hotp::next_counter;
use super::keys::{ContextDigest, DigestKey, RequestDigest};
use super::request::{Attempt, Request, Update};
use super::{InnerStatus, Method};
use crate::error::{ErrorKind, UserAuth};
use crate::limits;
use crate::secret::Secret;
use crate::time::UnixMs;

/// Random bytes that one request may need: an account's identity and the longest secret.
pub const FRESH_BYTES: usize = 16 + *limits::HOTP_SECRET_BYTES.end();

/// Random bytes, drawn for this request alone.
pub struct Fresh(pub Secret<[u8; FRESH_BYTES]>);

impl Fresh {
    fn account(&self) -> AccountId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0.expose()[..16]);
        AccountId(id)
    }

    /// A secret as long as `old`.
    fn secret(&self, old: &Secret<Vec<u8>>) -> Secret<Vec<u8>> {
        Secret::new(self.0.expose()[16..][..old.expose().len()].to_vec())
    }
}

/// What the store holds when the attempt arrives.
pub struct Stored {
    /// The account to which [`Attempt::lookup`] leads in the caller's partition.
    pub account: Option<Account>,
    /// The number of accounts in the caller's partition.
    pub tally: Tally,
}

/// What is to be stored, and what to answer once that is durable.
pub struct Decision {
    /// Nothing for a resend.
    pub change: Option<Change>,
    /// Also for a failed attempt.
    pub answer: Answer,
}

/// Changes of the store, all in the transaction in which the state was read.
pub struct Change {
    /// To be put.
    pub account: Account,
    /// Entries to be put; an older one of the same digest is replaced.
    pub learn: Vec<ContextEntry>,
    /// Entries to be deleted, unless they have come to lead to another account.
    pub forget: Vec<ContextEntry>,
    /// To be put.
    pub tally: Option<Tally>,
}

/// Decides. Pure: the same arguments give the same decision.
///
/// A failed authentication is a decision too: its change must be durable before its answer is
/// given.
///
/// # Errors
/// [`UserAuth::Context`] if no account is known, [`ErrorKind::Quota`] if the partition has no room
/// for another. Nothing is to be changed then.
pub fn decide(
    attempt: Attempt,
    request: RequestDigest,
    stored: Stored,
    fresh: &Fresh,
    now: UnixMs,
) -> Result<Decision, ErrorKind> {
    match stored.account {
        Some(account) if account.last.is_resent(&request, now) => {
            Ok(Decision { change: None, answer: answer(attempt, &account) })
        }
        _ if matches!(attempt.request, Request::New) => {
            create(attempt, request, stored.tally, fresh, now)
        }
        Some(account) => judge(attempt, request, account, fresh, now),
        None => Err(ErrorKind::UserAuth(UserAuth::Context)),
    }
}

fn create(
    attempt: Attempt,
    request: RequestDigest,
    tally: Tally,
    fresh: &Fresh,
    now: UnixMs,
) -> Result<Decision, ErrorKind> {
    if tally.accounts >= limits::USER_AUTH_ACCOUNTS_MAX {
        return Err(ErrorKind::Quota);
    }
    let keys = attempt.digests.clone();
    let origin = attempt.lookup(&request);
    let secret = attempt.context.hotp.as_ref().map(|hotp| fresh.secret(&hotp.secret));
    let last = LastUse { request, at: now, status: InnerStatus::Success, secret };
    let mut account = Account {
        id: fresh.account(),
        partition: tally.partition,
        user: attempt.context.user,
        total: unused(attempt.context.total),
        hotp: None,
        password: None,
        epoch: 1,
        contexts: Vec::new(),
        origin: Some(origin),
        last,
    };
    account.take_methods(&keys, &attempt.context);
    let tally = Tally { accounts: tally.accounts + 1, ..tally };
    let answer = answer(attempt, &account);
    let context = answer.context.digest(&keys);
    account.remember(context);
    let learn = [context, origin].map(|digest| account.entry(digest)).to_vec();
    let change = Change { account, learn, forget: Vec::new(), tally: Some(tally) };
    Ok(Decision { change: Some(change), answer })
}

fn judge(
    attempt: Attempt,
    request: RequestDigest,
    mut account: Account,
    fresh: &Fresh,
    now: UnixMs,
) -> Result<Decision, ErrorKind> {
    let keys = attempt.digests.clone();
    let (status, secret) = account.apply(&attempt, fresh)?;
    account.epoch = account.epoch.saturating_add(1);
    account.last = LastUse { request, at: now, status, secret };
    let answer = answer(attempt, &account);
    let context = answer.context.digest(&keys);
    let (is_new, evicted) = account.remember(context);
    let learn = is_new.then(|| account.entry(context)).into_iter().collect();
    let gone = [account.origin.take(), evicted].into_iter().flatten();
    let forget = gone.map(|digest| account.entry(digest)).collect();
    Ok(Decision { change: Some(Change { account, learn, forget, tally: None }), answer })
}

/// The answer to the account's last request, which `attempt` is.
fn answer(attempt: Attempt, account: &Account) -> Answer {
    let Attempt { mut context, request, .. } = attempt;
    let (operation, method) = (request.tag(), request.method());
    if let (Some(hotp), Some(secret)) = (&mut context.hotp, &account.last.secret) {
        hotp.secret = secret.clone();
    }
    if let (Some(password), Request::Update(Update::Password(hash))) =
        (&mut context.password, request)
    {
        password.hash = hash;
    }
    context.show(account);
    let tells_secret = account.last.secret.is_some();
    Answer { operation, method, tells_secret, context, status: account.last.status }
}

/// A status, and the secret that the request made.
type Outcome = (InnerStatus, Option<Secret<Vec<u8>>>);

impl Account {
    fn entry(&self, digest: ContextDigest) -> ContextEntry {
        ContextEntry { partition: self.partition, digest, account: self.id }
    }

    /// Starts the methods of a new context; the secret is the fresh one.
    fn take_methods(&mut self, keys: &DigestKey, context: &Context) {
        if let (Some(hotp), Some(secret)) = (&context.hotp, &self.last.secret) {
            let secret = self.secret_digest(keys, secret.expose());
            let tries = unused(hotp.tries);
            self.hotp = Some(HotpState { secret, counter: 0, tries, digits: hotp.digits });
        }
        if let Some(password) = &context.password {
            let hash = self.hash_digest(keys, password.hash.expose());
            self.password = Some(PasswordState { hash, tries: unused(password.tries) });
        }
    }

    fn apply(&mut self, attempt: &Attempt, fresh: &Fresh) -> Result<Outcome, ErrorKind> {
        let keys = &attempt.digests;
        let context = &attempt.context;
        match &attempt.request {
            Request::Hotp(code) => Ok((self.check_hotp(keys, context, *code)?, None)),
            Request::Password(hash) => Ok((self.check_password(keys, context, hash)?, None)),
            Request::Update(Update::Hotp) => self.replace_secret(keys, context, fresh),
            Request::Update(Update::Password(hash)) => self.replace_hash(keys, hash),
            Request::Update(Update::Tries) => {
                self.total.reset();
                Ok((InnerStatus::Success, None))
            }
            Request::New => Err(ErrorKind::Internal),
        }
    }

    fn check_hotp(
        &mut self,
        keys: &DigestKey,
        context: &Context,
        code: u64,
    ) -> Result<InnerStatus, ErrorKind> {
        let presented = &context.hotp.as_ref().ok_or(LACKING)?.secret;
        let digest = self.secret_digest(keys, presented.expose());
        let state = self.hotp.as_mut().ok_or(LACKING)?;
        if let Some(status) = used_up(self.total, state.tries, Method::Hotp) {
            return Ok(status);
        }
        let is_current = bool::from(state.secret.ct_eq(&digest));
        let next = next_counter(presented.expose(), state.counter, state.digits, code);
        match next {
            Err(InnerStatus::CounterOverflow) => return Ok(InnerStatus::CounterOverflow),
            Ok(next) if is_current => state.counter = next,
            _ => return Ok(fail(&mut self.total, &mut state.tries, InnerStatus::WrongCode)),
        }
        Ok(succeed(&mut self.total, &mut state.tries))
    }

    fn check_password(
        &mut self,
        keys: &DigestKey,
        context: &Context,
        hash: &Secret<Vec<u8>>,
    ) -> Result<InnerStatus, ErrorKind> {
        let presented = &context.password.as_ref().ok_or(LACKING)?.hash;
        let digest = self.hash_digest(keys, presented.expose());
        let state = self.password.as_mut().ok_or(LACKING)?;
        if let Some(status) = used_up(self.total, state.tries, Method::Password) {
            return Ok(status);
        }
        let is_right: Choice = presented.ct_eq(hash.expose()) & state.hash.ct_eq(&digest);
        if bool::from(is_right) {
            return Ok(succeed(&mut self.total, &mut state.tries));
        }
        let has_length = presented.expose().len() == hash.expose().len();
        let status = if has_length { InnerStatus::WrongHash } else { InnerStatus::WrongHashLength };
        Ok(fail(&mut self.total, &mut state.tries, status))
    }

    fn replace_secret(
        &mut self,
        keys: &DigestKey,
        context: &Context,
        fresh: &Fresh,
    ) -> Result<Outcome, ErrorKind> {
        let secret = fresh.secret(&context.hotp.as_ref().ok_or(LACKING)?.secret);
        let digest = self.secret_digest(keys, secret.expose());
        let state = self.hotp.as_mut().ok_or(LACKING)?;
        state.secret = digest;
        state.counter = 0;
        Ok((succeed(&mut self.total, &mut state.tries), Some(secret)))
    }

    fn replace_hash(
        &mut self,
        keys: &DigestKey,
        hash: &Secret<Vec<u8>>,
    ) -> Result<Outcome, ErrorKind> {
        let digest = self.hash_digest(keys, hash.expose());
        let state = self.password.as_mut().ok_or(LACKING)?;
        state.hash = digest;
        Ok((succeed(&mut self.total, &mut state.tries), None))
    }

    /// The account's id is in it, so that equal secrets of two accounts do not show.
    fn secret_digest(&self, keys: &DigestKey, secret: &[u8]) -> [u8; 32] {
        keys.digest("hotp secret", &[&self.id.0, secret])
    }

    fn hash_digest(&self, keys: &DigestKey, hash: &[u8]) -> [u8; 32] {
        keys.digest("password hash", &[&self.id.0, hash])
    }
}

const LACKING: ErrorKind = ErrorKind::UserAuth(UserAuth::Method);

fn unused(tries: Tries) -> Tries {
    Tries { fails: 0, ..tries }
}

fn used_up(total: Tries, tries: Tries, method: Method) -> Option<InnerStatus> {
    match (total.are_used_up(), tries.are_used_up(), method) {
        (true, ..) => Some(InnerStatus::TriesUsedUp),
        (_, true, Method::Hotp) => Some(InnerStatus::HotpTriesUsedUp),
        (_, true, _) => Some(InnerStatus::PasswordTriesUsedUp),
        _ => None,
    }
}

fn succeed(total: &mut Tries, tries: &mut Tries) -> InnerStatus {
    total.reset();
    tries.reset();
    InnerStatus::Success
}

fn fail(total: &mut Tries, tries: &mut Tries, status: InnerStatus) -> InnerStatus {
    total.raise();
    tries.raise();
    status
}
