//! What a host asks for.

use crate::bytes::{crc, field, put, u16_at, u32_at, u64_at};
use crate::generated::{Opcode, descriptor_at as at, flag};
use crate::program::Program;
use crate::{BLOCK_BYTES, DESCRIPTOR_BYTES, WRAPPED_KEY_BYTES};

/// A descriptor. Fields over `iv` and `inline` have accessors.
///
/// ```
/// use typex_abi::{Descriptor, Opcode, flag};
/// let mut descriptor = Descriptor::new(Opcode::Ecb);
/// descriptor.flags = flag::INLINE_INPUT | flag::INLINE_OUTPUT | flag::PHASE;
/// descriptor.input_bytes = 16;
/// let bytes = descriptor.encode();
/// assert_eq!(Descriptor::decode(&bytes), Ok(descriptor));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// What to do.
    pub opcode: Opcode,
    /// See [`flag`](crate::flag); the phase is among them.
    pub flags: u8,
    /// Returned unchanged in the completion.
    pub tag: u16,
    /// Key slot; the first of a program's keys; target of key_load and key_zeroise.
    pub slot: u16,
    /// Everything that is read: parameters, padded associated data, data, tag of a program.
    pub input_bytes: u16,
    /// Generation that the slot must hold; for key_load the one it will hold, not 0.
    pub generation: u32,
    /// Bus address of the input; 0 when it is inline or empty.
    pub input: u64,
    /// Bus address of the output; 0 when it is inline or there is none.
    pub output: u64,
    /// IV or first counter block.
    pub iv: [u8; BLOCK_BYTES],
    /// Inline input, expected tag, or steps.
    pub inline: [u8; BLOCK_BYTES],
}

/// A key slot and the generation it has to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyRef {
    /// The slot.
    pub slot: u16,
    /// The generation.
    pub generation: u32,
}

/// Under what a key is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Root {
    /// The transport key, which the host has set.
    Transport = 0,
    /// The key that only the card holds.
    Device = 1,
}

/// Fields of the opcode `program` over `iv` and `inline`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgramFields {
    /// Which program.
    pub program: u8,
    /// Associated data of the incoming side, before padding.
    pub aad_in_bytes: u8,
    /// Associated data of the outgoing side, before padding.
    pub aad_out_bytes: u8,
    /// The second to the fourth key.
    pub keys: [KeyRef; 3],
}

/// Why 64 bytes are no descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// The CRC is wrong.
    #[error("wrong check")]
    BadCheck,
    /// There is no such opcode.
    #[error("no opcode {0}")]
    BadOpcode(u8),
}

const KEYS_AT: [(usize, usize); 3] = [
    (at::SLOT_B, at::GENERATION_B),
    (at::SLOT_C, at::GENERATION_C),
    (at::SLOT_D, at::GENERATION_D),
];

impl Descriptor {
    /// A descriptor with nothing but an opcode.
    pub fn new(opcode: Opcode) -> Self {
        let zeros = [0; BLOCK_BYTES];
        Self {
            opcode,
            flags: 0,
            tag: 0,
            slot: 0,
            input_bytes: 0,
            generation: 0,
            input: 0,
            output: 0,
            iv: zeros,
            inline: zeros,
        }
    }

    /// Loads a key into the slot `place`, which then holds that generation. IV and tag are those
    /// of the GCM under `root` that wraps it. The caller sets the address of the input, the
    /// [`WRAPPED_KEY_BYTES`] of header and ciphertext.
    pub fn key_load(place: KeyRef, root: Root, iv: [u8; 12], tag: [u8; BLOCK_BYTES]) -> Self {
        let mut descriptor = Self::new(Opcode::KeyLoad);
        (descriptor.slot, descriptor.generation) = (place.slot, place.generation);
        descriptor.input_bytes = WRAPPED_KEY_BYTES as u16;
        descriptor.iv[..iv.len()].copy_from_slice(&iv);
        descriptor.set_root(root);
        descriptor.inline = tag;
        descriptor
    }

    /// Empties the slot that holds this key.
    pub fn key_zeroise(key: KeyRef) -> Self {
        let mut descriptor = Self::new(Opcode::KeyZeroise);
        (descriptor.slot, descriptor.generation) = (key.slot, key.generation);
        descriptor
    }

    /// Stores a program under a number below [`PROGRAMS_MAX`](crate::limits::PROGRAMS_MAX). The
    /// card refuses any other number.
    pub fn program_load(number: u8, program: &Program) -> Self {
        let mut descriptor = Self::new(Opcode::ProgramLoad);
        descriptor.set_program_load(number, program.param_blocks());
        descriptor.inline = program.encode();
        descriptor
    }

    /// The 64 bytes, with their CRC.
    pub fn encode(&self) -> [u8; DESCRIPTOR_BYTES] {
        let mut bytes = [0; DESCRIPTOR_BYTES];
        bytes[at::OPCODE] = self.opcode as u8;
        bytes[at::FLAGS] = self.flags;
        put(&mut bytes, at::TAG, &self.tag.to_le_bytes());
        put(&mut bytes, at::SLOT, &self.slot.to_le_bytes());
        put(&mut bytes, at::INPUT_BYTES, &self.input_bytes.to_le_bytes());
        put(&mut bytes, at::GENERATION, &self.generation.to_le_bytes());
        put(&mut bytes, at::INPUT, &self.input.to_le_bytes());
        put(&mut bytes, at::OUTPUT, &self.output.to_le_bytes());
        put(&mut bytes, at::IV, &self.iv);
        put(&mut bytes, at::INLINE, &self.inline);
        let check = Self::check_of(&bytes);
        put(&mut bytes, at::CHECK, &check.to_le_bytes());
        bytes
    }

