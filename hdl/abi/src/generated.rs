//! Generated from abi.toml by `just abi`; not to be edited.

use crate::configuration::{Configuration, Sbox};
use crate::counter::Counter;

/// First register of every card.
pub const MAGIC: u32 = 0x5850_5954;
/// Major version.
pub const MAJOR: u16 = 1;
/// Minor version.
pub const MINOR: u16 = 1;

/// Limits of every card.
pub mod limits {
    /// Parameters, associated data, data and tag of one job: 4 KiB of data and four blocks around
    /// it, in 64-byte lines.
    pub const INPUT_BYTES_MAX: usize = 4352;
    /// Data of one job. Plaintext is held back until its tag is good, so it has to fit into the
    /// card.
    pub const DATA_BYTES_MAX: usize = 4096;
    /// Associated data of one side; padded to 16 bytes it stands in front of the data.
    pub const AAD_BYTES_MAX: usize = 128;
    /// Data that travels in the descriptor or the completion.
    pub const INLINE_BYTES_MAX: usize = 16;
    /// Smallest ring: 16 entries, two bursts of descriptors.
    pub const RING_LOG2_SIZE_MIN: usize = 4;
    /// Largest ring: 4096 entries; free-running counts of 16 bits stay unambiguous.
    pub const RING_LOG2_SIZE_MAX: usize = 12;
    /// Input, output and ring addresses are multiples of it.
    pub const BUFFER_ALIGN: usize = 64;
    /// Programs on the card.
    pub const PROGRAMS_MAX: usize = 16;
    /// Steps of a program; they fit into the inline bytes of one descriptor.
    pub const PROGRAM_STEPS_MAX: usize = 8;
    /// Keys a program may name.
    pub const PROGRAM_KEYS_MAX: usize = 4;
    /// Descriptors of one read.
    pub const FETCH_DESCRIPTORS_MAX: usize = 8;
}

/// What a descriptor asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// Completes with ok.
    Nop = 0,
    /// Each block alone. Whole blocks, at least one.
    Ecb = 1,
    /// Cipher block chaining. Whole blocks, at least one.
    Cbc = 2,
    /// Counter mode; the low 32 bits of the IV count, as GCM's do. Any length from one byte.
    Ctr = 3,
    /// GCM with a 12-byte IV. Encryption appends the tag at the next multiple of 16 bytes;
    /// decryption takes the expected tag from the descriptor.
    Gcm = 4,
    /// CMAC of any length; the output is the 16-byte tag.
    Cmac = 5,
    /// CBC-MAC with a zero IV over whole blocks; the output is the 16-byte tag.
    CbcMac = 6,
    /// Unwraps a key and puts it into a slot.
    KeyLoad = 9,
    /// Empties a slot.
    KeyZeroise = 10,
    /// Checks a program and stores it.
    ProgramLoad = 13,
    /// Runs a program over one message.
    Program = 14,
}

