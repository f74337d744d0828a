//! How a connection begins: TLS, HTTP/2 or HTTP/1, told by its first bytes.

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use super::deadline::within;
use super::limits::Limits;

/// What an HTTP/2 client says first when it did not agree on HTTP/2 by TLS.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// First byte of every TLS connection: a handshake record.
const TLS_HANDSHAKE: u8 = 0x16;

/// What a client begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    Tls,
    Http2,
    Http1,
}

/// The bytes read to find out, to be read again by whoever takes over.
#[derive(Debug, Default)]
pub(super) struct Opened {
    bytes: [u8; PREFACE.len()],
    length: usize,
    replayed: usize,
}

/// Reads until the opening is known. None if the client closes or is too slow.
pub(super) async fn read<T: AsyncRead + Unpin>(
    from: &mut T,
    limits: &Limits,
) -> io::Result<Option<(Opening, Opened)>> {
    let mut opened = Opened::default();
    // A client may connect long before it speaks; once it does, it is to get on with it.
    match within(limits.idle_time, opened.fill(from)).await {
        Some(Ok(true)) => {}
        Some(Err(error)) => return Err(error),
        Some(Ok(false)) | None => return Ok(None),
    }
    let opening = within(limits.head_time, opened.tell(from)).await.transpose()?.flatten();
    Ok(opening.map(|opening| (opening, opened)))
}

/// Whether a peer at `address` may speak without TLS. `permitted` is the listener's setting.
pub(super) fn plaintext_permitted(address: IpAddr, permitted: bool) -> bool {
    permitted || address.to_canonical().is_loopback()
}

fn classify(bytes: &[u8]) -> Option<Opening> {
    match bytes {
        [] => None,
        [TLS_HANDSHAKE, ..] => Some(Opening::Tls),
        bytes if bytes == PREFACE => Some(Opening::Http2),
        bytes if PREFACE.starts_with(bytes) => None,
        _ => Some(Opening::Http1),
    }
}

impl Opened {
    async fn tell<T: AsyncRead + Unpin>(&mut self, from: &mut T) -> io::Result<Option<Opening>> {
        loop {
            if let Some(opening) = classify(&self.bytes[..self.length]) {
                return Ok(Some(opening));
            }
            if !self.fill(from).await? {
                return Ok(None);
            }
        }
    }

    async fn fill<T: AsyncRead + Unpin>(&mut self, from: &mut T) -> io::Result<bool> {
        let count = from.read(&mut self.bytes[self.length..]).await?;
        self.length += count;
        Ok(count > 0)
    }

    /// Gives back what was read, as far as it fits. False when there is no more.
    pub(super) fn replay(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let left = &self.bytes[self.replayed..self.length];
        let count = left.len().min(buffer.remaining());
        buffer.put_slice(&left[..count]);
        self.replayed += count;
        count > 0
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};
    use tokio::join;

    use super::*;

    #[test]
    fn plaintext_is_for_loopback_unless_permitted() {
        for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(plaintext_permitted(address.parse().unwrap(), false), "{address}");
        }
        for address in ["192.0.2.1", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "0.0.0.0"] {
            let address: IpAddr = address.parse().unwrap();
            assert!(!plaintext_permitted(address, false), "{address}");
            assert!(plaintext_permitted(address, true), "{address}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn openings_are_told_apart_however_the_bytes_come() {
        let cases: [(&[u8], Opening); 5] = [
            (b"\x16\x03\x01", Opening::Tls),
            (PREFACE, Opening::Http2),
            (b"POST / HTTP/1.1\r\n", Opening::Http1),
            (b"PRI * HTTP/1.1\r\n\r\n", Opening::Http1),
            (b"\r\n", Opening::Http1),
        ];
        for (bytes, expected) in cases {
            for piece in [1, 2, 5, 24] {
                let (mut client, mut server) = duplex(piece);
                let limits = Limits::default();
                let (_, opened) = join!(client.write_all(bytes), async {
                    let opened = read(&mut server, &limits).await;
                    drop(server);
                    opened
                });
                let (opening, mut opened) = opened.unwrap().unwrap();
                assert_eq!(opening, expected);
                let mut storage = [0; 32];
                let mut buffer = ReadBuf::new(&mut storage);
                while opened.replay(&mut buffer) {}
                assert!(bytes.starts_with(buffer.filled()) && !buffer.filled().is_empty());
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_and_hesitation_end() {
        let limits = Limits::default();
        let (_client, mut server) = duplex(64);
        assert!(read(&mut server, &limits).await.unwrap().is_none());
        let (mut client, mut server) = duplex(64);
        client.write_all(b"PRI *").await.unwrap();
        let begun = tokio::time::Instant::now();
        assert!(read(&mut server, &limits).await.unwrap().is_none());
        assert!(begun.elapsed() >= limits.head_time && begun.elapsed() < limits.idle_time);
        drop(client);
        assert!(read(&mut server, &limits).await.unwrap().is_none());
    }
}
