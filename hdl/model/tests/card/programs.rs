//! Programs: what they do, what they need, and what they do not let out.

use crate::driver::{Driver, free_key};
use proptest::prelude::*;
use typex_abi::{
    Algorithm, Descriptor, Header, KeyRef, Opcode, Program, ProgramFields, Status, Step, StepKind,
    StepKind::{
        CbcOpen, CbcSeal, CtrOpen, CtrSeal, EcbOpen, GcmOpen, GcmSeal, MacCheck, MacSeal,
        OperateDecrypt, OperateEncrypt,
    },
    flag,
};

const PARTITION: u32 = 7;
const WORD: u32 = 0x0000_1234;
const NUMBER: u8 = 4;
/// The slots of the programs' keys: transport (open, seal), MAC, working key.
const CHANNEL: KeyRef = KeyRef { slot: 10, generation: 1 };
const MAC: KeyRef = KeyRef { slot: 11, generation: 2 };
const WORKING: KeyRef = KeyRef { slot: 12, generation: 3 };

fn header(id: u64, roles: &[StepKind]) -> Header {
    Header {
        algorithm: Algorithm::Aes256,
        usage: 0,
        roles: roles.iter().fold(0, |roles, kind| roles | Header::role(*kind)),
        partition: PARTITION,
        word: WORD,
        key_id: id,
        partners: [1, 2, 3],
    }
}

/// The card's answer to ProcessData: check, open, operate, seal, MAC.
fn process(operate: StepKind) -> Program {
    Program::new(&[
        Step::new(MacCheck, 1),
        Step::new(CbcOpen, 0).envelope(),
        Step::new(operate, 2),
        Step::new(CbcSeal, 0).envelope(),
        Step::new(MacSeal, 1),
    ])
    .unwrap()
}

/// A card with the three keys of a channel.
fn channel() -> Driver {
    let mut driver = Driver::new();
    for (key, header, bytes) in [
        (CHANNEL, header(1, &[CbcOpen, CbcSeal, GcmOpen, GcmSeal]), [0x11; 32]),
        (MAC, header(2, &[MacCheck, MacSeal, GcmOpen, GcmSeal]), [0x22; 32]),
        (WORKING, header(3, &[OperateEncrypt, OperateDecrypt, CbcSeal, GcmSeal]), [0x33; 32]),
    ] {
        assert_eq!(driver.load(key, &header, &bytes), Status::Ok);
    }
    driver
}

fn run(keys: [KeyRef; 4], aad: (u8, u8)) -> Descriptor {
    let mut descriptor = Descriptor::new(Opcode::Program);
    (descriptor.slot, descriptor.generation) = (keys[0].slot, keys[0].generation);
    let (aad_in_bytes, aad_out_bytes) = aad;
    let keys = [keys[1], keys[2], keys[3]];
    descriptor.set_program(&ProgramFields { program: NUMBER, aad_in_bytes, aad_out_bytes, keys });
    descriptor
}

/// A software card of the tests: the same key under a free slot does single steps.
struct Oracle(Driver);

impl Oracle {
    fn new() -> Self {
        let mut driver = Driver::new();
        for (slot, byte) in [(0, 0x11), (1, 0x22), (2, 0x33)] {
            let key = KeyRef { slot, generation: 1 };
            assert_eq!(driver.load(key, &free_key(32), &[byte; 32]), Status::Ok);
        }
        Self(driver)
    }

    fn step(&mut self, opcode: Opcode, flags: u8, slot: u16, data: &[u8], room: usize) -> Vec<u8> {
        let mut descriptor = Descriptor::new(opcode);
        (descriptor.slot, descriptor.generation, descriptor.flags) = (slot, 1, flags);
        let (status, output) = self.0.job(descriptor, data, room);
        assert_eq!(status, Status::Ok);
        output
    }

    fn cbc(&mut self, data: &[u8]) -> Vec<u8> {
        self.step(Opcode::Cbc, 0, 0, data, data.len())
    }

    fn mac(&mut self, data: &[u8]) -> Vec<u8> {
        self.step(Opcode::CbcMac, 0, 1, data, 16)
    }
}

fn envelope(mark: u8, word: u32, nonce: [u8; 8], data: &[u8], padding: &[u8]) -> Vec<u8> {
    [&[mark][..], &word.to_be_bytes(), &nonce, data, padding].concat()
}

/// A request under the channel's keys, with its MAC.
fn sealed(oracle: &mut Oracle, clear: &[u8]) -> Vec<u8> {
    let mut body = oracle.cbc(clear);
    let mac = oracle.mac(&body);
    body.extend(mac);
    body
}

