//! Operations of keys that serve more than one, as requests name them.

use typex_core::error::ErrorKind;
use typex_core::op::crypto::{CryptoAnswer, CryptoCall, Scheme};

use super::key::RsaKey;
use super::{Error, PrivateJob, Rejection, Signed, encrypt, verify};

impl RsaKey {
    /// The answer to a request. A decryption with PKCS#1 v1.5 never fails.
    pub(crate) fn answer(
        &self,
        call: &CryptoCall,
        draw: impl FnOnce(&mut [u8]) -> Result<(), Error>,
    ) -> Result<CryptoAnswer, ErrorKind> {
        match call {
            CryptoCall::Sign { scheme: Scheme::Rsa { padding, is_digest }, message, .. } => {
                let signed = signed(message.expose(), *is_digest);
                let job = PrivateJob::sign(&self.private()?.0, *padding, signed, draw)?;
                Ok(CryptoAnswer::Public(job.run()?.expose().clone()))
            }
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
            CryptoCall::DecryptRsa { padding, message } => {
                let (key, substitutes) = self.private()?;
                let rejection = Rejection::Implicit(substitutes);
                let job = PrivateJob::decrypt(key, padding, message, rejection)?;
                Ok(CryptoAnswer::Secret(job.run()?))
            }
            _ => Err(ErrorKind::KeyUsage),
        }
    }
}

fn signed(message: &[u8], is_digest: bool) -> Signed<'_> {
    if is_digest { Signed::Digest(message) } else { Signed::Message(message) }
}
