//! Management of a partition's keys: make, bring in, derive, list, find, show, change, remove.

use crate::error::{ErrorKind, Malformed};
use crate::id::KeyId;
use crate::key::{Algorithm, KeyRecord, Origin, Purposes};
use crate::limits::{DESCRIPTION_BYTES_MAX, LABEL_CHARS_MAX};
use crate::op::crypto::Party;
use crate::time::UnixMs;

/// What to do.
pub enum Manage {
    /// Makes a key.
    Create(NewKey),
    /// Brings in a public key.
    Import {
        /// What it shall be.
        new: NewKey,
        /// In the form of [`Algorithm::public_bytes`].
        public: Vec<u8>,
    },
    /// Makes a key out of an agreed secret; the same input gives the same key.
    Derive {
        /// What it shall be.
        new: NewKey,
        /// The key that agrees.
        from: KeyId,
        /// The other party.
        peer: Party,
        /// Enters the derivation: a name of what the key will be.
        info: Vec<u8>,
    },
    /// Lists keys in the order in which they were made.
    List(Page),
    /// Lists keys whose description matches.
    Search {
        /// What to look for.
        needle: Needle,
        /// Which of the matches.
        page: Page,
    },
    /// Shows a key.
    Get(KeyId),
    /// Changes label and description.
    Update {
        /// The key.
        key: KeyId,
        /// Its new attributes.
        attributes: Attributes,
    },
    /// Removes a key and its material.
    Delete(KeyId),
}

/// What a new key shall be.
pub struct NewKey {
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// What it may do; `None` where the algorithm alone says it.
    pub purposes: Option<Purposes>,
    /// What it is called.
    pub attributes: Attributes,
}

/// What its owner says about a key. No decision reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// 1 to [`LABEL_CHARS_MAX`] printable ASCII characters.
    pub label: String,
    /// At most [`DESCRIPTION_BYTES_MAX`] bytes.
    pub description: Vec<u8>,
}

impl Attributes {
    /// Whether a key may have them.
    ///
    /// # Errors
    /// [`Malformed::Value`] for an empty label and for anything over its bound.
    pub fn check(&self) -> Result<(), ErrorKind> {
        if self.label.is_empty() || !self.is_bounded() {
            return Err(ErrorKind::Malformed(Malformed::Value));
        }
        Ok(())
    }

    /// Bounds alone: keys of one operation have no label.
    pub(crate) fn is_bounded(&self) -> bool {
        self.label.len() <= LABEL_CHARS_MAX
            && self.label.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
            && self.description.len() <= DESCRIPTION_BYTES_MAX
    }
}

/// Part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many to pass over.
    pub offset: usize,
    /// How many to show; at most [`PAGE_KEYS_MAX`](crate::limits::PAGE_KEYS_MAX).
    pub count: usize,
}

/// What a description must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether they must be at its start.
    pub at_start: bool,
    /// Whether they must be at its end.
    pub at_end: bool,
}

impl Needle {
    /// Whether a description is like this. A key without one never matches.
    pub fn matches(&self, description: &[u8]) -> bool {
        let needle = self.bytes.as_slice();
        !description.is_empty()
            && match (self.at_start, self.at_end) {
                (true, true) => description == needle,
                (true, false) => description.starts_with(needle),
                (false, true) => description.ends_with(needle),
                (false, false) => contains(description, needle),
            }
    }
}

fn contains(description: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || description.windows(needle.len()).any(|part| part == needle)
}

/// What comes of it.
pub enum Managed {
    /// A key was made or brought in.
    Made(KeyId),
    /// Part of a list.
    Listed {
        /// How many there are in all.
        total: usize,
        /// How many were passed over.
        offset: usize,
        /// The part.
        keys: Vec<KeyView>,
    },
    /// One key.
    Shown(Box<KeyView>),
    /// Changed or removed.
    Done,
}

