//! Domain names that clients keep pointed at themselves.
//!
//! ```text
//!  not assigned ──enrol──▶ created ──update──▶ enabled ◀──update─┐
//!                             ▲  └──────unlock────┴──▶ unlocked ─┘
//!                             └───enrol (any key)─────────┘
//!  operator: any ⇄ disabled, any ──▶ removed
//! ```
// spec: enigma-bridge 6

use sha2::{Digest, Sha256};
use std::net::IpAddr;

use super::request::{SignedText, UpdateDomain};
use super::settings::DomainSettings;
use super::{Addresses, Answer};
use crate::codec::{Encoder, Record};
use crate::error::{Error, ErrorKind, Malformed};
use crate::id::ApiKeyId;
use crate::limits::{DOMAIN_CHALLENGE_MS, DOMAIN_KEY_BITS, DOMAIN_RECORDS_MAX};
use crate::op::RsaPublicKey;
use crate::time::UnixMs;

/// State of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DomainStatus {
    /// The API key has none.
    NotAssigned,
    /// It has a name and an owner, and points nowhere yet.
    Created,
    /// It points somewhere.
    Enabled,
    /// It may move to another owner key or address.
    Unlocked,
    /// An operator paused it.
    Disabled,
    /// An operator took it away; the name stays taken.
    Removed,
}

/// How an update proves that the domain is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DomainProof {
    /// Signed by the owner key.
    Signature,
    /// The challenge comes back from one of the addresses that the domain shall point to.
    Challenge,
}

/// An open update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// To be given back.
    pub text: String,
    /// How.
    pub proof: DomainProof,
    /// Where the domain will point.
    pub addresses: Addresses,
    /// Until when.
    pub expires: UnixMs,
    /// SHA-256 of the update that used it, so that its repeat gets the same answer.
    pub used: Option<[u8; 32]>,
}

/// Kind of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DnsKind {
    /// Text.
    Txt,
    /// Another name.
    Cname,
}

/// A record below a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsRecord {
    /// What it is.
    pub kind: DnsKind,
    /// Labels before the domain.
    pub name: String,
    /// The domain or a name below it; the whole domain where not given.
    pub domain: Option<String>,
    /// The text, or the target; a name without target points at the domain.
    pub value: Option<String>,
}

/// Whose a name is, so that none is given out twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainName {
    /// The name.
    pub name: String,
    /// The API key it was given to.
    pub api_key: ApiKeyId,
}

/// A domain as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainRecord {
    /// The API key it belongs to; there is at most one domain for each.
    pub api_key: ApiKeyId,
    /// Its name.
    pub name: String,
    /// The key that signs its updates.
    pub owner: RsaPublicKey,
    /// Its state; never [`DomainStatus::NotAssigned`].
    pub status: DomainStatus,
    /// Where it points.
    pub addresses: Addresses,
    /// Records below it.
    pub records: Vec<DnsRecord>,
    /// The open or last update.
    pub challenge: Option<Challenge>,
    /// When it changed last.
    pub changed: UnixMs,
}

/// A name of 60 random bits before the suffix.
pub fn domain_name(settings: &DomainSettings, random: &[u8; 12]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let label = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    label.chain(".".chars()).chain(settings.suffix.chars()).collect()
}

/// Whether `key` may own a domain: [`DOMAIN_KEY_BITS`], and an odd exponent from 3 to 2³² − 1.
pub fn owner_fits(key: &RsaPublicKey) -> bool {
    let leading = key.modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = key.modulus.len() * 8 - leading;
    let exponent = match *key.exponent.as_slice() {
        [] | [.., _, _, _, _, _] => 0,
        ref bytes => bytes.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte)),
    };
    DOMAIN_KEY_BITS.contains(&bits) && leading < 8 && exponent >= 3 && exponent % 2 == 1
}

impl DomainRecord {
    /// A domain newly given out.
    pub fn new(name: String, api_key: ApiKeyId, owner: RsaPublicKey, now: UnixMs) -> Self {
        Self {
            api_key,
            name,
            owner,
            status: DomainStatus::Created,
            addresses: Addresses::default(),
            records: Vec::new(),
            challenge: None,
            changed: now,
        }
    }

