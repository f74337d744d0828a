//! Message programs against software.

use typex_abi::{Descriptor, Header, Opcode, Program, ProgramFields, Status, Step, StepKind};
use typex_card::host::{self, Block, padded};

use crate::bench::Bench;
use crate::card;
use crate::jobs::{Job, Key, nonce};
use crate::random::Random;

const WORD: u32 = 0x0000_ee01;

/// The programs by their place on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Check the MAC, open the envelope, encrypt the data, seal, append a MAC.
    Process,
    /// The same with the inverse operation.
    ProcessInverse,
    CbcToGcm,
    GcmToGcm,
    GcmToCbc,
    CbcToCtr,
    GcmToCtr,
    CtrToCbc,
    CtrToGcm,
    CtrToCtr,
    EcbToCbc,
    EcbToGcm,
    EcbToCtr,
}

/// How one side of a reencryption is sealed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Cbc,
    Gcm,
    Ctr,
    Ecb,
}

impl Kind {
    pub(crate) const ALL: [Self; 13] = [
        Self::Process,
        Self::ProcessInverse,
        Self::CbcToGcm,
        Self::GcmToGcm,
        Self::GcmToCbc,
        Self::CbcToCtr,
        Self::GcmToCtr,
        Self::CtrToCbc,
        Self::CtrToGcm,
        Self::CtrToCtr,
        Self::EcbToCbc,
        Self::EcbToGcm,
        Self::EcbToCtr,
    ];

    /// How the message comes and how it goes; of ProcessData as if it were nothing else.
    fn modes(self) -> (Mode, Mode) {
        use Mode::{Cbc, Ctr, Ecb, Gcm};
        match self {
            Self::Process | Self::ProcessInverse => (Cbc, Cbc),
            Self::CbcToGcm => (Cbc, Gcm),
            Self::GcmToGcm => (Gcm, Gcm),
            Self::GcmToCbc => (Gcm, Cbc),
            Self::CbcToCtr => (Cbc, Ctr),
            Self::GcmToCtr => (Gcm, Ctr),
            Self::CtrToCbc => (Ctr, Cbc),
            Self::CtrToGcm => (Ctr, Gcm),
            Self::CtrToCtr => (Ctr, Ctr),
            Self::EcbToCbc => (Ecb, Cbc),
            Self::EcbToGcm => (Ecb, Gcm),
            Self::EcbToCtr => (Ecb, Ctr),
        }
    }

    fn program(self) -> Program {
        use StepKind::{CbcOpen, CbcSeal, MacCheck, MacSeal};
        let process = |operate| {
            vec![
                Step::new(MacCheck, 1),
                Step::new(CbcOpen, 0).envelope(),
                Step::new(operate, 2),
                Step::new(CbcSeal, 0).envelope(),
                Step::new(MacSeal, 1),
            ]
        };
        let steps = match self {
            Self::Process => process(StepKind::OperateEncrypt),
            Self::ProcessInverse => process(StepKind::OperateDecrypt),
            _ => vec![self.modes().0.open(), self.modes().1.seal()],
        };
        Program::new(&steps).expect("a program")
    }

    fn descriptor(self, keys: &[Key; 3]) -> Descriptor {
        let mut descriptor = Descriptor::new(Opcode::Program);
        (descriptor.slot, descriptor.generation) = (keys[0].slot.slot, keys[0].slot.generation);
        let third = if self.is_process() { keys[2].slot } else { Default::default() };
        let keys = [keys[1].slot, third, Default::default()];
        let fields = ProgramFields { program: self as u8, keys, ..Default::default() };
        descriptor.set_program(&fields);
        descriptor
    }

    fn is_process(self) -> bool {
        matches!(self, Self::Process | Self::ProcessInverse)
    }

    /// A job over `bytes` of random data, and every value that must stay on the card.
    pub(crate) fn job(
        self,
        random: &mut Random,
        keys: &[Key; 3],
        bytes: usize,
        aads: [usize; 2],
    ) -> (Job, Vec<Block>) {
        if self.is_process() {
            self.process(random, keys, bytes)
        } else {
            self.reencrypt(random, keys, bytes, aads)
        }
    }

    fn process(self, random: &mut Random, keys: &[Key; 3], bytes: usize) -> (Job, Vec<Block>) {
        let bytes = bytes.next_multiple_of(16).clamp(16, 1008);
        let (data, nonce) = (random.bytes(bytes), random.bytes(8));
        let ciphers = keys.each_ref().map(|key| &key.cipher);
        let envelope = |mark: u8, nonce: &[u8], data: &[u8]| {
            [&[mark][..], &WORD.to_be_bytes(), nonce, data, &[3; 3]].concat()
        };
        let seal = |clear: &[u8]| {
            let sealed = ciphers[0].cbc_encrypt([0; 16], clear);
            let mac = ciphers[1].cbc_mac(&sealed);
            [&sealed[..], &mac].concat()
        };
        let asked = envelope(0x1f, &nonce, &data);
        let result = ciphers[2].ecb(&data, self == Self::ProcessInverse);
        let next: Vec<_> = nonce.iter().map(|byte| byte.wrapping_add(1)).collect();
        let answered = envelope(0xf1, &next, &result);
        let mut job = Job::new(self.descriptor(keys), seal(&asked), 0);
        job.expected = (Status::Ok, seal(&answered));
        job.output_bytes = job.expected.1.len();
        let inner = [&asked[..], &answered, &data, &result].into_iter();
        (job, inner.flat_map(blocks).collect())
    }

