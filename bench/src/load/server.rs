//! What the operating system knows of the server's processes.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use rustix::param::{clock_ticks_per_second, page_size};

/// The state of a socket that listens, and of one that is connected, in `/proc/net/tcp`.
const LISTENS: &str = "0A";
const CONNECTED: &str = "01";
/// A socket of UDP that is bound and not connected.
const UNCONNECTED: &str = "07";

/// What processes use at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// User and system time, in microseconds; the system counts in steps of 10 ms.
    pub cpu_us: f64,
    /// Resident memory, in bytes.
    pub memory_bytes: u64,
}

/// What these processes use; of those that are gone, nothing. `None` if all are gone.
pub fn usage(processes: &[u32]) -> Option<Usage> {
    let each: Vec<_> = processes.iter().filter_map(|pid| usage_of(*pid)).collect();
    if each.is_empty() {
        return None;
    }
    Some(each.iter().fold(Usage::default(), |sum, one| Usage {
        cpu_us: sum.cpu_us + one.cpu_us,
        memory_bytes: sum.memory_bytes + one.memory_bytes,
    }))
}

fn usage_of(pid: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name: state is field 3, user time 14, system time 15, resident pages 24.
    let fields: Vec<_> = stat.rsplit(')').next()?.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let ticks = field(14)? + field(15)?;
    Some(Usage {
        cpu_us: ticks as f64 * 1e6 / clock_ticks_per_second() as f64,
        memory_bytes: field(24)? * page_size() as u64,
    })
}

/// The processes that listen at an address, TCP or UDP; those of other users cannot be seen.
pub fn listening(address: SocketAddr) -> Vec<u32> {
    let mut sockets = BTreeSet::new();
    for (table, state) in
        [("tcp", LISTENS), ("tcp6", LISTENS), ("udp", UNCONNECTED), ("udp6", UNCONNECTED)]
    {
        let rows = rows(table).into_iter();
        let is_it = |row: &Row| row.state == state && row.local.matches(address);
        sockets.extend(rows.filter(is_it).map(|row| format!("socket:[{}]", row.inode)));
    }
    holders(&sockets)
}

/// How many connections of TCP are established to these addresses.
pub fn connections(addresses: &[SocketAddr]) -> u64 {
    let tables = ["tcp", "tcp6"].into_iter().flat_map(rows);
    let is_one = |row: &Row| {
        row.state == CONNECTED && addresses.iter().any(|address| row.local.matches(*address))
    };
    tables.filter(is_one).count() as u64
}

/// A row of `/proc/net`.
struct Row {
    local: Local,
    state: String,
    inode: String,
}

struct Local {
    ip: IpAddr,
    port: u16,
}

impl Local {
    fn matches(&self, address: SocketAddr) -> bool {
        let same = self.ip.to_canonical() == address.ip().to_canonical();
        self.port == address.port() && (same || self.ip.is_unspecified())
    }
}

fn rows(table: &str) -> Vec<Row> {
    let text = fs::read_to_string(format!("/proc/self/net/{table}")).unwrap_or_default();
    text.lines().skip(1).filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let local = local(fields.get(1)?)?;
    Some(Row { local, state: (*fields.get(3)?).to_owned(), inode: (*fields.get(9)?).to_owned() })
}

/// Words of four bytes, each in the machine's order.
fn local(text: &str) -> Option<Local> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = const_hex::decode(ip).ok()?;
    if cfg!(target_endian = "little") {
        bytes.chunks_mut(4).for_each(|word| word.reverse());
    }
    let ip = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
    };
    Some(Local { ip, port })
}

fn holders(sockets: &BTreeSet<String>) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|one| one.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| holds(*pid, sockets)).collect()
}

fn holds(pid: u32, sockets: &BTreeSet<String>) -> bool {
    let Ok(descriptors) = fs::read_dir(Path::new("/proc").join(pid.to_string()).join("fd")) else {
        return false;
    };
    let mut links = descriptors.flatten().filter_map(|one| fs::read_link(one.path()).ok());
    links.any(|link| link.to_str().is_some_and(|text| sockets.contains(text)))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};

    use super::*;

    #[test]
    fn this_process_is_found_by_what_it_listens_at() {
        let me = std::process::id();
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let udp = UdpSocket::bind("0.0.0.0:0").expect("a socket");
        assert_eq!(listening(tcp.local_addr().expect("bound")), [me]);
        let port = udp.local_addr().expect("bound").port();
        assert_eq!(listening(SocketAddr::from(([127, 0, 0, 1], port))), [me]);
    }

    #[test]
    fn connections_are_counted() {
        let listener = TcpListener::bind("[::1]:0").or_else(|_| TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a listener");
        let address = listener.local_addr().expect("bound");
        assert_eq!(connections(&[address]), 0);
        let clients: Vec<_> =
            (0..3).map(|_| TcpStream::connect(address).expect("it accepts")).collect();
        assert_eq!(connections(&[address]), 3);
        drop(clients);
    }

    #[test]
    fn this_process_uses_memory_and_time() {
        let before = usage(&[std::process::id()]).expect("it runs");
        assert!(before.memory_bytes > 1 << 20, "{before:?}");
        // Until the count of the system moves.
        let mut sum = 0_u64;
        let moves = (0..10_000).any(|_| {
            sum = (0..1_000_000).fold(sum, |sum, n| std::hint::black_box(sum ^ n));
            usage(&[std::process::id()]).is_some_and(|now| now.cpu_us > before.cpu_us)
        });
        assert!(moves, "the count does not move ({sum})");
        assert_eq!(usage(&[u32::MAX]), None);
    }
}
