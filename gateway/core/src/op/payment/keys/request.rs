//! What a caller asks of the management of payment keys, in values of no dialect.

use super::{AliasName, Function, Shown, Tags};
use crate::error::ErrorKind;
use crate::key::payment::{
    Algorithm, Attributes, Entry, ModeOfUse, Own, PinRule, RsaBits, Usage, UsageSet,
};
use crate::op::payment::{Bytes, KeyRef, is_served};

/// A request.
pub enum Request {
    /// Makes a key.
    Create(New),
    /// Brings a key in.
    Import(Box<Import>),
    /// Lets a key out.
    Export(Box<Export>),
    /// Shows a key.
    Get(KeyRef),
    /// Lists keys in the order in which they came.
    List {
        /// Those alone that stand so.
        state: Option<Shown>,
        /// Which of them.
        page: Page<u64>,
    },
    /// Has a key deleted after so many days, [`DELETION_DAYS`](crate::limits::DELETION_DAYS).
    Delete {
        /// The key.
        key: KeyRef,
        /// Days until its material is erased.
        days: u16,
    },
    /// Takes that back.
    Restore(KeyRef),
    /// Lets a key be used.
    Start(KeyRef),
    /// Lets a key not be used.
    Stop(KeyRef),
    /// Names a key, or keeps a name for one.
    CreateAlias(AliasName, Option<KeyRef>),
    /// Shows which key a name means.
    GetAlias(AliasName),
    /// Has a name mean another key, or none.
    UpdateAlias(AliasName, Option<KeyRef>),
    /// Drops a name.
    DeleteAlias(AliasName),
    /// Lists names in their order.
    ListAliases {
        /// Of this key alone.
        key: Option<KeyRef>,
        /// Which of them.
        page: Page<String>,
    },
    /// Adds tags to a key; a tag of the same name is replaced.
    Tag(KeyRef, Tags),
    /// Takes tags off; names that there are not do no harm.
    Untag(KeyRef, Vec<String>),
    /// Lists the tags of a key in the order of their names.
    ListTags {
        /// The key.
        key: KeyRef,
        /// Which of them.
        page: Page<String>,
    },
    /// Makes a key pair under whose public half keys come in.
    ImportParameters {
        /// Its length.
        bits: RsaBits,
        /// Whether the last one made will do, if it has the length and its time.
        may_reuse: bool,
    },
    /// Shows the public half of a key pair.
    PublicKeyCertificate(KeyRef),
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The last one of the part before; `None` for the first part.
    pub after: Option<T>,
    /// How many at most.
    pub count: usize,
}

/// A key to be made.
pub struct New {
    /// What it shall be.
    pub attributes: Attributes,
    /// Whether it may be used at once.
    pub is_enabled: bool,
    /// How its check value is computed; `None` is usual for the algorithm.
    pub check: Option<CheckKind>,
    /// Its tags.
    pub tags: Tags,
}

/// A key to be brought in.
pub struct Import {
    /// The key.
    pub form: ImportForm,
    /// Whether it may be used at once.
    pub is_enabled: bool,
    /// How its check value is computed; `None` is usual for the algorithm.
    pub check: Option<CheckKind>,
    /// Its tags.
    pub tags: Tags,
}

/// How a key comes in.
pub enum ImportForm {
    /// In a key block, which says what it is.
    Block {
        /// The block.
        text: Bytes,
        /// The key that protects it.
        under: KeyRef,
    },
    /// Under the public key of an import token.
    Cryptogram(Cryptogram),
}

/// A key under the public key of an import token.
pub struct Cryptogram {
    /// What it shall be.
    pub attributes: Attributes,
    /// The token.
    pub token: TokenId,
    /// Hash of OAEP and of its MGF1.
    pub hash: OaepHash,
    /// The key, enciphered.
    pub bytes: Vec<u8>,
}

/// Names an import token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenId(pub [u8; 16]);

/// Hash of OAEP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OaepHash {
    /// SHA-256
    Sha256,
    /// SHA-512
    Sha512,
}

/// A key to be let out.
pub struct Export {
    /// The key.
    pub key: KeyRef,
    /// The key that protects the block.
    pub under: KeyRef,
    /// Mode of use in the header, if another than the key's.
    pub mode: Option<ModeOfUse>,
    /// Exportability in the header, if another than the key's.
    pub exportability: Option<crate::key::payment::Exportability>,
    /// Key version in the header; `00` otherwise.
    pub key_version: Option<[u8; 2]>,
    /// Optional blocks of the header, in their order: name and text.
    pub blocks: Vec<([u8; 2], String)>,
    /// How the check value in the answer is computed; `None` as the key has it.
    pub check: Option<CheckKind>,
}

/// How a check value is computed.
// spec: payments 4.5
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckKind {
    /// A block of zeros enciphered.
    Zeros,
    /// CMAC of a block of zeros.
    Cmac,
    /// HMAC of nothing.
    Hmac,
    /// SHA-1 of a public half.
    Sha1,
}

/// What the operator decided about new keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The usages that a new key that wraps keys may bring in. None by default: who may bring in
    /// what is to be said by someone.
    pub brings: UsageSet,
    /// The rule of new keys for IBM 3624. None by default: they do not work without one.
    pub pin_rule: Option<PinRule>,
}

