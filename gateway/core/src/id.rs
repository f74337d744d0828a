//! Identities of what the gateway keeps: 128 random bits each, written as 32 hex digits.

use std::fmt;
use std::str::FromStr;

use sha1::{Digest, Sha1};

/// Why a text is not an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 32 hex digits")]
pub struct IdError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // The library would also take a prefix `0x`.
                if text.len() != 32 {
                    return Err(IdError);
                }
                let mut bytes = [0; 16];
                const_hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError)?;
                Ok(Self(bytes))
            }
        }
    };
}

id! {
    /// A tenant: the boundary that owns keys, clients, rules and a view of the audit log.
    PartitionId
}
id! {
    /// A key, over all its versions.
    KeyId
}
id! {
    /// A registered client of a partition.
    ClientId
}
id! {
    /// An API key of a client; not the key itself.
    ApiKeyId
}

id! {
    /// A person who holds components of keys and approves what no one may decide alone.
    CustodianId
}

impl KeyId {
    /// The id of a key with a public half: the first 16 bytes of its SHA-1, so that the same key
    /// has the same id everywhere. SHA-1 names here, it protects nothing.
    // spec: encedo-hem 5.3
    pub fn of_public(public: &[u8]) -> Self {
        Self(*Sha1::digest(public).first_chunk().expect("SHA-1 has 20 bytes"))
    }
}

impl PartitionId {
    /// The gateway's own partition: import keys and other service keys live here. No client
    /// belongs to it.
    pub const SERVICE: Self = Self([0; 16]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_rejects_other_lengths() {
        let id = KeyId([0xa5; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("a5".parse::<KeyId>(), Err(IdError));
        assert_eq!("g".repeat(32).parse::<KeyId>(), Err(IdError));
        assert_eq!(format!("0x{id}").parse::<KeyId>(), Err(IdError));
    }

    // FIPS 180, the example of one block.
    #[test]
    fn a_public_half_names_its_key() {
        let id = KeyId::of_public(b"abc");
        assert_eq!(id.to_string(), "a9993e364706816aba3e25717850c26c");
    }
}
