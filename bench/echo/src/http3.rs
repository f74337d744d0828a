//! HTTP/3 by h3.

use std::rc::Rc;

use bytes::{Buf, Bytes, BytesMut};
use h3::server::{self, RequestResolver};
use quinn::{Endpoint, Incoming};
use tokio::task::spawn_local;

use crate::Failure;
use crate::answer::Body;

/// Accepts for ever. What ends a connection ends only that.
pub(crate) async fn serve(endpoint: Endpoint, body: Rc<Body>) -> Result<(), Failure> {
    while let Some(incoming) = endpoint.accept().await {
        let body = body.clone();
        spawn_local(async move {
            // Clients that go away are no failure.
            let _ = converse(incoming, body).await;
        });
    }
    Ok(())
}

async fn converse(incoming: Incoming, body: Rc<Body>) -> Result<(), Failure> {
    let quic = h3_quinn::Connection::new(incoming.await?);
    let mut connection = server::builder().send_grease(false).build(quic).await?;
    while let Some(resolver) = connection.accept().await? {
        let body = body.clone();
        spawn_local(async move {
            let _ = echo(resolver, &body).await;
        });
    }
    Ok(())
}

async fn echo(
    resolver: RequestResolver<h3_quinn::Connection, Bytes>,
    body: &Body,
) -> Result<(), Failure> {
    let (_, mut stream) = resolver.resolve_request().await?;
    let mut sent = BytesMut::new();
    while let Some(data) = stream.recv_data().await? {
        let mut data = data;
        while data.has_remaining() {
            let piece = data.chunk();
            let length = piece.len();
            sent.extend_from_slice(piece);
            data.advance(length);
        }
    }
    stream.send_response(Body::response(())).await?;
    stream.send_data(body.answer(sent.freeze())).await?;
    stream.finish().await?;
    Ok(())
}
