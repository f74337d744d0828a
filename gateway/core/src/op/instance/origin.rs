//! Which pages may ask.
// spec: encedo-hem 1.6

use super::config::is_host_name;
use crate::limits::ORIGIN_CHARS_MAX;

/// Whether a list of origins can be configured: entries are `*`, `*.domain`, an origin, or a host
/// name; empty for none.
pub(super) fn is_list(text: &str) -> bool {
    text.len() <= ORIGIN_CHARS_MAX && entries(text).all(is_entry)
}

/// Whether a page of `origin` may ask.
pub(super) fn admits(list: &str, origin: &str) -> bool {
    let Some(asked) = Place::parse(origin) else {
        // `null` and the like: only if everything may.
        return entries(list).any(|entry| entry == "*");
    };
    entries(list).any(|entry| match entry.strip_prefix("*") {
        Some("") => true,
        Some(domain) => asked.is_under(domain),
        None => Place::parse(entry).is_some_and(|place| place.covers(&asked)),
    })
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ']).filter(|entry| !entry.is_empty())
}

fn is_entry(entry: &str) -> bool {
    match entry.strip_prefix("*") {
        Some("") => true,
        Some(domain) => domain.strip_prefix('.').is_some_and(is_host_name),
        None => Place::parse(entry).is_some(),
    }
}

/// Scheme, host and port.
struct Place {
    scheme: Option<String>,
    host: String,
    port: Option<u16>,
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
            None => (None, text.as_str()),
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (rest, None),
        };
        let port = port.or(match scheme.as_deref() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => None,
        });
        is_host_name(host).then(|| Self { scheme, host: host.to_owned(), port })
    }

    /// `domain` begins with its dot.
    fn is_under(&self, domain: &str) -> bool {
        let domain = domain.to_ascii_lowercase();
        self.host.len() > domain.len() && self.host.ends_with(&domain)
    }

    /// Whether everything this names is as asked; a host name alone leaves the rest open.
    fn covers(&self, asked: &Self) -> bool {
        self.host == asked.host
            && (self.scheme.is_none() || self.scheme == asked.scheme)
            && (self.port.is_none() || self.port == asked.port)
    }
}
