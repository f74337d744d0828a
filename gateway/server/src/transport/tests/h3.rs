use std::sync::Arc;

use bytes::{Buf, Bytes};
use h3::client::SendRequest;
use h3_quinn::OpenStreams;
use http::Request;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Endpoint};

use super::world::*;
use crate::transport::limits::BODY_BYTES_LARGEST;
use crate::transport::{Counters, Refusal, Transport};

pub(super) struct Client {
    pub(super) quic: quinn::Connection,
    send: SendRequest<OpenStreams, Bytes>,
    _endpoint: Endpoint,
}

type Stream = h3::client::RequestStream<h3_quinn::BidiStream<Bytes>, Bytes>;

impl Client {
    pub(super) async fn new(world: &World) -> Self {
        let (endpoint, quic) = connect(world).await.unwrap();
        let connection = h3_quinn::Connection::new(quic.clone());
        let (mut driver, send) = h3::client::new(connection).await.unwrap();
        tokio::spawn(async move { std::future::poll_fn(|cx| driver.poll_close(cx)).await });
        Self { quic, send, _endpoint: endpoint }
    }

    pub(super) async fn open(&mut self, path: &str) -> Stream {
        self.try_open(path).await.expect("the client may open streams")
    }

    /// None if the client was told to go away.
    pub(super) async fn try_open(&mut self, path: &str) -> Option<Stream> {
        let request = Request::post(format!("https://localhost{path}")).body(()).unwrap();
        self.send.send_request(request).await.ok()
    }

    pub(super) async fn ask(&mut self, path: &str, body: &str) -> (u16, String) {
        let mut stream = self.open(path).await;
        // The server may refuse before it has read all.
        let _ = stream.send_data(Bytes::from(body.to_owned())).await;
        let _ = stream.finish().await;
        answer(&mut stream).await
    }
}

pub(super) async fn answer(stream: &mut Stream) -> (u16, String) {
    let response = patient(stream.recv_response()).await.unwrap();
    let mut body = Vec::new();
    while let Some(mut data) = patient(stream.recv_data()).await.unwrap() {
        body.extend_from_slice(&data.copy_to_bytes(data.remaining()));
    }
    (response.status().as_u16(), String::from_utf8(body).unwrap())
}

pub(super) async fn connect(
    world: &World,
) -> Result<(Endpoint, quinn::Connection), quinn::ConnectionError> {
    connect_for(world, b"h3").await
}

/// With the application protocol `alpn`.
pub(super) async fn connect_for(
    world: &World,
    alpn: &[u8],
) -> Result<(Endpoint, quinn::Connection), quinn::ConnectionError> {
    let mut endpoint = Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
    let tls = QuicClientConfig::try_from(world.client_tls(alpn)).unwrap();
    endpoint.set_default_client_config(ClientConfig::new(Arc::new(tls)));
    let connecting = endpoint.connect(world.http(), "localhost").unwrap();
    Ok((endpoint, patient(connecting).await?))
}

#[tokio::test]
async fn requests_are_answered_over_quic() {
    let world = World::new();
    let mut client = Client::new(&world).await;
    let peer = client.ask("/peer", "").await;
    assert_eq!(peer, (200, "http/3 secure=true role=1 127.0.0.1".into()));
    let body = "x".repeat(250_000);
    assert_eq!(client.ask("/echo", &body).await, (200, body));
    assert_eq!(world.total(|core| core.requests(Transport::H3)), 2);
    assert_eq!(world.total(|core| &core.connections_quic), 1);
    assert_eq!(world.total(|core| &core.handshakes), 1);
}

