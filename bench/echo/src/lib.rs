//! Bare servers that the gateway is measured against: the libraries that it is built on, and
//! nothing else.
//!
//! Every server answers with the body that it was sent, or with one of a length that is given. Each
//! core has a runtime and a socket of its own, as in the gateway, and settings are those of the
//! gateway where they cost.
#![forbid(unsafe_code)]

mod answer;
mod frames;
mod http;
mod http3;
mod socket;
mod tls;

use std::error::Error;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tokio::runtime::{Builder, LocalOptions};

use answer::Body;
use tls::Identity;

/// Why a server does not start.
pub type Failure = Box<dyn Error + Send + Sync>;

/// What is served.
#[derive(Clone, Args)]
pub struct Options {
    /// What to speak.
    pub protocol: Protocol,
    /// Where to listen; port 0 is a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub address: SocketAddr,
    /// Answer HTTP with this many bytes instead of the request's.
    #[arg(long, value_name = "BYTES")]
    pub answer_bytes: Option<usize>,
    /// Threads, each with a runtime and a socket.
    #[arg(long, default_value = "1")]
    pub cores: NonZeroUsize,
}

/// Protocols and their libraries.
#[derive(Clone, Copy, ValueEnum)]
pub enum Protocol {
    /// HTTP/1.1 by hyper.
    H1,
    /// HTTP/1.1 by hyper over TLS by rustls.
    H1Tls,
    /// HTTP/2 by hyper over TLS by rustls.
    H2Tls,
    /// HTTP/3 by h3 over quinn.
    H3,
    /// Frames of `typex/1` over quinn.
    Frames,
}

/// A server that listens, on threads of its own, for as long as the process lives.
pub struct Started {
    /// Where.
    pub address: SocketAddr,
    /// What clients must trust, in PEM.
    pub certificate: String,
}

impl Protocol {
    const fn is_quic(self) -> bool {
        matches!(self, Self::H3 | Self::Frames)
    }
}

/// Starts a server. What ends one of its threads ends the process.
///
/// # Errors
/// The address cannot be had, or there is no certificate.
pub fn start(options: &Options) -> Result<Started, Failure> {
    let identity = Arc::new(Identity::new()?);
    let bound = socket::bind(options.address, options.protocol.is_quic(), options.cores)?;
    for socket in bound.sockets {
        let (options, identity) = (options.clone(), identity.clone());
        std::thread::spawn(move || {
            if let Err(error) = core(&options, &identity, socket) {
                eprintln!("{error}");
                std::process::exit(1);
            }
        });
    }
    Ok(Started { address: bound.address, certificate: identity.pem() })
}

/// Serves on one socket for ever.
fn core(options: &Options, identity: &Identity, socket: socket2::Socket) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    let body = Rc::new(Body::new(options.answer_bytes));
    runtime.block_on(async {
        match options.protocol {
            Protocol::H1 => http::serve(socket.into(), None, body).await,
            Protocol::H1Tls => {
                http::serve(socket.into(), Some(identity.tls(b"http/1.1")?), body).await
            }
            Protocol::H2Tls => http::serve(socket.into(), Some(identity.tls(b"h2")?), body).await,
            Protocol::H3 => {
                http3::serve(tls::endpoint(identity, b"h3", socket.into())?, body).await
            }
            Protocol::Frames => {
                frames::serve(tls::endpoint(identity, b"typex/1", socket.into())?).await
            }
        }
    })
}
