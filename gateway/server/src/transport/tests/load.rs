use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use typex_core::Secret;
use typex_wire::{EXPORTER_BYTES, Frame, WireError};

use super::h3;
use super::world::*;
use crate::transport::*;

#[tokio::test]
async fn connections_are_bounded_in_all() {
    let world = World::with_limits(|limits| limits.connections = 2);
    let first = world.connect().await;
    let _second = world.connect().await;
    settle(&world, |core| &core.connections_open, 2).await;
    assert_eq!(talk(world.connect().await, b"GET / HTTP/1.1\r\n\r\n").await, "");
    assert_eq!(world.refused(Refusal::TooManyConnections), 1);
    assert!(h3::connect(&world).await.is_err());
    drop(first);
    settle(&world, |core| &core.connections_open, 1).await;
    let mut third = world.connect().await;
    third.write_all(b"GET /echo HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    response(&mut third).await;
}

#[tokio::test]
async fn many_connections_spread_over_cores_and_leave_nothing() {
    let world = World::new();
    let mut all = Vec::new();
    for n in 0..200 {
        let mut tcp = world.connect().await;
        let request = format!("POST /e HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n{n:03}");
        tcp.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(response(&mut tcp).await.1, format!("{n:03}"));
        all.push(tcp);
    }
    for core in world.observer.cores() {
        assert!(value(&core.connections_open) > 20);
    }
    drop(all);
    settle(&world, |core| &core.connections_open, 0).await;
}

/// The size of this process in memory, bytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[tokio::test]
async fn idle_connections_are_small() {
    const COUNT: usize = 1000;
    let world = World::new();
    let mut all = Vec::new();
    let before = resident();
    for _ in 0..COUNT {
        let mut tcp = world.connect().await;
        tcp.write_all(b"GET /echo HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        response(&mut tcp).await;
        all.push(tcp);
    }
    let each = resident().saturating_sub(before) / COUNT;
    // Both ends are in this process, and other tests run beside this one.
    assert!(each < 100 * 1024, "{each} bytes each");
}

#[test]
fn a_bad_configuration_is_told() {
    let config = Config {
        cores: NonZeroUsize::MIN,
        listeners: Vec::new(),
        tls: None,
        limits: Limits::default(),
    };
    assert!(matches!(start(config.clone(), 1), Err(StartError::Listeners { .. })));
    let kind = Kind::JsonLines;
    let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let listener = Listener { kind, address, role: Role(0), plaintext: false };
    let config = Config { listeners: vec![listener], ..config };
    assert!(matches!(start(config.clone(), 0), Err(StartError::Observer)));
    let cores = NonZeroUsize::new(limits::CORES_MAX + 1).unwrap();
    let many = Config { cores, ..config.clone() };
    assert!(matches!(start(many, 1000), Err(StartError::Cores { .. })));
    let absent = tls::Files { chain: "/nowhere/a".into(), key: "/nowhere/b".into() };
    let config = Config { tls: Some(absent), ..config };
    assert!(matches!(start(config, 1), Err(StartError::Tls(tls::TlsError::File { .. }))));
}

fn start(config: Config, cores: usize) -> Result<Running, StartError> {
    Server::start(config, Arc::new(Observer::new(cores)), |_| Deaf, |_| {})
}

/// A service that is never asked.
#[derive(Clone)]
struct Deaf;

impl Service for Deaf {
    type Session = ();

    fn session(&self, _: Peer, _: Secret<[u8; EXPORTER_BYTES]>) {}

    async fn frame(&self, (): &(), frame: Result<Frame, Option<WireError>>) -> (Bytes, bool) {
        frame.map_or((Bytes::new(), false), |_| (Bytes::new(), true))
    }

    async fn call(&self, _: Exchange) -> http::Response<Bytes> {
        http::Response::default()
    }

    async fn line(&self, _: Peer, _: Bytes) -> Bytes {
        Bytes::new()
    }

    fn refuse(
        &self,
        _: &Peer,
        _: Option<&http::request::Parts>,
        _: Refusal,
    ) -> http::Response<Bytes> {
        http::Response::default()
    }

    fn refuse_line(&self, _: &Peer, _: Refusal) -> Bytes {
        Bytes::new()
    }
}

#[test]
fn a_port_in_use_and_a_panic_at_the_start_are_errors() {
    let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let kind = Kind::JsonLines;
    let listener = Listener { kind, address, role: Role(0), plaintext: false };
    let cores = NonZeroUsize::new(2).unwrap();
    let limits = Limits::default();
    let config = Config { cores, listeners: vec![listener], tls: None, limits };
    let running = start(config.clone(), 2).unwrap();
    let taken = Listener { address: running.addresses()[0].address, ..listener };
    let second = Config { listeners: vec![taken], ..config.clone() };
    assert!(matches!(start(second, 2), Err(StartError::Bind { .. })));
    let fail = |core| if core == 1 { panic!("as the test wants") } else { Deaf };
    let panicked = Server::start(config, Arc::new(Observer::new(2)), fail, |_| {});
    assert!(matches!(panicked, Err(StartError::Panicked { .. })));
    running.shutdown(std::time::Duration::ZERO);
    running.join().unwrap();
}

#[tokio::test]
async fn the_caller_is_called_before_a_core_sleeps() {
    let parked = Arc::new(AtomicUsize::new(0));
    let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let kind = Kind::Http { quic: true };
    let listener = Listener { kind, address, role: Role(0), plaintext: false };
    let cores = NonZeroUsize::MIN;
    let config = Config { cores, listeners: vec![listener], tls: None, limits: Limits::default() };
    let seen = parked.clone();
    let park = move |core| {
        seen.fetch_add(core + 1, std::sync::atomic::Ordering::Relaxed);
    };
    let running = Server::start(config, Arc::new(Observer::new(1)), |_| Deaf, park).unwrap();
    let mut tcp = tokio::net::TcpStream::connect(running.addresses()[0].address).await.unwrap();
    tcp.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    response(&mut tcp).await;
    assert!(parked.load(std::sync::atomic::Ordering::Relaxed) > 0);
    running.shutdown(std::time::Duration::ZERO);
    running.join().unwrap();
}
