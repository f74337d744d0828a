//! Check-in, configuration and provisioning.
// spec: encedo-hem 4.3, 4.5, 4.6

use typex_core::limits::{ORIGIN_CHARS_MAX, OWNER_CHARS_MAX};
use typex_core::op::instance::{Call, ConfigChange, Parsed, Provision, TlsChange, UserKeyChange};

use super::body::{MEMBER, VALUE};
use super::{Body, Input};
use crate::encedo_hem::limits::DOSPROT_MODE_MAX;

/// The time service's statement.
pub(in crate::encedo_hem) fn checked_in(input: &Input<'_>) -> Call {
    Call::CheckedIn(input.body(|body| body.required_text("checked")))
}

/// A change of the configuration.
pub(in crate::encedo_hem) fn set_config(input: &Input<'_>) -> Call {
    Call::SetConfig(input.body(|body| config_change(body).map(Box::new)))
}

/// The certificate that makes an instance genuine.
pub(in crate::encedo_hem) fn provision(input: &Input<'_>) -> Call {
    Call::Provision(input.body(|body| {
        let genuine = body.required_text("genuine")?;
        Ok(Provision { genuine, certificate: body.required_bytes("crt")? })
    }))
}

fn config_change(body: &Body<'_>) -> Parsed<ConfigChange> {
    Ok(ConfigChange {
        user: text(body, "user", 1, OWNER_CHARS_MAX)?,
        email: text(body, "email", 0, OWNER_CHARS_MAX)?,
        origin: text(body, "origin", 0, ORIGIN_CHARS_MAX)?,
        trusted_ts: body.flag("trusted_ts")?,
        trusted_backend: body.flag("trusted_backend")?,
        allow_keysearch: body.flag("allow_keysearch")?,
        ctx: body.number("ctx")?,
        http_option_hsts: body.flag("http_option_hsts")?,
        http_option_dosprot_mode: dosprot_mode(body)?,
        dnsd: body.flag("dnsd")?,
        storage_mode: body.number("storage_mode")?,
        storage_disk0size: body.number("storage_disk0size")?,
        tls: tls(body)?,
        gen_csr: body.flag("gen_csr")?.unwrap_or_default(),
        wipeout: body.flag("wipeout")?.unwrap_or_default(),
        user_key: user_key(body)?,
    })
}

/// A text of `least` to `most` characters.
fn text(body: &Body<'_>, name: &str, least: usize, most: usize) -> Parsed<Option<String>> {
    let Some(text) = body.text(name)? else { return Ok(None) };
    let permitted = (least..=most).contains(&text.chars().count());
    if permitted { Ok(Some(text.into_owned())) } else { Err(VALUE) }
}

fn dosprot_mode(body: &Body<'_>) -> Parsed<Option<u8>> {
    let Some(mode) = body.number("http_option_dosprot_mode")? else { return Ok(None) };
    let mode = Some(mode).filter(|mode| *mode <= DOSPROT_MODE_MAX);
    mode.and_then(|mode| u8::try_from(mode).ok()).map(Some).ok_or(VALUE)
}

fn tls(body: &Body<'_>) -> Parsed<Option<TlsChange>> {
    let Some(tls) = body.object("tls")? else { return Ok(None) };
    let with_key = tls.text("key")?.is_some() || tls.text("emp")?.is_some();
    Ok(Some(TlsChange { chain: tls.required_bytes("crt")?, with_key }))
}

/// All three members or none.
fn user_key(body: &Body<'_>) -> Parsed<Option<UserKeyChange>> {
    let public = body.array("userkey")?;
    let mac = body.array("userkey_hmac")?;
    let nonce = body.bytes("userkey_nonce")?;
    match (public, mac, nonce) {
        (Some(public), Some(mac), Some(nonce)) => Ok(Some(UserKeyChange { public, mac, nonce })),
        (None, None, None) => Ok(None),
        _ => Err(MEMBER),
    }
}
