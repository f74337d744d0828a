//! Payment operations and payment keys.

pub(crate) mod keys;

pub(crate) use keys::Aliases;
