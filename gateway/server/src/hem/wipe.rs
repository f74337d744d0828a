//! The end of all that an instance holds.
// spec: encedo-hem 4.5

use std::sync::Arc;

use typex_core::audit::Entry;
use typex_core::op::instance::{IdentitySeed, LogFile, LogFiles};
use typex_core::{Error, Secret};
use typex_store::Tx;

use super::admitted::{Admitted, check_boot};
use super::boot::Boot;
use super::instance::{Instance, State};
use super::{Hems, book, internal};

impl Admitted<'_> {
    /// Erases everything. Goes on when the client goes away.
    pub(super) async fn wipe(&self) -> Result<(), Error> {
        let (hems, instance) = (Arc::clone(self.hems), Arc::clone(&self.instance));
        let (entry, boot) = (self.entry(), self.boot);
        let gateway = Arc::clone(&self.inner.gateway);
        let wiped = tokio::task::spawn_local(async move {
            let wiped = hems.wipe(&instance, &boot, entry).await;
            // Keys may be gone though something after them failed.
            gateway.revocations.raise();
            wiped
        });
        wiped.await.map_err(internal)??;
        self.recorded.set(true);
        Ok(())
    }
}

impl Hems {
    /// Keys go first: should the machine stop in between, the owner is still there to repeat it.
    /// `boot` is the one that let the request in: whoever waited meanwhile for another wipe would
    /// erase what is the next owner's.
    async fn wipe(
        self: Arc<Self>,
        instance: &Arc<Instance>,
        boot: &[u8; 32],
        entry: Entry,
    ) -> Result<(), Error> {
        let begun = self.boot(self.tested().await?)?;
        let _alone = instance.life.write().await;
        check_boot(&instance.lock(), boot)?;
        let partition = instance.partition;
        while self.store.write(move |tx| tx.remove_keys(partition)).await? > 0 {}
        let mut closed = instance.lock().book.files().files.clone();
        closed.pop();
        for files in closed.chunks(book::FILES_AT_ONCE) {
            let files = files.to_vec();
            self.store.write(move |tx| book::remove_all(tx, partition, &files)).await?;
        }
        let mut seed = Secret::new([0; 80]);
        self.random.fill(seed.expose_mut()).map_err(internal)?;
        let (wiped, hems) = (Arc::clone(instance), Arc::clone(&self));
        let done = self.store.write(move |tx| {
            begin_anew(tx, &mut wiped.lock(), &closed, &begun, &seed)?;
            tx.record(entry);
            hems.rename(&wiped, None);
            Ok(())
        });
        done.await
    }
}

fn begin_anew(
    tx: &mut Tx<'_>,
    state: &mut State,
    closed: &[LogFile],
    boot: &Boot,
    seed: &IdentitySeed,
) -> Result<(), Error> {
    let record = Arc::new(state.record.wiped(seed));
    let (partition, last) = (record.partition, state.session.log.file());
    let open = state.book.files().files.iter().filter(|file| !closed.contains(file));
    book::remove_all(tx, partition, &open.copied().collect::<Vec<_>>())?;
    tx.put(&*record)?;
    *state = boot.begin(tx, record, (LogFiles::none(partition), Some(last)))?;
    Ok(())
}
