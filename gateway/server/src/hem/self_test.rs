//! Known-answer tests of every algorithm, and the state of the random generator.

use typex_core::key::Algorithm;
use typex_core::op::instance::fault;
use typex_engine::algorithm::{self, Random};

/// What is run at every boot, and when an owner asks for it.
#[derive(Clone, Copy)]
pub struct SelfTest {
    /// Tests one algorithm.
    pub known_answers: fn(Algorithm) -> Result<(), algorithm::Error>,
}

impl Default for SelfTest {
    fn default() -> Self {
        Self { known_answers: algorithm::self_test }
    }
}

impl SelfTest {
    /// Runs it; takes a processor for a while. Gives bits of [`fault`], 0 for none.
    pub fn run(self, random: &Random) -> u8 {
        let broken = Algorithm::ALL.into_iter().filter(|algorithm| {
            let result = (self.known_answers)(*algorithm);
            if let Err(error) = result {
                tracing::error!(algorithm = algorithm.name(), %error, "self-test failed");
            }
            result.is_err()
        });
        let known_answers = if broken.count() > 0 { fault::KNOWN_ANSWER } else { 0 };
        let entropy = if random.check().is_err() { fault::ENTROPY } else { 0 };
        known_answers | entropy
    }
}
