//! A PIN block bound to a token, translated to one bound to the card number.
//!
//! The only translation in which the number changes (PCI PIN Security, requirement 3-3): token and
//! card number are bound by the key of the domain, and nobody names the second one.

use super::{Domain, Token};
use crate::payment::lanes::Lanes;
use crate::payment::pin_block::{self, EncryptedPin, Format};
use crate::payment::pin_translate::{Outgoing, Rule, rule};
use crate::payment::{Error, Key, Pan, public};

/// A PIN block in which a token stands where the card number would.
pub struct TokenPin<'a> {
    /// Of the algorithm that the format has.
    pub key: &'a Key,
    /// One that is bound to a number: not 1.
    pub format: Format,
    /// What it is bound to.
    pub token: &'a Token,
    /// The domain of the token.
    pub domain: &'a Domain,
    /// The encrypted block.
    pub block: &'a [u8],
}

/// Decrypts and decodes a PIN with the token, resolves it, lays the PIN out with the card number
/// and encrypts it. Whether a [`Rule::Downgrade`] is wanted is the caller's to decide before.
///
/// # Errors
/// [`Error::InvalidInput`] for a refused rule, a format without a number on either side, a number
/// given for the outgoing side, a block of another length; [`Error::KeyUsage`] for a key of
/// another algorithm than its format has; [`Error::NotFoundToken`] for a version that is not
/// understood, otherwise [`Error::InvalidPin`] if the block does not decode, both after the same
/// work; [`Error::DomainTooSmall`] as [`Domain::detokenize`].
// spec: payments 1.4
pub async fn translate_pin(
    lanes: &Lanes,
    incoming: &TokenPin<'_>,
    outgoing: &Outgoing<'_>,
) -> Result<Vec<u8>, Error> {
    let TokenPin { key, format, token, domain, block } = *incoming;
    let bound = Bound { key, format, token, block };
    translate_bound(lanes, &bound, outgoing, domain.resolve(lanes, token)).await
}

/// A PIN block in which a token stands where the card number would, whatever resolves it.
pub(crate) struct Bound<'a> {
    pub(crate) key: &'a Key,
    pub(crate) format: Format,
    pub(crate) token: &'a Token,
    pub(crate) block: &'a [u8],
}

/// The same; `resolved` is the card number and whether it is that of the token.
pub(crate) async fn translate_bound(
    lanes: &Lanes,
    incoming: &Bound<'_>,
    outgoing: &Outgoing<'_>,
    resolved: impl Future<Output = Result<(Pan, bool), Error>>,
) -> Result<Vec<u8>, Error> {
    let is_bound = incoming.format.needs_pan() && outgoing.format.needs_pan();
    let refused = rule(incoming.format, outgoing.format) == Rule::Refused;
    if refused || !is_bound || outgoing.pan.is_some() {
        return Err(Error::InvalidInput);
    }
    let Bound { key, format, token, block } = *incoming;
    let bound = EncryptedPin { key, format, pan: Some(token.number()), block };
    let opened = bound.open(lanes).await?;
    let (pan, is_known) = resolved.await?;
    let Outgoing { key, format, fill, .. } = *outgoing;
    let block = pin_block::encrypt(lanes, key, format, &opened.pin, Some(&pan), fill).await?;
    let is_sound = bool::from(public(opened.sound));
    match (is_known, is_sound) {
        (true, true) => Ok(block),
        (true, false) => Err(Error::InvalidPin),
        (false, _) => Err(Error::NotFoundToken),
    }
}
