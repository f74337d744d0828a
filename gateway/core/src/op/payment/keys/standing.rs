//! Where a payment key stands, and which steps it takes.

use super::{Deletion, Due, Life};
use crate::error::ErrorKind;
use crate::key::{KeyRecord, KeyState};
use crate::time::UnixMs;

/// Where a key stands.
// spec: payments 11.3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may be used.
    Enabled,
    /// Its owner stopped it.
    Disabled,
    /// The operator stopped it; only the operator lets it go on.
    Held,
    /// Its material is erased at this time, unless it is restored before.
    Pending(UnixMs),
    /// Its material is erased.
    Erased,
}

/// The same as lists show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// Being made. Keys are made at once, so none stands so.
    InProgress,
    /// There.
    Complete,
    /// To be deleted.
    DeletePending,
    /// Deleted.
    DeleteComplete,
}

/// What its owner may have done to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Lets it be used.
    Start,
    /// Lets it not be used.
    Stop,
    /// Has it deleted at this time.
    Delete(UnixMs),
    /// Takes that back. The key stays stopped: whoever wants it used again says so.
    Restore,
}

impl Standing {
    /// Where a key stands by what the store has of it.
    pub fn of(key: &KeyRecord, life: &Life, deletion: Option<&Deletion>) -> Self {
        let due = deletion.filter(|deletion| deletion.due == Due::Erase);
        match (key.state, due) {
            (KeyState::Destroyed, _) => Self::Erased,
            (_, Some(deletion)) => Self::Pending(deletion.at),
            (KeyState::Active, None) => Self::Enabled,
            (KeyState::Suspended, None) if life.is_enabled => Self::Held,
            (KeyState::Suspended, None) => Self::Disabled,
        }
    }

    /// As lists show it.
    pub fn shown(self) -> Shown {
        match self {
            Self::Enabled | Self::Disabled | Self::Held => Shown::Complete,
            Self::Pending(_) => Shown::DeletePending,
            Self::Erased => Shown::DeleteComplete,
        }
    }

    /// Where it stands after a step.
    ///
    /// # Errors
    /// [`ErrorKind::WrongState`] for a step that cannot be taken from here.
    pub fn after(self, step: Step) -> Result<Self, ErrorKind> {
        match (self, step) {
            (Self::Enabled | Self::Disabled, Step::Start) => Ok(Self::Enabled),
            (Self::Enabled | Self::Disabled, Step::Stop) => Ok(Self::Disabled),
            (Self::Enabled | Self::Disabled, Step::Delete(at)) => Ok(Self::Pending(at)),
            (Self::Pending(_), Step::Restore) => Ok(Self::Disabled),
            _ => Err(ErrorKind::WrongState),
        }
    }

    /// The state in which a key that stands so is kept.
    pub fn state(self) -> KeyState {
        match self {
            Self::Enabled => KeyState::Active,
            Self::Disabled | Self::Held | Self::Pending(_) => KeyState::Suspended,
            Self::Erased => KeyState::Destroyed,
        }
    }
}