#[tokio::test]
async fn requests_run_side_by_side() {
    let world = World::new();
    let mut client = Client::new(&world).await;
    let mut held = Vec::new();
    for n in 0..20 {
        let mut stream = client.open("/hold").await;
        stream.send_data(Bytes::from(n.to_string())).await.unwrap();
        stream.finish().await.unwrap();
        held.push(stream);
    }
    world.probe.entered(20).await;
    assert_eq!(client.ask("/echo", "meanwhile").await.1, "meanwhile");
    world.probe.release(20);
    for (n, mut stream) in held.into_iter().enumerate() {
        assert_eq!(answer(&mut stream).await.1, n.to_string());
    }
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused() {
    let world = World::with_limits(|limits| limits.body_bytes = 10);
    let mut client = Client::new(&world).await;
    let refused = client.ask("/x", "0123456789a").await;
    assert_eq!(refused, (503, "body_too_large /x".into()));
    assert_eq!(client.ask("/x", "0123456789").await.1, "0123456789");
    assert_eq!(world.refused(Refusal::BodyTooLarge), 1);
    // A path whose requests may be longer.
    let whole = "x".repeat(LARGE);
    assert_eq!(client.ask("/large", &whole).await, (200, whole.clone()));
    let refused = client.ask("/large", &format!("{whole}x")).await;
    assert_eq!(refused, (503, "body_too_large /large".into()));
}

#[tokio::test]
async fn slow_bodies_are_refused() {
    let world = World::with_limits(|limits| limits.body_time = SHORT);
    let mut client = Client::new(&world).await;
    let mut stream = client.open("/slow").await;
    stream.send_data(Bytes::from_static(b"ab")).await.unwrap();
    assert_eq!(answer(&mut stream).await.1, "timeout /slow");
}

#[tokio::test]
async fn quiet_connections_are_closed() {
    let world = World::with_limits(|limits| limits.idle_time = SHORT * 8);
    let mut client = Client::new(&world).await;
    client.ask("/echo", "a").await;
    patient(client.quic.closed()).await;
    settle(&world, |core| &core.connections_open, 0).await;
}

#[tokio::test]
async fn a_stream_given_up_cancels_its_request_only() {
    let world = World::new();
    let mut client = Client::new(&world).await;
    let mut lost = client.open("/hold").await;
    lost.finish().await.unwrap();
    let mut kept = client.open("/hold").await;
    kept.finish().await.unwrap();
    world.probe.entered(2).await;
    lost.stop_sending(h3::error::Code::H3_REQUEST_CANCELLED);
    world.probe.dropped(1).await;
    settle(&world, |core| &core.cancelled, 1).await;
    world.probe.release(1);
    assert_eq!(answer(&mut kept).await.0, 200);
}

#[tokio::test]
async fn a_closed_connection_cancels_its_requests() {
    let world = World::new();
    let mut client = Client::new(&world).await;
    client.open("/hold").await.finish().await.unwrap();
    world.probe.entered(1).await;
    client.quic.close(0u32.into(), b"");
    world.probe.dropped(1).await;
}

#[tokio::test]
async fn frames_without_end_are_cut() {
    let world = World::with_limits(|limits| limits.head_bytes = 8 * 1024);
    let (_endpoint, quic) = connect(&world).await.unwrap();
    let (mut send, _recv) = quic.open_bi().await.unwrap();
    // A headers frame that says it has 2^30 bytes.
    send.write_all(&[1, 0xc0, 0, 0, 0, 0x40, 0, 0, 0]).await.unwrap();
    let mut sent = 0;
    while patient(send.write(&[b'x'; 16 * 1024])).await.is_ok() {
        sent += 16 * 1024;
        assert!(sent < 2 * BODY_BYTES_LARGEST, "{sent} bytes taken");
    }
}

#[tokio::test]
async fn unidirectional_streams_without_end_are_cut() {
    let world = World::new();
    let mut client = Client::new(&world).await;
    for _ in 0..200 {
        let Ok(mut stream) = patient(client.quic.open_uni()).await else { break };
        let _ = stream.write_all(&[0x40, 0x54, 0]).await;
        let _ = stream.finish();
    }
    // Those beyond the limit are thrown away, and requests still work.
    assert_eq!(client.ask("/echo", "a").await.1, "a");
}

#[tokio::test]
async fn garbage_on_streams_harms_nobody_else() {
    let world = World::new();
    let mut bystander = Client::new(&world).await;
    let mut seed = 0x1234_5678_u32;
    for round in 0..60 {
        let (_endpoint, quic) = connect(&world).await.unwrap();
        let bytes: Vec<u8> = (0..48)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect();
        let (mut send, mut recv) = quic.open_bi().await.unwrap();
        // Half of them are headers frames, the others anything.
        let frame = if round % 2 == 0 { [&[1, 48], &bytes[..]].concat() } else { bytes.clone() };
        let _ = send.write_all(&frame).await;
        let _ = send.finish();
        let mut control = quic.open_uni().await.unwrap();
        let _ = control.write_all(&[&[0], &bytes[..]].concat()).await;
        let _ = patient(recv.read_to_end(1024)).await;
        quic.close(0u32.into(), b"");
    }
    assert_eq!(bystander.ask("/echo", "a").await.1, "a");
}

#[tokio::test]
async fn many_handshakes_ask_for_proof_of_address() {
    let world = World::with_limits(|limits| limits.quic_retry_after = 0);
    let mut client = Client::new(&world).await;
    assert_eq!(client.ask("/echo", "a").await.1, "a");
    assert_eq!(world.total(|core| &core.quic_retries), 1);
}

#[tokio::test]
async fn requests_given_up_without_end_close_the_connection() {
    let world = World::new();
    let mut client = Client::new(&world).await;
    let abandon = async {
        while client.quic.close_reason().is_none() {
            let request = Request::get("https://localhost/hold").body(()).unwrap();
            let Ok(mut stream) = client.send.send_request(request).await else { break };
            let _ = stream.finish().await;
            stream.stop_sending(h3::error::Code::H3_REQUEST_CANCELLED);
        }
    };
    patient(abandon).await;
    settle(&world, open, 0).await;
}

fn open(core: &Counters) -> &std::sync::atomic::AtomicU64 {
    &core.connections_open
}