impl CheckKind {
    /// Every kind, in the order of their codes.
    pub const ALL: [Self; 4] = [Self::Zeros, Self::Cmac, Self::Hmac, Self::Sha1];

    /// The kind that is usual for an algorithm.
    pub fn usual(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Tdes2 | Algorithm::Tdes3 => Self::Zeros,
            Algorithm::Aes(_) => Self::Cmac,
            Algorithm::Hmac(_) => Self::Hmac,
            Algorithm::Rsa(_) | Algorithm::Ec(_) => Self::Sha1,
        }
    }

    /// The kind that was asked for, or the usual one.
    ///
    /// # Errors
    /// [`ErrorKind::KeyUsage`] for a kind that keys of the algorithm do not have.
    pub fn chosen(wanted: Option<Self>, algorithm: Algorithm) -> Result<Self, ErrorKind> {
        let kind = wanted.unwrap_or(Self::usual(algorithm));
        let is_cipher = |kind| matches!(kind, Self::Zeros | Self::Cmac);
        let fits =
            kind == Self::usual(algorithm) || is_cipher(kind) && is_cipher(Self::usual(algorithm));
        if fits { Ok(kind) } else { Err(ErrorKind::KeyUsage) }
    }
}

impl Defaults {
    /// The attributes of a key that is made.
    ///
    /// # Errors
    /// [`ErrorKind::KeyUsage`] for attributes that do not go together, or that no operation takes;
    /// [`ErrorKind::Unsupported`] for a kind of key that none is made of.
    pub fn created(&self, wanted: Attributes) -> Result<Attributes, ErrorKind> {
        let is_made = match wanted.algorithm {
            Algorithm::Ec(_) => false,
            Algorithm::Rsa(_) => wanted.usage == Usage::DATA_PAIR,
            _ => true,
        };
        let attributes = Attributes { entry: Entry::Generated, ..self.complete(wanted) };
        attributes.check()?;
        is_made.then_some(()).ok_or(ErrorKind::Unsupported)?;
        is_served(&attributes).then_some(attributes).ok_or(ErrorKind::KeyUsage)
    }

    /// The attributes of a symmetric key that is brought in.
    ///
    /// # Errors
    /// As [`created`](Self::created).
    pub fn imported(&self, wanted: Attributes) -> Result<Attributes, ErrorKind> {
        let attributes = self.complete(wanted);
        attributes.check()?;
        let is_pair = attributes.algorithm.is_pair();
        if is_pair { Err(ErrorKind::Unsupported) } else { Ok(attributes) }
    }

    fn complete(&self, wanted: Attributes) -> Attributes {
        Attributes { own: self.own(wanted.usage), ..wanted }
    }

    /// What a new key of `usage` has of its own.
    pub fn own(&self, usage: Usage) -> Own {
        match (usage, self.pin_rule) {
            (usage, _) if usage.wraps_keys() => Own::Brings(self.brings),
            (Usage::PIN_3624 | Usage::PIN_GENERATION, Some(rule)) => Own::PinRule(rule),
            _ => Own::Nothing,
        }
    }
}

impl Request {
    /// The key that it is about; of an import the one that protects the block.
    pub fn key(&self) -> Option<&KeyRef> {
        match self {
            Self::Import(import) => match &import.form {
                ImportForm::Block { under, .. } => Some(under),
                ImportForm::Cryptogram(_) => None,
            },
            Self::Export(export) => Some(&export.key),
            Self::Get(key)
            | Self::Delete { key, .. }
            | Self::Restore(key)
            | Self::Start(key)
            | Self::Stop(key)
            | Self::Tag(key, _)
            | Self::Untag(key, _)
            | Self::ListTags { key, .. }
            | Self::PublicKeyCertificate(key) => Some(key),
            Self::CreateAlias(_, key)
            | Self::UpdateAlias(_, key)
            | Self::ListAliases { key, .. } => key.as_ref(),
            Self::Create(_)
            | Self::List { .. }
            | Self::GetAlias(_)
            | Self::DeleteAlias(_)
            | Self::ImportParameters { .. } => None,
        }
    }

    /// Which function it is.
    pub fn function(&self) -> Function {
        match self {
            Self::Create(_) => Function::CreateKey,
            Self::Import(_) => Function::ImportKey,
            Self::Export(_) => Function::ExportKey,
            Self::Get(_) => Function::GetKey,
            Self::List { .. } => Function::ListKeys,
            Self::Delete { .. } => Function::DeleteKey,
            Self::Restore(_) => Function::RestoreKey,
            Self::Start(_) => Function::StartKeyUsage,
            Self::Stop(_) => Function::StopKeyUsage,
            Self::CreateAlias(..) => Function::CreateAlias,
            Self::GetAlias(_) => Function::GetAlias,
            Self::UpdateAlias(..) => Function::UpdateAlias,
            Self::DeleteAlias(_) => Function::DeleteAlias,
            Self::ListAliases { .. } => Function::ListAliases,
            Self::Tag(..) => Function::TagResource,
            Self::Untag(..) => Function::UntagResource,
            Self::ListTags { .. } => Function::ListTags,
            Self::ImportParameters { .. } => Function::ImportParameters,
            Self::PublicKeyCertificate(_) => Function::PublicKeyCertificate,
        }
    }
}
