//! Entry points for fuzzing: arbitrary bytes through every parser of this module.

use super::account::{Account, ContextEntry, Tally};
use super::context::Context;
use super::keys::ContextKeys;
use super::request::Message;
use crate::codec::Record;
use crate::key::Usage;
use crate::secret::Secret;

const USAGES: [Usage; 4] =
    [Usage::UserContextNew, Usage::UserHotp, Usage::UserPassword, Usage::UserContextUpdate];

/// Reads `data` as request, context and stored record.
///
/// # Panics
/// If a parser accepts what it would not write again.
pub fn parse(data: &[u8]) {
    let keys = ContextKeys::derive(&Secret::new([7; 32]));
    for usage in USAGES {
        if let Ok(message) = Message::parse(usage, data) {
            let attempt = message.attempt(&keys, Some(data));
            drop(attempt);
        }
    }
    if let Ok(context) = Context::parse(data) {
        let written = context.write();
        let read = Context::parse(written.expose()).map(|context| context.write());
        assert!(read.is_ok_and(|read| bool::from(read.ct_eq(written.expose()))));
    }
    canonical::<Account>(data);
    canonical::<ContextEntry>(data);
    canonical::<Tally>(data);
}

fn canonical<T: Record>(data: &[u8]) {
    if let Ok(record) = T::from_bytes(data) {
        assert!(bool::from(record.to_bytes().ct_eq(data)));
    }
}
