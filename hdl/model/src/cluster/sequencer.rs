//! What a context does next.

use super::burst::BurstJob;
use super::calendar::Turn;
use super::context::Context;
use super::job::{Job, JobStep, Kind};

/// Bytes of header and padding of an envelope.
const ENVELOPE: u16 = 16;

/// Where a context goes.
pub(crate) enum Next {
    Serial(Turn),
    Parallel(BurstJob),
    Inverse(Turn),
    /// The step has no blocks.
    Skip,
    Finish,
}

/// Begins the next step of a context; `error`: its input could not be read.
pub(crate) fn next(context: &mut Context, ctx: u8, error: bool) -> Next {
    let step = context.job.steps.get(usize::from(context.next)).copied().unwrap_or_default();
    if error || step.kind == Kind::End {
        return Next::Finish;
    }
    context.next += 1;
    context.doing = step.kind;
    begin(&context.job, step, ctx)
}

fn begin(job: &Job, step: JobStep, ctx: u8) -> Next {
    let blocks = job.data_bytes.div_ceil(16);
    let within = job.data_bytes.saturating_sub(ENVELOPE) / 16;
    match step.kind {
        // An empty message of CMAC has a block all the same.
        Kind::MacCheck | Kind::CbcMac | Kind::Cmac | Kind::CbcSeal | Kind::MacSeal => {
            Next::Serial(Turn { ctx, blocks: blocks.max(1) })
        }
        Kind::GcmSeal if job.program => gcm(ctx, blocks, job.aad_out_bytes),
        Kind::GcmOpen | Kind::GcmSeal => gcm(ctx, blocks, job.aad_in_bytes),
        Kind::EcbEncrypt | Kind::CtrOpen | Kind::CtrSeal => parallel(ctx, blocks),
        Kind::OperateEncrypt => parallel(ctx, within),
        Kind::OperateDecrypt => inverse(ctx, within),
        Kind::CbcOpen | Kind::EcbOpen => inverse(ctx, blocks),
        Kind::End => Next::Finish,
    }
}

/// J0 and the AAD blocks but the first stand in front of the data.
fn gcm(ctx: u8, blocks: u16, aad_bytes: u16) -> Next {
    let aad_blocks = aad_bytes.div_ceil(16);
    let blocks = blocks + aad_blocks.max(1);
    Next::Parallel(BurstJob { ctx, blocks, gcm: true, aad_blocks })
}

fn parallel(ctx: u8, blocks: u16) -> Next {
    let burst = BurstJob { ctx, blocks, gcm: false, aad_blocks: 0 };
    if blocks == 0 { Next::Skip } else { Next::Parallel(burst) }
}

fn inverse(ctx: u8, blocks: u16) -> Next {
    if blocks == 0 { Next::Skip } else { Next::Inverse(Turn { ctx, blocks }) }
}
