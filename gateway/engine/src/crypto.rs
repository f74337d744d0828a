//! Operations of keys that serve more than one: which job computes them, and how their answer
//! follows from what the job yields.
//!
//! ECB and CBC under a stored key are jobs of a cipher, which a card runs as well; everything else
//! is software's.

use std::sync::Arc;

use bytes::BytesMut;
use typex_core::error::{ErrorKind, InvalidData, Malformed};
use typex_core::key::AesBits;
use typex_core::op::crypto::{AesCipher, AesMode, CryptoAnswer, CryptoCall};
use typex_core::secret::Secret;
use typex_kernels::Block;

use crate::cipher::{Cipher, CipherJob};
use crate::general::GeneralKey;
use crate::job::{Done, Work};
use crate::key::LoadedKey;
use crate::padding;
use crate::rsa::RsaKey;

/// One operation of a key that serves more than one.
pub struct CryptoJob {
    /// The key.
    pub key: Arc<LoadedKey>,
    /// The other party's public half, where the operation's key is agreed upon.
    pub peer: Option<Vec<u8>>,
    /// What to do.
    pub call: CryptoCall,
    /// What the operation may need of randomness: an IV, a KEM message, what blinds a signature.
    /// Never the same for two jobs.
    pub random: Secret<[u8; 32]>,
}

/// ECB or CBC under a stored key.
pub struct BlocksJob {
    /// The key.
    pub key: Arc<LoadedKey>,
    /// How much of it.
    pub bits: AesBits,
    /// [`Cipher::EcbEncrypt`], [`Cipher::EcbDecrypt`], [`Cipher::CbcEncrypt`] or
    /// [`Cipher::CbcDecrypt`].
    pub cipher: Cipher,
    /// IV; not looked at in ECB.
    pub iv: Block,
    /// Whole blocks; the result is written over them.
    pub data: BytesMut,
}

/// What is left to do once the job is done.
pub enum Rest {
    /// Nothing.
    Nothing,
    /// The result is ciphertext under this IV.
    Encrypted(Option<Block>),
    /// The result is clear data.
    Clear,
    /// The same with padding, to be taken off.
    Padded,
}

impl CryptoJob {
    /// Its key, if that is one of RSA and no party enters.
    pub(crate) fn rsa(&self) -> Option<&RsaKey> {
        self.key.general().and_then(GeneralKey::rsa).filter(|_| self.peer.is_none())
    }

    /// Bytes of the modulus, if it is one RSA private operation.
    pub(crate) fn private_modulus_len(&self) -> Option<usize> {
        self.rsa().and_then(|key| key.private_modulus_len(&self.call))
    }

    /// The job, and what is left to do after it.
    ///
    /// # Errors
    /// [`Malformed::Length`] and [`InvalidData::Raw`] for data that is not of whole blocks.
    pub fn plan(self) -> Result<(Work, Rest), ErrorKind> {
        let Self { key, peer, call, random } = self;
        match (peer, call) {
            (None, CryptoCall::Encrypt { cipher, message, .. }) if is_of_blocks(cipher) => {
                encrypt_blocks(key, cipher, &message, &random)
            }
            (None, CryptoCall::Decrypt { cipher, message, iv, .. }) if is_of_blocks(cipher) => {
                decrypt_blocks(key, cipher, &message, iv)
            }
            (peer, call) => {
                let job = Self { key, peer, call, random };
                Ok((Work::Crypto(Box::new(job)), Rest::Nothing))
            }
        }
    }
}

impl Rest {
    /// The answer.
    ///
    /// # Errors
    /// [`ErrorKind::VerifyFailed`] for wrong padding.
    pub fn answer(self, done: Done) -> Result<CryptoAnswer, ErrorKind> {
        match (self, done) {
            (Self::Nothing, Done::Crypto(answer)) => Ok(*answer),
            (Self::Encrypted(iv), Done::Sealed(data)) => {
                Ok(CryptoAnswer::Encrypted { ciphertext: data.into(), iv, tag: None })
            }
            (Self::Clear, Done::Sealed(data)) => Ok(CryptoAnswer::Secret(Secret::new(data.into()))),
            (Self::Padded, Done::Sealed(data)) => {
                let mut data: Vec<u8> = data.into();
                let padded = padding::unpad(&mut data);
                let clear = Secret::new(data);
                padded.then_some(CryptoAnswer::Secret(clear)).ok_or(ErrorKind::VerifyFailed)
            }
            _ => Err(ErrorKind::Internal),
        }
    }
}

impl BlocksJob {
    /// As backends take it.
    pub(crate) fn into_cipher_job(self) -> Result<CipherJob, ErrorKind> {
        let key = self.key.general().ok_or(ErrorKind::KeyUsage)?.aes(self.bits)?;
        let Self { cipher, iv, data, .. } = self;
        Ok(CipherJob { cipher, key, iv, aad: bytes::Bytes::new(), data })
    }

    /// Whether it encrypts; `None` if it is neither ECB nor CBC.
    pub(crate) fn encrypts(&self) -> Option<bool> {
        match self.cipher {
            Cipher::EcbEncrypt | Cipher::CbcEncrypt => Some(true),
            Cipher::EcbDecrypt | Cipher::CbcDecrypt => Some(false),
            _ => None,
        }
    }
}

fn is_of_blocks(cipher: AesCipher) -> bool {
    cipher.mode != AesMode::Gcm
}

fn encrypt_blocks(
    key: Arc<LoadedKey>,
    AesCipher { bits, mode }: AesCipher,
    message: &Secret<Vec<u8>>,
    random: &Secret<[u8; 32]>,
) -> Result<(Work, Rest), ErrorKind> {
    let message = message.expose();
    let is_cbc = mode == AesMode::Cbc;
    let length = if is_cbc { padding::padded_len(message.len()) } else { message.len() };
    if length == 0 || !length.is_multiple_of(16) {
        return Err(ErrorKind::Malformed(Malformed::Length));
    }
    let mut data = BytesMut::with_capacity(length);
    data.extend_from_slice(message);
    data.resize(length, 0);
    padding::pad(&mut data, message.len());
    let (iv, _) = random.expose().as_chunks::<16>();
    let iv = iv[0];
    let cipher = if is_cbc { Cipher::CbcEncrypt } else { Cipher::EcbEncrypt };
    let job = BlocksJob { key, bits, cipher, iv, data };
    Ok((Work::Blocks(job), Rest::Encrypted(is_cbc.then_some(iv))))
}

fn decrypt_blocks(
    key: Arc<LoadedKey>,
    AesCipher { bits, mode }: AesCipher,
    message: &[u8],
    iv: Option<Block>,
) -> Result<(Work, Rest), ErrorKind> {
    if message.is_empty() || !message.len().is_multiple_of(16) {
        return Err(ErrorKind::InvalidData(InvalidData::Raw));
    }
    let data = BytesMut::from(message);
    let (cipher, iv, rest) = match mode {
        AesMode::Cbc => {
            let iv = iv.ok_or(ErrorKind::Malformed(Malformed::Member))?;
            (Cipher::CbcDecrypt, iv, Rest::Padded)
        }
        _ => (Cipher::EcbDecrypt, [0; 16], Rest::Clear),
    };
    Ok((Work::Blocks(BlocksJob { key, bits, cipher, iv, data }), rest))
}
