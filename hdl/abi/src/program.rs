//! Programs: short sequences of steps over one message.

use crate::BLOCK_BYTES;
use crate::generated::{StepKind, limits};
use crate::header::Header;

const STEPS: usize = limits::PROGRAM_STEPS_MAX;
const KEYS: usize = limits::PROGRAM_KEYS_MAX;

/// A step of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// With which of the program's keys, 0 to 3.
    pub key: u8,
    /// The data is an envelope.
    pub envelope: bool,
    /// The IV is a parameter block, not zeros.
    pub iv: bool,
}

impl Step {
    /// Behind the last step.
    pub const END: Self = Self::new(StepKind::End, 0);

    /// A step.
    pub const fn new(kind: StepKind, key: u8) -> Self {
        Self { kind, key, envelope: false, iv: false }
    }

    /// The step over an envelope.
    pub const fn envelope(self) -> Self {
        Self { envelope: true, ..self }
    }

    /// The step with an IV from the parameters.
    pub const fn iv(self) -> Self {
        Self { iv: true, ..self }
    }

    /// Its 16 bits.
    pub fn encode(self) -> u16 {
        let key = u16::from(self.key & 3) << 4;
        self.kind as u16 | key | u16::from(self.envelope) << 6 | u16::from(self.iv) << 7
    }

    /// Reads 16 bits; none for an unknown kind or a reserved bit.
    pub fn decode(bits: u16) -> Option<Self> {
        let kind = StepKind::from_code((bits & 0xf) as u8).filter(|_| bits >> 8 == 0)?;
        let key = (bits >> 4 & 3) as u8;
        Some(Self { kind, key, envelope: bits >> 6 & 1 != 0, iv: bits >> 7 & 1 != 0 })
    }

    /// Whether it takes its parameter block in any case.
    fn is_counter(self) -> bool {
        use StepKind::{CtrOpen, CtrSeal, GcmOpen, GcmSeal};
        matches!(self.kind, GcmOpen | GcmSeal | CtrOpen | CtrSeal)
    }

    fn is_cbc(self) -> bool {
        matches!(self.kind, StepKind::CbcOpen | StepKind::CbcSeal)
    }

    fn is_operate(self) -> bool {
        matches!(self.kind, StepKind::OperateEncrypt | StepKind::OperateDecrypt)
    }
}

/// Steps that a card accepts.
///
/// ```
/// use typex_abi::{Program, Step, StepKind::*};
/// let reencrypt = [Step::new(CbcOpen, 0).iv(), Step::new(GcmSeal, 1)];
/// assert!(Program::new(&reencrypt).is_ok());
/// assert!(Program::new(&[Step::new(CbcOpen, 0)]).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    steps: [Step; STEPS],
    param_blocks: u8,
}

/// Why steps are no program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// Too many steps.
    #[error("more than {STEPS} steps")]
    TooLong,
    /// An unknown kind, or a reserved bit.
    #[error("a step that is none")]
    BadStep,
    /// The order of the steps, `envelope` or `iv` where there is none.
    #[error("steps that do not follow one another")]
    BadOrder,
    /// A number of parameter blocks other than 2, or 0 where a step uses one.
    #[error("parameter blocks that do not fit the steps")]
    BadParameters,
}

impl Program {
    /// A program of these steps, without the end.
    ///
    /// # Errors
    /// [`ProgramError`]: the card would refuse it.
    pub fn new(steps: &[Step]) -> Result<Self, ProgramError> {
        let mut all = [Step::END; STEPS];
        all.get_mut(..steps.len()).ok_or(ProgramError::TooLong)?.copy_from_slice(steps);
        let program = Self { steps: all, param_blocks: 2 }.checked()?;
        let param_blocks = if program.uses_parameters() { 2 } else { 0 };
        Ok(Self { param_blocks, ..program })
    }

    /// Reads the steps of `program_load`; what stands behind the end is ignored.
    ///
    /// # Errors
    /// [`ProgramError`]: the card refuses it.
    pub fn decode(bytes: &[u8; BLOCK_BYTES], param_blocks: u8) -> Result<Self, ProgramError> {
        let mut steps = [Step::END; STEPS];
        for (step, pair) in steps.iter_mut().zip(bytes.chunks_exact(2)) {
            let bits = u16::from_le_bytes([pair[0], pair[1]]);
            if bits & 0xf == StepKind::End as u16 {
                break;
            }
            *step = Step::decode(bits).ok_or(ProgramError::BadStep)?;
        }
        Self { steps, param_blocks }.checked()
    }

