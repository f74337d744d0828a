//! What a descriptor asks for, as far as its own bytes say.

use super::lengths::Lengths;
use super::ring::RingConfig;
use crate::cluster::{Job, JobId, JobStep, KEYS, Kind, STEPS, steps_of};
use typex_abi::{
    Descriptor, DescriptorError, KeyRef, Opcode, Program, StepKind, descriptor_at, flag, limits,
    usage,
};

/// Where a checked descriptor goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Act {
    /// It completes with its status.
    #[default]
    Refuse,
    Job,
    KeyLoad,
    Zeroise,
    ProgramLoad,
}

impl Act {
    /// Nothing may follow until it was dispatched.
    pub(crate) fn is_alone(self) -> bool {
        matches!(self, Self::KeyLoad | Self::Zeroise | Self::ProgramLoad)
    }
}

/// What is known of a descriptor.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Request {
    pub(crate) act: Act,
    pub(crate) check_ok: bool,
    pub(crate) opcode_ok: bool,
    pub(crate) length_ok: bool,
    /// Input comes from the host.
    pub(crate) reads: bool,
    /// Output goes to the host.
    pub(crate) writes: bool,
    pub(crate) read_bytes: u16,
    pub(crate) input: u64,
    /// Single-step right that it needs.
    pub(crate) usage: u16,
    /// Key whose number an envelope must carry.
    pub(crate) open_key: usize,
    /// Keys, those that must be there, and roles that they need.
    pub(crate) keys: [KeyRef; KEYS],
    pub(crate) keys_checked: [bool; KEYS],
    pub(crate) roles: [u16; KEYS],
    /// Root of key_load.
    pub(crate) root: u8,
    /// Parameter blocks and number of program_load.
    pub(crate) program: (u8, u8),
    pub(crate) job: Job,
}

/// Programs on the card.
pub(crate) type Programs = [Option<Program>; limits::PROGRAMS_MAX];

impl Request {
    /// Reads 64 bytes; `phase` is what the descriptor must carry.
    pub(crate) fn read(
        bytes: &[u8; 64],
        ring: (u8, &RingConfig),
        phase: bool,
        start_cycle: u32,
        programs: &Programs,
        key_slots: u8,
    ) -> Self {
        let flags = bytes[descriptor_at::FLAGS];
        let job = Job {
            id: JobId { ring: ring.0, tag: Descriptor::tag_of(bytes) },
            interrupt: flags & flag::INTERRUPT != 0,
            start_cycle,
            ..Job::default()
        };
        let mut request = Self { job, ..Self::default() };
        match Descriptor::decode(bytes) {
            Ok(descriptor) => {
                request.check_ok = (flags & flag::PHASE != 0) == phase;
                request.fill(&descriptor, ring.1.wide, programs, key_slots);
            }
            Err(DescriptorError::BadOpcode(_)) => {
                request.check_ok = (flags & flag::PHASE != 0) == phase;
            }
            Err(DescriptorError::BadCheck) => request.act = alone(bytes[descriptor_at::OPCODE]),
        }
        request
    }

    fn fill(&mut self, descriptor: &Descriptor, wide: bool, programs: &Programs, key_slots: u8) {
        let is_program = descriptor.opcode == Opcode::Program;
        let program = programs
            .get(usize::from(descriptor.program_index()))
            .and_then(Option::as_ref)
            .filter(|_| is_program);
        let (kind, right) = single(descriptor);
        self.act = act(descriptor.opcode);
        self.opcode_ok =
            flags_ok(descriptor, wide, right != 0) && opcode_ok(descriptor, program.is_some());
        let lengths = Lengths::of(descriptor, program);
        self.length_ok = lengths.is_some();
        let lengths = lengths.unwrap_or_default();
        self.read_bytes = lengths.read_bytes;
        self.reads = !descriptor.has(flag::INLINE_INPUT) && lengths.read_bytes != 0;
        self.writes = !descriptor.has(flag::INLINE_OUTPUT) && lengths.output_bytes != 0;
        self.input = descriptor.input;
        self.usage = right;
        self.root = descriptor.root();
        self.program = (descriptor.param_blocks(), descriptor.program_index());
        self.fill_keys(descriptor, program, right != 0);
        self.fill_job(descriptor, &lengths, key_slots);
        self.job.steps = program.map_or_else(|| one_step(kind), steps_of);
    }

    fn fill_keys(&mut self, descriptor: &Descriptor, program: Option<&Program>, single: bool) {
        self.keys[0] = descriptor.key();
        self.keys[1..].copy_from_slice(&descriptor.program().keys);
        if let Some(program) = program {
            self.roles = program.roles();
            self.keys_checked = self.roles.map(|roles| roles != 0);
            self.job.keys_used = self.keys_checked;
            self.open_key = open_key(program);
        } else {
            let keyed = matches!(descriptor.opcode, Opcode::KeyLoad | Opcode::KeyZeroise);
            self.keys_checked[0] = single || keyed;
            self.job.keys_used[0] = single;
        }
    }

