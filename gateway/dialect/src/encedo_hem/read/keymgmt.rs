//! Management of keys.
// spec: encedo-hem 5

use typex_core::error::InvalidData;
use typex_core::key::Algorithm;
use typex_core::limits::{DESCRIPTION_BYTES_MAX, LABEL_CHARS_MAX, PAGE_KEYS_MAX};
use typex_core::op::crypto::Party;
use typex_core::op::instance::{Call, Parsed};
use typex_core::op::manage::{Attributes, Manage, ManageKind, Needle, NewKey, Page};
use typex_core::{ErrorKind, id::KeyId};

use super::body::{MEMBER, VALUE, base64};
use super::{Body, Input, logger};
use crate::encedo_hem::names;

/// Makes a key.
pub(in crate::encedo_hem) fn create(input: &Input<'_>) -> Call {
    let create = |body: &Body<'_>| {
        let attributes = attributes(body)?;
        Ok(Manage::Create(new_key(body, known_type(body)?, attributes)?))
    };
    Call::Manage(ManageKind::Create, input.body(create))
}

/// Brings in a public key. Its type is looked at last: what is not offered is refused, not
/// malformed.
// spec: encedo-hem 5.5
pub(in crate::encedo_hem) fn import(input: &Input<'_>) -> Call {
    let import = |body: &Body<'_>| {
        let attributes = attributes(body)?;
        let public = body.required_bytes("pubkey")?;
        let name = body.text("type")?.ok_or(MEMBER)?;
        let algorithm = Algorithm::from_name(&name).filter(|one| one.is_pair());
        let algorithm = algorithm.ok_or(ErrorKind::Unsupported)?;
        Ok(Manage::Import { new: new_key(body, algorithm, attributes)?, public })
    };
    Call::Manage(ManageKind::Import, input.body(import))
}

/// Makes a key out of an agreed secret.
// spec: encedo-hem 5.4, 5.5
pub(in crate::encedo_hem) fn derive(input: &Input<'_>) -> Call {
    let derive = |body: &Body<'_>| {
        let from = body.required_key("kid")?;
        // What is wrong with a description is dropped here, and here alone.
        let description = description(body).unwrap_or_default();
        let attributes = Attributes { label: label(body)?, description };
        let algorithm = known_type(body)?;
        let peer = party(body)?.ok_or(MEMBER)?;
        let new = new_key(body, algorithm, attributes)?;
        if matches!(algorithm, Algorithm::MlKem(_) | Algorithm::MlDsa(_) | Algorithm::Rsa(_)) {
            return Err(ErrorKind::Unsupported);
        }
        let info = format!("encedo-{}", algorithm.name()).into_bytes();
        Ok(Manage::Derive { new, from, peer, info })
    };
    Call::Manage(ManageKind::Derive, input.body(derive))
}

/// Lists keys.
pub(in crate::encedo_hem) fn list(input: &Input<'_>) -> Call {
    let page = || {
        let argument = |at: usize| input.arguments.get(at).map(|digits| logger::count(digits));
        let offset = argument(0).transpose()?.unwrap_or_default();
        let count = argument(1).transpose()?.unwrap_or(PAGE_KEYS_MAX);
        Ok(Manage::List(Page { offset, count: count.min(PAGE_KEYS_MAX) }))
    };
    Call::Manage(ManageKind::List, page())
}

/// Finds keys by their descriptions.
pub(in crate::encedo_hem) fn search(input: &Input<'_>) -> Call {
    let search = |body: &Body<'_>| {
        let needle = needle(&body.text("descr")?.ok_or(MEMBER)?)?;
        let number = |name| -> Parsed<Option<usize>> {
            let number = body.number(name)?;
            Ok(number.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
        };
        let offset = number("offset")?.unwrap_or_default();
        let count = number("limit")?.unwrap_or(PAGE_KEYS_MAX).min(PAGE_KEYS_MAX);
        Ok(Manage::Search { needle, page: Page { offset, count } })
    };
    Call::Manage(ManageKind::Search, input.body(search))
}

/// Shows a key.
pub(in crate::encedo_hem) fn show(input: &Input<'_>) -> Call {
    Call::Manage(ManageKind::Get, key(input).map(Manage::Get))
}

/// Changes label and description; a description that is not sent is taken away.
pub(in crate::encedo_hem) fn update(input: &Input<'_>) -> Call {
    let update = |body: &Body<'_>| {
        let key = body.required_key("kid")?;
        Ok(Manage::Update { key, attributes: attributes(body)? })
    };
    Call::Manage(ManageKind::Update, input.body(update))
}

/// Removes a key.
pub(in crate::encedo_hem) fn delete(input: &Input<'_>) -> Call {
    Call::Manage(ManageKind::Delete, key(input).map(Manage::Delete))
}

/// The other party; a stored one comes before one that was sent.
pub(super) fn party(body: &Body<'_>) -> Parsed<Option<Party>> {
    if let Some(key) = body.key("ext_kid")? {
        return Ok(Some(Party::Stored(key)));
    }
    Ok(body.bytes("pubkey")?.map(Party::Public))
}

fn key(input: &Input<'_>) -> Parsed<KeyId> {
    input.argument(0).parse().map_err(|_| VALUE)
}

fn attributes(body: &Body<'_>) -> Parsed<Attributes> {
    Ok(Attributes { label: label(body)?, description: description(body)? })
}

// spec: encedo-hem 5.4
fn label(body: &Body<'_>) -> Parsed<String> {
    let label = body.required_text("label")?;
    let printable = label.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    let permitted = printable && (1..=LABEL_CHARS_MAX).contains(&label.len());
    if permitted { Ok(label) } else { Err(VALUE) }
}

fn description(body: &Body<'_>) -> Parsed<Vec<u8>> {
    let description = body.bytes("descr")?.unwrap_or_default();
    if description.len() <= DESCRIPTION_BYTES_MAX { Ok(description) } else { Err(VALUE) }
}

fn known_type(body: &Body<'_>) -> Parsed<Algorithm> {
    Algorithm::from_name(&body.text("type")?.ok_or(MEMBER)?).ok_or(VALUE)
}

/// Only the curves of ECDSA and RSA have a choice of what the key may do; what others send is not
/// read.
// spec: encedo-hem 5.1
fn new_key(body: &Body<'_>, algorithm: Algorithm, attributes: Attributes) -> Parsed<NewKey> {
    let has_choice = algorithm.is_ecdsa() || matches!(algorithm, Algorithm::Rsa(_));
    let mode = if has_choice { body.text("mode")? } else { None };
    let wanted = mode.map(|mode| names::purposes(&mode).ok_or(VALUE)).transpose()?;
    if wanted.is_some() && algorithm.purposes(wanted) != wanted {
        return Err(VALUE);
    }
    Ok(NewKey { algorithm, purposes: algorithm.purposes(wanted), attributes })
}

/// `^` in front anchors the needle at the start, `$` behind it at the end.
// spec: encedo-hem 5.5
fn needle(text: &str) -> Parsed<Needle> {
    let (text, at_start) = match text.strip_prefix('^') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (text, at_end) = match text.strip_suffix('$') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let bytes = base64(text)?;
    if bytes.len() > DESCRIPTION_BYTES_MAX {
        return Err(ErrorKind::InvalidData(InvalidData::TooLong));
    }
    Ok(Needle { bytes, at_start, at_end })
}
