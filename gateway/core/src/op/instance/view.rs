//! What an instance shows of itself.

/// Versions. Texts are shown as they are, bytes in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionView {
    /// Hardware.
    pub hwv: String,
    /// Firmware.
    pub fwv: String,
    /// Key under which firmware is signed.
    pub fwk: [u8; 32],
    /// Signature of the firmware.
    pub fws: [u8; 64],
    /// Boot loader.
    pub blv: String,
    /// Key under which the boot loader is signed.
    pub blk: [u8; 32],
    /// Signature of the boot loader.
    pub bls: [u8; 64],
    /// Hash of the dashboard.
    pub uis: [u8; 32],
}

/// Health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusView {
    /// Whether the first configuration was made.
    pub inited: bool,
    /// Whether TLS is there; only told to those who come without.
    pub https: Option<bool>,
    /// The configured name; only told to those who called another.
    pub hostname: Option<String>,
    /// Whether the clock must be set before logins.
    pub trusted_ts: bool,
    /// The owner's number.
    pub ctx: u64,
    /// Seconds since boot.
    pub uptime: u64,
    /// Degrees Celsius.
    pub temp: i64,
    /// What failed; 0 for nothing.
    pub fls_state: u8,
    /// The clock, seconds, if it is set.
    pub time: Option<u64>,
    /// State of each disk.
    pub storage: [String; 2],
}

/// The configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigView {
    /// When it was made, seconds.
    pub iat: u64,
    /// When it was changed last, seconds.
    pub uts: u64,
    /// Serial number, 16 hex digits.
    pub devid: String,
    /// UUID of the instance.
    pub instance: String,
    /// The instance's X25519 public key.
    pub eid: [u8; 32],
    /// Its Ed25519 public key.
    pub eid_sign: [u8; 32],
    /// Whose instance it is.
    pub user: String,
    /// Their address.
    pub email: String,
    /// Its name.
    pub hostname: String,
    /// Its address.
    pub ip: String,
    /// Pages that may ask.
    pub origin: String,
    /// Whether names are resolved.
    pub dnsd: bool,
    /// Whether logins need the clock set.
    pub trusted_ts: bool,
    /// Whether the time service may give orders.
    pub trusted_backend: bool,
    /// Whether keys may be searched without a token.
    pub allow_keysearch: bool,
    /// The owner's number.
    pub ctx: u64,
    /// Whether browsers are told to use TLS only.
    pub http_option_hsts: bool,
    /// Half seconds in which a request must be complete.
    pub http_option_dosprot_mode: u8,
    /// Public half of the session key.
    pub spk: [u8; 32],
    /// For a change of the user's key.
    pub nonce: [u8; 32],
    /// Identity of the attestation key, 18 hex digits.
    pub genuine_id: String,
    /// How the disks are shared.
    pub storage_mode: u64,
    /// Sectors of the first disk.
    pub storage_disk0size: u64,
    /// Sectors in all.
    pub storage_capacity: u64,
}

/// Self-tests. Times are seconds, 0 for never.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelfTestView {
    /// The last run.
    pub last_selftest_ts: u64,
    /// What it found.
    pub last_fls_state: u8,
    /// The last test of randomness.
    pub last_entropytest_ts: u64,
    /// The last known-answer tests.
    pub last_kat_ts: u64,
    /// Whether they run now.
    pub kat_busy: bool,
    /// What failed.
    pub fls_state: u8,
    /// This run.
    pub selftest_ts: u64,
    /// Keys that there are.
    pub keys_total: usize,
    /// Keys that were removed.
    pub keys_deleted: usize,
    /// Keys that there is room for.
    pub keys_free: usize,
}
