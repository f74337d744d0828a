//! `typex doctor`: what of this machine, configuration and data directory would hurt later.

use std::net::{TcpListener, UdpSocket};
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
use crate::transport::{Kind, Listener, tls};
use crate::{opening, serve};

/// A certificate with less than this to live is worth a note.
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
    let (running, gateway) = gateway(data);
    let findings = [
        ("processor", processor()),
        ("descriptors", descriptors(config)),
        ("memory lock", memory_lock()),
        ("gateway", gateway),
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

/// Whether a gateway runs. One that does not answer runs.
fn gateway(data: &Path) -> (bool, Finding) {
    match admin::ask(data, &Request::Ping) {
        Ok(Some(_)) => (true, Good("running on this data directory".to_owned())),
        Ok(None) => (false, Good("not running".to_owned())),
        Err(error) => (true, Bad(error.to_string())),
    }
}

fn ports(config: &Config, running: bool) -> Finding {
    if running {
        return Good("in use by the running gateway".to_owned());
    }
    let listeners = serve::listeners(config, &serve::roles());
    let taken: Vec<String> = listeners.iter().flat_map(taken).collect();
    let listen = &config.listen;
    if taken.is_empty() {
        Good(format!("free on {}, operator's on {}", listen.address, listen.operator_address))
    } else {
        Bad(format!("taken: {}", taken.join(", ")))
    }
}

/// Where a listener cannot listen: HTTP/3 has the UDP port of the same number.
fn taken(listener: &Listener) -> Vec<String> {
    let address = listener.address;
    let has_udp = matches!(listener.kind, Kind::Http { quic: true });
    let tcp = TcpListener::bind(address).is_err().then(|| format!("{address} (TCP)"));
    let udp = has_udp && UdpSocket::bind(address).is_err();
    let taken = tcp.into_iter().chain(udp.then(|| format!("{address} (UDP)")));
    taken.filter(|_| address.port() != 0).collect()
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
            Note(format!("expires in {} days: renew it", left.as_secs() / 86_400))
        }
        Ok(left) => Good(format!("valid for {} days", left.as_secs() / 86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Options with this one port and no other that is chosen.
    fn with_ports(process: u16, operator: u16) -> Config {
        let mut config = Config::default();
        config.listen.ports.values_mut().flat_map(|all| all.values_mut()).for_each(|p| *p = 0);
        *config.listen.ports.get_mut("enigma-bridge").unwrap().get_mut("process").unwrap() =
            process;
        config.listen.operator_port = operator;
        config
    }

    #[test]
    fn taken_ports_are_named_with_their_protocol() {
        let held = UdpSocket::bind("127.0.0.1:0").unwrap();
        let udp = held.local_addr().unwrap();
        let Bad(text) = ports(&with_ports(udp.port(), 0), false) else { panic!("free") };
        assert!(text.contains(&format!("{udp} (UDP)")), "{text}");
        assert!(matches!(ports(&with_ports(udp.port(), 0), true), Good(_)), "by the gateway");
        let operator = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = operator.local_addr().unwrap();
        let Bad(text) = ports(&with_ports(0, at.port()), false) else { panic!("free") };
        assert_eq!(text, format!("taken: {at} (TCP)"));
        assert!(matches!(ports(&with_ports(0, 0), false), Good(_)));
    }

    #[test]
    fn a_gateway_that_gives_no_answer_is_one_that_runs() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(gateway(dir.path()), (false, Good(_))));
        let socket =
            std::os::unix::net::UnixListener::bind(dir.path().join("control.sock")).unwrap();
        let closes = std::thread::spawn(move || socket.accept().map(drop));
        assert!(matches!(gateway(dir.path()), (true, Bad(_))));
        closes.join().unwrap().unwrap();
        assert!(matches!(gateway(dir.path()), (false, Good(_))), "a dead socket");
    }

    #[test]
    fn a_certificate_is_bad_once_it_has_expired() {
        let day = Duration::from_secs(24 * 3600);
        let now = SystemTime::now();
        assert!(matches!(lifetime(now + 15 * day), Good(_)));
        assert!(matches!(lifetime(now + 13 * day), Note(text) if text.contains("12 days")));
        assert!(matches!(lifetime(now - day), Bad(text) if text == "expired"));
    }
}
