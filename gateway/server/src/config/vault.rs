//! Options of the dialect `vault`.

use serde::{Deserialize, Serialize};
use typex_core::token::DomainName;

/// First parts of paths that are the gateway's own.
const OWN: [&str; 2] = ["sys", "auth"];

/// Codes for values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Vault {
    /// Under which path the engine that makes codes answers.
    pub transform: String,
}

impl Default for Vault {
    fn default() -> Self {
        Self { transform: "transform".to_owned() }
    }
}

impl Vault {
    /// Whether an engine can answer there: names with `/` between, and none of the gateway's own.
    pub fn has_mount(&self) -> bool {
        let names: Vec<&str> = self.transform.split('/').collect();
        let is_own = names.first().is_some_and(|first| OWN.contains(first));
        !is_own && names.len() <= 4 && names.iter().all(|name| DomainName::parse(name).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::Vault;

    #[test]
    fn mounts_are_names() {
        let has_mount = |text: &str| Vault { transform: text.to_owned() }.has_mount();
        assert!(Vault::default().has_mount() && has_mount("eu/cards"));
        for text in ["", "/", "transform/", "sys", "auth/x", "a b", "a/b/c/d/e"] {
            assert!(!has_mount(text), "{text}");
        }
    }
}
