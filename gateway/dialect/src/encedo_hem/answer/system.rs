//! Versions, health and configuration.
// spec: encedo-hem 4

use typex_core::op::instance::{ConfigView, SelfTestView, StatusView, Updated, VersionView};

use crate::encedo_hem::time;
use crate::json::{Object, Value};

/// Versions.
pub(super) fn version(view: &VersionView) -> Object<'_> {
    Object::default()
        .with("hwv", &view.hwv)
        .with("fwv", &view.fwv)
        .with("fwk", &view.fwk)
        .with("fws", &view.fws)
        .with("blv", &view.blv)
        .with("blk", &view.blk)
        .with("bls", &view.bls)
        .with("uis", &view.uis)
}

/// Health. Clients take a member's presence for its meaning.
// spec: encedo-hem 4.2
pub(super) fn status(view: &StatusView) -> Object<'_> {
    let storage = view.storage.iter().map(Value::from).collect();
    Object::default()
        .maybe("inited", (!view.inited).then_some(false))
        .maybe("https", view.https)
        .maybe("hostname", view.hostname.as_ref())
        .maybe("tts", (!view.trusted_ts).then_some(false))
        .with("ctx", view.ctx)
        .with("uptime", view.uptime)
        .with("temp", Value::Signed(view.temp))
        .with("fls_state", view.fls_state)
        .maybe("ts", view.time.map(time::text))
        .maybe("time", view.time)
        .with("storage", Value::List(storage))
}

/// The configuration.
pub(super) fn config(view: &ConfigView) -> Object<'_> {
    Object::default()
        .with("iat", view.iat)
        .with("uts", view.uts)
        .with("devid", &view.devid)
        .with("instanceid", &view.instance)
        .with("eid", &view.eid)
        .with("eid_sign", &view.eid_sign)
        .with("user", &view.user)
        .with("email", &view.email)
        .with("hostname", &view.hostname)
        .with("dnsd", view.dnsd)
        .with("trusted_ts", view.trusted_ts)
        .with("trusted_backend", view.trusted_backend)
        .with("allow_keysearch", view.allow_keysearch)
        .with("origin", &view.origin)
        .with("ctx", view.ctx)
        .with("ip", &view.ip)
        .with("http_option_hsts", view.http_option_hsts)
        .with("http_option_dosprot_mode", view.http_option_dosprot_mode)
        .with("spk", &view.spk)
        .with("nonce", &view.nonce)
        .with("genuine_id", &view.genuine_id)
        .with("storage_mode", view.storage_mode)
        .with("storage_disk0size", view.storage_disk0size)
        .with("storage_capacity", view.storage_capacity)
}

/// What became of a change.
pub(super) fn updated(updated: &Updated) -> Object<'_> {
    Object::default()
        .with("updated", updated.updated)
        .maybe("reboot_required", updated.reboot_required.then_some(true))
        .maybe("csr", updated.csr.as_ref().map(|(csr, _)| csr))
        .maybe("genuine", updated.csr.as_ref().map(|(_, genuine)| genuine))
}

/// Self-tests. Nothing is ever fragmented or invalid in this store.
// spec: encedo-hem 4.7
pub(super) fn self_test(view: &SelfTestView) -> Object<'_> {
    let store = Object::default()
        .with("total", view.keys_total)
        .with("deleted", view.keys_deleted)
        .with("invalid", 0_u64)
        .with("fragmented", 0_u64)
        .with("freeslots", view.keys_free);
    Object::default()
        .with("last_selftest_ts", view.last_selftest_ts)
        .with("last_fls_state", view.last_fls_state)
        .with("last_entropytest_ts", view.last_entropytest_ts)
        .with("last_kat_ts", view.last_kat_ts)
        .with("kat_busy", view.kat_busy)
        .with("fls_state", view.fls_state)
        .with("selftest_ts", view.selftest_ts)
        .with("repo_stats", Value::Object(store))
        .with("se_state", 0_u64)
}
