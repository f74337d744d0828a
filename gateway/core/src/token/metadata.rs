//! What a caller wants to find again with a token.

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::error::{ErrorKind, Malformed};
use crate::limits::{TOKEN_METADATA_BYTES_MAX, TOKEN_METADATA_MAX};

/// Names and values that stand beside a token in the vault and are told to whoever may look it up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(String, String)>);

impl Metadata {
    /// In the order of the names.
    ///
    /// # Errors
    /// [`Malformed::Value`] for an empty name and one that is there twice,
    /// [`ErrorKind::TooLarge`] above [`TOKEN_METADATA_MAX`] or [`TOKEN_METADATA_BYTES_MAX`].
    pub fn new(mut pairs: Vec<(String, String)>) -> Result<Self, ErrorKind> {
        let bytes: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
        if pairs.len() > TOKEN_METADATA_MAX || bytes > TOKEN_METADATA_BYTES_MAX {
            return Err(ErrorKind::TooLarge);
        }
        pairs.sort();
        let differ = pairs.is_sorted_by(|(one, _), (next, _)| one < next);
        let sound = differ && pairs.iter().all(|(name, _)| !name.is_empty());
        sound.then_some(Self(pairs)).ok_or(ErrorKind::Malformed(Malformed::Value))
    }

    /// Names and values, in the order of the names.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl Record for Metadata {
    fn encode(&self, out: &mut Encoder) {
        out.list(&self.0, |out, (name, value)| out.text(name).text(value));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let pairs = input.list(|input| Ok((input.text()?, input.text()?)))?;
        let metadata = Self::new(pairs.clone()).map_err(|_| Corrupt)?;
        (metadata.0 == pairs).then_some(metadata).ok_or(Corrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(names: &[&str]) -> Vec<(String, String)> {
        names.iter().map(|name| ((*name).to_owned(), "value".to_owned())).collect()
    }

    #[test]
    fn names_are_in_order_and_differ() {
        let metadata = Metadata::new(pairs(&["b", "a"])).unwrap();
        assert_eq!(metadata.pairs(), pairs(&["a", "b"]));
        assert_eq!(Metadata::from_bytes(metadata.to_bytes().expose()), Ok(metadata));
        let malformed = Err(ErrorKind::Malformed(Malformed::Value));
        assert_eq!(Metadata::new(pairs(&["a", "a"])), malformed);
        assert_eq!(Metadata::new(pairs(&[""])), malformed);
        let unordered = Metadata(pairs(&["b", "a"])).to_bytes();
        assert_eq!(Metadata::from_bytes(unordered.expose()), Err(Corrupt));
    }

    #[test]
    fn it_is_bounded() {
        let many: Vec<_> =
            (0..=TOKEN_METADATA_MAX).map(|at| (at.to_string(), String::new())).collect();
        assert_eq!(Metadata::new(many), Err(ErrorKind::TooLarge));
        let long = |bytes| vec![("a".to_owned(), "x".repeat(bytes))];
        assert!(Metadata::new(long(TOKEN_METADATA_BYTES_MAX - 1)).is_ok());
        assert_eq!(Metadata::new(long(TOKEN_METADATA_BYTES_MAX)), Err(ErrorKind::TooLarge));
    }
}
