//! What lives from one boot to the next.
// spec: encedo-hem 2

use super::keys::AgreementKey;
use super::log::Log;
use super::nonce::{Nonce, NonceSeed, Nonces, Purpose};
use super::record::Identity;
use super::role::Role;
use super::throttle::Throttle;
use super::token::{Claims, TokenError, issue, verify};
use crate::secret::Secret;
use crate::time::UnixMs;

/// Random bytes of one boot.
pub type SessionSeed = Secret<[u8; 128]>;

/// What lives from one boot to the next. All tokens and nonces end with it.
pub struct Session {
    /// Its log.
    pub log: Log,
    /// Delays of logins.
    pub throttle: Throttle,
    /// What failed: bits of [`fault`]; 0 for nothing.
    pub faults: u8,
    /// The two disks; nothing is on them.
    pub disks: [DiskState; 2],
    /// Whether the time is known.
    pub clock: Clock,
    pub(super) agreement: AgreementKey,
    pub(super) nonces: Nonces,
    bearer: Secret<[u8; 32]>,
    booted: UnixMs,
}

/// Whether the time is known.
// spec: encedo-hem 2.3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Not before a time service has said it.
    Unset,
    /// It is.
    Set,
}

/// What can be seen of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskState {
    /// Nothing.
    Locked,
    /// To be read.
    ReadOnly,
    /// To be written.
    Writable,
}

/// What can fail.
// spec: encedo-hem 4.2
pub mod fault {
    /// An algorithm gives wrong answers.
    pub const KNOWN_ANSWER: u8 = 0x01;
    /// The random generator fails its test.
    pub const ENTROPY: u8 = 0x02;
    /// Too hot.
    pub const TEMPERATURE: u8 = 0x04;
    /// Stored data does not verify.
    pub const INTEGRITY: u8 = 0x08;
    /// Memory.
    pub const MEMORY: u8 = 0x10;
    /// Stack.
    pub const STACK: u8 = 0x20;
}

impl Session {
    /// Begins a boot, and gives the first lines of its log. `banner` names the product and its
    /// version, `file` is the log's name.
    pub fn new(
        seed: &SessionSeed,
        identity: &Identity,
        clock: Clock,
        (file, banner): (u32, &str),
        now: UnixMs,
    ) -> (Self, String) {
        let [agreement, bearer, nonces, log] = parts(seed).map(Secret::new);
        let time_s = if clock == Clock::Set { seconds(now) } else { 0 };
        let (log, head) = Log::open(file, banner, log, &identity.sign, time_s);
        let session = Self {
            log,
            throttle: Throttle::default(),
            faults: 0,
            disks: [DiskState::ReadOnly, DiskState::Locked],
            clock,
            agreement: AgreementKey::new(agreement),
            nonces: Nonces::new(nonces),
            bearer,
            booted: now,
        };
        (session, head)
    }

    /// Public half of its key.
    pub fn public(&self) -> [u8; 32] {
        self.agreement.public()
    }

    /// The time of log lines: seconds since boot while the clock is unset.
    pub fn log_time_s(&self, now: UnixMs) -> u64 {
        match self.clock {
            Clock::Set => seconds(now),
            Clock::Unset => self.uptime_s(now),
        }
    }

    /// Seconds since boot.
    pub fn uptime_s(&self, now: UnixMs) -> u64 {
        now.since(self.booted).as_secs()
    }

    /// A nonce that is never accepted back.
    pub fn name(&self, seed: NonceSeed, now: UnixMs) -> Nonce {
        self.nonces.issue(Purpose::Name, seed, seconds(now))
    }

    /// An access token that lasts until `exp`.
    pub(super) fn token(
        &self,
        role: Role,
        (scope, ctx): (&str, Option<&str>),
        exp: u64,
        seed: NonceSeed,
        now: UnixMs,
    ) -> Secret<String> {
        let claims = Claims {
            scope: scope.to_owned(),
            role,
            iat: seconds(now),
            exp,
            jti: self.name(seed, now),
            ctx: ctx.map(str::to_owned),
        };
        Secret::new(issue(&self.bearer, &claims))
    }

    /// What an access token says.
    ///
    /// # Errors
    /// [`TokenError`] for any that is not of this boot, or expired.
    pub fn verify(&self, token: &str, now: UnixMs) -> Result<Claims, TokenError> {
        verify(&self.bearer, token, seconds(now))
    }
}

pub(super) fn seconds(now: UnixMs) -> u64 {
    now.0 / 1000
}

fn parts(seed: &SessionSeed) -> [[u8; 32]; 4] {
    let (parts, _) = seed.expose().as_chunks::<32>();
    [parts[0], parts[1], parts[2], parts[3]]
}
