//! Bounds of this dialect alone, with their reasons.

/// Longest JSON body: what the devices take, to the byte.
// spec: encedo-hem 1.2
pub(super) const JSON_BYTES_MAX: usize = 7300;

/// Longest message of an operation.
// spec: encedo-hem 6
pub(crate) const MESSAGE_BYTES_MAX: usize = 2048;

/// Longest ciphertext: the longest message with a whole block of padding.
pub(super) const CIPHERTEXT_BYTES_MAX: usize = MESSAGE_BYTES_MAX + 16;

/// Longest wrapped data: the longest message with the block that RFC 3394 adds.
pub(super) const WRAPPED_BYTES_MAX: usize = MESSAGE_BYTES_MAX + 8;

/// Longest data that GCM authenticates beside the message: clients' own tests send 32 bytes.
pub(super) const AAD_BYTES_MAX: usize = 256;

/// Longest context of a signature, as RFC 8032 and FIPS 204 have it.
pub(crate) const SIGNATURE_CONTEXT_BYTES_MAX: usize = 255;

/// Longest context in the derivation of a cipher key.
pub(super) const CIPHER_CONTEXT_BYTES_MAX: usize = 64;

/// Highest protection against slow requests: half seconds.
pub(super) const DOSPROT_MODE_MAX: u64 = 4;
