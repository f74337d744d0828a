//! What an access key may do: which operations, with which keys.

use std::collections::BTreeSet;

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::error::ErrorKind;
use crate::id::KeyId;
use crate::limits::{ACCESS_KEYS_ALLOWED_MAX, ACCESS_NAMES_MAX};
use crate::op::Action;

/// What an access key may do. The default forbids nothing that its partition may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessRules {
    operations: Option<BTreeSet<String>>,
    keys: Option<BTreeSet<KeyId>>,
}

/// A name that stands for no payment operation, or more names or keys than a rule has room for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownName {
    /// No operation.
    #[error("{0} is no payment operation and begins the name of none")]
    Operation(String),
    /// Too many.
    #[error("at most {ACCESS_NAMES_MAX} names of operations and {ACCESS_KEYS_ALLOWED_MAX} keys")]
    TooMany,
}

impl AccessRules {
    /// Only these operations and keys; `None` allows all. A name allows the operation of that name
    /// in the audit log, and all whose names go on behind an underscore: `verify_pin` allows
    /// `verify_pin_3624` and `verify_pin_visa`.
    ///
    /// # Errors
    /// [`UnknownName`] for a name that allows nothing, or for too many.
    pub fn new(
        operations: Option<BTreeSet<String>>,
        keys: Option<BTreeSet<KeyId>>,
    ) -> Result<Self, UnknownName> {
        let count = |names: &BTreeSet<String>| names.len() > ACCESS_NAMES_MAX;
        let full = keys.as_ref().is_some_and(|keys| keys.len() > ACCESS_KEYS_ALLOWED_MAX);
        if full || operations.as_ref().is_some_and(count) {
            return Err(UnknownName::TooMany);
        }
        for name in operations.iter().flatten() {
            if !Action::all().any(|action| action.is_payment() && allows(name, action.name())) {
                return Err(UnknownName::Operation(name.clone()));
            }
        }
        Ok(Self { operations, keys })
    }

    /// Every name that allows something: of operations, and what these begin with up to an
    /// underscore.
    pub fn names() -> BTreeSet<&'static str> {
        let of_payments = Action::all().filter(|action| action.is_payment()).map(Action::name);
        let begins = |name: &'static str| name.match_indices('_').map(|(end, _)| &name[..end]);
        of_payments.flat_map(|name| begins(name).chain([name])).collect()
    }

    /// The names of what is allowed; `None` for all.
    pub fn operations(&self) -> Option<&BTreeSet<String>> {
        self.operations.as_ref()
    }

    /// The keys that may be used; `None` for all.
    pub fn keys(&self) -> Option<&BTreeSet<KeyId>> {
        self.keys.as_ref()
    }

    /// Whether `action` is allowed, with whichever keys.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] if not. An access key serves payments, so anything else is
    /// forbidden to all of them.
    pub fn check(&self, action: Action) -> Result<(), ErrorKind> {
        let named = |names: &BTreeSet<String>| names.iter().any(|name| allows(name, action.name()));
        let is_allowed = action.is_payment() && self.operations.as_ref().is_none_or(named);
        is_allowed.then_some(()).ok_or(ErrorKind::Forbidden)
    }

    /// Whether each of these keys may be used.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] if one may not.
    pub fn check_keys(&self, keys: impl IntoIterator<Item = KeyId>) -> Result<(), ErrorKind> {
        let Some(allowed) = &self.keys else { return Ok(()) };
        let is_allowed = keys.into_iter().all(|key| allowed.contains(&key));
        is_allowed.then_some(()).ok_or(ErrorKind::Forbidden)
    }

    /// Whether they name the keys that may be used.
    pub fn names_keys(&self) -> bool {
        self.keys.is_some()
    }
}

fn allows(name: &str, action: &str) -> bool {
    action.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

impl Record for AccessRules {
    fn encode(&self, out: &mut Encoder) {
        let operations = self.operations.as_ref().map(Vec::from_iter);
        let keys = self.keys.as_ref().map(Vec::from_iter);
        out.option(operations, |out, names| out.list(&names, |out, name| out.text(name)));
        out.option(keys, |out, keys| out.list(&keys, |out, key| out.raw(&key.0)));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let names = input.option(|input| input.list(Decoder::text))?;
        let keys = input.option(|input| input.list(|input| input.array().map(KeyId)))?;
        let sorted = names.as_ref().is_none_or(|all| all.is_sorted_by(|a, b| a < b))
            && keys.as_ref().is_none_or(|all| all.is_sorted_by(|a, b| a < b));
        let rules = Self {
            operations: names.map(BTreeSet::from_iter),
            keys: keys.map(BTreeSet::from_iter),
        };
        sorted.then_some(rules).ok_or(Corrupt)
    }
}
