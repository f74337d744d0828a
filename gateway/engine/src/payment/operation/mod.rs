//! Payment operations: from a call and its keys to what comes of it.
//!
//! An operation is a function of its job: what is random comes in it, so that a job that runs
//! again gives the same bytes.

mod card;
mod chip;
mod data;
mod job;
mod key;
mod mac;
mod nothing;
mod on_card;
mod pin;
pub mod price;
mod random;
mod rsa;

pub(crate) use data::opened;
pub use job::{JobKey, KeySource, PaymentJob};
pub(crate) use on_card::CardPairs;
pub(crate) use pin::{TokenWay, translated_by_token};

use typex_core::error::ErrorKind;
use typex_core::op::payment::{Done, Task};
use typex_core::secret::Secret;

use self::key::Keys;
use self::random::Random;
use super::Error;
use super::lanes::{self, Lanes};

type Seed = Secret<[u8; 32]>;

/// A job with the randomness that was drawn at its admission.
pub(crate) type Seeded<'a> = (&'a PaymentJob, Option<&'a Seed>);

/// Runs jobs side by side, answers in their order.
pub(crate) fn run_lanes(jobs: &[Seeded<'_>]) -> Vec<Result<Done, ErrorKind>> {
    let lanes = Lanes::new();
    let operations = jobs.iter().map(|(job, seed)| Box::pin(perform(&lanes, job, *seed)));
    let answers = lanes.run(operations.collect());
    answers.into_iter().map(|answer| answer.map_err(ErrorKind::from)).collect()
}

/// Runs one job.
pub(crate) fn run((job, seed): Seeded<'_>) -> Result<Done, ErrorKind> {
    let done = lanes::alone(async |lanes| perform(lanes, job, seed).await);
    done.map_err(|error: Error| error.into())
}

async fn perform(lanes: &Lanes, job: &PaymentJob, seed: Option<&Seed>) -> Result<Done, Error> {
    let keys = Keys::open(lanes, job.task.operation(), &job.keys).await?;
    let random = Random::new(seed);
    match &job.task {
        Task::Encrypt { .. } | Task::Decrypt { .. } | Task::ReEncrypt { .. } => {
            data::perform(lanes, job, &keys, random).await
        }
        Task::TranslatePin { .. }
        | Task::VerifyPin3624 { .. }
        | Task::VerifyPinVisa { .. }
        | Task::GeneratePin3624 { .. }
        | Task::GeneratePinVisa { .. }
        | Task::GenerateOffset3624 { .. }
        | Task::GenerateValueVisa { .. } => pin::perform(lanes, &job.task, &keys, random).await,
        Task::GenerateMac { .. } | Task::VerifyMac { .. } => {
            mac::perform(lanes, &job.task, &keys).await
        }
        Task::GenerateCardValue { .. }
        | Task::VerifyCardValue { .. }
        | Task::GenerateDynamicValue { .. }
        | Task::VerifyDynamicValue { .. } => card::perform(lanes, &job.task, &keys).await,
        Task::GenerateCryptogram(_)
        | Task::VerifyCryptogram { .. }
        | Task::ChangeChipPin { .. } => chip::perform(lanes, &job.task, &keys).await,
    }
}
