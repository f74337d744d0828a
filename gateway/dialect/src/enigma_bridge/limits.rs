//! Bounds of this dialect alone, with their reasons.

/// Room kept for an answer, in bytes: a block of padded header, 120 random bytes (the most that
/// clients' own tests ask for) and the tag. Every other answer is as long as its request.
pub(super) const ANSWER_BYTES_MIN: usize = 160;

/// Longest object of `CreateUserObject`: the RSA block of a 4096-bit import key, the template of
/// an RSA-2048 key (909 bytes), its paddings, MAC and TLV heads are 1461 bytes; clients may pad
/// the object no further.
pub(super) const IMPORT_OBJECT_BYTES_MAX: usize = 2048;

/// Longest import key id: a 32-bit number in decimal.
pub(super) const IMPORT_KEY_CHARS_MAX: usize = 10;

/// Header fields of an answer. The map of a request has room for them: HTTP/1 servers reuse that of
/// an answer for the next request, so that it grows once, and elsewhere it goes with the answer.
pub(super) const HEADER_FIELDS: usize = 2;

/// Room in a header map beyond which it is not used again: 24 fields take 2.5 KiB.
pub(super) const HEADER_FIELDS_KEPT: usize = 24;
