//! The socket in the data directory: one JSON line in, one out, for the owner of the directory.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};

use super::{Answer, Request};

/// Longest request line: the longest member is a path.
const REQUEST_BYTES_MAX: u64 = 16 << 10;
/// Longest answer line: a hundred thousand keys of 500 bytes.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
/// How long the other side may take for its line, and a gateway until it takes a request.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long an answer may take: requests before it, and what the store has to do.
const ANSWER_PATIENCE: Duration = Duration::from_secs(120);
/// How long a card's answer may take: the self-test of one that is simulated as RTL.
const CARD_PATIENCE: Duration = Duration::from_secs(20 * 60);
/// How long a backup may take: some hundred GB at the speed of a disk.
const BACKUP_PATIENCE: Duration = Duration::from_secs(60 * 60);

/// The gateway's end.
pub struct Listener(UnixListener);

impl Listener {
    /// Listens in `data`. A file left by a gateway that was killed is replaced: whoever holds the
    /// store's lock is the only gateway.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind(data: &Path) -> std::io::Result<Self> {
        let path = path(data);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let socket = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self(socket))
    }

    /// Answers one request after another, for as long as the process lives; a backup, which takes
    /// its time, beside the others. A request that meets a defect is refused.
    pub fn serve(self, perform: impl Fn(Request) -> Answer + Sync) {
        let is_backing_up = AtomicBool::new(false);
        let backup = |stream: UnixStream, request| {
            let answer = guarded(&perform, request);
            is_backing_up.store(false, Ordering::Release);
            note(send(&stream, &answer));
        };
        let backup = &backup;
        std::thread::scope(|scope| {
            let serve_one = |stream: UnixStream| match hear(&stream)? {
                Ok(request @ Request::Backup { .. }) => {
                    if is_backing_up.swap(true, Ordering::AcqRel) {
                        return send(&stream, &refused("a backup is being written already"));
                    }
                    let thread = std::thread::Builder::new().name("backup".to_owned());
                    let started = thread.spawn_scoped(scope, move || backup(stream, request));
                    started.map(drop).inspect_err(|_| is_backing_up.store(false, Ordering::Release))
                }
                Ok(request) => send(&stream, &guarded(&perform, request)),
                Err(error) => send(&stream, &refused(&error.to_string())),
            };
            for stream in self.0.incoming() {
                note(stream.and_then(serve_one));
            }
        });
    }
}

/// Takes the socket away when the gateway ends, so that nobody waits for it.
pub fn withdraw(data: &Path) {
    if let Err(error) = std::fs::remove_file(path(data)) {
        tracing::warn!(%error, "control.sock stays");
    }
}

fn hear(stream: &UnixStream) -> std::io::Result<serde_json::Result<Request>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(serde_json::from_str(&line(stream, REQUEST_BYTES_MAX)?))
}

/// Nothing that an operator asks ends the thread that answers.
fn guarded(perform: impl Fn(Request) -> Answer, request: Request) -> Answer {
    catch_unwind(AssertUnwindSafe(|| perform(request))).unwrap_or_else(|_| {
        tracing::error!("an operator request met a defect");
        refused("a defect; see the log")
    })
}

fn refused(reason: &str) -> Answer {
    Answer::Refused { reason: reason.to_owned() }
}

fn note(served: std::io::Result<()>) {
    if let Err(error) = served {
        tracing::warn!(%error, "operator request failed");
    }
}

/// Asks the gateway that runs on `data`. `None`: none runs.
///
/// # Errors
/// What the system says, an answer that is not one, or `TimedOut` if none comes in time.
pub fn ask(data: &Path, request: &Request) -> std::io::Result<Option<Answer>> {
    ask_within(data, request, patience(request))
}

fn patience(request: &Request) -> Duration {
    match request {
        Request::Backup { .. } => BACKUP_PATIENCE,
        Request::Card(_) => CARD_PATIENCE,
        Request::Ping => PATIENCE,
        _ => ANSWER_PATIENCE,
    }
}

fn ask_within(
    data: &Path,
    request: &Request,
    patience: Duration,
) -> std::io::Result<Option<Answer>> {
    let stream = match connect(&path(data), patience.min(PATIENCE)) {
        Ok(stream) => stream,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(explained(error)),
    };
    stream.set_read_timeout(Some(patience))?;
    send(&stream, request).map_err(explained)?;
    let answer = line(&stream, ANSWER_BYTES_MAX).map_err(explained)?;
    Ok(Some(serde_json::from_str(&answer)?))
}