    fn fill_job(&mut self, descriptor: &Descriptor, lengths: &Lengths, key_slots: u8) {
        let load = descriptor.opcode == Opcode::KeyLoad;
        let fields = descriptor.program();
        let gcm = descriptor.opcode == Opcode::Gcm;
        let job = &mut self.job;
        job.program = descriptor.opcode == Opcode::Program;
        job.key_load = load;
        job.inline_output = descriptor.has(flag::INLINE_OUTPUT);
        job.generation = descriptor.generation;
        job.slots = self.keys.map(|key| key.slot as u8);
        job.target = job.slots[0];
        if load {
            job.slots[0] = key_slots.wrapping_add(descriptor.root() & 1);
        }
        job.data_bytes = if load { 32 } else { lengths.data_bytes };
        job.data_block = if load { 4 } else { lengths.data_block };
        job.aad_in_bytes = match descriptor.opcode {
            Opcode::KeyLoad => 64,
            _ if gcm => descriptor.aad_bytes(),
            _ => u16::from(fields.aad_in_bytes),
        };
        job.aad_in_block = lengths.aad_in_block;
        job.aad_out_bytes = u16::from(fields.aad_out_bytes);
        job.aad_out_block = lengths.aad_out_block;
        job.tag_block = lengths.tag_block;
        job.iv = descriptor.iv;
        job.expected = descriptor.inline;
        job.output = descriptor.output;
        job.output_bytes = lengths.output_bytes;
    }
}

/// Even a damaged descriptor holds back what follows, if it looks like one that must.
fn alone(opcode: u8) -> Act {
    Opcode::from_code(opcode).map(act).filter(|act| act.is_alone()).unwrap_or_default()
}

fn act(opcode: Opcode) -> Act {
    match opcode {
        Opcode::Nop => Act::Refuse,
        Opcode::KeyLoad => Act::KeyLoad,
        Opcode::KeyZeroise => Act::Zeroise,
        Opcode::ProgramLoad => Act::ProgramLoad,
        _ => Act::Job,
    }
}

/// The step of a single-step opcode, and the right it needs.
fn single(descriptor: &Descriptor) -> (Kind, u16) {
    match (descriptor.opcode, descriptor.decrypts()) {
        (Opcode::Ecb, false) => (Kind::EcbEncrypt, usage::ECB_ENCRYPT),
        (Opcode::Ecb, true) => (Kind::EcbOpen, usage::ECB_DECRYPT),
        (Opcode::Cbc, false) => (Kind::CbcSeal, usage::CBC_ENCRYPT),
        (Opcode::Cbc, true) => (Kind::CbcOpen, usage::CBC_DECRYPT),
        (Opcode::Gcm, false) => (Kind::GcmSeal, usage::GCM_ENCRYPT),
        (Opcode::Gcm, true) => (Kind::GcmOpen, usage::GCM_DECRYPT),
        (Opcode::Ctr, _) => (Kind::CtrSeal, usage::CTR),
        (Opcode::Cmac, _) => (Kind::Cmac, usage::CMAC),
        (Opcode::CbcMac, _) => (Kind::CbcMac, usage::CBC_MAC),
        (Opcode::KeyLoad, _) => (Kind::GcmOpen, 0),
        _ => (Kind::End, 0),
    }
}

fn one_step(kind: Kind) -> [JobStep; STEPS] {
    let mut steps = [JobStep::default(); STEPS];
    steps[0].kind = kind;
    steps
}

fn flags_ok(descriptor: &Descriptor, wide: bool, single: bool) -> bool {
    let opcode = descriptor.opcode;
    let gcm = opcode == Opcode::Gcm;
    let inverts = gcm || matches!(opcode, Opcode::Ecb | Opcode::Cbc);
    let results = single || opcode == Opcode::Program;
    descriptor.flags >> 5 == 0
        && (inverts || !descriptor.decrypts())
        && ((single && !gcm) || !descriptor.has(flag::INLINE_INPUT))
        && ((wide && results) || !descriptor.has(flag::INLINE_OUTPUT))
}

fn opcode_ok(descriptor: &Descriptor, known: bool) -> bool {
    match descriptor.opcode {
        Opcode::KeyLoad => descriptor.generation != 0 && descriptor.root() <= 1,
        Opcode::ProgramLoad => usize::from(descriptor.program_index()) < limits::PROGRAMS_MAX,
        Opcode::Program => known,
        _ => true,
    }
}

fn open_key(program: &Program) -> usize {
    use StepKind::{CbcOpen, CtrOpen, EcbOpen, GcmOpen};
    let opens = |kind| matches!(kind, CbcOpen | GcmOpen | CtrOpen | EcbOpen);
    program.steps().iter().find(|step| opens(step.kind)).map_or(0, |step| usize::from(step.key))
}
