//! Whether a request was signed with a secret: AWS Signature Version 4.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::audit::civil;
use crate::error::Unauthenticated;
use crate::limits::SIGNATURE_SKEW_MS;
use crate::principal::Signed;
use crate::secret::Secret;
use crate::time::UnixMs;

/// The service that signatures are for.
// spec: payments 12.1
pub const SERVICE: &str = "payment-cryptography";
/// Characters of a secret: 240 bits in base64.
const SECRET_CHARS: usize = 40;
const DAY_MS: u64 = 86_400_000;

/// The secret of an access key: 40 characters.
#[derive(Clone)]
pub struct AccessSecret(pub(super) Secret<[u8; SECRET_CHARS]>);

impl AccessSecret {
    /// A secret of 30 random bytes.
    pub fn of_random(random: &Secret<[u8; 30]>) -> Self {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        let mut text = Secret::new([0; SECRET_CHARS]);
        let written = STANDARD.encode_slice(random.expose(), text.expose_mut());
        assert_eq!(written, Ok(SECRET_CHARS), "30 bytes are 40 characters");
        Self(text)
    }

    /// A secret as it is written; `None` unless it has 40 printable characters.
    pub fn parse(text: &str) -> Option<Self> {
        let text: [u8; SECRET_CHARS] = text.as_bytes().try_into().ok()?;
        text.iter().all(u8::is_ascii_graphic).then(|| Self(Secret::new(text)))
    }

    /// Its characters, to be told once.
    pub fn expose(&self) -> &[u8; SECRET_CHARS] {
        self.0.expose()
    }
}

/// Whether `signed` was signed with `secret`, not further than five minutes from `now`, for this
/// service, on the day that its scope names.
///
/// Without a secret, where no access key of the name works, the same is computed with another one
/// and the answer is no: time tells nobody which access keys there are.
///
/// A request may be repeated within the five minutes: what keeps others from repeating it is TLS.
///
/// # Errors
/// [`Unauthenticated::SignatureTime`] too early or too late, whoever signed; else
/// [`Unauthenticated::Signature`].
// spec: payments 12.1
pub fn check_signature(
    signed: &Signed,
    secret: Option<&AccessSecret>,
    now: UnixMs,
) -> Result<(), Unauthenticated> {
    let nobody = AccessSecret(Secret::new([b'.'; SECRET_CHARS]));
    let expected = signature(secret.unwrap_or(&nobody), signed);
    let matches = bool::from(expected.ct_eq(&signed.signature));
    if now.0.abs_diff(signed.at.0) > SIGNATURE_SKEW_MS {
        return Err(Unauthenticated::SignatureTime);
    }
    let [day, _, service] = &signed.scope;
    let in_scope = *day == date(signed.at) && service == SERVICE;
    let holds = matches & in_scope & secret.is_some();
    holds.then_some(()).ok_or(Unauthenticated::Signature)
}

fn signature(secret: &AccessSecret, signed: &Signed) -> [u8; 32] {
    let mut first = Secret::new([0; 4 + SECRET_CHARS]);
    let (prefix, rest) = first.expose_mut().split_at_mut(4);
    prefix.copy_from_slice(b"AWS4");
    rest.copy_from_slice(secret.expose());
    let [day, region, service] = &signed.scope;
    let day = mac(first.expose(), day.as_bytes());
    let region = mac(day.expose(), region.as_bytes());
    let service = mac(region.expose(), service.as_bytes());
    let key = mac(service.expose(), b"aws4_request");
    *mac(key.expose(), &signed.to_sign).expose()
}

fn mac(key: &[u8], data: &[u8]) -> Secret<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(data);
    Secret::new(mac.finalize().into_bytes().into())
}

/// `20260115`
fn date(time: UnixMs) -> String {
    let (year, month, day) = civil(time.0 / DAY_MS);
    format!("{year:04}{month:02}{day:02}")
}
