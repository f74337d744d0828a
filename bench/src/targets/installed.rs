//! What the gateway is compared with, and whether this machine has it.

use std::env;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Servers and libraries of others, and bare servers of our own on libraries of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Beside {
    /// The engine transit of OpenBao.
    Openbao,
    /// nginx, which answers with fixed bytes.
    Nginx,
    /// SoftHSM through PKCS#11.
    Softhsm,
    /// OpenSSL, by its own program `openssl speed` or through its EVP interface.
    Openssl,
    /// A bare server on hyper and rustls.
    Hyper,
    /// A bare server on h3 and quinn.
    H3Quinn,
    /// A bare server of frames on quinn.
    FramedQuinn,
    /// libipsec-mb.
    IpsecMb,
}

impl Beside {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Openbao => "OpenBao transit",
            Self::Nginx => "nginx",
            Self::Softhsm => "SoftHSM",
            Self::Openssl => "OpenSSL",
            Self::Hyper => "bare hyper",
            Self::H3Quinn => "bare h3 + quinn",
            Self::FramedQuinn => "bare framed quinn",
            Self::IpsecMb => "libipsec-mb",
        }
    }

    /// What this machine lacks for it, and the command that provides it.
    #[must_use]
    pub fn missing(self) -> Option<String> {
        let install = "bench/peers/install";
        let (what, is_there, command) = match self {
            Self::Openbao => {
                let bao = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/.venv/bin/bao");
                (bao.display().to_string(), bao.is_file(), install)
            }
            Self::Nginx => ("nginx".to_owned(), has_command("nginx"), install),
            Self::Softhsm => {
                let module = Path::new("/usr/lib/softhsm/libsofthsm2.so");
                let program = super::peer::folder().join("softhsm");
                match module.is_file() {
                    true => (program.display().to_string(), program.is_file(), BUILD),
                    false => (module.display().to_string(), false, install),
                }
            }
            Self::Openssl => ("openssl".to_owned(), has_command("openssl"), install),
            Self::IpsecMb => {
                let program = super::peer::folder().join("ipsec-mb");
                (program.display().to_string(), program.is_file(), BUILD)
            }
            Self::Hyper | Self::H3Quinn | Self::FramedQuinn => return None,
        };
        (!is_there).then(|| format!("there is no {what}: `{command}`"))
    }
}

/// What builds the programs that call libraries of others.
const BUILD: &str = super::peer::COMMAND;

/// Whether a command is on the path, or where Debian has those of administrators.
fn has_command(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.into_iter().any(|folder| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_looked_for() {
        assert!(has_command("sh"));
        assert!(!has_command("no such command"));
    }

    #[test]
    fn servers_of_our_own_are_always_there() {
        assert_eq!(Beside::Hyper.missing(), None);
    }
}
