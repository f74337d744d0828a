use std::fs;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConnection, HandshakeKind};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::world::*;
use super::{h2, h3};
use crate::transport::tls::{TlsError, develop};

async fn connect(world: &World, alpn: &[u8]) -> TlsStream<TcpStream> {
    let connector = TlsConnector::from(Arc::new(world.client_tls(alpn)));
    let name = "localhost".try_into().unwrap();
    patient(connector.connect(name, world.connect().await)).await.unwrap()
}

#[tokio::test]
async fn http1_over_tls_shares_the_port_and_advertises_http3() {
    let world = World::new();
    let mut tls = connect(&world, b"http/1.1").await;
    for _ in 0..2 {
        tls.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let (head, body) = response(&mut tls).await;
        let port = world.http().port();
        assert!(head.contains(&format!("alt-svc: h3=\":{port}\"; ma=86400")), "{head}");
        assert_eq!(body, "http/1.1 secure=true role=1 127.0.0.1");
    }
}

/// A client that would send early data finds that its ticket allows none.
#[tokio::test]
async fn early_data_is_not_accepted() {
    let world = World::new();
    let mut config = world.client_tls(b"http/1.1");
    config.enable_early_data = true;
    let connector = TlsConnector::from(Arc::new(config));
    for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
        let mut offered = true;
        let look = |tls: &mut ClientConnection| offered = tls.early_data().is_some();
        let name = "localhost".try_into().unwrap();
        let connected = connector.connect_with(name, world.connect().await, look);
        let mut tls = patient(connected).await.unwrap();
        tls.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let (head, _) = response(&mut tls).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert_eq!((tls.get_ref().1.handshake_kind(), offered), (Some(kind), false));
    }
}

#[tokio::test]
async fn http2_over_tls_is_agreed_on() {
    let world = World::new();
    let mut client = h2::client(connect(&world, b"h2").await).await;
    let response = client.send_request(h2::request("/peer", "")).await.unwrap();
    assert!(response.headers().contains_key("alt-svc"));
    assert_eq!(h2::text(response).await, "http/2 secure=true role=1 127.0.0.1");
}

#[tokio::test]
async fn slow_and_broken_handshakes_end() {
    let world = World::with_limits(|limits| limits.handshake_time = SHORT);
    assert_eq!(talk(world.connect().await, b"\x16\x03\x01").await, "");
    let broken = talk(world.connect().await, b"\x16\x03\x01\x00\x05xxxxx").await;
    assert!(!broken.contains("HTTP"), "{broken}");
    settle(&world, |core| &core.handshakes_failed, 2).await;
}

#[tokio::test]
async fn without_certificates_tls_is_refused_and_there_is_no_quic() {
    let world = World::with(|config| config.tls = None);
    let bound = world.running().addresses()[0];
    assert!(!bound.tls && !bound.quic);
    assert_eq!(talk(world.connect().await, b"\x16\x03\x01").await, "");
    assert!(matches!(world.running().reload_certificates(), Err(TlsError::Absent)));
}

/// The certificates that a TCP and a QUIC client see.
async fn presented(world: &World) -> [CertificateDer<'static>; 2] {
    let tls = connect(world, b"http/1.1").await;
    let tcp = tls.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned();
    let (_endpoint, quic) = h3::connect(world).await.unwrap();
    let identity = quic.peer_identity().unwrap();
    let chain = identity.downcast::<Vec<CertificateDer<'static>>>().unwrap();
    [tcp, chain[0].clone()]
}

#[tokio::test]
async fn certificates_are_replaced_while_connections_live() {
    let world = World::new();
    let chain = world.dir.path().join("development.crt.pem");
    let old = CertificateDer::from_pem_file(&chain).unwrap();
    assert_eq!(presented(&world).await, [old.clone(), old.clone()]);
    let mut tcp = connect(&world, b"http/1.1").await;
    let mut quic = h3::Client::new(&world).await;

    let good = fs::read(&chain).unwrap();
    fs::write(&chain, b"not a certificate").unwrap();
    assert!(world.running().reload_certificates().is_err());
    fs::write(&chain, good).unwrap();
    assert_eq!(presented(&world).await, [old.clone(), old.clone()]);

    fs::remove_file(&chain).unwrap();
    develop(world.dir.path(), &[]).unwrap();
    world.running().control().reload_certificates().unwrap();
    let new = CertificateDer::from_pem_file(&chain).unwrap();
    assert_ne!(new, old);
    assert_eq!(presented(&world).await, [new.clone(), new]);

    tcp.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert!(response(&mut tcp).await.0.starts_with("http/1.1 200"));
    assert_eq!(quic.ask("/echo", "still here").await.1, "still here");
}
