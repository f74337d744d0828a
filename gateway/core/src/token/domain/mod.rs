//! What tokens of a name are: their form, how they are made, under which keys, how fast.

mod encoding;
mod limit;
mod request;
#[cfg(test)]
mod tests;
mod version;

pub use limit::{DistinctLimit, DomainLimits};
pub use request::{NewDomain, NewScheme};
pub use version::{Standing, Version, Versions};

use super::{Alphabet, DomainName, Layout, TokenError, TokenVersion};
use crate::error::ErrorKind;
use crate::id::{KeyId, PartitionId};
use crate::key::TokenUse;
use crate::limits::{TOKEN_CHARACTERS_MAX, TOKEN_DIGITS, TOKEN_SEALS_MAX};
use crate::time::UnixMs;

/// A domain of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainRecord {
    /// The tenant.
    pub partition: PartitionId,
    /// Its name.
    pub name: DomainName,
    /// The form of its tokens; for its life.
    pub layout: Layout,
    /// How they are made; which of the two, for its life.
    pub scheme: Scheme,
    /// How fast.
    pub limits: DomainLimits,
    /// When it was made.
    pub created: UnixMs,
    /// When it was changed.
    pub updated: UnixMs,
}

/// How tokens are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Encrypted: a token is all there is.
    // spec: payments 10.2
    Vaultless(Versions),
    /// Random, and kept with what they stand for.
    // spec: payments 10.3
    Vaulted(Vault),
}

/// How random tokens are made and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vault {
    /// Whether a value has one token or a new one each time.
    pub mode: Mode,
    /// How long a token lives if its maker does not say.
    pub ttl_ms: Option<u64>,
    /// Seals what tokens stand for.
    pub seal: KeyId,
    /// What sealed before and may still be needed to unseal; the last one first.
    pub earlier: Vec<KeyId>,
}

/// Whether a value has one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One, found by a keyed hash of the value.
    Deterministic {
        /// Keys the hash. Another key would give every value a second token, so it stays.
        index: KeyId,
    },
    /// A new one each time.
    Multiple,
}

impl DomainRecord {
    /// A domain as asked for.
    ///
    /// # Errors
    /// [`TokenError::DomainTooSmall`] for encryption with a layout that leaves too few values in
    /// texts of every length.
    pub fn new(
        partition: PartitionId,
        new: NewDomain,
        scheme: Scheme,
        now: UnixMs,
    ) -> Result<Self, TokenError> {
        let NewDomain { name, layout, limits, .. } = new;
        if matches!(scheme, Scheme::Vaultless(_)) && !has_room(&layout) {
            return Err(TokenError::DomainTooSmall);
        }
        Ok(Self { partition, name, layout, scheme, limits, created: now, updated: now })
    }

    /// The keys, with what each does, and whether new tokens need it.
    pub fn keys(&self) -> Vec<(KeyId, TokenUse, bool)> {
        match &self.scheme {
            Scheme::Vaultless(versions) => {
                let live = versions.live();
                let current = |one: &Version| one.standing == Standing::Current;
                live.map(|one| (one.key, TokenUse::Encrypt, current(one))).collect()
            }
            Scheme::Vaulted(vault) => {
                let index = match vault.mode {
                    Mode::Deterministic { index } => Some((index, TokenUse::Index, true)),
                    Mode::Multiple => None,
                };
                let earlier = vault.earlier.iter().map(|key| (*key, TokenUse::Seal, false));
                let seal = [(vault.seal, TokenUse::Seal, true)];
                seal.into_iter().chain(index).chain(earlier).collect()
            }
        }
    }

    /// The version that new tokens bear. Random ones have no key that it could name; where the
    /// layout has versions they bear the first, so that none looks like a card number.
    pub fn version(&self) -> Option<TokenVersion> {
        match &self.scheme {
            Scheme::Vaultless(versions) => versions.current().number,
            Scheme::Vaulted(_) => TokenVersion::new(1).filter(|_| self.layout.can_rotate()),
        }
    }

    /// The vault's rules, if it has one.
    pub fn vault(&self) -> Option<&Vault> {
        match &self.scheme {
            Scheme::Vaultless(_) => None,
            Scheme::Vaulted(vault) => Some(vault),
        }
    }

    /// Whether callers may have more values of a pattern tokenized here than in another domain that
    /// has tokens for the same ones.
    pub fn is_laxer_than(&self, other: &Self) -> bool {
        let laxer = |length: usize, is_card: bool| {
            let limits = self.most(length, is_card).zip(other.most(length, is_card));
            limits.is_some_and(|(own, others)| own > others)
        };
        (1..=TOKEN_CHARACTERS_MAX).any(|length| laxer(length, true) || laxer(length, false))
    }

    /// How many card numbers, or other texts, of a length, if there are tokens for them.
    fn most(&self, length: usize, is_card: bool) -> Option<u64> {
        let values = self.layout.free_values(length).ok()?;
        let limit = match is_card {
            true if TOKEN_DIGITS.contains(&length) => {
                self.limits.cards_per_hour(&self.layout, length)
            }
            false if *self.layout.alphabet() != Alphabet::Digits => {
                self.limits.distinct_per_hour(values)
            }
            _ => return None,
        };
        Some(limit.map_or(u64::MAX, u64::from))
    }

    /// Makes or seals new tokens under another key; old ones are still understood.
    ///
    /// # Errors
    /// [`ErrorKind::WrongState`] if tokens do not say their version, [`ErrorKind::Quota`] if all
    /// versions are used, [`ErrorKind::KeyExists`] for a key that is, or was, in use here.
    pub fn rotate(&mut self, key: KeyId, now: UnixMs) -> Result<(), ErrorKind> {
        let was = match &self.scheme {
            Scheme::Vaultless(versions) => versions.all().iter().any(|one| one.key == key),
            Scheme::Vaulted(_) => false,
        };
        if was || self.keys().iter().any(|(known, ..)| *known == key) {
            return Err(ErrorKind::KeyExists);
        }
        match &mut self.scheme {
            Scheme::Vaultless(versions) => versions.rotate(key)?,
            Scheme::Vaulted(vault) => vault.rotate(key)?,
        }
        self.updated = now;
        Ok(())
    }

    /// Has tokens of an earlier version mean nothing any more. For good: the number is not given
    /// to another key, under which they would come out as other values.
    ///
    /// # Errors
    /// [`ErrorKind::KeyNotFound`] without the version, [`ErrorKind::WrongState`] for the current
    /// one and in a vault.
    pub fn retire(&mut self, version: TokenVersion, now: UnixMs) -> Result<(), ErrorKind> {
        match &mut self.scheme {
            Scheme::Vaultless(versions) => versions.retire(version)?,
            Scheme::Vaulted(_) => return Err(ErrorKind::WrongState),
        }
        self.updated = now;
        Ok(())
    }
}

impl Vault {
    fn rotate(&mut self, key: KeyId) -> Result<(), ErrorKind> {
        if self.earlier.len() >= TOKEN_SEALS_MAX {
            return Err(ErrorKind::Quota);
        }
        self.earlier.insert(0, std::mem::replace(&mut self.seal, key));
        Ok(())
    }
}

/// Whether there is a length of which enough values are left to encrypt.
fn has_room(layout: &Layout) -> bool {
    let longest = (*TOKEN_DIGITS.end()).max(TOKEN_CHARACTERS_MAX);
    (1..=longest).any(|length| layout.free_for_ff1(length).is_ok())
}
