//! Jobs of all kinds with what must come of them.

use typex_card::host::{Block, Key, padded};

use crate::random::Random;

pub(crate) const OK: u8 = 0;
pub(crate) const TAG_MISMATCH: u8 = 7;
pub(crate) const BAD_DATA: u8 = 8;
pub(crate) const DMA_ERROR: u8 = 9;

/// Bytes of input that a context holds.
const INPUT_MAX: usize = 4352;

const MAC_CHECK: u8 = 1;
const CBC_OPEN: u8 = 2;
const GCM_OPEN: u8 = 3;
const OPERATE_ENCRYPT: u8 = 4;
const OPERATE_DECRYPT: u8 = 5;
const CBC_SEAL: u8 = 6;
const GCM_SEAL: u8 = 7;
const MAC_SEAL: u8 = 8;
const CTR_OPEN: u8 = 9;
const CTR_SEAL: u8 = 10;
const ECB_OPEN: u8 = 11;
const ECB_ENCRYPT: u8 = 12;
const CMAC: u8 = 13;
const CBC_MAC: u8 = 14;
const ENVELOPE: u8 = 0x40;
const IV: u8 = 0x80;

/// A key in a slot.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) slot: u8,
    pub(crate) key: Key,
}

impl Slot {
    pub(crate) fn new(slot: u8, bytes: Vec<u8>) -> Self {
        Self { slot, key: Key::new(&bytes) }
    }

    /// 0, 1, 2 for 16, 24, 32 bytes.
    pub(crate) fn length(&self) -> u8 {
        (self.key.bytes().len() / 8 - 2) as u8
    }
}

/// A job as the front hands it over, its input, and the status and output that must come.
#[derive(Clone, Default)]
pub(crate) struct Job {
    /// The ABI's step, its key in bits 4 and 5; here bit 6 is `envelope`, bit 7 `iv`.
    pub(crate) steps: Vec<u8>,
    pub(crate) keys: Vec<(u8, u8)>,
    pub(crate) program: bool,
    pub(crate) key_load: bool,
    pub(crate) inline: bool,
    pub(crate) read_error: bool,
    pub(crate) word: u32,
    pub(crate) data_bytes: usize,
    pub(crate) data_block: usize,
    pub(crate) aad_in: (usize, usize),
    pub(crate) aad_out: (usize, usize),
    pub(crate) tag_block: usize,
    pub(crate) iv: Block,
    pub(crate) expected: Block,
    pub(crate) input: Vec<u8>,
    pub(crate) output_bytes: usize,
    pub(crate) status: u8,
    pub(crate) output: Vec<u8>,
}

/// Single-step jobs, then the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    EcbEncrypt,
    EcbDecrypt,
    CbcEncrypt,
    CbcDecrypt,
    Ctr,
    GcmSeal,
    GcmOpen,
    Cmac,
    CbcMac,
    KeyLoad,
    Process { encrypt: bool },
    Reencrypt { from: Mode, to: Mode },
}

/// How one side of a reencryption is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Cbc,
    Gcm,
    Ctr,
    Ecb,
}

pub(crate) const KINDS: [Kind; 23] = [
    Kind::EcbEncrypt,
    Kind::EcbDecrypt,
    Kind::CbcEncrypt,
    Kind::CbcDecrypt,
    Kind::Ctr,
    Kind::GcmSeal,
    Kind::GcmOpen,
    Kind::Cmac,
    Kind::CbcMac,
    Kind::KeyLoad,
    Kind::Process { encrypt: true },
    Kind::Process { encrypt: false },
    Kind::Reencrypt { from: Mode::Cbc, to: Mode::Gcm },
    Kind::Reencrypt { from: Mode::Gcm, to: Mode::Gcm },
    Kind::Reencrypt { from: Mode::Gcm, to: Mode::Cbc },
    Kind::Reencrypt { from: Mode::Cbc, to: Mode::Ctr },
    Kind::Reencrypt { from: Mode::Gcm, to: Mode::Ctr },
    Kind::Reencrypt { from: Mode::Ctr, to: Mode::Cbc },
    Kind::Reencrypt { from: Mode::Ctr, to: Mode::Gcm },
    Kind::Reencrypt { from: Mode::Ctr, to: Mode::Ctr },
    Kind::Reencrypt { from: Mode::Ecb, to: Mode::Cbc },
    Kind::Reencrypt { from: Mode::Ecb, to: Mode::Gcm },
    Kind::Reencrypt { from: Mode::Ecb, to: Mode::Ctr },
];

impl Kind {
    /// Bytes of data that the kind takes, nearest to those asked for.
    fn bytes(self, bytes: usize) -> usize {
        let whole = bytes.next_multiple_of(16).max(16);
        match self {
            Self::Ctr => bytes.max(1),
            Self::GcmSeal | Self::GcmOpen | Self::Cmac => bytes,
            Self::KeyLoad => 32,
            Self::Process { .. } => whole.min(1024),
            Self::Reencrypt { from: Mode::Gcm | Mode::Ctr, to: Mode::Gcm | Mode::Ctr } => bytes,
            _ => whole,
        }
    }
}

