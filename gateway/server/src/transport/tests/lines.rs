use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::world::*;
use crate::transport::{Refusal, Transport};

#[tokio::test]
async fn one_object_is_answered_by_one_line() {
    let world = World::new();
    let object = r#"{"function":"ProcessData","data":"}\"{","nested":{"a":[{}]}}"#;
    let answer = talk(world.connect_lines().await, format!("{object}\n\n").as_bytes()).await;
    assert_eq!(answer, format!("{object}\n"));
    assert_eq!(world.total(|core| core.requests(Transport::Tcp)), 1);
    settle(&world, |core| &core.connections_open, 0).await;
}

#[tokio::test]
async fn pieces_and_newlines_within_do_not_matter() {
    let world = World::new();
    let mut tcp = world.connect_lines().await;
    tcp.set_nodelay(true).unwrap();
    for piece in ["\r\n", " {\n\"a\"", ":\n[1,2", "]\n", "}", "\n"] {
        tcp.write_all(piece.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(rest(&mut tcp).await, "{\n\"a\":\n[1,2]\n}\n");
}

#[tokio::test]
async fn the_end_of_sending_completes_an_object() {
    let world = World::new();
    let mut tcp = world.connect_lines().await;
    tcp.write_all(b"{\"a\":1}").await.unwrap();
    tcp.shutdown().await.unwrap();
    assert_eq!(rest(&mut tcp).await, "{\"a\":1}\n");
    let mut tcp = world.connect_lines().await;
    tcp.write_all(b"{\"a\":1").await.unwrap();
    tcp.shutdown().await.unwrap();
    assert_eq!(rest(&mut tcp).await, "");
}

#[tokio::test]
async fn garbage_is_malformed() {
    let world = World::new();
    for garbage in ["hello\n", "[1]\n", "{} trailing\n", "\x16\x03\x01", "GET / HTTP/1.1\r\n"] {
        let answer = talk(world.connect_lines().await, garbage.as_bytes()).await;
        assert_eq!(answer, "malformed\n", "{garbage}");
    }
}

#[tokio::test]
async fn objects_beyond_the_limit_are_refused() {
    let world = World::with_limits(|limits| limits.line_bytes = 64);
    let object = format!("{{\"a\":\"{}\"}}\n", "x".repeat(100_000));
    let answer = talk(world.connect_lines().await, object.as_bytes()).await;
    assert_eq!(answer, "body_too_large\n");
    let blanks = "\n".repeat(100);
    assert_eq!(talk(world.connect_lines().await, blanks.as_bytes()).await, "body_too_large\n");
    let fits = format!("{{\"a\":\"{}\"}}\n", "x".repeat(55));
    assert_eq!(fits.len(), 64);
    assert_eq!(talk(world.connect_lines().await, fits.as_bytes()).await, fits);
}

#[tokio::test]
async fn slow_and_silent_clients_are_cut() {
    let world = World::with_limits(|limits| {
        limits.body_time = SHORT;
        limits.idle_time = SHORT * 2;
    });
    assert_eq!(talk(world.connect_lines().await, b"{\"a\":").await, "timeout\n");
    assert_eq!(talk(world.connect_lines().await, b"").await, "");
    assert_eq!(world.total(|core| &core.idle_closed), 1);
}

#[tokio::test]
async fn only_a_reset_cancels() {
    let world = World::new();
    let mut patient_client = world.connect_lines().await;
    patient_client.write_all(b"{\"hold\":1}\n").await.unwrap();
    patient_client.shutdown().await.unwrap();
    let mut hasty = world.connect_lines().await;
    hasty.write_all(b"{\"hold\":2}\n\n").await.unwrap();
    world.probe.entered(2).await;
    reset(hasty);
    world.probe.dropped(1).await;
    settle(&world, |core| &core.cancelled, 1).await;
    world.probe.release(1);
    assert_eq!(rest(&mut patient_client).await, "{\"hold\":1}\n");
}

/// Closes with a reset instead of an orderly end.
fn reset(tcp: TcpStream) {
    let tcp = socket2::Socket::from(tcp.into_std().unwrap());
    tcp.set_linger(Some(std::time::Duration::ZERO)).unwrap();
}

#[tokio::test]
async fn there_is_one_answer_for_too_many() {
    let world = World::with_limits(|limits| limits.connections = 1);
    let mut first = world.connect_lines().await;
    first.write_all(b"{\"hold\":1}\n").await.unwrap();
    world.probe.entered(1).await;
    let mut second = world.connect_lines().await;
    assert_eq!(rest(&mut second).await, "too_many_connections\n");
    world.probe.release(1);
    assert_eq!(rest(&mut first).await, "{\"hold\":1}\n");
    assert_eq!(world.refused(Refusal::TooManyConnections), 1);
}
