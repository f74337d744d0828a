//! Accepts TCP connections on one core and finds out what they speak.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::core::{Ended, begun};
use super::deadline::within;
use super::link::Port;
use super::observer::count;
use super::opening::{self, Opened, Opening, plaintext_permitted};
use super::shard::{Member, Stage};
use super::socket::Socket;
use super::watch::Watch;
use super::{Kind, Refusal, Service, Transport, http1, http2, limits, lines};

/// Accepts until the end begins, then takes those that are connected already: closing the listener
/// would reset them without a word.
pub(super) async fn accept<S: Service>(
    port: Port<S>,
    kind: Kind,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    mut ended: Ended,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            _ = begun(&mut ended) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(accepted) => admit(&port, kind, tls.as_ref(), accepted),
            Err(error) if concerns_one(&error) => {}
            Err(error) => {
                count(&port.shard.counters().accept_errors);
                tracing::warn!(%error, "accept; pausing");
                within(limits::ACCEPT_PAUSE, begun(&mut ended)).await;
            }
        }
    }
    match listener.into_std() {
        Ok(listener) => clear(&listener, |accepted| admit(&port, kind, tls.as_ref(), accepted)),
        Err(error) => tracing::warn!(%error, "connections were not taken"),
    }
}

/// Accepts what waits. The kernel is asked itself: a core that was held up has not heard of it.
fn clear(listener: &std::net::TcpListener, mut admit: impl FnMut((TcpStream, SocketAddr))) {
    for _ in 0..limits::BACKLOG {
        let accepted = listener.accept().and_then(|(tcp, address)| {
            tcp.set_nonblocking(true)?;
            Ok((TcpStream::from_std(tcp)?, address))
        });
        match accepted {
            Ok(accepted) => admit(accepted),
            Err(error) if concerns_one(&error) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(error) => return tracing::warn!(%error, "connections were not taken"),
        }
    }
}

/// Whether an error of `accept` is about the connection that would have been accepted.
fn concerns_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

fn admit<S: Service>(
    port: &Port<S>,
    kind: Kind,
    tls: Option<&Arc<ServerConfig>>,
    (tcp, address): (TcpStream, SocketAddr),
) {
    count(&port.shard.counters().connections_tcp);
    let Some(member) = port.shard.join(address) else {
        if kind == Kind::JsonLines {
            lines::turn_away(port, &tcp, address);
        }
        return;
    };
    // Answers are small and whole; waiting for more to send only delays them.
    let _ = tcp.set_nodelay(true);
    let port = port.clone();
    match kind {
        Kind::JsonLines => drop(spawn_local(lines::serve(port, member, tcp, address))),
        Kind::Http { .. } => {
            let tls = tls.cloned();
            drop(spawn_local(async move {
                if let Some(arrival) = arrive(&member, tcp, address).await {
                    arrival.serve(port, member, tls).await;
                }
            }));
        }
    }
}

/// A connection that began to speak.
struct Arrival {
    opening: Opening,
    socket: Socket,
    watch: Rc<Watch>,
    address: SocketAddr,
}

async fn arrive(member: &Member, mut tcp: TcpStream, address: SocketAddr) -> Option<Arrival> {
    let shard = member.shard();
    let opened = tokio::select! {
        biased;
        opened = opening::read(&mut tcp, shard.limits()) => opened.ok()?,
        _ = member.past(Stage::Draining) => None,
    };
    let Some((opening, opened)) = opened else {
        count(&shard.counters().idle_closed);
        return None;
    };
    let watch = Rc::new(Watch::new());
    Some(arrival(tcp, opened, opening, watch, address))
}

fn arrival(
    tcp: TcpStream,
    opened: Opened,
    opening: Opening,
    watch: Rc<Watch>,
    address: SocketAddr,
) -> Arrival {
    Arrival { opening, socket: Socket::new(tcp, opened, watch.clone()), watch, address }
}

impl Arrival {
    async fn serve<S: Service>(
        self,
        port: Port<S>,
        member: Member,
        tls: Option<Arc<ServerConfig>>,
    ) {
        let permitted = plaintext_permitted(self.address.ip(), port.plaintext);
        match (self.opening, tls) {
            (Opening::Tls, Some(tls)) => self.serve_tls(port, member, tls).await,
            (Opening::Tls, None) => port.shard.note(Refusal::Malformed, self.address),
            _ if !permitted => port.shard.note(Refusal::PlaintextRefused, self.address),
            (Opening::Http1, _) => {
                let way = (Transport::H1, false);
                let link = port.link(member, self.watch, way, self.address);
                Box::pin(http1::serve(link, self.socket)).await;
            }
            (Opening::Http2, _) => {
                let way = (Transport::H2, false);
                let link = port.link(member, self.watch, way, self.address);
                Box::pin(http2::serve(link, self.socket)).await;
            }
        }
    }

    async fn serve_tls<S: Service>(self, port: Port<S>, member: Member, tls: Arc<ServerConfig>) {
        let Some(stream) = Box::pin(handshake(&port, self.socket, tls)).await else { return };
        self.watch.rest();
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            let link = port.link(member, self.watch, (Transport::H2, true), self.address);
            Box::pin(http2::serve(link, stream)).await;
        } else {
            let link = port.link(member, self.watch, (Transport::H1, true), self.address);
            Box::pin(http1::serve(link, stream)).await;
        }
    }
}

async fn handshake<S: Service>(
    port: &Port<S>,
    socket: Socket,
    tls: Arc<ServerConfig>,
) -> Option<TlsStream<Socket>> {
    let accept = TlsAcceptor::from(tls).accept(socket);
    let result = within(port.shard.limits().handshake_time, accept).await;
    match result {
        Some(Ok(stream)) => {
            count(&port.shard.counters().handshakes);
            Some(stream)
        }
        failed => {
            count(&port.shard.counters().handshakes_failed);
            if let Some(Err(error)) = failed {
                tracing::debug!(%error, "TLS handshake");
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lasting_errors_pause_accepting() {
        use rustix::io::Errno;
        for errno in [Errno::CONNABORTED, Errno::CONNRESET, Errno::INTR] {
            assert!(concerns_one(&errno.into()), "{errno}");
        }
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM] {
            assert!(!concerns_one(&errno.into()), "{errno}");
        }
    }
}
