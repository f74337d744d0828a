//! What is answered.

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use http::{HeaderValue, Response};

/// The bodies of answers.
pub(crate) struct Body(Option<Bytes>);

impl Body {
    /// Bodies of `length` bytes, or as they came.
    pub(crate) fn new(length: Option<usize>) -> Self {
        Self(length.map(|length| vec![b' '; length].into()))
    }

    /// An answer with the fields that the gateway's have, which libraries copy and send.
    pub(crate) fn response<B>(content: B) -> Response<B> {
        let mut response = Response::new(content);
        let fields = response.headers_mut();
        fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        fields.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }

    /// The answer to `request`.
    pub(crate) fn answer(&self, request: Bytes) -> Bytes {
        self.0.clone().unwrap_or(request)
    }
}