    /// Enrols again: nothing changes for the same owner; an unlocked domain gets the new one.
    ///
    /// # Errors
    /// [`ErrorKind::KeyExists`] for another owner while it is not unlocked,
    /// [`ErrorKind::KeyState`] while it is disabled or removed.
    pub fn enrol(&mut self, owner: RsaPublicKey, now: UnixMs) -> Result<(), Error> {
        self.check_active()?;
        match self.status {
            DomainStatus::Unlocked => {
                *self = Self::new(std::mem::take(&mut self.name), self.api_key, owner, now);
                Ok(())
            }
            _ if self.owner == owner => Ok(()),
            _ => Err(Error::new(
                ErrorKind::KeyExists,
                "domain is enrolled with another key; unlock it first",
            )),
        }
    }

    /// Opens an update, in place of any other.
    ///
    /// # Errors
    /// [`ErrorKind::KeyState`] while the domain is disabled or removed,
    /// [`Malformed::Value`] for addresses that are not what they are said to be.
    pub fn open(
        &mut self,
        (wanted, private): (Addresses, bool),
        peer: IpAddr,
        random: &[u8; 16],
        now: UnixMs,
    ) -> Result<&Challenge, Error> {
        self.check_active()?;
        let addresses = wanted.or_peer(private, peer)?;
        let by_address = self.status == DomainStatus::Unlocked && addresses.are_public();
        Ok(self.challenge.insert(Challenge {
            text: const_hex::encode(random),
            proof: if by_address { DomainProof::Challenge } else { DomainProof::Signature },
            addresses,
            expires: UnixMs(now.0.saturating_add(DOMAIN_CHALLENGE_MS)),
            used: None,
        }))
    }

    /// Carries an update out. `verify` checks a signature under the owner key.
    ///
    /// # Errors
    /// [`ErrorKind::VerifyFailed`] for a wrong, old or used challenge, another proof than asked
    /// for, a signature that does not verify or is not about the challenge: one answer.
    /// [`ErrorKind::KeyState`] while the domain is disabled or removed,
    /// [`Malformed::Value`] for records that are not its own or not valid,
    /// [`ErrorKind::Quota`] for too many of them.
    pub fn update(
        &mut self,
        request: &UpdateDomain,
        peer: IpAddr,
        now: UnixMs,
        verify: impl FnOnce(&RsaPublicKey, &SignedText) -> bool,
    ) -> Result<(), Error> {
        self.check_active()?;
        let digest = request.digest();
        let challenge = self.challenge.as_ref().ok_or(ErrorKind::VerifyFailed)?;
        if !challenge.is_met(request, now) || !self.is_proven(challenge, request, peer, verify) {
            return Err(ErrorKind::VerifyFailed.into());
        }
        match challenge.used {
            Some(used) if used == digest => return Ok(()),
            Some(_) => return Err(ErrorKind::VerifyFailed.into()),
            None => {}
        }
        let addresses = challenge.addresses;
        self.put(&request.records)?;
        self.addresses = addresses;
        self.status = DomainStatus::Enabled;
        self.changed = now;
        if let Some(challenge) = &mut self.challenge {
            challenge.used = Some(digest);
        }
        Ok(())
    }

    /// Lets it move to another key or address.
    ///
    /// # Errors
    /// [`ErrorKind::KeyState`] while it is disabled or removed.
    pub fn unlock(&mut self, now: UnixMs) -> Result<(), Error> {
        self.check_active()?;
        if self.status != DomainStatus::Unlocked {
            self.status = DomainStatus::Unlocked;
            self.challenge = None;
            self.changed = now;
        }
        Ok(())
    }

    /// Pauses it, for an operator.
    pub fn disable(&mut self, now: UnixMs) {
        self.rest(DomainStatus::Disabled, now);
    }

    /// Takes it away for good, for an operator.
    pub fn remove(&mut self, now: UnixMs) {
        self.rest(DomainStatus::Removed, now);
        self.addresses = Addresses::default();
        self.records.clear();
    }

    /// Ends a pause, for an operator: it must be updated before it points anywhere else.
    pub fn enable(&mut self, now: UnixMs) {
        if self.status == DomainStatus::Disabled {
            let points = !self.addresses.is_empty();
            self.status = if points { DomainStatus::Enabled } else { DomainStatus::Created };
            self.changed = now;
        }
    }

    /// What an update answers.
    pub fn updated(&self) -> Answer {
        Answer::DomainUpdated {
            domains: vec![self.name.clone()],
            addresses: self.addresses.iter().collect(),
            private: self.addresses.are_private(),
            status: self.status,
        }
    }

    fn rest(&mut self, status: DomainStatus, now: UnixMs) {
        if self.status != DomainStatus::Removed {
            self.status = status;
            self.challenge = None;
            self.changed = now;
        }
    }

