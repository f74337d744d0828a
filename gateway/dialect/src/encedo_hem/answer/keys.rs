//! Keys and lists of them.
// spec: encedo-hem 5.2, 5.5

use typex_core::key::Algorithm;
use typex_core::op::manage::{KeyView, Managed};

use super::Content;
use crate::encedo_hem::names;
use crate::json::{Object, Value};

/// The content of an answer about keys.
pub(super) fn content(managed: &Managed) -> Content<'_> {
    Content::Json(match managed {
        Managed::Done => return Content::Nothing,
        Managed::Made(key) => Object::default().with("kid", key.to_string()),
        Managed::Listed { total, offset, keys } => list(*total, *offset, keys),
        Managed::Shown(key) => shown(key),
    })
}

/// Keys that were removed are gone, so none is ever counted.
fn list(total: usize, offset: usize, keys: &[KeyView]) -> Object<'_> {
    Object::default()
        .with("offset", offset)
        .with("deleted", 0_u64)
        .with("total", total)
        .with("listed", keys.len())
        .with("list", Value::List(keys.iter().map(|key| Value::Object(listed(key))).collect()))
}

fn listed(key: &KeyView) -> Object<'_> {
    let description = &key.attributes.description;
    Object::default()
        .with("kid", key.id.to_string())
        .with("created", key.created.0 / 1000)
        .with("type", traits(key))
        .with("label", &key.attributes.label)
        .maybe("descr", (!description.is_empty()).then_some(Value::Bytes(description)))
        .with("updated", key.updated.0 / 1000)
}

/// The description is left out, as the firmware does.
fn shown(key: &KeyView) -> Object<'_> {
    let bare = || key.algorithm.name().to_owned();
    let kind = if key.algorithm.is_pair() { bare() } else { traits(key) };
    Object::default()
        .with("type", kind)
        .maybe("pubkey", key.public.as_deref().map(Value::Bytes))
        .with("updated", key.updated.0 / 1000)
}

/// What a key is, where it came from and what it may do: a list with commas, algorithm last.
// spec: encedo-hem 5.2
fn traits(key: &KeyView) -> String {
    let is_post_quantum = matches!(key.algorithm, Algorithm::MlKem(_) | Algorithm::MlDsa(_));
    let purposes = key.purposes.or(key.algorithm.default_purposes());
    let traits = [
        key.made_here.then_some("ATT"),
        (key.algorithm.is_pair() && key.has_private).then_some("PKEY"),
        purposes.map(names::of_purposes),
        is_post_quantum.then_some("PQC"),
        Some(key.algorithm.name()),
    ];
    traits.into_iter().flatten().collect::<Vec<_>>().join(",")
}
