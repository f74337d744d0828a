//! What the messages of a row ask for, and what must come back.

use crate::chance::Chance;
use typex_abi::{
    Algorithm, BLOCK_BYTES, Descriptor, Header, KeyRef, Opcode, Program, ProgramError,
    ProgramFields, Step, StepKind, usage,
};
use typex_card::host::{Block, Key, padded};

/// The kind of a row's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// CBC encryption of whole blocks.
    Cbc,
    /// CTR.
    Ctr,
    /// GCM encryption with this much associated data.
    Gcm {
        /// Bytes of associated data, at most 128.
        aad_bytes: usize,
    },
    /// A request of the first dialect: check the MAC, open, encrypt the data, seal, MAC.
    Process,
    /// From CBC to GCM.
    CbcToGcm,
    /// From GCM to GCM, with 16 bytes of associated data on each side.
    GcmToGcm,
    /// From CBC to CTR.
    CbcToCtr,
}

/// One message.
pub(crate) struct Message {
    pub(crate) descriptor: Descriptor,
    pub(crate) input: Vec<u8>,
    pub(crate) expected: Vec<u8>,
}

/// Blocks that a message takes on a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocks {
    pub(crate) forward: u64,
    pub(crate) inverse: u64,
    pub(crate) ghash: u64,
}

/// Bytes of every key: AES-256.
pub(crate) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// The program's number on the card.
pub(crate) const PROGRAM: u8 = 0;
/// Associated data of one side of [`Work::GcmToGcm`].
const SIDE_AAD_BYTES: usize = 16;
/// What stands before the data in an envelope: mark, number, nonce.
const ENVELOPE_BYTES: usize = 13;
/// The number that all envelopes here carry.
const ENVELOPE_NUMBER: u32 = 0x0000_0bec;
const REQUEST_MARK: u8 = 0x1f;
const ANSWER_MARK: u8 = 0xf1;

impl Work {
    /// Keys that one message needs.
    pub(crate) fn keys(self) -> usize {
        match self {
            Self::Cbc | Self::Ctr | Self::Gcm { .. } => 1,
            Self::CbcToGcm | Self::GcmToGcm | Self::CbcToCtr => 2,
            Self::Process => 3,
        }
    }

    /// Header of the key at `place` among those of a message, whose first has the id `first_id`.
    pub(crate) fn header(self, place: usize, first_id: u64) -> Result<Header, ProgramError> {
        let mut partners = [0; 3];
        let others = (0..self.keys()).filter(|other| *other != place);
        for (partner, other) in partners.iter_mut().zip(others) {
            *partner = first_id + other as u64;
        }
        let roles = match self.program()? {
            Some(program) => program.roles()[place],
            None => 0,
        };
        Ok(Header {
            algorithm: Algorithm::Aes256,
            usage: self.usage(),
            roles,
            partition: 1,
            word: ENVELOPE_NUMBER,
            key_id: first_id + place as u64,
            partners,
        })
    }

    fn usage(self) -> u16 {
        match self {
            Self::Cbc => usage::CBC_ENCRYPT,
            Self::Ctr => usage::CTR,
            Self::Gcm { .. } => usage::GCM_ENCRYPT,
            Self::Process | Self::CbcToGcm | Self::GcmToGcm | Self::CbcToCtr => 0,
        }
    }

    /// The program that the messages run.
    pub(crate) fn program(self) -> Result<Option<Program>, ProgramError> {
        use StepKind::{CbcOpen, CbcSeal, CtrSeal, GcmOpen, GcmSeal};
        use StepKind::{MacCheck, MacSeal, OperateEncrypt};
        let step = Step::new;
        let steps = match self {
            Self::Cbc | Self::Ctr | Self::Gcm { .. } => return Ok(None),
            Self::CbcToGcm => vec![step(CbcOpen, 0).iv(), step(GcmSeal, 1)],
            Self::GcmToGcm => vec![step(GcmOpen, 0), step(GcmSeal, 1)],
            Self::CbcToCtr => vec![step(CbcOpen, 0).iv(), step(CtrSeal, 1)],
            Self::Process => vec![
                step(MacCheck, 1),
                step(CbcOpen, 0).envelope(),
                step(OperateEncrypt, 2),
                step(CbcSeal, 0).envelope(),
                step(MacSeal, 1),
            ],
        };
        Program::new(&steps).map(Some)
    }

    /// A message of `data_bytes` under keys and the places where the card has them.
    pub(crate) fn message(
        self,
        data_bytes: usize,
        keys: &[Key],
        places: &[KeyRef],
        chance: &mut Chance,
    ) -> Message {
        let data = chance.bytes(data_bytes);
        let (opcode, iv, input, expected) = match self {
            Self::Cbc => {
                single(Opcode::Cbc, chance, data, |iv, data| keys[0].cbc_encrypt(iv, data))
            }
            Self::Ctr => single(Opcode::Ctr, chance, data, |iv, data| keys[0].ctr(iv, data)),
            Self::Gcm { aad_bytes } => gcm(&keys[0], aad_bytes, data, chance),
            Self::Process => process(keys, &data, chance),
            Self::CbcToGcm => cbc_to_gcm(keys, data, chance),
            Self::GcmToGcm => gcm_to_gcm(keys, &data, chance),
            Self::CbcToCtr => cbc_to_ctr(keys, data, chance),
        };
        let mut descriptor = Descriptor { iv, ..Descriptor::new(opcode) };
        descriptor.input_bytes = input.len() as u16;
        self.name_keys(&mut descriptor, places);
        Message { descriptor, input, expected }
    }

