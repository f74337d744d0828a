//! System.
// spec: encedo-hem 4.1 to 4.7

use typex_core::limits::{ORIGIN_CHARS_MAX, OWNER_CHARS_MAX};
use typex_core::op::instance::{Call, Disk};

use super::member::{BYTES, BYTES_32, Kind, Member, NUMBER, TEXT, TIME, TOKEN};
use super::{Gives, Route, Verb};
use crate::encedo_hem::limits::DOSPROT_MODE_MAX;
use crate::encedo_hem::read::system as read;

const CONFIG: &str = "system:config, logger:get, auth:ext:pair";
const UPGRADE: &str = "system:upgrade, system:config";
const STORAGE: &str = "storage:disk0, storage:disk1, each with :rw or without";

const BYTES_64: Kind = Kind::Bytes(64, 64);
const CSR: Member = Member::optional("csr", TEXT);
const GENUINE: Member = Member::optional("genuine", TEXT);

const STATUS: &[Member] = &[
    Member::optional("inited", Kind::Flag),
    Member::optional("https", Kind::Flag),
    Member::optional("hostname", TEXT),
    Member::optional("tts", Kind::Flag),
    Member::new("ctx", NUMBER),
    Member::new("uptime", NUMBER),
    Member::new("temp", Kind::Signed),
    Member::new("fls_state", NUMBER),
    Member::optional("ts", TEXT),
    Member::optional("time", TIME),
    Member::new("storage", Kind::Texts),
];

const SHOWN_CONFIG: &[Member] = &[
    Member::new("iat", TIME),
    Member::new("uts", TIME),
    Member::new("devid", TEXT),
    Member::new("instanceid", TEXT),
    Member::new("eid", BYTES_32),
    Member::new("eid_sign", BYTES_32),
    Member::new("user", TEXT),
    Member::new("email", TEXT),
    Member::new("hostname", TEXT),
    Member::new("dnsd", Kind::Flag),
    Member::new("trusted_ts", Kind::Flag),
    Member::new("trusted_backend", Kind::Flag),
    Member::new("allow_keysearch", Kind::Flag),
    Member::new("origin", TEXT),
    Member::new("ctx", NUMBER),
    Member::new("ip", TEXT),
    Member::new("http_option_hsts", Kind::Flag),
    Member::new("http_option_dosprot_mode", Kind::Number(DOSPROT_MODE_MAX)),
    Member::new("spk", BYTES_32),
    Member::new("nonce", BYTES_32),
    Member::new("genuine_id", TEXT),
    Member::new("storage_mode", NUMBER),
    Member::new("storage_disk0size", NUMBER),
    Member::new("storage_capacity", NUMBER),
];

const CHANGED_CONFIG: &[Member] = &[
    Member::optional("user", Kind::Text(1, OWNER_CHARS_MAX)),
    Member::optional("email", Kind::Text(0, OWNER_CHARS_MAX)),
    Member::optional("origin", Kind::Text(0, ORIGIN_CHARS_MAX)),
    Member::optional("trusted_ts", Kind::Flag),
    Member::optional("trusted_backend", Kind::Flag),
    Member::optional("allow_keysearch", Kind::Flag),
    Member::optional("ctx", NUMBER),
    Member::optional("http_option_hsts", Kind::Flag),
    Member::optional("http_option_dosprot_mode", Kind::Number(DOSPROT_MODE_MAX)),
    Member::optional("dnsd", Kind::Flag),
    Member::optional("storage_mode", NUMBER),
    Member::optional("storage_disk0size", NUMBER),
    Member::optional("tls", Kind::Object(&[Member::new("crt", BYTES)])),
    Member::optional("gen_csr", Kind::Flag),
    Member::optional("wipeout", Kind::Flag),
    Member::optional("userkey", BYTES_32),
    Member::optional("userkey_hmac", BYTES_32),
    Member::optional("userkey_nonce", BYTES),
];

/// How changes of the configuration are answered that could not be read.
const NOT_UPDATED: &str = r#"{"updated":false}"#;

const REPO_STATS: &[Member] = &[
    Member::new("total", NUMBER),
    Member::new("deleted", NUMBER),
    Member::new("invalid", NUMBER),
    Member::new("fragmented", NUMBER),
    Member::new("freeslots", NUMBER),
];