#[test]
fn process_data_in_one_job() {
    let (mut driver, mut oracle) = (channel(), Oracle::new());
    for (operate, flags) in [(OperateEncrypt, 0), (OperateDecrypt, flag::DECRYPT)] {
        assert_eq!(driver.load_program(NUMBER, &process(operate)), Status::Ok);
        for blocks in [1, 2, 3, 4, 5, 63] {
            let data: Vec<u8> = (0..16 * blocks).map(|byte| byte as u8).collect();
            let nonce = [0xff, 1, 2, 3, 4, 5, 6, 0xfe];
            let request = sealed(&mut oracle, &envelope(0x1f, WORD, nonce, &data, &[3; 3]));
            let result = oracle.step(Opcode::Ecb, flags, 2, &data, data.len());
            let answered = nonce.map(|byte: u8| byte.wrapping_add(1));
            let reply = sealed(&mut oracle, &envelope(0xf1, WORD, answered, &result, &[3; 3]));
            let asked = run([CHANNEL, MAC, WORKING, KeyRef::default()], (0, 0));
            let (status, output) = driver.job(asked, &request, reply.len());
            assert_eq!((status, output), (Status::Ok, reply), "{blocks} blocks");
        }
    }
}

/// Whatever is wrong inside, the status is one and the output is zeros; a wrong length alone is
/// told apart, as it can only come from the sender.
#[test]
fn a_bad_envelope_lets_nothing_out() {
    let (mut driver, mut oracle) = (channel(), Oracle::new());
    driver.load_program(NUMBER, &process(OperateEncrypt));
    let nonce = [1; 8];
    let good = envelope(0x1f, WORD, nonce, &[9; 16], &[3; 3]);
    let cases = [
        (envelope(0x1e, WORD, nonce, &[9; 16], &[3; 3]), Status::TagMismatch),
        (envelope(0x1f, WORD + 1, nonce, &[9; 16], &[3; 3]), Status::TagMismatch),
        (envelope(0x1f, WORD, nonce, &[9; 16], &[3, 3, 0]), Status::TagMismatch),
        (envelope(0x1f, WORD, nonce, &[9; 16], &[3, 2, 3]), Status::TagMismatch),
        (envelope(0x1f, WORD, nonce, &[9; 16], &[9, 9, 17]), Status::TagMismatch),
        (envelope(0x1f, WORD, nonce, &[9; 16], &[9, 2, 2]), Status::BadData),
        (envelope(0x1f, WORD, nonce, &[9; 16], &[9, 9, 1]), Status::BadData),
        (envelope(0x1f, WORD, nonce, &[19; 3], &[16; 16]), Status::BadData),
    ];
    let asked = run([CHANNEL, MAC, WORKING, KeyRef::default()], (0, 0));
    for (clear, expected) in cases {
        let request = sealed(&mut oracle, &clear);
        let found = driver.job(asked, &request, 48);
        assert_eq!(found, (expected, vec![0; 48]), "{clear:02x?}");
    }
    let request = sealed(&mut oracle, &good);
    for bit in (0..8 * request.len()).step_by(37) {
        let mut changed = request.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let found = driver.job(asked, &changed, 48);
        assert_eq!(found, (Status::TagMismatch, vec![0; 48]), "bit {bit}");
    }
    assert_eq!(driver.job(asked, &request, 48).0, Status::Ok);
}

/// CBC to GCM and back, GCM to GCM with both associated data, of any length.
#[test]
fn reencryption() {
    let mut driver = channel();
    let mut oracle = Oracle::new();
    let (iv_in, iv_out) = ([0xaa; 16], [0xbb; 16]);
    for bytes in [0, 1, 15, 16, 17, 64, 100, 4096] {
        let data: Vec<u8> = (0..bytes).map(|byte| (byte * 7) as u8).collect();
        let (aad_in, aad_out) = ([5; 20], [6; 33]);
        let incoming = gcm(&mut oracle, 0, &iv_in, &aad_in, &data);
        let outgoing = gcm(&mut oracle, 1, &iv_out, &aad_out, &data);
        let program = Program::new(&[Step::new(GcmOpen, 0), Step::new(GcmSeal, 1)]).unwrap();
        assert_eq!(driver.load_program(NUMBER, &program), Status::Ok);
        let mut input = [iv_in, iv_out].concat();
        for aad in [&aad_in[..], &aad_out] {
            input.extend(aad);
            input.resize(input.len().next_multiple_of(16), 0);
        }
        let offset = input.len();
        input.extend(&incoming);
        let mut asked = run([CHANNEL, MAC, KeyRef::default(), KeyRef::default()], (20, 33));
        asked.input_bytes = (offset + bytes + 16) as u16;
        asked.input = driver.input(&input);
        asked.output = driver.output(outgoing.len());
        let done = driver.run(asked);
        assert_eq!((done.status, usize::from(done.output_bytes)), (Status::Ok, outgoing.len()));
        assert_eq!(driver.fetch(asked.output, outgoing.len()), outgoing, "{bytes} bytes");
        let forged = *input.last().unwrap() ^ 1;
        *input.last_mut().unwrap() = forged;
        asked.input = driver.input(&input);
        asked.output = driver.output(outgoing.len());
        assert_eq!(driver.run(asked).status, Status::TagMismatch);
        assert_eq!(driver.fetch(asked.output, outgoing.len()), vec![0; outgoing.len()]);
    }
}

