//! How full patterns are.

use std::num::NonZeroU64;
use std::ops::ControlFlow;

use typex_core::codec::Record;
use typex_core::error::ErrorKind;
use typex_core::token::Pattern;
use typex_core::token::vault::{FillRecord, LevelRecord, is_counted};
use typex_core::{Error, PartitionId};

use super::NewToken;
use crate::limits::LEVELS_MAX;
use crate::tx::Tx;

/// How full a pattern is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Thousandths of its values that are tokens.
    pub permille: u64,
    /// Whether operators are to know.
    pub is_high: bool,
}

impl Tx<'_> {
    /// Patterns of a partition that get full, the fullest first; of more than there is room for,
    /// some.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn vault_levels(&self, partition: PartitionId) -> Result<Vec<FillRecord>, Error> {
        let mut levels = vec![];
        self.scan(partition, |LevelRecord(fill)| {
            levels.push(fill);
            Ok(match levels.len() < LEVELS_MAX {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        })?;
        levels.sort_by_key(|fill| std::cmp::Reverse(fill.permille()));
        Ok(levels)
    }

    /// The count of a pattern that is counted, if another token fits.
    pub(super) fn vault_room(
        &self,
        space: PartitionId,
        new: &NewToken,
    ) -> Result<Option<FillRecord>, Error> {
        if !is_counted(new.values) {
            return Ok(None);
        }
        let values = NonZeroU64::new(new.values).ok_or(ErrorKind::Internal)?;
        let found: Option<FillRecord> = self.get(space, &new.pattern.id())?;
        let fill = found.unwrap_or_else(|| FillRecord {
            partition: new.partition,
            domain: new.domain.clone(),
            pattern: new.pattern.clone(),
            tokens: 0,
            values,
        });
        match fill.has_room() {
            true => Ok(Some(fill)),
            false => Err(Error::new(ErrorKind::Quota, "too many tokens of this form")),
        }
    }

    /// Counts a token more.
    pub(super) fn vault_filled(&mut self, mut fill: FillRecord) -> Result<Fill, Error> {
        let before = fill.permille();
        fill.tokens = fill.tokens.saturating_add(1);
        self.put(&fill)?;
        self.note_level(&fill, before)?;
        Ok(Fill { permille: fill.permille(), is_high: fill.is_high() })
    }

    /// Counts a token less. `fsck` finds a count that is missing; nobody else has to wait for it.
    pub(super) fn vault_emptied(
        &mut self,
        space: PartitionId,
        pattern: &Pattern,
    ) -> Result<(), Error> {
        let id = pattern.id();
        let Some(mut fill): Option<FillRecord> = self.get(space, &id)? else { return Ok(()) };
        let before = fill.permille();
        fill.tokens = fill.tokens.saturating_sub(1);
        if fill.tokens == 0 {
            self.delete::<FillRecord>(space, &id)?;
        } else {
            self.put(&fill)?;
        }
        self.note_level(&fill, before)
    }

    /// Has operators see a pattern that gets full, at each whole percent.
    fn note_level(&mut self, fill: &FillRecord, before: u64) -> Result<(), Error> {
        if fill.permille() / 10 == before / 10 {
            return Ok(());
        }
        let level = LevelRecord(fill.clone());
        if fill.is_high() {
            return self.put(&level);
        }
        self.delete::<LevelRecord>(fill.partition, &level_key(&level)).map(|_| ())
    }
}

/// Identity of a pattern that gets full.
pub(crate) fn level_key(level: &LevelRecord) -> Vec<u8> {
    let FillRecord { domain, pattern, .. } = &level.0;
    [domain.to_bytes().expose().as_slice(), &pattern.id()].concat()
}
