//! The first configuration.
// spec: encedo-hem 3.4, 3.5

use super::answer::Challenge;
use super::config::Config;
use super::ejwt::Ejwt;
use super::event::{Event, LogEvent};
use super::json::Object;
use super::login::{TOKEN_S, new_challenge};
use super::nonce::{NonceSeed, Purpose};
use super::record::{InstanceRecord, Owner};
use super::role::Role;
use super::session::{Session, seconds};
use super::settings::Settings;
use super::token::TokenError;
use crate::error::{ErrorKind, Malformed};
use crate::secret::Secret;
use crate::time::UnixMs;

/// An instance that has an owner now. Nothing holds before `record` is stored.
pub struct Initialised {
    /// What to store.
    pub record: InstanceRecord,
    /// The first token.
    pub token: Secret<String>,
    /// Whether a certificate request is wanted.
    pub wants_csr: bool,
    /// For the log.
    pub log: LogEvent,
}

/// A challenge for the first configuration.
pub fn init_challenge(
    record: &InstanceRecord,
    session: &Session,
    seed: NonceSeed,
    now: UnixMs,
) -> Challenge {
    new_challenge(record, session, String::new(), seed, now)
}

/// Takes the first configuration.
///
/// # Errors
/// [`ErrorKind::Unsupported`] where there is an owner, [`Malformed`] for a configuration that is
/// missing, incomplete or not of its form,
/// [`Unauthenticated::Token`](crate::error::Unauthenticated::Token) for a proof that fails.
pub fn init(
    init: &str,
    settings: &Settings,
    record: &InstanceRecord,
    session: &mut Session,
    seed: NonceSeed,
    now: UnixMs,
) -> Result<Initialised, ErrorKind> {
    if record.owner.is_some() {
        return Err(ErrorKind::Unsupported);
    }
    let init = Ejwt::parse(init)?;
    init.verify(&session.agreement)?;
    if !init.is_for(&session.public()) {
        return Err(TokenError.into());
    }
    let cfg = init.claims().object("cfg").ok_or(ErrorKind::Malformed(Malformed::Member))?;
    let owner = owner(&cfg, seconds(now))?;
    if owner.master_key != init.issuer()? {
        return Err(TokenError.into());
    }
    let wants_csr = cfg.flag("gen_csr")?.unwrap_or(false);
    session.nonces.accept(Purpose::Login, &init.nonce()?, seconds(now))?;
    let exp = seconds(now).saturating_add(TOKEN_S.min(settings.token_s_max));
    let token = session.token(Role::User, ("system:config", None), exp, seed, now);
    let log = LogEvent::done(Event::Initialised, Some(Role::Master));
    let record = InstanceRecord { owner: Some(owner), ..record.clone() };
    Ok(Initialised { record, token, wants_csr, log })
}

/// The host name for which a first configuration wants a certificate request, if it wants one. It
/// is what the configuration says: nothing of it is proven.
pub fn wanted_host(init: &str) -> Option<String> {
    let init = Ejwt::parse(init).ok()?;
    let cfg = init.claims().object("cfg")?;
    let is_wanted = cfg.flag("gen_csr").ok()??;
    is_wanted.then(|| config(&cfg).ok()).flatten().map(|config| config.hostname)
}

fn owner(cfg: &Object, now_s: u64) -> Result<Owner, ErrorKind> {
    let config = config(cfg)?;
    if !config.is_sound() {
        return Err(ErrorKind::Malformed(Malformed::Value));
    }
    Ok(Owner {
        user_key: cfg.array("userkey")?,
        master_key: cfg.array("masterkey")?,
        config,
        iat: now_s,
        uts: now_s,
        peers: Vec::new(),
    })
}

fn config(cfg: &Object) -> Result<Config, ErrorKind> {
    Ok(Config {
        user: cfg.need_text("user")?.to_owned(),
        email: cfg.need_text("email")?.to_owned(),
        hostname: cfg.need_text("hostname")?.to_ascii_lowercase(),
        ip: cfg.text("ip")?.unwrap_or_default().to_owned(),
        origin: cfg.need_text("origin")?.to_owned(),
        trusted_ts: cfg.need_flag("trusted_ts")?,
        trusted_backend: cfg.need_flag("trusted_backend")?,
        allow_keysearch: cfg.need_flag("allow_keysearch")?,
        ctx: cfg.number("ctx")?.unwrap_or(0),
        dnsd: cfg.flag("dnsd")?.unwrap_or(false),
        http_option_hsts: false,
        http_option_dosprot_mode: 0,
        storage_mode: cfg.number("storage_mode")?.unwrap_or(0),
        storage_disk0size: cfg.number("storage_disk0size")?.unwrap_or(0),
    })
}
