//! HTTP/2: streams that share a connection.

use std::rc::Rc;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http_body_util::Full;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Mutex;

use super::{
    Answer, Exchange, Fault, Route, absolute, broken, collect, refused, sign, tls, within,
};
use crate::load::operation::Request;

/// Flow control is not what is measured.
const WINDOW_BYTES: u32 = 4 << 20;

type Sender = SendRequest<Full<Bytes>>;

/// A connection and how many there were before it.
struct Shared {
    route: Rc<Route>,
    current: Mutex<(u64, Sender)>,
}

pub(crate) struct Slot {
    shared: Rc<Shared>,
    mine: (u64, Sender),
    scheme: Scheme,
    authority: Authority,
}

impl Slot {
    pub(super) async fn open(route: &Rc<Route>, streams: usize) -> Result<Vec<Self>, Fault> {
        let sender = within(route.patience, connect(route)).await??;
        let mine = (0, sender);
        let shared = Rc::new(Shared { route: Rc::clone(route), current: Mutex::new(mine.clone()) });
        let scheme = Scheme::try_from(route.scheme()).map_err(refused)?;
        let authority = Authority::try_from(route.authority()).map_err(refused)?;
        let slot = || Self {
            shared: Rc::clone(&shared),
            mine: mine.clone(),
            scheme: scheme.clone(),
            authority: authority.clone(),
        };
        Ok((0..streams).map(|_| slot()).collect())
    }

    pub(super) async fn exchange(&mut self, exchange: &Exchange) -> Result<Answer, Fault> {
        let Request::Http(request, signer) = &exchange.request else {
            return Err(Fault::Form("a batch without HTTP"));
        };
        if self.mine.1.is_closed() {
            self.renew().await?;
        }
        let mut parts = absolute(request, (&self.scheme, &self.authority))?;
        sign(&mut parts, (request, signer.as_ref()), self.authority.as_str())?;
        let body = Full::new(request.body().clone());
        let sender = &mut self.mine.1;
        within(self.shared.route.patience, async {
            sender.ready().await.map_err(broken)?;
            let request = http::Request::from_parts(parts, body);
            collect(sender.send_request(request).await.map_err(broken)?).await
        })
        .await?
    }

    /// Takes the connection that another slot has made, or makes one for all.
    async fn renew(&mut self) -> Result<(), Fault> {
        let mut current = self.shared.current.lock().await;
        if current.0 == self.mine.0 {
            let route = &self.shared.route;
            *current = (current.0 + 1, within(route.patience, connect(route)).await??);
        }
        self.mine = current.clone();
        Ok(())
    }
}

async fn connect(route: &Route) -> Result<Sender, Fault> {
    match route.tls {
        true => begin(tls::tls(route, b"h2").await?).await,
        false => begin(tls::tcp(route).await?).await,
    }
}

async fn begin<S>(stream: S) -> Result<Sender, Fault>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(WINDOW_BYTES).initial_connection_window_size(WINDOW_BYTES);
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(refused)?;
    // How it ends is what its requests see.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}
