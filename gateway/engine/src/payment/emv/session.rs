//! The key of a transaction from that of a card.

use typex_core::Secret;

use super::master::card_key;
use crate::payment::cipher::add;
use crate::payment::key::set_odd_parity;
use crate::payment::lanes::{Bytes, Lanes};
use crate::payment::{Error, Key};

/// How the key of a transaction is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionKey {
    /// The card's key itself (CVN 10, AMEX CVN 01).
    Master,
    /// EMV common session key of the transaction counter.
    Common {
        /// Application transaction counter.
        atc: u16,
    },
    /// EMV common session key of a cryptogram: of issuer scripts.
    OfCryptogram {
        /// The application cryptogram that the scripts follow.
        cryptogram: [u8; 8],
    },
    /// Of the transaction counter and the terminal's number.
    Mastercard {
        /// Application transaction counter.
        atc: u16,
        /// Of the terminal.
        unpredictable_number: [u8; 4],
    },
    /// The card's key changed by the transaction counter: of issuer scripts as VISA has them.
    VisaScript {
        /// Application transaction counter.
        atc: u16,
    },
    /// The tree of EMV 2000, of height 8 and four branches.
    Emv2000 {
        /// Application transaction counter.
        atc: u16,
    },
}

/// Height of the tree: two bits of the counter for each level.
const HEIGHT: u32 = 8;

/// The key of a transaction.
///
/// # Errors
/// [`Error::KeyUsage`] unless the card's key is of 16 bytes and triple DES.
pub async fn session_key(lanes: &Lanes, card: &Key, derivation: SessionKey) -> Result<Key, Error> {
    card.halves()?;
    match derivation {
        SessionKey::Master => Key::tdes(card.expose()),
        SessionKey::Common { atc } => common(lanes, card, diversifier(atc, [0; 4])).await,
        SessionKey::OfCryptogram { cryptogram } => common(lanes, card, cryptogram).await,
        SessionKey::Mastercard { atc, unpredictable_number } => {
            common(lanes, card, diversifier(atc, unpredictable_number)).await
        }
        SessionKey::VisaScript { atc } => changed(card, atc),
        SessionKey::Emv2000 { atc } => tree(lanes, card, atc).await,
    }
}

fn diversifier(atc: u16, number: [u8; 4]) -> [u8; 8] {
    let ([high, low], [a, b, c, d]) = (atc.to_be_bytes(), number);
    [high, low, 0, 0, a, b, c, d]
}

async fn common(lanes: &Lanes, card: &Key, diversifier: [u8; 8]) -> Result<Key, Error> {
    let (mut left, mut right) = (diversifier, diversifier);
    (left[2], right[2]) = (0xF0, 0x0F);
    card_key(lanes, card, &left, &right).await
}

/// The last bytes of the left half changed by the counter, of the right half by its complement.
fn changed(card: &Key, atc: u16) -> Result<Key, Error> {
    let mut bytes = Secret::new(card.expose().to_vec());
    let (left, right) = bytes.expose_mut().split_at_mut(8);
    add(&mut left[6..], &atc.to_be_bytes());
    add(&mut right[6..], &(!atc).to_be_bytes());
    set_odd_parity(bytes.expose_mut());
    Key::tdes(bytes.expose())
}

/// Down the tree by the digits of the counter to base four; the key is the leaf, changed by what
/// is two above it.
async fn tree(lanes: &Lanes, card: &Key, atc: u16) -> Result<Key, Error> {
    let mut above = Bytes::new(vec![0; 16]);
    let mut parent = Bytes::new(card.expose().to_vec());
    let mut leaf_above = above.clone();
    for level in (0..HEIGHT).rev() {
        let digit = (atc >> (2 * level)) as u8 & 3;
        let child = branch(lanes, &parent, &above, digit).await?;
        leaf_above = above;
        above = parent;
        parent = child;
    }
    // Of the last step: `parent` is the leaf, `above` its parent, `leaf_above` one more.
    add(parent.expose_mut(), leaf_above.expose());
    set_odd_parity(parent.expose_mut());
    Key::tdes(parent.expose())
}

/// A child by its number, 0 to 3.
async fn branch(lanes: &Lanes, parent: &Bytes, above: &Bytes, number: u8) -> Result<Bytes, Error> {
    let mut child = above.clone();
    child.expose_mut()[7] ^= number;
    child.expose_mut()[15] ^= number ^ 0xF0;
    lanes.encrypt(&Key::tdes(parent.expose())?, child).await
}
