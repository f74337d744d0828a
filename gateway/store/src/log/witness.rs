//! Who is told of every checkpoint, so that a log cannot be shortened or rewritten unseen by
//! whoever controls this machine later.
//!
//! Each witness has a thread and a short queue of its own: one that does not answer delays
//! nothing, and what it missed is counted.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use typex_core::audit::checkpoint::SignedCheckpoint;

use super::limits::{WITNESS_ANSWER_BYTES, WITNESS_QUEUE, WITNESS_TIMEOUT_MS, WITNESSES_MAX};

/// Facility `log audit`, severity `notice`.
const SYSLOG_PRIORITY: u8 = 13 * 8 + 5;

/// Where checkpoints are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// Appended to a file, best on another medium or one that only takes appends.
    File(PathBuf),
    /// Sent to the local system log, in one line.
    Syslog(PathBuf),
    /// Sent as the body of a POST request to a program on this machine.
    Url {
        /// Loopback only: what is sent is signed but not hidden.
        address: SocketAddr,
        /// Path and query.
        path: String,
    },
}

/// A text that names no witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a witness is file:PATH, syslog, syslog:SOCKET or http://LOOPBACK-ADDRESS:PORT/PATH")]
pub struct WitnessError;

impl FromStr for Witness {
    type Err = WitnessError;

    fn from_str(text: &str) -> Result<Self, WitnessError> {
        if text == "syslog" {
            return Ok(Self::Syslog("/dev/log".into()));
        }
        let (scheme, rest) = text.split_once(':').ok_or(WitnessError)?;
        match scheme {
            _ if rest.is_empty() => Err(WitnessError),
            "file" => Ok(Self::File(rest.into())),
            "syslog" => Ok(Self::Syslog(rest.into())),
            "http" => url(rest).ok_or(WitnessError),
            _ => Err(WitnessError),
        }
    }
}

fn url(rest: &str) -> Option<Witness> {
    let rest = rest.strip_prefix("//")?;
    let (address, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let address: SocketAddr = address.parse().ok()?;
    let path = if path.is_empty() { "/" } else { path };
    let sound = address.ip().is_loopback() && path.bytes().all(|byte| byte.is_ascii_graphic());
    sound.then(|| Witness::Url { address, path: path.to_owned() })
}

impl Witness {
    fn send(&self, note: &SignedCheckpoint) -> io::Result<()> {
        match self {
            Self::File(path) => to_file(path, note),
            Self::Syslog(socket) => to_syslog(socket, note),
            Self::Url { address, path } => to_url(*address, path, note),
        }
    }
}

fn to_file(path: &Path, note: &SignedCheckpoint) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o644).open(path)?;
    file.write_all(note.to_string().as_bytes())?;
    file.sync_data()
}

fn to_syslog(socket: &Path, note: &SignedCheckpoint) -> io::Result<()> {
    let sender = UnixDatagram::unbound()?;
    sender.set_write_timeout(Some(Duration::from_millis(WITNESS_TIMEOUT_MS)))?;
    let message = format!("<{SYSLOG_PRIORITY}>typex-audit: {}", note.to_line());
    sender.send_to(message.as_bytes(), socket).map(drop)
}

fn to_url(address: SocketAddr, path: &str, note: &SignedCheckpoint) -> io::Result<()> {
    let timeout = Duration::from_millis(WITNESS_TIMEOUT_MS);
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_write_timeout(Some(timeout))?;
    stream.set_read_timeout(Some(timeout))?;
    let body = note.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len(),
    );
    stream.write_all(request.as_bytes())?;
    if accepts(&mut stream)? { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// Whether the answer begins with a status line of the 200s.
fn accepts(stream: &mut TcpStream) -> io::Result<bool> {
    let mut answer = [0; WITNESS_ANSWER_BYTES];
    let mut len = 0;
    while len < 12 {
        match stream.read(&mut answer[len..])? {
            0 => break,
            read => len += read,
        }
    }
    let status = answer.get(..len).unwrap_or_default();
    Ok(status.starts_with(b"HTTP/1.") && status.get(8..10) == Some(b" 2"))
}

/// What became of the checkpoints for one witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessCounts {
    /// Who.
    pub witness: Witness,
    /// Delivered.
    pub sent: u64,
    /// Tried in vain.
    pub failed: u64,
    /// Not tried because the witness was still busy with earlier ones.
    pub dropped: u64,
}

/// The threads.
pub(super) struct Witnesses(Vec<Sender>);

struct Sender {
    witness: Witness,
    queue: Option<SyncSender<SignedCheckpoint>>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    sent: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    closing: AtomicBool,
}

impl Witnesses {
    pub(super) fn start(witnesses: Vec<Witness>) -> io::Result<Self> {
        let started = witnesses.into_iter().take(WITNESSES_MAX).map(Sender::start);
        started.collect::<io::Result<_>>().map(Self)
    }

    /// Never waits.
    pub(super) fn tell(&self, note: &SignedCheckpoint) {
        for sender in &self.0 {
            let queued = sender.queue.as_ref().is_some_and(|q| q.try_send(note.clone()).is_ok());
            if !queued {
                sender.shared.dropped.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(witness = ?sender.witness, "audit witness is behind");
            }
        }
    }

    pub(super) fn counts(&self) -> Vec<WitnessCounts> {
        self.0.iter().map(Sender::counts).collect()
    }

    /// Lets each witness have its newest checkpoint and waits for one delivery at most.
    pub(super) fn close(&mut self) {
        for sender in &mut self.0 {
            sender.shared.closing.store(true, Ordering::Relaxed);
            sender.queue = None;
        }
        for sender in &mut self.0 {
            if sender.thread.take().is_some_and(|thread| thread.join().is_err()) {
                tracing::error!(witness = ?sender.witness, "audit witness thread panicked");
            }
        }
    }
}

impl Drop for Witnesses {
    fn drop(&mut self) {
        self.close();
    }
}

impl Sender {
    fn start(witness: Witness) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(WITNESS_QUEUE);
        let shared = Arc::new(Shared::default());
        let (to, counts) = (witness.clone(), Arc::clone(&shared));
        let builder = thread::Builder::new().name("audit-witness".into());
        let thread = builder.spawn(move || deliver(&to, &waiting, &counts))?;
        Ok(Self { witness, queue: Some(queue), shared, thread: Some(thread) })
    }

    fn counts(&self) -> WitnessCounts {
        let Shared { sent, failed, dropped, .. } = &*self.shared;
        let [sent, failed, dropped] =
            [sent, failed, dropped].map(|count| count.load(Ordering::Relaxed));
        WitnessCounts { witness: self.witness.clone(), sent, failed, dropped }
    }
}

fn deliver(to: &Witness, waiting: &Receiver<SignedCheckpoint>, shared: &Shared) {
    while let Ok(mut note) = waiting.recv() {
        if shared.closing.load(Ordering::Relaxed) {
            while let Ok(newer) = waiting.try_recv() {
                note = newer;
                shared.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        match to.send(&note) {
            Ok(()) => shared.sent.fetch_add(1, Ordering::Relaxed),
            Err(error) => {
                tracing::warn!(witness = ?to, %error, "audit witness did not take a checkpoint");
                shared.failed.fetch_add(1, Ordering::Relaxed)
            }
        };
    }
}