const SELF_TEST: &[Member] = &[
    Member::new("last_selftest_ts", TIME),
    Member::new("last_fls_state", NUMBER),
    Member::new("last_entropytest_ts", TIME),
    Member::new("last_kat_ts", TIME),
    Member::new("kat_busy", Kind::Flag),
    Member::new("fls_state", NUMBER),
    Member::new("selftest_ts", TIME),
    Member::new("repo_stats", Kind::Object(REPO_STATS)),
    Member::new("se_state", NUMBER),
];

pub(super) const ROUTES: &[Route] = &[
    Route::get("/api/system/version", |_| Call::Version)
        .about("Versions of hardware and firmware")
        .gives(&[
            Member::new("hwv", TEXT),
            Member::new("fwv", TEXT),
            Member::new("fwk", BYTES_32),
            Member::new("fws", BYTES_64),
            Member::new("blv", TEXT),
            Member::new("blk", BYTES_32),
            Member::new("bls", BYTES_64),
            Member::new("uis", BYTES_32),
        ]),
    Route::get("/api/system/status", |_| Call::Status).about("Health and clock").gives(STATUS),
    Route::get("/api/system/checkin", |_| Call::CheckIn)
        .about("Begins to set the clock: a statement for the time service")
        .gives(&[Member::new("check", TOKEN)]),
    Route::post("/api/system/checkin", read::checked_in)
        .about("Sets the clock: the time service's statement")
        .takes(&[Member::new("checked", TOKEN)])
        .gives(&[Member::new("status", TEXT)]),
    Route::get("/api/system/config", |_| Call::GetConfig)
        .about("The configuration")
        .token(CONFIG)
        .gives(SHOWN_CONFIG),
    Route::post("/api/system/config", read::set_config)
        .about("Changes the configuration; wipeout erases everything")
        .either("system:config")
        .takes(CHANGED_CONFIG)
        .gives(&[
            Member::new("updated", Kind::Flag),
            Member::optional("reboot_required", Kind::Flag),
            CSR,
            GENUINE,
        ])
        .malformed(NOT_UPDATED),
    Route::get("/api/system/config/attestation", |_| Call::Attestation)
        .about("A statement that the instance is genuine")
        .either("any")
        .gives(&[Member::new("genuine", TEXT), Member::new("crt", BYTES)]),
    Route::post("/api/system/config/provisioning", read::provision)
        .about("Gives an instance without an owner its certificate")
        .takes(&[Member::new("genuine", TEXT), Member::new("crt", BYTES)]),
    Route::get("/api/system/selftest", |_| Call::SelfTest)
        .about("Results of the self-tests; starts them")
        .either("any")
        .gives(SELF_TEST),
    Route::get("/api/system/reboot", |_| Call::Reboot)
        .about("Begins a new boot: every token ends")
        .either("system:config, system:upgrade, system:shutdown"),
    Route::get("/api/system/shutdown", |_| Call::Shutdown)
        .about("Ends the service of the instance")
        .token("system:config, system:shutdown"),
    absent("/api/system/upgrade/check_fw"),
    absent("/api/system/upgrade/install_fw"),
    absent("/api/system/upgrade/usbmode"),
    absent("/api/system/upgrade/check_ui"),
    absent("/api/system/upgrade/install_ui"),
    upload("/api/system/upgrade/upload_fw"),
    upload("/api/system/upgrade/upload_ui"),
    disk("/api/storage/lock", |_| Call::Storage(Disk::Lock)),
    disk("/api/storage/unlock", |_| Call::Storage(Disk::Unlock)),
    disk("/api/storage/unlock/rw", |_| Call::Storage(Disk::UnlockToWrite)),
    disk("/api/storage/unlock/ro", |_| Call::Storage(Disk::UnlockToRead)),
];

// spec: encedo-hem 9
const fn absent(path: &'static str) -> Route {
    let route = Route::get(path, |_| Call::Upgrade).about("Upgrades are not made this way");
    route.either(UPGRADE).holds(Gives::Never)
}

const fn upload(path: &'static str) -> Route {
    let route = Route::new(Verb::Upload, path, |_| Call::Upgrade);
    route.about("Upgrades are not made this way").either("system:upgrade").holds(Gives::Never)
}

const fn disk(path: &'static str, read: fn(&crate::encedo_hem::read::Input<'_>) -> Call) -> Route {
    Route::get(path, read).about("State of a disk, as the scope names it").token(STORAGE)
}
