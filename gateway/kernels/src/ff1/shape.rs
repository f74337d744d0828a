//! What follows from the radix and the length of a string alone.

use super::Ff1Error;
use super::number::Radix;
use crate::limits::{FF1_DOMAIN_MIN, FF1_NUMERALS_MAX};

/// Radix and length of strings, with what is computed from them once.
#[derive(Clone, Debug)]
pub struct Shape {
    pub(super) radix: Radix,
    pub(super) length: usize,
    /// Bytes that hold any number of the longer half: b of the standard.
    pub(super) bytes: usize,
}

impl Shape {
    /// Of strings of `length` numerals, each below `radix`.
    ///
    /// # Errors
    /// [`Ff1Error::Radix`] outside 2 to 65 536, [`Ff1Error::DomainTooSmall`] below
    /// [`FF1_DOMAIN_MIN`] values, [`Ff1Error::Length`] above [`FF1_NUMERALS_MAX`] numerals.
    pub fn new(radix: u32, length: usize) -> Result<Self, Ff1Error> {
        if !(2..=1 << 16).contains(&radix) {
            return Err(Ff1Error::Radix);
        }
        if length > FF1_NUMERALS_MAX {
            return Err(Ff1Error::Length);
        }
        let values = u64::from(radix).saturating_pow(length as u32);
        // The standard wants two numerals or more.
        if length < 2 || values < FF1_DOMAIN_MIN {
            return Err(Ff1Error::DomainTooSmall);
        }
        let radix = Radix::new(radix);
        let bytes = radix.bytes_of(length.div_ceil(2));
        Ok(Self { radix, length, bytes })
    }

    /// Numerals in a string.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Values of a numeral.
    #[must_use]
    pub fn radix(&self) -> u32 {
        self.radix.value()
    }

    /// Numerals of the shorter half, which is the left one.
    pub(super) fn left(&self) -> usize {
        self.length / 2
    }

    /// Bytes of which the number is taken that is added: d of the standard.
    pub(super) fn mask_bytes(&self) -> usize {
        self.bytes.next_multiple_of(4) + 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_the_largest_number() {
        for (radix, length, bytes) in [
            (10, 6, 2),
            (10, 9, 3),
            (10, 13, 3),
            (10, 15, 4),
            (10, 19, 5),
            (36, 19, 7),
            (2, 22, 2),
            (2, 48, 3),
            (2, 50, 4),
            (65_536, 2, 2),
            (65_536, 256, 256),
            (256, 5, 3),
        ] {
            assert_eq!(Shape::new(radix, length).unwrap().bytes, bytes, "{radix}^{length}");
        }
    }

    #[test]
    fn what_is_too_small_or_too_large_is_refused() {
        let refused = |radix, length| Shape::new(radix, length).err();
        assert_eq!(refused(1, 100), Some(Ff1Error::Radix));
        assert_eq!(refused(65_537, 4), Some(Ff1Error::Radix));
        assert_eq!(refused(10, 5), Some(Ff1Error::DomainTooSmall));
        assert_eq!(refused(2, 19), Some(Ff1Error::DomainTooSmall));
        assert_eq!(refused(65_536, 1), Some(Ff1Error::DomainTooSmall));
        assert_eq!(refused(1000, 1), Some(Ff1Error::DomainTooSmall));
        assert_eq!(refused(10, 0), Some(Ff1Error::DomainTooSmall));
        assert_eq!(refused(10, FF1_NUMERALS_MAX + 1), Some(Ff1Error::Length));
        for (radix, length) in [(10, 6), (1000, 2), (2, 20), (10, FF1_NUMERALS_MAX)] {
            assert!(Shape::new(radix, length).is_ok());
        }
    }
}
