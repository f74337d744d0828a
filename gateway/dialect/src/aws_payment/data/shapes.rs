//! Shapes that several operations share.
// spec: aws-payment 3

use super::super::shape::{Alphabet, Choices, Member, Shape, Text};

/// Why members of the Australian standard are refused.
pub(super) const AS2805: &str = "is not served: the algorithms of AS 2805 are not public";
/// Why keys of these networks' sessions are refused.
pub(super) const AMEX_SESSION: &str =
    "is not served: how the network derives session keys of scripts is not public";
pub(super) const UNION_PAY: &str =
    "is not served: how the network derives session keys is not public";
/// Why agreed keys are refused.
pub(super) const AGREED: &str = "is not served: keys are not agreed upon within a request";

/// Why a member is refused that has no reason of its own.
pub(super) const NOT_SERVED: &str = "is not served";

pub(super) const KEY: Shape = Shape::Key;
pub(super) const PAN: Shape = Shape::digits(12, 19);
pub(super) const TWO_DIGITS: Shape = Shape::digits(2, 2);
pub(super) const EXPIRY: Shape = Shape::digits(4, 4);
pub(super) const SERVICE_CODE: Shape = Shape::digits(3, 3);
pub(super) const KSN: Shape = Shape::hex_of(&[16, 20, 24]);
pub(super) const IV: Shape = Shape::hex_of(&[16, 32]);
pub(super) const CIPHER_TEXT: Shape = Shape::bytes(2, 4224);
pub(super) const PLAIN_TEXT: Shape = Shape::bytes(2, 4096);
pub(super) const PIN_BLOCK: Shape = Shape::bytes(16, 32);
pub(super) const HEX_4: Shape = Shape::hex(4, 4);
pub(super) const HEX_8: Shape = Shape::hex(8, 8);
pub(super) const HEX_16: Shape = Shape::hex(16, 16);
pub(super) const HEX_2_TO_4: Shape = Shape::hex(2, 4);
pub(super) const HEX_2_TO_8: Shape = Shape::hex(2, 8);
pub(super) const TEXT: Shape = Shape::Answer;

/// How most answers tell the key.
pub(super) const TOLD_KEY: [Member; 2] =
    [Member::new("KeyArn", &TEXT), Member::new("KeyCheckValue", &TEXT)];

pub(super) const DUKPT_TYPE: Shape =
    Shape::choice(&["TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256"]);
pub(super) const DUKPT_VARIANT: Shape = Shape::choice(&["BIDIRECTIONAL", "REQUEST", "RESPONSE"]);
pub(super) const MAJOR_KEY: Shape = Shape::choice(&["EMV_OPTION_A", "EMV_OPTION_B"]);
pub(super) const CHECK_VALUE: Shape = Shape::choice(&["CMAC", "ANSI_X9_24", "HMAC", "SHA_1"]);
pub(super) const KEY_ALGORITHM: Shape = Shape::choice(&[
    "TDES_2KEY",
    "TDES_3KEY",
    "AES_128",
    "AES_192",
    "AES_256",
    "HMAC_SHA256",
    "HMAC_SHA384",
    "HMAC_SHA512",
    "HMAC_SHA224",
]);

const CERTIFICATE: Shape = Shape::text(1, 32768, Alphabet::Any);
const SHARED: Shape = Shape::bytes(2, 2048);
const FUNCTION: Shape = Shape::choice(&["NIST_SP800", "ANSI_X963"]);
const HASH: Shape = Shape::choice(&["SHA_256", "SHA_384", "SHA_512"]);
/// A key block in base 16 and letters.
pub(super) const KEY_BLOCK: Shape = Shape::text(56, 9984, Alphabet::Alphanumeric);

const AGREED_KEY: Shape = Shape::Structure(&[
    Member::new("CertificateAuthorityPublicKeyIdentifier", &KEY),
    Member::new("PublicKeyCertificate", &CERTIFICATE),
    Member::new("KeyAlgorithm", &KEY_ALGORITHM),
    Member::new("KeyDerivationFunction", &FUNCTION),
    Member::new("KeyDerivationHashAlgorithm", &HASH),
    Member::new("SharedInformation", &SHARED),
]);

