//! Which places of a text a token keeps.

use super::{Alphabet, TokenError, TokenVersion};
use crate::limits::{
    TOKEN_END_MAX, TOKEN_FRONT_MAX, TOKEN_HIDDEN_MIN, TOKEN_LONG_DIGITS, TOKEN_VALUES_MIN,
};

/// What becomes of the Luhn sum of a card number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LuhnMode {
    /// It is left to chance: one token in ten looks like a card number.
    Free,
    /// It stays: a token of a card number looks like one.
    Kept,
    /// It is shifted by the version of the key: no token of a card number looks like one, and the
    /// key may change while old tokens are still understood.
    Versioned,
}

impl LuhnMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Free, Self::Kept, Self::Versioned];

    /// Its name in configuration, requests and records.
    pub fn code(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Kept => "kept",
            Self::Versioned => "versioned",
        }
    }

    /// The mode of a name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.code() == code)
    }
}

/// The form of the tokens of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    front: u8,
    end: u8,
    luhn: LuhnMode,
    alphabet: Alphabet,
}

impl Layout {
    /// Tokens that keep `front` characters in front and `end` at the end.
    ///
    /// # Errors
    /// [`TokenError::Kept`] above 8 and 4, [`TokenError::Luhn`] for a check digit in others than
    /// digits. Whether enough is left depends on the length of a text.
    pub fn new(front: u8, end: u8, luhn: LuhnMode, alphabet: Alphabet) -> Result<Self, TokenError> {
        if front > TOKEN_FRONT_MAX || end > TOKEN_END_MAX {
            return Err(TokenError::Kept);
        }
        if luhn != LuhnMode::Free && alphabet != Alphabet::Digits {
            return Err(TokenError::Luhn);
        }
        Ok(Self { front, end, luhn, alphabet })
    }

    /// Characters kept in front.
    pub fn front(&self) -> u8 {
        self.front
    }

    /// Characters kept at the end.
    pub fn end(&self) -> u8 {
        self.end
    }

    /// What becomes of the Luhn sum.
    pub fn luhn(&self) -> LuhnMode {
        self.luhn
    }

    /// What tokens are written in.
    pub fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// Whether the key of tokens can change in place: only where a token says its version. Others
    /// need a new domain and every token made anew.
    pub fn can_rotate(&self) -> bool {
        self.luhn == LuhnMode::Versioned
    }

    /// Whether no token can be taken for a card number.
    pub fn is_recognisable(&self) -> bool {
        self.can_rotate() || self.alphabet.has_only_others()
    }

    /// Characters that a token of this length has of its own: neither kept nor the one that
    /// decides the Luhn sum.
    ///
    /// # Errors
    /// [`TokenError::Length`] if there are no tokens of this length, or none has any; also if it
    /// would show too much of a short card number.
    pub fn free(&self, length: usize) -> Result<usize, TokenError> {
        let kept = usize::from(self.front) + usize::from(self.end);
        let solved = usize::from(self.luhn != LuhnMode::Free);
        let free = length.checked_sub(kept + solved).filter(|free| *free > 0);
        let is_short = self.alphabet == Alphabet::Digits && length < TOKEN_LONG_DIGITS;
        let hides = !is_short || length >= kept + TOKEN_HIDDEN_MIN;
        free.filter(|_| hides && self.alphabet.has_length(length)).ok_or(TokenError::Length)
    }

    /// Different values of those characters; [`u64::MAX`] stands for more too.
    ///
    /// # Errors
    /// As [`Layout::free`].
    pub fn free_values(&self, length: usize) -> Result<u64, TokenError> {
        let free = u32::try_from(self.free(length)?).map_err(|_| TokenError::Length)?;
        Ok(u64::from(self.alphabet.radix()).saturating_pow(free))
    }

    /// As [`Layout::free`], where tokens are encrypted and a small domain would give them away.
    ///
    /// # Errors
    /// As [`Layout::free`]; [`TokenError::DomainTooSmall`] with fewer than
    /// [`TOKEN_VALUES_MIN`] values, also with none.
    pub fn free_for_ff1(&self, length: usize) -> Result<usize, TokenError> {
        if !self.alphabet.has_length(length) {
            return Err(TokenError::Length);
        }
        let enough = self.free_values(length).is_ok_and(|values| values >= TOKEN_VALUES_MIN);
        if enough { self.free(length) } else { Err(TokenError::DomainTooSmall) }
    }

