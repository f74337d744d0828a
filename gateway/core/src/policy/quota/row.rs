//! What the store keeps of quotas.

use super::key::{OwnerId, PatternId};
use super::slots::Slots;
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::time::UnixMs;

/// Counts forms of [`Row`].
const FORM: u8 = 1;

/// Names a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId {
    /// Whose.
    pub owner: OwnerId,
    /// Of which pattern; `None` is how far any of them may be.
    pub pattern: Option<PatternId>,
}

/// What was reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// For whom.
    pub id: RowId,
    pub(super) slots: Slots,
}

impl Row {
    /// Takes in an earlier row of the same name: rows of two requests may become durable in either
    /// order, and neither takes back what the other reserved; also not after a clock was set back.
    pub fn merge(&mut self, earlier: &Self) {
        self.slots.cover(&earlier.slots);
    }

    /// Whether it says nothing any more.
    pub fn is_over(&self, now: UnixMs) -> bool {
        self.slots.is_over(now)
    }
}

impl Record for Row {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM);
        self.id.encode(out);
        self.slots.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        if input.u8()? != FORM {
            return Err(Corrupt);
        }
        Ok(Self { id: RowId::decode(input)?, slots: Slots::decode(input)? })
    }
}

impl Record for RowId {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.owner.0).option(self.pattern, |out, pattern| out.raw(&pattern.0));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let owner = OwnerId(input.array()?);
        let pattern = input.option(Decoder::array)?.map(PatternId);
        Ok(Self { owner, pattern })
    }
}
