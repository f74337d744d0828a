//! A virtual security module: an instance with an owner, logins, a configuration, a log and keys.
//!
//! Everything here is a decision over values: the instance's record, what lives since its boot,
//! randomness and the time come as arguments. Whoever executes a [`Request`] finds the instance by
//! its host name, asks [`gate()`], then the function of the call, and stores what comes back.
// spec: encedo-hem 2

mod answer;
mod attestation;
mod change;
mod check_in;
mod codec;
mod config;
mod ejwt;
mod event;
pub mod fuzzing;
mod gate;
mod init;
mod json;
mod keys;
mod log;
mod login;
mod nonce;
mod origin;
mod pairing;
mod peer_login;
mod record;
mod request;
mod role;
mod rules;
mod scope;
mod seal;
mod session;
mod settings;
mod system;
mod text;
mod throttle;
mod token;
mod view;

pub use answer::{Answer, Challenge, Updated};
pub use attestation::{Genuine, genuine, parse_genuine, statement};
pub use change::{Change, change_config};
pub use check_in::{answer_check_in, check_in, checked_in};
pub use config::{Config, is_host_name};
pub use event::{Event, LogEvent, Outcome};
pub use gate::{Refusal, admits_origin, gate};
pub use init::{Initialised, init, init_challenge, wanted_host};
pub use keys::{AgreementKey, SignatureKey, mac, verify_mac, verify_signature};
pub use log::{Log, LogError, LogFile, LogFiles, LogPart, file_name, file_text, verify_log};
pub use login::{Issued, challenge, login};
pub use nonce::{Nonce, NonceError, NonceSeed, Nonces, Purpose};
pub use pairing::{PEER_MARK, Paired, begin_pairing, pair, prove};
pub use peer_login::{ask_for_login, key_of_wish, login_by_peer};
pub use record::{Device, Identity, IdentitySeed, InstanceRecord, Owner, Peer};
pub use request::{
    Call, ConfigChange, Disk, Function, LoginWish, Pairing, Parsed, Provision, Request, TlsChange,
    UserKeyChange,
};
pub use role::Role;
pub use session::{Clock, DiskState, Session, SessionSeed, fault};
pub use settings::{Settings, Situation, TOKEN_S_MAX, Transport, VENDOR_BACKEND};
pub use system::{change_disk, config as show_config, log_key, log_list, self_test, status};
pub use text::{base64, from_base64, from_base64_array};
pub use throttle::Throttle;
pub use token::{Claims, TokenError, issue as issue_token, verify as verify_token};
pub use view::{ConfigView, SelfTestView, StatusView, VersionView};

#[cfg(test)]
mod tests;
