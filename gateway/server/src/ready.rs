//! Tells people and programs where the gateway listens.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;

use crate::gateway::Role;
use crate::hem;
use crate::transport::{Bound, Kind};

/// A recorded request of a public client; its answer has status 9000.
// spec: enigma-bridge 2.6
const SAMPLE: &str = "/1.0/TEST_API000000ee01/ProcessData/e718e27a1016452c/Packet0_PLAINAES_0000\
    32245a350877442a67a724f18dfea1f857a6113beb82e76874f27165a3404754\
    84f71cc9864906fd816b594923aa6aeb";

/// One way to reach a listener.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Reachable {
    /// Which foreign API; `operator` for metrics and health.
    pub dialect: &'static str,
    /// Which of its listeners.
    pub listener: &'static str,
    /// `http`, `https`, `http3` or `tcp`.
    pub transport: &'static str,
    /// Address and port.
    pub address: SocketAddr,
}

/// What the ready file holds.
#[derive(Serialize)]
struct Ready<'a> {
    version: &'static str,
    pid: u32,
    listeners: &'a [Reachable],
}

/// Every way to reach every listener.
pub(crate) fn reachable(bound: &[Bound], roles: &[Role]) -> Vec<Reachable> {
    bound.iter().flat_map(|bound| ways(bound, roles)).collect()
}

fn ways(bound: &Bound, roles: &[Role]) -> Vec<Reachable> {
    let role = roles.get(usize::from(bound.role.0));
    let dialect = role.map_or("operator", |role| role.dialect.name());
    let listener = role.map_or("operator", |role| role.listener.name);
    let has_frames = role.is_some_and(|role| role.listener.kind == typex_dialect::Kind::Frames);
    let transports: &[(&'static str, bool)] = match bound.kind {
        Kind::Http { .. } => &[
            ("http", true),
            ("https", bound.tls),
            ("http3", bound.quic),
            ("typex/1", bound.quic && has_frames),
        ],
        Kind::JsonLines => &[("tcp", true)],
    };
    let offered = transports.iter().filter(|(_, offered)| *offered);
    offered
        .map(|(transport, _)| Reachable { dialect, listener, transport, address: bound.address })
        .collect()
}

/// Writes the ready file; it appears whole.
///
/// # Errors
/// What the file system says.
pub(crate) fn write(path: &Path, listeners: &[Reachable]) -> std::io::Result<()> {
    let ready = Ready { version: env!("CARGO_PKG_VERSION"), pid: std::process::id(), listeners };
    let partial = path.with_extension("partial");
    let mut file = std::fs::File::create(&partial)?;
    serde_json::to_writer_pretty(&mut file, &ready)?;
    file.write_all(b"\n")?;
    std::fs::rename(partial, path)
}

/// What a person reads at the start: where everything listens, and what to try.
pub(crate) fn banner(listeners: &[Reachable], computes: &str, demo: bool) -> String {
    let mut text = format!("typex {} ready, {computes}\n\n", env!("CARGO_PKG_VERSION"));
    for group in listeners.chunk_by(|a, b| (a.address, a.listener) == (b.address, b.listener)) {
        let transports: Vec<_> = group.iter().map(|one| one.transport).collect();
        let (first, all) = (&group[0], transports.join(" "));
        text += &format!(
            "  {:<14} {:<12} {:<22} {all}\n",
            first.dialect,
            first.listener,
            first.address.to_string()
        );
    }
    let process = listeners.iter().find(|one| one.listener == "process");
    if let (true, Some(process)) = (demo, process) {
        text += "\nTry (the answer's status is 9000, success):\n\n";
        text += &format!("  curl 'http://{}{SAMPLE}'\n", process.address);
    }
    let api = listeners.iter().find(|one| one.dialect == "encedo-hem" && one.transport == "https");
    if let (true, Some(api)) = (demo, api) {
        text += "\nA security module without an owner, until `auth/init` makes one:\n\n";
        let port = api.address.port();
        text += &format!("  curl -k 'https://{}:{port}/api/system/status'\n", hem::FIRST);
    }
    text
}

/// Commands to go on with, as they are typed where `program` was started on `data`.
pub(crate) fn next(program: &str, data: &Path) -> String {
    let mut text = "\nNext:\n\n".to_owned();
    let mut option = String::new();
    if data != Path::new(crate::cli::DATA) {
        option = format!(" --data {}", quoted(&data.display().to_string()));
    }
    for command in ["key list", "audit show", "doctor"] {
        text += &format!("  {} {command}{option}\n", quoted(program));
    }
    text + &format!("  {} --help\n", quoted(program))
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_to_go_on_with_can_be_typed() {
        let text = next("target/release/typex", Path::new("data"));
        assert!(text.contains("\n  target/release/typex key list\n"), "{text}");
        let text = next("/opt/my typex", Path::new("/srv/it's"));
        let line = r"'/opt/my typex' doctor --data '/srv/it'\''s'";
        assert!(text.contains(&format!("\n  {line}\n")), "{text}");
    }
}