    fn name_keys(self, descriptor: &mut Descriptor, places: &[KeyRef]) {
        (descriptor.slot, descriptor.generation) = (places[0].slot, places[0].generation);
        match self {
            Self::Cbc | Self::Ctr => {}
            Self::Gcm { aad_bytes } => descriptor.set_aad_bytes(aad_bytes as u16),
            Self::Process | Self::CbcToGcm | Self::GcmToGcm | Self::CbcToCtr => {
                let aad = if self == Self::GcmToGcm { SIDE_AAD_BYTES as u8 } else { 0 };
                let key = |place| places.get(place).copied().unwrap_or_default();
                let keys = [key(1), key(2), key(3)];
                let (aad_in_bytes, aad_out_bytes) = (aad, aad);
                let fields = ProgramFields { program: PROGRAM, aad_in_bytes, aad_out_bytes, keys };
                descriptor.set_program(&fields);
            }
        }
    }

    /// Bytes read and written for a message.
    pub(crate) fn traffic(self, data_bytes: usize) -> (usize, usize) {
        let whole = data_bytes.next_multiple_of(BLOCK_BYTES);
        match self {
            Self::Cbc | Self::Ctr => (data_bytes, data_bytes),
            Self::Gcm { aad_bytes } => {
                (aad_bytes.next_multiple_of(BLOCK_BYTES) + data_bytes, whole + BLOCK_BYTES)
            }
            Self::Process => {
                let body = whole + BLOCK_BYTES;
                (body + BLOCK_BYTES, body + BLOCK_BYTES)
            }
            Self::CbcToGcm => (2 * BLOCK_BYTES + data_bytes, whole + BLOCK_BYTES),
            Self::CbcToCtr => (2 * BLOCK_BYTES + data_bytes, data_bytes),
            Self::GcmToGcm => {
                let input = 2 * BLOCK_BYTES + 2 * SIDE_AAD_BYTES + whole + BLOCK_BYTES;
                (input, whole + BLOCK_BYTES)
            }
        }
    }

    /// Blocks that a message takes.
    pub(crate) fn blocks(self, data_bytes: usize) -> Blocks {
        let data = data_bytes.div_ceil(BLOCK_BYTES) as u64;
        let (forward, inverse, ghash) = match self {
            Self::Cbc | Self::Ctr => (data, 0, 0),
            Self::Gcm { aad_bytes } => {
                let aad = aad_bytes.div_ceil(BLOCK_BYTES) as u64;
                (data + aad.max(1), 0, aad + data + 1)
            }
            // The envelope has a block more than the data.
            Self::Process => (3 * (data + 1) + data, data + 1, 0),
            Self::CbcToGcm => (data + 1, data, data + 1),
            Self::CbcToCtr => (data, data, 0),
            Self::GcmToGcm => (2 * (data + 1), 0, 2 * (data + 2)),
        };
        Blocks { forward, inverse, ghash }
    }
}

/// What a message's descriptor, input and answer are.
type Parts = (Opcode, Block, Vec<u8>, Vec<u8>);

fn single(
    opcode: Opcode,
    chance: &mut Chance,
    data: Vec<u8>,
    answer: impl Fn(Block, &[u8]) -> Vec<u8>,
) -> Parts {
    let iv = chance.array();
    let expected = answer(iv, &data);
    (opcode, iv, data, expected)
}

fn gcm(key: &Key, aad_bytes: usize, data: Vec<u8>, chance: &mut Chance) -> Parts {
    let (nonce, aad) = (chance.array::<NONCE_BYTES>(), chance.bytes(aad_bytes));
    let expected = key.gcm_output(nonce, &aad, &data);
    let input = [padded(&aad), data].concat();
    (Opcode::Gcm, parameter(nonce), input, expected)
}

/// Keys: of the channel, of its MAC, of the operation.
// spec: enigma-bridge 4 (request and answer envelopes)
fn process(keys: &[Key], data: &[u8], chance: &mut Chance) -> Parts {
    let nonce: [u8; 8] = chance.array();
    let sealed = |mark, nonce: [u8; 8], data: &[u8]| {
        let body = keys[0].cbc_encrypt([0; BLOCK_BYTES], &envelope(mark, nonce, data));
        let mac = keys[1].cbc_mac(&body);
        [&body[..], &mac].concat()
    };
    let operated = keys[2].ecb(data, false);
    let input = sealed(REQUEST_MARK, nonce, data);
    let expected = sealed(ANSWER_MARK, nonce.map(|byte| byte.wrapping_add(1)), &operated);
    (Opcode::Program, [0; BLOCK_BYTES], input, expected)
}

