//! Who opens a handle.
// spec: stream 4

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use typex_wire::{EXPORTER_BYTES, KeyName, Possession};

use crate::http::Signer;

/// Who opens a handle. What it holds is a secret, so there is no `Debug` of it.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// The holder of an API key.
    ApiKey(&'a str),
    /// The holder of an access key. The secret stays here: over QUIC the gateway is shown that it
    /// is known, over HTTP it signs the request.
    AccessKey {
        /// Its name.
        id: &'a str,
        /// Its secret, as the operator was told it.
        secret: &'a str,
    },
    /// The holder of an access token of an Encedo HEM instance, for the key that it is for.
    Token {
        /// The token.
        token: &'a str,
        /// The name of the instance; empty for the one that answers to any name.
        instance: &'a str,
    },
}

impl Credential<'_> {
    /// Writes what a frame has of it, given what TLS exports for the connection if it is one of
    /// QUIC.
    pub(crate) fn written<T>(
        self,
        exporter: Option<&[u8; EXPORTER_BYTES]>,
        (handle, key): (u32, KeyName<'_>),
        write: impl FnOnce(typex_wire::Credential<'_>) -> T,
    ) -> T {
        let (id, secret) = match self {
            Self::ApiKey(text) => return write(typex_wire::Credential::ApiKey(text)),
            Self::Token { token, instance } => {
                return write(typex_wire::Credential::Token { token, instance });
            }
            Self::AccessKey { id, secret } => (id, secret),
        };
        let text = exporter.map(|exporter| Possession { exporter, handle, key }.bytes());
        let proof = text.map(|text| mac(secret.as_bytes(), &text));
        write(typex_wire::Credential::AccessKey { id, proof: proof.as_ref() })
    }

    /// Who signs requests of HTTP that open this.
    pub(crate) fn signer(self) -> Option<Signer> {
        match self {
            Self::ApiKey(_) | Self::Token { .. } => None,
            Self::AccessKey { id, secret } => {
                Some(Signer { id: id.to_owned(), secret: secret.to_owned() })
            }
        }
    }
}

pub(crate) fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}
