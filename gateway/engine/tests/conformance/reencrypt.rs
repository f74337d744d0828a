//! Re-encryption: CBC, GCM, CTR and ECB to CBC, GCM and CTR, associated data on both sides.

use std::sync::Arc;

use typex_core::error::{ErrorKind, Malformed};
use typex_core::id::PartitionId;
use typex_core::secret::Secret;
use typex_engine::{Cipher, OpenMode, ReencryptKey, SealMode};

use crate::case::{Case, Make, Random};
use crate::oracle;
use crate::single::LENGTHS;
use crate::subject::Subject;

/// Every pair of modes.
pub(crate) const MODES: [(OpenMode, SealMode); 12] = [
    (OpenMode::Cbc, SealMode::Gcm),
    (OpenMode::Gcm, SealMode::Gcm),
    (OpenMode::Cbc, SealMode::Cbc),
    (OpenMode::Gcm, SealMode::Cbc),
    (OpenMode::Cbc, SealMode::Ctr),
    (OpenMode::Gcm, SealMode::Ctr),
    (OpenMode::Ctr, SealMode::Cbc),
    (OpenMode::Ctr, SealMode::Gcm),
    (OpenMode::Ctr, SealMode::Ctr),
    (OpenMode::Ecb, SealMode::Cbc),
    (OpenMode::Ecb, SealMode::Gcm),
    (OpenMode::Ecb, SealMode::Ctr),
];

/// A pair of keys and everything its owner knows.
pub(crate) struct Pair {
    key: Arc<ReencryptKey>,
    open: Vec<u8>,
    seal: Vec<u8>,
}

impl Pair {
    pub(crate) fn new(random: &mut Random, mode: (OpenMode, SealMode)) -> Self {
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

    /// A message of `bytes`, rounded up to blocks for CBC and ECB and to a byte for CTR; `forged` in
    /// one bit of it.
    pub(crate) fn case(
        &self,
        random: &mut Random,
        bytes: usize,
        aad: [usize; 2],
        forged: bool,
    ) -> Case {
        let (iv, seal): ([u8; 16], [u8; 16]) = (random.array(), random.array());
        let modes = (self.key.mode(), self.key.seal_mode());
        let gcm = modes.0 == OpenMode::Gcm;
        let (aad, out) = (
            random.bytes(if gcm { aad[0] } else { 0 }),
            random.bytes(if modes.1 == SealMode::Gcm { aad[1] } else { 0 }),
        );
        let clear = random.bytes(match modes {
            (OpenMode::Cbc | OpenMode::Ecb, _) | (_, SealMode::Cbc) => {
                bytes.next_multiple_of(16).max(16)
            }
            (OpenMode::Ctr, _) | (_, SealMode::Ctr) => bytes.max(1),
            (OpenMode::Gcm, SealMode::Gcm) => bytes,
        });
        let [open, sealed] = [(&self.open, &iv), (&self.seal, &seal)]
            .map(|(key, iv)| |cipher, clear: &[u8]| oracle::cipher(cipher, key, iv, &[], clear));
        let mut data = match modes.0 {
            OpenMode::Gcm => oracle::gcm_seal(&self.open, &iv[..12], &aad, &clear),
            OpenMode::Cbc => open(Cipher::CbcEncrypt, &clear).unwrap(),
            OpenMode::Ctr => open(Cipher::Ctr, &clear).unwrap(),
            OpenMode::Ecb => open(Cipher::EcbEncrypt, &clear).unwrap(),
        };
        let mut expected = match modes.1 {
            SealMode::Gcm => Ok(oracle::gcm_seal(&self.seal, &seal[..12], &out, &clear)),
            SealMode::Cbc => sealed(Cipher::CbcEncrypt, &clear),
            SealMode::Ctr => sealed(Cipher::Ctr, &clear),
        };
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
    let (mode, seal, from, to) = (key.mode(), key.seal_mode(), aad.len(), out.len());
    let bytes = data.len();
    let what = format!("{mode:?} to {seal:?}, {bytes} bytes, {from} and {to} associated");
    Case { what, make, data, expected }
}

pub(crate) fn lengths(subject: &mut Subject) {
    let mut random = Random::new(5);
    let mut cases = Vec::new();
    for mode in MODES {
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
    let [cbc, gcm, _, to_cbc, _, to_ctr, _, from_ctr, .., from_ecb, _] =
        MODES.map(|modes| Pair::new(&mut random, modes));
    let case = |pair: &Pair, bytes, aad: usize, out: usize| {
        let (key, aad, out) = (Arc::clone(&pair.key), vec![0; aad], vec![0; out]);
        let make = Make::Reencrypt { key, iv: [0; 16], aad, seal: [0; 16], out };
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
        case(&to_cbc, 16, 0, 0),
        case(&to_cbc, 33, 0, 0),
        case(&to_cbc, 32, 0, 1),
        case(&to_ctr, 16, 0, 0),
        case(&to_ctr, 32, 0, 1),
        case(&from_ctr, 0, 0, 0),
        case(&from_ctr, 16, 1, 0),
        case(&from_ecb, 0, 0, 0),
        case(&from_ecb, 17, 0, 0),
        case(&from_ecb, 16, 1, 0),
    ]);
}