    /// The inline bytes of `program_load`.
    pub fn encode(&self) -> [u8; BLOCK_BYTES] {
        let mut bytes = [0; BLOCK_BYTES];
        for (pair, step) in bytes.chunks_exact_mut(2).zip(self.steps) {
            pair.copy_from_slice(&step.encode().to_le_bytes());
        }
        bytes
    }

    /// The steps, without the end.
    pub fn steps(&self) -> &[Step] {
        let end = self.steps.iter().position(|step| *step == Step::END);
        &self.steps[..end.unwrap_or(STEPS)]
    }

    /// Parameter blocks in front of the input, 0 or 2.
    pub fn param_blocks(&self) -> u8 {
        self.param_blocks
    }

    /// The roles that each key needs; 0 for a key that no step uses.
    pub fn roles(&self) -> [u16; KEYS] {
        let mut roles = [0; KEYS];
        for step in self.steps() {
            roles[usize::from(step.key)] |= Header::role(step.kind);
        }
        roles
    }

    /// Whether a step of this kind is there.
    pub fn has(&self, kind: StepKind) -> bool {
        self.steps().iter().any(|step| step.kind == kind)
    }

    /// Whether a tag or MAC stands behind the data.
    pub fn has_tag(&self) -> bool {
        self.has(StepKind::MacCheck) || self.has(StepKind::GcmOpen)
    }

    /// Whether it takes whole blocks only.
    pub fn takes_whole_blocks(&self) -> bool {
        use StepKind::{CbcOpen, CbcSeal, EcbOpen};
        [CbcOpen, CbcSeal, EcbOpen].into_iter().any(|kind| self.has(kind))
    }

    /// Whether the data is an envelope.
    pub fn has_envelope(&self) -> bool {
        self.steps().iter().any(|step| step.envelope)
    }

    fn checked(self) -> Result<Self, ProgramError> {
        if !self.spells() || !self.flags_fit() {
            return Err(ProgramError::BadOrder);
        }
        let parameters =
            self.param_blocks == 2 || (self.param_blocks == 0 && !self.uses_parameters());
        if parameters { Ok(self) } else { Err(ProgramError::BadParameters) }
    }

    fn uses_parameters(&self) -> bool {
        self.steps().iter().any(|step| step.iv || step.is_counter())
    }

    /// mac_check? open operate? seal mac_seal? and then nothing but ends.
    fn spells(&self) -> bool {
        use StepKind::{CbcOpen, CbcSeal, CtrOpen, CtrSeal, EcbOpen, GcmOpen, GcmSeal};
        use StepKind::{MacCheck, MacSeal};
        let mut rest = &self.steps[..];
        let mut take = |wanted: &[StepKind]| {
            let found = rest.first().map(|step| step.kind).filter(|kind| wanted.contains(kind));
            rest = if found.is_some() { &rest[1..] } else { rest };
            found
        };
        let checks = take(&[MacCheck]).is_some();
        let open = take(&[CbcOpen, GcmOpen, CtrOpen, EcbOpen]);
        let operates = take(&[StepKind::OperateEncrypt, StepKind::OperateDecrypt]).is_some();
        let seal = take(&[CbcSeal, GcmSeal, CtrSeal]);
        let seals = take(&[MacSeal]).is_some();
        let ended = rest.iter().all(|step| *step == Step::END);
        open.is_some()
            && seal.is_some()
            && (!checks || open == Some(CbcOpen))
            && (!seals || seal == Some(CbcSeal))
            && (!operates || (open == Some(CbcOpen) && seal == Some(CbcSeal)))
            && ended
    }

    /// `envelope` on both CBC steps around an operate step and nowhere else; `iv` on CBC steps.
    fn flags_fit(&self) -> bool {
        let operates = self.steps.iter().any(|step| step.is_operate());
        self.steps
            .iter()
            .all(|step| step.envelope == (operates && step.is_cbc()) && (!step.iv || step.is_cbc()))
    }
}
