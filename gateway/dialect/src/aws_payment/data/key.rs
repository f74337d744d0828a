//! Keys of requests: stored, or in a key block that comes along.
// spec: aws-payment 5.1

use typex_core::op::payment::{Dukpt, NamedKey, Part, Source};

use crate::aws_payment::input::Input;
use crate::aws_payment::refusal::Parsed;

/// The stored key of a member.
pub(super) fn stored(input: &Input<'_>, name: &'static str, part: Part) -> Parsed<NamedKey> {
    Ok(NamedKey { part, source: Source::Stored(input.key(name)?), dukpt: None })
}

/// The key of a member, or the one that it protects.
pub(super) fn wrapped(
    input: &Input<'_>,
    name: &'static str,
    block: &'static str,
    part: Part,
) -> Parsed<NamedKey> {
    let key = stored(input, name, part)?;
    let Some(block) = input.object(block) else { return Ok(key) };
    let text = block.required("WrappedKeyMaterial")?.required_chars("Tr31KeyBlock")?;
    Ok(NamedKey { source: Source::Block { text, under: input.key(name)? }, ..key })
}

/// The same key in a transaction.
pub(super) fn of_transaction(key: NamedKey, dukpt: Option<Dukpt>) -> NamedKey {
    NamedKey { dukpt, ..key }
}
