//! A try to which failures are counted, from its beginning to its end.

use std::sync::Arc;

use typex_core::policy::Grant;
use typex_core::policy::abuse::{Counted, Subject, Try, Wait};
use typex_core::{Error, ErrorKind, KeyId};
use typex_store::system_clock;

use super::book::Book;
use super::subject;
use crate::gateway::Gateway;
use crate::gateway::core::Inner;

/// A try whose outcome is open. One that is dropped is given up: nobody is told what came of it.
pub(super) struct Trial {
    gateway: Arc<Gateway>,
    tried: Option<Try>,
}

/// The tries of one operation: of itself, and of the key blocks that come with it.
#[derive(Default)]
pub(in crate::gateway) struct Trials {
    of_task: Option<Trial>,
    of_blocks: Vec<Trial>,
}

/// On whom failures of one operation are counted.
pub(in crate::gateway) struct Subjects {
    pub(in crate::gateway) of_task: Option<Subject>,
    pub(in crate::gateway) of_blocks: Vec<Subject>,
}

impl Subjects {
    /// Begins, unless one of them must wait.
    pub(in crate::gateway) fn begin(&self, gateway: &Arc<Gateway>) -> Result<Trials, Wait> {
        let begin = |subject: &Subject| Trial::begin(gateway, *subject);
        let of_blocks = self.of_blocks.iter().map(begin).collect::<Result<_, _>>()?;
        Ok(Trials { of_task: self.of_task.as_ref().map(begin).transpose()?, of_blocks })
    }
}

impl Trials {
    /// Ends; notes for whom a failure was counted.
    ///
    /// # Errors
    /// As of [`Trial::end`].
    pub(in crate::gateway) fn end(
        self,
        failure: Option<ErrorKind>,
        extracts: bool,
        book: &mut Book,
    ) -> Result<bool, Wait> {
        let of_task = failure.is_some_and(|kind| subject::is_failure(extracts, kind));
        let of_blocks = failure.is_some_and(subject::is_block_failure);
        let blocks = self.of_blocks.into_iter().map(|trial| (trial, of_blocks));
        let task = self.of_task.map(|trial| (trial, of_task));
        let mut trials: Vec<_> = blocks.chain(task).collect();
        // A failure makes those wait that end after it.
        trials.sort_by_key(|(_, failed)| *failed);
        let (mut counts, mut ended) = (false, Ok(()));
        for (trial, failed) in trials {
            match trial.end(failed) {
                Ok(counted) => {
                    counts |= !counted.is_empty();
                    book.count(counted);
                }
                Err(wait) => ended = Err(wait),
            }
        }
        ended.map(|()| counts)
    }
}

impl Inner {
    /// Opens a key block under the key `protection`; one that does not open is counted, durably
    /// before this is ready.
    ///
    /// # Errors
    /// Those of `opening`; [`ErrorKind::Quota`] for who must wait; those of the store.
    pub(crate) async fn opened_block<T>(
        &self,
        grant: &Grant,
        protection: KeyId,
        opening: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let of_blocks = vec![subject::of_block(grant, protection)];
        let trials = Subjects { of_task: None, of_blocks }.begin(&self.gateway)?;
        let opened = opening.await;
        let mut book = Book::default();
        let failure = opened.as_ref().err().map(|error| error.kind);
        let ended = trials.end(failure, false, &mut book);
        book.close(&self.gateway.store, self.gateway.payments.counts()).await?;
        ended?;
        opened
    }
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
