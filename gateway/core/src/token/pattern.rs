//! What of a text its token shows.

use arrayvec::ArrayVec;

use super::{Layout, TokenError};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::limits::{
    CARD_END_TOLD, CARD_FRONT_TOLD, TOKEN_CHARACTERS_MAX, TOKEN_DIGITS, TOKEN_END_MAX,
    TOKEN_FRONT_MAX,
};

const KEPT_MAX: usize = TOKEN_FRONT_MAX as usize + TOKEN_END_MAX as usize;

/// Length and kept characters of a text, which are those of its tokens too. Texts of one pattern
/// share the tokens that there are of it, so how full it is and how fast it is asked for is counted
/// for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    length: u16,
    kept: ArrayVec<u8, KEPT_MAX>,
}

impl Pattern {
    /// That of a text, or of a token.
    ///
    /// # Errors
    /// [`TokenError::Length`] if the layout has no tokens of this length.
    pub fn of(layout: &Layout, text: &[u8]) -> Result<Self, TokenError> {
        layout.free(text.len())?;
        Self::with(text, usize::from(layout.front()), usize::from(layout.end()))
    }

    /// What others tell of a card number: its bank and the last four digits.
    ///
    /// # Errors
    /// [`TokenError::Length`] for a length that none has.
    pub fn of_card(number: &[u8]) -> Result<Self, TokenError> {
        if !TOKEN_DIGITS.contains(&number.len()) {
            return Err(TokenError::Length);
        }
        Self::with(number, usize::from(CARD_FRONT_TOLD), usize::from(CARD_END_TOLD))
    }

    /// There is room for both bounds of a layout together, and some of the text is free.
    fn with(text: &[u8], front: usize, end: usize) -> Result<Self, TokenError> {
        let length = u16::try_from(text.len()).map_err(|_| TokenError::Length)?;
        let mut kept = ArrayVec::new();
        kept.extend(text.iter().take(front).copied());
        kept.extend(text.iter().skip(text.len().saturating_sub(end)).copied());
        Ok(Self { length, kept })
    }

    /// Characters of the text.
    pub fn length(&self) -> usize {
        usize::from(self.length)
    }

    /// The kept characters, those in front before those at the end.
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// What tells it from others of one domain.
    pub fn id(&self) -> Vec<u8> {
        self.to_bytes().expose().clone()
    }
}

/// Whether a text is written as card numbers are.
pub fn is_card(text: &[u8]) -> bool {
    TOKEN_DIGITS.contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
}

impl Record for Pattern {
    fn encode(&self, out: &mut Encoder) {
        out.u16(self.length).bytes(&self.kept);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let length = input.u16()?;
        let kept = ArrayVec::try_from(input.bytes()?).map_err(|_| Corrupt)?;
        let sound = usize::from(length) <= TOKEN_CHARACTERS_MAX && kept.len() < usize::from(length);
        sound.then_some(Self { length, kept }).ok_or(Corrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{Alphabet, LuhnMode};

    #[test]
    fn texts_share_a_pattern_if_their_tokens_look_alike() {
        let layout = Layout::new(6, 4, LuhnMode::Free, Alphabet::Digits).unwrap();
        let of = |text: &[u8]| Pattern::of(&layout, text);
        let one = of(b"4111111111111111").unwrap();
        assert_eq!((one.length(), one.kept()), (16, &b"4111111111"[..]));
        assert_eq!(of(b"4111110000001111"), Ok(one.clone()));
        assert_ne!(of(b"4111120000001111"), Ok(one.clone()));
        assert_ne!(of(b"411111000001111"), Ok(one.clone()));
        assert_eq!(of(b"41111111111"), Err(TokenError::Length));
        assert_eq!(Pattern::from_bytes(&one.id()), Ok(one));
        assert_eq!(Pattern::from_bytes(&[0, 1, 0, 0, 0, 1, b'4']), Err(Corrupt), "nothing free");
    }
}
