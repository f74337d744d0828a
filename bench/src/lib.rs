//! Figures of the card in virtual time.
#![forbid(unsafe_code)]
