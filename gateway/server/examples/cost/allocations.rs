//! What a request allocates: the gateway in this process against an echo on bare hyper.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::process::{Signal, getpid, kill_process};
use tokio::net::TcpListener;
use tokio::task::LocalSet;
use typex_server::config::Config;
use typex_server::serve::{ServeError, serve};

use crate::connection::Connection;
use crate::figure::{Figure, Target};
use crate::object::Object;
use crate::process::{address, wait_ready};
use crate::{Failure, ROUNDS, allocations};

/// Requests of one window, one after the other.
const REQUESTS: usize = 2_000;
const NONCE: u64 = 9;

pub(crate) fn measure() -> Result<Vec<Figure>, Failure> {
    let dir = tempfile::tempdir()?;
    let (gateway_thread, process) = start_gateway(dir.path())?;
    let object = Object::demo()?;
    let request = object.request(NONCE)?;
    let mut gateway = Connection::open(process, request.clone())?;
    let mut echo = Connection::open(start_echo()?, request.clone())?;
    object.check_body(NONCE, gateway.exchange()?)?;
    if !request.ends_with(echo.exchange()?) {
        return Err("the echo is not one".into());
    }
    window(&mut gateway)?;
    window(&mut echo)?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(window(&mut gateway)?);
        bare.push(window(&mut echo)?);
    }
    kill_process(getpid(), Signal::TERM)?;
    gateway_thread.join().map_err(|_| "the gateway panicked")??;
    Ok(vec![Figure {
        name: "3 allocations a request, gateway - bare hyper",
        unit: "",
        gateway: ours,
        against: bare,
        target: Target::MoreAtMost(2.0),
        conditions: format!(
            "HTTP/1.1 POST, 16 bytes PLAINAES, one connection, all threads of the process, \
             {REQUESTS} requests a window"
        ),
    }])
}

/// Allocations a request. The client makes none.
fn window(connection: &mut Connection) -> Result<f64, Failure> {
    let before = allocations();
    for _ in 0..REQUESTS {
        connection.exchange()?;
    }
    Ok((allocations() - before) as f64 / REQUESTS as f64)
}

/// The whole gateway, on free ports.
fn start_gateway(dir: &Path) -> Result<(JoinHandle<Result<(), ServeError>>, SocketAddr), Failure> {
    let mut config = Config::default();
    config.listen.operator_port = 0;
    config
        .listen
        .ports
        .values_mut()
        .flat_map(|ports| ports.values_mut())
        .for_each(|port| *port = 0);
    let (data, file) = (dir.join("data"), dir.join("ready"));
    let ready_file = file.clone();
    let thread = std::thread::spawn(move || serve(&data, &config, Some(&ready_file)));
    let ready = wait_ready(&file, || Ok(!thread.is_finished()))?;
    Ok((thread, address(&ready, "process")?))
}

/// The least that hyper can be asked to do with a body.
fn start_echo() -> Result<SocketAddr, Failure> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            tell.send(listener.local_addr()?)?;
            let (tcp, _) = listener.accept().await?;
            tcp.set_nodelay(true)?;
            let connection = http1::Builder::new();
            Ok(connection.serve_connection(TokioIo::new(tcp), service_fn(echo)).await?)
        })
    });
    Ok(told.recv()?)
}

async fn echo(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let frame = request.body_mut().frame().await;
    let data = frame.and_then(Result::ok).and_then(|frame| frame.into_data().ok());
    Ok(Response::new(Full::new(data.unwrap_or_default())))
}
