//! Frames of `typex/1`: records come back as they were sent, in the form of answers.

use bytes::{Bytes, BytesMut};
use quinn::{Endpoint, Incoming, RecvStream, SendStream};
use tokio::task::spawn_local;
use typex_wire::{
    Body, Frame, HEADER_BYTES, Kind, Limits, Opened, RECORDS_MAX, Status, VERSION, Welcome,
};

use crate::Failure;

/// Bytes that are read at a time, as the gateway does.
const READ_BYTES: usize = 64 * 1024;

/// Bytes in front of the records of a batch, and not of answers.
const DEADLINE_BYTES: usize = 4;

/// Accepts for ever. What ends a connection ends only that.
pub(crate) async fn serve(endpoint: Endpoint) -> Result<(), Failure> {
    while let Some(incoming) = endpoint.accept().await {
        spawn_local(async move {
            // Clients that go away are no failure.
            let _ = converse(incoming).await;
        });
    }
    Ok(())
}

async fn converse(incoming: Incoming) -> Result<(), Failure> {
    let quic = incoming.await?;
    loop {
        let (send, recv) = quic.accept_bi().await?;
        spawn_local(async move {
            let _ = echo(send, recv).await;
        });
    }
}

async fn echo(mut send: SendStream, mut recv: RecvStream) -> Result<(), Failure> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = recv.read_chunk(READ_BYTES, true).await? {
        bytes.extend_from_slice(&chunk.bytes);
        while let Some(whole) = whole(&bytes)? {
            answer(bytes.split_to(whole), &mut send).await?;
        }
    }
    send.finish()?;
    Ok(())
}

/// Bytes of the first frame, once all of them are there.
fn whole(bytes: &[u8]) -> Result<Option<usize>, Failure> {
    let Some(length) = bytes.first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_be_bytes(*length).saturating_add(4);
    if length > Limits::default().frame_bytes || length < HEADER_BYTES as u32 {
        return Err("not a frame".into());
    }
    Ok((bytes.len() >= length as usize).then_some(length as usize))
}

async fn answer(mut frame: BytesMut, send: &mut SendStream) -> Result<(), Failure> {
    if frame[4] == Kind::Batch as u8 && frame.len() >= HEADER_BYTES + DEADLINE_BYTES {
        // A record's fields lie where those of an answer do.
        let length = frame.len() - DEADLINE_BYTES - 4;
        let header: [u8; HEADER_BYTES] = std::array::from_fn(|at| frame[at]);
        let mut answer = frame.split_off(DEADLINE_BYTES);
        answer[..HEADER_BYTES].copy_from_slice(&header);
        answer[..4].copy_from_slice(&u32::try_from(length)?.to_be_bytes());
        answer[4] = Kind::Results as u8;
        finish(&mut answer[HEADER_BYTES..]);
        return Ok(send.write_chunk(answer.freeze()).await?);
    }
    Ok(send.write_chunk(greet(frame)?).await?)
}

/// Writes that each record is done where it says what is to be done.
fn finish(mut rows: &mut [u8]) {
    while let Some((head, rest)) = rows.split_first_chunk_mut::<HEADER_BYTES>() {
        head[4..6].fill(0);
        let parameters = u16::from_be_bytes([head[6], head[7]]);
        let data = u32::from_be_bytes([head[12], head[13], head[14], head[15]]);
        let parts = usize::from(parameters).saturating_add(data as usize);
        rows = rest.get_mut(parts..).unwrap_or_default();
    }
}

/// What a client needs to begin: a version, and handles, each of which is granted.
fn greet(mut frame: BytesMut) -> Result<Bytes, Failure> {
    let limits = Limits::default();
    let frame = Frame::take(&mut frame, &limits)?.ok_or("not a frame")?;
    let id = frame.id;
    let mut answer = BytesMut::new();
    match frame.body()? {
        Body::Hello(_) => {
            let (records, frame_bytes) = (RECORDS_MAX, limits.frame_bytes);
            let welcome = Welcome { version: VERSION, records, frame_bytes, handles: 1024 };
            welcome.write(&mut answer, id);
        }
        Body::Open(open) => {
            Opened { handle: open.handle(), status: Status::Done }.write(&mut answer, id);
        }
        _ => return Err("not a frame of clients".into()),
    }
    Ok(answer.freeze())
}
