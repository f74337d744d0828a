//! PIN blocks from one key and format to another, as one step.
//!
//! A block is always decoded and laid out anew, also from a format to itself, so that what is not
//! a PIN block goes no further and random fill is fresh.

use super::lanes::Lanes;
use super::outcome::public;
use super::pin_block::{self, EncryptedPin, Fill, Format};
use super::{Error, Key, Pan};

/// Whether a PIN may go from one format to another (PCI PIN Security, requirement 3-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// It may.
    Permitted,
    /// It may, but loses the protection of AES.
    Downgrade,
    /// It may not: the result would no longer be bound to its PAN.
    Refused,
}

/// Where a PIN goes.
pub struct Outgoing<'a> {
    /// Triple DES for formats 0, 1, 3; AES for format 4.
    pub key: &'a Key,
    /// How the PIN is laid out.
    pub format: Format,
    /// The same as on the incoming side, where that has one; needed unless the format is 1.
    pub pan: Option<&'a Pan>,
    /// The random part.
    pub fill: &'a Fill,
}

/// Rules from a format, row, to a format, column, both in the order of [`Format::ALL`]. Format 2
/// is for the chip and has no place here.
const RULES: [[Rule; 4]; 4] = {
    use Rule::{Downgrade, Permitted, Refused};
    [
        [Permitted, Refused, Permitted, Permitted],
        [Permitted, Permitted, Permitted, Permitted],
        [Permitted, Refused, Permitted, Permitted],
        [Downgrade, Refused, Downgrade, Permitted],
    ]
};

/// The rule for a translation that leaves the PAN as it is, or introduces it from format 1.
pub fn rule(from: Format, to: Format) -> Rule {
    RULES[place(from)][place(to)]
}

/// The rule for a translation, with or without another PAN. The PAN of a bound block never
/// changes.
pub fn rule_with_pan(from: Format, to: Format, pan_changes: bool) -> Rule {
    if pan_changes && from.needs_pan() { Rule::Refused } else { rule(from, to) }
}

/// Decrypts, decodes, lays out and encrypts a PIN. Whether a [`Rule::Downgrade`] and format 1 are
/// wanted is the caller's to decide before.
///
/// # Errors
/// [`Error::InvalidInput`] for a refused rule, another PAN, a missing PAN, a block of another
/// length; [`Error::KeyUsage`] for a key of another algorithm than its format has;
/// [`Error::InvalidPin`] if the block does not decode, whatever the reason, after the same work.
pub async fn translate(
    lanes: &Lanes,
    incoming: &EncryptedPin<'_>,
    outgoing: &Outgoing<'_>,
) -> Result<Vec<u8>, Error> {
    let changes = is_another(incoming, outgoing);
    if rule_with_pan(incoming.format, outgoing.format, changes) == Rule::Refused {
        return Err(Error::InvalidInput);
    }
    let opened = incoming.open(lanes).await?;
    let Outgoing { key, format, pan, fill } = *outgoing;
    let block = pin_block::encrypt(lanes, key, format, &opened.pin, pan, fill).await?;
    if public(opened.sound).into() { Ok(block) } else { Err(Error::InvalidPin) }
}

/// Whether both sides name a PAN, and not the same.
fn is_another(incoming: &EncryptedPin<'_>, outgoing: &Outgoing<'_>) -> bool {
    match (incoming.pan, outgoing.pan) {
        (Some(before), Some(after)) => !bool::from(public(before.ct_eq(after))),
        _ => false,
    }
}

fn place(format: Format) -> usize {
    match format {
        Format::Iso0 => 0,
        Format::Iso1 => 1,
        Format::Iso3 => 2,
        Format::Iso4 => 3,
    }
}
