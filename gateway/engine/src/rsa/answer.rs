//! Operations of keys that serve more than one, as requests name them.

use typex_core::error::ErrorKind;
use typex_core::op::crypto::{CryptoAnswer, CryptoCall, Scheme};

use super::key::RsaKey;
use super::{Bytes, Error, PrivateJob, Rejection, Signed, encrypt, verify};

impl RsaKey {
    /// The answer to a request. A decryption with PKCS#1 v1.5 never fails.
    pub(crate) fn answer(
        &self,
        call: &CryptoCall,
        draw: impl FnOnce(&mut [u8]) -> Result<(), Error>,
    ) -> Result<CryptoAnswer, ErrorKind> {
        match call {
            CryptoCall::Verify { scheme, message, signature, .. } => {
                let Scheme::Rsa { padding, is_digest } = *scheme else {
                    return Err(ErrorKind::KeyUsage);
                };
                verify(self.public(), padding, signed(message.expose(), is_digest), signature)?;
                Ok(CryptoAnswer::Verified)
            }
            CryptoCall::EncryptRsa { padding, message } => {
                let text = encrypt(self.public(), padding, message.expose(), draw)?;
                Ok(CryptoAnswer::Public(text))
            }
            _ => {
                let job = self.prepare(call, draw)?;
                Ok(answered(call, job.run()?))
            }
        }
    }

    /// A signature or a decryption, to be run with others.
    pub(crate) fn prepare<'a>(
        &'a self,
        call: &'a CryptoCall,
        draw: impl FnOnce(&mut [u8]) -> Result<(), Error>,
    ) -> Result<PrivateJob<'a>, ErrorKind> {
        let (key, substitutes) = self.private()?;
        let job = match call {
            CryptoCall::Sign { scheme: Scheme::Rsa { padding, is_digest }, message, .. } => {
                PrivateJob::sign(key, *padding, signed(message.expose(), *is_digest), draw)
            }
            CryptoCall::DecryptRsa { padding, message } => {
                PrivateJob::decrypt(key, padding, message, Rejection::Implicit(substitutes))
            }
            _ => return Err(ErrorKind::KeyUsage),
        };
        Ok(job?)
    }

    /// Bytes of the modulus, if the call takes the private operation.
    pub(crate) fn private_modulus_len(&self, call: &CryptoCall) -> Option<usize> {
        let is_private = matches!(call, CryptoCall::Sign { .. } | CryptoCall::DecryptRsa { .. });
        self.private().ok().filter(|_| is_private).map(|(key, _)| key.modulus_len())
    }
}

/// What a private operation gave, as the answer to its call.
pub(crate) fn answered(call: &CryptoCall, bytes: Bytes) -> CryptoAnswer {
    match call {
        CryptoCall::Sign { .. } => CryptoAnswer::Public(bytes.expose().clone()),
        _ => CryptoAnswer::Secret(bytes),
    }
}

fn signed(message: &[u8], is_digest: bool) -> Signed<'_> {
    if is_digest { Signed::Digest(message) } else { Signed::Message(message) }
}
