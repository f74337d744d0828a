//! Texts in an alphabet of one's own.

use std::sync::Arc;

use subtle::{Choice, ConstantTimeEq};
use typex_core::Secret;
use typex_core::token::{Alphabet, Characters, Layout};
use typex_kernels::RoundKeys;
use typex_kernels::ff1::{self, Shape};

use super::form::Form;
use crate::payment::{Error, public, select};

/// A key that makes tokens of texts in an alphabet of one's own. Such tokens have no version, so
/// their key cannot change in place.
pub struct TextKey {
    layout: Layout,
    characters: Characters,
    keys: Arc<RoundKeys>,
}

impl TextKey {
    /// A key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for another length and a layout of digits.
    pub fn new(key: &[u8], layout: &Layout) -> Result<Self, Error> {
        let Alphabet::Characters(characters) = layout.alphabet() else {
            return Err(Error::InvalidInput);
        };
        let keys = RoundKeys::shared(key).map_err(|_| Error::InvalidInput)?;
        Ok(Self { layout: layout.clone(), characters: characters.clone(), keys })
    }

    /// The form of its tokens.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The token of a text.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for characters of another alphabet and a length that is not taken,
    /// [`Error::DomainTooSmall`] if the layout leaves too little of it.
    pub fn tokenize(&self, text: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
        self.replaced(text, false)
    }

    /// The text of a token.
    ///
    /// # Errors
    /// As [`TextKey::tokenize`].
    pub fn detokenize(&self, token: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
        self.replaced(token, true)
    }

    fn replaced(&self, text: &[u8], back: bool) -> Result<Secret<Vec<u8>>, Error> {
        let form = Form::new(&self.layout, self.layout.free_for_ff1(text.len())?);
        let mut values = self.values(text)?;
        let tweak = self.tweak(&form, values.expose());
        let middle = form.middle(values.expose()).iter().copied().map(u16::from).collect();
        let mut middle: Secret<Vec<u16>> = Secret::new(middle);
        let shape = Shape::new(self.characters.radix(), form.free).map_err(|_| Error::Internal)?;
        let cipher = if back { ff1::decrypt } else { ff1::encrypt };
        cipher(&self.keys, &shape, tweak.expose(), middle.expose_mut())
            .map_err(|_| Error::Internal)?;
        for (value, own) in form.middle_mut(values.expose_mut()).iter_mut().zip(middle.expose()) {
            *value = *own as u8;
        }
        Ok(self.written(values.expose()))
    }

    /// A version, the length, how much is kept, the radix, then the values kept.
    fn tweak(&self, form: &Form, values: &[u8]) -> Secret<Vec<u8>> {
        let [high, low] = (values.len() as u16).to_be_bytes();
        let kept = (form.front * 16 + form.end) as u8;
        let mut tweak = vec![2, high, low, kept, self.characters.radix() as u8];
        tweak.extend(form.kept(values));
        Secret::new(tweak)
    }

    /// The value of every character, by looking at the whole alphabet.
    fn values(&self, text: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
        let (mut values, mut all) = (Secret::new(vec![0; text.len()]), Choice::from(1));
        for (value, character) in values.expose_mut().iter_mut().zip(text) {
            let mut known = Choice::from(0);
            for (own, at) in self.characters.as_bytes().iter().zip(0_u8..) {
                let is_it = own.ct_eq(character);
                *value = select(*value, at, is_it);
                known |= is_it;
            }
            all &= known;
        }
        if bool::from(public(all)) { Ok(values) } else { Err(Error::InvalidInput) }
    }

    /// The character of every value, likewise.
    fn written(&self, values: &[u8]) -> Secret<Vec<u8>> {
        let character = |value: &u8| {
            let places = self.characters.as_bytes().iter().zip(0_u8..);
            places.fold(0, |found, (own, at)| select(found, *own, at.ct_eq(value)))
        };
        Secret::new(values.iter().map(character).collect())
    }
}
