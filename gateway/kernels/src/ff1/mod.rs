//! FF1 (NIST SP 800-38G): format-preserving encryption with ten rounds of AES.
//!
//! Two ways compute the same function. The general one takes any radix up to 65 536, one string
//! of numerals at a time; the lanes take radix 10 with 6 to 19 digits and a tweak that leaves one
//! block for each round, many strings side by side, each under its own key.
//!
//! Domains of fewer than a million values are refused, as revision 1 of the standard does. What
//! is done depends on radix, lengths and key size only; remainders are taken by multiplication,
//! since the division instructions take a time that depends on their operands. FF3 and FF3-1 are
//! not here: the revision removed them.
//!
//! ```
//! use typex_kernels::RoundKeys;
//! use typex_kernels::ff1::{self, CardJob, Opening, Shape};
//!
//! let keys = RoundKeys::boxed(&[7; 32])?;
//! let (mut numerals, tweak) = ([4, 1, 1, 1, 1, 1, 1, 1, 1], b"cards");
//! let mut digits = numerals.map(|numeral| numeral as u8);
//!
//! ff1::encrypt(&keys, &Shape::new(10, 9)?, tweak, &mut numerals)?;
//! let opening = Opening::new(&keys, 9, tweak.len())?;
//! ff1::encrypt_lanes(&mut [CardJob::new(&keys, &opening, tweak, &mut digits)?]);
//! assert_eq!(digits.map(u16::from), numerals);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod card;
mod general;
mod lanes;
mod number;
mod shape;

pub use card::{CardJob, Opening, decrypt_lanes, encrypt_lanes};
pub use general::{decrypt, encrypt};
pub(crate) use lanes::{LANES, Table};
pub use shape::Shape;

/// Rounds of the cipher.
pub(crate) const ROUNDS: u8 = 10;

/// A string of numerals or a tweak is not one that is enciphered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ff1Error {
    /// The radix is not 2 to 65 536.
    #[error("the radix is not 2 to 65536")]
    Radix,
    /// The string is too long, or has another length than was prepared for.
    #[error("the numeral string has a length that is not taken")]
    Length,
    /// There are fewer than a million strings of this radix and length.
    #[error("the domain has fewer than a million values")]
    DomainTooSmall,
    /// The tweak is too long, or has another length than was prepared for.
    #[error("the tweak has a length that is not taken")]
    TweakLength,
}

/// Bytes of the one block that goes in first (step 5): radix, rounds, half, length, tweak length.
pub(crate) fn first_block(radix: u32, length: usize, tweak_bytes: usize) -> crate::Block {
    let [_, high, middle, low] = radix.to_be_bytes();
    let half = (length / 2 % 256) as u8;
    let [n0, n1, n2, n3] = (length as u32).to_be_bytes();
    let [t0, t1, t2, t3] = (tweak_bytes as u32).to_be_bytes();
    [1, 2, 1, high, middle, low, ROUNDS, half, n0, n1, n2, n3, t0, t1, t2, t3]
}
