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

    /// The signature of `to_sign` in a scope of day, region and service.
    pub fn sign(&self, scope: &[String; 3], to_sign: &[u8]) -> [u8; 32] {
        self.signing_key(scope).sign(to_sign)
    }

    /// The key of all signatures in a scope.
    fn signing_key(&self, scope: &[String; 3]) -> SigningKey {
        let mut first = Secret::new([0; 4 + SECRET_CHARS]);
        let (prefix, rest) = first.expose_mut().split_at_mut(4);
        prefix.copy_from_slice(b"AWS4");
        rest.copy_from_slice(self.expose());
        let [day, region, service] = scope;
        let day = mac(first.expose(), day.as_bytes());
        let region = mac(day.expose(), region.as_bytes());
        let service = mac(region.expose(), service.as_bytes());
        SigningKey { scope: scope.clone(), key: mac(service.expose(), b"aws4_request") }
    }

    /// Its characters, to be told once.
    pub fn expose(&self) -> &[u8; SECRET_CHARS] {
        self.0.expose()
    }
}

/// The key that an access key's secret signs with in a scope: four MACs that a server need not
/// compute for each request.
pub struct SigningKey {
    scope: [String; 3],
    key: Secret<[u8; 32]>,
}

impl SigningKey {
    fn sign(&self, to_sign: &[u8]) -> [u8; 32] {
        *mac(self.key.expose(), to_sign).expose()
    }

    fn signed(&self, signed: &Signed) -> bool {
        bool::from(self.sign(&signed.to_sign).ct_eq(&signed.signature))
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
/// `known` is a key of the secret that an earlier call gave; one that had to be derived is given. A
/// refusal costs both, with or without one.
///
/// # Errors
/// [`Unauthenticated::SignatureTime`] too early or too late, whoever signed; else
/// [`Unauthenticated::Signature`].
// spec: payments 12.1
pub fn check_signature(
    signed: &Signed,
    secret: Option<&AccessSecret>,
    known: Option<&SigningKey>,
    now: UnixMs,
) -> Result<Option<SigningKey>, Unauthenticated> {
    let nobody = AccessSecret(Secret::new([b'.'; SECRET_CHARS]));
    let none = SigningKey { scope: Default::default(), key: Secret::new([0; 32]) };
    let known = known.filter(|known| known.scope == signed.scope);
    let is_known = known.unwrap_or(&none).signed(signed) & known.is_some();
    let derived = (!is_known).then(|| secret.unwrap_or(&nobody).signing_key(&signed.scope));
    let matches = derived.as_ref().map_or(is_known, |derived| derived.signed(signed));
    if now.0.abs_diff(signed.at.0) > SIGNATURE_SKEW_MS {
        return Err(Unauthenticated::SignatureTime);
    }
    let [day, _, service] = &signed.scope;
    let in_scope = stamp(signed.at).starts_with(&format!("{day}T")) && service == SERVICE;
    let holds = matches & in_scope & secret.is_some();
    holds.then_some(derived).ok_or(Unauthenticated::Signature)
}

/// Whether `proof` is HMAC-SHA-256 of `text` with `secret`.
///
/// Without a secret the same is computed with another one and the answer is no.
///
/// # Errors
/// [`Unauthenticated::Signature`].
// spec: stream 4
pub fn check_possession(
    text: &[u8],
    proof: &[u8; 32],
    secret: Option<&AccessSecret>,
) -> Result<(), Unauthenticated> {
    let nobody = AccessSecret(Secret::new([b'.'; SECRET_CHARS]));
    let expected = mac(secret.unwrap_or(&nobody).expose(), text);
    let holds = bool::from(expected.expose().ct_eq(proof)) & secret.is_some();
    holds.then_some(()).ok_or(Unauthenticated::Signature)
}

fn mac(key: &[u8], data: &[u8]) -> Secret<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(data);
    Secret::new(mac.finalize().into_bytes().into())
}

/// A time as signatures have it: `20260115T120000Z`.
pub fn stamp(time: UnixMs) -> String {
    let (year, month, day) = civil(time.0 / DAY_MS);
    let second = time.0 % DAY_MS / 1000;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}
