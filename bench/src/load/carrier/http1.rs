//! HTTP/1.1: a request at a time.

use std::rc::Rc;

use bytes::Bytes;
use http::header::HOST;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    Answer, Exchange, Fault, Route, broken, collect, copy, host, refused, sign, tls, within,
};
use crate::load::operation::Request;

pub(crate) struct Slot {
    route: Rc<Route>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Slot {
    pub(super) async fn open(route: &Rc<Route>) -> Result<Self, Fault> {
        let sender = Some(within(route.patience, connect(route)).await??);
        Ok(Self { route: Rc::clone(route), sender })
    }

    pub(super) async fn exchange(&mut self, exchange: &Exchange) -> Result<Answer, Fault> {
        let Request::Http(request, signer) = &exchange.request else {
            return Err(Fault::Form("a batch without HTTP"));
        };
        let mut sender = match self.sender.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => within(self.route.patience, connect(&self.route)).await??,
        };
        let mut parts = copy(request);
        parts.headers.insert(HOST, host(&self.route)?);
        sign(&mut parts, (request, signer.as_ref()), &self.route.authority())?;
        let body = Full::new(request.body().clone());
        let answer = within(self.route.patience, async {
            sender.ready().await.map_err(broken)?;
            let request = http::Request::from_parts(parts, body);
            collect(sender.send_request(request).await.map_err(broken)?).await
        })
        .await?;
        // After a fault the connection may hold the rest of an answer: there will be another one.
        if answer.is_ok() {
            self.sender = Some(sender);
        }
        answer
    }
}

async fn connect(route: &Route) -> Result<SendRequest<Full<Bytes>>, Fault> {
    match route.tls {
        true => begin(tls::tls(route, b"http/1.1").await?).await,
        false => begin(tls::tcp(route).await?).await,
    }
}

async fn begin<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, Fault>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(refused)?;
    // How it ends is what its requests see.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}
