//! `typex payments waits`.

use clap::Subcommand;
use typex_core::UnixMs;
use typex_store::system_clock;

use super::super::run::Failure;
use super::super::table::{listed, unexpected};
use crate::admin::payments::{PaymentAnswer, PaymentRequest, WaitShown};

/// `typex payments waits`.
#[derive(Subcommand)]
pub enum WaitsCommand {
    /// List who waits, with failures and the end of the wait; cards are keyed hashes.
    List {
        /// Also those that failed and do not wait.
        #[arg(long)]
        all: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// End one wait and forget its failures.
    Clear {
        /// As `waits list` prints it.
        id: String,
    },
}

/// Shows or ends waits.
pub(super) fn waits(
    ask: impl Fn(PaymentRequest) -> Result<PaymentAnswer, Failure>,
    command: WaitsCommand,
) -> Result<(), Failure> {
    match command {
        WaitsCommand::List { all, json } => show(ask(PaymentRequest::Waits { all })?, json),
        WaitsCommand::Clear { id } => ask(PaymentRequest::ClearWait { id }).map(drop),
    }
}

fn show(answer: PaymentAnswer, json: bool) -> Result<(), Failure> {
    let PaymentAnswer::Waits(all) = answer else { return Err(unexpected()) };
    let now = system_clock();
    let row = |one: &WaitShown| {
        let left = one.until_ms.map(|until| UnixMs(until).since(now).as_secs().max(1));
        let left = left.map_or_else(|| "no".to_owned(), |left| format!("{left} s more"));
        let (kind, subject) = (one.kind.clone(), one.subject.clone());
        [one.id.clone(), kind, subject, one.partition.clone(), one.failures.to_string(), left]
    };
    listed(&all, json, ["WAIT", "WHO", "SUBJECT", "PARTITION", "FAILURES", "WAITS"], row)
}
