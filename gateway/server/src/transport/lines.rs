//! One JSON object and one answer on a TCP connection.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::deadline::within;
use super::link::{Link, Port};
use super::object::{Scan, Scanner};
use super::observer::{count, count_bytes};
use super::opening::plaintext_permitted;
use super::shard::{Claim, Member, Stage};
use super::watch::Watch;
use super::{Peer, Refusal, Service, Transport, limits};

/// Bytes for which room is made at a time.
const READ_BYTES: usize = 4096;

/// Serves one connection. Nothing is allocated before its first bytes come.
// spec: enigma-bridge 1.7
pub(super) async fn serve<S: Service>(
    port: Port<S>,
    member: Member,
    tcp: TcpStream,
    address: SocketAddr,
) {
    if !plaintext_permitted(address.ip(), port.plaintext) {
        return port.shard.note(Refusal::PlaintextRefused, address);
    }
    let link = port.link(member, Rc::new(Watch::new()), (Transport::Tcp, false), address);
    if !first_bytes(&link, &tcp).await {
        return count(&link.counters().idle_closed);
    }
    let mut line = Line { tcp, claim: link.member.shard().claim(), bytes: BytesMut::new() };
    let Some(answer) = line.answer(&link).await else { return };
    count_bytes(&link.counters().bytes_out, answer.len());
    let sent = within(link.limits().stall_time, line.send(answer)).await;
    match sent {
        Some(Ok(())) => line.discard().await,
        Some(Err(_)) => {}
        None => count(&link.counters().stalled),
    }
}

/// Answers a connection that there is no place for, as far as that costs nothing.
pub(super) fn turn_away<S: Service>(port: &Port<S>, tcp: &TcpStream, address: SocketAddr) {
    let peer = Peer::new(address, port.role, Transport::Tcp, false);
    let answer = port.service.refuse_line(&peer, Refusal::TooManyConnections);
    let _ = tcp.try_write(&[&answer[..], b"\n"].concat());
}

/// Waits for the client to speak. False if it is silent for too long or the server ends.
async fn first_bytes<S>(link: &Link<S>, tcp: &TcpStream) -> bool {
    let idle_time = link.member.shard().limits().idle_time;
    let mut first = [0];
    tokio::select! {
        biased;
        peeked = within(idle_time, tcp.peek(&mut first)) => matches!(peeked, Some(Ok(1))),
        _ = link.member.past(Stage::Draining) => false,
    }
}

struct Line {
    tcp: TcpStream,
    claim: Claim,
    bytes: BytesMut,
}

impl Line {
    /// The answer to whatever comes; None if the client went away.
    async fn answer<S: Service>(&mut self, link: &Link<S>) -> Option<Bytes> {
        let turn = link.begin();
        let received = match link.timely(self.receive(link)).await {
            Ok(_) if link.draining() => Err(Refusal::ShuttingDown),
            received => received,
        };
        let answer = match received {
            Ok(Some(object)) => self.ask(link, object).await?,
            Ok(None) => return None,
            Err(refusal) => refuse(link, refusal),
        };
        turn.finish();
        Some(answer)
    }

    /// The object; None if the client went away before it was whole.
    async fn receive<S: Service>(&mut self, link: &Link<S>) -> Result<Option<Bytes>, Refusal> {
        let mut scanner = Scanner::default();
        loop {
            let read = self.read(link.limits().line_bytes).await?;
            let scan = if read > 0 { scanner.scan(&self.bytes) } else { scanner.finish() };
            match scan {
                Scan::Complete(range) => return Ok(Some(self.take(range))),
                Scan::Malformed if read == 0 => return Ok(None),
                Scan::Malformed => return Err(Refusal::Malformed),
                Scan::More => {}
            }
        }
    }

    fn take(&mut self, range: std::ops::Range<usize>) -> Bytes {
        let mut object = self.bytes.split_to(range.end);
        object.advance(range.start);
        object.freeze()
    }

    /// Reads what is there, up to `most` bytes in all. 0 if the client sends no more.
    async fn read(&mut self, most: usize) -> Result<usize, Refusal> {
        if self.bytes.len() >= most {
            return Err(Refusal::BodyTooLarge);
        }
        let room = READ_BYTES.min(most - self.bytes.len());
        loop {
            if self.tcp.readable().await.is_err() {
                return Ok(0);
            }
            self.bytes.reserve(room);
            let mut limited = bytes::BufMut::limit(&mut self.bytes, room);
            match self.tcp.try_read_buf(&mut limited) {
                Ok(read) if self.claim.grow(read) => return Ok(read),
                Ok(_) => return Err(Refusal::Overloaded),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Ok(0),
            }
        }
    }

    /// Asks the service; None if the client resets the connection meanwhile. A client that only
    /// ends its sending side still reads the answer.
    async fn ask<S: Service>(&mut self, link: &Link<S>, object: Bytes) -> Option<Bytes> {
        count_bytes(&link.counters().bytes_in, object.len());
        let line = link.service.line(link.peer, object);
        tokio::select! {
            biased;
            answer = within(link.limits().request_time, line) => {
                Some(answer.unwrap_or_else(|| refuse(link, Refusal::Timeout)))
            }
            () = self.reset() => None,
        }
    }

    /// Completes if the connection is reset. Throws away what comes after the object.
    async fn reset(&self) {
        if self.drain().await.is_ok() {
            std::future::pending().await
        }
    }

    /// Reads until the client ends, or has sent much.
    async fn drain(&self) -> io::Result<()> {
        let mut scratch = [0; 512];
        let mut total = 0;
        while total < limits::DISCARD_BYTES {
            self.tcp.readable().await?;
            match self.tcp.try_read(&mut scratch) {
                Ok(0) => return Ok(()),
                Ok(read) => total += read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn send(&mut self, answer: Bytes) -> io::Result<()> {
        self.tcp.write_all_buf(&mut answer.chain(&b"\n"[..])).await?;
        self.tcp.shutdown().await
    }

    /// Closing with bytes unread would reset the connection and could lose the answer.
    async fn discard(&self) {
        let _ = within(limits::DISCARD_TIME, self.drain()).await;
    }
}

fn refuse<S: Service>(link: &Link<S>, refusal: Refusal) -> Bytes {
    count(link.counters().refusals(refusal));
    link.service.refuse_line(&link.peer, refusal)
}
