//! Rows of an answer.

use serde::{Deserialize, Serialize};

/// Rows of an answer, and whether they are all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more.
    pub is_cut: bool,
}

impl<T> Listed<T> {
    /// At most `rows_max` of `rows`.
    pub(super) fn of(mut rows: Vec<T>, rows_max: usize) -> Self {
        let is_cut = rows.len() > rows_max;
        rows.truncate(rows_max);
        Self { rows, is_cut }
    }
}

/// All that there are.
impl<T> From<Vec<T>> for Listed<T> {
    fn from(rows: Vec<T>) -> Self {
        Self { rows, is_cut: false }
    }
}

impl<T> std::ops::Deref for Listed<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}
