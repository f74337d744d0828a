//! Hands checked descriptors on: a job to a lane, anything else to its completion.

use super::admit::Item;
use super::completion::Entry;
use super::decode::Act;
use crate::cluster::Job;
use typex_abi::Status;

/// The enabled lane with the fewest jobs; of equals the first behind the lane of the last job.
pub(crate) struct LaneChoice {
    jobs: Vec<u8>,
    last: usize,
}

impl LaneChoice {
    pub(crate) fn new(lanes: usize) -> Self {
        Self { jobs: vec![0; lanes], last: 0 }
    }

    /// The lane of the next job.
    pub(crate) fn lane(&self, enabled: u32) -> Option<usize> {
        let behind = self.last + 1..self.jobs.len();
        let lanes = behind.chain(0..self.jobs.len()).filter(|lane| enabled >> lane & 1 == 1);
        lanes.min_by_key(|lane| self.jobs[*lane])
    }

    /// No lane has a job.
    pub(crate) fn is_empty(&self) -> bool {
        self.jobs.iter().all(|jobs| *jobs == 0)
    }

    pub(crate) fn put(&mut self, lane: usize) {
        self.jobs[lane] += 1;
        self.last = lane;
    }

    pub(crate) fn end(&mut self, lane: usize) {
        self.jobs[lane] -= 1;
    }
}

/// What a dispatch may use in a cycle.
pub(crate) struct Means {
    /// Lane and its free context, for a job of an item; and for one of the self-test.
    pub(crate) lane: Option<(usize, Option<u8>)>,
    /// Room for a read of input.
    pub(crate) reads: bool,
    /// Room for input that is there already.
    pub(crate) direct: bool,
    /// The target of the item is in use.
    pub(crate) slot_busy: bool,
    pub(crate) program_ok: bool,
}

/// What is done with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It waits for a context.
    NoContext,
    /// It waits for something else.
    Waits,
    /// A job for a lane and context.
    Job(usize, u8),
    /// It wants a completion with this status.
    Done(Status),
}

/// Where an item goes, if the completion takes it.
pub(crate) fn way(item: &Item, means: &Means) -> Way {
    let exclusive = matches!(item.act, Act::KeyLoad | Act::Zeroise);
    let is_job = item.act == Act::Job || (item.act == Act::KeyLoad && !means.slot_busy);
    if !is_job {
        return Way::Done(match item.act {
            _ if exclusive && means.slot_busy => Status::SlotBusy,
            Act::ProgramLoad if !means.program_ok => Status::BadOpcode,
            _ => item.status,
        });
    }
    let room = if item.reads { means.reads } else { means.direct };
    match means.lane {
        Some((lane, Some(ctx))) if room => Way::Job(lane, ctx),
        Some((_, None)) => Way::NoContext,
        _ => Way::Waits,
    }
}

/// Reads of the input of a job.
pub(crate) fn reads_of(item: &Item) -> u8 {
    let begin = item.input % super::reads::READ_BYTES;
    (begin + u64::from(item.read_bytes)).div_ceil(super::reads::READ_BYTES) as u8
}

/// The completion of a job that never was in a cluster.
pub(crate) fn entry(job: &Job, status: Status, cycle: u32) -> Entry {
    Entry {
        id: job.id,
        status,
        output_bytes: 0,
        cycles: cycle.wrapping_sub(job.start_cycle),
        inline: [0; 16],
        interrupt: job.interrupt,
    }
}