impl Opcode {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Nop,
        Self::Ecb,
        Self::Cbc,
        Self::Ctr,
        Self::Gcm,
        Self::Cmac,
        Self::CbcMac,
        Self::KeyLoad,
        Self::KeyZeroise,
        Self::ProgramLoad,
        Self::Program,
    ];

    /// Name, as the documentation writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nop => "nop",
            Self::Ecb => "ecb",
            Self::Cbc => "cbc",
            Self::Ctr => "ctr",
            Self::Gcm => "gcm",
            Self::Cmac => "cmac",
            Self::CbcMac => "cbc_mac",
            Self::KeyLoad => "key_load",
            Self::KeyZeroise => "key_zeroise",
            Self::ProgramLoad => "program_load",
            Self::Program => "program",
        }
    }

    /// The one with this code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| *known as u8 == code)
    }
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Status {
    /// Done; the output is in place.
    Ok = 0,
    /// Unknown opcode, reserved bit set, or an unknown or unloaded program.
    BadOpcode = 1,
    /// A length that the opcode does not take.
    BadLength = 2,
    /// Not a multiple of 64, or outside the ring's window.
    BadAddress = 3,
    /// The slot holds another generation.
    StaleKey = 4,
    /// The slot holds no key, or there is no such slot.
    EmptySlot = 5,
    /// The rights that came with the key do not allow it.
    Policy = 6,
    /// A tag, a MAC or what it protects is wrong. The output is zeros.
    TagMismatch = 7,
    /// Authentic, but the data inside has not the length that the program takes. The output is
    /// zeros.
    BadData = 8,
    /// A read came back in error, or not at all.
    DmaError = 9,
    /// The slot still has jobs outstanding.
    SlotBusy = 10,
    /// The descriptor's CRC is wrong: torn, stale or damaged.
    BadCheck = 11,
    /// The card is not enabled, quiesced, or its self-test has not passed.
    NotReady = 12,
    /// The card found itself in an illegal state. It stops until reset.
    Fault = 13,
}

impl Status {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Ok,
        Self::BadOpcode,
        Self::BadLength,
        Self::BadAddress,
        Self::StaleKey,
        Self::EmptySlot,
        Self::Policy,
        Self::TagMismatch,
        Self::BadData,
        Self::DmaError,
        Self::SlotBusy,
        Self::BadCheck,
        Self::NotReady,
        Self::Fault,
    ];

    /// Name, as the documentation writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::BadOpcode => "bad_opcode",
            Self::BadLength => "bad_length",
            Self::BadAddress => "bad_address",
            Self::StaleKey => "stale_key",
            Self::EmptySlot => "empty_slot",
            Self::Policy => "policy",
            Self::TagMismatch => "tag_mismatch",
            Self::BadData => "bad_data",
            Self::DmaError => "dma_error",
            Self::SlotBusy => "slot_busy",
            Self::BadCheck => "bad_check",
            Self::NotReady => "not_ready",
            Self::Fault => "fault",
        }
    }

    /// The one with this code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| *known as u8 == code)
    }
}

/// What a step of a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum StepKind {
    /// Nothing more.
    End = 0,
    /// CBC-MAC, zero IV, over the incoming ciphertext equals the 16 bytes behind it.
    MacCheck = 1,
    /// CBC decryption; IV zero, or parameter block 0 with `iv`. With `envelope`: mark, number,
    /// padding are checked, and the answer's header takes the request's place.
    CbcOpen = 2,
    /// GCM decryption under parameter block 0 with the incoming associated data; the tag stands
    /// behind the ciphertext at the next multiple of 16.
    GcmOpen = 3,
    /// AES of each whole block of the data in the envelope, alone.
    OperateEncrypt = 4,
    /// The inverse.
    OperateDecrypt = 5,
    /// CBC encryption; IV zero, or parameter block 1 with `iv`.
    CbcSeal = 6,
    /// GCM encryption under parameter block 1 with the outgoing associated data; the tag is
    /// appended at the next multiple of 16.
    GcmSeal = 7,
    /// CBC-MAC, zero IV, over the outgoing ciphertext, appended.
    MacSeal = 8,
    /// Counter mode from parameter block 0, as opcode `ctr`. Any length; nothing is verified.
    CtrOpen = 9,
    /// Counter mode from parameter block 1. Any length; no tag. As it also deciphers, its right is
    /// one of its own.
    CtrSeal = 10,
    /// Decryption of each block alone. Whole blocks, at least one.
    EcbOpen = 11,
}

