use std::num::NonZeroUsize;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::world::*;
use super::{h2, h3};

const HOLD: &[u8] = b"POST /hold HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx";
const GRACE: Duration = Duration::from_secs(20);

/// A server whose idle connections stay for as long as a test needs them.
fn lingering() -> World {
    World::with_limits(|limits| limits.linger_time = GRACE)
}

#[tokio::test]
async fn nothing_to_do_ends_at_once() {
    let mut world = lingering();
    let address = world.http();
    world.running().shutdown(GRACE);
    world.join().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn admitted_requests_finish_and_later_ones_are_refused() {
    let mut world = lingering();
    let mut held = world.connect().await;
    held.write_all(HOLD).await.unwrap();
    let mut idle = world.connect().await;
    idle.write_all(b"GET /echo HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    response(&mut idle).await;
    let mut line = world.connect_lines().await;
    line.write_all(b"{\"hold\":1}\n").await.unwrap();
    let mut late_line = world.connect_lines().await;
    late_line.write_all(b"{").await.unwrap();
    world.probe.entered(2).await;
    settle(&world, |core| &core.connections_open, 4).await;

    world.running().shutdown(GRACE);
    idle.write_all(b"GET /late HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let (head, body) = response(&mut idle).await;
    assert_eq!(body, "shutting_down /late");
    assert!(head.contains("connection: close"), "{head}");
    late_line.write_all(b"}\n").await.unwrap();
    assert_eq!(rest(&mut late_line).await, "shutting_down\n");

    world.probe.release(2);
    let (head, body) = response(&mut held).await;
    assert!(head.contains("connection: close") && body == "x", "{head}");
    assert_eq!(rest(&mut held).await, "");
    assert_eq!(rest(&mut line).await, "{\"hold\":1}\n");
    world.join().await;
}

#[tokio::test]
async fn resting_connections_learn_of_the_end() {
    let mut world = World::with_limits(|limits| {
        (limits.rest_time, limits.linger_time) = (SHORT, SHORT * 4);
    });
    let mut clients = [world.connect().await, world.connect().await];
    for client in &mut clients {
        client.write_all(b"GET /echo HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        response(client).await;
    }
    settle(&world, |core| &core.rested, 2).await;
    world.running().shutdown(GRACE);
    let [asking, silent] = &mut clients;
    asking.write_all(b"GET /late HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert_eq!(response(asking).await.1, "shutting_down /late");
    assert_eq!(rest(silent).await, "");
    world.join().await;
}

/// A server of one core, which stands still until it is let go, and the client that made it do so.
async fn stalled(linger_time: Duration) -> (World, TcpStream) {
    let world = World::with(|config| {
        config.cores = NonZeroUsize::MIN;
        config.limits.linger_time = linger_time;
    });
    let mut stall = world.connect().await;
    stall.write_all(b"GET /stall HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    world.probe.entered(1).await;
    (world, stall)
}

#[tokio::test]
async fn connections_that_nobody_accepted_yet_are_refused_in_words() {
    let (mut world, mut stall) = stalled(GRACE).await;
    let mut waiting = Vec::new();
    for _ in 0..100 {
        let mut tcp = world.connect().await;
        tcp.write_all(b"GET /late HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        waiting.push(tcp);
    }
    let mut line = world.connect_lines().await;
    line.write_all(b"{}\n").await.unwrap();
    world.running().shutdown(GRACE);
    world.probe.go_on();
    response(&mut stall).await;
    for mut tcp in waiting {
        assert_eq!(response(&mut tcp).await.1, "shutting_down /late");
    }
    assert_eq!(rest(&mut line).await, "shutting_down\n");
    world.join().await;
}

const LATE: &[u8] = b"GET /late HTTP/1.1\r\nhost: a\r\n\r\n";

#[tokio::test]
async fn requests_that_came_before_the_close_are_refused_in_words() {
    let (mut world, mut stall) = stalled(Duration::ZERO).await;
    world.probe.go_on();
    response(&mut stall).await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        let mut tcp = world.connect().await;
        tcp.write_all(b"GET /echo HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        response(&mut tcp).await;
        idle.push(tcp);
    }
    // This one has not said anything yet.
    idle.push(world.connect().await);
    let mut line = world.connect_lines().await;
    settle(&world, |core| &core.connections_open, 11).await;
    stall.write_all(b"GET /stall HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    world.probe.entered(2).await;
    // Every other one does not say all of it in time.
    let said = |at: usize| if at.is_multiple_of(2) { LATE.len() } else { 9 };
    for (at, tcp) in idle.iter_mut().enumerate() {
        tcp.write_all(&LATE[..said(at)]).await.unwrap();
    }
    line.write_all(b"{}\n").await.unwrap();
    world.running().shutdown(GRACE);
    world.probe.go_on();
    response(&mut stall).await;
    for (at, mut tcp) in idle.into_iter().enumerate() {
        tcp.write_all(&LATE[said(at)..]).await.unwrap();
        assert_eq!(response(&mut tcp).await.1, "shutting_down /late", "{at}");
    }
    assert_eq!(rest(&mut line).await, "shutting_down\n");
    world.join().await;
}

#[tokio::test]
async fn connections_without_requests_are_closed() {
    let mut world = World::new();
    let mut silent = world.connect().await;
    let mut silent_line = world.connect_lines().await;
    let mut used = world.connect().await;
    used.write_all(b"GET /echo HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    response(&mut used).await;
    settle(&world, |core| &core.connections_open, 3).await;
    world.running().shutdown(GRACE);
    for tcp in [&mut silent, &mut silent_line, &mut used] {
        assert_eq!(rest(tcp).await, "");
    }
    world.join().await;
}

#[tokio::test]
async fn the_grace_is_the_end_for_all() {
    let mut world = World::new();
    let mut held = world.connect().await;
    held.write_all(HOLD).await.unwrap();
    world.probe.entered(1).await;
    world.running().shutdown(GRACE);
    world.running().control().shutdown(SHORT);
    world.join().await;
    world.probe.dropped(1).await;
    assert_eq!(rest(&mut held).await, "");
}

#[tokio::test]
async fn http2_clients_are_told_to_go_away() {
    let mut world = lingering();
    let mut client = h2::client(world.connect().await).await;
    let held = client.send_request(h2::request("/hold", "kept"));
    world.probe.entered(1).await;
    world.running().shutdown(GRACE);
    // Refused until the client has seen that it is to go.
    while patient(client.ready()).await.is_ok() {
        let Ok(response) = patient(client.send_request(h2::request("/late", ""))).await else {
            break;
        };
        assert_eq!(h2::text(response).await, "shutting_down /late");
    }
    world.probe.release(1);
    assert_eq!(h2::text(patient(held).await.unwrap()).await, "kept");
    world.join().await;
}

#[tokio::test]
async fn http3_finishes_and_refuses() {
    let mut world = lingering();
    let mut client = h3::Client::new(&world).await;
    let mut held = client.open("/hold").await;
    held.send_data(Bytes::from_static(b"kept")).await.unwrap();
    held.finish().await.unwrap();
    world.probe.entered(1).await;
    world.running().shutdown(GRACE);
    // Refused, unless the client has seen already that it is to go.
    if let Some(mut late) = client.try_open("/late").await {
        late.finish().await.unwrap();
        assert_eq!(h3::answer(&mut late).await, (503, "shutting_down /late".into()));
    }
    world.probe.release(1);
    assert_eq!(h3::answer(&mut held).await.1, "kept");
    drop(client);
    world.join().await;
}
