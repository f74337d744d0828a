//! Requests to an instance, freed from HTTP.

use crate::error::ErrorKind;
use crate::id::KeyId;
use crate::op::Action;
use crate::op::crypto::{Crypto, CryptoKind};
use crate::op::manage::{Manage, ManageKind};
use crate::secret::Secret;

/// A member that may not be readable. What is wrong is told only after the checks that come first.
pub type Parsed<T> = Result<T, ErrorKind>;

/// One request.
pub struct Request {
    /// Which instance: the name the client called, lower case, without port.
    pub host: Option<String>,
    /// Where the page comes from that a browser shows.
    pub origin: Option<String>,
    /// The access token that was presented, unchecked.
    pub bearer: Option<Secret<String>>,
    /// What is asked for.
    pub call: Call,
}

/// What is asked for.
pub enum Call {
    /// Nothing that there is.
    Unknown,
    /// A browser asks whether it may ask.
    Preflight,
    /// What the dialect says of itself; nothing is asked of the instance, in whatever state it is.
    Describe,
    /// Versions of hardware and firmware.
    Version,
    /// Health and clock.
    Status,
    /// Begins to set the clock: a statement for the time service.
    CheckIn,
    /// Ends it: the time service's statement.
    CheckedIn(Parsed<String>),
    /// Shows the configuration.
    GetConfig,
    /// Changes it.
    SetConfig(Parsed<Box<ConfigChange>>),
    /// A statement that the instance is genuine.
    Attestation,
    /// Gives the instance its certificate.
    Provision(Parsed<Provision>),
    /// Results of the self-tests; starts them.
    SelfTest,
    /// Begins a new boot.
    Reboot,
    /// Ends service.
    Shutdown,
    /// Anything about firmware; not there.
    Upgrade,
    /// Locks or unlocks a disk.
    Storage(Disk),
    /// A challenge for a login.
    Challenge,
    /// A login: a token that answers the challenge.
    Login(Parsed<String>),
    /// A challenge for the first configuration.
    InitChallenge,
    /// The first configuration: a token that answers the challenge.
    Init(Parsed<String>),
    /// Begins to pair an authenticator: its ephemeral public key.
    BeginPairing(Parsed<[u8; 32]>),
    /// Ends it.
    Pair(Parsed<Pairing>),
    /// Proves the instance to an authenticator: its ephemeral public key.
    ProveToPeer(Parsed<[u8; 32]>),
    /// Asks paired authenticators for a login.
    AskForLogin(Parsed<LoginWish>),
    /// A login by an authenticator: its reply.
    LoginByPeer(Parsed<String>),
    /// Management of keys: which kind is known even where the rest is not readable.
    Manage(ManageKind, Parsed<Manage>),
    /// Use of a key. The key is known before the rest is looked at.
    Crypto {
        /// Which kind.
        kind: CryptoKind,
        /// The key.
        key: Parsed<KeyId>,
        /// The operation, with the same key.
        crypto: Parsed<Box<Crypto>>,
    },
    /// The key under which logs are signed.
    LogKey,
    /// The log files, from an offset on.
    ListLogs(Parsed<usize>),
    /// One log file, by its name.
    GetLog(Parsed<u32>),
}

/// What is to change of a configuration; `None` stays.
#[derive(Default)]
pub struct ConfigChange {
    /// Whose instance it is.
    pub user: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Pages that may ask.
    pub origin: Option<String>,
    /// Whether logins need the clock set.
    pub trusted_ts: Option<bool>,
    /// Whether the time service may give orders.
    pub trusted_backend: Option<bool>,
    /// Whether keys may be searched without a token.
    pub allow_keysearch: Option<bool>,
    /// The owner's number.
    pub ctx: Option<u64>,
    /// Whether browsers are told to use TLS only.
    pub http_option_hsts: Option<bool>,
    /// Half seconds in which a request must be complete; 0 for any time.
    pub http_option_dosprot_mode: Option<u8>,
    /// Whether names are resolved.
    pub dnsd: Option<bool>,
    /// How the disks are shared.
    pub storage_mode: Option<u64>,
    /// Sectors of the first disk.
    pub storage_disk0size: Option<u64>,
    /// A certificate chain for TLS, DER.
    pub tls: Option<TlsChange>,
    /// Whether a certificate request is wanted.
    pub gen_csr: bool,
    /// Whether everything is to be erased.
    pub wipeout: bool,
    /// A new key of the local user.
    pub user_key: Option<UserKeyChange>,
}

/// A certificate that replaces the one in use.
pub struct TlsChange {
    /// DER, one certificate or a chain.
    pub chain: Vec<u8>,
    /// Whether a private key came with it; that is not served.
    pub with_key: bool,
}

/// A new key of the local user, with the proof that somebody holds its private half.
pub struct UserKeyChange {
    /// X25519.
    pub public: [u8; 32],
    /// HMAC of the nonce under the secret agreed with the session key.
    pub mac: [u8; 32],
    /// As the configuration showed it.
    pub nonce: Vec<u8>,
}

/// What makes an instance genuine.
pub struct Provision {
    /// The statement that was certified.
    pub genuine: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
}