impl StepKind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::End,
        Self::MacCheck,
        Self::CbcOpen,
        Self::GcmOpen,
        Self::OperateEncrypt,
        Self::OperateDecrypt,
        Self::CbcSeal,
        Self::GcmSeal,
        Self::MacSeal,
        Self::CtrOpen,
        Self::CtrSeal,
        Self::EcbOpen,
    ];

    /// Name, as the documentation writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::MacCheck => "mac_check",
            Self::CbcOpen => "cbc_open",
            Self::GcmOpen => "gcm_open",
            Self::OperateEncrypt => "operate_encrypt",
            Self::OperateDecrypt => "operate_decrypt",
            Self::CbcSeal => "cbc_seal",
            Self::GcmSeal => "gcm_seal",
            Self::MacSeal => "mac_seal",
            Self::CtrOpen => "ctr_open",
            Self::CtrSeal => "ctr_seal",
            Self::EcbOpen => "ecb_open",
        }
    }

    /// The one with this code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| *known as u8 == code)
    }
}

/// Where fields begin in a descriptor.
pub mod descriptor_at {
    /// 1 byte. What to do.
    pub const OPCODE: usize = 0;
    /// 1 byte. See the flags.
    pub const FLAGS: usize = 1;
    /// 2 bytes. Returned unchanged in the completion.
    pub const TAG: usize = 2;
    /// 2 bytes. Key slot; the first of a program's keys; the target of key_load and key_zeroise.
    pub const SLOT: usize = 4;
    /// 2 bytes. Everything that is read: parameters, padded associated data, data, tag of a
    /// program's input.
    pub const INPUT_BYTES: usize = 6;
    /// 4 bytes. Generation that the slot must hold; for key_load the one it will hold, not 0.
    pub const GENERATION: usize = 8;
    /// 4 bytes. CRC-32 (IEEE 802.3) of the other 60 bytes, in their order.
    pub const CHECK: usize = 12;
    /// 8 bytes. Bus address of the input; 0 when it is inline or empty.
    pub const INPUT: usize = 16;
    /// 8 bytes. Bus address of the output; 0 when it is inline or there is none.
    pub const OUTPUT: usize = 24;
    /// 16 bytes. IV or first counter block. GCM and key_load use the first 12 bytes.
    pub const IV: usize = 32;
    /// 2 bytes. Length of the associated data before padding.
    pub const AAD_BYTES: usize = 44;
    /// 1 byte. Under which root the key is wrapped; 0 transport, 1 device.
    pub const KEY_ROOT: usize = 46;
    /// 16 bytes. Inline input; expected tag of gcm decryption and key_load; the steps of
    /// program_load.
    pub const INLINE: usize = 48;
    /// 1 byte. Which one; program_load has it too.
    pub const PROGRAM: usize = 32;
    /// 1 byte. Parameter blocks in front of the input, 0 or 2: IV of the incoming side, IV of the
    /// outgoing.
    pub const PARAM_BLOCKS: usize = 33;
    /// 1 byte. Associated data of the incoming side, before padding.
    pub const AAD_IN_BYTES: usize = 34;
    /// 1 byte. Associated data of the outgoing side, before padding.
    pub const AAD_OUT_BYTES: usize = 35;
    /// 2 bytes. Second key.
    pub const SLOT_B: usize = 36;
    /// 4 bytes. Its generation.
    pub const GENERATION_B: usize = 38;
    /// 2 bytes. Third key.
    pub const SLOT_C: usize = 42;
    /// 4 bytes. Its generation.
    pub const GENERATION_C: usize = 44;
    /// 2 bytes. Fourth key.
    pub const SLOT_D: usize = 48;
    /// 4 bytes. Its generation.
    pub const GENERATION_D: usize = 50;
}

/// Where fields begin in a completion.
pub mod completion_at {
    /// 2 bytes. The descriptor's.
    pub const TAG: usize = 0;
    /// 2 bytes. Free-running count of descriptors whose entries may be written again.
    pub const SQ_HEAD: usize = 2;
    /// 1 byte. See the status codes.
    pub const STATUS: usize = 4;
    /// 1 byte. Bit 0: phase, inverted on each lap, 1 on the first. Bits 1 to 7: the card's reset
    /// epoch.
    pub const FLAGS: usize = 5;
    /// 2 bytes. Bytes of output.
    pub const OUTPUT_BYTES: usize = 6;
    /// 4 bytes. Card cycles from the descriptor's arrival to the last output.
    pub const CYCLES: usize = 8;
    /// 4 bytes. CRC-32 of bytes 0 to 11 and, in the 32-byte form, of the inline output.
    pub const CHECK: usize = 12;
    /// 16 bytes. Inline output, zeros when there is none; 32-byte form only.
    pub const INLINE: usize = 16;
}

