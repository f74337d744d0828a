//! Bytes of descriptors, completions, headers and programs.

use proptest::prelude::*;
use typex_abi::{
    Algorithm, CONFIGURATIONS, COUNTERS, Completion, CompletionError, Configuration, Descriptor,
    DescriptorError, Header, HeaderError, KeyRef, Opcode, Program, ProgramError, ProgramFields,
    Root, Status, Step, StepKind, flag, register,
};

fn descriptors() -> impl Strategy<Value = Descriptor> {
    let small = (0..Opcode::ALL.len(), any::<u8>(), any::<u16>(), any::<u16>(), any::<u16>());
    let large = (any::<u32>(), any::<u64>(), any::<u64>(), any::<[u8; 16]>(), any::<[u8; 16]>());
    (small, large).prop_map(
        |((op, flags, tag, slot, input_bytes), (generation, input, output, iv, inline))| {
            let opcode = Opcode::ALL[op];
            Descriptor {
                opcode,
                flags,
                tag,
                slot,
                input_bytes,
                generation,
                input,
                output,
                iv,
                inline,
            }
        },
    )
}

fn completions() -> impl Strategy<Value = Completion> {
    let head = (any::<u16>(), any::<u16>(), 0..Status::ALL.len(), any::<bool>(), 0u8..128);
    let tail = (any::<u16>(), any::<u32>(), any::<[u8; 16]>());
    (head, tail).prop_map(
        |((tag, sq_head, status, phase, epoch), (output_bytes, cycles, inline))| {
            let status = Status::ALL[status];
            Completion { tag, sq_head, status, phase, epoch, output_bytes, cycles, inline }
        },
    )
}

