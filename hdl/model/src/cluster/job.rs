//! A job, as the front hands it to a cluster and gets it back.

use crate::aes::Block;
use typex_abi::{Program, Status, StepKind, limits};

/// Keys of a job.
pub(crate) const KEYS: usize = limits::PROGRAM_KEYS_MAX;
/// Steps of a job.
pub(crate) const STEPS: usize = limits::PROGRAM_STEPS_MAX;

/// What a step does: a step of a program, or a single-step opcode. As opcodes, GCM, CBC and CTR are
/// their steps of programs that seal and open, and the inverse of ECB is the step that opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    End,
    MacCheck,
    CbcOpen,
    GcmOpen,
    OperateEncrypt,
    OperateDecrypt,
    CbcSeal,
    GcmSeal,
    MacSeal,
    CtrOpen,
    CtrSeal,
    EcbOpen,
    EcbEncrypt,
    Cmac,
    CbcMac,
}

/// A step of a job.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JobStep {
    pub(crate) kind: Kind,
    pub(crate) key: u8,
    pub(crate) envelope: bool,
    pub(crate) iv: bool,
}

impl From<typex_abi::Step> for JobStep {
    fn from(step: typex_abi::Step) -> Self {
        let kind = match step.kind {
            StepKind::End => Kind::End,
            StepKind::MacCheck => Kind::MacCheck,
            StepKind::CbcOpen => Kind::CbcOpen,
            StepKind::GcmOpen => Kind::GcmOpen,
            StepKind::OperateEncrypt => Kind::OperateEncrypt,
            StepKind::OperateDecrypt => Kind::OperateDecrypt,
            StepKind::CbcSeal => Kind::CbcSeal,
            StepKind::GcmSeal => Kind::GcmSeal,
            StepKind::MacSeal => Kind::MacSeal,
            StepKind::CtrOpen => Kind::CtrOpen,
            StepKind::CtrSeal => Kind::CtrSeal,
            StepKind::EcbOpen => Kind::EcbOpen,
        };
        Self { kind, key: step.key, envelope: step.envelope, iv: step.iv }
    }
}

/// The steps of a program, as a job has them.
pub(crate) fn steps_of(program: &Program) -> [JobStep; STEPS] {
    let mut steps = [JobStep::default(); STEPS];
    for (step, from) in steps.iter_mut().zip(program.steps()) {
        *step = (*from).into();
    }
    steps
}

/// What the front keeps in mind of a job while it is in a cluster.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JobId {
    pub(crate) ring: u8,
    pub(crate) tag: u16,
}

/// A job, decoded. Blocks are counted in the input.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Job {
    pub(crate) id: JobId,
    /// IVs, tag and MAC come from the input.
    pub(crate) program: bool,
    pub(crate) key_load: bool,
    pub(crate) inline_output: bool,
    pub(crate) interrupt: bool,
    /// Cycle in which the descriptor arrived.
    pub(crate) start_cycle: u32,
    /// Of key_load.
    pub(crate) generation: u32,
    /// Of key_load and key_zeroise.
    pub(crate) target: u8,
    pub(crate) steps: [JobStep; STEPS],
    /// Physical slots; `keys_used` says which count.
    pub(crate) slots: [u8; KEYS],
    pub(crate) keys_used: [bool; KEYS],
    /// Number that an envelope must carry.
    pub(crate) word: u32,
    pub(crate) data_bytes: u16,
    pub(crate) data_block: u16,
    pub(crate) aad_in_bytes: u16,
    pub(crate) aad_in_block: u16,
    pub(crate) aad_out_bytes: u16,
    pub(crate) aad_out_block: u16,
    pub(crate) tag_block: u16,
    pub(crate) iv: Block,
    pub(crate) expected: Block,
    pub(crate) output: u64,
    pub(crate) output_bytes: u16,
}

/// The end of a job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) id: JobId,
    pub(crate) status: Status,
    pub(crate) output_bytes: u16,
    pub(crate) cycles: u32,
    pub(crate) inline: Block,
    pub(crate) interrupt: bool,
    pub(crate) slots: [u8; KEYS],
    pub(crate) keys_used: [bool; KEYS],
}

/// The end of a key_load job, beside its header and key.
#[derive(Clone, Copy)]
pub(crate) struct LoadedKey {
    pub(crate) job: Job,
    pub(crate) status: Status,
    pub(crate) header: [u8; 64],
    pub(crate) key: [u8; 32],
}