/// A key as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// Names it.
    pub id: KeyId,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// What it may do; `None` where the algorithm alone says it.
    pub purposes: Option<Purposes>,
    /// Whether the gateway made it.
    pub made_here: bool,
    /// Whether the private half is here; false for symmetric keys.
    pub has_private: bool,
    /// Its public half, where it has one; not in lists.
    pub public: Option<Vec<u8>>,
    /// What its owner says about it.
    pub attributes: Attributes,
    /// When it was made.
    pub created: UnixMs,
    /// When its attributes were changed last.
    pub updated: UnixMs,
}

impl KeyView {
    /// A key as its owner sees it; `None` for a key of one operation.
    pub fn of(key: &KeyRecord, public: Option<Vec<u8>>) -> Option<Self> {
        let general = key.usage.general()?;
        Some(Self {
            id: key.id,
            algorithm: general.algorithm,
            purposes: general.purposes,
            made_here: key.origin == Origin::Service,
            has_private: general.is_pair(),
            public,
            attributes: key.attributes.clone(),
            created: key.created,
            updated: key.updated,
        })
    }
}

/// The kind of a [`Manage`], for policy, metrics and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ManageKind {
    /// [`Manage::Create`]
    Create,
    /// [`Manage::Import`]
    Import,
    /// [`Manage::Derive`]
    Derive,
    /// [`Manage::List`]
    List,
    /// [`Manage::Search`]
    Search,
    /// [`Manage::Get`]
    Get,
    /// [`Manage::Update`]
    Update,
    /// [`Manage::Delete`]
    Delete,
}

impl Manage {
    /// Its kind.
    pub fn kind(&self) -> ManageKind {
        match self {
            Self::Create(_) => ManageKind::Create,
            Self::Import { .. } => ManageKind::Import,
            Self::Derive { .. } => ManageKind::Derive,
            Self::List(_) => ManageKind::List,
            Self::Search { .. } => ManageKind::Search,
            Self::Get(_) => ManageKind::Get,
            Self::Update { .. } => ManageKind::Update,
            Self::Delete(_) => ManageKind::Delete,
        }
    }
}

impl ManageKind {
    /// Whether it changes what the store holds.
    pub fn is_control(self) -> bool {
        !matches!(self, Self::List | Self::Search | Self::Get)
    }

    /// Every kind, in the order of their audit codes.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Import,
        Self::Derive,
        Self::List,
        Self::Search,
        Self::Get,
        Self::Update,
        Self::Delete,
    ];

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create_key",
            Self::Import => "import_public_key",
            Self::Derive => "derive_key",
            Self::List => "list_keys",
            Self::Search => "search_keys",
            Self::Get => "get_key",
            Self::Update => "update_key",
            Self::Delete => "delete_key",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needle(bytes: &[u8], at_start: bool, at_end: bool) -> Needle {
        Needle { bytes: bytes.to_vec(), at_start, at_end }
    }

    #[test]
    fn a_needle_is_a_part_a_prefix_a_suffix_or_all_of_it() {
        let cases: [(&[u8], [bool; 4]); 7] = [
            (b"abc", [true; 4]),
            (b"ab", [true, true, false, false]),
            (b"bc", [true, false, true, false]),
            (b"b", [true, false, false, false]),
            (b"abcd", [false; 4]),
            (b"x", [false; 4]),
            (b"", [true, true, true, false]),
        ];
        for (bytes, expected) in cases {
            let anchors = [(false, false), (true, false), (false, true), (true, true)];
            let found = anchors.map(|(start, end)| needle(bytes, start, end).matches(b"abc"));
            assert_eq!(found, expected, "{bytes:?}");
            assert!(!needle(bytes, false, false).matches(b""), "no description, no match");
        }
    }

    #[test]
    fn a_label_is_needed_and_printable() {
        let check = |label: &str, description: usize| {
            Attributes { label: label.into(), description: vec![0; description] }.check().is_ok()
        };
        assert!(check(" ", 0) && check(&"~".repeat(32), 128));
        assert!(!check("", 0) && !check(&"a".repeat(33), 0) && !check("a", 129));
        assert!(!check("a\u{7f}", 0) && !check("ä", 0));
    }
}
