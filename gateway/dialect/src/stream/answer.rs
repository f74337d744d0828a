//! What records are answered.
// spec: stream 6, 8

use bytes::BytesMut;
use typex_core::op::crypto::CryptoAnswer;
use typex_core::op::payment::{self, Bytes, Encrypted};
use typex_core::op::token::{self, About};
use typex_core::{Error, ErrorKind};
use typex_wire::{Parameters, WriteError, tag};

/// The answer to a record that was carried out.
#[derive(Default)]
pub struct Told {
    parameters: Parameters,
    data: Data,
}

#[derive(Default)]
enum Data {
    #[default]
    None,
    Sealed(BytesMut),
    Public(Vec<u8>),
    /// Wiped once it is in the frame.
    Secret(Bytes),
}

impl Told {
    /// A sealed answer.
    pub fn sealed(bytes: BytesMut) -> Self {
        Self { data: Data::Sealed(bytes), ..Self::default() }
    }

    /// The result of a payment operation.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] for one that no record asks for.
    pub fn payment(done: payment::Done) -> Result<Self, Error> {
        let mut parameters = Parameters::default();
        let data = match done {
            payment::Done::Encrypted(Encrypted { ciphertext, nonce, tag }) => {
                put(&mut parameters, tag::NONCE, nonce.as_ref().map(|nonce| &nonce[..]))?;
                put(&mut parameters, tag::TAG, tag.as_ref().map(|tag| &tag[..]))?;
                Data::Public(ciphertext)
            }
            payment::Done::Decrypted(clear) => Data::Secret(clear),
            payment::Done::PinBlock(block) => Data::Public(block),
            payment::Done::Pin { block, value } => {
                let value = value.as_ref().map(|value| &value.expose()[..]);
                put(&mut parameters, tag::VALUE, value)?;
                Data::Public(block)
            }
            payment::Done::CardValue(value) => Data::Secret(value),
            payment::Done::Mac(mac) => Data::Public(mac),
            payment::Done::Verified(answer) => answer.map_or(Data::None, Data::Public),
            payment::Done::Script { .. } => return Err(ErrorKind::Internal.into()),
        };
        Ok(Self { parameters, data })
    }

    /// The result of an operation on a token.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] for a result that does not fit a frame.
    pub fn token(done: token::Done) -> Result<Self, Error> {
        let mut parameters = Parameters::default();
        let data = match done {
            token::Done::Token { token, expiry } => {
                let expiry = expiry.map(|time| time.0.to_be_bytes());
                put(&mut parameters, tag::ENDS, expiry.as_ref().map(|time| &time[..]))?;
                Data::Public(token)
            }
            token::Done::Value(value) => Data::Secret(value),
            token::Done::PinBlock { block, .. } => Data::Public(block),
            token::Done::Valid { version } => {
                let version = version.map(|version| [version.number()]);
                put(&mut parameters, tag::VERSION, version.as_ref().map(|byte| &byte[..]))?;
                Data::None
            }
            token::Done::About(about) => {
                put_about(&mut parameters, &about)?;
                Data::None
            }
            token::Done::Deleted => Data::None,
        };
        Ok(Self { parameters, data })
    }

    /// The result of using a key of an instance.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] for one that no record asks for.
    pub fn crypto(answer: CryptoAnswer) -> Result<Self, Error> {
        let data = match answer {
            CryptoAnswer::Public(bytes) => Data::Public(bytes),
            CryptoAnswer::Verified => Data::None,
            CryptoAnswer::Secret(clear) => Data::Secret(clear),
            _ => return Err(ErrorKind::Internal.into()),
        };
        Ok(Self { data, ..Self::default() })
    }

    /// What belongs to the result.
    pub fn parameters(&self) -> &[u8] {
        self.parameters.bytes()
    }

    /// The result.
    pub fn data(&self) -> &[u8] {
        match &self.data {
            Data::None => &[],
            Data::Sealed(bytes) => bytes,
            Data::Public(bytes) => bytes,
            Data::Secret(bytes) => bytes.expose(),
        }
    }
}

fn put(parameters: &mut Parameters, tag: u8, value: Option<&[u8]>) -> Result<(), Error> {
    let fits = |_: WriteError| Error::from(ErrorKind::Internal);
    value.map_or(Ok(()), |value| parameters.put(tag, value).map(drop).map_err(fits))
}

fn put_about(parameters: &mut Parameters, about: &About) -> Result<(), Error> {
    let About { created, expiry, metadata } = about;
    for (name, value) in metadata.pairs() {
        let length = u16::try_from(name.len()).map_err(|_| ErrorKind::Internal)?;
        let pair = [&length.to_be_bytes(), name.as_bytes(), value.as_bytes()].concat();
        put(parameters, tag::METADATA, Some(&pair))?;
    }
    let expiry = expiry.map(|time| time.0.to_be_bytes());
    put(parameters, tag::ENDS, expiry.as_ref().map(|time| &time[..]))?;
    put(parameters, tag::CREATED, Some(&created.0.to_be_bytes()))
}
