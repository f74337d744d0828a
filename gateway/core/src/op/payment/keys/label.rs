//! What owners call their keys and attach to them.

use std::collections::BTreeMap;

use crate::error::{ErrorKind, Malformed};
use crate::limits::{
    ALIAS_CHARS_MAX, KEY_TAGS_MAX, TAG_NAME_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_BYTES_MAX,
};

/// A name of a key within its partition, without `alias/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasName(String);

impl AliasName {
    /// 1 to [`ALIAS_CHARS_MAX`] letters, digits, `/`, `_` and `-`.
    pub fn new(name: &str) -> Option<Self> {
        let is_permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
        let sound = (1..=ALIAS_CHARS_MAX).contains(&name.len()) && name.bytes().all(is_permitted);
        sound.then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name and a value. No decision reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// 1 to [`TAG_NAME_CHARS_MAX`] characters.
    pub name: String,
    /// At most [`TAG_VALUE_CHARS_MAX`] characters.
    pub value: String,
}

/// Tags, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// These tags.
    ///
    /// # Errors
    /// [`Malformed::Value`] for a length over its bound and for a name that is there twice,
    /// [`ErrorKind::Quota`] as for [`with`](Self::with).
    pub fn new(tags: Vec<Tag>) -> Result<Self, ErrorKind> {
        let mut all = BTreeMap::new();
        for Tag { name, value } in tags {
            let fits = (1..=TAG_NAME_CHARS_MAX).contains(&name.chars().count())
                && value.chars().count() <= TAG_VALUE_CHARS_MAX;
            if !fits || all.insert(name, value).is_some() {
                return Err(ErrorKind::Malformed(Malformed::Value));
            }
        }
        Self(all).within_bounds()
    }

    /// With others, which replace those of their names.
    ///
    /// # Errors
    /// [`ErrorKind::Quota`] over [`KEY_TAGS_MAX`] or [`TAGS_BYTES_MAX`].
    pub fn with(mut self, others: Self) -> Result<Self, ErrorKind> {
        self.0.extend(others.0);
        self.within_bounds()
    }

    /// Without those of these names.
    pub fn without(mut self, names: &[String]) -> Self {
        self.0.retain(|name, _| !names.contains(name));
        self
    }

    /// The tags in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = Tag> {
        self.0.iter().map(|(name, value)| Tag { name: name.clone(), value: value.clone() })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn within_bounds(self) -> Result<Self, ErrorKind> {
        let bytes: usize = self.0.iter().map(|(name, value)| name.len() + value.len()).sum();
        let fits = self.0.len() <= KEY_TAGS_MAX && bytes <= TAGS_BYTES_MAX;
        if fits { Ok(self) } else { Err(ErrorKind::Quota) }
    }
}