/// A key that comes with the request.
pub(super) const WRAPPED: Shape = Shape::Structure(&[
    Member::new("WrappedKeyMaterial", &MATERIAL),
    Member::optional("KeyCheckValueAlgorithm", &CHECK_VALUE),
]);
const MATERIAL: Shape = Shape::Union(&[
    Member::optional("Tr31KeyBlock", &KEY_BLOCK),
    Member::refused("DiffieHellmanSymmetricKey", &AGREED_KEY, AGREED),
]);

/// What a key agreed upon within a request is made from.
pub(super) const AGREED_BLOCK: Shape = Shape::Structure(&[
    Member::new("PrivateKeyIdentifier", &KEY),
    Member::new("CertificateAuthorityPublicKeyIdentifier", &KEY),
    Member::new("PublicKeyCertificate", &CERTIFICATE),
    Member::new("DeriveKeyAlgorithm", &KEY_ALGORITHM),
    Member::new("KeyDerivationFunction", &FUNCTION),
    Member::new("KeyDerivationHashAlgorithm", &HASH),
    Member::new("DerivationData", &Shape::Union(&[Member::optional("SharedInformation", &SHARED)])),
    Member::new("WrappedKeyBlock", &KEY_BLOCK),
]);

/// A mode of a block cipher; the last two are ours.
pub(super) const MODE: Shape = Shape::Choice(Choices {
    words: &["ECB", "CBC", "CFB", "CFB1", "CFB8", "CFB64", "CFB128", "OFB"],
    refused: &[],
    ours: &["CTR", "GCM"],
});
/// The same under a working key.
pub(super) const DUKPT_MODE: Shape =
    Shape::Choice(Choices { words: &["ECB", "CBC"], refused: &[], ours: &["CTR", "GCM"] });
/// The same under a session key of a chip.
pub(super) const EMV_MODE: Shape = Shape::choice(&["ECB", "CBC"]);

const NONCE: Shape = Shape::hex_of(&[24]);
const TAG: Shape = Shape::hex_of(&[32]);
/// Up to 256 bytes.
const ADDITIONAL_DATA: Shape =
    Shape::Text(Text { min: 0, max: 512, alphabet: Alphabet::Bytes, lengths: &[] });

const ASYMMETRIC_PADDING: Shape =
    Shape::choice(&["PKCS1", "OAEP_SHA1", "OAEP_SHA256", "OAEP_SHA512"]);

/// How data is enciphered under a key of its own.
pub(super) const SYMMETRIC: Shape = Shape::Structure(&[
    Member::new("Mode", &MODE),
    Member::optional("InitializationVector", &IV),
    Member::optional("PaddingType", &ASYMMETRIC_PADDING),
    Member::ours("AdditionalData", &ADDITIONAL_DATA),
    Member::ours("Nonce", &NONCE),
    Member::ours("Tag", &TAG),
]);
/// The same under a working key.
pub(super) const DUKPT: Shape = Shape::Structure(&[
    Member::new("KeySerialNumber", &KSN),
    Member::optional("Mode", &DUKPT_MODE),
    Member::optional("DukptKeyDerivationType", &DUKPT_TYPE),
    Member::optional("DukptKeyVariant", &DUKPT_VARIANT),
    Member::optional("InitializationVector", &IV),
    Member::ours("AdditionalData", &ADDITIONAL_DATA),
    Member::ours("Nonce", &NONCE),
    Member::ours("Tag", &TAG),
]);
/// The same under an RSA key.
pub(super) const ASYMMETRIC: Shape =
    Shape::Structure(&[Member::optional("PaddingType", &ASYMMETRIC_PADDING)]);
/// The same under a session key of a chip.
pub(super) const EMV: Shape = Shape::Structure(&[
    Member::new("MajorKeyDerivationMode", &MAJOR_KEY),
    Member::new("PrimaryAccountNumber", &PAN),
    Member::new("PanSequenceNumber", &TWO_DIGITS),
    Member::new("SessionDerivationData", &HEX_16),
    Member::optional("Mode", &EMV_MODE),
    Member::optional("InitializationVector", &IV),
]);
