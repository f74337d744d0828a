//! What an object answers.
// spec: enigma-bridge 4.5

use super::{CIPHERTEXT, IV, KEY_BLOCK, MAC, PIN_BLOCK, TOKEN, VALUE};
use crate::codec::Encoder;
use crate::error::{ErrorKind, Payment};
use crate::op::payment::{self, Bytes};
use crate::secret::Secret;
use crate::tlv::put;

/// What an object answers.
pub struct Answer {
    /// How it ended, where that is for the client alone.
    pub status: Status,
    /// What came of it.
    pub said: Vec<Said>,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// As asked for.
    Success,
    /// A MAC is wrong.
    Mac,
    /// A PIN block does not decode.
    Pin,
    /// There is no such token.
    Token,
}

/// A record of an answer.
pub enum Said {
    /// Clear data: the value of a token.
    Value(Bytes),
    /// A MAC or a scrambled value.
    Mac(Vec<u8>),
    /// What something is enciphered with.
    Iv(Vec<u8>),
    /// Enciphered data.
    Ciphertext(Vec<u8>),
    /// A key block.
    KeyBlock(Vec<u8>),
    /// A PIN block.
    PinBlock(Vec<u8>),
    /// A token.
    Token(Vec<u8>),
}

impl Status {
    /// That of a failure which the answer tells inside: what is counted, so that no client sends
    /// the same again by itself.
    pub fn of(kind: ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::Payment(Payment::Mac) => Some(Self::Mac),
            ErrorKind::Payment(Payment::Pin) => Some(Self::Pin),
            ErrorKind::Payment(Payment::Token) => Some(Self::Token),
            _ => None,
        }
    }

    fn code(self) -> u16 {
        match self {
            Self::Success => 0x9000,
            Self::Mac => 0xa0a1,
            Self::Pin => 0x803d,
            Self::Token => 0x803b,
        }
    }
}

impl Answer {
    /// A failure that is told inside.
    pub fn failed(status: Status) -> Self {
        Self { status, said: Vec::new() }
    }

    /// What came of a payment operation; `iv` is what the gateway chose for it, if it did.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] for a result that no object has.
    pub fn of(done: payment::Done, iv: Option<&[u8]>) -> Result<Self, ErrorKind> {
        let said = match done {
            payment::Done::Mac(mac) => vec![Said::Mac(mac)],
            payment::Done::Verified(None) => Vec::new(),
            payment::Done::PinBlock(block) => vec![Said::PinBlock(block)],
            payment::Done::Encrypted(done) => {
                let iv = iv.map(|iv| Said::Iv(iv.to_vec()));
                iv.into_iter().chain([Said::Ciphertext(done.ciphertext)]).collect()
            }
            _ => return Err(ErrorKind::Internal),
        };
        Ok(Self { status: Status::Success, said })
    }

    /// The data of the answer: length of what follows, records, status.
    pub fn write(&self) -> Secret<Vec<u8>> {
        let mut records = Encoder::default();
        for said in &self.said {
            match said {
                Said::Value(value) => put(&mut records, VALUE, value.expose()),
                Said::Mac(bytes) => put(&mut records, MAC, bytes),
                Said::Iv(bytes) => put(&mut records, IV, bytes),
                Said::Ciphertext(bytes) => put(&mut records, CIPHERTEXT, bytes),
                Said::KeyBlock(bytes) => put(&mut records, KEY_BLOCK, bytes),
                Said::PinBlock(bytes) => put(&mut records, PIN_BLOCK, bytes),
                Said::Token(bytes) => put(&mut records, TOKEN, bytes),
            };
        }
        records.u16(self.status.code());
        let records = records.finish();
        let length = u16::try_from(records.expose().len()).expect("answers are below 64 KiB");
        let mut data = Encoder::default();
        data.u16(length).raw(records.expose());
        data.finish()
    }
}
