//! Whether a principal may do a payment operation with these keys.

use super::pair::{End, Ends, Pair, PairGrants, Passage};
use super::{Grant, PartKey, Verdict, proof_suffices};
use crate::error::{ErrorKind, Malformed, Payment, Unauthenticated};
use crate::key::KeyRecord;
use crate::key::payment::{Attributes, Entry, ModeOfUse, Own, PinRule, Usage};
use crate::op::Action;
use crate::op::payment::{Cipher, Operation, Part, WRAPPED, fits, fits_in_object};
use crate::principal::Principal;
use crate::time::UnixMs;

/// A key in its part.
#[derive(Clone, Copy)]
pub struct Use<'a> {
    /// What it does.
    pub part: Part,
    /// Where it is.
    pub holder: Holder<'a>,
    /// How it enciphers or deciphers data, where it does: [`Task::cipher`].
    ///
    /// [`Task::cipher`]: crate::op::payment::Task::cipher
    pub cipher: Option<&'a Cipher>,
}

/// Where a key is.
#[derive(Clone, Copy)]
pub enum Holder<'a> {
    /// In the store, looked up in the caller's own partition.
    Stored(&'a KeyRecord),
    /// In a key block in the request, whose header says the attributes.
    Wrapped {
        /// What the header says.
        attributes: &'a Attributes,
        /// The stored key that unwraps it.
        under: &'a KeyRecord,
    },
}

/// What of PIN translation is a matter of the installation. The default is for production: all
/// off. Which formats may follow which is not: `pin_translate` in the engine has that table.
// spec: payments 1.4
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinRules {
    /// Whether blocks of format 1 may come in, under keys flagged for it.
    pub format_1: bool,
    /// Whether a PIN may go from format 4 to 0 or 3, from AES to triple DES.
    pub aes_to_tdes: bool,
}

/// Which versions of key blocks may come in, by their letters. The default is without A and C,
/// whose MAC of four bytes is guessed.
// spec: payments 4.2
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyBlockVersions([bool; KeyBlockVersions::ALL.len()]);

/// What of a PIN block's way is a matter of policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinWay {
    /// It comes in format 1.
    pub from_format_1: bool,
    /// It goes from format 4 to another.
    pub aes_to_tdes: bool,
}

