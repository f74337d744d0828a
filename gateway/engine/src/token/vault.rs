//! What a vault computes: tokens that are drawn, and where a card number is found again.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeLess};
use typex_core::Secret;
use typex_core::token::{Alphabet, DomainName, Layout, TokenVersion};

use super::derive::context;
use super::form::Form;
use super::{Token, luhn};
use crate::payment::mac::{HmacKey, hmac};
use crate::payment::{Error, Pan, pick, public};

/// Random bytes that drawing a token takes: of 64, fewer than 19 are below 250 never.
pub const TOKEN_RANDOM_BYTES: usize = 64;

/// Digits of the longest token.
const DIGITS_MAX: usize = 19;

/// A token that has nothing of the card number but what the layout keeps: its own digits are drawn
/// by rejection, the digit that decides the Luhn sum is solved for. It is never the card number
/// itself: in place of that the one after it is drawn. It may be taken already: who keeps it looks.
///
/// # Errors
/// [`Error::InvalidInput`] for a length without tokens, a layout of other characters, a version
/// that the layout does not have or misses, and a wrong check digit where tokens have versions,
/// since such a token could pass for a card number; [`Error::Internal`] if the bytes are too far
/// from random.
pub fn draw(
    layout: &Layout,
    version: Option<TokenVersion>,
    pan: &Pan,
    random: &Secret<[u8; TOKEN_RANDOM_BYTES]>,
) -> Result<Token, Error> {
    if *layout.alphabet() != Alphabet::Digits {
        return Err(Error::InvalidInput);
    }
    let shift = layout.shift(version)?;
    let form = Form::new(layout, layout.free(pan.length())?);
    let candidates = random.expose().iter().map(|byte| (byte.ct_lt(&250), byte % 10));
    let (drawn, enough) = pick::<DIGITS_MAX>(candidates);
    if !bool::from(public(enough)) {
        return Err(Error::Internal);
    }
    if layout.can_rotate() && !pan.is_luhn() {
        return Err(Error::InvalidInput);
    }
    let mut digits = Secret::new(pan.digits().to_vec());
    let own = form.middle_mut(digits.expose_mut());
    let drawn = &drawn.expose()[..form.free];
    let is_same = own.ct_eq(drawn);
    own.copy_from_slice(drawn);
    if let Some(last) = own.last_mut() {
        *last = u8::conditional_select(last, &((*last + 1) % 10), is_same);
    }
    if let Some(shift) = shift {
        let wanted = luhn::sum(pan.digits()).wrapping_add(shift) % 10;
        luhn::solve(digits.expose_mut(), form.front + form.free, wanted);
    }
    Token::of(digits.expose())
}

/// By what a card number is found again in a tenant's domain: a keyed hash of it and of nothing
/// else, so that a renewed card has its token.
///
/// # Errors
/// [`Error::InvalidInput`] for a tenant's name above 65 535 bytes.
// spec: payments 10.3
pub fn vault_index(
    key: &HmacKey,
    tenant: &[u8],
    domain: &DomainName,
    pan: &Pan,
) -> Result<Vec<u8>, Error> {
    index_of(key, tenant, domain, &pan.ascii()).map(Vec::from)
}

/// The same of any value.
pub(super) fn index_of(
    key: &HmacKey,
    tenant: &[u8],
    domain: &DomainName,
    value: &Secret<Vec<u8>>,
) -> Result<[u8; 32], Error> {
    let mut message = Secret::new(context(tenant, domain)?);
    message.expose_mut().extend_from_slice(value.expose());
    let tag = hmac(key, message.expose());
    tag.expose().as_slice().try_into().map_err(|_| Error::Internal)
}

/// A token of characters, drawn likewise from as many bytes as it takes.
///
/// # Errors
/// As [`draw`], of a text in the alphabet of the layout.
pub(super) fn draw_text(layout: &Layout, text: &[u8], random: &[u8]) -> Result<Vec<u8>, Error> {
    let Alphabet::Characters(characters) = layout.alphabet() else {
        return Err(Error::InvalidInput);
    };
    let form = Form::new(layout, layout.free(text.len())?);
    let own = characters.as_bytes();
    let is_own = |character: &u8| {
        own.iter().fold(Choice::from(0), |found, one| found | one.ct_eq(character))
    };
    let all = text.iter().fold(Choice::from(1), |all, character| all & is_own(character));
    if !bool::from(public(all)) {
        return Err(Error::InvalidInput);
    }
    let radix = own.len();
    let fair = 256 / radix * radix;
    let mut drawn = random.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
    let mut token = text.to_vec();
    for place in form.middle_mut(&mut token) {
        *place = own[drawn.next().ok_or(Error::Internal)? % radix];
    }
    Ok(token)
}
