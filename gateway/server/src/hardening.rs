//! What the process asks of the system to keep secrets in memory from leaking out of it.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

/// What the system granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    /// No core image is written, and no other process of the same user may attach.
    pub core_dumps_off: bool,
    /// Memory is not swapped out.
    pub memory_locked: bool,
}

/// Switches core dumps off and locks memory where the system lets us.
pub(crate) fn harden() -> Granted {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none).is_ok();
    let undumpable = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();
    Granted { core_dumps_off: limited && undumpable, memory_locked: lock_memory() }
}

/// Under a finite limit a later allocation would fail instead of staying unlocked, so memory is
/// locked only where the limit is off. Pages are locked when first touched.
fn lock_memory() -> bool {
    getrlimit(Resource::Memlock).current.is_none()
        && mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT).is_ok()
}
