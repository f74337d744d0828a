//! Re-encryption: CBC to GCM and GCM to GCM, associated data on both sides.

use std::sync::Arc;

use typex_core::error::{ErrorKind, Malformed};
use typex_core::id::PartitionId;
use typex_core::secret::Secret;
use typex_engine::{Cipher, OpenMode, ReencryptKey};

use crate::case::{Case, Make, Random};
use crate::oracle;
use crate::single::LENGTHS;
use crate::subject::Subject;

/// A pair of keys and everything its owner knows.
pub(crate) struct Pair {
    key: Arc<ReencryptKey>,
    open: Vec<u8>,
    seal: Vec<u8>,
}

impl Pair {
    pub(crate) fn new(random: &mut Random, mode: OpenMode) -> Self {
        let mut bytes = || {
            let len = *random.pick(&[16, 24, 32]);
            random.bytes(len)
        };
        let (open, seal) = (bytes(), bytes());
        let secret = |key: &[u8]| Secret::new(key.to_vec());
        let partition = PartitionId([7; 16]);
        let key = ReencryptKey::new(partition, mode, &secret(&open), &secret(&seal)).unwrap();
        Self { key: Arc::new(key), open, seal }
    }

    /// A message of `bytes`, rounded up to blocks for CBC; `forged` in one bit of it.
    pub(crate) fn case(
        &self,
        random: &mut Random,
        bytes: usize,
        aad: [usize; 2],
        forged: bool,
    ) -> Case {
        let (iv, seal): ([u8; 16], [u8; 12]) = (random.array(), random.array());
        let gcm = self.key.mode() == OpenMode::Gcm;
        let (aad, out) = (random.bytes(if gcm { aad[0] } else { 0 }), random.bytes(aad[1]));
        let clear = random.bytes(if gcm { bytes } else { bytes.next_multiple_of(16).max(16) });
        let mut data = match self.key.mode() {
            OpenMode::Gcm => oracle::gcm_seal(&self.open, &iv[..12], &aad, &clear),
            OpenMode::Cbc => {
                oracle::cipher(Cipher::CbcEncrypt, &self.open, &iv, &[], &clear).unwrap()
            }
        };
        let mut expected = Ok(oracle::gcm_seal(&self.seal, &seal, &out, &clear));
        if forged && gcm {
            let at = random.below(data.len());
            data[at] ^= 1 << random.below(8);
            expected = Err(ErrorKind::VerifyFailed);
        }
        let key = Arc::clone(&self.key);
        made(Make::Reencrypt { key, iv, aad, seal, out }, data, expected)
    }
}

fn made(make: Make, data: Vec<u8>, expected: Result<Vec<u8>, ErrorKind>) -> Case {
    let Make::Reencrypt { key, aad, out, .. } = &make else { panic!("not a re-encryption") };
    let (mode, from, to) = (key.mode(), aad.len(), out.len());
    let what = format!("{mode:?} to Gcm, {} bytes, {from} and {to} associated", data.len());
    Case { what, make, data, expected }
}

pub(crate) fn lengths(subject: &mut Subject) {
    let mut random = Random::new(5);
    let mut cases = Vec::new();
    for mode in [OpenMode::Cbc, OpenMode::Gcm] {
        let pairs = [(); 4].map(|()| Pair::new(&mut random, mode));
        for bytes in LENGTHS {
            for aad in [[0, 0], [13, 0], [0, 20], [33, 33], [128, 128], [129, 1]] {
                let forged = random.below(4) == 0;
                let at = random.below(pairs.len());
                cases.push(pairs[at].case(&mut random, bytes, aad, forged));
            }
        }
    }
    subject.check(&cases);
}

pub(crate) fn refusals(subject: &mut Subject) {
    let mut random = Random::new(6);
    let refused = || Err(ErrorKind::Malformed(Malformed::Length));
    let cbc = Pair::new(&mut random, OpenMode::Cbc);
    let gcm = Pair::new(&mut random, OpenMode::Gcm);
    let case = |pair: &Pair, bytes, aad: usize, out: usize| {
        let (key, aad, out) = (Arc::clone(&pair.key), vec![0; aad], vec![0; out]);
        let make = Make::Reencrypt { key, iv: [0; 16], aad, seal: [0; 12], out };
        made(make, vec![1; bytes], refused())
    };
    subject.check(&[
        case(&cbc, 0, 0, 0),
        case(&cbc, 17, 0, 0),
        case(&cbc, 16, 1, 0),
        case(&cbc, 16, 0, 1025),
        case(&gcm, 15, 0, 0),
        case(&gcm, 32, 1025, 0),
        case(&gcm, 64 * 1024 + 17, 0, 0),
    ]);
}
