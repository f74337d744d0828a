//! Access keys: a name, a secret that signs requests, and what they may do.

mod rules;
mod signature;
#[cfg(test)]
mod tests;

pub use rules::{AccessRules, UnknownName};
pub use signature::{AccessSecret, SERVICE, SigningKey, check_possession, check_signature, stamp};

use std::fmt;
use std::str::FromStr;

use super::Account;
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::{ApiKeyId, PartitionId};
use crate::principal::{Principal, Proof};
use crate::secret::Secret;
use crate::time::UnixMs;

/// Counts forms of [`AccessKeyRecord`].
const FORM: u8 = 1;
const ID_CHARS: usize = 20;
/// What identities begin with, so that they are known in logs and files.
const ID_PREFIX: &[u8; 4] = b"AKIA";
/// Five bits each.
const ID_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The public name of an access key: 20 upper-case letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessKeyId([u8; ID_CHARS]);

/// Why a text names no access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an access key is named by 20 upper-case letters and digits")]
pub struct AccessKeyIdError;

/// Whether an access key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessState {
    /// It does.
    Enabled,
    /// It does not, but may again.
    Disabled,
}

impl AccessState {
    /// Its name, as people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

/// An access key of a partition.
#[derive(Clone)]
pub struct AccessKeyRecord {
    /// By what requests name it.
    pub id: AccessKeyId,
    /// By what the audit log names it.
    pub api_key: ApiKeyId,
    /// For which tenant it acts.
    pub partition: PartitionId,
    /// For people.
    pub name: String,
    /// What signs.
    pub secret: AccessSecret,
    /// Whether it works.
    pub state: AccessState,
    /// What it may do.
    pub rules: AccessRules,
    /// When it was made.
    pub created: UnixMs,
}

impl AccessKeyId {
    /// The identity that 16 random bytes give; 80 bits of them count.
    pub fn of_random(random: [u8; 16]) -> Self {
        let mut id = [0; ID_CHARS];
        let (prefix, rest) = id.split_at_mut(ID_PREFIX.len());
        prefix.copy_from_slice(ID_PREFIX);
        for (place, byte) in rest.iter_mut().zip(random) {
            *place = ID_ALPHABET[usize::from(byte & 31)];
        }
        Self(id)
    }

    /// Its characters.
    pub fn as_bytes(&self) -> &[u8; ID_CHARS] {
        &self.0
    }
}

impl FromStr for AccessKeyId {
    type Err = AccessKeyIdError;

    fn from_str(text: &str) -> Result<Self, AccessKeyIdError> {
        let id: [u8; ID_CHARS] = text.as_bytes().try_into().map_err(|_| AccessKeyIdError)?;
        let sound = id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        sound.then_some(Self(id)).ok_or(AccessKeyIdError)
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKeyId({self})")
    }
}

impl AccessKeyRecord {
    /// Who signs with it.
    pub fn principal(&self) -> Principal {
        Principal {
            partition: self.partition,
            client: None,
            api_key: Some(self.api_key),
            proof: Proof::Signature,
        }
    }

    /// The account of its partition.
    pub fn account(&self) -> Account {
        Account::of(self.partition)
    }
}

impl Record for AccessKeyRecord {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.id.0).raw(&self.api_key.0).raw(&self.partition.0);
        out.text(&self.name).raw(self.secret.0.expose());
        out.u8(match self.state {
            AccessState::Enabled => 0,
            AccessState::Disabled => 1,
        });
        self.rules.encode(out);
        out.u64(self.created.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        if input.u8()? != FORM {
            return Err(Corrupt);
        }
        Ok(Self {
            id: AccessKeyId(input.array()?),
            api_key: ApiKeyId(input.array()?),
            partition: PartitionId(input.array()?),
            name: input.text()?,
            secret: AccessSecret(Secret::new(input.array()?)),
            state: match input.u8()? {
                0 => AccessState::Enabled,
                1 => AccessState::Disabled,
                _ => return Err(Corrupt),
            },
            rules: AccessRules::decode(input)?,
            created: UnixMs(input.u64()?),
        })
    }
}
