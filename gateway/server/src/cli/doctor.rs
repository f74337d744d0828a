//! `typex doctor`: what of this machine, configuration and data directory would hurt later.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use rustix::process::{Resource, getrlimit};
use typex_store::Mark;

use super::run::Failure;
use crate::admin::{self, Answer, CardRequest, Request};
use crate::card::{self, Report};
use crate::config::Config;
use crate::opening;
use crate::transport::tls;

/// A certificate with less than this to live is worth a word.
const CERTIFICATE_WARNING: Duration = Duration::from_secs(14 * 24 * 3600);

/// How one check ended.
enum Finding {
    Good(String),
    Note(String),
    Bad(String),
}

use Finding::{Bad, Good, Note};

/// Runs every check. The exit status is 1 when one of them is bad.
pub(super) fn doctor(data: &Path, config: &Config) -> Result<ExitCode, Failure> {
    let running = admin::ask(data, &Request::Clients).is_ok_and(|answer| answer.is_some());
    let findings = [
        ("processor", processor()),
        ("descriptors", descriptors(config)),
        ("memory lock", memory_lock()),
        ("gateway", gateway(running)),
        ("ports", ports(config, running)),
        ("data directory", directory(data)),
        ("store", store(data, config, running)),
        ("certificate", certificate(data, config)),
        ("card", card(data, config, running)),
    ];
    for (name, finding) in &findings {
        let (mark, text) = match finding {
            Good(text) => ("ok  ", text),
            Note(text) => ("note", text),
            Bad(text) => ("BAD ", text),
        };
        say!("{mark}  {name:<15} {text}");
    }
    let bad = findings.iter().any(|(_, finding)| matches!(finding, Bad(_)));
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn processor() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Good(format!("{cores} cores, AES lanes: {}", typex_engine::Path::detect()))
}

fn descriptors(config: &Config) -> Finding {
    let limit = getrlimit(Resource::Nofile).maximum;
    let wanted = config.limits.connections_max as u64 + 256;
    match limit {
        Some(limit) if limit < wanted => Note(format!(
            "at most {limit} descriptors, limits.connections_max wants {wanted}: raise ulimit -n"
        )),
        _ => Good("enough for limits.connections_max".to_owned()),
    }
}

fn memory_lock() -> Finding {
    match getrlimit(Resource::Memlock).current {
        None => Good("memory can be locked".to_owned()),
        Some(bytes) => Note(format!(
            "limited to {bytes} bytes, so secrets may be swapped out: raise ulimit -l"
        )),
    }
}

fn gateway(running: bool) -> Finding {
    Good(if running { "running on this data directory" } else { "not running" }.to_owned())
}

fn ports(config: &Config, running: bool) -> Finding {
    if running {
        return Good("in use by the running gateway".to_owned());
    }
    let ports = config.listen.ports.values().flat_map(|listeners| listeners.values());
    let taken: Vec<String> = ports
        .filter(|port| **port != 0)
        .filter(|port| TcpListener::bind(SocketAddr::new(config.listen.address, **port)).is_err())
        .map(u16::to_string)
        .collect();
    if taken.is_empty() {
        Good(format!("free on {}", config.listen.address))
    } else {
        Bad(format!("taken on {}: {}", config.listen.address, taken.join(", ")))
    }
}

fn directory(data: &Path) -> Finding {
    match std::fs::metadata(data) {
        Err(_) => Note(format!("{} does not exist; the first start makes it", data.display())),
        Ok(meta) if meta.mode() & 0o077 != 0 => {
            Bad(format!("{} is open to others: chmod 700", data.display()))
        }
        Ok(_) => Good(format!("{} is private", data.display())),
    }
}

fn store(data: &Path, config: &Config, running: bool) -> Finding {
    if running {
        return Good("open in the running gateway; stop it to check records with fsck".to_owned());
    }
    if !opening::exists(data) {
        return Note("none yet".to_owned());
    }
    match opening::open(data, config) {
        Err(error) => Bad(error.to_string()),
        Ok(store) if store.mark() == Mark::Development => {
            Note("opens; made for development, production will refuse it".to_owned())
        }
        Ok(_) => Good("opens".to_owned()),
    }
}

fn certificate(data: &Path, config: &Config) -> Finding {
    let files = if config.listen.certificate.as_os_str().is_empty() {
        let dir = data.join("tls");
        if !dir.exists() {
            return Note("a development certificate will be made".to_owned());
        }
        let files = tls::Files::of_development(&dir);
        if tls::Material::load(&files).is_err() {
            return Note("another development certificate will be made".to_owned());
        }
        files
    } else {
        let chain = config.listen.certificate.clone();
        tls::Files { chain, key: config.listen.private_key.clone() }
    };
    match tls::Material::load(&files) {
        Err(error) => Bad(error.to_string()),
        Ok(material) => lifetime(material.not_after()),
    }
}

/// What the running gateway says of its card, or whether this build has the configured one.
fn card(data: &Path, config: &Config, running: bool) -> Finding {
    if running {
        return match admin::ask(data, &Request::Card(CardRequest::Show)) {
            Ok(Some(Answer::Card(report))) => health(&report),
            Ok(Some(Answer::Refused { .. })) => Good("none in use".to_owned()),
            _ => Bad("the gateway does not answer".to_owned()),
        };
    }
    let kind = config.card.kind;
    match (config.engine.backend.entry().needs_card, card::available(kind)) {
        (false, _) => Good("none configured".to_owned()),
        (true, Ok(())) => Note(format!("card={}, simulated", kind.name())),
        (true, Err(error)) => Bad(error.to_string()),
    }
}

fn health(report: &Report) -> Finding {
    let Report { card, backend, state, .. } = report;
    let text =
        format!("card={card}, backend {backend}, {}, self-test {}", state.word, state.selftest);
    if state.up { Good(text) } else { Bad(format!("{text}: see typex card")) }
}

fn lifetime(not_after: SystemTime) -> Finding {
    match not_after.duration_since(SystemTime::now()) {
        Err(_) => Bad("expired".to_owned()),
        Ok(left) if left < CERTIFICATE_WARNING => {
            Bad(format!("expires in {} days", left.as_secs() / 86_400))
        }
        Ok(left) => Good(format!("valid for {} days", left.as_secs() / 86_400)),
    }
}
