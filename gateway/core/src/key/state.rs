//! The life cycle of a key.

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// In use.
    Active,
    /// Not usable until made active again.
    Suspended,
    /// Material erased; the record stays so that the name is not used again.
    Destroyed,
}

/// A change that the life cycle does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key cannot go from {from:?} to {to:?}")]
pub struct TransitionError {
    /// The state it is in.
    pub from: KeyState,
    /// The state that was asked for.
    pub to: KeyState,
}

impl KeyState {
    /// Its name, as people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Destroyed => "destroyed",
        }
    }

    /// The new state, if the life cycle has this step. Nothing leaves `Destroyed`.
    ///
    /// # Errors
    /// [`TransitionError`] for every other pair, a step to the same state included.
    pub fn change(self, to: Self) -> Result<Self, TransitionError> {
        match (self, to) {
            (Self::Active, Self::Suspended | Self::Destroyed)
            | (Self::Suspended, Self::Active | Self::Destroyed) => Ok(to),
            (from, to) => Err(TransitionError { from, to }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KeyState::{Active, Destroyed, Suspended};

    #[test]
    fn nothing_leaves_destroyed_and_no_step_stays() {
        for from in [Active, Suspended, Destroyed] {
            for to in [Active, Suspended, Destroyed] {
                let allowed = from != Destroyed && from != to;
                assert_eq!(from.change(to).is_ok(), allowed, "{from:?} to {to:?}");
            }
        }
    }
}
