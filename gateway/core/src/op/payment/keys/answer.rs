//! What comes of a request.

use super::{AliasName, CheckKind, Standing, Tag, TokenId};
use crate::id::KeyId;
use crate::key::Origin;
use crate::key::payment::{Attributes, RsaBits};
use crate::op::payment::Account;
use crate::time::UnixMs;

/// An answer.
pub enum Answer {
    /// One key.
    Key(Box<KeyView>),
    /// Part of the keys, and after which the next part begins.
    Keys(Next<KeyView, u64>),
    /// One name.
    Alias(AliasView),
    /// Part of the names.
    Aliases(Next<AliasView, String>),
    /// Part of the tags.
    Tags(Next<Tag, String>),
    /// A key that left.
    Exported(Box<Exported>),
    /// A key pair under whose public half keys come in.
    ImportParameters(Box<ImportParameters>),
    /// A certificate, in DER, signed with its own key.
    Certificate(Vec<u8>),
    /// Done.
    Done,
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next<T, C> {
    /// The part.
    pub items: Vec<T>,
    /// After which the next part begins; `None` at the end.
    pub after: Option<C>,
}

/// A key as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// Whose it is.
    pub account: Account,
    /// Names it.
    pub id: KeyId,
    /// What it is and may do.
    pub attributes: Attributes,
    /// Its check value.
    pub check_value: Vec<u8>,
    /// How that is computed.
    pub check_kind: CheckKind,
    /// Where it stands.
    pub standing: Standing,
    /// Who made it.
    pub origin: Origin,
    /// When it came.
    pub created: UnixMs,
    /// When its owner let it be used last.
    pub started: Option<UnixMs>,
    /// When its owner stopped it last.
    pub stopped: Option<UnixMs>,
    /// When its material was erased.
    pub deleted: Option<UnixMs>,
}

/// A name and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasView {
    /// Whose it is.
    pub account: Account,
    /// The name.
    pub name: AliasName,
    /// The key, if it means one.
    pub key: Option<KeyId>,
}

/// A key that left.
pub struct Exported {
    /// Whose keys they are.
    pub account: Account,
    /// The key that protects it.
    pub under: KeyId,
    /// The key block.
    pub block: String,
    /// Check value of the key that left.
    pub check_value: Vec<u8>,
    /// How that is computed.
    pub check_kind: CheckKind,
}

/// A key pair under whose public half keys come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportParameters {
    /// Names it.
    pub token: TokenId,
    /// Length of its modulus.
    pub bits: RsaBits,
    /// Certificate of the public half, in DER, signed with its own key.
    pub certificate: Vec<u8>,
    /// Void from here on.
    pub until: UnixMs,
}
