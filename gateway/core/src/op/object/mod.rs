//! Requests to objects whose layout is ours: from records to an operation, from its result to
//! records.
//!
//! The data of request and answer begins with the length of what follows, so that none is the
//! beginning of another: that is what a CBC-MAC over messages of many lengths needs.
// spec: enigma-bridge 2.2, 4.5

mod answer;
pub mod fuzzing;
mod request;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Said, Status};
pub use request::{Ask, SessionKey, WhichKey};

/// Bytes of the length in front.
pub const LENGTH_BYTES: usize = 2;

/// A message, a value, clear data.
const VALUE: u8 = 0xb0;
/// A MAC, a scrambled value.
const MAC: u8 = 0xb1;
/// An initialization vector.
const IV: u8 = 0xb2;
/// Enciphered data.
const CIPHERTEXT: u8 = 0xb3;
/// The serial number of a terminal's transaction.
const KSN: u8 = 0xb4;
/// Which key of it.
const WHICH: u8 = 0xb5;
/// A key block.
const KEY_BLOCK: u8 = 0xb6;
/// A card number.
const PAN: u8 = 0xb7;
/// A PIN block.
const PIN_BLOCK: u8 = 0xb8;
/// A token.
const TOKEN: u8 = 0xb9;
/// How long a token shall live.
const LIFE: u8 = 0xba;
/// Why a value is asked for.
const PURPOSE: u8 = 0xbb;