    fn reencrypt(
        self,
        random: &mut Random,
        keys: &[Key; 3],
        bytes: usize,
        aads: [usize; 2],
    ) -> (Job, Vec<Block>) {
        let message = Message::random(random, self.clear_bytes(bytes), aads);
        let [from, to] = [&keys[0].cipher, &keys[1].cipher];
        let output = self.outgoing(to, &message);
        let mut job = Job::new(self.descriptor(keys), self.incoming(from, &message), output.len());
        job.descriptor.set_program(&self.fields(keys, &message));
        if self.modes().0 == Mode::Gcm {
            let padding = message.clear.len().next_multiple_of(16) - message.clear.len();
            job.input_bytes -= padding as u16;
        }
        let inner = message.inner(&output);
        job.expected = (Status::Ok, output);
        (job, inner)
    }

    /// Bytes of clear text that a reencryption takes, nearest to those asked for.
    fn clear_bytes(self, bytes: usize) -> usize {
        let (from, to) = self.modes();
        let whole = [from, to].iter().any(|mode| matches!(mode, Mode::Cbc | Mode::Ecb));
        let bytes = if whole { bytes.next_multiple_of(16).max(16) } else { bytes };
        bytes.min(4096)
    }

    fn fields(self, keys: &[Key; 3], message: &Message) -> ProgramFields {
        let mut fields = self.descriptor(keys).program();
        if self.modes().0 == Mode::Gcm {
            fields.aad_in_bytes = message.aad_in.len() as u8;
        }
        if self.modes().1 == Mode::Gcm {
            fields.aad_out_bytes = message.aad_out.len() as u8;
        }
        fields
    }

    /// The IVs, the associated data, and the message as its sender sealed it.
    fn incoming(self, key: &host::Key, message: &Message) -> Vec<u8> {
        let Message { clear, iv_in, iv_out, aad_in, aad_out } = message;
        let mut input = [*iv_in, *iv_out].concat();
        let (from, to) = self.modes();
        for (mode, aad) in [(from, aad_in), (to, aad_out)] {
            input.extend(if mode == Mode::Gcm { padded(aad) } else { Vec::new() });
        }
        input.extend(from.sealed(key, iv_in, aad_in, clear));
        input
    }

    /// The message as its receiver must get it.
    fn outgoing(self, key: &host::Key, message: &Message) -> Vec<u8> {
        let Message { clear, iv_out, aad_out, .. } = message;
        self.modes().1.sealed(key, iv_out, aad_out, clear)
    }
}

impl Mode {
    fn open(self) -> Step {
        match self {
            Self::Cbc => Step::new(StepKind::CbcOpen, 0).iv(),
            Self::Gcm => Step::new(StepKind::GcmOpen, 0),
            Self::Ctr => Step::new(StepKind::CtrOpen, 0),
            Self::Ecb => Step::new(StepKind::EcbOpen, 0),
        }
    }

    fn seal(self) -> Step {
        match self {
            Self::Cbc => Step::new(StepKind::CbcSeal, 1).iv(),
            Self::Gcm => Step::new(StepKind::GcmSeal, 1),
            _ => Step::new(StepKind::CtrSeal, 1),
        }
    }

    /// Ciphertext; in GCM, the tag at the next block.
    fn sealed(self, key: &host::Key, iv: &Block, aad: &[u8], clear: &[u8]) -> Vec<u8> {
        match self {
            Self::Cbc => key.cbc_encrypt(*iv, clear),
            Self::Gcm => key.gcm_output(nonce(iv), aad, clear),
            Self::Ctr => key.ctr(*iv, clear),
            Self::Ecb => key.ecb(clear, false),
        }
    }
}

/// What a reencryption carries from one key to another.
struct Message {
    clear: Vec<u8>,
    iv_in: Block,
    iv_out: Block,
    aad_in: Vec<u8>,
    aad_out: Vec<u8>,
}

impl Message {
    fn random(random: &mut Random, bytes: usize, aads: [usize; 2]) -> Self {
        let clear = random.bytes(bytes);
        let (iv_in, iv_out) = (random.block(), random.block());
        let [aad_in, aad_out] = aads.map(|bytes| random.bytes(bytes));
        Self { clear, iv_in, iv_out, aad_in, aad_out }
    }

    /// The clear text, and the counter masks, which tell as much.
    fn inner(&self, output: &[u8]) -> Vec<Block> {
        let clear = blocks(&self.clear);
        let add = |(a, b): (&Block, Block)| std::array::from_fn(|at| a[at] ^ b[at]);
        let masks: Vec<_> = clear.iter().zip(blocks(output)).map(add).collect();
        clear.into_iter().chain(masks).collect()
    }
}