/// A connection on which neither connecting nor sending takes longer than `patience`.
fn connect(path: &Path, patience: Duration) -> std::io::Result<UnixStream> {
    let kind = (AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC);
    let socket = socket_with(kind.0, kind.1, kind.2, None)?;
    set_socket_timeout(&socket, Timeout::Send, Some(patience))?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(UnixStream::from(socket))
}

fn explained(error: std::io::Error) -> std::io::Error {
    if error.kind() != std::io::ErrorKind::WouldBlock {
        return error;
    }
    let text = "the gateway does not answer in time; it may do what was asked all the same: \
                see its log and `typex audit show`";
    std::io::Error::new(std::io::ErrorKind::TimedOut, text)
}

fn is_absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, NotFound};
    matches!(error.kind(), NotFound | ConnectionRefused)
}

fn line(stream: &UnixStream, bytes_max: u64) -> std::io::Result<String> {
    let mut text = String::new();
    BufReader::new(stream.take(bytes_max)).read_line(&mut text)?;
    Ok(text)
}

fn send(mut stream: &UnixStream, message: &impl serde::Serialize) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(message)?;
    text.push(b'\n');
    stream.write_all(&text)
}

fn path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex};

    use super::*;

    fn backup() -> Request {
        Request::Backup { file: PathBuf::from("a copy") }
    }

    fn served(perform: impl Fn(Request) -> Answer + Send + Sync + 'static) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let listener = Listener::bind(dir.path()).expect("a socket");
        std::thread::spawn(move || listener.serve(perform));
        dir
    }

    fn reason(answer: std::io::Result<Option<Answer>>) -> String {
        match answer.expect("an answer").expect("a gateway") {
            Answer::Refused { reason } => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_defect_is_an_answer_and_ends_nothing() {
        let dir = served(|request| match request {
            Request::Clients => Answer::Done,
            _ => panic!("a defect"),
        });
        for request in [Request::Hems, backup(), backup()] {
            assert!(reason(ask(dir.path(), &request)).contains("a defect; see the log"));
            let answer = ask(dir.path(), &Request::Clients).expect("an answer");
            assert_eq!(answer, Some(Answer::Done));
        }
    }

    #[test]
    fn nobody_waits_for_a_backup_but_who_asked() {
        let (begun, begins): (Sender<()>, Receiver<()>) = channel();
        let (end, ends): (Sender<()>, Receiver<()>) = channel();
        let ends = Mutex::new(ends);
        let dir = Arc::new(served(move |request| {
            if matches!(request, Request::Backup { .. }) {
                begun.send(()).expect("the test");
                ends.lock().expect("one at a time").recv().expect("the test");
                return Answer::BackedUp { records: 1, epoch: 2 };
            }
            Answer::Done
        }));
        let asked = Arc::clone(&dir);
        let asks = std::thread::spawn(move || ask(asked.path(), &backup()));
        begins.recv().expect("it begins");
        assert_eq!(ask(dir.path(), &Request::Clients).expect("an answer"), Some(Answer::Done));
        assert!(reason(ask(dir.path(), &backup())).contains("already"));
        end.send(()).expect("it waits");
        let answer = asks.join().expect("no panic").expect("an answer");
        assert_eq!(answer, Some(Answer::BackedUp { records: 1, epoch: 2 }));
        end.send(()).expect("it waits");
        assert!(matches!(ask(dir.path(), &backup()), Ok(Some(Answer::BackedUp { .. }))));
    }

    #[test]
    fn a_gateway_that_does_not_answer_is_not_waited_for() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(ask(dir.path(), &Request::Clients).expect("no socket"), None);
        let kind = (AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC);
        let silent = socket_with(kind.0, kind.1, kind.2, None).expect("a socket");
        let address = SocketAddrUnix::new(path(dir.path())).expect("a short path");
        rustix::net::bind(&silent, &address).expect("a free name");
        rustix::net::listen(&silent, 0).expect("bound");
        let patience = Duration::from_millis(20);
        let asked = || ask_within(dir.path(), &Request::Clients, patience);
        assert_eq!(asked().expect_err("silence").kind(), std::io::ErrorKind::TimedOut);
        // Nobody takes them: there is no room for one more.
        let connect = || connect(&path(dir.path()), patience);
        let queued: Vec<_> =
            std::iter::repeat_with(connect).take(9).map_while(Result::ok).collect();
        assert!(queued.len() < 9, "the queue has no end");
        assert_eq!(asked().expect_err("silence").kind(), std::io::ErrorKind::TimedOut);
        drop(silent);
        assert_eq!(ask(dir.path(), &Request::Clients).expect("a dead socket"), None);
    }
}
