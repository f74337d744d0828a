//! Empties the slots of keys that nobody may use any more.

use std::sync::atomic::Ordering;

use typex_abi::{Descriptor, KeyRef};

use super::errands::ENTRIES;
use super::keeper::Keeper;
use super::{CardError, lock};
use crate::backend::fpga::fault::FaultKind;

impl Keeper<'_> {
    /// Empties them, as many at a time as the ring has entries.
    pub(super) fn sweep(&mut self) {
        let Some(session) = self.shared.session(self.incarnation) else { return };
        loop {
            let leaving = lock(&session.slots).leaving(ENTRIES);
            if leaving.is_empty() {
                return;
            }
            match self.zeroise(&leaving) {
                Ok(None) => {}
                Ok(Some(kind)) => return self.fault(kind),
                Err(CardError::NoCompletion) => return self.fault(FaultKind::Hang),
                Err(_) => return self.fault(FaultKind::Link),
            }
            let mut slots = lock(&session.slots);
            slots.forgotten(&leaving);
            // Before anyone can see them empty.
            self.shared.tally.zeroised.fetch_add(leaving.len() as u64, Ordering::Relaxed);
        }
    }

    /// What is wrong with the card if it refuses.
    fn zeroise(&mut self, keys: &[KeyRef]) -> Result<Option<FaultKind>, CardError> {
        let Some(errands) = &mut self.errands else { return Ok(None) };
        let descriptors = keys.iter().copied().map(Descriptor::key_zeroise);
        let refused = errands.run(&mut *self.link, descriptors)?;
        Ok(refused.map(|_| FaultKind::Status))
    }
}
