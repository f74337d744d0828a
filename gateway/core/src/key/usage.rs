//! What a key may do: one operation on permitted lengths, those of an algorithm, those of a
//! payment key, or one of tokens.

use super::{General, ObjectUse, payment};
use crate::limits;

/// The operations of a key: one of its own, unless it is [`General`](Self::General) or
/// [`Payment`](Self::Payment).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Usage {
    /// AES-128 of each block alone.
    EncryptBlocks,
    /// The inverse.
    DecryptBlocks,
    /// Raw RSA private operation; modulus bytes.
    RsaPrivate {
        /// 128 or 256.
        modulus_bytes: u16,
    },
    /// Raw RSA public operation; modulus bytes.
    RsaPublic {
        /// 128 or 256.
        modulus_bytes: u16,
    },
    /// Random bytes.
    Random,
    /// Makes a user's authentication context.
    UserContextNew,
    /// Checks a one-time password against a context.
    UserHotp,
    /// Checks a password hash against a context.
    UserPassword,
    /// Changes a method in a context.
    UserContextUpdate,
    /// Unwraps keys that clients bring in. Service keys only; never callable by clients.
    ImportUnwrap,
    /// Those of an algorithm.
    General(General),
    /// Those of a payment key.
    Payment(payment::Attributes),
    /// One of tokens.
    Token(TokenUse),
    /// One of `ProcessData` whose layout is ours, with all keys that it takes.
    Object(ObjectUse),
}

/// What a key of tokens does. One key never does two of them.
// spec: payments 11.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenUse {
    /// The keys of domains that encrypt are derived from it.
    Encrypt,
    /// Keys that seal what random tokens stand for are derived from it.
    Seal,
    /// Keys by whose hash the token of a value is found are derived from it.
    Index,
}

impl TokenUse {
    /// Every use, in the order of their codes.
    pub const ALL: [Self; 3] = [Self::Encrypt, Self::Seal, Self::Index];
}

impl Usage {
    /// Its name, as people read it; of tokens, `token_` and what the key does, of objects `object_`
    /// and what they do.
    pub fn name(self) -> &'static str {
        match self {
            Self::EncryptBlocks => "encrypt_blocks",
            Self::DecryptBlocks => "decrypt_blocks",
            Self::RsaPrivate { .. } => "rsa_private",
            Self::RsaPublic { .. } => "rsa_public",
            Self::Random => "random",
            Self::UserContextNew => "user_context_new",
            Self::UserHotp => "user_hotp",
            Self::UserPassword => "user_password",
            Self::UserContextUpdate => "user_context_update",
            Self::ImportUnwrap => "import_unwrap",
            Self::General(_) => "general",
            Self::Payment(_) => "payment",
            Self::Token(TokenUse::Encrypt) => "token_encrypt",
            Self::Token(TokenUse::Seal) => "token_seal",
            Self::Token(TokenUse::Index) => "token_index",
            Self::Object(what) => what.name(),
        }
    }

    /// Bits of the modulus, of a key for raw RSA.
    pub fn modulus_bits(self) -> Option<u32> {
        match self {
            Self::RsaPrivate { modulus_bytes } | Self::RsaPublic { modulus_bytes } => {
                Some(u32::from(modulus_bytes) * 8)
            }
            _ => None,
        }
    }

    /// Whether a `ProcessData` request may name a key of this usage.
    pub fn serves_process_data(self) -> bool {
        !matches!(self, Self::ImportUnwrap | Self::General(_) | Self::Payment(_) | Self::Token(_))
    }

    /// What a key does that serves more than one operation.
    pub fn general(self) -> Option<General> {
        match self {
            Self::General(general) => Some(general),
            _ => None,
        }
    }

    /// The attributes of a payment key.
    pub fn payment(&self) -> Option<&payment::Attributes> {
        match self {
            Self::Payment(attributes) => Some(attributes),
            _ => None,
        }
    }

    /// What a key of tokens does.
    pub fn token(self) -> Option<TokenUse> {
        match self {
            Self::Token(what) => Some(what),
            _ => None,
        }
    }

    /// What an object does whose layout is ours.
    pub fn object(self) -> Option<ObjectUse> {
        match self {
            Self::Object(what) => Some(what),
            _ => None,
        }
    }

    /// Whether the operation reads and changes a user's stored state.
    pub fn is_user_auth(self) -> bool {
        matches!(
            self,
            Self::UserContextNew | Self::UserHotp | Self::UserPassword | Self::UserContextUpdate
        )
    }
}

