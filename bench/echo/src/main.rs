//! Bare servers that the gateway is measured against: the libraries that it is built on, and
//! nothing else.
//!
//! ```text
//! echo h1-tls --certificate /tmp/echo.pem
//! ```
//!
//! Every server answers with the body that it was sent, or with one of a length that is given. Each
//! core has a runtime and a socket of its own, as in the gateway, and settings are those of the
//! gateway where they cost. The address is printed once the server listens; it ends with its
//! standard input, so that none is left behind.
#![forbid(unsafe_code)]

mod answer;
mod frames;
mod http;
mod http3;
mod socket;
mod tls;

use std::error::Error;
use std::io::Read;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use tokio::runtime::{Builder, LocalOptions};

use answer::Body;
use tls::Identity;

/// Why a server does not start.
type Failure = Box<dyn Error + Send + Sync>;

/// A bare server on loopback that answers with what it is sent.
#[derive(Clone, Parser)]
struct Args {
    /// What to speak.
    protocol: Protocol,
    /// Where to listen; port 0 is a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    address: SocketAddr,
    /// Answer HTTP with this many bytes instead of the request's.
    #[arg(long, value_name = "BYTES")]
    answer_bytes: Option<usize>,
    /// Where to write the certificate that clients must trust.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Threads, each with a runtime and a socket.
    #[arg(long, default_value = "1")]
    cores: NonZeroUsize,
}

/// Protocols and their libraries.
#[derive(Clone, Copy, ValueEnum)]
enum Protocol {
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

impl Protocol {
    const fn is_quic(self) -> bool {
        matches!(self, Self::H3 | Self::Frames)
    }
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let identity = Arc::new(Identity::new()?);
    if let Some(path) = &args.certificate {
        std::fs::write(path, identity.pem())?;
    }
    let bound = socket::bind(args.address, args.protocol.is_quic(), args.cores)?;
    let address = bound.address;
    for socket in bound.sockets {
        let (args, identity) = (args.clone(), identity.clone());
        std::thread::spawn(move || {
            if let Err(error) = core(&args, &identity, socket) {
                eprintln!("{error}");
                std::process::exit(1);
            }
        });
    }
    println!("{address}");
    let mut ignored = Vec::new();
    std::io::stdin().read_to_end(&mut ignored)?;
    Ok(())
}

/// Serves on one socket for ever.
fn core(args: &Args, identity: &Identity, socket: socket2::Socket) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    let body = Rc::new(Body::new(args.answer_bytes));
    runtime.block_on(async {
        match args.protocol {
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
