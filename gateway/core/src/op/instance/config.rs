//! What an owner configures.
// spec: encedo-hem 3.5, 4.4

use super::origin;
use crate::limits::{HOST_CHARS_MAX, OWNER_CHARS_MAX};

/// What an owner configures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whose instance it is.
    pub user: String,
    /// Their address; may be empty.
    pub email: String,
    /// Its name; never changes.
    pub hostname: String,
    /// Its address as the owner wrote it; never changes, and nothing is done with it.
    pub ip: String,
    /// Pages that may ask.
    pub origin: String,
    /// Whether logins need the clock set.
    pub trusted_ts: bool,
    /// Whether the time service may give orders; there are none.
    pub trusted_backend: bool,
    /// Whether keys may be searched without a token.
    pub allow_keysearch: bool,
    /// The owner's number.
    pub ctx: u64,
    /// Whether names are resolved; nothing is done with it.
    pub dnsd: bool,
    /// Whether browsers are told to use TLS only.
    pub http_option_hsts: bool,
    /// Half seconds in which a request must be complete, 0 to 4; 0 for any time.
    pub http_option_dosprot_mode: u8,
    /// How the disks are shared; nothing is done with it.
    pub storage_mode: u64,
    /// Sectors of the first disk; nothing is done with it.
    pub storage_disk0size: u64,
}

/// Longest time in half seconds.
const DOSPROT_MAX: u8 = 4;

impl Config {
    /// Whether every member is of its form.
    pub(super) fn is_sound(&self) -> bool {
        !self.user.is_empty()
            && is_line(&self.user)
            && is_line(&self.email)
            && is_host_name(&self.hostname)
            && (self.ip.is_empty() || is_address(&self.ip))
            && origin::is_list(&self.origin)
            && self.http_option_dosprot_mode <= DOSPROT_MAX
    }
}

fn is_line(text: &str) -> bool {
    text.chars().count() <= OWNER_CHARS_MAX && !text.chars().any(char::is_control)
}

/// Whether a text is a name of DNS.
pub fn is_host_name(text: &str) -> bool {
    text.len() <= HOST_CHARS_MAX && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&label.len())
        && label.bytes().all(plain)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// `a.b.c.d`, with or without the length of its network.
fn is_address(text: &str) -> bool {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let fits = |prefix: &str| prefix.parse::<u8>().is_ok_and(|bits| bits <= 32);
    address.parse::<std::net::Ipv4Addr>().is_ok() && prefix.is_none_or(fits)
}
