//! What stands in front of the clusters: rings, registers, reads and writes, keys.

pub(crate) mod admit;
pub(crate) mod bus;
pub(crate) mod completion;
pub(crate) mod completion_write;
pub(crate) mod counters;
pub(crate) mod decode;
pub(crate) mod dispatch;
pub(crate) mod errors;
pub(crate) mod fetch;
pub(crate) mod key_unit;
pub(crate) mod lengths;
pub(crate) mod moderation;
pub(crate) mod msix;
pub(crate) mod reads;
pub(crate) mod registers;
pub(crate) mod reset;
pub(crate) mod rights;
pub(crate) mod ring;
pub(crate) mod selftest;
pub(crate) mod tags;
pub(crate) mod writes;
