use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::world::*;
use crate::transport::{Refusal, Transport};

fn post(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn requests_share_a_connection() {
    let world = World::new();
    let mut tcp = world.connect().await;
    for body in ["first", "", "third"] {
        tcp.write_all(post("/echo", body).as_bytes()).await.unwrap();
        let (head, echoed) = response(&mut tcp).await;
        assert!(head.starts_with("http/1.1 200") && !head.contains("alt-svc"), "{head}");
        assert_eq!(echoed, body);
    }
    tcp.write_all(post("/peer", "").as_bytes()).await.unwrap();
    assert_eq!(response(&mut tcp).await.1, "http/1.1 secure=false role=1 127.0.0.1");
    assert_eq!(world.total(|core| core.requests(Transport::H1)), 4);
    assert_eq!(world.total(|core| &core.connections_tcp), 1);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let world = World::new();
    let mut tcp = world.connect().await;
    let requests: String = (0..40).map(|n| post("/echo", &format!("body {n}"))).collect();
    tcp.write_all(requests.as_bytes()).await.unwrap();
    for n in 0..40 {
        assert_eq!(response(&mut tcp).await.1, format!("body {n}"));
    }
}

#[tokio::test]
async fn long_targets_pass() {
    let world = World::new();
    let mut tcp = world.connect().await;
    let target = format!("/target?{}", "a".repeat(20_000));
    let request = format!("GET {target} HTTP/1.1\r\nhost: a\r\n\r\n");
    tcp.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(response(&mut tcp).await.1, target.len().to_string());
}

#[tokio::test]
async fn large_and_chunked_bodies_arrive_whole() {
    let world = World::new();
    let mut tcp = world.connect().await;
    let body = "0123456789abcdef".repeat(16 * 1024);
    tcp.write_all(post("/echo", &body).as_bytes()).await.unwrap();
    assert_eq!(response(&mut tcp).await.1, body);
    let head = "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunks = "3\r\nabc\r\n4\r\ndefg\r\n0\r\nx-trailer: 1\r\n\r\n";
    tcp.write_all(format!("{head}{chunks}").as_bytes()).await.unwrap();
    assert_eq!(response(&mut tcp).await.1, "abcdefg");
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused() {
    let world = World::with_limits(|limits| limits.body_bytes = 10);
    let request = "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n";
    let answer = talk(world.connect().await, request.as_bytes()).await;
    assert!(answer.ends_with("body_too_large /x") && answer.contains("connection: close"));
    let request = "POST /y HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    let request = format!("{request}6\r\nabcdef\r\n6\r\nabcdef\r\n");
    let answer = talk(world.connect().await, request.as_bytes()).await;
    assert!(answer.ends_with("body_too_large /y"), "{answer}");
    let mut tcp = world.connect().await;
    tcp.write_all(post("/z", "0123456789").as_bytes()).await.unwrap();
    assert_eq!(response(&mut tcp).await.1, "0123456789");
    assert_eq!(world.refused(Refusal::BodyTooLarge), 2);
    // A path whose requests may be longer.
    let whole = "x".repeat(LARGE);
    let mut tcp = world.connect().await;
    tcp.write_all(post("/large", &whole).as_bytes()).await.unwrap();
    assert_eq!(response(&mut tcp).await.1, whole);
    let head = format!("POST /large HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n", LARGE + 1);
    let answer = talk(world.connect().await, head.as_bytes()).await;
    assert!(answer.ends_with("body_too_large /large"), "{answer}");
}

#[tokio::test]
async fn a_refusal_is_read_though_the_client_still_sends() {
    let world = World::with_limits(|limits| limits.body_bytes = 10);
    let mut tcp = world.connect().await;
    let head = "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 600000\r\n\r\n";
    tcp.write_all(head.as_bytes()).await.unwrap();
    tcp.write_all(&vec![b'x'; 600_000]).await.unwrap();
    let answer = rest(&mut tcp).await;
    assert!(answer.ends_with("body_too_large /x"), "{answer}");
}

#[tokio::test]
async fn heads_beyond_the_limit_are_refused() {
    let world = World::with_limits(|limits| limits.head_bytes = 8 * 1024);
    let request = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(9_000));
    let answer = talk(world.connect().await, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let fields: String = (0..101).map(|n| format!("x-{n}: 1\r\n")).collect();
    let request = format!("GET / HTTP/1.1\r\n{fields}\r\n");
    let answer = talk(world.connect().await, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn malformed_requests_are_answered_and_closed() {
    let world = World::new();
    let cases = [
        "BAD\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /\0 HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n",
    ];
    for case in cases {
        let answer = talk(world.connect().await, case.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{case}: {answer}");
    }
    let chunk = "POST /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    let answer = talk(world.connect().await, chunk.as_bytes()).await;
    assert!(answer.is_empty() || answer.ends_with("malformed /c"), "{answer}");
}

#[tokio::test]
async fn slow_heads_are_cut() {
    let world = World::with_limits(|limits| limits.head_time = SHORT);
    assert_eq!(talk(world.connect().await, b"GET / HTTP/1.1\r\n").await, "");
    assert_eq!(world.total(|core| &core.slow_heads), 1);
    // On a connection that had a request before, too.
    let mut tcp = world.connect().await;
    tcp.write_all(post("/echo", "a").as_bytes()).await.unwrap();
    response(&mut tcp).await;
    assert_eq!(talk(tcp, b"GET / HTTP/1.1\r\n").await, "");
    assert_eq!(world.total(|core| &core.slow_heads), 2);
}

#[tokio::test]
async fn slow_bodies_are_refused() {
    let world = World::with_limits(|limits| limits.body_time = SHORT);
    let request = "POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nab";
    let answer = talk(world.connect().await, request.as_bytes()).await;
    assert!(answer.ends_with("timeout /slow"), "{answer}");
    assert_eq!(world.refused(Refusal::Timeout), 1);
}

#[tokio::test]
async fn a_service_that_hangs_is_answered_for() {
    let world = World::with_limits(|limits| limits.request_time = SHORT);
    let mut tcp = world.connect().await;
    tcp.write_all(post("/hold", "").as_bytes()).await.unwrap();
    assert_eq!(response(&mut tcp).await.1, "timeout ");
    world.probe.dropped(1).await;
}

#[tokio::test]
async fn quiet_connections_are_closed() {
    let world = World::with_limits(|limits| limits.idle_time = SHORT * 8);
    assert_eq!(talk(world.connect().await, b"").await, "");
    let mut tcp = world.connect().await;
    tcp.write_all(post("/echo", "a").as_bytes()).await.unwrap();
    response(&mut tcp).await;
    assert_eq!(rest(&mut tcp).await, "");
    assert_eq!(world.total(|core| &core.idle_closed), 2);
    settle(&world, |core| &core.connections_open, 0).await;
}

#[tokio::test]
async fn quiet_connections_rest_and_go_on() {
    let world = World::with_limits(|limits| limits.rest_time = SHORT);
    let mut tcp = world.connect().await;
    for rests in 1..=3 {
        tcp.write_all(post("/echo", "before").as_bytes()).await.unwrap();
        assert_eq!(response(&mut tcp).await.1, "before");
        settle(&world, |core| &core.rested, rests).await;
    }
    // The begin of a request that came behind another is not lost with the buffers.
    let (begin, end) = ("POST /echo HTTP/1.1\r\nho", "st: a\r\ncontent-length: 3\r\n\r\nend");
    tcp.write_all(format!("{}{begin}", post("/echo", "whole")).as_bytes()).await.unwrap();
    assert_eq!(response(&mut tcp).await.1, "whole");
    settle(&world, |core| &core.rested, 4).await;
    tcp.write_all(end.as_bytes()).await.unwrap();
    assert_eq!(response(&mut tcp).await.1, "end");
    settle(&world, |core| &core.rested, 5).await;
    // The client says no more.
    tcp.shutdown().await.unwrap();
    assert_eq!(rest(&mut tcp).await, "");
    settle(&world, |core| &core.connections_open, 0).await;
}

#[tokio::test]
async fn resting_connections_end_as_others_do() {
    let world = World::with_limits(|limits| {
        (limits.rest_time, limits.idle_time) = (SHORT, SHORT * 8);
        limits.head_time = SHORT;
    });
    for (rests, begun) in [(1, ""), (2, "GET / HT")] {
        let mut tcp = world.connect().await;
        tcp.write_all(post("/echo", "a").as_bytes()).await.unwrap();
        response(&mut tcp).await;
        settle(&world, |core| &core.rested, rests).await;
        tcp.write_all(begun.as_bytes()).await.unwrap();
        assert_eq!(rest(&mut tcp).await, "");
    }
    assert_eq!(world.total(|core| &core.idle_closed), 1);
    assert_eq!(world.total(|core| &core.slow_heads), 1);
}

#[tokio::test]
async fn clients_that_do_not_read_are_cut() {
    let world = World::with_limits(|limits| limits.stall_time = SHORT);
    let mut tcp = world.connect().await;
    let request = post("/echo", &"x".repeat(250_000));
    // Enough to fill the buffers of both ends.
    for _ in 0..200 {
        if tcp.write_all(request.as_bytes()).await.is_err() {
            break;
        }
    }
    settle(&world, |core| &core.stalled, 1).await;
    let mut scratch = vec![0; 65536];
    while let Ok(1..) = patient(tcp.read(&mut scratch)).await {}
}

#[tokio::test]
async fn a_client_that_leaves_cancels_its_request() {
    let world = World::new();
    let mut tcp = world.connect().await;
    tcp.write_all(post("/hold", "").as_bytes()).await.unwrap();
    world.probe.entered(1).await;
    drop(tcp);
    world.probe.dropped(1).await;
    settle(&world, |core| &core.cancelled, 1).await;
}

#[tokio::test]
async fn memory_for_unfinished_bodies_is_bounded() {
    let world = World::with_limits(|limits| limits.pending_bytes = 1000);
    let request = "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 2000\r\n\r\n";
    let request = format!("{request}{}", "x".repeat(1500));
    let answer = talk(world.connect().await, request.as_bytes()).await;
    assert!(answer.ends_with("overloaded /x"), "{answer}");
}
