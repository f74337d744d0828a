//! What counts as different within a domain.

use super::Meter;
use super::key::{Asked, PatternId, QuotaKey, ValueTag};
use crate::token::domain::DomainRecord;
use crate::token::{Pattern, TokenError, is_card};

/// What a caller asks about.
#[derive(Clone, Copy)]
pub enum Distinct<'a> {
    /// A value, for which there shall be a token in the domain: as it came, or as it was found.
    Value(&'a [u8]),
    /// A token of the domain.
    Token(&'a [u8]),
}

impl QuotaKey {
    /// As what something is counted, where the domain has a limit; `caller` is its API key or
    /// access key.
    ///
    /// Card numbers are counted by what others tell of them, length, first six and last four
    /// digits, however little the tokens of the domain show: who knows that much of a card tries
    /// what is left.
    ///
    /// # Errors
    /// [`TokenError::Length`] if the domain has no tokens of this length.
    // spec: payments 10.4
    pub fn distinct(
        &self,
        caller: [u8; 16],
        domain: &DomainRecord,
        what: Distinct<'_>,
    ) -> Result<Option<(Meter, ValueTag)>, TokenError> {
        let DomainRecord { layout, limits, .. } = domain;
        let (text, is_token) = match what {
            Distinct::Value(value) => (value, false),
            Distinct::Token(token) => (token, true),
        };
        let free = layout.free_values(text.len())?;
        let (pattern, limit) = match !is_token && is_card(text) {
            true => (Pattern::of_card(text)?, limits.cards_per_hour(layout, text.len())),
            false => (Pattern::of(layout, text)?, limits.distinct_per_hour(free)),
        };
        let Some(limit) = limit else { return Ok(None) };
        let owner = self.owner(Asked::Tokens, domain.partition, caller, &domain.name);
        let meter = Meter { owner, pattern: self.pattern(&pattern), limit };
        Ok(Some((meter, self.value(is_token, text))))
    }

    /// As what values are counted that are told.
    pub fn told(&self, caller: [u8; 16], domain: &DomainRecord) -> Meter {
        let owner = self.owner(Asked::Values, domain.partition, caller, &domain.name);
        let limit = domain.limits.detokenize_per_hour;
        Meter { owner, pattern: PatternId::ONLY, limit }
    }
}