fn blocks(data: &[u8]) -> Vec<Block> {
    padded(data).as_chunks().0.to_vec()
}

/// Three keys that may stand beside each other.
pub(crate) fn keys(random: &mut Random, first: u16, lengths: [usize; 3]) -> [Key; 3] {
    let id = |at: u16| 0x1000 + u64::from(first + at);
    [0, 1, 2].map(|at| {
        let others = [id((at + 1) % 3), id((at + 2) % 3), 0];
        Key::random(random, first + at, lengths[usize::from(at)]).for_programs(id(at), others, WORD)
    })
}

/// The job that loads the program.
pub(crate) fn load_job(kind: Kind) -> Job {
    Job::new(Descriptor::program_load(kind as u8, &kind.program()), Vec::new(), 0)
}

/// A card with every program and three sets of keys.
pub(crate) fn bench(random: &mut Random) -> (Bench, Vec<[Key; 3]>) {
    let mut bench = Bench::new(card(), 1);
    let loads = Kind::ALL.map(load_job);
    assert!(bench.run(&loads).iter().all(|outcome| outcome.status == Status::Ok));
    let sets = [(0, [16; 3]), (3, [32; 3]), (6, [32, 16, 24])];
    let sets = sets.map(|(first, lengths)| keys(random, first, lengths));
    sets.iter().flatten().for_each(|key| bench.load(key));
    (bench, sets.into())
}

#[test]
fn programs_do_what_software_does() {
    let mut random = Random::new(11);
    let (mut bench, sets) = bench(&mut random);
    let mut jobs = Vec::new();
    for kind in Kind::ALL {
        for bytes in [0, 1, 15, 16, 17, 48, 64, 100, 500, 1008, 4000] {
            let aads = [random.below(65), random.below(65)];
            let set = &sets[random.below(3)];
            jobs.push(kind.job(&mut random, set, bytes, aads).0);
        }
    }
    for (at, (job, outcome)) in jobs.iter().zip(bench.run(&jobs)).enumerate() {
        assert_eq!((outcome.status, &outcome.output), (job.expected.0, &job.expected.1), "{at}");
    }
}

#[test]
fn any_damage_gives_zeros() {
    let mut random = Random::new(12);
    let (mut bench, sets) = bench(&mut random);
    let checked = |kind: &Kind| kind.is_process() || kind.modes().0 == Mode::Gcm;
    for kind in Kind::ALL.into_iter().filter(checked) {
        let (good, _) = kind.job(&mut random, &sets[2], 48, [16, 16]);
        // The first IV and what follows the second; the second IV is not checked.
        let checked = (0..good.input.len()).filter(|at| kind.is_process() || *at < 12 || *at > 31);
        let out_aad = |at: &usize| kind == Kind::GcmToGcm && (48..64).contains(at);
        let jobs: Vec<_> = checked
            .filter(|at| !out_aad(at))
            .map(|at| {
                let mut job = good.clone();
                job.input[at] ^= 1 << random.below(8);
                job
            })
            .collect();
        for (at, outcome) in bench.run(&jobs).iter().enumerate() {
            assert_eq!(outcome.status, Status::TagMismatch, "{kind:?} {at}");
            assert!(outcome.output.iter().all(|byte| *byte == 0), "{kind:?} {at}");
        }
        assert_eq!(bench.run(std::slice::from_ref(&good))[0].output, good.expected.1);
    }
}

#[test]
fn a_program_with_any_other_key_is_refused() {
    let mut random = Random::new(13);
    let (mut bench, sets) = bench(&mut random);
    for kind in Kind::ALL {
        let places = if kind.is_process() { 3 } else { 2 };
        for place in 0..places {
            for other in sets[0].iter().chain(&sets[2]) {
                let mut keys = sets[1].clone();
                keys[place] = other.clone();
                let (job, _) = kind.job(&mut random, &keys, 32, [0, 0]);
                let outcome = bench.run(&[job]).remove(0);
                assert_eq!(outcome.status, Status::Policy, "{kind:?} key {place}");
                assert!(outcome.output.is_empty() || outcome.output.iter().all(|b| *b == 0));
            }
        }
    }
}

/// Every role but the one of its step is not enough.
#[test]
fn a_key_needs_the_role_of_its_step() {
    let mut random = Random::new(14);
    let (mut bench, _) = bench(&mut random);
    for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_process()) {
        let steps = [kind.modes().0.open(), kind.modes().1.seal()];
        for (place, step) in steps.into_iter().enumerate() {
            let mut keys = keys(&mut random, 12, [16; 3]);
            keys[place].header.roles &= !Header::role(step.kind);
            keys.iter().for_each(|key| bench.load(key));
            let (job, _) = kind.job(&mut random, &keys, 32, [0, 0]);
            let outcome = bench.run(&[job]).remove(0);
            assert_eq!(outcome.status, Status::Policy, "{kind:?} key {place}");
            assert!(outcome.output.iter().all(|byte| *byte == 0), "{kind:?} key {place}");
        }
    }
}
