use bytes::BytesMut;
use quinn::{Endpoint, RecvStream, SendStream};
use typex_wire::{BatchWriter, Frame, Record};

use super::h3::connect_for;
use super::world::*;
use crate::transport::{Limits, Transport};

/// One stream of a connection.
struct Client {
    send: SendStream,
    recv: RecvStream,
    quic: quinn::Connection,
    _endpoint: Endpoint,
}

impl Client {
    async fn new(world: &World) -> Self {
        let (endpoint, quic) = connect_for(world, b"typex/1").await.unwrap();
        let (send, recv) = patient(quic.open_bi()).await.unwrap();
        Self { send, recv, quic, _endpoint: endpoint }
    }

    async fn send(&mut self, bytes: &[u8]) {
        patient(self.send.write_all(bytes)).await.unwrap();
    }

    /// As much as `text` is long.
    async fn hears(&mut self, text: &str) {
        let mut heard = vec![0; text.len()];
        patient(self.recv.read_exact(&mut heard)).await.unwrap();
        assert_eq!(String::from_utf8(heard).unwrap(), text);
    }

    /// What is sent until the stream ends.
    async fn hears_last(&mut self) -> String {
        String::from_utf8(patient(self.recv.read_to_end(1000)).await.unwrap()).unwrap()
    }
}

fn frame(id: u64) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    Frame::write_close(&mut bytes, id, 0);
    bytes.to_vec()
}

#[tokio::test]
async fn frames_of_a_stream_are_answered_one_after_the_other() {
    let world = World::new();
    let mut client = Client::new(&world).await;
    let frames = [frame(1), frame(HOLD), frame(3)].concat();
    let (first, rest) = frames.split_at(25);
    client.send(first).await;
    client.hears("1 ").await;
    client.send(rest).await;
    world.probe.entered(1).await;
    let (mut other, mut answers) = patient(client.quic.open_bi()).await.unwrap();
    other.write_all(&frame(7)).await.unwrap();
    other.finish().unwrap();
    let answer = patient(answers.read_to_end(10)).await.unwrap();
    assert_eq!(answer, b"7 ", "another stream does not wait");
    world.probe.release(1);
    client.hears("held 3 ").await;
    assert_eq!(world.total(|core| core.requests(Transport::Frames)), 4);
    client.send.finish().unwrap();
    assert_eq!(client.hears_last().await, "");
}

#[tokio::test]
async fn what_is_no_frame_is_told_and_ends_the_stream() {
    let world = World::new();
    let whole = frame(1);
    for (bytes, expected) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], "is no kind of frame"),
        (b"\x7f\xff\xff\xff\x01\0\0\0........", "has at most"),
        (&whole[..whole.len() - 1], "ends too early"),
    ] {
        let mut client = Client::new(&world).await;
        client.send(bytes).await;
        client.send.finish().unwrap();
        let heard = client.hears_last().await;
        assert!(heard.contains(expected), "{heard}");
    }
}

#[tokio::test]
async fn frames_that_come_slowly_end_the_stream() {
    let world = World::with_limits(|limits| limits.body_time = SHORT);
    let mut client = Client::new(&world).await;
    client.send(&frame(1)).await;
    client.hears("1 ").await;
    client.send(&frame(2)[..5]).await;
    assert!(patient(client.recv.read_to_end(10)).await.is_err());
}

#[tokio::test]
async fn a_core_holds_only_so_much_that_is_not_answered() {
    let world = World::with_limits(|limits: &mut Limits| limits.pending_bytes = 100_000);
    let mut client = Client::new(&world).await;
    let mut long = BytesMut::new();
    let data = vec![0; 200_000];
    let mut batch = BatchWriter::begin(&mut long, 5, 0);
    let record = Record { id: 1, operation: 1, handle: 0, parameters: b"", data: &data };
    batch.record(&record).unwrap();
    batch.end();
    let sent = client.send.write_all(&long);
    let _ = patient(sent).await;
    assert!(patient(client.recv.read_to_end(10)).await.is_err());
    let mut other = Client::new(&world).await;
    for _ in 0..20 {
        other.send(&frame(2)).await;
        other.hears("2 ").await;
    }
}

#[tokio::test]
async fn streams_that_wait_are_told_as_well() {
    let mut world = World::new();
    let mut client = Client::new(&world).await;
    client.send(&frame(1)).await;
    client.hears("1 ").await;
    world.running().shutdown(PATIENCE);
    assert_eq!(client.hears_last().await, "bye");
    world.join().await;
}

#[tokio::test]
async fn streams_are_told_that_the_server_ends() {
    let mut world = World::new();
    let mut client = Client::new(&world).await;
    client.send(&frame(1)).await;
    client.hears("1 ").await;
    client.send(&frame(HOLD)).await;
    world.probe.entered(1).await;
    world.running().shutdown(PATIENCE);
    world.probe.release(1);
    client.hears("held bye").await;
    assert_eq!(client.hears_last().await, "");
    patient(client.quic.closed()).await;
    world.join().await;
}
