//! Chip cards: keys of a card and of a transaction, cryptograms, answers, issuer scripts.

mod cryptogram;
mod master;
mod script;
mod session;

pub use cryptogram::{Cryptogram, MacKey, Verified};
pub use master::{DerivationOption, PanSequence, master_key};
pub use script::{
    ChangedPin, PinChange, PinLayout, ScriptStyle, encrypt_script, pin_change, script_mac,
};
pub use session::{SessionKey, session_key};