    /// Reads 64 bytes.
    ///
    /// # Errors
    /// A wrong CRC, then an unknown opcode.
    pub fn decode(bytes: &[u8; DESCRIPTOR_BYTES]) -> Result<Self, DescriptorError> {
        if u32_at(bytes, at::CHECK) != Self::check_of(bytes) {
            return Err(DescriptorError::BadCheck);
        }
        let code = bytes[at::OPCODE];
        Ok(Self {
            opcode: Opcode::from_code(code).ok_or(DescriptorError::BadOpcode(code))?,
            flags: bytes[at::FLAGS],
            tag: Self::tag_of(bytes),
            slot: u16_at(bytes, at::SLOT),
            input_bytes: u16_at(bytes, at::INPUT_BYTES),
            generation: u32_at(bytes, at::GENERATION),
            input: u64_at(bytes, at::INPUT),
            output: u64_at(bytes, at::OUTPUT),
            iv: field(bytes, at::IV),
            inline: field(bytes, at::INLINE),
        })
    }

    /// The tag of a descriptor that may be damaged.
    pub fn tag_of(bytes: &[u8; DESCRIPTOR_BYTES]) -> u16 {
        u16_at(bytes, at::TAG)
    }

    /// The CRC that the other 60 bytes ask for.
    pub fn check_of(bytes: &[u8; DESCRIPTOR_BYTES]) -> u32 {
        crc([&bytes[..at::CHECK], &bytes[at::CHECK + 4..]])
    }

    /// Whether all the flags of the mask are set.
    pub fn has(&self, mask: u8) -> bool {
        self.flags & mask == mask
    }

    /// Whether the inverse direction is asked for.
    pub fn decrypts(&self) -> bool {
        self.has(flag::DECRYPT)
    }

    /// The key that all opcodes have.
    pub fn key(&self) -> KeyRef {
        KeyRef { slot: self.slot, generation: self.generation }
    }

    /// Length of the associated data of `gcm`.
    pub fn aad_bytes(&self) -> u16 {
        u16_at(&self.iv, at::AAD_BYTES - at::IV)
    }

    /// Sets the length of the associated data of `gcm`.
    pub fn set_aad_bytes(&mut self, bytes: u16) {
        put(&mut self.iv, at::AAD_BYTES - at::IV, &bytes.to_le_bytes());
    }

    /// The root byte of `key_load`.
    pub fn root(&self) -> u8 {
        self.iv[at::KEY_ROOT - at::IV]
    }

    /// Sets the root of `key_load`.
    pub fn set_root(&mut self, root: Root) {
        self.iv[at::KEY_ROOT - at::IV] = root as u8;
    }

    /// Which program `program_load` stores.
    pub fn program_index(&self) -> u8 {
        self.iv[at::PROGRAM - at::IV]
    }

    /// The parameter blocks of `program_load`.
    pub fn param_blocks(&self) -> u8 {
        self.iv[at::PARAM_BLOCKS - at::IV]
    }

    /// Sets what `program_load` needs beside the steps.
    pub fn set_program_load(&mut self, program: u8, param_blocks: u8) {
        self.iv[at::PROGRAM - at::IV] = program;
        self.iv[at::PARAM_BLOCKS - at::IV] = param_blocks;
    }

    /// The fields of `program`.
    pub fn program(&self) -> ProgramFields {
        let bytes = self.tail();
        let at = |place: usize| place - at::IV;
        ProgramFields {
            program: bytes[at(at::PROGRAM)],
            aad_in_bytes: bytes[at(at::AAD_IN_BYTES)],
            aad_out_bytes: bytes[at(at::AAD_OUT_BYTES)],
            keys: KEYS_AT.map(|(slot, generation)| KeyRef {
                slot: u16_at(&bytes, at(slot)),
                generation: u32_at(&bytes, at(generation)),
            }),
        }
    }

    /// Sets the fields of `program`.
    pub fn set_program(&mut self, fields: &ProgramFields) {
        let mut bytes = self.tail();
        let at = |place: usize| place - at::IV;
        bytes[at(at::PROGRAM)] = fields.program;
        bytes[at(at::AAD_IN_BYTES)] = fields.aad_in_bytes;
        bytes[at(at::AAD_OUT_BYTES)] = fields.aad_out_bytes;
        for (key, (slot, generation)) in fields.keys.iter().zip(KEYS_AT) {
            put(&mut bytes, at(slot), &key.slot.to_le_bytes());
            put(&mut bytes, at(generation), &key.generation.to_le_bytes());
        }
        self.iv = field(&bytes, 0);
        self.inline = field(&bytes, BLOCK_BYTES);
    }

    /// `iv` and `inline`, which stand side by side.
    fn tail(&self) -> [u8; 2 * BLOCK_BYTES] {
        let mut bytes = [0; 2 * BLOCK_BYTES];
        put(&mut bytes, 0, &self.iv);
        put(&mut bytes, BLOCK_BYTES, &self.inline);
        bytes
    }
}
