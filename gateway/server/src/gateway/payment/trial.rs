//! A try to which failures are counted, from its beginning to its end.

use std::sync::Arc;

use typex_core::policy::abuse::{Counted, Subject, Try, Wait};
use typex_store::system_clock;

use crate::gateway::Gateway;

/// A try whose outcome is open. One that is dropped is given up: nobody is told what came of it.
pub(super) struct Trial {
    gateway: Arc<Gateway>,
    tried: Option<Try>,
}

impl Trial {
    /// Begins, unless one of the subjects must wait.
    pub(super) fn begin(gateway: &Arc<Gateway>, subject: Subject) -> Result<Self, Wait> {
        let tried = gateway.payments.abuse().begin(subject, system_clock())?;
        Ok(Self { gateway: Arc::clone(gateway), tried: Some(tried) })
    }

    /// Ends; the subjects for which a failure was counted.
    ///
    /// # Errors
    /// Who must wait by now: the answer is this, whatever came of the try.
    pub(super) fn end(mut self, failed: bool) -> Result<Counted, Wait> {
        let Some(tried) = self.tried.take() else { return Ok(Counted::new()) };
        let mut abuse = self.gateway.payments.abuse();
        let now = system_clock();
        if failed {
            abuse.failed(tried, now)
        } else {
            abuse.passed(tried, now).map(|()| Counted::new())
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let Some(tried) = self.tried.take() {
            self.gateway.payments.abuse().given_up(tried);
        }
    }
}