/// Ciphertext, padded, with its tag.
fn gcm(oracle: &mut Oracle, slot: u16, iv: &[u8; 16], aad: &[u8], data: &[u8]) -> Vec<u8> {
    let mut descriptor = Descriptor::new(Opcode::Gcm);
    (descriptor.slot, descriptor.generation) = (slot, 1);
    descriptor.iv[..12].copy_from_slice(&iv[..12]);
    descriptor.set_aad_bytes(aad.len() as u16);
    let mut input = aad.to_vec();
    input.resize(aad.len().next_multiple_of(16), 0);
    input.extend(data);
    let room = data.len().next_multiple_of(16) + 16;
    let (status, output) = oracle.0.job(descriptor, &input, room);
    assert_eq!(status, Status::Ok);
    output
}

#[test]
fn cbc_to_cbc_takes_its_ivs_from_the_parameters() {
    let (mut driver, mut oracle) = (channel(), Oracle::new());
    let steps = [Step::new(CbcOpen, 0).iv(), Step::new(CbcSeal, 0)];
    assert_eq!(driver.load_program(NUMBER, &Program::new(&steps).unwrap()), Status::Ok);
    let data = [0x5a; 48];
    let mut with_iv = data;
    with_iv[..16].iter_mut().for_each(|byte| *byte ^= 0x77);
    let secret = oracle.cbc(&with_iv);
    let input = [&[0x77; 16][..], &[0; 16], &secret].concat();
    let asked = run([CHANNEL; 4], (0, 0));
    assert_eq!(driver.job(asked, &input, 48), (Status::Ok, oracle.cbc(&data)));
}

/// CTR from its parameter block on both sides, of any length; ECB on the side that comes.
#[test]
fn counter_mode_on_either_side() {
    let (mut driver, mut oracle) = (counters(), Oracle::new());
    let (iv_in, iv_out) = ([0xaa; 16], [&[0xbb; 12][..], &[0xff, 0xff, 0xff, 0xfe]].concat());
    let mut ctr = |slot, iv: &[u8], data: &[u8]| {
        let mut descriptor = Descriptor::new(Opcode::Ctr);
        (descriptor.slot, descriptor.generation) = (slot, 1);
        descriptor.iv.copy_from_slice(iv);
        oracle.0.job(descriptor, data, data.len()).1
    };
    let steps = [Step::new(CtrOpen, 0), Step::new(CtrSeal, 1)];
    assert_eq!(driver.load_program(NUMBER, &Program::new(&steps).unwrap()), Status::Ok);
    for bytes in [1, 15, 16, 17, 64, 100, 4096] {
        let data: Vec<u8> = (0..bytes).map(|byte| (byte * 7) as u8).collect();
        let (incoming, outgoing) = (ctr(0, &iv_in, &data), ctr(1, &iv_out, &data));
        let input = [&iv_in[..], &iv_out, &incoming].concat();
        let asked = run([CHANNEL, MAC, KeyRef::default(), KeyRef::default()], (0, 0));
        assert_eq!(driver.job(asked, &input, bytes), (Status::Ok, outgoing), "{bytes} bytes");
    }
    let data = [0x5a; 48];
    let outgoing = ctr(1, &iv_out, &data);
    let sealed = oracle.step(Opcode::Ecb, 0, 0, &data, 48);
    let steps = [Step::new(EcbOpen, 0), Step::new(CtrSeal, 1)];
    assert_eq!(driver.load_program(NUMBER, &Program::new(&steps).unwrap()), Status::Ok);
    let asked = run([CHANNEL, MAC, KeyRef::default(), KeyRef::default()], (0, 0));
    let input = [&iv_in[..], &iv_out, &sealed].concat();
    assert_eq!(driver.job(asked, &input, 48), (Status::Ok, outgoing));
    assert_eq!(driver.job(asked, &input[..79], 47).0, Status::BadLength);
}

