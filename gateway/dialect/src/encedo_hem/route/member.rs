//! Members of JSON objects, as the description shows them.

use crate::encedo_hem::names;

/// A member.
#[derive(Clone, Copy)]
pub(in crate::encedo_hem) struct Member {
    pub(in crate::encedo_hem) name: &'static str,
    pub(in crate::encedo_hem) kind: Kind,
    pub(in crate::encedo_hem) optional: bool,
}

/// What a member holds.
#[derive(Clone, Copy)]
pub(in crate::encedo_hem) enum Kind {
    /// A text of so many characters.
    Text(usize, usize),
    /// Printable ASCII.
    Label,
    /// So many bytes in base64.
    Bytes(usize, usize),
    /// Base64 with an anchor on either side, or none.
    Needle,
    /// The name of a key: 32 hex digits.
    Key,
    /// A whole number up to this.
    Number(u64),
    /// One that may be below zero.
    Signed,
    Flag,
    /// One of some texts.
    Choice(fn() -> Vec<&'static str>),
    Object(&'static [Member]),
    /// Texts.
    Texts,
    /// Objects.
    Objects(&'static [Member]),
}

impl Member {
    /// A member that must be there.
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, optional: false }
    }

    /// One that may be missing.
    pub(super) const fn optional(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, optional: true }
    }
}

/// Any whole number.
pub(super) const NUMBER: Kind = Kind::Number(u64::MAX);
/// A time in seconds.
pub(super) const TIME: Kind = NUMBER;
/// A token.
pub(super) const TOKEN: Kind = Kind::Text(1, usize::MAX);
/// A text without bounds worth telling.
pub(super) const TEXT: Kind = Kind::Text(0, usize::MAX);
/// A key of 32 bytes, or a nonce.
pub(super) const BYTES_32: Kind = Kind::Bytes(32, 32);
/// Bytes without bounds worth telling.
pub(super) const BYTES: Kind = Kind::Bytes(0, usize::MAX);
/// A type of any key.
pub(super) const KEY_TYPE: Kind = Kind::Choice(names::key_types);

/// The key of an operation.
pub(super) const KID: Member = Member::new("kid", Kind::Key);
/// The other party, stored.
pub(super) const EXT_KID: Member = Member::optional("ext_kid", Kind::Key);
/// The other party, as sent.
pub(super) const PUBKEY: Member = Member::optional("pubkey", BYTES);
