//! A server with a service that echoes, and what clients need to reach it.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

use typex_core::Secret;
use typex_wire::{EXPORTER_BYTES, Frame, WireError};

use crate::transport::*;

/// Far longer than anything a test waits for.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

pub(super) const SHORT: Duration = Duration::from_millis(50);

/// Sees what happens to requests for `/hold` and `/stall`, and lets them go.
pub(super) struct Probe {
    entered: watch::Sender<usize>,
    dropped: watch::Sender<usize>,
    gate: Semaphore,
    stalled: Mutex<mpsc::Receiver<()>>,
    go_on: mpsc::Sender<()>,
}

impl Probe {
    fn new() -> Self {
        let (go_on, stalled) = mpsc::channel();
        Self {
            entered: watch::Sender::new(0),
            dropped: watch::Sender::new(0),
            gate: Semaphore::new(0),
            stalled: Mutex::new(stalled),
            go_on,
        }
    }

    pub(super) async fn entered(&self, count: usize) {
        reach(&self.entered, count).await;
    }

    pub(super) async fn dropped(&self, count: usize) {
        reach(&self.dropped, count).await;
    }

    pub(super) fn release(&self, count: usize) {
        self.gate.add_permits(count);
    }

    /// Lets the core of one `/stall` go on.
    pub(super) fn go_on(&self) {
        self.go_on.send(()).unwrap();
    }

    /// Stops the whole core, as a scheduler does that has other things to run.
    fn stall(&self) {
        self.entered.send_modify(|count| *count += 1);
        self.stalled.lock().unwrap().recv_timeout(PATIENCE).expect("the test goes on");
    }

    async fn hold(&self) {
        let _dropped = Dropped(&self.dropped);
        self.entered.send_modify(|count| *count += 1);
        self.gate.acquire().await.unwrap().forget();
    }
}

async fn reach(counter: &watch::Sender<usize>, count: usize) {
    patient(counter.subscribe().wait_for(|seen| *seen >= count)).await.unwrap();
}

struct Dropped<'a>(&'a watch::Sender<usize>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count += 1);
    }
}

/// Answers `/peer` with who asks, `/target` with the length of the target, `/hold` and `/stall`
/// when they are let go, and everything else with its body.
#[derive(Clone)]
struct Echo(Arc<Probe>);

/// The id of a frame that waits as requests for `/hold` do.
pub(super) const HOLD: u64 = 0xdead;

/// Bytes that a body has at `/large`, whatever the limit says.
pub(super) const LARGE: usize = 1024 * 1024;

impl Service for Echo {
    type Session = ();

    fn session(&self, _: Peer, _: Secret<[u8; EXPORTER_BYTES]>) {}

    async fn frame(&self, (): &(), frame: Result<Frame, Option<WireError>>) -> (Bytes, bool) {
        match frame {
            Ok(frame) if frame.id == HOLD => {
                self.0.hold().await;
                (Bytes::from_static(b"held "), true)
            }
            Ok(frame) => (format!("{} ", frame.id).into(), true),
            Err(Some(error)) => (error.to_string().into(), false),
            Err(None) => (Bytes::from_static(b"bye"), false),
        }
    }

    async fn call(&self, exchange: Exchange) -> Response<Bytes> {
        let Exchange { peer, request } = exchange;
        let body = match request.uri().path() {
            "/peer" => {
                let Peer { address, role, transport, secure } = peer;
                let address = address.ip();
                format!("{} secure={secure} role={} {address}", transport.name(), role.0).into()
            }
            "/target" => request.uri().to_string().len().to_string().into(),
            "/hold" => {
                self.0.hold().await;
                request.into_body()
            }
            "/stall" => {
                self.0.stall();
                request.into_body()
            }
            _ => request.into_body(),
        };
        Response::new(body)
    }

    async fn line(&self, _: Peer, object: Bytes) -> Bytes {
        if object.windows(6).any(|window| window == b"\"hold\"") {
            self.0.hold().await;
        }
        object
    }

    fn body_bytes(&self, _peer: &Peer, head: &Parts) -> Option<usize> {
        (head.uri.path() == "/large").then_some(LARGE)
    }