/// What a job is to be.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) kind: Kind,
    pub(crate) bytes: usize,
    pub(crate) aad_bytes: usize,
    /// Which check is to fail: see the kinds.
    pub(crate) spoil: u8,
}

impl Wish {
    /// Data that the input of a job has room for, beside IVs, associated data and tag.
    fn room(self) -> usize {
        match self.kind {
            Kind::Reencrypt { .. } => INPUT_MAX - 48 - 2 * self.aad_bytes.next_multiple_of(16),
            _ => INPUT_MAX - 16 - self.aad_bytes.next_multiple_of(16),
        }
    }
}

impl Job {
    /// A job under keys that are drawn from `slots`.
    pub(crate) fn new(random: &mut Random, slots: &[Slot], wish: Wish) -> Self {
        let mut pick = || slots[random.below(slots.len())].clone();
        let keys = [pick(), pick(), pick(), pick()];
        let bytes = wish.kind.bytes(wish.bytes.min(wish.room()));
        let mut job = match wish.kind {
            Kind::Process { encrypt } => process(random, &keys, bytes, encrypt, wish.spoil),
            Kind::Reencrypt { from, to } => reencrypt(random, &keys, bytes, wish, [from, to]),
            Kind::GcmSeal | Kind::GcmOpen | Kind::KeyLoad => gcm(random, &keys[0], bytes, wish),
            kind => single(random, &keys[0], kind, bytes),
        };
        job.keys = keys.iter().map(|key| (key.slot, key.length())).collect();
        job.output_bytes = job.output.len();
        if job.status != OK {
            job.output.fill(0);
        }
        job
    }

    /// The same job, whose input cannot be read.
    pub(crate) fn unreadable(mut self) -> Self {
        self.read_error = true;
        self.status = DMA_ERROR;
        self.output.clear();
        self
    }
}

fn single(random: &mut Random, key: &Slot, kind: Kind, bytes: usize) -> Job {
    let (iv, data) = (random.block(), random.bytes(bytes));
    let key = &key.key;
    let (step, output) = match kind {
        Kind::EcbEncrypt => (ECB_ENCRYPT, key.ecb(&data, false)),
        Kind::EcbDecrypt => (ECB_OPEN, key.ecb(&data, true)),
        Kind::CbcEncrypt => (CBC_SEAL, key.cbc_encrypt(iv, &data)),
        Kind::CbcDecrypt => (CBC_OPEN, key.cbc_decrypt(iv, &data)),
        Kind::Ctr => (CTR_SEAL, key.ctr(iv, &data)),
        Kind::Cmac => (CMAC, key.cmac(&data).to_vec()),
        _ => (CBC_MAC, key.cbc_mac(&data).to_vec()),
    };
    let inline = output.len() <= 16 && random.below(2) == 0;
    Job { steps: vec![step], iv, data_bytes: bytes, input: data, output, inline, ..Job::default() }
}

/// `spoil`: 1 the tag.
fn gcm(random: &mut Random, key: &Slot, bytes: usize, wish: Wish) -> Job {
    let (iv, clear) = (random.block(), random.bytes(bytes));
    let key_load = wish.kind == Kind::KeyLoad;
    let aad = random.bytes(if key_load { 64 } else { wish.aad_bytes });
    let (sealed, tag) = key.key.gcm_seal(nonce(&iv), &aad, &clear);
    let open = wish.kind != Kind::GcmSeal;
    let spoiled = open && wish.spoil == 1;
    let mut input = padded(&aad);
    let data_block = input.len() / 16;
    input.extend(if open { &sealed } else { &clear });
    let mut job = Job {
        steps: vec![if open { GCM_OPEN } else { GCM_SEAL }],
        key_load,
        iv,
        data_bytes: bytes,
        data_block,
        aad_in: (aad.len(), 0),
        input,
        status: if spoiled { TAG_MISMATCH } else { OK },
        ..Job::default()
    };
    if open {
        job.expected = tag;
        job.expected[random.below(16)] ^= u8::from(spoiled) << random.below(8);
        job.output = clear;
    } else {
        job.output = padded(&sealed);
        job.output.extend(tag);
    }
    job
}

/// `spoil`: 1 MAC, 2 mark, 3 number, 4 padding, 5 length of the data, 6 an overlong padding.
fn process(random: &mut Random, keys: &[Slot], bytes: usize, encrypt: bool, spoil: u8) -> Job {
    let (word, nonce, data) = (random.next() as u32, random.bytes(8), random.bytes(bytes));
    let mut asked = envelope(0x1f, word, &nonce, &data);
    spoil_envelope(&mut asked, spoil);
    let mut input = enclose(keys, &asked);
    let tag = input.len() - 16;
    input[tag + random.below(16)] ^= u8::from(spoil == 1);
    let result = keys[2].key.ecb(&data, !encrypt);
    let next: Vec<u8> = nonce.iter().map(|byte| byte.wrapping_add(1)).collect();
    Job {
        steps: process_steps(encrypt),
        program: true,
        word,
        data_bytes: bytes + 16,
        tag_block: bytes / 16 + 1,
        input,
        output: enclose(keys, &envelope(0xf1, word, &next, &result)),
        status: match spoil {
            1..=4 | 6 => TAG_MISMATCH,
            5 => BAD_DATA,
            _ => OK,
        },
        ..Job::default()
    }
}

