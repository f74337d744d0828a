//! Changes of the configuration.
// spec: encedo-hem 4.5

use super::config::Config;
use super::event::{Event, LogEvent};
use super::keys::verify_mac;
use super::nonce::{Nonce, Purpose};
use super::record::{InstanceRecord, Owner};
use super::request::{ConfigChange, TlsChange, UserKeyChange};
use super::role::Role;
use super::session::{Session, seconds};
use crate::error::{ErrorKind, Malformed};
use crate::time::UnixMs;

/// What is to be done. Nothing holds before it is.
pub enum Change {
    /// Erase everything.
    Wipe,
    /// The instance has no owner: take this certificate chain for TLS.
    TakeTls(TlsChange),
    /// Store the record.
    Update {
        /// What to store; equal to what there is where `updated` is not set.
        record: Box<InstanceRecord>,
        /// Whether anything is different.
        updated: bool,
        /// The certificate chain for TLS to take besides; a reboot is required then.
        tls: Option<TlsChange>,
        /// Whether a certificate request is wanted.
        wants_csr: bool,
        /// For the log, where anything is different.
        log: LogEvent,
    },
}

/// Decides about a change. `tls_fits` says whether the chain in it has the public key that is in
/// use; `caller` is nobody where there is no owner.
///
/// # Errors
/// [`Malformed::Value`] where any member is not acceptable, [`ErrorKind::Unsupported`] without an
/// owner and a chain.
pub fn change_config(
    change: ConfigChange,
    tls_fits: bool,
    caller: Option<Role>,
    record: &InstanceRecord,
    session: &mut Session,
    now: UnixMs,
) -> Result<Change, ErrorKind> {
    let tls_refused = change.tls.as_ref().is_some_and(|tls| tls.with_key || !tls_fits);
    if tls_refused {
        return Err(INVALID);
    }
    let Some(owner) = &record.owner else {
        return change.tls.map(Change::TakeTls).ok_or(ErrorKind::Unsupported);
    };
    let config = changed(&owner.config, &change);
    if !config.is_sound() {
        return Err(INVALID);
    }
    let user_key = user_key(owner, change.user_key.as_ref(), session, now)?;
    if change.wipeout {
        return Ok(Change::Wipe);
    }
    Ok(update(record, owner, (config, user_key), (change.tls, change.gen_csr), caller, now))
}

const INVALID: ErrorKind = ErrorKind::Malformed(Malformed::Value);

fn update(
    record: &InstanceRecord,
    owner: &Owner,
    (config, user_key): (Config, [u8; 32]),
    (tls, wants_csr): (Option<TlsChange>, bool),
    caller: Option<Role>,
    now: UnixMs,
) -> Change {
    let differs = config != owner.config || user_key != owner.user_key;
    let updated = differs || tls.is_some();
    // Clients see a change by this time alone, even two within a second.
    let uts = seconds(now).max(owner.uts.saturating_add(1));
    let uts = if updated { uts } else { owner.uts };
    let owner = Owner { config, user_key, uts, ..owner.clone() };
    Change::Update {
        record: Box::new(InstanceRecord { owner: Some(owner), ..record.clone() }),
        updated,
        tls,
        wants_csr,
        log: LogEvent::done(Event::ConfigUpdated, caller),
    }
}

fn changed(old: &Config, change: &ConfigChange) -> Config {
    let text = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
    Config {
        user: text(&change.user, &old.user),
        email: text(&change.email, &old.email),
        hostname: old.hostname.clone(),
        ip: old.ip.clone(),
        origin: text(&change.origin, &old.origin),
        trusted_ts: change.trusted_ts.unwrap_or(old.trusted_ts),
        trusted_backend: change.trusted_backend.unwrap_or(old.trusted_backend),
        allow_keysearch: change.allow_keysearch.unwrap_or(old.allow_keysearch),
        ctx: change.ctx.unwrap_or(old.ctx),
        dnsd: change.dnsd.unwrap_or(old.dnsd),
        http_option_hsts: change.http_option_hsts.unwrap_or(old.http_option_hsts),
        http_option_dosprot_mode: change
            .http_option_dosprot_mode
            .unwrap_or(old.http_option_dosprot_mode),
        storage_mode: change.storage_mode.unwrap_or(old.storage_mode),
        storage_disk0size: change.storage_disk0size.unwrap_or(old.storage_disk0size),
    }
}

/// The user's key after the change, which proves that somebody holds its private half.
fn user_key(
    owner: &Owner,
    change: Option<&UserKeyChange>,
    session: &mut Session,
    now: UnixMs,
) -> Result<[u8; 32], ErrorKind> {
    let Some(change) = change else { return Ok(owner.user_key) };
    let nonce: Nonce = change.nonce.as_slice().try_into().map_err(|_| INVALID)?;
    let agreed = session.agreement.agree(&change.public).ok_or(INVALID)?;
    if !verify_mac(agreed.expose(), &[&nonce], &change.mac) {
        return Err(INVALID);
    }
    // Some clients take the nonce of a login challenge.
    let accepted = [Purpose::UserKey, Purpose::Login]
        .into_iter()
        .find(|purpose| session.nonces.is_fresh(*purpose, &nonce, seconds(now)))
        .is_some_and(|purpose| session.nonces.accept(purpose, &nonce, seconds(now)).is_ok());
    if accepted { Ok(change.public) } else { Err(INVALID) }
}
