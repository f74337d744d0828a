//! Sockets of a listener: one of each kind for every core, all on the same port.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};

use super::limits;

/// The sockets of one listener on one core, not blocking, ready for its runtime.
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) tcp: TcpListener,
    pub(super) udp: Option<UdpSocket>,
}

/// Binds and listens on `address` for each of `cores` cores. Port 0 becomes one that is free.
pub(super) fn bind(
    address: SocketAddr,
    quic: bool,
    cores: usize,
) -> io::Result<(SocketAddr, Vec<Sockets>)> {
    if address.port() != 0 {
        return Ok((address, bind_at(address, quic, cores)?));
    }
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..limits::PORT_TRIES {
        let address = free(address)?;
        match bind_at(address, quic, cores) {
            Ok(sockets) => return Ok((address, sockets)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn bind_at(address: SocketAddr, quic: bool, cores: usize) -> io::Result<Vec<Sockets>> {
    // A port shared by SO_REUSEPORT could be shared with another gateway of the same user, who
    // would take half of the clients. Binding without the option first finds that out.
    tcp(address, false)?;
    if quic {
        udp(address, false)?;
    }
    (0..cores).map(|_| sockets(address, quic)).collect()
}

fn sockets(address: SocketAddr, quic: bool) -> io::Result<Sockets> {
    let tcp = tcp(address, true)?;
    tcp.listen(limits::BACKLOG)?;
    let udp = if quic { Some(udp(address, true)?.into()) } else { None };
    Ok(Sockets { tcp: tcp.into(), udp })
}

/// A port that nobody uses for TCP at the moment.
fn free(address: SocketAddr) -> io::Result<SocketAddr> {
    let bound = tcp(address, false)?.local_addr()?;
    bound.as_socket().ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

fn tcp(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = socket(address, Type::STREAM, Protocol::TCP)?;
    // Lets the port of a gateway that just ended be used again.
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn udp(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = socket(address, Type::DGRAM, Protocol::UDP)?;
    socket.set_reuse_port(shared)?;
    // Bursts wait here while the core computes. The kernel lowers it to what it permits.
    socket.set_recv_buffer_size(limits::UDP_BUFFER)?;
    socket.set_send_buffer_size(limits::UDP_BUFFER)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        // `[::]` means every address of both families; any other address is of one family.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Raises the descriptors of the process to what it may have and says how many connections that
/// leaves room for.
pub(super) fn connections_possible() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let descriptors = if raised.is_ok() { maximum } else { current };
    let descriptors = descriptors.map_or(usize::MAX, |most| most.try_into().unwrap_or(usize::MAX));
    descriptors.saturating_sub(limits::RESERVED_DESCRIPTORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: &str = "127.0.0.1:0";

    #[test]
    fn every_core_and_protocol_has_the_same_port() {
        let (address, sockets) = bind(LOOPBACK.parse().unwrap(), true, 3).unwrap();
        assert_ne!(address.port(), 0);
        assert_eq!(sockets.len(), 3);
        for each in &sockets {
            assert_eq!(each.tcp.local_addr().unwrap(), address);
            assert_eq!(each.udp.as_ref().unwrap().local_addr().unwrap(), address);
        }
    }

    #[test]
    fn a_port_in_use_is_an_error_though_ports_are_shared() {
        let (address, _sockets) = bind(LOOPBACK.parse().unwrap(), true, 2).unwrap();
        let error = bind(address, false, 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn a_udp_port_in_use_is_an_error() {
        let udp = UdpSocket::bind(LOOPBACK).unwrap();
        let address = udp.local_addr().unwrap();
        assert!(bind(address, true, 1).is_err());
    }

    #[test]
    fn descriptors_leave_room_for_connections() {
        assert!(connections_possible() > 0);
    }
}
