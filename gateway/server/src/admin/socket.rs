//! The socket in the data directory: one JSON line in, one out, for the owner of the directory.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Answer, Request};

/// Longest request line: the longest member is a path.
const REQUEST_BYTES_MAX: u64 = 16 << 10;
/// Longest answer line: a hundred thousand keys of 500 bytes.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
/// How long the other side may take for its line.
const PATIENCE: Duration = Duration::from_secs(30);

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

    /// Answers one request after another, for as long as the process lives.
    pub fn serve(self, perform: impl Fn(Request) -> Answer) {
        for stream in self.0.incoming() {
            let served = stream.and_then(|stream| serve_one(&stream, &perform));
            if let Err(error) = served {
                tracing::warn!(%error, "operator request failed");
            }
        }
    }
}

/// Takes the socket away when the gateway ends, so that nobody waits for it.
pub fn withdraw(data: &Path) {
    if let Err(error) = std::fs::remove_file(path(data)) {
        tracing::warn!(%error, "control.sock stays");
    }
}

fn serve_one(stream: &UnixStream, perform: impl Fn(Request) -> Answer) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let answer = match serde_json::from_str(&line(stream, REQUEST_BYTES_MAX)?) {
        Ok(request) => perform(request),
        Err(error) => Answer::Refused { reason: error.to_string() },
    };
    send(stream, &answer)
}

/// Asks the gateway that runs on `data`. `None`: none runs.
///
/// # Errors
/// What the system says, or an answer that is not one.
pub fn ask(data: &Path, request: &Request) -> std::io::Result<Option<Answer>> {
    let stream = match UnixStream::connect(path(data)) {
        Ok(stream) => stream,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    send(&stream, request)?;
    let answer = line(&stream, ANSWER_BYTES_MAX)?;
    Ok(Some(serde_json::from_str(&answer)?))
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