/// A card whose first key opens and whose second seals, in CTR and ECB.
fn counters() -> Driver {
    let mut driver = Driver::new();
    for (key, header, bytes) in [
        (CHANNEL, header(1, &[CtrOpen, EcbOpen]), [0x11; 32]),
        (MAC, header(2, &[CtrSeal]), [0x22; 32]),
    ] {
        assert_eq!(driver.load(key, &header, &bytes), Status::Ok);
    }
    driver
}

/// CTR enciphers and deciphers alike; a key that seals in another mode does neither, nor does one
/// that seals in CTR open.
#[test]
fn counter_mode_needs_roles_of_its_own() {
    let mut driver = Driver::new();
    let all = [CbcOpen, GcmOpen, CtrOpen, EcbOpen, CbcSeal, GcmSeal, CtrSeal];
    for (open, seal) in [(CbcOpen, CtrSeal), (CtrOpen, GcmSeal), (EcbOpen, CtrSeal)] {
        let program = Program::new(&[Step::new(open, 0), Step::new(seal, 1)]).unwrap();
        assert_eq!(driver.load_program(NUMBER, &program), Status::Ok);
        for (lacks, expected) in [(None, Status::Ok), (Some(open), Status::Policy)]
            .into_iter()
            .chain([(Some(seal), Status::Policy)])
        {
            let roles: Vec<_> = all.into_iter().filter(|kind| Some(*kind) != lacks).collect();
            for (key, id) in [(CHANNEL, 1), (MAC, 2)] {
                assert_eq!(driver.load(key, &header(id, &roles), &[7; 32]), Status::Ok);
            }
            let asked = run([CHANNEL, MAC, KeyRef::default(), KeyRef::default()], (0, 0));
            let (status, _) = driver.job(asked, &[3; 64], 48);
            assert_eq!(status, expected, "{open:?} {seal:?} without {lacks:?}");
        }
    }
}

/// Every program over every choice of keys of which one lacks a role, a partner or the partition.
#[test]
fn wrong_slots_give_policy() {
    let mut driver = channel();
    let programs = every_program();
    assert!(programs.len() > 36, "{} programs", programs.len());
    let strangers = strangers(&mut driver);
    for program in &programs {
        assert_eq!(driver.load_program(NUMBER, program), Status::Ok);
        let good = everyone(&mut driver);
        let input = vec![0; 32 + 32 + 32 + 16];
        let (status, _) = driver.job(run(good, (0, 0)), &input, 256);
        assert_ne!(status, Status::Policy, "{:?}", program.steps());
        for (name, stranger) in &strangers {
            for key in (0..4).filter(|key| program.roles()[*key] != 0) {
                let mut keys = good;
                keys[key] = *stranger;
                let (status, output) = driver.job(run(keys, (0, 0)), &input, 256);
                let alone = program.roles().iter().filter(|roles| **roles != 0).count() == 1;
                if alone && *name != "roles" {
                    continue;
                }
                assert_eq!(status, Status::Policy, "{name} as key {key}: {:?}", program.steps());
                assert!(output.iter().all(|byte| *byte == 0xa5), "something was written");
            }
        }
    }
}

/// Programs of every shape, each step under another key as far as there are keys.
fn every_program() -> Vec<Program> {
    let mut found = Vec::new();
    for checks in [None, Some(MacCheck)] {
        for open in [CbcOpen, GcmOpen, CtrOpen, EcbOpen] {
            for operate in [None, Some(OperateEncrypt), Some(OperateDecrypt)] {
                for seal in [CbcSeal, GcmSeal, CtrSeal] {
                    for seals in [None, Some(MacSeal)] {
                        for keys in [[0, 1, 2, 3, 0], [0, 0, 1, 1, 1]] {
                            let kinds = [checks, Some(open), operate, Some(seal), seals];
                            found.extend(program(kinds, keys, operate.is_some()));
                        }
                    }
                }
            }
        }
    }
    found
}

fn program(kinds: [Option<StepKind>; 5], keys: [u8; 5], envelope: bool) -> Option<Program> {
    let steps = kinds.into_iter().zip(keys).filter_map(|(kind, key)| {
        let step = Step::new(kind?, key);
        let cbc = matches!(step.kind, CbcOpen | CbcSeal);
        Some(if envelope && cbc { step.envelope() } else { step })
    });
    Program::new(&steps.collect::<Vec<_>>()).ok()
}

