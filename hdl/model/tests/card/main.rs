//! The card, through raw descriptors.
#![allow(clippy::unwrap_used)]

mod descriptors;
mod driver;
mod keys;
#[cfg(feature = "cosim")]
mod lockstep;
mod modes;
mod programs;
mod random;
mod rings;

#[cfg(not(feature = "cosim"))]
#[test]
fn lockstep() {
    println!("SKIPPED: the RTL beside the behavioural card needs the feature `cosim`");
}
