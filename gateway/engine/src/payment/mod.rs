//! Payment cryptography in software: pure functions of clear keys and data.
//!
//! PIN blocks and their translation ([`pin_block`], [`pin_translate`], [`pin_verify`]), keys of
//! devices ([`dukpt`], [`dukpt_tdes`], [`dukpt_aes`]), key blocks ([`key_block`]), key components
//! and check values ([`component`], [`check_value`]), card verification ([`validation_value`]),
//! MACs ([`mac`]), modes of ciphers ([`cipher`]), chip cards ([`emv`]), re-encryption
//! ([`reencrypt`]).
//!
//! What computes with a key is asynchronous and takes the [`lanes`] of its batch, in which its
//! steps run with those of others.
//!
//! Nothing here decides who may ask, counts failures, reads a clock or draws random bytes: what is
//! random comes as an argument, so that a job that runs again gives the same bytes. PINs, PANs and
//! keys have no `Debug` and are wiped. No branch and no index depends on a PIN, a key or on what
//! is compared with them; the outcome is decided once, at the end.
//!
//! ```
//! use typex_engine::payment::pin_block::{self, EncryptedPin, Fill, Format};
//! use typex_engine::payment::{Key, Pan, Pin, lanes, pin_translate};
//!
//! let (terminal, host) = (Key::tdes(&[0x1F; 16])?, Key::aes(&[0x2E; 16])?);
//! let (pin, pan) = (Pin::parse(b"1234")?, Pan::parse(b"5432101234567890")?);
//! let none = Fill::given([0; 16]);
//! let (format, bound) = (Format::Iso0, Some(&pan));
//! let block = lanes::alone(async |lanes| {
//!     pin_block::encrypt(lanes, &terminal, format, &pin, bound, &none).await
//! })?;
//!
//! let incoming =
//!     EncryptedPin { key: &terminal, format, pan: bound, block: &block };
//! let fill = Fill::given([7; 16]);
//! let outgoing =
//!     pin_translate::Outgoing { key: &host, format: Format::Iso4, pan: Some(&pan), fill: &fill };
//! let translated = lanes::alone(async |lanes| {
//!     pin_translate::translate(lanes, &incoming, &outgoing).await
//! })?;
//! assert_eq!(translated.len(), 16);
//! # Ok::<(), typex_engine::payment::Error>(())
//! ```

pub mod check_value;
pub mod cipher;
pub mod component;
mod devices;
mod digits;
pub mod dukpt;
pub mod dukpt_aes;
pub mod dukpt_tdes;
pub mod emv;
mod error;
mod key;
pub mod key_block;
mod key_job;
pub mod lanes;
pub mod limits;
mod loaded;
pub mod mac;
pub(crate) mod operation;
mod outcome;
pub mod pin_block;
pub mod pin_translate;
pub mod pin_verify;
pub mod reencrypt;
mod seal;
mod session_key;
mod track;
pub mod validation_value;

pub use devices::Devices;
pub use digits::{Digits, PIN_RANDOM_BYTES, Pan, Pin};
pub(crate) use digits::{doubled, pick, select};
pub use error::Error;
pub(crate) use key::Schedule;
pub use key::{Algorithm, Key, set_odd_parity};
pub use key_job::{FILL_BYTES, HeldKey, KeyDone, KeyJob, MadeKey, Says, drawn_bytes};
pub use loaded::PaymentKey;
pub use operation::{JobKey, KeySource, PaymentJob, price};
pub(crate) use outcome::public;
pub use seal::{Message, SealJob};
pub(crate) use session_key::session_key;
pub use track::Track;
