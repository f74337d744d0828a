//! A client of the stream protocol, over QUIC or HTTP.
//!
//! [`Client`] is a connection, [`Stream`] what handles belong to, and [`Pool`] both with retries
//! for programs that only want answers. The example is `examples/batch.rs`, which the tests run
//! against a gateway:
//!
//! ```no_run
#![doc = include_str!("../examples/batch.rs")]
//! ```
#![forbid(unsafe_code)]

mod client;
mod credential;
mod driver;
mod error;
mod handles;
mod http;
mod key;
mod link;
mod options;
mod pending;
mod place;
mod pool;
mod quic;
mod request;
mod retry;
mod stream;
mod tls;

use std::time::Duration;

pub use client::Client;
pub use credential::Credential;
pub use error::ClientError;
pub use http::{Signature, Signer};
pub use key::Key;
pub use options::{Carrier, Options};
pub use pending::Pending;
pub use pool::{Failed, Outcomes, Pool, PoolOptions};
pub use retry::Retry;
pub use stream::Stream;
pub use typex_wire::{
    KeyName, Outcome, Parameters, ParametersReader, Record, SALT_ANY, Status, VERSION, Welcome,
    cipher, operation, rsa_hash, scheme, tag,
};

async fn within<T>(patience: Duration, future: impl Future<Output = T>) -> Result<T, ClientError> {
    tokio::time::timeout(patience, future).await.map_err(|_| ClientError::Late)
}
