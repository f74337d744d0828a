//! Lengths of a job: what is read, worked on and written, and where its parts lie in the input.

use typex_abi::{Descriptor, Opcode, Program, StepKind, flag, limits};

/// Data of a program with an envelope.
const ENVELOPE_BYTES: std::ops::RangeInclusive<usize> = 32..=1024;
const TAG: usize = 16;

/// Lengths that a job may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lengths {
    pub(crate) read_bytes: u16,
    pub(crate) data_bytes: u16,
    pub(crate) output_bytes: u16,
    pub(crate) aad_in_block: u16,
    pub(crate) aad_out_block: u16,
    pub(crate) data_block: u16,
    pub(crate) tag_block: u16,
}

impl Lengths {
    /// None: the descriptor is refused.
    pub(crate) fn of(descriptor: &Descriptor, program: Option<&Program>) -> Option<Self> {
        let aad = aad(descriptor);
        let tag = if program.is_some_and(Program::has_tag) { TAG } else { 0 };
        let params = program.map_or(0, |program| 16 * usize::from(program.param_blocks()));
        let aad_out = params + aad.0.next_multiple_of(16);
        let offset = aad_out + aad.1.next_multiple_of(16);
        let input = usize::from(descriptor.input_bytes);
        let data = input.checked_sub(offset + tag)?;
        let padded = data.next_multiple_of(16);
        let read = offset + tag + if tag == 0 { data } else { padded };
        let fits = aad.0 <= limits::AAD_BYTES_MAX
            && aad.1 <= limits::AAD_BYTES_MAX
            && input.max(read) <= limits::INPUT_BYTES_MAX
            && data <= limits::DATA_BYTES_MAX;
        let output = output_bytes(descriptor, program, aad, data).filter(|_| fits)?;
        let inline =
            |flag: u8, bytes: usize| !descriptor.has(flag) || bytes <= limits::INLINE_BYTES_MAX;
        let inline = inline(flag::INLINE_INPUT, input) && inline(flag::INLINE_OUTPUT, output);
        inline.then_some(Self {
            read_bytes: read as u16,
            data_bytes: data as u16,
            output_bytes: output as u16,
            aad_in_block: (params / 16) as u16,
            aad_out_block: (aad_out / 16) as u16,
            data_block: (offset / 16) as u16,
            tag_block: ((offset + padded) / 16) as u16,
        })
    }
}

/// Associated data of the incoming and the outgoing side.
fn aad(descriptor: &Descriptor) -> (usize, usize) {
    match descriptor.opcode {
        Opcode::Gcm => (usize::from(descriptor.aad_bytes()), 0),
        Opcode::Program => {
            let fields = descriptor.program();
            (usize::from(fields.aad_in_bytes), usize::from(fields.aad_out_bytes))
        }
        _ => (0, 0),
    }
}

/// None: the opcode does not take this length.
fn output_bytes(
    descriptor: &Descriptor,
    program: Option<&Program>,
    aad: (usize, usize),
    data: usize,
) -> Option<usize> {
    let whole = data >= 16 && data.is_multiple_of(16);
    let sealed = data.next_multiple_of(16) + TAG;
    match descriptor.opcode {
        Opcode::Nop | Opcode::KeyZeroise | Opcode::ProgramLoad => (data == 0).then_some(0),
        Opcode::KeyLoad => (data == typex_abi::WRAPPED_KEY_BYTES).then_some(0),
        Opcode::Ecb | Opcode::Cbc => whole.then_some(data),
        Opcode::Ctr => (data != 0).then_some(data),
        Opcode::Cmac => Some(TAG),
        Opcode::CbcMac => whole.then_some(TAG),
        Opcode::Gcm if descriptor.decrypts() => Some(data),
        Opcode::Gcm => Some(sealed),
        Opcode::Program => program_output(program?, aad, data, whole, sealed),
    }
}

fn program_output(
    program: &Program,
    aad: (usize, usize),
    data: usize,
    whole: bool,
    sealed: usize,
) -> Option<usize> {
    let takes = (aad.0 == 0 || program.has(StepKind::GcmOpen))
        && (aad.1 == 0 || program.has(StepKind::GcmSeal))
        && (whole || !program.takes_whole_blocks())
        && (ENVELOPE_BYTES.contains(&data) || !program.has_envelope());
    let output = if program.has(StepKind::GcmSeal) {
        sealed
    } else if program.has(StepKind::MacSeal) {
        data + TAG
    } else {
        data
    };
    takes.then_some(output)
}
