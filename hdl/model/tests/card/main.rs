//! The card, through raw descriptors.
#![allow(clippy::unwrap_used)]

mod descriptors;
mod driver;
mod keys;
mod modes;
mod programs;
mod rings;