/// Which lengths of sealed data a key accepts, in bytes of clear data.
///
/// CBC-MAC without a length in front is forgeable by joining two recorded messages into one
/// longer one, so the lengths that reach the MAC check must not add up to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataLengths {
    /// This length only.
    Exactly(u16),
    /// One or two cipher blocks.
    OneOrTwoBlocks,
    /// Anything up to this length. Only for operations whose data carries a MAC of its own, or its
    /// length in front.
    UpTo(u16),
}

impl DataLengths {
    /// Its name, as people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exactly(_) => "exactly",
            Self::OneOrTwoBlocks => "one_or_two_blocks",
            Self::UpTo(_) => "up_to",
        }
    }

    /// The length in its name, in bytes.
    pub fn bytes(self) -> Option<u16> {
        match self {
            Self::Exactly(bytes) | Self::UpTo(bytes) => Some(bytes),
            Self::OneOrTwoBlocks => None,
        }
    }

    /// The rule a key of `usage` gets unless an operator says otherwise.
    pub fn default_for(usage: Usage) -> Self {
        match usage {
            Usage::EncryptBlocks | Usage::DecryptBlocks => Self::OneOrTwoBlocks,
            Usage::RsaPrivate { modulus_bytes } | Usage::RsaPublic { modulus_bytes } => {
                Self::Exactly(modulus_bytes)
            }
            Usage::Random => Self::Exactly(2),
            Usage::UserContextNew
            | Usage::UserHotp
            | Usage::UserPassword
            | Usage::UserContextUpdate => Self::UpTo(limits::USER_AUTH_DATA_BYTES_MAX),
            Usage::Object(_) => Self::UpTo(limits::OBJECT_DATA_BYTES_MAX),
            // No sealed data comes to them.
            Usage::ImportUnwrap | Usage::General(_) | Usage::Payment(_) | Usage::Token(_) => {
                Self::Exactly(0)
            }
        }
    }

    /// Whether a ciphertext of this length can hold permitted data behind the 13-byte header.
    #[inline]
    pub fn admit_ciphertext(self, ciphertext_bytes: usize) -> bool {
        match self {
            Self::Exactly(len) => ciphertext_bytes == sealed_len(len),
            Self::OneOrTwoBlocks => {
                ciphertext_bytes == sealed_len(16) || ciphertext_bytes == sealed_len(32)
            }
            Self::UpTo(len) => {
                ciphertext_bytes >= 16
                    && ciphertext_bytes.is_multiple_of(16)
                    && ciphertext_bytes <= sealed_len(len)
            }
        }
    }
}

/// Ciphertext length of `data_bytes` of data: header, data, PKCS#7 padding.
fn sealed_len(data_bytes: u16) -> usize {
    (crate::op::process_data::HEADER_BYTES + usize::from(data_bytes)) / 16 * 16 + 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_messages_never_have_a_permitted_length() {
        let rules = [
            DataLengths::OneOrTwoBlocks,
            DataLengths::Exactly(2),
            DataLengths::Exactly(128),
            DataLengths::Exactly(256),
        ];
        for rule in rules {
            let permitted: Vec<usize> = (0..64)
                .map(|blocks| blocks * 16)
                .filter(|len| rule.admit_ciphertext(*len))
                .collect();
            assert!(!permitted.is_empty());
            for first in &permitted {
                for second in &permitted {
                    assert!(!rule.admit_ciphertext(first + second), "{rule:?}");
                }
            }
        }
    }

    #[test]
    fn lengths_follow_header_and_padding() {
        assert_eq!(sealed_len(16), 32);
        assert_eq!(sealed_len(2), 16);
        assert_eq!(sealed_len(3), 32);
        assert_eq!(sealed_len(128), 144);
    }
}
