//! The keys of a domain that are in use.

use std::sync::Arc;

use subtle::ConstantTimeEq;
use typex_core::token::{Layout, TokenVersion};

use super::{Token, TokenKey, luhn};
use crate::payment::lanes::Lanes;
use crate::payment::{Error, Pan, public};

/// A domain of tokens: the key that makes them, and those of which tokens are still understood.
#[derive(Clone)]
pub struct Domain {
    current: Arc<TokenKey>,
    /// All that are understood, the current one first.
    live: Vec<Arc<TokenKey>>,
}

impl Domain {
    /// A domain of one layout. A layout without versions has the current key and no other.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for keys of another layout, and for two of one version.
    pub fn new(
        current: Arc<TokenKey>,
        older: impl IntoIterator<Item = Arc<TokenKey>>,
    ) -> Result<Self, Error> {
        let live: Vec<_> = std::iter::once(current.clone()).chain(older).collect();
        let is_sound = |(at, key): (usize, &Arc<TokenKey>)| {
            let is_other = |one: &Arc<TokenKey>| one.version() != key.version();
            key.layout() == current.layout() && live[..at].iter().all(is_other)
        };
        let sound = live.iter().enumerate().all(is_sound);
        if sound { Ok(Self { current, live }) } else { Err(Error::InvalidInput) }
    }

    /// The form of its tokens.
    pub fn layout(&self) -> &Layout {
        self.current.layout()
    }

    /// The version of which tokens are made.
    pub fn version(&self) -> Option<TokenVersion> {
        self.current.version()
    }

    /// The token of a card number.
    ///
    /// # Errors
    /// [`Error::DomainTooSmall`] if the layout leaves too little of such a length;
    /// [`Error::InvalidInput`] for a wrong check digit where tokens have versions, since such a
    /// token would say another one.
    pub async fn tokenize(&self, lanes: &Lanes, pan: &Pan) -> Result<Token, Error> {
        let sound = luhn::sum(pan.digits()).ct_eq(&0);
        let token = self.current.tokenize(lanes, pan).await?;
        if self.layout().can_rotate() && !bool::from(public(sound)) {
            return Err(Error::InvalidInput);
        }
        Ok(token)
    }

    /// The card number of a token.
    ///
    /// # Errors
    /// [`Error::NotFoundToken`] for a version that is not understood, after the same steps under
    /// another key; otherwise as [`Domain::tokenize`].
    pub async fn detokenize(&self, lanes: &Lanes, token: &Token) -> Result<Pan, Error> {
        let (pan, is_known) = self.resolve(lanes, token).await?;
        if is_known { Ok(pan) } else { Err(Error::NotFoundToken) }
    }

    /// The card number of a token and whether its version is understood; otherwise some number.
    pub(super) async fn resolve(&self, lanes: &Lanes, token: &Token) -> Result<(Pan, bool), Error> {
        let key = self.key_of(token);
        let pan = key.unwrap_or(&self.current).detokenize(lanes, token).await?;
        Ok((pan, key.is_some()))
    }

    /// The token of another domain for the card number of a token, which nobody gets to see.
    ///
    /// # Errors
    /// As [`Domain::detokenize`] of this domain and [`Domain::tokenize`] of the other.
    pub async fn retokenize(
        &self,
        lanes: &Lanes,
        to: &Self,
        token: &Token,
    ) -> Result<Token, Error> {
        let pan = self.detokenize(lanes, token).await?;
        to.tokenize(lanes, &pan).await
    }

    /// The version of a token of this domain; it says no more than that the token has its form.
    ///
    /// # Errors
    /// [`Error::NotFoundToken`] for a version that is not understood, [`Error::DomainTooSmall`] and
    /// [`Error::InvalidInput`] for a length that no token has.
    pub fn validate(&self, token: &Token) -> Result<Option<TokenVersion>, Error> {
        self.layout().free_for_ff1(token.length())?;
        self.key_of(token).map(|key| key.version()).ok_or(Error::NotFoundToken)
    }

    /// The key of a token, if it is understood.
    fn key_of(&self, token: &Token) -> Option<&Arc<TokenKey>> {
        let said = if self.layout().can_rotate() { token.version() } else { None };
        self.live.iter().find(|key| key.version() == said)
    }
}
