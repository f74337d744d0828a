//! Steps: what is computed of which bytes, and with which others together.

use std::sync::Arc;

use typex_core::Secret;
use typex_kernels::RoundKeys;
use typex_kernels::tdes::{self, TdesKey};

use crate::payment::Error;
use crate::payment::key::Schedule;
use crate::token::{TokenCipher, Tweak};

/// What a step changes. On the heap, so that a move leaves nothing behind.
pub(crate) type Bytes = Secret<Vec<u8>>;

/// Bytes of the messages that keys are derived by, so that a step can take several.
pub(super) const PIECE: usize = 8;

/// Messages of a step at most: a key of three blocks of triple DES, and another.
pub(super) const PIECES_MAX: usize = 6;

/// One step of an operation.
pub(super) struct Step {
    pub(super) kind: Kind,
    pub(super) work: Work,
    pub(super) data: Bytes,
    /// Whether the data is what was asked for.
    pub(super) done: bool,
}

/// What is computed. An IV of triple DES is the first half of what is here.
pub(super) enum Work {
    Encrypt(Schedule),
    Decrypt(Schedule),
    CbcEncrypt(Schedule, [u8; 16]),
    CbcDecrypt(Schedule, [u8; 16]),
    Ctr(Arc<RoundKeys>, [u8; 16]),
    ChainedMac(Arc<TdesKey>, tdes::Padding),
    RetailMac(Arc<TdesKey>, tdes::Padding),
    Cmac(Schedule),
    /// Of each piece of [`PIECE`] bytes.
    CmacEach(Schedule),
    /// FF1 of the digits of a token.
    Ff1Encrypt(Arc<TokenCipher>, Tweak),
    Ff1Decrypt(Arc<TokenCipher>, Tweak),
}

/// Steps that are computed together. Those of triple DES stand in the order of their turns: first
/// what keys are derived by, so that the operations meet again at what they do with the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    TdesPair,
    DesPair,
    TdesEncrypt,
    TdesDecrypt,
    TdesCbcDecrypt,
    TdesCbcEncrypt,
    TdesMac,
    AesEncrypt,
    AesDecrypt,
    AesCbcEncrypt,
    AesCbcDecrypt,
    AesCtr,
    AesCmac,
    Ff1Encrypt,
    Ff1Decrypt,
}

impl Kind {
    /// Every kind, in the order of its number.
    pub(super) const ALL: [Self; 15] = [
        Self::TdesPair,
        Self::DesPair,
        Self::TdesEncrypt,
        Self::TdesDecrypt,
        Self::TdesCbcDecrypt,
        Self::TdesCbcEncrypt,
        Self::TdesMac,
        Self::AesEncrypt,
        Self::AesDecrypt,
        Self::AesCbcEncrypt,
        Self::AesCbcDecrypt,
        Self::AesCtr,
        Self::AesCmac,
        Self::Ff1Encrypt,
        Self::Ff1Decrypt,
    ];

    /// Whether it is of DES or triple DES.
    pub(super) fn is_tdes(self) -> bool {
        self <= Self::TdesMac
    }
}

impl Step {
    pub(super) fn new(work: Work, data: Bytes) -> Self {
        Self { kind: work.kind(), work, data, done: false }
    }

    /// The bytes changed, or the MAC over them.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for bytes of a length that the step does not take.
    pub(super) fn result(self) -> Result<Bytes, Error> {
        if self.done { Ok(self.data) } else { Err(Error::InvalidInput) }
    }
}

impl Step {
    /// The messages that MACs are wanted of; none if there are too many.
    pub(super) fn messages(&self) -> impl Iterator<Item = &[u8]> {
        let data = self.data.expose().as_slice();
        let (each, count) = match self.work {
            Work::CmacEach(_) => (PIECE, data.len().div_ceil(PIECE)),
            _ => (data.len(), 1),
        };
        let count = if count > PIECES_MAX { 0 } else { count };
        (0..count).map(move |at| &data[at * each..data.len().min((at + 1) * each)])
    }
}

impl Work {
    fn kind(&self) -> Kind {
        use Schedule::{Aes, Tdes};
        match self {
            Work::Encrypt(Tdes(_)) => Kind::TdesEncrypt,
            Work::Decrypt(Tdes(_)) => Kind::TdesDecrypt,
            Work::CbcDecrypt(Tdes(_), _) => Kind::TdesCbcDecrypt,
            Work::CbcEncrypt(Tdes(_), _) => Kind::TdesCbcEncrypt,
            Work::ChainedMac(..)
            | Work::RetailMac(..)
            | Work::Cmac(Tdes(_))
            | Work::CmacEach(Tdes(_)) => Kind::TdesMac,
            Work::Encrypt(Aes(_)) => Kind::AesEncrypt,
            Work::Decrypt(Aes(_)) => Kind::AesDecrypt,
            Work::CbcEncrypt(Aes(_), _) => Kind::AesCbcEncrypt,
            Work::CbcDecrypt(Aes(_), _) => Kind::AesCbcDecrypt,
            Work::Ctr(..) => Kind::AesCtr,
            Work::Cmac(Aes(_)) | Work::CmacEach(Aes(_)) => Kind::AesCmac,
            Work::Ff1Encrypt(..) => Kind::Ff1Encrypt,
            Work::Ff1Decrypt(..) => Kind::Ff1Decrypt,
        }
    }
}
