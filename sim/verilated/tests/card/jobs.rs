//! Keys and jobs, and what software says must come of them.

use typex_abi::{Algorithm, Descriptor, Header, KeyRef, Opcode, Status, StepKind, flag, usage};
use typex_card::host::{self, padded};

use crate::random::Random;

/// A key, its rights and its place.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) slot: KeyRef,
    pub(crate) cipher: host::Key,
    pub(crate) header: Header,
}

impl Key {
    /// A random key of 16, 24 or 32 bytes that may do every single step.
    pub(crate) fn random(random: &mut Random, slot: u16, bytes: usize) -> Self {
        let all = usage::ECB_ENCRYPT
            | usage::ECB_DECRYPT
            | usage::CBC_ENCRYPT
            | usage::CBC_DECRYPT
            | usage::CTR
            | usage::GCM_ENCRYPT
            | usage::GCM_DECRYPT
            | usage::CMAC
            | usage::CBC_MAC;
        let header = Header {
            algorithm: Algorithm::from_key_bytes(bytes).expect("an AES key"),
            usage: all,
            roles: 0,
            partition: 7,
            word: 0,
            key_id: 0,
            partners: [0; 3],
        };
        let slot = KeyRef { slot, generation: 100 + u32::from(slot) };
        Self { slot, cipher: host::Key::new(&random.bytes(bytes)), header }
    }

    /// The same for steps of programs, as `id`, beside `partners`.
    pub(crate) fn for_programs(mut self, id: u64, partners: [u64; 3], word: u32) -> Self {
        self.header.usage = 0;
        self.header.roles =
            StepKind::ALL.iter().fold(0, |all, kind| all | Header::role(*kind)) & !1;
        self.header.key_id = id;
        self.header.partners = partners;
        self.header.word = word;
        self
    }
}

/// A job before it has its place in memory.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) descriptor: Descriptor,
    pub(crate) input: Vec<u8>,
    /// As the descriptor counts them; `input` may be padded beyond.
    pub(crate) input_bytes: u16,
    /// 0: none.
    pub(crate) output_bytes: usize,
    /// What must come of it.
    pub(crate) expected: (Status, Vec<u8>),
}

impl Job {
    pub(crate) fn new(descriptor: Descriptor, input: Vec<u8>, output_bytes: usize) -> Self {
        let input_bytes = input.len() as u16;
        let expected = (Status::Ok, Vec::new());
        Self { descriptor, input, input_bytes, output_bytes, expected }
    }

    fn expecting(mut self, output: Vec<u8>) -> Self {
        self.output_bytes = output.len();
        self.expected = (Status::Ok, output);
        self
    }

    /// The same with the message in the descriptor and the output in the completion.
    fn inline(mut self) -> Self {
        self.descriptor.flags |= flag::INLINE_INPUT | flag::INLINE_OUTPUT;
        self.descriptor.inline[..self.input.len()].copy_from_slice(&self.input);
        self
    }
}

/// The single-step jobs, each direction on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    EcbEncrypt,
    EcbDecrypt,
    CbcEncrypt,
    CbcDecrypt,
    Ctr,
    GcmEncrypt,
    GcmDecrypt,
    Cmac,
    CbcMac,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::EcbEncrypt,
        Self::EcbDecrypt,
        Self::CbcEncrypt,
        Self::CbcDecrypt,
        Self::Ctr,
        Self::GcmEncrypt,
        Self::GcmDecrypt,
        Self::Cmac,
        Self::CbcMac,
    ];

    fn opcode(self) -> Opcode {
        match self {
            Self::EcbEncrypt | Self::EcbDecrypt => Opcode::Ecb,
            Self::CbcEncrypt | Self::CbcDecrypt => Opcode::Cbc,
            Self::Ctr => Opcode::Ctr,
            Self::GcmEncrypt | Self::GcmDecrypt => Opcode::Gcm,
            Self::Cmac => Opcode::Cmac,
            Self::CbcMac => Opcode::CbcMac,
        }
    }

    fn decrypts(self) -> bool {
        matches!(self, Self::EcbDecrypt | Self::CbcDecrypt | Self::GcmDecrypt)
    }

    /// A length that the opcode takes, near `bytes`.
    pub(crate) fn length(self, bytes: usize) -> usize {
        match self {
            Self::Cmac | Self::GcmEncrypt | Self::GcmDecrypt => bytes,
            Self::Ctr => bytes.max(1),
            _ => bytes.next_multiple_of(16).max(16),
        }
    }

    /// A job over random data, with the outcome that software gives it.
    pub(crate) fn job(self, random: &mut Random, key: &Key, bytes: usize, aad: usize) -> Job {
        let mut descriptor = Descriptor::new(self.opcode());
        (descriptor.slot, descriptor.generation) = (key.slot.slot, key.slot.generation);
        descriptor.flags = if self.decrypts() { flag::DECRYPT } else { 0 };
        descriptor.iv = random.block();
        let data = random.bytes(self.length(bytes));
        let (cipher, iv) = (&key.cipher, descriptor.iv);
        let output = match self {
            Self::EcbEncrypt | Self::EcbDecrypt => cipher.ecb(&data, self.decrypts()),
            Self::CbcEncrypt => cipher.cbc_encrypt(iv, &data),
            Self::CbcDecrypt => cipher.cbc_decrypt(iv, &data),
            Self::Ctr => cipher.ctr(iv, &data),
            Self::Cmac => cipher.cmac(&data).to_vec(),
            Self::CbcMac => cipher.cbc_mac(&data).to_vec(),
            Self::GcmEncrypt | Self::GcmDecrypt => {
                return self.gcm(descriptor, cipher, &random.bytes(aad), &data);
            }
        };
        let job = Job::new(descriptor, data, 0).expecting(output);
        let fits = job.input.len() <= 16 && !job.input.is_empty();
        if fits && random.below(2) == 0 { job.inline() } else { job }
    }

    fn gcm(self, mut descriptor: Descriptor, cipher: &host::Key, aad: &[u8], data: &[u8]) -> Job {
        let nonce = nonce(&descriptor.iv);
        descriptor.set_aad_bytes(aad.len() as u16);
        descriptor.iv[14..].fill(0);
        let output;
        if self.decrypts() {
            (output, descriptor.inline) = cipher.gcm_open(nonce, aad, data);
        } else {
            output = cipher.gcm_output(nonce, aad, data);
        }
        Job::new(descriptor, [&padded(aad)[..], data].concat(), 0).expecting(output)
    }
}

/// The part of a parameter block that GCM uses.
pub(crate) fn nonce(iv: &host::Block) -> [u8; 12] {
    *iv.first_chunk().expect("a block is longer")
}
