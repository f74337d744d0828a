//! `ProcessData` chains under keys of blocks, good ones and every bad kind.
// spec: enigma-bridge 2.2, 2.4

use std::sync::Arc;

use typex_core::error::{ErrorKind, InvalidData, Malformed};
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{Channel, DataLengths, KeyRecord, Material, Usage};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::{Cipher, LoadedKey};

use crate::case::{Case, Make, Random};
use crate::oracle;
use crate::subject::Subject;

/// A key and everything a client of it knows.
pub(crate) struct Client {
    key: Arc<LoadedKey>,
    usage: Usage,
    object: u32,
    enc: [u8; 32],
    mac: [u8; 32],
    app: [u8; 16],
}

/// Ways to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    Tag,
    Ciphertext,
    Mark,
    Object,
    Padding,
    PaddingRange,
    Overlong,
    Short,
    Partial,
}

impl Flaw {
    pub(crate) const ALL: [Self; 10] = [
        Self::None,
        Self::Tag,
        Self::Ciphertext,
        Self::Mark,
        Self::Object,
        Self::Padding,
        Self::PaddingRange,
        Self::Overlong,
        Self::Short,
        Self::Partial,
    ];
}

const RAW: ErrorKind = ErrorKind::InvalidData(InvalidData::Raw);

impl Client {
    pub(crate) fn new(random: &mut Random, usage: Usage) -> Self {
        let (enc, mac, app): ([u8; 32], [u8; 32], [u8; 16]) =
            (random.array(), random.array(), random.array());
        let object = random.next() as u32;
        let channel = Channel { enc: Secret::new(enc), mac: Secret::new(mac) };
        let material = Material::Aes128(Secret::new(app));
        let key = LoadedKey::new(record(usage, object), Some(channel), material, Arc::default());
        Self { key: Arc::new(key.unwrap()), usage, object, enc, mac, app }
    }

    /// A request of `blocks` blocks of data with one thing wrong.
    pub(crate) fn case(&self, random: &mut Random, blocks: usize, flaw: Flaw) -> Case {
        let (nonce, data): ([u8; 8], _) = (random.array(), random.bytes(blocks * 16));
        let mut sealed = self.seal(self.clear(random, nonce, &data, flaw));
        let expected = match flaw {
            Flaw::None => Ok(self.answer(nonce, &data)),
            _ => Err(self.spoil(random, &mut sealed, flaw)),
        };
        let what = format!("{:?} of {blocks} blocks, flaw {flaw:?}", self.usage);
        Case { what, make: Make::Process(Arc::clone(&self.key)), data: sealed, expected }
    }

    /// The envelope, with the flaw if it is one of those under the seal.
    fn clear(&self, random: &mut Random, nonce: [u8; 8], data: &[u8], flaw: Flaw) -> Vec<u8> {
        let mut clear = envelope(0x1f, self.object, nonce, data);
        let end = clear.len() - 1;
        match flaw {
            Flaw::Mark => clear[0] ^= 1 << random.below(8),
            Flaw::Object => clear[1 + random.below(4)] ^= 1 << random.below(8),
            Flaw::Padding => clear[end - 1 - random.below(2)] ^= 0x11,
            Flaw::PaddingRange => clear[end] = *random.pick(&[0, 17, 128, 255]),
            Flaw::Short => clear = envelope(0x1f, self.object, nonce, &data[..data.len() - 2]),
            _ => {}
        }
        clear
    }

    /// Puts the flaw into the sealed request if it is one of those outside; with the error that
    /// has to come of it.
    fn spoil(&self, random: &mut Random, sealed: &mut Vec<u8>, flaw: Flaw) -> ErrorKind {
        match flaw {
            Flaw::Tag => {
                let at = sealed.len() - 1 - random.below(16);
                sealed[at] ^= 1 << random.below(8);
                ErrorKind::VerifyFailed
            }
            Flaw::Ciphertext => {
                let at = random.below(sealed.len() - 16);
                sealed[at] ^= 1 << random.below(8);
                ErrorKind::VerifyFailed
            }
            Flaw::Overlong => {
                *sealed = self.seal(vec![1; 16 * 70]);
                RAW
            }
            Flaw::Short => RAW,
            Flaw::Partial => {
                sealed.pop();
                ErrorKind::Malformed(Malformed::Length)
            }
            _ => ErrorKind::VerifyFailed,
        }
    }

    fn answer(&self, nonce: [u8; 8], data: &[u8]) -> Vec<u8> {
        let which = match self.usage {
            Usage::EncryptBlocks => Cipher::EcbEncrypt,
            _ => Cipher::EcbDecrypt,
        };
        let data = oracle::cipher(which, &self.app, &[0; 16], &[], data).unwrap();
        self.seal(envelope(0xf1, self.object, nonce.map(|byte| byte.wrapping_add(1)), &data))
    }

    fn seal(&self, clear: Vec<u8>) -> Vec<u8> {
        let mut sealed =
            oracle::cipher(Cipher::CbcEncrypt, &self.enc, &[0; 16], &[], &clear).unwrap();
        let tag = oracle::cipher(Cipher::CbcMac, &self.mac, &[0; 16], &[], &sealed).unwrap();
        sealed.extend_from_slice(&tag);
        sealed
    }
}

fn envelope(mark: u8, object: u32, nonce: [u8; 8], data: &[u8]) -> Vec<u8> {
    let mut clear = vec![mark];
    clear.extend_from_slice(&object.to_be_bytes());
    clear.extend_from_slice(&nonce);
    clear.extend_from_slice(data);
    let pad = 16 - clear.len() % 16;
    clear.resize(clear.len() + pad, pad as u8);
    clear
}

fn record(usage: Usage, object: u32) -> KeyRecord {
    KeyRecord {
        object: Some(object),
        lengths: DataLengths::UpTo(1024),
        ..KeyRecord::first(KeyId([1; 16]), PartitionId([1; 16]), usage, UnixMs(0))
    }
}

/// Every flaw at every length, each beside sound requests.
pub(crate) fn flaws(subject: &mut Subject) {
    let mut random = Random::new(7);
    for usage in [Usage::EncryptBlocks, Usage::DecryptBlocks] {
        let client = Client::new(&mut random, usage);
        let mut cases = Vec::new();
        for blocks in [1, 2, 3, 4, 15, 31, 32, 33, 63, 64] {
            for flaw in Flaw::ALL {
                cases.push(client.case(&mut random, blocks, flaw));
                cases.push(client.case(&mut random, blocks, Flaw::None));
            }
        }
        subject.check(&cases);
    }
}
