//! Sockets of one address, one for each core.

use std::net::SocketAddr;
use std::num::NonZeroUsize;

use socket2::{Domain, Protocol, Socket, Type};

use crate::Failure;

/// Connections that wait to be accepted, as many as the gateway has.
const BACKLOG: i32 = 1024;

/// Sockets that share an address; the kernel spreads connections over them.
pub(crate) struct Bound {
    pub(crate) address: SocketAddr,
    pub(crate) sockets: Vec<Socket>,
}

/// One socket for each core on `address`, whose port is chosen with the first.
pub(crate) fn bind(
    address: SocketAddr,
    is_udp: bool,
    cores: NonZeroUsize,
) -> Result<Bound, Failure> {
    let first = open(address, is_udp)?;
    let address = first.local_addr()?.as_socket().ok_or("not an address of IP")?;
    let mut sockets = vec![first];
    for _ in 1..cores.get() {
        sockets.push(open(address, is_udp)?);
    }
    Ok(Bound { address, sockets })
}

fn open(address: SocketAddr, is_udp: bool) -> Result<Socket, Failure> {
    let (kind, protocol) =
        if is_udp { (Type::DGRAM, Protocol::UDP) } else { (Type::STREAM, Protocol::TCP) };
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    if !is_udp {
        socket.listen(BACKLOG)?;
    }
    Ok(socket)
}
