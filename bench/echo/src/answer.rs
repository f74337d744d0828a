//! What is answered.

use bytes::Bytes;

/// The bodies of answers.
pub(crate) struct Body(Option<Bytes>);

impl Body {
    /// Bodies of `length` bytes, or as they came.
    pub(crate) fn new(length: Option<usize>) -> Self {
        Self(length.map(|length| vec![b' '; length].into()))
    }

    /// The answer to `request`.
    pub(crate) fn answer(&self, request: Bytes) -> Bytes {
        self.0.clone().unwrap_or(request)
    }
}
