//! What one tenant may take of the room that there is.

use crate::limits::{QUOTA_PARTITION_PART, QUOTA_PARTITION_PLACES};

/// What a tenant has of something, of which there is `all` and room for `most`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) own: usize,
    pub(super) all: usize,
    pub(super) most: usize,
}

impl Share {
    /// Whether there is room for one more: a few places are every tenant's own, and nobody takes
    /// more than a part of all.
    pub(super) fn has_room(self) -> bool {
        let most = self.most / QUOTA_PARTITION_PART;
        self.own < QUOTA_PARTITION_PLACES || (self.own < most && self.all < self.most)
    }
}
