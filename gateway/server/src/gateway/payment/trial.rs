//! A try to which failures are counted, from its beginning to its end.

use std::sync::Arc;

use typex_core::policy::Grant;
use typex_core::policy::abuse::{Subject, SubjectId, Try, Wait};
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
    /// As of [`Trial::passed`].
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
        let (failed, passed): (Vec<_>, Vec<_>) =
            blocks.chain(task).partition(|(_, failed)| *failed);
        // A failure makes those wait that end after it.
        let passed = passed.into_iter().map(|(trial, _)| trial.passed());
        let ended = passed.fold(Ok(()), Result::and);
        let counted = Trial::failed(failed.into_iter().map(|(trial, _)| trial).collect())?;
        let counts = !counted.is_empty();
        book.count(counted);
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
        self.counted(Subjects { of_task: None, of_blocks }, false, opening).await
    }

    /// Does what may fail for a secret; failures are counted, durably before this is ready.
    ///
    /// # Errors
    /// Those of `doing`; [`ErrorKind::Quota`] for who must wait; those of the store.
    pub(in crate::gateway) async fn counted<T>(
        &self,
        subjects: Subjects,
        extracts: bool,
        doing: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let trials = subjects.begin(&self.gateway)?;
        let done = doing.await;
        let mut book = Book::default();
        let failure = done.as_ref().err().map(|error| error.kind);
        let ended = trials.end(failure, extracts, &mut book);
        book.close(&self.gateway.store, self.gateway.payments.counts()).await?;
        ended?;
        done
    }
}

impl Trial {
    /// Begins, unless one of the subjects must wait.
    pub(super) fn begin(gateway: &Arc<Gateway>, subject: Subject) -> Result<Self, Wait> {
        let tried = gateway.payments.abuse().begin(subject, system_clock())?;
        Ok(Self { gateway: Arc::clone(gateway), tried: Some(tried) })
    }

    /// Ends without a failure.
    ///
    /// # Errors
    /// Who must wait by now: the answer is this, whatever came of the try.
    fn passed(mut self) -> Result<(), Wait> {
        let Some(tried) = self.tried.take() else { return Ok(()) };
        self.gateway.payments.abuse().passed(tried, system_clock())
    }

    /// Ends all with one failure, since which of them it was is not known; the subjects for which
    /// it was counted.
    ///
    /// # Errors
    /// As of [`Self::passed`].
    fn failed(trials: Vec<Self>) -> Result<Vec<SubjectId>, Wait> {
        let Some(gateway) = trials.first().map(|trial| Arc::clone(&trial.gateway)) else {
            return Ok(vec![]);
        };
        let tries: Vec<_> = trials.into_iter().filter_map(|mut trial| trial.tried.take()).collect();
        gateway.payments.abuse().failed(tries, system_clock())
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let Some(tried) = self.tried.take() {
            self.gateway.payments.abuse().given_up(tried);
        }
    }
}