/// Decides. `pairs` are the grants of the caller's partition.
pub fn authorize(
    principal: &Principal,
    operation: Operation,
    uses: &[Use<'_>],
    pairs: &PairGrants,
    now: UnixMs,
) -> Verdict {
    let action = Action::Payment(operation);
    if !proof_suffices(principal.proof, action) {
        return Verdict::Deny(ErrorKind::Unauthenticated(Unauthenticated::ApiKey).into());
    }
    let decided = check_uses(principal, operation, uses, (pairs, now));
    match decided {
        Ok(()) => Verdict::Allow(grant(principal, action, uses)),
        Err(kind) => Verdict::Deny(kind.into()),
    }
}

/// Whether these keys may do the operation together.
pub(super) fn check_uses(
    principal: &Principal,
    operation: Operation,
    uses: &[Use<'_>],
    (pairs, now): (&PairGrants, UnixMs),
) -> Result<(), ErrorKind> {
    check_parts(operation, uses)
        .and_then(|()| uses.iter().try_for_each(|one| one.check(principal, operation, now)))
        .and_then(|()| check_pair(principal, operation, uses, (pairs, now)))
}

/// Whether this key alone may bring a value in that becomes a token.
pub(super) fn check_transport(
    principal: &Principal,
    uses: &[Use<'_>],
    now: UnixMs,
) -> Result<(), ErrorKind> {
    match uses {
        [one] if one.part == Part::Incoming => one.check(principal, Operation::ReEncryptData, now),
        _ => Err(ErrorKind::Malformed(Malformed::Member)),
    }
}

/// Leave for what was checked. Each part is there once at most, so there is room.
pub(super) fn grant(principal: &Principal, action: Action, uses: &[Use<'_>]) -> Grant {
    let isolate = uses.iter().any(|one| one.holder.record().isolate);
    let parts = uses.iter().map(|one| one.part_key()).collect();
    Grant::for_parts(principal, action, parts, isolate)
}

/// Whether a stored key may play a part at `now`, apart from whose it is.
///
/// # Errors
/// [`ErrorKind::KeyUsage`] if usage, mode, algorithm, exportability or what is of its own do not
/// allow it; [`ErrorKind::KeyState`] if state or dates do not.
pub fn check(
    operation: Operation,
    part: Part,
    key: &KeyRecord,
    now: UnixMs,
) -> Result<(), ErrorKind> {
    let attributes = key.usage.payment().ok_or(ErrorKind::KeyUsage)?;
    let fits = if key.object.is_some() { fits_in_object } else { fits };
    if !fits(operation, part, attributes) {
        return Err(ErrorKind::KeyUsage);
    }
    if operation.needs_pin_rule(part) {
        pin_rule(attributes)?;
    }
    check_script(operation, attributes)?;
    if key.is_usable(now) { Ok(()) } else { Err(ErrorKind::KeyState) }
}

/// Whether a key may encipher or decipher data in this way.
///
/// In a mode that adds a stream to the data, enciphering and deciphering are one computation, so it
/// takes a key that may do both. GCM seals so, under a nonce of the gateway: whoever may encipher
/// blocks of his choice under the key opens what it sealed, so a key that may only encipher seals
/// if it serves nothing but GCM.
///
/// # Errors
/// [`ErrorKind::KeyUsage`] if not; [`ErrorKind::Malformed`] where it is not said how.
// spec: payments 7, 9
pub fn check_cipher(
    operation: Operation,
    part: Part,
    cipher: Option<&Cipher>,
    key: &Attributes,
) -> Result<(), ErrorKind> {
    let opens = match (operation, part) {
        (Operation::EncryptData, Part::Data) | (Operation::ReEncryptData, Part::Outgoing) => false,
        (Operation::DecryptData, Part::Data) | (Operation::ReEncryptData, Part::Incoming) => true,
        _ => return Ok(()),
    };
    let does_both = matches!(key.mode, ModeOfUse::Both | ModeOfUse::Derive);
    let is_for_gcm = key.own == Own::GcmOnly;
    let fits = match cipher.ok_or(ErrorKind::Malformed(Malformed::Member))? {
        Cipher::Gcm { .. } => opens || does_both || is_for_gcm,
        Cipher::Block { mode, .. } => !is_for_gcm && (does_both || !mode.is_stream()),
        Cipher::Rsa(_) | Cipher::Chip { .. } => true,
    };
    fits.then_some(()).ok_or(ErrorKind::KeyUsage)
}

/// Whether a key for scripts may do this: it enciphers what clients show, or PINs. Whoever
/// enciphers every PIN under the session key of a script knows the one in it.
// spec: payments 8, 11.2
fn check_script(operation: Operation, key: &Attributes) -> Result<(), ErrorKind> {
    let enciphers = match operation {
        Operation::EncryptData => Own::ClientData,
        Operation::ChangeChipPin => Own::Nothing,
        _ => return Ok(()),
    };
    let fits = key.usage != Usage::CONFIDENTIALITY || key.own == enciphers;
    fits.then_some(()).ok_or(ErrorKind::KeyUsage)
}

/// The table and validation data of a key that works by IBM 3624.
///
/// # Errors
/// [`ErrorKind::KeyUsage`] for a key without them: they are never the caller's to choose.
pub fn pin_rule(attributes: &Attributes) -> Result<PinRule, ErrorKind> {
    match attributes.own {
        Own::PinRule(rule) => Ok(rule),
        _ => Err(ErrorKind::KeyUsage),
    }
}

/// The attributes with which a key is brought in that a block under `protection` says are
/// `header`.
///
/// # Errors
/// As [`check`]; [`ErrorKind::KeyUsage`] if `protection` does not list the usage, or the
/// attributes do not go together.
pub fn imported(
    protection: &KeyRecord,
    header: Attributes,
    now: UnixMs,
) -> Result<Attributes, ErrorKind> {
    check(Operation::ImportKey, Part::Protection, protection, now)?;
    let wrapping = protection.usage.payment().ok_or(ErrorKind::KeyUsage)?;
    wrapping.may_bring_in(header.usage)?;
    let attributes = Attributes { entry: wrapping.entry_of_wrapped(), ..header };
    attributes.check().map(|()| attributes)
}

impl PinRules {
    /// Whether a PIN block that comes in under `incoming` may take this way.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] where the installation does not allow it, [`ErrorKind::KeyUsage`]
    /// for format 1 under a key that is not flagged for it.
    pub fn check(self, way: PinWay, incoming: &Attributes) -> Result<(), ErrorKind> {
        if way.from_format_1 && !self.format_1 || way.aes_to_tdes && !self.aes_to_tdes {
            return Err(ErrorKind::Forbidden);
        }
        if way.from_format_1 && incoming.own != Own::Format1 {
            return Err(ErrorKind::KeyUsage);
        }
        Ok(())
    }
}

impl KeyBlockVersions {
    /// Those that there are.
    pub const ALL: [u8; 5] = *b"ABCDE";

    /// These; `None` if one is no version.
    pub fn of(letters: &[u8]) -> Option<Self> {
        let known = letters.iter().all(|letter| Self::ALL.contains(letter));
        known.then(|| Self(Self::ALL.map(|letter| letters.contains(&letter))))
    }

    /// Whether a block may come in. No more than its first character is looked at.
    ///
    /// # Errors
    /// [`Payment::KeyBlock`], as of every block that does not open.
    pub fn check(self, text: &[u8]) -> Result<(), ErrorKind> {
        let place = text.first().and_then(|first| Self::ALL.iter().position(|one| one == first));
        let may = place.is_some_and(|place| self.0[place]);
        may.then_some(()).ok_or(ErrorKind::Payment(Payment::KeyBlock))
    }
}

impl Default for KeyBlockVersions {
    fn default() -> Self {
        Self(Self::ALL.map(|letter| !matches!(letter, b'A' | b'C')))
    }
}

impl Use<'_> {
    fn check(
        &self,
        principal: &Principal,
        operation: Operation,
        now: UnixMs,
    ) -> Result<(), ErrorKind> {
        if self.holder.record().partition != principal.partition {
            return Err(ErrorKind::KeyNotFound);
        }
        let attributes = self.holder.attributes().ok_or(ErrorKind::KeyUsage)?;
        match self.holder {
            Holder::Stored(key) => check(operation, self.part, key, now)?,
            Holder::Wrapped { attributes, under } => {
                check(operation, Part::Unwrapping, under, now)?;
                let wrapping = under.usage.payment().ok_or(ErrorKind::KeyUsage)?;
                wrapping.may_bring_in(attributes.usage)?;
                let fits =
                    WRAPPED.contains(&attributes.usage) && fits(operation, self.part, attributes);
                fits.then_some(()).ok_or(ErrorKind::KeyUsage)?;
            }
        }
        check_cipher(operation, self.part, self.cipher, attributes)
    }

    fn part_key(&self) -> PartKey {
        let End { key, is_wrapped } = self.holder.end();
        PartKey { part: self.part, key, version: self.holder.record().version, is_wrapped }
    }
}

impl Holder<'_> {
    /// The stored key itself or that which unwraps.
    fn record(&self) -> &KeyRecord {
        match self {
            Self::Stored(key) => key,
            Self::Wrapped { under, .. } => under,
        }
    }

    /// Those of the key itself.
    fn attributes(&self) -> Option<&Attributes> {
        match self {
            Self::Stored(key) => key.usage.payment(),
            Self::Wrapped { attributes, .. } => Some(attributes),
        }
    }

    /// Whether both are held by one object: who filled it in knows the keys on both sides, so it is
    /// the grant of their pair.
    // spec: enigma-bridge 4.5
    fn is_of_one_object(self, other: Self) -> bool {
        match (self, other) {
            (Self::Stored(one), Self::Stored(other)) => {
                one.object.is_some() && (one.id, one.version) == (other.id, other.version)
            }
            _ => false,
        }
    }

    fn end(&self) -> End {
        End { key: self.record().id, is_wrapped: matches!(self, Self::Wrapped { .. }) }
    }

    fn entry(&self) -> Entry {
        match self {
            Self::Stored(key) => key.usage.payment().map_or(Entry::Clear, |one| one.entry),
            Self::Wrapped { .. } => Entry::CallerBlock,
        }
    }
}

/// Whether each needed part is there once, and none that the operation does not have.
fn check_parts(operation: Operation, uses: &[Use<'_>]) -> Result<(), ErrorKind> {
    let count = |part: Part| uses.iter().filter(|one| one.part == part).count();
    if operation.parts().iter().any(|part| count(*part) == 0) {
        return Err(ErrorKind::Malformed(Malformed::Member));
    }
    let has =
        |part: Part| operation.parts().contains(&part) || operation.optional_part() == Some(part);
    let sound = uses.iter().all(|one| has(one.part) && count(one.part) == 1);
    sound.then_some(()).ok_or(ErrorKind::Malformed(Malformed::Member))
}

fn check_pair(
    principal: &Principal,
    operation: Operation,
    uses: &[Use<'_>],
    (pairs, now): (&PairGrants, UnixMs),
) -> Result<(), ErrorKind> {
    let Some((passage, (from, to))) = Passage::of(operation).zip(operation.passage()) else {
        return Ok(());
    };
    let holder = |part: Part| {
        let found = uses.iter().find(|one| one.part == part).map(|one| one.holder);
        found.ok_or(ErrorKind::Malformed(Malformed::Member))
    };
    let (incoming, outgoing) = (holder(from)?, holder(to)?);
    if incoming.is_of_one_object(outgoing) {
        return Ok(());
    }
    let pair = Pair { passage, incoming: incoming.end(), outgoing: outgoing.end() };
    let version = outgoing.record().version;
    let ends = Ends { version, incoming: incoming.entry(), outgoing: outgoing.entry() };
    if passage == Passage::Verification && !pair.is_known(ends) {
        // One guess at a time, and wrong ones are counted: as much as a terminal has.
        return Ok(());
    }
    pairs.check(principal.partition, &pair, ends, now)
}