/// Where fields begin in a key's header.
pub mod header_at {
    /// 1 byte. 1.
    pub const VERSION: usize = 0;
    /// 1 byte. 1 AES-128, 2 AES-192, 3 AES-256.
    pub const ALGORITHM: usize = 1;
    /// 2 bytes. Single-step rights. None: the slot serves programs only.
    pub const USAGE: usize = 2;
    /// 2 bytes. Steps of programs that may use the key.
    pub const ROLES: usize = 4;
    /// 2 bytes. 0.
    pub const RESERVED: usize = 6;
    /// 4 bytes. All keys of a program have the same.
    pub const PARTITION: usize = 8;
    /// 4 bytes. Public number that an envelope opened under this key must carry.
    pub const WORD: usize = 12;
    /// 8 bytes. Names it to its partners.
    pub const KEY_ID: usize = 16;
    /// 8 bytes. Key id of a key that may stand in one program with it; 0 for none.
    pub const PARTNER_0: usize = 24;
    /// 8 bytes. Another.
    pub const PARTNER_1: usize = 32;
    /// 8 bytes. Another.
    pub const PARTNER_2: usize = 40;
    /// 16 bytes. 0.
    pub const RESERVED_TAIL: usize = 48;
}

/// Flags of a descriptor.
pub mod flag {
    /// Inverted on each lap of the ring; 1 on the first.
    pub const PHASE: u8 = 1 << 0;
    /// ecb, cbc, gcm: the inverse direction.
    pub const DECRYPT: u8 = 1 << 1;
    /// The input, at most 16 bytes, is in the descriptor. ecb, cbc, ctr, cmac and cbc_mac only.
    pub const INLINE_INPUT: u8 = 1 << 2;
    /// The output, at most 16 bytes, comes in the completion; the ring's completions must be of 32
    /// bytes.
    pub const INLINE_OUTPUT: u8 = 1 << 3;
    /// Interrupt with this completion, without moderation.
    pub const INTERRUPT: u8 = 1 << 4;
}

/// Single-step rights of a key.
pub mod usage {
    /// May do ecb.
    pub const ECB_ENCRYPT: u16 = 1 << 0;
    /// May do ecb with decrypt.
    pub const ECB_DECRYPT: u16 = 1 << 1;
    /// May do cbc.
    pub const CBC_ENCRYPT: u16 = 1 << 2;
    /// May do cbc with decrypt.
    pub const CBC_DECRYPT: u16 = 1 << 3;
    /// May do ctr.
    pub const CTR: u16 = 1 << 4;
    /// May do gcm.
    pub const GCM_ENCRYPT: u16 = 1 << 5;
    /// May do gcm with decrypt.
    pub const GCM_DECRYPT: u16 = 1 << 6;
    /// May do cmac.
    pub const CMAC: u16 = 1 << 7;
    /// May do cbc_mac.
    pub const CBC_MAC: u16 = 1 << 8;
}