fn envelope(mark: u8, nonce: [u8; 8], data: &[u8]) -> Vec<u8> {
    let mut all = vec![mark];
    all.extend_from_slice(&ENVELOPE_NUMBER.to_be_bytes());
    all.extend_from_slice(&nonce);
    all.extend_from_slice(data);
    debug_assert_eq!(all.len(), ENVELOPE_BYTES + data.len());
    let pad = BLOCK_BYTES - all.len() % BLOCK_BYTES;
    all.resize(all.len() + pad, pad as u8);
    all
}

fn cbc_to_gcm(keys: &[Key], data: Vec<u8>, chance: &mut Chance) -> Parts {
    let (iv, nonce): (Block, [u8; NONCE_BYTES]) = (chance.array(), chance.array());
    let expected = keys[1].gcm_output(nonce, &[], &keys[0].cbc_decrypt(iv, &data));
    let input = [&iv[..], &parameter(nonce), &data].concat();
    (Opcode::Program, [0; BLOCK_BYTES], input, expected)
}

fn cbc_to_ctr(keys: &[Key], data: Vec<u8>, chance: &mut Chance) -> Parts {
    let (iv, counter): (Block, Block) = (chance.array(), chance.array());
    let expected = keys[1].ctr(counter, &keys[0].cbc_decrypt(iv, &data));
    let input = [&iv[..], &counter, &data].concat();
    (Opcode::Program, [0; BLOCK_BYTES], input, expected)
}

fn gcm_to_gcm(keys: &[Key], data: &[u8], chance: &mut Chance) -> Parts {
    let (before, after): ([u8; NONCE_BYTES], [u8; NONCE_BYTES]) = (chance.array(), chance.array());
    let (aad_in, aad_out) = (chance.bytes(SIDE_AAD_BYTES), chance.bytes(SIDE_AAD_BYTES));
    let sealed = keys[0].gcm_output(before, &aad_in, data);
    let expected = keys[1].gcm_output(after, &aad_out, data);
    let input = [&parameter(before)[..], &parameter(after), &aad_in, &aad_out, &sealed].concat();
    (Opcode::Program, [0; BLOCK_BYTES], input, expected)
}

/// A nonce as a block.
fn parameter(nonce: [u8; NONCE_BYTES]) -> Block {
    let mut block = [0; BLOCK_BYTES];
    block[..NONCE_BYTES].copy_from_slice(&nonce);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Work; 7] = [
        Work::Cbc,
        Work::Ctr,
        Work::Gcm { aad_bytes: 16 },
        Work::Process,
        Work::CbcToGcm,
        Work::GcmToGcm,
        Work::CbcToCtr,
    ];

    #[test]
    fn messages_are_as_long_as_the_traffic_says() {
        let mut chance = Chance::new(1);
        let keys: Vec<_> = (0..3).map(|_| Key::new(&chance.bytes(KEY_BYTES))).collect();
        let places = [KeyRef { slot: 1, generation: 1 }; 3];
        for work in ALL {
            for data in [16, 64, 1024] {
                let message = work.message(data, &keys, &places, &mut chance);
                let lengths = (message.input.len(), message.expected.len());
                assert_eq!(lengths, work.traffic(data), "{work:?} {data}");
                assert_eq!(usize::from(message.descriptor.input_bytes), lengths.0);
            }
        }
    }

    #[test]
    fn blocks_are_those_of_the_budget() {
        let blocks = |forward, inverse, ghash| Blocks { forward, inverse, ghash };
        assert_eq!(Work::Process.blocks(16), blocks(7, 2, 0));
        assert_eq!(Work::Process.blocks(64), blocks(19, 5, 0));
        assert_eq!(Work::Cbc.blocks(64), blocks(4, 0, 0));
        assert_eq!(Work::Gcm { aad_bytes: 0 }.blocks(64), blocks(5, 0, 5));
        assert_eq!(Work::Gcm { aad_bytes: 16 }.blocks(64), blocks(5, 0, 6));
        assert_eq!(Work::CbcToGcm.blocks(64), blocks(5, 4, 5));
        assert_eq!(Work::CbcToCtr.blocks(64), blocks(4, 4, 0));
    }

    #[test]
    fn every_key_of_a_program_has_a_role_and_names_the_others() {
        for work in [Work::Process, Work::CbcToGcm, Work::GcmToGcm, Work::CbcToCtr] {
            for place in 0..work.keys() {
                let header = work.header(place, 100).unwrap();
                assert_ne!(header.roles, 0);
                assert_eq!(header.usage, 0, "programs only");
                let named = header.partners.iter().filter(|partner| **partner != 0).count();
                assert_eq!(named, work.keys() - 1);
                assert!(!header.partners.contains(&header.key_id));
            }
        }
    }
}
