//! The card, through raw descriptors.

mod driver;
mod keys;
mod modes;
