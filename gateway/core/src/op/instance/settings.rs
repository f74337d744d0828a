//! What the operator settles for all instances, and what a decision looks at.

use super::record::{InstanceRecord, Owner};
use super::session::Session;
use super::view::VersionView;

/// What the operator settles for all instances.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Versions that clients are shown.
    pub version: VersionView,
    /// Longest life of an access token, seconds; longer wishes are shortened.
    pub token_s_max: u64,
    /// Whether plain HTTP serves no more on this machine than from elsewhere.
    pub strict_tls: bool,
    /// X25519 public keys of time services that are trusted; the first is the one that is asked.
    pub backends: Vec<[u8; 32]>,
    /// Whether TLS is served.
    pub tls: bool,
    /// Sectors of each disk, as shown.
    pub disk_sectors: [u64; 2],
}

/// The public key of the vendor's time service, asked where no other is configured. Its answers
/// are not trusted by that.
// spec: encedo-hem 4.3
pub const VENDOR_BACKEND: [u8; 32] = [
    0xfc, 0xb6, 0xf1, 0xa3, 0x93, 0x20, 0x53, 0xa6, 0x4e, 0xb5, 0x5b, 0x31, 0xc4, 0x6e, 0x63, 0x09,
    0x0e, 0x7e, 0xe1, 0xec, 0x31, 0xa1, 0xad, 0x6b, 0x57, 0xc7, 0xaa, 0x30, 0x81, 0x45, 0x9d, 0x30,
];

/// Longest life of a token, if the operator says nothing: a day.
// spec: encedo-hem 3.3
pub const TOKEN_S_MAX: u64 = 24 * 60 * 60;

/// How a request arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport {
    /// Over TLS.
    pub secure: bool,
    /// From this machine.
    pub loopback: bool,
}

/// What a decision looks at.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// What the operator settled.
    pub settings: &'a Settings,
    /// The instance.
    pub record: &'a InstanceRecord,
    /// Its boot.
    pub session: &'a Session,
}

impl<'a> Situation<'a> {
    pub(super) fn owner(&self) -> Option<&'a Owner> {
        self.record.owner.as_ref()
    }
}
