//! Grants for pairs of keys between which a secret passes unseen.
//!
//! Re-encryption and PIN translation hand nobody the clear value, but whoever knows the outgoing
//! key has it. So each pair needs a grant of its own, and two custodians' approval where a caller
//! may know the outgoing key. What is made or verified of a PIN under two keys tells the PIN to
//! whoever knows either.

use std::collections::BTreeMap;

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::error::ErrorKind;
use crate::id::{CustodianId, KeyId, PartitionId};
use crate::key::payment::Entry;
use crate::limits::{APPROVERS_MAX, PAIR_GRANTS_MAX};
use crate::op::payment::Operation;
use crate::time::UnixMs;

/// Approvals without which nobody controls alone.
const DUAL: usize = 2;

/// Counts forms of [`PairGrant`].
const FORM: u8 = 1;

/// One end of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    /// The key, or the one under which keys come wrapped in requests.
    pub key: KeyId,
    /// Whether it is any key wrapped under `key`.
    pub is_wrapped: bool,
}

/// What passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Passage {
    /// Data, re-encrypted.
    Data,
    /// A PIN, translated.
    Pin,
    /// A PIN, into the script for a chip.
    ChipPin,
    /// A key, into another key block.
    Key,
    /// A PIN that a key makes, into a block; one from a block into its offset or PVV.
    Generation,
    /// A PIN, against its offset or PVV.
    Verification,
}

/// From where to where what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// What.
    pub passage: Passage,
    /// From.
    pub incoming: End,
    /// To.
    pub outgoing: End,
}

/// Leave for one pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairGrant {
    /// The tenant whose keys they are.
    pub partition: PartitionId,
    /// The pair.
    pub pair: Pair,
    /// The version of the outgoing key that was approved: another version may be known to others.
    pub outgoing_version: u32,
    /// When it was made.
    pub made: UnixMs,
    /// Void from here on.
    pub not_after: Option<UnixMs>,
    approvers: Vec<CustodianId>,
}

/// The grants of one partition.
#[derive(Default)]
pub struct PairGrants(BTreeMap<Pair, PairGrant>);

/// The ends of a request, as their records say.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// Version of the outgoing key, or of the one that wraps it.
    pub version: u32,
    /// How the incoming key came here.
    pub incoming: Entry,
    /// How the outgoing key came here.
    pub outgoing: Entry,
}

impl Passage {
    /// Every passage, in the order of their codes.
    pub const ALL: [Self; 6] =
        [Self::Data, Self::Pin, Self::ChipPin, Self::Key, Self::Generation, Self::Verification];

    /// What passes in an operation.
    pub fn of(operation: Operation) -> Option<Self> {
        match operation {
            Operation::ReEncryptData => Some(Self::Data),
            Operation::TranslatePin => Some(Self::Pin),
            Operation::GeneratePin3624
            | Operation::GeneratePinVisa
            | Operation::GenerateOffset3624
            | Operation::GenerateValueVisa => Some(Self::Generation),
            Operation::VerifyPin3624 | Operation::VerifyPinVisa => Some(Self::Verification),
            Operation::ChangeChipPin => Some(Self::ChipPin),
            Operation::TranslateKey => Some(Self::Key),
            _ => None,
        }
    }

    /// Whether the secret follows from what is answered and either key, not the outgoing alone.
    fn follows_from_either(self) -> bool {
        matches!(self, Self::Generation | Self::Verification)
    }
}

impl Pair {
    /// Whether more than the gateway may know a key by which what passes is read.
    pub fn is_known(&self, ends: Ends) -> bool {
        let known = |end: End, entry: Entry| end.is_wrapped || entry.is_brought_in();
        known(self.outgoing, ends.outgoing)
            || self.passage.follows_from_either() && known(self.incoming, ends.incoming)
    }
}

impl PairGrant {
    /// A grant that nobody approved yet: it serves outgoing keys that no caller knows.
    pub fn new(partition: PartitionId, pair: Pair, outgoing_version: u32, made: UnixMs) -> Self {
        let (approvers, not_after) = (vec![], None);
        Self { partition, pair, outgoing_version, made, not_after, approvers }
    }

