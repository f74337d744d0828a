//! One version of the key of a domain.

use std::sync::Arc;

use typex_core::Secret;
use typex_core::limits::TOKEN_DIGITS;
use typex_core::token::{Alphabet, Layout, TokenVersion};
use typex_kernels::RoundKeys;
use typex_kernels::ff1::{CardJob, Opening};

use super::form::{Form, Tweak};
use super::{Token, luhn};
use crate::payment::lanes::Lanes;
use crate::payment::{Error, Pan, lanes};

/// A key that makes tokens of card numbers, expanded, with what it needs for every length.
pub struct TokenKey {
    layout: Layout,
    version: Option<TokenVersion>,
    /// What is added to the Luhn sum, unless it is left to chance.
    shift: Option<u8>,
    cipher: Arc<TokenCipher>,
}

/// What the lanes compute with.
pub(crate) struct TokenCipher {
    keys: Arc<RoundKeys>,
    /// By what is to be encrypted; a layout has one for every length of a card number.
    openings: Vec<Opening>,
}

impl TokenCipher {
    /// The digits for the lanes; none if there are not as many as the layout has.
    pub(crate) fn job<'a>(&'a self, tweak: &Tweak, digits: &'a mut [u8]) -> Option<CardJob<'a>> {
        let opening = self.openings.iter().find(|opening| opening.digits() == digits.len())?;
        CardJob::new(&self.keys, opening, tweak.as_bytes(), digits).ok()
    }
}

impl TokenKey {
    /// A key of 16, 24 or 32 bytes for tokens of digits; with a version if the layout has them.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for another length, a layout of other characters, a version where
    /// there are none or none where there are.
    pub fn new(key: &[u8], layout: &Layout, version: Option<TokenVersion>) -> Result<Self, Error> {
        if *layout.alphabet() != Alphabet::Digits {
            return Err(Error::InvalidInput);
        }
        let shift = layout.shift(version)?;
        let keys = RoundKeys::shared(key).map_err(|_| Error::InvalidInput)?;
        let lengths = TOKEN_DIGITS.filter_map(|length| layout.free_for_ff1(length).ok());
        let openings = lengths.map(|free| Opening::new(&keys, free, Tweak::length(layout)));
        let openings = openings.collect::<Result<_, _>>().map_err(|_| Error::Internal)?;
        let cipher = Arc::new(TokenCipher { keys, openings });
        Ok(Self { layout: layout.clone(), version, shift, cipher })
    }

    /// The form of its tokens.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Its version, if the layout has them.
    pub fn version(&self) -> Option<TokenVersion> {
        self.version
    }

    /// The token of a card number, whether its check digit is right or not.
    ///
    /// # Errors
    /// [`Error::DomainTooSmall`] if the layout leaves too little of such a length.
    pub async fn tokenize(&self, lanes: &Lanes, pan: &Pan) -> Result<Token, Error> {
        let shift = self.shift.unwrap_or_default();
        let token = self.replaced(lanes, pan.digits(), shift, false).await?;
        Token::of(token.expose())
    }

    /// The card number of a token. Whatever the token says of its version, it is taken for one of
    /// this key.
    ///
    /// # Errors
    /// As [`TokenKey::tokenize`].
    pub async fn detokenize(&self, lanes: &Lanes, token: &Token) -> Result<Pan, Error> {
        let shift = self.shift.map_or(0, |shift| 10_u8.wrapping_sub(shift));
        let pan = self.replaced(lanes, token.digits(), shift, true).await?;
        Pan::of(pan.expose())
    }

    /// The middle encrypted or decrypted, and a digit solved for so that the Luhn sum changes by
    /// `shift`.
    async fn replaced(
        &self,
        lanes: &Lanes,
        digits: &[u8],
        shift: u8,
        back: bool,
    ) -> Result<lanes::Bytes, Error> {
        let form = Form::new(&self.layout, self.layout.free_for_ff1(digits.len())?);
        let tweak = Tweak::new(&form, digits, self.shift.map_or(0, |shift| shift + 1));
        let middle = Secret::new(form.middle(digits).to_vec());
        let middle = lanes.ff1(&self.cipher, tweak, middle, back).await?;
        let mut replaced = Secret::new(digits.to_vec());
        form.middle_mut(replaced.expose_mut()).copy_from_slice(middle.expose());
        if self.shift.is_some() {
            let wanted = luhn::sum(digits).wrapping_add(shift) % 10;
            luhn::solve(replaced.expose_mut(), form.front + form.free, wanted);
        }
        Ok(replaced)
    }
}