fn process_steps(encrypt: bool) -> Vec<u8> {
    let operate = if encrypt { OPERATE_ENCRYPT } else { OPERATE_DECRYPT };
    vec![
        MAC_CHECK | 1 << 4,
        CBC_OPEN | ENVELOPE,
        operate | 2 << 4 | ENVELOPE,
        CBC_SEAL | ENVELOPE,
        MAC_SEAL | 1 << 4,
    ]
}

fn envelope(mark: u8, word: u32, nonce: &[u8], data: &[u8]) -> Vec<u8> {
    [&[mark][..], &word.to_be_bytes(), nonce, data, &[3; 3]].concat()
}

/// `spoil`: as of `process`, but the MAC.
fn spoil_envelope(clear: &mut [u8], spoil: u8) {
    let end = clear.len();
    match spoil {
        2 => clear[0] ^= 0x80,
        3 => clear[4] ^= 1,
        4 => clear[end - 1] = 0x13,
        5 => clear[end - 1] = 1,
        6 => clear[end - 3] ^= 1,
        _ => {}
    }
}

/// An envelope under the first key, and its MAC under the second.
fn enclose(keys: &[Slot], clear: &[u8]) -> Vec<u8> {
    let mut sealed = keys[0].key.cbc_encrypt([0; 16], clear);
    sealed.extend(keys[1].key.cbc_mac(&sealed));
    sealed
}

/// `modes`: how it comes, and how it goes. `spoil`: 1 the tag, if it comes in GCM.
fn reencrypt(
    random: &mut Random,
    keys: &[Slot],
    bytes: usize,
    wish: Wish,
    modes: [Mode; 2],
) -> Job {
    let [from_gcm, to_gcm] = modes.map(|mode| mode == Mode::Gcm);
    let (iv_in, iv_out, clear) = (random.block(), random.block(), random.bytes(bytes));
    let aad_in = random.bytes(if from_gcm { wish.aad_bytes } else { 0 });
    let aad_out_bytes = if to_gcm { random.below(wish.aad_bytes + 1) } else { 0 };
    let aad_out = random.bytes(aad_out_bytes);
    let mut sealed = seal(&keys[0].key, modes[0], iv_in, &aad_in, &clear);
    let spoiled = from_gcm && wish.spoil == 1;
    if from_gcm {
        let tag = sealed.len() - 16;
        sealed[tag + random.below(16)] ^= u8::from(spoiled);
    }
    let mut input = [&[iv_in, iv_out].concat()[..], &padded(&aad_in)].concat();
    let aad_out_block = input.len() / 16;
    input.extend(padded(&aad_out));
    let data_block = input.len() / 16;
    input.extend(sealed);
    Job {
        steps: reencrypt_steps(modes),
        program: true,
        data_bytes: bytes,
        data_block,
        aad_in: (aad_in.len(), 2),
        aad_out: (aad_out.len(), aad_out_block),
        tag_block: data_block + bytes.div_ceil(16),
        input,
        output: seal(&keys[3].key, modes[1], iv_out, &aad_out, &clear),
        status: if spoiled { TAG_MISMATCH } else { OK },
        ..Job::default()
    }
}

fn reencrypt_steps([from, to]: [Mode; 2]) -> Vec<u8> {
    let open = match from {
        Mode::Cbc => CBC_OPEN | IV,
        Mode::Gcm => GCM_OPEN,
        Mode::Ctr => CTR_OPEN,
        Mode::Ecb => ECB_OPEN,
    };
    let seal = match to {
        Mode::Cbc => CBC_SEAL | IV,
        Mode::Gcm => GCM_SEAL,
        Mode::Ctr | Mode::Ecb => CTR_SEAL,
    };
    vec![open, seal | 3 << 4]
}

/// The ciphertext; in GCM, its tag at the next block.
fn seal(key: &Key, mode: Mode, iv: Block, aad: &[u8], clear: &[u8]) -> Vec<u8> {
    match mode {
        Mode::Cbc => key.cbc_encrypt(iv, clear),
        Mode::Gcm => key.gcm_output(nonce(&iv), aad, clear),
        Mode::Ctr => key.ctr(iv, clear),
        Mode::Ecb => key.ecb(clear, false),
    }
}

/// The part of a parameter block that GCM uses.
fn nonce(iv: &Block) -> [u8; 12] {
    *iv.first_chunk().expect("a block is longer")
}
