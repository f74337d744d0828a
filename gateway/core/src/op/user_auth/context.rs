//! The clear form of a user's context.
//!
//! `version:1 | user:8 | label:4 | fails:1 | max:1 | method...`, where a client's template has
//! zeros for the label.
// spec: enigma-bridge 4.4

use super::account::Account;
use super::keys::{ContextDigest, DigestKey};
use super::{Method, UserId};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::error::{ErrorKind, InvalidData, UserAuth};
use crate::limits;
use crate::secret::Secret;
use crate::tlv::{BROKEN, Reader, put};

const VERSION: u8 = 1;

/// A user's context in the clear: its methods, their secrets, and the counters and tries as they
/// were when it was made.
#[derive(Clone)]
pub struct Context {
    pub(super) user: UserId,
    /// Starts the account's id, so that contexts of two accounts with equal secrets differ. It
    /// stands where the client's template has flags, of which none is known.
    pub(super) label: [u8; 4],
    pub(super) total: Tries,
    pub(super) hotp: Option<Hotp>,
    pub(super) password: Option<Password>,
}

/// One-time passwords in a context.
#[derive(Clone)]
pub(super) struct Hotp {
    pub(super) tries: Tries,
    pub(super) counter: u64,
    /// Always 2 in known clients; kept as it came.
    pub(super) ct: u8,
    pub(super) digits: u8,
    pub(super) secret: Secret<Vec<u8>>,
}

/// A password in a context.
#[derive(Clone)]
pub(super) struct Password {
    pub(super) tries: Tries,
    pub(super) hash: Secret<Vec<u8>>,
}

/// Failures and how many are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tries {
    pub(super) fails: u8,
    pub(super) max: u8,
}

impl Tries {
    pub(super) fn are_used_up(self) -> bool {
        self.fails >= self.max
    }

    pub(super) fn raise(&mut self) {
        self.fails = self.fails.saturating_add(1);
    }

    pub(super) fn reset(&mut self) {
        self.fails = 0;
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, ErrorKind> {
        Ok(Self { fails: input.u8()?, max: input.u8()? })
    }
}

impl Record for Tries {
    fn encode(&self, out: &mut Encoder) {
        out.u8(self.fails).u8(self.max);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { fails: input.u8()?, max: input.u8()? })
    }
}

impl Context {
    /// Longest clear form: header, and both methods with the longest secret and hash.
    pub const CLEAR_BYTES_MAX: usize = 15
        + (3 + 13 + *limits::HOTP_SECRET_BYTES.end())
        + (3 + 3 + *limits::USER_PASSWORD_HASH_BYTES.end());

    /// Reads the clear form; at least one method, each at most once, nothing behind them.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ErrorKind> {
        let mut input = Reader::new(bytes);
        if input.u8()? != VERSION {
            return Err(BROKEN);
        }
        let mut context = Self {
            user: UserId(input.array()?),
            label: input.array()?,
            total: Tries::read(&mut input)?,
            hotp: None,
            password: None,
        };
        while !input.is_empty() {
            let (tag, value) = input.tlv()?;
            context.add(Method::from_tag(tag)?, value)?;
        }
        if context.hotp.is_none() && context.password.is_none() {
            return Err(ErrorKind::UserAuth(UserAuth::Method));
        }
        Ok(context)
    }

    fn add(&mut self, method: Method, value: &[u8]) -> Result<(), ErrorKind> {
        let seen_before = match method {
            Method::Hotp => self.hotp.replace(Hotp::parse(value)?).is_some(),
            Method::Password => self.password.replace(Password::parse(value)?).is_some(),
            Method::Tries => return Err(ErrorKind::UserAuth(UserAuth::Method)),
        };
        if seen_before { Err(BROKEN) } else { Ok(()) }
    }

    /// Writes the clear form.
    pub(super) fn write(&self) -> Secret<Vec<u8>> {
        let mut out = Encoder::default();
        out.u8(VERSION).raw(&self.user.0).raw(&self.label);
        self.total.encode(&mut out);
        if let Some(hotp) = &self.hotp {
            put(&mut out, Method::Hotp.tag(), hotp.write().expose());
        }
        if let Some(password) = &self.password {
            put(&mut out, Method::Password.tag(), password.write().expose());
        }
        out.finish()
    }

    /// What names this context in the store.
    pub(super) fn digest(&self, key: &DigestKey) -> ContextDigest {
        let secret = self.hotp.as_ref().map_or(&[][..], |hotp| hotp.secret.expose());
        let hash = self.password.as_ref().map_or(&[][..], |password| password.hash.expose());
        ContextDigest(key.digest("context", &[&self.user.0, &self.label, secret, hash]))
    }

    /// Takes over the counters and tries of `account`.
    pub(super) fn show(&mut self, account: &Account) {
        self.label = account.id.label();
        self.total = account.total;
        if let (Some(shown), Some(kept)) = (&mut self.hotp, &account.hotp) {
            shown.tries = kept.tries;
            shown.counter = kept.counter;
            shown.digits = kept.digits;
        }
        if let (Some(shown), Some(kept)) = (&mut self.password, &account.password) {
            shown.tries = kept.tries;
        }
    }
}

impl Hotp {
    fn parse(value: &[u8]) -> Result<Self, ErrorKind> {
        let mut input = Reader::new(value);
        let tries = Tries::read(&mut input)?;
        let (counter, ct, digits) = (input.u64()?, input.u8()?, input.u8()?);
        let len = usize::from(input.u8()?);
        let secret = input.raw(len)?;
        input.finish()?;
        if !limits::HOTP_DIGITS.contains(&digits) {
            return Err(ErrorKind::UserAuth(UserAuth::Digits));
        }
        if !limits::HOTP_SECRET_BYTES.contains(&len) {
            return Err(ErrorKind::UserAuth(UserAuth::SecretLength));
        }
        Ok(Self { tries, counter, ct, digits, secret: Secret::new(secret.to_vec()) })
    }

    fn write(&self) -> Secret<Vec<u8>> {
        let mut out = Encoder::default();
        self.tries.encode(&mut out);
        out.u64(self.counter).u8(self.ct).u8(self.digits);
        put_short(&mut out, self.secret.expose());
        out.finish()
    }
}

impl Password {
    fn parse(value: &[u8]) -> Result<Self, ErrorKind> {
        let mut input = Reader::new(value);
        let tries = Tries::read(&mut input)?;
        let len = usize::from(input.u8()?);
        let hash = input.raw(len)?;
        input.finish()?;
        Ok(Self { tries, hash: acceptable_hash(hash)? })
    }

    fn write(&self) -> Secret<Vec<u8>> {
        let mut out = Encoder::default();
        self.tries.encode(&mut out);
        put_short(&mut out, self.hash.expose());
        out.finish()
    }
}

/// A hash that may become a user's password.
pub(super) fn acceptable_hash(hash: &[u8]) -> Result<Secret<Vec<u8>>, ErrorKind> {
    if !limits::USER_PASSWORD_HASH_BYTES.contains(&hash.len()) {
        return Err(ErrorKind::InvalidData(InvalidData::Parameter));
    }
    Ok(Secret::new(hash.to_vec()))
}

fn put_short(out: &mut Encoder, bytes: &[u8]) {
    out.u8(u8::try_from(bytes.len()).expect("secrets and hashes are bounded below 256 bytes"));
    out.raw(bytes);
}