    fn check_active(&self) -> Result<(), Error> {
        match self.status {
            DomainStatus::Created | DomainStatus::Enabled | DomainStatus::Unlocked => Ok(()),
            DomainStatus::Disabled => Err(Error::new(ErrorKind::KeyState, "domain is disabled")),
            DomainStatus::Removed | DomainStatus::NotAssigned => {
                Err(Error::new(ErrorKind::KeyState, "domain was removed"))
            }
        }
    }

    fn is_proven(
        &self,
        challenge: &Challenge,
        request: &UpdateDomain,
        peer: IpAddr,
        verify: impl FnOnce(&RsaPublicKey, &SignedText) -> bool,
    ) -> bool {
        match challenge.proof {
            DomainProof::Challenge => challenge.addresses.contains(peer),
            DomainProof::Signature => request.signature.as_ref().is_some_and(|signed| {
                challenge.is_within(signed.content.expose()) && verify(&self.owner, signed)
            }),
        }
    }

    /// All or none: a record that is refused leaves the others unwritten too.
    fn put(&mut self, records: &[DnsRecord]) -> Result<(), Error> {
        let mut merged = self.records.clone();
        for record in records {
            record.check(&self.name)?;
            merged.retain(|one| !one.is_replaced_by(record));
            merged.push(record.clone());
        }
        if merged.len() > DOMAIN_RECORDS_MAX {
            return Err(Error::new(
                ErrorKind::Quota,
                format!("a domain holds at most {DOMAIN_RECORDS_MAX} records"),
            ));
        }
        self.records = merged;
        Ok(())
    }
}

impl Challenge {
    fn is_met(&self, request: &UpdateDomain, now: UnixMs) -> bool {
        let same = bool::from(request.response.ct_eq(self.text.as_bytes()));
        same && now <= self.expires && request.authentication == self.proof
    }

    /// Whether the owner signed this challenge, and not something else that is sent along with it.
    fn is_within(&self, content: &[u8]) -> bool {
        let text = self.text.as_bytes();
        !text.is_empty() && content.windows(text.len()).any(|window| window == text)
    }
}

impl DnsRecord {
    /// Whether it lies within `domain`, has what its kind needs, and can be written into a zone
    /// file as it is.
    ///
    /// # Errors
    /// [`Malformed::Value`] otherwise.
    pub fn check(&self, domain: &str) -> Result<(), Error> {
        let parent = self.domain.as_deref().unwrap_or(domain);
        let value_fits = match (self.kind, self.value.as_deref()) {
            (DnsKind::Txt, value) => value.is_some_and(is_text),
            (DnsKind::Cname, value) => value.is_none_or(is_name),
        };
        if is_within(parent, domain) && value_fits && is_name(&format!("{}.{parent}", self.name)) {
            Ok(())
        } else {
            Err(Error::new(
                ErrorKind::Malformed(Malformed::Value),
                "dnsdata must lie within the caller's domain and name valid records",
            ))
        }
    }

    /// A name has one target; texts of one name stand side by side, as certificate proofs need.
    fn is_replaced_by(&self, newer: &Self) -> bool {
        self.kind == newer.kind
            && self.name == newer.name
            && self.domain == newer.domain
            && (self.kind == DnsKind::Cname || self.value == newer.value)
    }
}

fn is_within(name: &str, domain: &str) -> bool {
    let (name, domain) = (name.to_ascii_lowercase(), domain.to_ascii_lowercase());
    match name.strip_suffix(&domain) {
        Some("") => true,
        Some(below) => below.strip_suffix('.').is_some_and(is_name),
        None => false,
    }
}

/// One string of a TXT record that needs no escapes between its quotes.
fn is_text(text: &str) -> bool {
    text.len() <= 255
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte))
}

/// Labels of 1 to 63 characters, 253 in all.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

impl UpdateDomain {
    /// Tells one update from another.
    fn digest(&self) -> [u8; 32] {
        let mut out = Encoder::default();
        out.text(self.response.expose()).list(&self.records, |out, record| {
            record.encode(out);
            out
        });
        out.text(self.signature.as_ref().map_or("", |signed| signed.text.expose()));
        Sha256::digest(out.finish().expose()).into()
    }
}

impl DomainStatus {
    /// As written in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotAssigned => "not_assigned",
            Self::Created => "created",
            Self::Enabled => "enabled",
            Self::Unlocked => "unlocked",
            Self::Disabled => "disabled",
            Self::Removed => "removed",
        }
    }
}

impl DomainProof {
    /// As written in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Challenge => "challenge",
        }
    }
}
