//! Random jobs of every kind in any order, under mixed keys.

use typex_core::key::Usage;
use typex_engine::Cipher;

use crate::case::{Case, Random};
use crate::chain::{Client, Flaw};
use crate::reencrypt::{MODES, Pair};
use crate::single;
use crate::subject::Subject;

/// Jobs of one stretch.
const STRETCH: usize = 1000;

/// 10 000, or a million with `TEST_SCALE=full`; divided for the slow.
pub(crate) fn jobs(subject: &mut Subject, divisor: usize) {
    let full = std::env::var("TEST_SCALE").is_ok_and(|scale| scale == "full");
    let jobs = if full { 1_000_000 } else { 10_000 } / divisor;
    let seed = match std::env::var("TEST_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64,
    };
    println!("{}: {jobs} random jobs, TEST_SEED={seed}", subject.name);
    let mut source = Source::new(Random::new(seed), 256);
    for _ in 0..jobs.div_ceil(STRETCH) {
        subject.check_together(&source.cases(STRETCH.min(jobs)));
    }
}

/// Jobs of every kind.
pub(crate) struct Source {
    random: Random,
    clients: Vec<Client>,
    pairs: Vec<Pair>,
    keys: Vec<Vec<u8>>,
    /// Of the longest message.
    blocks: usize,
}

impl Source {
    pub(crate) fn new(mut random: Random, blocks: usize) -> Self {
        let usages = [Usage::EncryptBlocks, Usage::DecryptBlocks].into_iter().cycle();
        let clients = usages.take(12).map(|usage| Client::new(&mut random, usage)).collect();
        let pairs = MODES.map(|modes| Pair::new(&mut random, modes)).into();
        let keys = (0..24).map(|at| random.bytes([16, 24, 32][at % 3])).collect();
        Self { random, clients, pairs, keys, blocks }
    }

    pub(crate) fn cases(&mut self, count: usize) -> Vec<Case> {
        (0..count).map(|_| self.case()).collect()
    }

    fn case(&mut self) -> Case {
        let random = &mut self.random;
        match random.below(4) {
            0 => {
                let flaw = if random.below(2) == 0 { Flaw::None } else { *random.pick(&Flaw::ALL) };
                let most = if random.below(8) == 0 { 64 } else { 5 };
                let blocks = 1 + random.below(most);
                let client = random.below(self.clients.len());
                self.clients[client].case(random, blocks, flaw)
            }
            1 => {
                let (bytes, forged) = (length(random, self.blocks), random.below(4) == 0);
                let aad = [random.below(40), random.below(40)];
                let pair = random.below(self.pairs.len());
                self.pairs[pair].case(random, bytes, aad, forged)
            }
            _ => {
                let cipher = *random.pick(&Cipher::ALL);
                let (bytes, key) = (length(random, self.blocks), random.below(self.keys.len()));
                let gcm = matches!(cipher, Cipher::GcmEncrypt | Cipher::GcmDecrypt);
                let aad = if gcm { random.below(40) } else { 0 };
                single::of_length(random, cipher, &self.keys[key], bytes, aad)
            }
        }
    }
}

/// Mostly short, weighted to the borders of blocks.
fn length(random: &mut Random, longest: usize) -> usize {
    let most = if random.below(16) == 0 { longest } else { 9 };
    let blocks = random.below(most);
    match random.below(4) {
        0 => (blocks * 16).saturating_sub(1),
        1 => (blocks * 16 + 1).min(4096),
        _ => blocks * 16,
    }
}