/// Bits of the registers error and error_mask.
pub mod error {
    /// A doorbell went backwards or beyond the ring; the ring stopped.
    pub const DOORBELL: u32 = 1 << 0;
    /// A completion head went backwards or beyond; the ring stopped.
    pub const COMPLETION_HEAD: u32 = 1 << 1;
    /// A read came back in error or poisoned.
    pub const READ: u32 = 1 << 2;
    /// A read did not come back; its tag is out of use until reset.
    pub const READ_TIMEOUT: u32 = 1 << 3;
    /// A completion for a tag that waits for none, or of the wrong length.
    pub const UNEXPECTED_COMPLETION: u32 = 1 << 4;
    /// A descriptor's CRC was wrong.
    pub const DESCRIPTOR: u32 = 1 << 5;
    /// The two copies of the control register differ.
    pub const SHADOW: u32 = 1 << 6;
    /// A state machine was in no legal state; fatal.
    pub const ILLEGAL_STATE: u32 = 1 << 7;
    /// The self-test failed; fatal.
    pub const SELFTEST: u32 = 1 << 8;
    /// A ring was enabled with a bad size or base; it stayed off.
    pub const RING_CONFIG: u32 = 1 << 9;
}

/// Error bits by name.
pub const ERRORS: &[(&str, u32)] = &[
    ("doorbell", 1 << 0),
    ("completion_head", 1 << 1),
    ("read", 1 << 2),
    ("read_timeout", 1 << 3),
    ("unexpected_completion", 1 << 4),
    ("descriptor", 1 << 5),
    ("shadow", 1 << 6),
    ("illegal_state", 1 << 7),
    ("selftest", 1 << 8),
    ("ring_config", 1 << 9),
];

