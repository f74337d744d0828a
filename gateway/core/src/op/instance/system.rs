//! What an instance shows of itself, and its disks.
// spec: encedo-hem 4.2, 4.4, 4.7, 7.1

use super::answer::Answer;
use super::nonce::{NonceSeed, Purpose};
use super::record::InstanceRecord;
use super::request::Disk;
use super::session::{Clock, DiskState, Session, seconds};
use super::settings::Situation;
use super::token::Claims;
use super::view::{ConfigView, SelfTestView, StatusView};
use crate::error::ErrorKind;
use crate::limits::INSTANCE_LOG_NAMES_MAX;
use crate::time::UnixMs;

/// Degrees that are shown: there is nothing to measure.
const TEMPERATURE: i64 = 35;

/// Health. `host` is the name that the client called.
pub fn status(at: Situation<'_>, host: Option<&str>, secure: bool, now: UnixMs) -> StatusView {
    let config = at.owner().map(|owner| &owner.config);
    let hostname = config.map(|config| config.hostname.as_str());
    StatusView {
        inited: config.is_some(),
        https: (!secure).then_some(at.settings.tls),
        hostname: hostname.filter(|name| Some(*name) != host).map(str::to_owned),
        trusted_ts: config.is_none_or(|config| config.trusted_ts),
        ctx: config.map_or(0, |config| config.ctx),
        uptime: at.session.uptime_s(now),
        temp: TEMPERATURE,
        fls_state: at.session.faults,
        time: (at.session.clock == Clock::Set).then(|| seconds(now)),
        storage: std::array::from_fn(|disk| {
            show_disk(at.settings.disk_sectors[disk], at.session.disks[disk])
        }),
    }
}

/// The configuration, with a nonce for a change of the user's key.
///
/// # Errors
/// [`ErrorKind::WrongState`] without an owner.
pub fn config(at: Situation<'_>, seed: NonceSeed, now: UnixMs) -> Result<ConfigView, ErrorKind> {
    let owner = at.owner().ok_or(ErrorKind::WrongState)?;
    let (identity, device) = (&at.record.identity, &at.record.device);
    let disks = at.settings.disk_sectors;
    let config = owner.config.clone();
    Ok(ConfigView {
        iat: owner.iat,
        uts: owner.uts,
        devid: const_hex::encode(device.devid),
        instance: identity.uuid_text(),
        eid: identity.eid.public(),
        eid_sign: identity.sign.public(),
        user: config.user,
        email: config.email,
        hostname: config.hostname,
        ip: config.ip,
        origin: config.origin,
        dnsd: config.dnsd,
        trusted_ts: config.trusted_ts,
        trusted_backend: config.trusted_backend,
        allow_keysearch: config.allow_keysearch,
        ctx: config.ctx,
        http_option_hsts: config.http_option_hsts,
        http_option_dosprot_mode: config.http_option_dosprot_mode,
        spk: at.session.public(),
        nonce: at.session.nonces.issue(Purpose::UserKey, seed, seconds(now)),
        genuine_id: const_hex::encode(device.genuine_id),
        storage_mode: config.storage_mode,
        storage_disk0size: config.storage_disk0size,
        storage_capacity: disks[0].saturating_add(disks[1]),
    })
}

/// The self-tests of this boot: they ran at its start. `keys` counts all, `free` those that there
/// is room for.
pub fn self_test(session: &Session, keys: usize, free: usize, now: UnixMs) -> SelfTestView {
    let time_s = seconds(now);
    SelfTestView {
        last_selftest_ts: time_s,
        last_fls_state: session.faults,
        last_entropytest_ts: time_s,
        last_kat_ts: time_s,
        kat_busy: false,
        fls_state: session.faults,
        selftest_ts: time_s,
        keys_total: keys,
        keys_deleted: 0,
        keys_free: free,
    }
}

/// The key under which logs are signed, and a proof that it is here.
pub fn log_key(record: &InstanceRecord, session: &Session, seed: NonceSeed, now: UnixMs) -> Answer {
    let nonce = session.name(seed, now);
    let sign = &record.identity.sign;
    Answer::LogKey { key: sign.public(), nonce, signature: sign.sign(&nonce) }
}

/// Part of the list of log files; `files` are in the order in which they were begun.
pub fn log_list(files: &[u32], offset: usize) -> Answer {
    let names = files.iter().skip(offset).take(INSTANCE_LOG_NAMES_MAX);
    Answer::Logs { total: files.len(), names: names.copied().collect() }
}

/// Changes what can be seen of a disk, as far as the caller's scope goes.
///
/// # Errors
/// [`ErrorKind::Unsupported`] for a disk that there is not, or one to be written by a scope that
/// is for reading.
pub fn change_disk(session: &mut Session, caller: &Claims, change: Disk) -> Result<(), ErrorKind> {
    let (disk, may_write) = match caller.scope.as_str() {
        "storage:disk0" => (0, false),
        "storage:disk0:rw" => (0, true),
        "storage:disk1" => (1, false),
        "storage:disk1:rw" => (1, true),
        _ => return Err(ErrorKind::Unsupported),
    };
    session.disks[disk] = match change {
        Disk::Lock => DiskState::Locked,
        Disk::UnlockToWrite if !may_write => return Err(ErrorKind::Unsupported),
        Disk::UnlockToWrite => DiskState::Writable,
        Disk::Unlock if may_write => DiskState::Writable,
        Disk::Unlock | Disk::UnlockToRead => DiskState::ReadOnly,
    };
    Ok(())
}

fn show_disk(sectors: u64, state: DiskState) -> String {
    let state = match state {
        DiskState::Locked => "-",
        DiskState::ReadOnly => "ro",
        DiskState::Writable => "rw",
    };
    format!("{sectors}:{state}")
}
