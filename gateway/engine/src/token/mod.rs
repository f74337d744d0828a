//! Tokens in place of card numbers and other texts, without a vault: FF1 under a key of a tenant
//! and a domain.
//!
//! A token keeps what its [layout](typex_core::token::Layout) keeps; those places are in the
//! tweak, so equal middles of different cards have nothing to do with each other. The rest is
//! encrypted, and where the layout says so one digit is solved for, so that the Luhn sum stays or
//! is shifted by the version of the key. Both ways take the same steps whatever the digits are,
//! without trying.
//!
//! Encryption of this kind has no integrity: any text of the right form decrypts to something. A
//! [`Domain`] reads the version that a token says, and refuses those that it does not have; more
//! nobody can tell.
//!
//! Who computes is asynchronous and takes the lanes of its batch, like all of
//! [`payment`](crate::payment), so it can be awaited inside an operation there.
//!
//! ```
//! use std::sync::Arc;
//! use typex_core::token::{Alphabet, DomainName, Layout, LuhnMode, TokenVersion};
//! use typex_engine::payment::{Key, Pan, lanes};
//! use typex_engine::token::{Domain, TokenKey, derive_key};
//!
//! let layout = Layout::new(0, 4, LuhnMode::Versioned, Alphabet::Digits).expect("it is sound");
//! let name = DomainName::parse("cards").expect("it is a name");
//! let key = derive_key(&Key::aes(&[7; 32])?, b"acme", &name)?;
//! let key = Arc::new(TokenKey::new(key.expose(), &layout, TokenVersion::new(1))?);
//! let domain = Domain::new(key, [])?;
//!
//! let pan = Pan::parse(b"4111111111111111")?;
//! let token = lanes::alone(async |lanes| domain.tokenize(lanes, &pan).await)?;
//! assert!(token.ascii().ends_with(b"1111") && !token.is_luhn());
//! let back = lanes::alone(async |lanes| domain.detokenize(lanes, &token).await)?;
//! assert!(bool::from(back.ct_eq(&pan)));
//! # Ok::<(), typex_engine::payment::Error>(())
//! ```

mod derive;
mod domain;
mod form;
mod job;
mod key;
mod luhn;
mod perform;
mod pin;
mod realm;
mod seal;
mod text;
mod value;
mod vault;

pub use derive::derive_key;
pub use domain::Domain;
pub(crate) use form::Tweak;
pub use job::{TokenDone, TokenJob, TokenTask, run_lanes};
pub(crate) use key::TokenCipher;
pub use key::TokenKey;
pub use perform::{DomainDone, DomainJob, DomainTask, Held, Made, price_ns};
pub(crate) use perform::{Seeded, run_job, run_jobs};
pub(crate) use pin::{Bound, translate_bound};
pub use pin::{TokenPin, translate_pin};
pub use realm::Realm;
pub use seal::Drawn;
pub use text::TextKey;
pub use value::Token;
pub use vault::{TOKEN_RANDOM_BYTES, draw, vault_index};

use typex_core::token::TokenError;

use crate::payment::Error;

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::DomainTooSmall => Self::DomainTooSmall,
            TokenError::Domain
            | TokenError::Kept
            | TokenError::Luhn
            | TokenError::Alphabet
            | TokenError::Length
            | TokenError::Version => Self::InvalidInput,
        }
    }
}
