//! A check-in service: it confirms the time to instances that ask by way of their clients.
// spec: encedo-hem 4.3

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use typex_core::Secret;
use typex_core::op::instance::{AgreementKey, answer_check_in, base64, from_base64_array};
use typex_store::system_clock;
use zeroize::Zeroizing;

/// Longest request: that of the dialect.
// spec: encedo-hem 1.2
const BODY_BYTES_MAX: usize = 7300;
/// Connections at once; each takes one request.
const CONNECTIONS_MAX: usize = 64;
/// How long one may last.
const CONNECTION_TIME: Duration = Duration::from_secs(10);
/// What the service says about a client; nothing acts upon it.
const STATUS: [u8; 32] = [0; 32];

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackendError {
    /// Its key cannot be read or made.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file does not hold a key.
    #[error("{}: must hold 32 bytes in base64", path.display())]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// It does not check who asks, so it is for this machine.
    #[error("{0}: must be a loopback address; put a proxy with TLS in front of it")]
    Address(SocketAddr),
    /// It cannot listen.
    #[error("{address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// Serves until the process ends.
///
/// # Errors
/// Any [`BackendError`].
pub(crate) fn run(key: &Path, address: SocketAddr) -> Result<(), BackendError> {
    if !address.ip().is_loopback() {
        return Err(BackendError::Address(address));
    }
    let key = Arc::new(load(key)?);
    let failed = |source| BackendError::Listen { address, source };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(failed)?.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let said = format!(
            "check-in service at http://{bound}/checkin\n\nIts public key, for typex.toml:\n\n  \
             [hem]\n  backends = [\"{}\"]\n",
            base64(&key.public())
        );
        // Who started the service may have closed its output; it serves nonetheless.
        let _ = io::stdout().write_all(said.as_bytes());
        accept(listener, key).await;
        Ok(())
    })
}

/// The private key; made where there is no file.
fn load(path: &Path) -> Result<AgreementKey, BackendError> {
    let failed = |source| BackendError::File { path: path.to_owned(), source };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(failed)?,
        Err(error) => return Err(failed(error)),
    };
    let key = from_base64_array(text.trim());
    let key = key.ok_or_else(|| BackendError::Key { path: path.to_owned() })?;
    Ok(AgreementKey::new(Secret::new(key)))
}

fn make(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut key = Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(&mut *key).map_err(io::Error::other)?;
    let text = Zeroizing::new(base64(&*key));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(text)
}

async fn accept(listener: TcpListener, key: Arc<AgreementKey>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let key = Arc::clone(&key);
                tokio::spawn(async move {
                    let _place = place;
                    let _ = tokio::time::timeout(CONNECTION_TIME, serve(stream, key)).await;
                });
            }
            // Too many files are open: some close in a while.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn serve(stream: TcpStream, key: Arc<AgreementKey>) {
    let service = service_fn(move |request| {
        let key = Arc::clone(&key);
        async move { Ok::<_, Infallible>(answer(request, &key).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // A client that goes away is no concern of the service.
    let _ = connection.await;
}

#[derive(Deserialize)]
struct Check {
    check: String,
}

#[derive(Serialize)]
struct Checked {
    checked: String,
}

async fn answer(request: Request<Incoming>, key: &AgreementKey) -> Response<Full<Bytes>> {
    if request.method() != Method::POST || request.uri().path() != "/checkin" {
        return response(StatusCode::NOT_FOUND, Vec::new());
    }
    let Ok(body) = Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await else {
        return response(StatusCode::PAYLOAD_TOO_LARGE, Vec::new());
    };
    let Ok(Check { check }) = serde_json::from_slice(&body.to_bytes()) else {
        return response(StatusCode::BAD_REQUEST, Vec::new());
    };
    match answer_check_in(&check, key, &STATUS, system_clock()) {
        Ok(checked) => {
            let body = serde_json::to_vec(&Checked { checked }).unwrap_or_default();
            response(StatusCode::OK, body)
        }
        Err(_) => response(StatusCode::UNAUTHORIZED, Vec::new()),
    }
}

fn response(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
