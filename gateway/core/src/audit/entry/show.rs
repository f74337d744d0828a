//! Entries for a person to read.

use std::fmt;

use super::{Entry, Logged, Phase, Template, Verb, proof_name, result_name};
use crate::audit::text;

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(action) => f.write_str(action.name()),
            Self::Unknown => f.write_str("unknown"),
            Self::Operator(verb) => write!(f, "operator.{}", verb.name()),
        }
    }
}

/// One line for a person, without the sequence of the hash chain.
impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { time, principal, peer, verb, key, path, phase, detail } = &self.entry;
        let mut stamp = Vec::with_capacity(24);
        text::time(&mut stamp, *time);
        write!(f, "{:>8} {} {verb}", self.seq, String::from_utf8_lossy(&stamp))?;
        match phase {
            Phase::Intent => write!(f, " intent")?,
            Phase::Outcome { intent, result } => {
                write!(f, " {} of {intent}", result_name(*result))?
            }
            Phase::Single { result } => write!(f, " {}", result_name(*result))?,
        }
        write!(f, " partition={} proof={}", principal.partition, proof_name(principal.proof))?;
        optional(f, "client", principal.client)?;
        optional(f, "api_key", principal.api_key)?;
        optional(f, "peer", *peer)?;
        if let Some((key, version)) = key {
            write!(f, " key={key}/{version}")?;
        }
        optional(f, "path", path.as_ref().map(Template::as_str))?;
        write!(f, "{detail}")
    }
}

pub(super) fn optional(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    value: Option<impl fmt::Display>,
) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, " {name}={value}"))
}
