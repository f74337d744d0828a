//! The text that a paired authenticator alone can read: scheme A.
// spec: encedo-hem 3.7

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};

use super::keys::{AgreementKey, mac, verify_mac};
use super::text::{base64, from_base64};
use crate::secret::Secret;

/// Names the scheme.
const SCHEME: &str = "A";

/// Bytes of the MAC at the end.
const TRAILER_BYTES: usize = 32;

/// The key of one exchange; `None` for a public key that agrees on zero.
pub(super) fn exchange_key(
    ours: &AgreementKey,
    theirs: &[u8; 32],
    jti: &[u8; 32],
) -> Option<Secret<[u8; 32]>> {
    let agreed = ours.agree(theirs)?;
    Some(Secret::new(mac(agreed.expose(), &[jti])))
}

/// Seals a text.
pub(super) fn seal(key: &Secret<[u8; 32]>, text: &str) -> String {
    let (cipher_key, iv) = halves(key);
    let cipher = cbc::Encryptor::<Aes128>::new(cipher_key.expose().into(), (&iv).into());
    let mut sealed = cipher.encrypt_padded_vec::<Pkcs7>(text.as_bytes());
    sealed.extend_from_slice(&mac(key.expose(), &[text.as_bytes()]));
    format!("{SCHEME}{}", base64(&sealed))
}

/// Its inverse; `None` for anything that [`seal`] did not make with this key.
pub(super) fn unseal(key: &Secret<[u8; 32]>, sealed: &str) -> Option<String> {
    let sealed = from_base64(sealed.strip_prefix(SCHEME)?)?;
    let (body, trailer) = sealed.split_at_checked(sealed.len().checked_sub(TRAILER_BYTES)?)?;
    let (cipher_key, iv) = halves(key);
    let cipher = cbc::Decryptor::<Aes128>::new(cipher_key.expose().into(), (&iv).into());
    let text = cipher.decrypt_padded_vec::<Pkcs7>(body).ok()?;
    verify_mac(key.expose(), &[&text], trailer).then(|| String::from_utf8(text).ok())?
}

fn halves(key: &Secret<[u8; 32]>) -> (Secret<[u8; 16]>, [u8; 16]) {
    let (cipher_key, iv) = key.expose().split_first_chunk::<16>().expect("32 bytes");
    (Secret::new(*cipher_key), iv.try_into().expect("the other 16"))
}