/// Offsets of registers; those of rings are ring 0's.
pub mod register {
    /// The magic.
    pub const ID: u32 = 0x0000;
    /// Major version in bits 16 to 31, minor in 0 to 15.
    pub const VERSION: u32 = 0x0004;
    /// First 32 bits of the SHA-256 of the RTL; 0 for the behavioural card.
    pub const BUILD: u32 = 0x0008;
    /// Id of the configuration.
    pub const CONFIGURATION: u32 = 0x000c;
    /// Bit n: opcode n is implemented.
    pub const CAPS_OPCODES: u32 = 0x0010;
    /// Lanes 0-7, rings 8-15, largest log2 ring size 16-23, programs 24-31.
    pub const CAPS_SHAPE: u32 = 0x0014;
    /// Key slots 0-15, contexts per lane 16-31.
    pub const CAPS_ROOM: u32 = 0x0018;
    /// Largest input in bytes 0-15, largest data in bytes 16-31.
    pub const CAPS_MESSAGE: u32 = 0x001c;
    /// Period of the calendar 0-7, latency of the pipeline 8-15, registers per round 16-23, S-box
    /// 24-31 (0 table, 1 composite).
    pub const CAPS_LANE: u32 = 0x0020;
    /// Clock; 0 if the card does not know it.
    pub const CAPS_CLOCK_KHZ: u32 = 0x0024;
    /// Read tags 0-15, largest read request in bytes 16-31.
    pub const CAPS_DMA: u32 = 0x0028;
    /// Bit n: steps of kind n are implemented. 0 in version 1.0: kinds 1 to 8.
    pub const CAPS_STEPS: u32 = 0x002c;
    /// Bit 0 enable, 1 quiesce, 2 reset (clears itself; keys are wiped, the epoch counts up).
    pub const CTRL: u32 = 0x0040;
    /// Bit 0 idle, 1 quiesced, 2 fatal, 3 self-test passed, 4 self-test running, 5 transport key
    /// locked; epoch 8-14.
    pub const STATE: u32 = 0x0044;
    /// Errors since they were cleared; see the error bits.
    pub const ERROR: u32 = 0x0048;
    /// Errors that interrupt on vector 0.
    pub const ERROR_MASK: u32 = 0x004c;
    /// The first error since error was clear: tag 0-15, ring 16-23, error bit number 24-28, valid
    /// 31. Of several in one cycle it is any one.
    pub const ERROR_FIRST: u32 = 0x0050;
    /// Bit n: lane n takes jobs. Change it only while idle.
    pub const LANE_ENABLE: u32 = 0x0054;
    /// Cycles since reset; reading it latches the upper half.
    pub const HEARTBEAT_LO: u32 = 0x0058;
    /// Upper half.
    pub const HEARTBEAT_HI: u32 = 0x005c;
    /// Write 1: run the known-answer tests; only while idle. Read: the failed test 0-7 (0 none).
    pub const SELFTEST: u32 = 0x0060;
    /// Cycles after which a read counts as lost; at most 2^24-1.
    pub const READ_TIMEOUT: u32 = 0x0064;
    /// Cycles for which completions may wait for company.
    pub const COMPLETION_HOLD: u32 = 0x0068;
    /// Write 1: the transport key is complete, and closed until reset.
    pub const TRANSPORT_LOCK: u32 = 0x006c;
    /// Root under which the host wraps keys; word n holds bytes 4n to 4n+3, the first in bits
    /// 24-31.
    pub const TRANSPORT_KEY: u32 = 0x0080;
    /// Counters of 64 bits: low half, which latches the upper, then upper.
    pub const COUNTER: u32 = 0x0400;
    /// Bus address of the submission ring.
    pub const RING_SQ_BASE: u32 = 0x1000;
    /// Bus address of the completion ring.
    pub const RING_CQ_BASE: u32 = 0x1008;
    /// Log2 of the entries of both rings.
    pub const RING_SIZE: u32 = 0x1010;
    /// Bit 0: completions of 32 bytes; interrupt vector 8-15.
    pub const RING_CONFIG: u32 = 0x1014;
    /// Completions 0-7 or microseconds 16-31 before an armed interrupt fires.
    pub const RING_MODERATION: u32 = 0x1018;
    /// Bit 0. Enabling sets heads and tails to 0; base, size, config and window are taken then.
    pub const RING_ENABLE: u32 = 0x101c;
    /// Bit 0 enabled, 1 stopped by an error; jobs inside 16-31.
    pub const RING_STATE: u32 = 0x1020;
    /// First bus address that the ring's jobs may touch.
    pub const RING_WINDOW_BASE: u32 = 0x1028;
    /// First bus address behind it.
    pub const RING_WINDOW_LIMIT: u32 = 0x1030;
    /// Doorbell: free-running count of descriptors written.
    pub const RING_SQ_TAIL: u32 = 0x1038;
    /// Free-running count of completions taken.
    pub const RING_CQ_HEAD: u32 = 0x103c;
    /// Arms one interrupt: completions taken 0-15. If there are more already, it fires at once.
    pub const RING_ARM: u32 = 0x1040;
    /// Descriptors fetched.
    pub const RING_SQ_HEAD: u32 = 0x1044;
    /// Completions written.
    pub const RING_CQ_TAIL: u32 = 0x1048;
    /// Sixteen vectors of four words: address low, address high, data, control (bit 0 masks).
    pub const MSIX_TABLE: u32 = 0x8000;
    /// Bit n: vector n is masked and pending.
    pub const MSIX_PENDING: u32 = 0x9000;
    /// From one ring's registers to the next's.
    pub const RING_STRIDE: u32 = 0x80;
}

