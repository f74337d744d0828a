//! Puts the pieces of a body together within its limit.

use bytes::{Bytes, BytesMut};

use super::Refusal;
use super::shard::Claim;

/// A body that is being received. One that comes in a single piece is not copied.
pub(super) struct Assembly {
    most: usize,
    claim: Option<Claim>,
    first: Bytes,
    whole: BytesMut,
}

impl Assembly {
    /// For a body of at most `most` bytes, whose memory `claim` accounts for, if given.
    pub(super) fn new(most: usize, claim: Option<Claim>) -> Self {
        Self { most, claim, first: Bytes::new(), whole: BytesMut::new() }
    }

    /// Appends `piece`.
    pub(super) fn push(&mut self, piece: Bytes) -> Result<(), Refusal> {
        if self.len().saturating_add(piece.len()) > self.most {
            return Err(Refusal::BodyTooLarge);
        }
        if self.claim.as_mut().is_some_and(|claim| !claim.grow(piece.len())) {
            return Err(Refusal::Overloaded);
        }
        if self.len() == 0 {
            self.first = piece;
        } else {
            // The first piece joins the others only when there are others.
            self.whole.extend_from_slice(&std::mem::take(&mut self.first));
            self.whole.extend_from_slice(&piece);
        }
        Ok(())
    }

    /// The body.
    pub(super) fn finish(self) -> Bytes {
        if self.whole.is_empty() { self.first } else { self.whole.freeze() }
    }

    fn len(&self) -> usize {
        self.first.len() + self.whole.len()
    }
}
