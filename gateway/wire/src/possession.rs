//! What a client authenticates to show that it has the secret of an access key.
// spec: stream 4

use bytes::BufMut;

use crate::KeyName;

/// The label under which both ends take key material from TLS: RFC 8446, 7.5, without a context.
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-typex/1-open";

/// Bytes that are taken.
pub const EXPORTER_BYTES: usize = 32;

/// What is authenticated. It holds on one connection, for one handle and one name.
///
/// ```
/// use typex_wire::{KeyName, Possession};
///
/// let possession = Possession { exporter: &[7; 32], handle: 1, key: KeyName::Text("alias/mac") };
/// let text = possession.bytes();
/// assert_eq!(text.len(), 32 + 4 + 1 + 9);
/// assert_eq!(&text[32..], b"\0\0\0\x01\x03alias/mac");
/// ```
pub struct Possession<'a> {
    /// What TLS exports under [`EXPORTER_LABEL`].
    pub exporter: &'a [u8; EXPORTER_BYTES],
    /// The handle that is opened.
    pub handle: u32,
    /// The name for which it is opened.
    pub key: KeyName<'a>,
}

impl Possession<'_> {
    /// The bytes under the MAC: exporter, handle, kind of the name, name.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(EXPORTER_BYTES + 64);
        bytes.put_slice(self.exporter);
        bytes.put_u32(self.handle);
        let (kind, name) = self.key.parts();
        bytes.put_u8(kind);
        bytes.put_slice(name.as_ref());
        bytes
    }
}
