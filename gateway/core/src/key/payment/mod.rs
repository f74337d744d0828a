//! Payment keys: what a key block's header says of them, and how they came here.
//!
//! The attributes are immutable: other rights are another key.

mod code;
mod encoding;
mod pin_rule;
mod standard;
#[cfg(test)]
mod tests;

pub use code::{
    Algorithm, Context, Curve, Exportability, MacHash, ModeOfUse, RsaBits, Usage, UsageSet,
};
pub use pin_rule::{DecimalisationTable, PinRule, PinRuleError, PinRuleInput, ValidationRule};

use super::Material;
use crate::error::ErrorKind;

/// What a payment key is and may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// What it is for.
    pub usage: Usage,
    /// What it computes with.
    pub algorithm: Algorithm,
    /// What may be done with it.
    pub mode: ModeOfUse,
    /// Whether it may leave again.
    pub exportability: Exportability,
    /// Where key blocks of it may be used.
    pub context: Context,
    /// How it came here.
    pub entry: Entry,
    /// What only keys of its usage have.
    pub own: Own,
}

/// How a key came here: who beside the gateway may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Made by the gateway's random generator.
    Generated,
    /// Put together from components of at least two custodians.
    Components,
    /// In a key block under a key that callers do not know.
    Block,
    /// In a key block under a key that came from a caller, or wrapped in a request.
    CallerBlock,
    /// In the clear, or as a cryptogram under the gateway's public key.
    Clear,
}

/// What keys of one usage have beside the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Own {
    /// Nothing.
    Nothing,
    /// Of a key that wraps keys: the usages it may bring in.
    Brings(UsageSet),
    /// Of a key that verifies or makes PINs by IBM 3624; without a rule it does not.
    PinRule(PinRule),
    /// Of a key that deciphers PIN blocks: whether format 1, which names no PAN, may come in.
    Format1,
    /// Of a data key: that it serves GCM alone, so that no other mode gives what opens a message.
    GcmOnly,
    /// Of a key for scripts of chips: that it enciphers what clients show, and changes no PINs.
    /// One that does both would show each PIN to whoever enciphers all of them.
    ClientData,
}

impl Attributes {
    /// Attributes without anything of their own.
    pub fn new(usage: Usage, algorithm: Algorithm, mode: ModeOfUse) -> Self {
        Self {
            usage,
            algorithm,
            mode,
            exportability: Exportability::Never,
            context: Context::Wrapping,
            entry: Entry::Generated,
            own: Own::Nothing,
        }
    }

    /// Whether usage, algorithm, mode and what is of its own go together by the standard.
    ///
    /// # Errors
    /// [`ErrorKind::KeyUsage`] if not: such a key is neither made nor brought in.
    pub fn check(&self) -> Result<(), ErrorKind> {
        let own_fits = match self.own {
            Own::Nothing => true,
            Own::Brings(_) => self.usage.wraps_keys(),
            Own::PinRule(_) => matches!(self.usage, Usage::PIN_3624 | Usage::PIN_GENERATION),
            Own::Format1 => matches!(self.usage, Usage::PIN | Usage::BASE),
            Own::GcmOnly => {
                self.usage == Usage::DATA && matches!(self.algorithm, Algorithm::Aes(_))
            }
            Own::ClientData => self.usage == Usage::CONFIDENTIALITY,
        };
        let fits =
            own_fits && self.usage.is_for(self.algorithm.code()) && self.usage.goes_with(self.mode);
        fits.then_some(()).ok_or(ErrorKind::KeyUsage)
    }

    /// Whether `material` is of such a key: its form and its length.
    pub fn holds(&self, material: &Material) -> bool {
        match (self.algorithm, material) {
            (Algorithm::Rsa(_), Material::RsaPrivate(_)) => true,
            (Algorithm::Rsa(bits), Material::RsaPublic { modulus, .. }) => {
                modulus.len() == bits.modulus_bytes()
            }
            (Algorithm::Ec(curve), Material::Pair { private, public }) => {
                private.expose().len() == curve.scalar_bytes() && is_point(curve, public)
            }
            (Algorithm::Ec(curve), Material::Public(public)) => is_point(curve, public),
            (algorithm, Material::Symmetric(key)) => algorithm.has_length(key.expose().len()),
            _ => false,
        }
    }

    /// Whether a key of these attributes may be brought in under `self`.
    ///
    /// # Errors
    /// [`ErrorKind::KeyUsage`] if `self` does not list the usage.
    pub fn may_bring_in(&self, usage: Usage) -> Result<(), ErrorKind> {
        match self.own {
            Own::Brings(usages) if usages.contains(usage) => Ok(()),
            _ => Err(ErrorKind::KeyUsage),
        }
    }

    /// How a key came here that was brought in under `self`.
    pub fn entry_of_wrapped(&self) -> Entry {
        if self.entry.is_known_to_caller() { Entry::CallerBlock } else { Entry::Block }
    }

    /// Whether a copy with the attributes `other` has no right that this key lacks.
    pub fn includes(&self, other: &Self) -> bool {
        self.usage == other.usage
            && self.algorithm == other.algorithm
            && self.mode.includes(other.mode)
            && self.exportability >= other.exportability
            && (self.context == other.context || self.context == Context::Wrapping)
            && self.entry == other.entry
            && self.own.includes(other.own)
    }
}

impl Entry {
    /// Every one, in the order of their codes.
    pub const ALL: [Self; 5] =
        [Self::Generated, Self::Components, Self::Block, Self::CallerBlock, Self::Clear];

    /// Whether one caller alone may know the key: what leaves the gateway under it is as good as
    /// clear to that caller.
    pub fn is_known_to_caller(self) -> bool {
        matches!(self, Self::CallerBlock | Self::Clear)
    }

    /// Whether somebody brought the key in, so that more than the gateway may know it: also under
    /// a key made here, which may have let it out before.
    pub fn is_brought_in(self) -> bool {
        matches!(self, Self::Block | Self::CallerBlock | Self::Clear)
    }
}

impl Own {
    fn includes(self, other: Self) -> bool {
        match (self, other) {
            (Self::Brings(usages), Self::Brings(fewer)) => usages.includes(fewer),
            (Self::Brings(_) | Self::Format1, Self::Nothing) => true,
            (one, other) => one == other,
        }
    }
}

/// A compressed point of the curve, by its length.
fn is_point(curve: Curve, public: &[u8]) -> bool {
    public.len() == curve.scalar_bytes() + 1
}