/// What is to become of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Not to be seen.
    Lock,
    /// As the scope says.
    Unlock,
    /// To be written.
    UnlockToWrite,
    /// To be read.
    UnlockToRead,
}

/// The end of a pairing.
pub struct Pairing {
    /// Name of the pairing, 32 bytes.
    pub pid: [u8; 32],
    /// The authenticator's token.
    pub reply: String,
}

/// A login that an authenticator shall approve.
pub struct LoginWish {
    /// Ephemeral public key of the client.
    pub epk: [u8; 32],
    /// What it wants to do.
    pub scope: String,
    /// Copied into the token.
    pub ctx: Option<String>,
    /// Shown to the person who approves.
    pub note: Option<String>,
}

/// The kind of a [`Call`] that concerns the instance itself, for policy, metrics and the audit
/// log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// What needs no proof and changes nothing.
    Look,
    /// Setting the clock.
    CheckIn,
    /// The configuration, read.
    GetConfig,
    /// The configuration, changed.
    SetConfig,
    /// Attestation and provisioning.
    Attest,
    /// Self-tests.
    SelfTest,
    /// A new boot.
    Reboot,
    /// The end of service.
    Shutdown,
    /// A disk.
    Storage,
    /// The first configuration.
    Init,
    /// A login of the local user or the administrator.
    Login,
    /// Pairing.
    Pair,
    /// A login by an authenticator.
    LoginByPeer,
    /// Logs.
    ReadLog,
}

impl Call {
    /// What policy, metrics and the audit log call it.
    pub fn action(&self) -> Action {
        match self {
            Self::Manage(kind, _) => Action::Manage(*kind),
            Self::Crypto { kind, .. } => Action::Crypto(*kind),
            call => Action::Instance(call.function()),
        }
    }

    /// What of it could not be read, if anything.
    pub(super) fn fault(&self) -> Option<ErrorKind> {
        match self {
            Self::CheckedIn(text) | Self::Login(text) | Self::Init(text) => text.as_ref().err(),
            Self::LoginByPeer(text) => text.as_ref().err(),
            Self::SetConfig(change) => change.as_ref().err(),
            Self::Provision(provision) => provision.as_ref().err(),
            Self::BeginPairing(epk) | Self::ProveToPeer(epk) => epk.as_ref().err(),
            Self::Pair(pairing) => pairing.as_ref().err(),
            Self::AskForLogin(wish) => wish.as_ref().err(),
            Self::Manage(_, manage) => manage.as_ref().err(),
            Self::Crypto { key, crypto, .. } => key.as_ref().err().or(crypto.as_ref().err()),
            Self::ListLogs(offset) => offset.as_ref().err(),
            Self::GetLog(file) => file.as_ref().err(),
            _ => None,
        }
        .copied()
    }

    fn function(&self) -> Function {
        match self {
            Self::CheckedIn(_) => Function::CheckIn,
            Self::GetConfig => Function::GetConfig,
            Self::SetConfig(_) => Function::SetConfig,
            Self::Attestation | Self::Provision(_) => Function::Attest,
            Self::SelfTest => Function::SelfTest,
            Self::Reboot => Function::Reboot,
            Self::Shutdown => Function::Shutdown,
            Self::Storage(_) => Function::Storage,
            Self::Init(_) => Function::Init,
            Self::Login(_) => Function::Login,
            Self::BeginPairing(_) | Self::Pair(_) | Self::ProveToPeer(_) => Function::Pair,
            Self::LoginByPeer(_) => Function::LoginByPeer,
            Self::LogKey | Self::ListLogs(_) | Self::GetLog(_) => Function::ReadLog,
            _ => Function::Look,
        }
    }
}

impl Function {
    /// Whether it changes what the store holds.
    pub fn is_control(self) -> bool {
        matches!(
            self,
            Self::SetConfig
                | Self::Attest
                | Self::Init
                | Self::Pair
                | Self::Reboot
                | Self::Shutdown
        )
    }

    /// Every function, in the order of their audit codes.
    pub const ALL: [Self; 14] = [
        Self::Look,
        Self::CheckIn,
        Self::GetConfig,
        Self::SetConfig,
        Self::Attest,
        Self::SelfTest,
        Self::Reboot,
        Self::Shutdown,
        Self::Storage,
        Self::Init,
        Self::Login,
        Self::Pair,
        Self::LoginByPeer,
        Self::ReadLog,
    ];

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Look => "instance_look",
            Self::CheckIn => "instance_check_in",
            Self::GetConfig => "instance_get_config",
            Self::SetConfig => "instance_set_config",
            Self::Attest => "instance_attest",
            Self::SelfTest => "instance_self_test",
            Self::Reboot => "instance_reboot",
            Self::Shutdown => "instance_shutdown",
            Self::Storage => "instance_storage",
            Self::Init => "instance_init",
            Self::Login => "instance_login",
            Self::Pair => "instance_pair",
            Self::LoginByPeer => "instance_login_by_peer",
            Self::ReadLog => "instance_read_log",
        }
    }
}
