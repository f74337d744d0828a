//! HTTP/3: streams that share a QUIC connection.

use std::rc::Rc;

use bytes::{Buf, Bytes, BytesMut};
use h3::client::SendRequest;
use h3_quinn::OpenStreams;
use http::uri::{Authority, Scheme};
use tokio::sync::Mutex;

use super::{Answer, Exchange, Fault, Route, absolute, broken, refused, sign, tls, within};
use crate::load::limits::ANSWER_BYTES_MAX;
use crate::load::operation::Request;

type Sender = SendRequest<OpenStreams, Bytes>;

/// A connection: how many there were before it, what tells that it ended, what sends.
#[derive(Clone)]
struct Open {
    number: u64,
    quic: quinn::Connection,
    sender: Sender,
}

struct Shared {
    route: Rc<Route>,
    current: Mutex<Open>,
}

pub(crate) struct Slot {
    shared: Rc<Shared>,
    mine: Open,
    authority: Authority,
}

impl Slot {
    pub(super) async fn open(route: &Rc<Route>, streams: usize) -> Result<Vec<Self>, Fault> {
        let mine = within(route.patience, connect(route, 0)).await??;
        let shared = Rc::new(Shared { route: Rc::clone(route), current: Mutex::new(mine.clone()) });
        let authority = Authority::try_from(route.authority()).map_err(refused)?;
        let slot = || Self {
            shared: Rc::clone(&shared),
            mine: mine.clone(),
            authority: authority.clone(),
        };
        Ok((0..streams).map(|_| slot()).collect())
    }

    pub(super) async fn exchange(&mut self, exchange: &Exchange) -> Result<Answer, Fault> {
        let Request::Http(request, signer) = &exchange.request else {
            return Err(Fault::Form("a batch without HTTP"));
        };
        if self.mine.quic.close_reason().is_some() {
            self.renew().await?;
        }
        let mut parts = absolute(request, (&Scheme::HTTPS, &self.authority))?;
        sign(&mut parts, (request, signer.as_ref()), self.authority.as_str())?;
        let sending = send(&mut self.mine.sender, parts, request.body());
        within(self.shared.route.patience, sending).await?
    }

    /// Takes the connection that another slot has made, or makes one for all.
    async fn renew(&mut self) -> Result<(), Fault> {
        let mut current = self.shared.current.lock().await;
        if current.number == self.mine.number {
            let (route, next) = (&self.shared.route, current.number + 1);
            *current = within(route.patience, connect(route, next)).await??;
        }
        self.mine = current.clone();
        Ok(())
    }
}

async fn send(
    sender: &mut Sender,
    parts: http::request::Parts,
    body: &Bytes,
) -> Result<Answer, Fault> {
    let request = http::Request::from_parts(parts, ());
    let mut stream = sender.send_request(request).await.map_err(broken)?;
    if !body.is_empty() {
        stream.send_data(body.clone()).await.map_err(broken)?;
    }
    stream.finish().await.map_err(broken)?;
    let status = stream.recv_response().await.map_err(broken)?.status().as_u16();
    let mut whole = BytesMut::new();
    while let Some(mut data) = stream.recv_data().await.map_err(broken)? {
        if whole.len() + data.remaining() > ANSWER_BYTES_MAX {
            return Err(Fault::Form("an answer that is too long"));
        }
        whole.extend_from_slice(&data.copy_to_bytes(data.remaining()));
    }
    Ok(Answer::Http { status, body: whole.freeze() })
}

async fn connect(route: &Route, number: u64) -> Result<Open, Fault> {
    let quic = tls::quic(route, b"h3").await?;
    let connection = h3_quinn::Connection::new(quic.clone());
    let (mut driver, sender) = h3::client::new(connection).await.map_err(refused)?;
    // How it ends is what its requests see.
    tokio::spawn(async move {
        drop(std::future::poll_fn(|context| driver.poll_close(context)).await);
    });
    Ok(Open { number, quic, sender })
}