    /// Adds a custodian's approval.
    ///
    /// # Errors
    /// [`ErrorKind::KeyExists`] for one who approved already, [`ErrorKind::Quota`] for too many.
    pub fn approve(&mut self, custodian: CustodianId) -> Result<(), ErrorKind> {
        match self.approvers.binary_search(&custodian) {
            Ok(_) => Err(ErrorKind::KeyExists),
            Err(_) if self.approvers.len() >= APPROVERS_MAX => Err(ErrorKind::Quota),
            Err(at) => {
                self.approvers.insert(at, custodian);
                Ok(())
            }
        }
    }

    /// Who approved; each once.
    pub fn approvers(&self) -> &[CustodianId] {
        &self.approvers
    }

    /// Whether it serves these ends at `now`.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] for a void grant and another version,
    /// [`ErrorKind::ApprovalRequired`] where dual control is missing.
    pub fn check(&self, ends: Ends, now: UnixMs) -> Result<(), ErrorKind> {
        let is_void = self.not_after.is_some_and(|end| now >= end);
        if is_void || ends.version != self.outgoing_version {
            return Err(ErrorKind::Forbidden);
        }
        if self.pair.is_known(ends) && self.approvers.len() < DUAL {
            return Err(ErrorKind::ApprovalRequired);
        }
        Ok(())
    }
}

impl PairGrants {
    /// Adds a grant, in place of an earlier one for the same pair.
    ///
    /// # Errors
    /// [`ErrorKind::Quota`] if there are [`PAIR_GRANTS_MAX`].
    pub fn insert(&mut self, grant: PairGrant) -> Result<(), ErrorKind> {
        if self.0.len() >= PAIR_GRANTS_MAX && !self.0.contains_key(&grant.pair) {
            return Err(ErrorKind::Quota);
        }
        self.0.insert(grant.pair, grant);
        Ok(())
    }

    /// Takes a grant back.
    pub fn remove(&mut self, pair: &Pair) -> Option<PairGrant> {
        self.0.remove(pair)
    }

    /// Every grant, in the order of the pairs.
    pub fn iter(&self) -> impl Iterator<Item = &PairGrant> {
        self.0.values()
    }

    /// Whether the pair may be used at `now`.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] without a grant of this partition, else as [`PairGrant::check`].
    pub fn check(
        &self,
        partition: PartitionId,
        pair: &Pair,
        ends: Ends,
        now: UnixMs,
    ) -> Result<(), ErrorKind> {
        let grant = self.0.get(pair).filter(|grant| grant.partition == partition);
        grant.ok_or(ErrorKind::Forbidden)?.check(ends, now)
    }
}

impl Record for PairGrant {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0);
        self.pair.encode(out);
        out.u32(self.outgoing_version).u64(self.made.0);
        out.option(self.not_after, |out, end| out.u64(end.0));
        out.list(&self.approvers, |out, custodian| out.raw(&custodian.0));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        if input.u8()? != FORM {
            return Err(Corrupt);
        }
        let grant = Self {
            partition: PartitionId(input.array()?),
            pair: Pair::decode(input)?,
            outgoing_version: input.u32()?,
            made: UnixMs(input.u64()?),
            not_after: input.option(Decoder::u64)?.map(UnixMs),
            approvers: input.list(|input| input.array().map(CustodianId))?,
        };
        let approvers = &grant.approvers;
        let sound = approvers.len() <= APPROVERS_MAX && approvers.is_sorted_by(|a, b| a < b);
        sound.then_some(grant).ok_or(Corrupt)
    }
}

impl Record for Pair {
    fn encode(&self, out: &mut Encoder) {
        out.u8(match self.passage {
            Passage::Data => 1,
            Passage::Pin => 2,
            Passage::ChipPin => 3,
            Passage::Key => 4,
            Passage::Generation => 5,
            Passage::Verification => 6,
        });
        self.incoming.encode(out);
        self.outgoing.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let place = usize::from(input.u8()?).checked_sub(1).ok_or(Corrupt)?;
        Ok(Self {
            passage: *Passage::ALL.get(place).ok_or(Corrupt)?,
            incoming: End::decode(input)?,
            outgoing: End::decode(input)?,
        })
    }
}

impl Record for End {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.key.0).u8(u8::from(self.is_wrapped));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let key = KeyId(input.array()?);
        match input.u8()? {
            0 => Ok(Self { key, is_wrapped: false }),
            1 => Ok(Self { key, is_wrapped: true }),
            _ => Err(Corrupt),
        }
    }
}
