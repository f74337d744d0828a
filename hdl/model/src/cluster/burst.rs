//! Head of the parallel queue: the blocks of one message after the other, and for GCM the items
//! of GHASH.

/// An entry of the parallel queue.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BurstJob {
    pub(crate) ctx: u8,
    /// Issues.
    pub(crate) blocks: u16,
    pub(crate) gcm: bool,
    pub(crate) aad_blocks: u16,
}

/// A block of the parallel message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BurstIssue {
    pub(crate) ctx: u8,
    /// It goes through the lane; else only its companion counts.
    pub(crate) lane: bool,
    /// GHASH takes it, or what comes out of it.
    pub(crate) item: bool,
    pub(crate) last: bool,
    pub(crate) gcm: bool,
}

/// Position in the message at the head of the queue.
#[derive(Default)]
pub(crate) struct Burst {
    index: u16,
}

impl Burst {
    /// The block that wants to be issued.
    pub(crate) fn next(&self, head: &BurstJob) -> BurstIssue {
        let last = self.index + 1 == head.blocks;
        let lead = head.aad_blocks.max(1);
        BurstIssue {
            ctx: head.ctx,
            lane: !head.gcm || self.index == 0 || self.index >= lead,
            item: head.gcm && (self.index != 0 || head.aad_blocks != 0 || last),
            last,
            gcm: head.gcm,
        }
    }

    /// The block was issued.
    pub(crate) fn take(&mut self, last: bool) {
        self.index = if last { 0 } else { self.index + 1 };
    }
}
