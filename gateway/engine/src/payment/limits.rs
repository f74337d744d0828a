//! Every bound of the payment operations, with its reason.

use std::ops::RangeInclusive;

/// Digits of a PAN in requests: what schemes issue.
pub const PAN_DIGITS: RangeInclusive<usize> = 12..=19;

/// Digits of a PAN where a standard has a rule for shorter ones (ISO 9564-1 format 4).
pub const PAN_DIGITS_ANY: RangeInclusive<usize> = 1..=19;

/// Digits of a PIN (ISO 9564-1); more than four are rare, none is longer.
pub const PIN_DIGITS: RangeInclusive<u8> = 4..=12;

/// Digits of what is computed and compared: offsets are as long as a PIN, validation data fills a
/// block of 16.
pub const DIGITS_MAX: usize = 16;

/// Digits of the data that an IBM 3624 PIN is computed from: fewer than four hardly name a card,
/// 16 fill the block.
pub const VALIDATION_DIGITS: RangeInclusive<usize> = 4..=16;

/// Digits of a card verification value: three on most cards, up to five where asked for.
pub const CARD_VALUE_DIGITS: RangeInclusive<usize> = 3..=5;

/// Plaintext of one record: what the public interface takes.
pub const PLAINTEXT_BYTES_MAX: usize = 2048;

/// Ciphertext of one record: what the public interface takes.
pub const CIPHERTEXT_BYTES_MAX: usize = 2112;

/// Message of one MAC or cryptogram: what the public interface takes.
pub const MAC_MESSAGE_BYTES_MAX: usize = 4096;

/// Associated data of one record: it names a key and a tenant.
pub const AAD_BYTES_MAX: usize = 1024;

/// Bytes of a MAC, at least: with fewer a forgery is a matter of minutes.
pub const MAC_BYTES_MIN: usize = 4;

/// Least data of a cryptogram under a card's own key, which has no session key: the elements that
/// EMV book 2 (8.1.1) recommends at the least. A MAC over one block is what gives session keys.
pub const CARD_KEY_DATA_BYTES_MIN: usize = 33;

/// Messages under one GCM key, after which it is retired (SP 800-38D section 8.3).
pub const GCM_MESSAGES_MAX: u64 = 1 << 32;

/// Nonces of one source: the counter has 40 bits.
pub const NONCES_MAX: u64 = 1 << 40;

/// Bytes of an HMAC key, at least: 128 bits of security. At most it is a block of its hash, above
/// which the hash of the key would be used in its place.
pub const HMAC_KEY_BYTES_MIN: usize = 16;

/// Components of a key: one custodian alone is none, more than nine nobody gathers.
pub const COMPONENTS: RangeInclusive<usize> = 2..=9;

/// Characters of a key block: its length has four digits.
pub const KEY_BLOCK_CHARS_MAX: usize = 9999;

/// Optional blocks of a key block: their number has two digits.
pub const OPTIONAL_BLOCKS_MAX: usize = 99;

/// Bytes of a key in a key block: its length in bits has two bytes.
pub const BLOCK_KEY_BYTES_MAX: usize = 8191;

/// Data of an issuer script command: the length byte of a command.
pub const SCRIPT_DATA_BYTES_MAX: usize = 255;

/// Static data of a track: the longest template is that of track 1.
pub const TRACK_TEMPLATE_BYTES_MAX: usize = 128;

/// Steps of one operation: cipher feedback of single bits over the longest record takes one for
/// each bit. The rest is the longest derivation of a key for each side, 32 ones of a counter and
/// a working key, and what follows it.
pub const STEPS_MAX: usize = CIPHERTEXT_BYTES_MAX * 8 + 128;

/// Devices whose initial keys one base key remembers on one core: with their places in the table
/// about half a MiB.
pub const DEVICES_MAX: usize = 4096;