/// Numbers of counters; those of lanes are lane 0's.
pub mod counter_at {
    /// Cycles in which a job was inside the card.
    pub const CYCLES: u32 = 0;
    /// Descriptors fetched.
    pub const DESCRIPTORS: u32 = 1;
    /// Completions written.
    pub const COMPLETIONS: u32 = 2;
    /// Completions with a status other than ok.
    pub const REFUSED: u32 = 3;
    /// Bytes read from the host.
    pub const READ_BYTES: u32 = 4;
    /// Bytes written to the host.
    pub const WRITTEN_BYTES: u32 = 5;
    /// Read requests.
    pub const READS: u32 = 6;
    /// Interrupts sent.
    pub const INTERRUPTS: u32 = 7;
    /// Keys loaded.
    pub const KEY_LOADS: u32 = 8;
    /// Cycles in which a checked descriptor waited for a context.
    pub const STALL_CONTEXT: u32 = 9;
    /// Cycles in which a read waited for a tag.
    pub const STALL_READ_TAG: u32 = 10;
    /// Cycles in which a read waited for the link.
    pub const STALL_READ_LINK: u32 = 11;
    /// Cycles in which a write waited for the link.
    pub const STALL_WRITE_LINK: u32 = 12;
    /// Cycles in which a fetch waited for room in the completion ring.
    pub const STALL_CREDIT: u32 = 13;
    /// Cycles in which no descriptor was waiting while jobs were inside.
    pub const STARVED: u32 = 14;
    /// Programs run.
    pub const PROGRAM_JOBS: u32 = 15;
    /// Blocks issued to the forward pipeline of lane n.
    pub const LANE_FORWARD: u32 = 16;
    /// Blocks issued to the inverse pipeline of lane n.
    pub const LANE_INVERSE: u32 = 20;
    /// Multiplications of lane n.
    pub const LANE_GHASH: u32 = 24;
    /// Cycles without a block to issue on the forward pipeline of lane n while it held jobs.
    pub const LANE_IDLE: u32 = 28;
    /// Cycles in which lane n held back a GCM block for want of room before the multiplier.
    pub const LANE_GHASH_STALL: u32 = 32;
    /// Jobs finished by lane n.
    pub const LANE_JOBS: u32 = 36;
}

/// The counters.
pub const COUNTERS: &[Counter] = &[
    Counter { name: "cycles", at: 0, per_lane: false },
    Counter { name: "descriptors", at: 1, per_lane: false },
    Counter { name: "completions", at: 2, per_lane: false },
    Counter { name: "refused", at: 3, per_lane: false },
    Counter { name: "read_bytes", at: 4, per_lane: false },
    Counter { name: "written_bytes", at: 5, per_lane: false },
    Counter { name: "reads", at: 6, per_lane: false },
    Counter { name: "interrupts", at: 7, per_lane: false },
    Counter { name: "key_loads", at: 8, per_lane: false },
    Counter { name: "stall_context", at: 9, per_lane: false },
    Counter { name: "stall_read_tag", at: 10, per_lane: false },
    Counter { name: "stall_read_link", at: 11, per_lane: false },
    Counter { name: "stall_write_link", at: 12, per_lane: false },
    Counter { name: "stall_credit", at: 13, per_lane: false },
    Counter { name: "starved", at: 14, per_lane: false },
    Counter { name: "program_jobs", at: 15, per_lane: false },
    Counter { name: "lane_forward", at: 16, per_lane: true },
    Counter { name: "lane_inverse", at: 20, per_lane: true },
    Counter { name: "lane_ghash", at: 24, per_lane: true },
    Counter { name: "lane_idle", at: 28, per_lane: true },
    Counter { name: "lane_ghash_stall", at: 32, per_lane: true },
    Counter { name: "lane_jobs", at: 36, per_lane: true },
];

/// What the open place-and-route flow can time: LFE5UM-85, speed grade 8.
pub const ECP5: Configuration = Configuration {
    name: "ecp5",
    id: 1,
    lanes: 1,
    regs_per_round: 7,
    sbox: Sbox::Composite,
    key_slots: 8,
    contexts: 128,
    rings: 2,
    read_tags: 64,
    clock_khz: 0,
};

/// A model of an UltraScale+ card; its clock of 250 MHz, the PCIe user clock, is assumed.
pub const USP_MODEL: Configuration = Configuration {
    name: "usp-model",
    id: 2,
    lanes: 2,
    regs_per_round: 2,
    sbox: Sbox::Table,
    key_slots: 64,
    contexts: 128,
    rings: 8,
    read_tags: 256,
    clock_khz: 250000,
};

/// The configurations.
pub const CONFIGURATIONS: &[Configuration] = &[ECP5, USP_MODEL];