    /// What is added to the Luhn sum of a text: none leaves it to chance.
    ///
    /// # Errors
    /// [`TokenError::Version`] without a version where the layout has them, and with one where it
    /// has none.
    pub fn shift(&self, version: Option<TokenVersion>) -> Result<Option<u8>, TokenError> {
        match (self.luhn, version) {
            (LuhnMode::Free, None) => Ok(None),
            (LuhnMode::Kept, None) => Ok(Some(0)),
            (LuhnMode::Versioned, Some(version)) => Ok(Some(version.number())),
            _ => Err(TokenError::Version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Characters;

    const SMALL: Result<usize, TokenError> = Err(TokenError::DomainTooSmall);

    fn digits(front: u8, end: u8, luhn: LuhnMode) -> Layout {
        Layout::new(front, end, luhn, Alphabet::Digits).unwrap()
    }

    /// What is left for encryption of 16, 15 and 19 digits.
    #[test]
    fn layouts_are_judged_by_what_they_leave() {
        use LuhnMode::{Free, Kept};
        for (front, end, luhn, of_16, of_15, of_19) in [
            (6, 4, Free, Ok(6), SMALL, Ok(9)),
            (6, 4, Kept, SMALL, SMALL, Ok(8)),
            (8, 4, Free, SMALL, SMALL, Ok(7)),
            (8, 4, Kept, SMALL, SMALL, Ok(6)),
            (0, 4, Kept, Ok(11), Ok(10), Ok(14)),
            (6, 0, Kept, Ok(9), Ok(8), Ok(12)),
            (8, 0, Kept, Ok(7), Ok(6), Ok(10)),
        ] {
            let layout = digits(front, end, luhn);
            let found = [16, 15, 19].map(|length| layout.free_for_ff1(length));
            assert_eq!(found, [of_16, of_15, of_19], "{front}+{end} {luhn:?}");
        }
        assert_eq!(digits(6, 4, Free).free_for_ff1(12), SMALL);
        assert_eq!(digits(8, 4, Kept).free_for_ff1(12), SMALL);
    }

    /// A vault may use what encryption may not.
    #[test]
    fn what_is_too_small_to_encrypt_has_values_all_the_same() {
        let layout = digits(8, 4, LuhnMode::Free);
        assert_eq!((layout.free(16), layout.free_values(16)), (Ok(4), Ok(10_000)));
        assert_eq!(layout.free(12), Err(TokenError::Length));
        let layout = digits(0, 0, LuhnMode::Free);
        assert_eq!(layout.free_values(19), Ok(10_000_000_000_000_000_000));
        for length in [11, 20, 0, usize::MAX] {
            assert_eq!(layout.free(length), Err(TokenError::Length));
            assert_eq!(layout.free_for_ff1(length), Err(TokenError::Length));
        }
    }

    #[test]
    fn short_card_numbers_are_hidden_by_half() {
        for (front, end, shortest) in [(8, 4, 16), (8, 3, 16), (8, 2, 15), (6, 4, 15), (6, 2, 13)] {
            let layout = digits(front, end, LuhnMode::Free);
            for length in 12..=19 {
                let free = length - usize::from(front + end);
                let expected = if length < shortest { Err(TokenError::Length) } else { Ok(free) };
                assert_eq!(layout.free(length), expected, "{front}+{end} of {length}");
            }
        }
        let kept = digits(0, 4, LuhnMode::Kept);
        assert!((12..=19).all(|length| kept.free(length) == Ok(length - 5)));
    }

    #[test]
    fn versions_go_with_one_mode() {
        let version = TokenVersion::new(9);
        assert_eq!(digits(0, 4, LuhnMode::Versioned).shift(version), Ok(Some(9)));
        assert_eq!(digits(0, 4, LuhnMode::Kept).shift(None), Ok(Some(0)));
        assert_eq!(digits(0, 4, LuhnMode::Free).shift(None), Ok(None));
        assert_eq!(digits(0, 4, LuhnMode::Versioned).shift(None), Err(TokenError::Version));
        assert_eq!(digits(0, 4, LuhnMode::Kept).shift(version), Err(TokenError::Version));
        assert_eq!(digits(0, 4, LuhnMode::Free).shift(version), Err(TokenError::Version));
        assert!(digits(0, 4, LuhnMode::Versioned).can_rotate());
        assert!(!digits(0, 4, LuhnMode::Kept).can_rotate());
        for mode in LuhnMode::ALL {
            assert_eq!(LuhnMode::from_code(mode.code()), Some(mode));
        }
        assert_eq!(LuhnMode::from_code("Kept"), None);
    }

    #[test]
    fn other_alphabets_have_no_check_digit() {
        let letters = || Alphabet::Characters(Characters::parse("abcdefghijklmnop").unwrap());
        assert_eq!(Layout::new(0, 0, LuhnMode::Kept, letters()), Err(TokenError::Luhn));
        let layout = Layout::new(2, 1, LuhnMode::Free, letters()).unwrap();
        // 16^5 is the first above a million.
        assert_eq!((layout.free_for_ff1(8), layout.free_for_ff1(7)), (Ok(5), SMALL));
        assert_eq!((layout.free_values(40), layout.free(256)), (Ok(u64::MAX), Ok(253)));
        assert_eq!(layout.free(257), Err(TokenError::Length));
        assert!(layout.is_recognisable() && !digits(0, 4, LuhnMode::Kept).is_recognisable());
        assert_eq!(Layout::new(9, 0, LuhnMode::Free, letters()), Err(TokenError::Kept));
        assert_eq!(Layout::new(0, 5, LuhnMode::Free, letters()), Err(TokenError::Kept));
    }
}
