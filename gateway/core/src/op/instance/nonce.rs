//! Nonces: issued without memory, remembered once used.
// spec: encedo-hem 2.1

use std::collections::{BTreeSet, VecDeque};

use subtle::ConstantTimeEq;

use super::keys::mac;
use crate::limits::INSTANCE_USED_NONCES_MAX;
use crate::secret::Secret;

/// A nonce: its time, randomness, and a MAC over both and the purpose.
pub type Nonce = [u8; 32];

/// Randomness of one nonce.
pub type NonceSeed = [u8; 12];

/// What a nonce is for. A nonce of one purpose does not serve another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A login or the first configuration.
    Login,
    /// Setting the clock.
    CheckIn,
    /// A pairing.
    Pairing,
    /// A login by an authenticator.
    PeerLogin,
    /// The same, for the use of one key.
    PeerLoginForKey,
    /// A change of the user's key.
    UserKey,
    /// A name for a token or an answer; never accepted back.
    Name,
}

/// Why a nonce is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NonceError {
    /// Not made here for this purpose, too old, or used.
    #[error("nonce not valid")]
    Invalid,
    /// No more can be remembered now.
    #[error("too many nonces in use")]
    Full,
}

/// Issues and accepts the nonces of one boot. What is used for one purpose takes no room from
/// another: some purposes are open to everyone.
pub struct Nonces {
    key: Secret<[u8; 32]>,
    used: [Used; PURPOSES],
}

/// How many purposes there are.
const PURPOSES: usize = Purpose::Name as usize + 1;

/// The used nonces of one purpose, at most [`INSTANCE_USED_NONCES_MAX`].
#[derive(Default)]
struct Used {
    tags: BTreeSet<[u8; 16]>,
    /// The same with the second of their end, in the order of use: that of their ends, too, as
    /// long as the clock is not set back.
    ends: VecDeque<(u64, [u8; 16])>,
}

impl Purpose {
    /// Seconds for which a nonce is accepted.
    pub fn window_s(self) -> u64 {
        match self {
            Self::Login => 60,
            Self::CheckIn => 5 * 60,
            Self::Pairing => 24 * 60 * 60,
            Self::PeerLogin => 60 * 60,
            Self::PeerLoginForKey => 15 * 60,
            Self::UserKey => 10 * 60,
            Self::Name => 0,
        }
    }

    /// Whether the oldest used nonce gives way where there are too many. Everyone can use those of
    /// a check-in, so that must not end check-ins; to take a statement of the time service a second
    /// time within five minutes only says again what was said.
    fn forgets(self) -> bool {
        self == Self::CheckIn
    }
}

impl Nonces {
    /// Under a random key.
    pub fn new(key: Secret<[u8; 32]>) -> Self {
        Self { key, used: Default::default() }
    }

    /// A fresh nonce.
    pub fn issue(&self, purpose: Purpose, seed: NonceSeed, now_s: u64) -> Nonce {
        let mut head = [0; 16];
        head[..4].copy_from_slice(&(now_s as u32).to_le_bytes());
        head[4..].copy_from_slice(&seed);
        let tag = mac(self.key.expose(), &[&[purpose as u8], &head]);
        let mut nonce = [0; 32];
        nonce[..16].copy_from_slice(&head);
        nonce[16..].copy_from_slice(&tag[..16]);
        nonce
    }

    /// Whether a nonce could be accepted now.
    pub fn is_fresh(&self, purpose: Purpose, nonce: &Nonce, now_s: u64) -> bool {
        let (head, tag) = split(nonce);
        self.is_ours(purpose, &head, tag)
            && age_s(&head, now_s) <= purpose.window_s()
            && !self.used[purpose as usize].tags.contains(tag)
    }

    /// Accepts a nonce, once.
    ///
    /// # Errors
    /// [`NonceError`] where it is not acceptable.
    pub fn accept(
        &mut self,
        purpose: Purpose,
        nonce: &Nonce,
        now_s: u64,
    ) -> Result<(), NonceError> {
        if !self.is_fresh(purpose, nonce, now_s) {
            return Err(NonceError::Invalid);
        }
        let used = &mut self.used[purpose as usize];
        used.drop_ended(now_s);
        if used.is_full() && purpose.forgets() {
            used.drop_first();
        }
        if used.is_full() {
            return Err(NonceError::Full);
        }
        used.push(*split(nonce).1, now_s.saturating_add(purpose.window_s()));
        Ok(())
    }

    fn is_ours(&self, purpose: Purpose, head: &[u8; 16], tag: &[u8; 16]) -> bool {
        let expected = mac(self.key.expose(), &[&[purpose as u8], head]);
        bool::from(expected[..16].ct_eq(tag))
    }
}

impl Used {
    fn is_full(&self) -> bool {
        self.ends.len() >= INSTANCE_USED_NONCES_MAX
    }

    fn push(&mut self, tag: [u8; 16], end_s: u64) {
        self.tags.insert(tag);
        self.ends.push_back((end_s, tag));
    }

    fn drop_ended(&mut self, now_s: u64) {
        while self.ends.front().is_some_and(|(end_s, _)| *end_s < now_s) {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some((_, tag)) = self.ends.pop_front() {
            self.tags.remove(&tag);
        }
    }
}

/// What was authenticated, and the MAC; no two nonces have the same.
fn split(nonce: &Nonce) -> ([u8; 16], &[u8; 16]) {
    let (head, _) = nonce.split_first_chunk().expect("32 bytes");
    (*head, nonce.last_chunk().expect("32 bytes"))
}

/// Times are kept in 32 bits and wrap; a nonce of the future is as old as can be.
fn age_s(head: &[u8; 16], now_s: u64) -> u64 {
    let issued = u32::from_le_bytes(*head.first_chunk().expect("16 bytes"));
    u64::from((now_s as u32).wrapping_sub(issued))
}
