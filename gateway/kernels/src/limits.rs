//! The bounds of this crate, each with its reason.

/// Numerals of a string for FF1: five times what card numbers, names and account numbers have; the
/// time grows with the square.
pub const FF1_NUMERALS_MAX: usize = 256;

/// Bytes of a tweak for FF1: a hash and more; longer ones are hashed by who has them.
pub const FF1_TWEAK_BYTES_MAX: usize = 256;

/// Values that a domain of FF1 has at least (SP 800-38G revision 1): with fewer, known pairs give
/// the others away.
pub const FF1_DOMAIN_MIN: u64 = 1_000_000;

/// Bits of the smallest RSA modulus: the dialects still carry 1024-bit keys.
pub const RSA_MODULUS_BITS_MIN: u32 = 1024;

/// Bits of the largest RSA modulus: a private operation beyond it takes over 1.5 ms.
pub const RSA_MODULUS_BITS_MAX: u32 = 4096;

/// A modulus is a multiple of this many bits, as every generator in use makes it; then both
/// primes are whole words.
pub const RSA_MODULUS_BITS_STEP: u32 = 128;

/// Bytes of the largest RSA modulus.
pub const RSA_MODULUS_BYTES_MAX: usize = RSA_MODULUS_BITS_MAX as usize / 8;

/// Bits of the largest public exponent, so that a public operation stays cheap. The library
/// refuses larger ones for the same reason.
pub const RSA_EXPONENT_BITS_MAX: u32 = 33;

/// Bytes of the longest encoded private key: a 4096-bit key in PKCS#8 has about 2400.
pub const RSA_DER_BYTES_MAX: usize = 4096;

/// Bytes of a message for GCM (SP 800-38D, 5.2.1.1): more would use a counter twice.
pub const GCM_DATA_BYTES_MAX: usize = (1 << 36) - 32;

/// Bytes of associated data for GCM: their number of bits has 64 bits.
pub const GCM_AAD_BYTES_MAX: usize = (1 << 61) - 1;
