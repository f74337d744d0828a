//! How values are written: which characters a code replaces, which it keeps, what stands between.
//!
//! A template is a regular expression of a bounded kind, one piece after the other. Its captures
//! are what is replaced; characters of its alphabet outside of captures are kept, in front and at
//! the end; characters that are not of the alphabet stay where they are and are part of no code.
//!
//! ```
//! use typex_core::token::{Characters, Template};
//!
//! let digits = Characters::parse("0123456789").unwrap();
//! let template = Template::parse(r"\d{4}-(\d{4})-(\d{4})-\d{4}", &digits).unwrap();
//! assert_eq!((template.layout().front(), template.layout().end()), (4, 4));
//! let bare = template.bare(b"4111-1111-1111-1234").unwrap();
//! assert_eq!(bare.expose(), b"4111111111111234");
//! let dressed = template.dress(b"4111-1111-1111-1234", b"4111562900171234").unwrap();
//! assert_eq!(dressed.expose(), b"4111-5629-0017-1234");
//! ```

mod pattern;
#[cfg(test)]
mod tests;

use super::{Alphabet, Characters, Layout, LuhnMode, TokenError};
use crate::limits::{TEMPLATE_CHARS_MAX, TOKEN_CHARACTERS_MAX, TOKEN_DIGITS};
use crate::secret::Secret;
use pattern::{Class, Piece};

/// Digits in the order of their values.
const DIGITS: &[u8] = b"0123456789";

/// A template with its alphabet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
    alphabet: Class,
    layout: Layout,
    shortest: usize,
}

/// Why a pattern is no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TemplateError {
    /// Longer than patterns are, or than values that match may be.
    #[error("the pattern or what it matches is longer than {TEMPLATE_CHARS_MAX} characters")]
    Length,
    /// Something that templates do not have.
    #[error(
        "the pattern has something other than characters, escapes \\d \\w \\s, classes [...], \
         captures (...) and repetitions {{n}} {{n,m}} ?"
    )]
    Syntax,
    /// A repetition without an end, or of a group.
    #[error("a repetition has an end ({{n}}, {{n,m}}, ?) and is of one character or class")]
    Repetition,
    /// A capture holds something other than characters of the whole alphabet.
    #[error("a capture holds the whole alphabet and nothing else: put separators outside of it")]
    Capture,
    /// Some characters of a class are of the alphabet, and some are not.
    #[error("a class outside of captures has characters of the alphabet or others, not both")]
    Mixed,
    /// Nothing is captured.
    #[error("nothing is captured: put what shall be replaced into (...)")]
    Nothing,
    /// Characters of the alphabet outside of captures stand between captures, or may be missing.
    #[error(
        "characters of the alphabet outside of captures stand before the first capture or behind \
         the last, each a fixed number of times"
    )]
    Kept,
    /// More is kept than a layout keeps.
    #[error("at most 8 characters of the alphabet are kept in front and 4 at the end")]
    Layout,
}

impl Template {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`TemplateError`] says what it may not have.
    pub fn parse(text: &str, alphabet: &Characters) -> Result<Self, TemplateError> {
        let pieces = pattern::read(text)?;
        let class = Class::of(alphabet.as_bytes());
        let mut shape = Shape::default();
        pieces.iter().try_for_each(|piece| shape.add(piece, class))?;
        if !shape.has_captures {
            return Err(TemplateError::Nothing);
        }
        let layout = shape.layout(alphabet)?;
        Ok(Self { pieces, alphabet: class, layout, shortest: shape.least })
    }

    /// The form of the codes of what it matches, as characters of the alphabet alone.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether codes may be made by encryption.
    ///
    /// # Errors
    /// [`TokenError::DomainTooSmall`] if the shortest value leaves too few.
    pub fn check_encryption(&self) -> Result<(), TokenError> {
        let shortest = self.shortest.max(1);
        self.layout.free_for_ff1(shortest).map(drop).map_err(|_| TokenError::DomainTooSmall)
    }

    /// The characters of the alphabet in a value; `None` if it does not match.
    pub fn bare(&self, value: &[u8]) -> Option<Secret<Vec<u8>>> {
        if !self.matches(value) {
            return None;
        }
        let mut bare = Secret::new(Vec::with_capacity(value.len()));
        let of_alphabet = value.iter().filter(|byte| self.alphabet.has(**byte));
        bare.expose_mut().extend(of_alphabet);
        Some(bare)
    }

    /// A value with other characters of the alphabet; `None` if there are more or fewer of them.
    pub fn dress(&self, value: &[u8], bare: &[u8]) -> Option<Secret<Vec<u8>>> {
        let mut dressed = Secret::new(value.to_vec());
        let mut rest = bare.iter();
        for byte in dressed.expose_mut().iter_mut().filter(|byte| self.alphabet.has(**byte)) {
            *byte = *rest.next()?;
        }
        rest.next().is_none().then_some(dressed)
    }

    /// A value with one character in place of each that is captured; `None` if it does not match.
    pub fn mask(&self, value: &[u8], with: u8) -> Option<Secret<Vec<u8>>> {
        let mut bare = self.bare(value)?;
        let (front, end) = (usize::from(self.layout.front()), usize::from(self.layout.end()));
        let last = bare.expose().len().checked_sub(end)?;
        bare.expose_mut().get_mut(front..last)?.fill(with);
        self.dress(value, bare.expose())
    }

    /// Walks the pieces with the set of places that each may end at.
    fn matches(&self, value: &[u8]) -> bool {
        if value.len() > TEMPLATE_CHARS_MAX {
            return false;
        }
        let mut reached = vec![false; value.len() + 1];
        reached[0] = true;
        for piece in &self.pieces {
            reached = piece.ends(value, &reached);
        }
        reached[value.len()]
    }
}

/// What a pattern keeps and captures, as far as it was read.
#[derive(Default)]
struct Shape {
    front: usize,
    end: usize,
    has_captures: bool,
    least: usize,
    most: usize,
}

impl Shape {
    fn add(&mut self, piece: &Piece, alphabet: Class) -> Result<(), TemplateError> {
        let (least, most) = (usize::from(piece.least), usize::from(piece.most));
        if piece.is_captured {
            // A code has any character of the alphabet in any place.
            if piece.class != alphabet {
                return Err(TemplateError::Capture);
            }
            if self.end > 0 {
                return Err(TemplateError::Kept);
            }
            self.has_captures = true;
        } else if piece.class.is_within(alphabet) {
            if least != most {
                return Err(TemplateError::Kept);
            }
            *(if self.has_captures { &mut self.end } else { &mut self.front }) += most;
        } else if piece.class.meets(alphabet) {
            return Err(TemplateError::Mixed);
        } else {
            return Ok(());
        }
        self.least += least;
        self.most += most;
        Ok(())
    }

    fn layout(&self, characters: &Characters) -> Result<Layout, TemplateError> {
        if self.most > TOKEN_CHARACTERS_MAX {
            return Err(TemplateError::Length);
        }
        let lengths = self.least >= *TOKEN_DIGITS.start() && self.most <= *TOKEN_DIGITS.end();
        let alphabet = match characters.as_bytes() == DIGITS && lengths {
            true => Alphabet::Digits,
            false => Alphabet::Characters(characters.clone()),
        };
        let [front, end] = [self.front, self.end].map(|kept| u8::try_from(kept).unwrap_or(u8::MAX));
        Layout::new(front, end, LuhnMode::Free, alphabet).map_err(|_| TemplateError::Layout)
    }
}
