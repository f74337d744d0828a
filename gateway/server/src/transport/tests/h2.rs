use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::world::*;
use crate::transport::{Refusal, Transport};

pub(super) type Client = SendRequest<Full<Bytes>>;

pub(super) async fn client<T>(io: T) -> Client
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (client, connection) = handshake(TokioExecutor::new(), TokioIo::new(io)).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(super) fn request(path: &str, body: &str) -> Request<Full<Bytes>> {
    let body = Full::new(Bytes::from(body.to_owned()));
    Request::post(format!("http://a{path}")).body(body).unwrap()
}

pub(super) async fn text(response: Response<Incoming>) -> String {
    let body = patient(response.into_body().collect()).await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn prior_knowledge_works_without_tls() {
    let world = World::new();
    let mut client = client(world.connect().await).await;
    let response = client.send_request(request("/peer", "")).await.unwrap();
    assert!(!response.headers().contains_key("alt-svc"));
    assert_eq!(text(response).await, "http/2 secure=false role=1 127.0.0.1");
    let body = "x".repeat(250_000);
    let response = client.send_request(request("/echo", &body)).await.unwrap();
    assert_eq!(text(response).await, body);
    assert_eq!(world.total(|core| core.requests(Transport::H2)), 2);
}

#[tokio::test]
async fn requests_run_side_by_side() {
    let world = World::new();
    let mut client = client(world.connect().await).await;
    let held: Vec<_> =
        (0..50).map(|n| client.send_request(request("/hold", &n.to_string()))).collect();
    world.probe.entered(50).await;
    let response = client.send_request(request("/echo", "meanwhile")).await.unwrap();
    assert_eq!(text(response).await, "meanwhile");
    world.probe.release(50);
    for (n, response) in held.into_iter().enumerate() {
        assert_eq!(text(patient(response).await.unwrap()).await, n.to_string());
    }
}

#[tokio::test]
async fn streams_are_bounded() {
    let world = World::with_limits(|limits| limits.streams = 4);
    let mut client = client(world.connect().await).await;
    // After an answer the client knows how many streams it may open.
    text(client.send_request(request("/echo", "")).await.unwrap()).await;
    let held: Vec<_> = (0..6).map(|_| client.send_request(request("/hold", ""))).collect();
    world.probe.entered(4).await;
    world.probe.release(1);
    world.probe.entered(5).await;
    world.probe.release(5);
    for response in held {
        assert_eq!(patient(response).await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn bodies_and_heads_beyond_the_limit_are_refused() {
    let world = World::with_limits(|limits| {
        limits.body_bytes = 10;
        limits.head_bytes = 8 * 1024;
    });
    let mut client = client(world.connect().await).await;
    let response = client.send_request(request("/x", "0123456789a")).await.unwrap();
    assert_eq!(text(response).await, "body_too_large /x");
    let mut large = request("/x", "");
    large.headers_mut().insert("x", "y".repeat(9000).parse().unwrap());
    let response = client.send_request(large).await.unwrap();
    assert_eq!(response.status(), 431);
    let response = client.send_request(request("/x", "0123456789")).await.unwrap();
    assert_eq!(text(response).await, "0123456789");
    assert_eq!(world.refused(Refusal::BodyTooLarge), 1);
}

#[tokio::test]
async fn quiet_connections_are_closed() {
    let world = World::with_limits(|limits| limits.idle_time = SHORT * 8);
    let mut client = client(world.connect().await).await;
    let response = client.send_request(request("/echo", "a")).await.unwrap();
    assert_eq!(text(response).await, "a");
    settle(&world, |core| &core.idle_closed, 1).await;
    settle(&world, |core| &core.connections_open, 0).await;
}

#[tokio::test]
async fn a_reset_stream_cancels_its_request_only() {
    let world = World::new();
    let mut client = client(world.connect().await).await;
    let lost = client.send_request(request("/hold", ""));
    let kept = client.send_request(request("/hold", "kept"));
    world.probe.entered(2).await;
    drop(lost);
    world.probe.dropped(1).await;
    settle(&world, |core| &core.cancelled, 1).await;
    world.probe.release(1);
    assert_eq!(text(patient(kept).await.unwrap()).await, "kept");
}

#[tokio::test]
async fn a_closed_connection_cancels_its_requests() {
    let world = World::new();
    let mut connection = world.connect().await;
    // The preface, empty settings, and GET /hold in one headers frame that ends the stream.
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(&[0, 0, 12, 1, 5, 0, 0, 0, 1]);
    bytes.extend_from_slice(&[0x82, 0x86, 0x41, 1, b'a', 0x44, 5]);
    bytes.extend_from_slice(b"/hold");
    connection.write_all(&bytes).await.unwrap();
    world.probe.entered(1).await;
    drop(connection);
    world.probe.dropped(1).await;
}

#[tokio::test]
async fn garbage_after_the_preface_closes() {
    let world = World::new();
    let mut tcp = world.connect().await;
    tcp.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    tcp.write_all(&[0xff; 64]).await.unwrap();
    let mut scratch = [0; 1024];
    while let Ok(1..) = patient(tcp.read(&mut scratch)).await {}
    settle(&world, |core| &core.connections_open, 0).await;
}