fn headers() -> impl Strategy<Value = Header> {
    let head = (0usize..3, any::<u16>(), any::<u16>(), any::<u32>(), any::<u32>());
    (head, any::<u64>(), any::<[u64; 3]>()).prop_map(
        |((algorithm, usage, roles, partition, word), key_id, partners)| {
            let algorithm = Algorithm::ALL[algorithm];
            Header { algorithm, usage, roles, partition, word, key_id, partners }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_descriptor_comes_back(descriptor in descriptors(), bit in 0usize..512) {
        let mut bytes = descriptor.encode();
        prop_assert_eq!(Descriptor::decode(&bytes), Ok(descriptor));
        prop_assert_eq!(Descriptor::tag_of(&bytes), descriptor.tag);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(Descriptor::decode(&bytes), Err(DescriptorError::BadCheck));
    }

    #[test]
    fn the_fields_of_a_program_come_back(
        mut descriptor in descriptors(),
        head in any::<[u8; 3]>(),
        keys in any::<[(u16, u32); 3]>(),
    ) {
        let [program, aad_in_bytes, aad_out_bytes] = head;
        let keys = keys.map(|(slot, generation)| KeyRef { slot, generation });
        let fields = ProgramFields { program, aad_in_bytes, aad_out_bytes, keys };
        descriptor.set_program(&fields);
        prop_assert_eq!(descriptor.program(), fields);
        prop_assert_eq!(descriptor.program_index(), program);
    }

    #[test]
    fn a_completion_comes_back(completion in completions(), bit in 0usize..256) {
        let mut long = completion.encode_long();
        prop_assert_eq!(Completion::decode_long(&long), Ok(completion));
        long[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(Completion::decode_long(&long), Err(CompletionError::BadCheck));
        let mut short = completion.encode_short();
        let without = Completion { inline: [0; 16], ..completion };
        prop_assert_eq!(Completion::decode_short(&short), Ok(without));
        short[bit / 16] ^= 1 << (bit % 8);
        prop_assert_eq!(Completion::decode_short(&short), Err(CompletionError::BadCheck));
    }

    #[test]
    fn a_header_comes_back(header in headers()) {
        prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn what_decodes_as_a_program_encodes_to_the_same(words in any::<[u8; 8]>(), blocks in 0u8..3) {
        let mut bytes = [0; 16];
        for (pair, word) in bytes.chunks_exact_mut(2).zip(words) {
            pair[0] = word & 0xf8 | (word % 9);
        }
        if let Ok(program) = Program::decode(&bytes, blocks) {
            prop_assert_eq!(program.param_blocks(), blocks);
            prop_assert_eq!(Program::decode(&program.encode(), blocks), Ok(program));
            let steps = program.steps();
            prop_assert_eq!(&program.encode()[..2 * steps.len()], &bytes[..2 * steps.len()]);
            let again = Program::new(steps).unwrap();
            prop_assert_eq!(again.steps(), steps);
        }
    }
}

/// Bytes as `docs/registers.md` draws them.
#[test]
fn bytes_are_where_the_page_says() {
    let mut descriptor = Descriptor::new(Opcode::Gcm);
    descriptor.flags = flag::PHASE | flag::DECRYPT;
    descriptor.tag = 0x0201;
    descriptor.slot = 0x0403;
    descriptor.input_bytes = 0x0605;
    descriptor.generation = 0x0a09_0807;
    descriptor.input = 0x1817_1615_1413_1211;
    descriptor.set_aad_bytes(0x2221);
    descriptor.inline[15] = 0xee;
    let bytes = descriptor.encode();
    assert_eq!(bytes[..12], [4, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(bytes[16..24], [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]);
    assert_eq!((bytes[44], bytes[45], bytes[63]), (0x21, 0x22, 0xee));
    descriptor.set_root(Root::Device);
    assert_eq!(descriptor.encode()[46], 1);
    descriptor.set_program_load(7, 2);
    assert_eq!(descriptor.encode()[32..34], [7, 2]);
}

#[test]
fn a_key_load_says_where_the_key_goes_and_how_it_is_wrapped() {
    let place = KeyRef { slot: 0x0403, generation: 0x0a09_0807 };
    let iv = std::array::from_fn(|at| 0x20 + at as u8);
    let bytes = Descriptor::key_load(place, Root::Device, iv, [0xee; 16]).encode();
    assert_eq!(bytes[..12], [9, 0, 0, 0, 3, 4, 96, 0, 7, 8, 9, 10]);
    assert_eq!(bytes[16..32], [0; 16], "the addresses are the caller's");
    assert_eq!(bytes[32..44], iv);
    assert_eq!(bytes[44..48], [0, 0, Root::Device as u8, 0]);
    assert_eq!(bytes[48..], [0xee; 16]);
}

#[test]
fn a_program_load_carries_what_the_card_reads_the_program_from() {
    let steps = [Step::new(StepKind::CbcOpen, 0).iv(), Step::new(StepKind::GcmSeal, 1)];
    let program = Program::new(&steps).unwrap();
    let load = Descriptor::decode(&Descriptor::program_load(7, &program).encode()).unwrap();
    assert_eq!((load.opcode, load.input_bytes), (Opcode::ProgramLoad, 0));
    assert_eq!((load.program_index(), load.param_blocks()), (7, 2));
    assert_eq!(Program::decode(&load.inline, load.param_blocks()), Ok(program));
}

/// The check value of CRC-32, over a descriptor's 60 bytes that begin with it.
#[test]
fn the_check_is_the_crc_of_ethernet() {
    let mut bytes = [0; 64];
    bytes[12..16].copy_from_slice(b"skip");
    let zeros = Descriptor::check_of(&bytes);
    bytes[12..16].fill(0xff);
    assert_eq!(Descriptor::check_of(&bytes), zeros);
    assert_eq!(zeros, bitwise(&[0; 60]));
    assert_eq!(bitwise(b"123456789"), 0xcbf4_3926);
}

fn bitwise(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[test]
fn a_header_with_anything_reserved_is_refused() {
    let header = Header {
        algorithm: Algorithm::Aes192,
        usage: 1,
        roles: Header::role(StepKind::MacCheck),
        partition: 2,
        word: 3,
        key_id: 4,
        partners: [5, 6, 7],
    };
    for at in (6..8).chain(48..64) {
        let mut bytes = header.encode();
        bytes[at] = 0x80;
        assert_eq!(Header::decode(&bytes), Err(HeaderError::Reserved), "byte {at}");
    }
    let mut bytes = header.encode();
    bytes[0] = 2;
    assert_eq!(Header::decode(&bytes), Err(HeaderError::BadVersion(2)));
    bytes[..2].copy_from_slice(&[1, 4]);
    assert_eq!(Header::decode(&bytes), Err(HeaderError::BadAlgorithm(4)));
}

/// Every sequence of kinds up to the eighth, against the sentence of abi.toml read as a list.
#[test]
fn programs_spell_what_the_page_says() {
    use StepKind::*;
    let mut accepted = Vec::new();
    for open in [&[MacCheck, CbcOpen][..], &[CbcOpen], &[GcmOpen], &[CtrOpen], &[EcbOpen]] {
        for seal in [&[CbcSeal][..], &[CbcSeal, MacSeal], &[GcmSeal], &[CtrSeal]] {
            accepted.push([open, seal].concat());
            let both_cbc = open.contains(&CbcOpen) && seal[0] == CbcSeal;
            for operate in [OperateEncrypt, OperateDecrypt].into_iter().filter(|_| both_cbc) {
                accepted.push([open, &[operate], seal].concat());
            }
        }
    }
    let mut count = 0;
    each_sequence(5, &mut Vec::new(), &mut |kinds| {
        let operates = kinds.contains(&OperateEncrypt) || kinds.contains(&OperateDecrypt);
        let envelope = |kind| operates && matches!(kind, CbcOpen | CbcSeal);
        let step = |kind: &StepKind| Step { envelope: envelope(*kind), ..Step::new(*kind, 1) };
        let steps: Vec<_> = kinds.iter().map(step).collect();
        let expected = accepted.iter().any(|known| known == kinds);
        assert_eq!(Program::new(&steps).is_ok(), expected, "{kinds:?}");
        count += usize::from(expected);
    });
    assert_eq!(count, accepted.len());
}

fn each_sequence(depth: usize, kinds: &mut Vec<StepKind>, visit: &mut impl FnMut(&[StepKind])) {
    visit(kinds);
    for kind in StepKind::ALL[1..].iter().filter(|_| depth > 0) {
        kinds.push(*kind);
        each_sequence(depth - 1, kinds, visit);
        kinds.pop();
    }
}

#[test]
fn flags_of_steps_stand_only_where_they_mean_something() {
    use StepKind::*;
    let bad = Err(ProgramError::BadOrder);
    let [open, seal] = [Step::new(CbcOpen, 0), Step::new(CbcSeal, 1)];
    let operate = Step::new(OperateEncrypt, 2);
    assert_eq!(Program::new(&[open.envelope(), seal.envelope()]), bad);
    assert_eq!(Program::new(&[open.envelope(), operate, seal]), bad);
    assert_eq!(Program::new(&[open, operate, seal.envelope()]), bad);
    assert_eq!(Program::new(&[open.envelope(), operate.iv(), seal.envelope()]), bad);
    assert_eq!(Program::new(&[open, Step::new(GcmSeal, 1).iv()]), bad);
    assert_eq!(Program::new(&[open; 9]), Err(ProgramError::TooLong));
    let program = Program::new(&[open.iv(), seal]).unwrap();
    assert_eq!(program.param_blocks(), 2);
    assert_eq!(program.roles(), [1 << 2, 1 << 6, 0, 0]);
    assert_eq!(Program::decode(&program.encode(), 0), Err(ProgramError::BadParameters));
    let mut bytes = program.encode();
    bytes[15] = 1;
    assert_eq!(Program::decode(&bytes, 2), Ok(program));
    bytes[1] = 1;
    assert_eq!(Program::decode(&bytes, 2), Err(ProgramError::BadStep));
}

#[test]
fn configurations_and_counters_are_found() {
    for configuration in CONFIGURATIONS {
        assert_eq!(Configuration::from_id(configuration.id), Some(configuration));
    }
    assert_eq!(typex_abi::USP_MODEL.latency(), 29);
    let forward = COUNTERS.iter().find(|counter| counter.name == "lane_forward").unwrap();
    assert_eq!(forward.offset(1), register::COUNTER + 8 * 17);
    let bytes = COUNTERS.iter().find(|counter| counter.name == "read_bytes").unwrap();
    assert_eq!(bytes.offset(1), register::COUNTER + 8 * 4);
}
