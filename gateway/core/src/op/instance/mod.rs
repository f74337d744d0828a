//! A virtual security module: an instance with an owner, logins, a configuration, a log and keys.
//!
//! Everything here is a decision over values: the instance's record, what lives since its boot,
//! randomness and the time come as arguments.
// spec: encedo-hem 2

mod answer;
mod request;
mod view;

pub use answer::{Answer, Challenge, Updated};
pub use request::{
    Call, ConfigChange, Disk, Function, LoginWish, Pairing, Parsed, Provision, Request, TlsChange,
    UserKeyChange,
};
pub use view::{ConfigView, SelfTestView, StatusView, VersionView};
