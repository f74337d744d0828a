//! What an answer holds.

use std::borrow::Cow;

use typex_core::op::token::About;
use typex_core::op::transform::{
    CallerView, Health as State, Mount, MountKind, Transformation, Used, UsedValue, Way, Work,
};
use typex_core::policy::token::{Right, Rule};

use super::route::{Health, Mounts};
use super::time;
use crate::json::{Object, Value};

/// What the version is told as: of the API, the last whose transform engine was looked at.
const VERSION: &str = "1.18.0+typex";

/// One value or code; `None` if it is no text.
// spec: vault 5.1, 5.2, 5.3
pub(super) fn used<'a>(work: Work, used: &'a Used) -> Option<Object<'a>> {
    let object = Object::default();
    Some(match (&used.value, work) {
        (UsedValue::Text(text), Work::Encode) => {
            object.with("encoded_value", str::from_utf8(text.expose()).ok()?)
        }
        (UsedValue::Text(text), Work::Decode) => {
            object.with("decoded_value", str::from_utf8(text.expose()).ok()?)
        }
        (UsedValue::Valid(valid), Work::Validate) => object.with("valid", *valid),
        (UsedValue::About(about), Work::Metadata) => self::about(about),
        _ => return None,
    })
}

fn about(about: &About) -> Object<'_> {
    let expiry = about.expiry.map(|at| time::text(at.0 / 1000));
    let metadata = about.metadata.pairs().iter().fold(Object::default(), |object, pair| {
        object.named(Cow::Borrowed(&pair.0), pair.1.as_str())
    });
    Object::default()
        .with("creation_time", time::text(about.created.0 / 1000))
        .maybe("expiration_time", expiry)
        .with("metadata", metadata)
}

/// A transformation.
// spec: vault 4.1
pub(super) fn transformation(shown: &Transformation) -> Object<'_> {
    let roles = shown.roles.iter().map(|role| Value::Made(role.to_string())).collect();
    let templates = shown.way.shape().map(|shape| Value::Made(shape.name.to_string()));
    let object = Object::default()
        .with("allowed_roles", Value::List(roles))
        .with("deletion_allowed", shown.is_deletable)
        .maybe("templates", templates.map(|name| Value::List(vec![name])));
    match &shown.way {
        Way::Encrypt(_) => {
            object.with("type", "fpe").with("tweak_source", "internal").with("algorithm", "FF1")
        }
        Way::Mask { with, .. } => {
            object.with("type", "masking").with("masking_character", char::from(*with).to_string())
        }
        Way::Keep { ttl_ms_max, is_convergent } => object
            .with("type", "tokenization")
            .with("max_ttl", ttl_ms_max.unwrap_or(0) / 1000)
            .with("mapping_mode", "default")
            .with("convergent", *is_convergent)
            .with("stores", Value::List(vec![Value::Text("builtin/internal")])),
    }
}

/// Texts under one name.
pub(super) fn texts<'a>(name: &'static str, texts: impl Iterator<Item = String>) -> Object<'a> {
    Object::default().with(name, Value::List(texts.map(Value::Made).collect()))
}

/// Who asks. The token itself is not repeated.
// spec: vault 3.2
pub(super) fn caller(view: &CallerView) -> Object<'_> {
    let policies = || Value::List(view.rights.rules().iter().map(policy).collect());
    let meta = Object::default().with("partition", view.partition.to_string());
    Object::default()
        .with("accessor", view.holder.to_string())
        .with("creation_time", view.created.map_or(0, |at| at.0 / 1000))
        .with("creation_ttl", 0_u64)
        .with("display_name", format!("api-key-{}", view.holder))
        .with("entity_id", "")
        .with("expire_time", Value::Null)
        .with("explicit_max_ttl", 0_u64)
        .with("id", "")
        .with("meta", meta)
        .with("num_uses", 0_u64)
        .with("orphan", true)
        .with("path", "auth/token/create")
        .with("policies", policies())
        .with("renewable", false)
        .with("ttl", 0_u64)
        .with("type", "service")
}

/// `cards*:detokenize+tokenize`.
fn policy(rule: &Rule) -> Value<'_> {
    let rights: Vec<&str> = rule.rights.iter().map(Right::name).collect();
    Value::Made(format!("{}:{}", rule.domains.text(), rights.join("+")))
}

/// Engines.
// spec: vault 2.2
pub(super) fn mounts(form: Mounts, mounts: &[Mount]) -> Object<'_> {
    let all = mounts.iter().fold(Object::default(), |object, mount| {
        object.named(Cow::Owned(format!("{}/", mount.path)), engine(mount))
    });
    match form {
        Mounts::All => all,
        Mounts::Visible => Object::default().with("auth", Object::default()).with("secret", all),
    }
}

fn engine(mount: &Mount) -> Object<'_> {
    let (kind, about) = match mount.kind {
        MountKind::Transform => ("transform", "format-preserving codes and tokens"),
    };
    let config = Object::default()
        .with("default_lease_ttl", 0_u64)
        .with("force_no_cache", false)
        .with("max_lease_ttl", 0_u64);
    Object::default()
        .with("accessor", format!("{kind}_{}", mount.path))
        .with("config", config)
        .with("description", about)
        .with("external_entropy_access", false)
        .with("local", false)
        .with("options", Value::Null)
        .with("seal_wrap", true)
        .with("type", kind)
}

/// Whether the gateway serves.
// spec: vault 2.1
pub(super) fn health<'a>(form: Health, state: State) -> Object<'a> {
    let object = Object::default();
    match form {
        Health::State => object
            .with("initialized", true)
            .with("sealed", !state.is_ready)
            .with("standby", false)
            .with("performance_standby", false)
            .with("replication_performance_mode", "disabled")
            .with("replication_dr_mode", "disabled")
            .with("server_time_utc", state.now.0 / 1000)
            .with("version", VERSION)
            .with("enterprise", false)
            .with("cluster_name", "typex")
            .with("cluster_id", ""),
        Health::SealStatus => seal_status(state),
        Health::Leader => object
            .with("ha_enabled", false)
            .with("is_self", true)
            .with("leader_address", "")
            .with("leader_cluster_address", "")
            .with("performance_standby", false),
        Health::Initialized => object.with("initialized", true),
    }
}

fn seal_status<'a>(state: State) -> Object<'a> {
    Object::default()
        .with("type", "typex")
        .with("initialized", true)
        .with("sealed", !state.is_ready)
        .with("t", 1_u64)
        .with("n", 1_u64)
        .with("progress", 0_u64)
        .with("nonce", "")
        .with("version", VERSION)
        .with("build_date", "")
        .with("migration", false)
        .with("cluster_name", "typex")
        .with("cluster_id", "")
        .with("recovery_seal", false)
        .with("storage_type", "redb")
}
