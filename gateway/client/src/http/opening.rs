//! How a handle is opened again with each request that names it.
// spec: stream 1, 4

use std::sync::Arc;

use bytes::Bytes;
use typex_wire::tag::{HANDLE, SECOND, THIRD};

use super::Signer;
use crate::Credential;

/// The frame that opens a handle, and who signs what carries it.
pub(crate) struct Opening {
    frame: Bytes,
    signer: Option<Arc<Signer>>,
}

impl Opening {
    pub(crate) fn new(frame: &[u8], credential: Credential<'_>) -> Self {
        Self { frame: Bytes::copy_from_slice(frame), signer: credential.signer().map(Arc::new) }
    }

    pub(super) fn frame(&self) -> &[u8] {
        &self.frame
    }

    pub(crate) fn signer(&self) -> Option<Arc<Signer>> {
        self.signer.clone()
    }
}

/// Handles of a second and a third key among parameters. Where those make no sense there are none:
/// the gateway says what is wrong.
pub(super) fn named(mut parameters: &[u8]) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        loop {
            let ([tag, length @ ..], rest) = parameters.split_first_chunk::<3>()?;
            let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
            parameters = rest;
            if [SECOND + HANDLE, THIRD + HANDLE].contains(tag)
                && let Ok(handle) = value.try_into()
            {
                return Some(u32::from_be_bytes(handle));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use typex_wire::Parameters;
    use typex_wire::tag::IV;

    use super::*;

    #[test]
    fn handles_of_other_keys_are_found() {
        let mut parameters = Parameters::default();
        parameters.put(IV, &[0x41; 16]).expect("short");
        parameters.put(SECOND + HANDLE, &7_u32.to_be_bytes()).expect("short");
        parameters.put(THIRD + HANDLE, &9_u32.to_be_bytes()).expect("short");
        let bytes = parameters.bytes();
        assert_eq!(named(bytes).collect::<Vec<_>>(), [7, 9]);
        assert_eq!(named(&bytes[..bytes.len() - 1]).collect::<Vec<_>>(), [7], "cut short");
        assert_eq!(named(b"unasked").count(), 0);
    }
}
