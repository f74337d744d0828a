//! How fast tokens of a domain may be asked for.

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::error::ErrorKind;
use crate::limits::{
    CARD_END_TOLD, CARD_FRONT_TOLD, QUOTA_DETOKENIZE_PER_HOUR, QUOTA_DISTINCT_PART,
    QUOTA_DISTINCT_PER_HOUR, QUOTA_FREE_VALUES, QUOTA_PER_HOUR_MAX, VAULT_TOKENS, VAULT_TOKENS_MAX,
};
use crate::token::Layout;

/// How fast each caller may ask, and for how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DomainLimits {
    /// Different values within an hour whose tokens look alike.
    // spec: payments 10.4
    pub distinct: DistinctLimit,
    /// Tokens within an hour whose values are told, masked or not.
    pub detokenize_per_hour: u32,
    /// Tokens in its vault.
    pub tokens_max: u64,
}

/// How many different values of one pattern a caller may have tokenized within an hour: who sees
/// enough of them knows which value a token stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DistinctLimit {
    /// [`QUOTA_DISTINCT_PER_HOUR`], and no more than one in [`QUOTA_DISTINCT_PART`] of the values
    /// that there are of a pattern: for card numbers in every layout, for other texts and tokens
    /// where there are fewer than [`QUOTA_FREE_VALUES`].
    #[default]
    WhereFew,
    /// So many, in every layout.
    PerHour(u32),
    /// Any number: whoever asks knows the values anyway.
    None,
}

impl Default for DomainLimits {
    fn default() -> Self {
        let distinct = DistinctLimit::default();
        let detokenize_per_hour = QUOTA_DETOKENIZE_PER_HOUR;
        Self { distinct, detokenize_per_hour, tokens_max: VAULT_TOKENS }
    }
}

impl DomainLimits {
    /// Whether they are limits.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] above [`QUOTA_PER_HOUR_MAX`] and [`VAULT_TOKENS_MAX`].
    pub fn check(&self) -> Result<(), ErrorKind> {
        let distinct = match self.distinct {
            DistinctLimit::PerHour(count) => count,
            DistinctLimit::WhereFew | DistinctLimit::None => 0,
        };
        let sound = distinct.max(self.detokenize_per_hour) <= QUOTA_PER_HOUR_MAX
            && self.tokens_max <= VAULT_TOKENS_MAX;
        sound.then_some(()).ok_or(ErrorKind::TooLarge)
    }

    /// The quota of a pattern of texts, or of tokens, which have so many values to choose from; see
    /// [`Layout::free_values`].
    pub fn distinct_per_hour(&self, free_values: u64) -> Option<u32> {
        self.per_hour((free_values < QUOTA_FREE_VALUES).then_some(free_values))
    }

    /// The quota of card numbers of a length with the same digits in front and at the end. A layout
    /// that keeps more than others tell leaves fewer that a token can stand for.
    pub fn cards_per_hour(&self, layout: &Layout, length: usize) -> Option<u32> {
        let front = layout.front().max(CARD_FRONT_TOLD);
        let end = layout.end().max(CARD_END_TOLD);
        let hidden = length.saturating_sub(usize::from(front) + usize::from(end));
        let values = 10_u64.saturating_pow(u32::try_from(hidden).unwrap_or(u32::MAX));
        self.per_hour(Some(values))
    }

    /// The quota where there are few values, or any number.
    fn per_hour(&self, values: Option<u64>) -> Option<u32> {
        match self.distinct {
            DistinctLimit::WhereFew => {
                let part = values? / QUOTA_DISTINCT_PART;
                let part = u32::try_from(part).unwrap_or(u32::MAX);
                Some(part.clamp(1, QUOTA_DISTINCT_PER_HOUR))
            }
            DistinctLimit::PerHour(count) => Some(count),
            DistinctLimit::None => None,
        }
    }
}

impl Record for DomainLimits {
    fn encode(&self, out: &mut Encoder) {
        match self.distinct {
            DistinctLimit::WhereFew => out.u8(1),
            DistinctLimit::PerHour(count) => out.u8(2).u32(count),
            DistinctLimit::None => out.u8(3),
        };
        out.u32(self.detokenize_per_hour).u64(self.tokens_max);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let distinct = match input.u8()? {
            1 => DistinctLimit::WhereFew,
            2 => DistinctLimit::PerHour(input.u32()?),
            3 => DistinctLimit::None,
            _ => return Err(Corrupt),
        };
        let (detokenize_per_hour, tokens_max) = (input.u32()?, input.u64()?);
        let limits = Self { distinct, detokenize_per_hour, tokens_max };
        limits.check().map(|()| limits).map_err(|_| Corrupt)
    }
}
