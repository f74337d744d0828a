//! What to do, one variant for each operation.

use super::{Operation, Purpose};
use crate::limits::{CARD_END_TOLD, CARD_FRONT_TOLD, MASK_FRONT_DIGITS};
use crate::op::payment::{Bytes, Cipher, NamedKey, TrackForm};
use crate::token::{DomainName, Metadata, is_card};

/// What to do.
pub enum Task {
    /// [`Operation::Tokenize`]
    Tokenize {
        /// The value.
        value: Bytes,
        /// How long the token shall live; `None` is what the domain says. For vaults.
        ttl_ms: Option<u64>,
        /// What shall stand beside it. For vaults.
        metadata: Metadata,
    },
    /// [`Operation::Detokenize`]
    Detokenize {
        /// The token.
        token: Vec<u8>,
        /// Why, for the audit log.
        purpose: Purpose,
        /// How much of the value.
        mask: Mask,
    },
    /// [`Operation::Retokenize`]
    Retokenize {
        /// The token.
        token: Vec<u8>,
        /// In which domain its value gets a token.
        to: DomainName,
    },
    /// [`Operation::TokenizeTransport`]
    TokenizeTransport {
        /// The key in the part [`Incoming`](crate::op::payment::Part::Incoming), and the one that
        /// unwraps it.
        key: Box<NamedKey>,
        /// How the value is deciphered.
        cipher: Box<Cipher>,
        /// What is deciphered.
        ciphertext: Vec<u8>,
        /// How the track is written whose card number it is; `None` if there is nothing else.
        track: Option<TrackForm>,
    },
    /// [`Operation::TranslatePin`]
    TranslatePin {
        /// The token, with which the PIN block comes in place of a card number.
        token: Vec<u8>,
        /// The keys in the parts of [`TranslatePin`](crate::op::payment::Operation::TranslatePin).
        keys: Vec<NamedKey>,
        /// Format in which the block comes.
        format: u8,
        /// The block.
        block: Vec<u8>,
        /// Format in which it goes, with the card number of the token and no other.
        outgoing: u8,
    },
    /// [`Operation::Validate`]
    Validate {
        /// The text.
        token: Vec<u8>,
    },
    /// [`Operation::Lookup`]
    Lookup {
        /// The token.
        token: Vec<u8>,
    },
    /// [`Operation::Delete`]
    Delete {
        /// The token.
        token: Vec<u8>,
    },
}

/// How much of a value is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mask {
    /// All.
    Full,
    /// The first six and the last four digits, `*` between; see [`apply`](Self::apply).
    // spec: payments 10.5
    FirstSixLastFour,
}

impl Task {
    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Tokenize { .. } => Operation::Tokenize,
            Self::Detokenize { .. } => Operation::Detokenize,
            Self::Retokenize { .. } => Operation::Retokenize,
            Self::TokenizeTransport { .. } => Operation::TokenizeTransport,
            Self::TranslatePin { .. } => Operation::TranslatePin,
            Self::Validate { .. } => Operation::Validate,
            Self::Lookup { .. } => Operation::Lookup,
            Self::Delete { .. } => Operation::Delete,
        }
    }

    /// The token that comes with it.
    pub fn token(&self) -> Option<&[u8]> {
        match self {
            Self::Tokenize { .. } | Self::TokenizeTransport { .. } => None,
            Self::Detokenize { token, .. }
            | Self::Retokenize { token, .. }
            | Self::TranslatePin { token, .. }
            | Self::Validate { token }
            | Self::Lookup { token }
            | Self::Delete { token } => Some(token),
        }
    }
}

impl Mask {
    /// What is told of `value`: of card numbers the first six digits and the last four, of short
    /// ones the last four alone; of other texts as many at the end, and no more than a third.
    pub fn apply(self, value: &Bytes) -> Bytes {
        let mut told = value.expose().clone();
        if self == Self::FirstSixLastFour {
            let (front, end) = shown(&told);
            let length = told.len();
            told[front..length - end].fill(b'*');
        }
        Bytes::new(told)
    }
}

/// How many characters are told, in front and at the end; together no more than there are.
fn shown(value: &[u8]) -> (usize, usize) {
    let (front, end) = (usize::from(CARD_FRONT_TOLD), usize::from(CARD_END_TOLD));
    match is_card(value) {
        true if value.len() >= MASK_FRONT_DIGITS => (front, end),
        true => (0, end),
        false => (0, end.min(value.len() / 3)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_leave_six_and_four() {
        let told =
            |mask: Mask, value: &[u8]| mask.apply(&Bytes::new(value.to_vec())).expose().clone();
        assert_eq!(told(Mask::Full, b"4111111111111111"), b"4111111111111111");
        assert_eq!(told(Mask::FirstSixLastFour, b"4111111111111111"), b"411111******1111");
        for (value, shown) in [
            (&b"4111111111111111111"[..], &b"411111*********1111"[..]),
            (b"411111111111111", b"411111*****1111"),
            (b"41111111111111", b"**********1111"),
            (b"4111111111111", b"*********1111"),
            (b"411111111111", b"********1111"),
            (b"41111111111", b"********111"),
            (b"some-body else-00", b"*************e-00"),
            (b"name", b"***e"),
            (b"no", b"**"),
            (b"", b""),
        ] {
            assert_eq!(told(Mask::FirstSixLastFour, value), shown);
        }
    }
}