    fn refuse(&self, _: &Peer, head: Option<&Parts>, refusal: Refusal) -> Response<Bytes> {
        let path = head.map_or("", |head| head.uri.path());
        let mut response = Response::new(format!("{} {path}", refusal.name()).into());
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
    }

    fn refuse_line(&self, _: &Peer, refusal: Refusal) -> Bytes {
        refusal.name().into()
    }
}

pub(super) struct World {
    pub(super) probe: Arc<Probe>,
    pub(super) observer: Arc<Observer>,
    pub(super) dir: TempDir,
    running: Option<Running>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with_limits(change: impl FnOnce(&mut Limits)) -> Self {
        Self::with(|config| change(&mut config.limits))
    }

    /// A server on two cores: HTTP as role 1, JSON lines as role 2.
    pub(super) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = |kind, role| Listener {
            kind,
            address: "127.0.0.1:0".parse().unwrap(),
            role: Role(role),
            plaintext: false,
        };
        let mut config = Config {
            cores: NonZeroUsize::new(2).unwrap(),
            listeners: vec![listener(Kind::Http { quic: true }, 1), listener(Kind::JsonLines, 2)],
            tls: Some(tls::develop(dir.path(), &[]).unwrap()),
            limits: Limits { linger_time: SHORT, ..Limits::default() },
        };
        change(&mut config);
        let observer = Arc::new(Observer::new(config.cores.get()));
        let probe = Arc::new(Probe::new());
        let echo = probe.clone();
        let make = move |_| Echo(echo.clone());
        let running = Server::start(config, observer.clone(), make, |_| {}).unwrap();
        Self { probe, observer, dir, running: Some(running) }
    }

    pub(super) fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// Waits until the server has ended.
    pub(super) async fn join(&mut self) {
        let running = self.running.take().unwrap();
        let joined = tokio::task::spawn_blocking(move || running.join());
        patient(joined).await.unwrap().unwrap();
    }

    pub(super) fn http(&self) -> SocketAddr {
        self.running().addresses()[0].address
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.http()).await.unwrap()
    }

    pub(super) async fn connect_lines(&self) -> TcpStream {
        TcpStream::connect(self.running().addresses()[1].address).await.unwrap()
    }

    pub(super) fn total(&self, of: impl Fn(&Counters) -> &AtomicU64) -> u64 {
        self.observer.total(of)
    }

    pub(super) fn refused(&self, refusal: Refusal) -> u64 {
        self.total(|core| core.refusals(refusal))
    }

    /// Client settings that trust the server's present certificate.
    pub(super) fn client_tls(&self, alpn: &[u8]) -> rustls::ClientConfig {
        let mut roots = RootCertStore::empty();
        let chain = self.dir.path().join("development.crt.pem");
        roots.add(CertificateDer::from_pem_file(chain).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        config
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown(Duration::ZERO);
            running.join().unwrap();
        }
    }
}

/// Fails the test rather than waiting for ever.
pub(super) async fn patient<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("the test waits for too long")
}

/// Sends `bytes` and returns all that comes until the server closes. A reset counts as closing.
pub(super) async fn talk(mut tcp: TcpStream, bytes: &[u8]) -> String {
    // The server may close before it has read everything.
    let _ = tcp.write_all(bytes).await;
    rest(&mut tcp).await
}

/// All that comes until the server closes.
pub(super) async fn rest(from: &mut (impl AsyncRead + Unpin)) -> String {
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = patient(from.read(&mut piece)).await {
        all.extend_from_slice(&piece[..count]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// One HTTP/1 response: its head and its body.
pub(super) async fn response(from: &mut (impl AsyncRead + Unpin)) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(patient(from.read_u8()).await.expect("a whole head"));
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).expect("content-length");
    let mut body = vec![0; length.split("\r\n").next().unwrap().parse().unwrap()];
    patient(from.read_exact(&mut body)).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

/// Waits until the counter that `of` selects is `value`.
pub(super) async fn settle(world: &World, of: impl Fn(&Counters) -> &AtomicU64, value: u64) {
    let reached = async {
        while world.total(&of) != value {
            tokio::task::yield_now().await;
        }
    };
    patient(reached).await;
}

/// Reads a counter of one core.
pub(super) fn value(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
