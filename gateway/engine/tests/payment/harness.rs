//! Known answers, read from their file.

use std::sync::LazyLock;

use serde_json::Value;
use typex_engine::payment::{Algorithm, Error, Key, Pan, Pin};

/// Awaits a function or a method with lanes of its own in front of its arguments.
macro_rules! alone {
    ($receiver:tt . $method:ident ( $($argument:expr),* $(,)? )) => {
        typex_engine::payment::lanes::alone(async |lanes| {
            $receiver.$method(lanes, $($argument),*).await
        })
    };
    ($($path:ident)::+ ( $($argument:expr),* $(,)? )) => {
        typex_engine::payment::lanes::alone(async |lanes| {
            $($path)::+(lanes, $($argument),*).await
        })
    };
}

pub(crate) use alone;

/// One known answer.
pub(crate) struct Vector {
    pub(crate) id: String,
    pub(crate) op: String,
    pub(crate) input: Fields,
    pub(crate) output: Fields,
}

/// Named values of one.
pub(crate) struct Fields(Value);

pub(crate) static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(include_str!("vectors.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    vectors.iter().map(Vector::of).collect()
});

impl Vector {
    fn of(row: &Value) -> Self {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        Self {
            id: text("id"),
            op: text("op"),
            input: Fields(row["in"].clone()),
            output: Fields(row["out"].clone()),
        }
    }

    pub(crate) fn by_id(id: &str) -> &'static Self {
        VECTORS.iter().find(|vector| vector.id == id).unwrap()
    }

    /// The error that the row expects, if it does.
    pub(crate) fn error(&self) -> Option<Error> {
        let code = self.output.maybe("error")?;
        Some(Error::ALL.into_iter().find(|error| code_of(*error) == code).expect(code))
    }
}

/// The code of an error, as documents and vectors have it.
pub(crate) fn code_of(error: Error) -> &'static str {
    match error {
        Error::InvalidInput => "INVALID_INPUT",
        Error::InvalidKsn => "INVALID_KSN",
        Error::KeyNotFound => "KEY_NOT_FOUND",
        Error::KeyState => "KEY_STATE",
        Error::KeyUsage => "KEY_USAGE",
        Error::KeyBlockInvalid => "KEY_BLOCK_INVALID",
        Error::InvalidPin => "INVALID_PIN",
        Error::InvalidMac => "INVALID_MAC",
        Error::InvalidValidationData => "INVALID_VALIDATION_DATA",
        Error::InvalidAuthRequestCryptogram => "INVALID_AUTH_REQUEST_CRYPTOGRAM",
        Error::AuthenticationFailed => "AUTHENTICATION_FAILED",
        Error::DomainTooSmall => "DOMAIN_TOO_SMALL",
        Error::NotFoundToken => "NOT_FOUND_TOKEN",
        Error::Throttled => "THROTTLED",
        Error::Internal => "INTERNAL",
    }
}

impl Fields {
    pub(crate) fn maybe(&self, name: &str) -> Option<&str> {
        self.0[name].as_str()
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.maybe(name).unwrap_or_else(|| panic!("{name} missing"))
    }

    pub(crate) fn hex(&self, name: &str) -> Vec<u8> {
        hex(self.text(name))
    }

    pub(crate) fn array<const N: usize>(&self, name: &str) -> [u8; N] {
        self.hex(name).try_into().unwrap()
    }

    pub(crate) fn number(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or_else(|| panic!("{name} is no number"))
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0[name].as_bool().unwrap_or_else(|| panic!("{name} is no flag"))
    }

    pub(crate) fn inner(&self, name: &str) -> Self {
        Self(self.0[name].clone())
    }

    /// Names and texts.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        let all = self.0.as_object().unwrap().iter();
        all.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect()
    }

    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        self.0[name].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
    }

    pub(crate) fn tdes(&self, name: &str) -> Key {
        Key::tdes(&self.hex(name)).unwrap()
    }

    pub(crate) fn aes(&self, name: &str) -> Key {
        Key::aes(&self.hex(name)).unwrap()
    }

    pub(crate) fn pan(&self) -> Pan {
        Pan::parse(self.text("pan").as_bytes()).unwrap()
    }

    pub(crate) fn pin(&self) -> Pin {
        Pin::parse(self.text("pin").as_bytes()).unwrap()
    }
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    const_hex::decode(text).unwrap()
}

pub(crate) fn upper(bytes: impl AsRef<[u8]>) -> String {
    const_hex::encode_upper(bytes)
}

/// The key that an algorithm's name and bytes give.
pub(crate) fn key(algorithm: &str, bytes: &[u8]) -> Key {
    let algorithm = if algorithm.starts_with("AES") { Algorithm::Aes } else { Algorithm::Tdes };
    Key::new(algorithm, bytes).unwrap()
}
