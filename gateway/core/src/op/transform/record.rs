//! What is kept.

use super::{NamePattern, Reference};
use crate::error::ErrorKind;
use crate::id::PartitionId;
use crate::token::domain::{DomainLimits, DomainRecord, NewDomain, NewScheme};
use crate::token::{
    Alphabet as TokenAlphabet, Characters, DomainName, Layout, LuhnMode, Template, TemplateError,
};

/// Something with the tenant whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned<T> {
    /// The tenant.
    pub partition: PartitionId,
    /// What it has.
    pub item: T,
}

/// Which transformations a request may choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: DomainName,
    /// The transformations; whether they are there is looked at when they are used.
    pub transformations: Vec<DomainName>,
}

/// Characters with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alphabet {
    /// Its name.
    pub name: DomainName,
    /// The characters, in the order of their values.
    pub characters: Characters,
}

/// How values are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRule {
    /// Its name.
    pub name: DomainName,
    /// The pattern.
    pub pattern: String,
    /// In which alphabet.
    pub alphabet: Reference,
}

/// A transformation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transformation {
    /// Its name, and that of its domain.
    pub name: DomainName,
    /// How codes are made.
    pub way: Way,
    /// Roles that may use it.
    pub roles: Vec<NamePattern>,
    /// Whether it may be removed.
    pub is_deletable: bool,
    /// Whether its domain was made for it, and goes with it.
    pub owns_domain: bool,
}

/// How codes are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By encryption.
    Encrypt(Shape),
    /// One character in place of what is captured; for good.
    Mask {
        /// How values are written.
        shape: Shape,
        /// The character.
        with: u8,
    },
    /// At random, and kept.
    Keep {
        /// How long a code may live.
        ttl_ms_max: Option<u64>,
        /// Whether a value has one code.
        is_convergent: bool,
    },
}

/// A template as it was when the transformation was written: what a change of it would do to codes
/// that are out, nobody could say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The template's name.
    pub name: Reference,
    /// Its pattern.
    pub pattern: String,
    /// Its alphabet.
    pub characters: Characters,
}

/// A transformation to be made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTransformation {
    /// Its name.
    pub name: DomainName,
    /// How codes shall be made.
    pub way: NewWay,
    /// Roles that may use it.
    pub roles: Vec<NamePattern>,
    /// Whether it may be removed.
    pub is_deletable: bool,
}

/// How codes shall be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewWay {
    /// By encryption, of values written like this.
    Encrypt(Reference),
    /// One character in place of what is captured.
    Mask {
        /// How values are written.
        template: Reference,
        /// The character.
        with: u8,
    },
    /// At random, and kept.
    Keep {
        /// How long a code may live.
        ttl_ms_max: Option<u64>,
        /// Whether a value has one code.
        is_convergent: bool,
    },
}

impl Shape {
    /// The template.
    ///
    /// # Errors
    /// [`TemplateError`] if the pattern is none.
    pub fn template(&self) -> Result<Template, TemplateError> {
        Template::parse(&self.pattern, &self.characters)
    }
}

impl Way {
    /// How values are written, where that matters.
    pub fn shape(&self) -> Option<&Shape> {
        match self {
            Self::Encrypt(shape) | Self::Mask { shape, .. } => Some(shape),
            Self::Keep { .. } => None,
        }
    }

    /// Whether it is the same but for what may change while codes are out.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Encrypt(_), Self::Encrypt(_)) | (Self::Mask { .. }, Self::Mask { .. }) => true,
            (Self::Keep { is_convergent: one, .. }, Self::Keep { is_convergent: other, .. }) => {
                one == other
            }
            _ => false,
        }
    }
}

impl Transformation {
    /// The domain that it needs; masks need none.
    ///
    /// # Errors
    /// [`ErrorKind::Payment`] for too few codes, [`ErrorKind::Malformed`] for a pattern that is no
    /// template.
    pub fn domain(&self) -> Result<Option<NewDomain>, ErrorKind> {
        let (layout, scheme) = match &self.way {
            Way::Mask { .. } => return Ok(None),
            Way::Encrypt(shape) => {
                let template = shape.template().map_err(|_| VALUE)?;
                template.check_encryption()?;
                (template.layout().clone(), NewScheme::Vaultless)
            }
            Way::Keep { ttl_ms_max, is_convergent } => (
                kept_layout()?,
                NewScheme::Vaulted { deterministic: *is_convergent, ttl_ms: *ttl_ms_max },
            ),
        };
        let limits = DomainLimits::default();
        Ok(Some(NewDomain { name: self.name.clone(), layout, scheme, limits }))
    }

    /// Whether codes can be made in a domain that is there.
    pub fn fits(&self, domain: &DomainRecord) -> bool {
        let Ok(Some(needed)) = self.domain() else { return false };
        let [ours, theirs] = [&needed.layout, &domain.layout];
        let alike = ours.front() == theirs.front()
            && ours.end() == theirs.end()
            && ours.alphabet() == theirs.alphabet();
        match (&needed.scheme, domain.vault()) {
            (NewScheme::Vaultless, None) => alike,
            (NewScheme::Vaulted { deterministic, .. }, Some(vault)) => {
                let is_deterministic =
                    matches!(vault.mode, crate::token::domain::Mode::Deterministic { .. });
                is_deterministic == *deterministic
            }
            _ => false,
        }
    }
}

const VALUE: ErrorKind = ErrorKind::Malformed(crate::error::Malformed::Value);

/// Random codes keep the last four digits and never look like a card number.
// spec: payments 10.4
fn kept_layout() -> Result<Layout, ErrorKind> {
    Ok(Layout::new(0, 4, LuhnMode::Versioned, TokenAlphabet::Digits)?)
}