/// Four keys that may do everything with one another.
fn everyone(driver: &mut Driver) -> [KeyRef; 4] {
    [0, 1, 2, 3].map(|at| {
        let key = KeyRef { slot: 20 + at, generation: 1 };
        let mut header = free_key(16);
        header.key_id = 50 + u64::from(at);
        let others = (50..54).filter(|id| *id != header.key_id).collect::<Vec<_>>();
        header.partners.copy_from_slice(&others);
        let _ = driver.load(key, &header, &[at as u8; 16]);
        key
    })
}

fn strangers(driver: &mut Driver) -> Vec<(&'static str, KeyRef)> {
    let good = Header { key_id: 50, partners: [51, 52, 53], ..free_key(16) };
    let cases = [
        ("roles", Header { roles: 0, ..good }),
        ("partition", Header { partition: 8, ..good }),
        ("partners", Header { partners: [0; 3], ..good }),
        ("another id", Header { key_id: 99, ..good }),
        ("no id", Header { key_id: 0, ..good }),
    ];
    let load = |(at, (name, header)): (u16, (&'static str, Header))| {
        let key = KeyRef { slot: 40 + at, generation: 1 };
        assert_eq!(driver.load(key, &header, &[1; 16]), Status::Ok);
        (name, key)
    };
    (0..).zip(cases).map(load).collect()
}

/// A slot without usage serves programs only.
#[test]
fn a_key_of_programs_does_no_single_step() {
    let mut driver = channel();
    for opcode in [Opcode::Ecb, Opcode::Cbc, Opcode::Ctr, Opcode::Gcm, Opcode::Cmac] {
        let mut descriptor = Descriptor::new(opcode);
        (descriptor.slot, descriptor.generation) = (CHANNEL.slot, CHANNEL.generation);
        assert_eq!(driver.job(descriptor, &[0; 16], 32).0, Status::Policy);
    }
}

#[test]
fn a_program_that_is_none_is_not_stored() {
    let mut driver = channel();
    let asked = run([CHANNEL; 4], (0, 0));
    assert_eq!(driver.job(asked, &[0; 48], 48).0, Status::BadOpcode);
    for bytes in [[0u8; 16], [2; 16], [0x11; 16]] {
        let mut descriptor = Descriptor::new(Opcode::ProgramLoad);
        descriptor.set_program_load(NUMBER, 2);
        descriptor.inline = bytes;
        assert_eq!(driver.run(descriptor).status, Status::BadOpcode);
    }
    assert_eq!(driver.job(asked, &[0; 48], 48).0, Status::BadOpcode);
    let mut descriptor = Descriptor::new(Opcode::ProgramLoad);
    descriptor.set_program_load(16, 2);
    descriptor.inline = process(OperateEncrypt).encode();
    assert_eq!(driver.run(descriptor).status, Status::BadOpcode);
}

/// Lengths that a program does not take.
#[test]
fn a_program_refuses_other_lengths() {
    let mut driver = channel();
    driver.load_program(NUMBER, &process(OperateEncrypt));
    let asked = run([CHANNEL, MAC, WORKING, KeyRef::default()], (0, 0));
    for bytes in [0, 15, 16, 31, 47, 49, 1024 + 32] {
        assert_eq!(driver.job(asked, &vec![0; bytes], 16).0, Status::BadLength, "{bytes}");
    }
    for aad in [(1, 0), (0, 1), (200, 0)] {
        let asked = run([CHANNEL, MAC, WORKING, KeyRef::default()], aad);
        assert_eq!(driver.job(asked, &[0; 64], 16).0, Status::BadLength, "{aad:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever steps and parameters come, the card says what the crate says.
    #[test]
    fn the_card_and_the_crate_accept_the_same(words in any::<[u8; 8]>(), blocks in 0u8..3) {
        let mut driver = channel();
        let mut inline = [0; 16];
        for (pair, word) in inline.chunks_exact_mut(2).zip(words) {
            pair[0] = word;
        }
        let mut descriptor = Descriptor::new(Opcode::ProgramLoad);
        descriptor.set_program_load(NUMBER, blocks);
        descriptor.inline = inline;
        let accepted = Program::decode(&inline, blocks).is_ok();
        let status = driver.run(descriptor).status;
        prop_assert_eq!(status, if accepted { Status::Ok } else { Status::BadOpcode });
    }
}
