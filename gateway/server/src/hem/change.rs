//! Calls that change an instance: its first configuration, later ones, boots.
// spec: encedo-hem 3.4, 3.5, 4.5, 4.7

use std::sync::Arc;

use typex_core::op::instance::{
    Answer, Change, ConfigChange, Event, Initialised, InstanceRecord, LogEvent, Outcome, Updated,
    change_config, init, init_challenge, wanted_host,
};
use typex_core::{Error, ErrorKind};
use typex_store::Tx;

use super::Hems;
use super::admitted::{Admitted, check_boot};
use super::attestation::{Requested, attest};
use super::instance::State;

impl Admitted<'_> {
    pub(super) fn init_challenge(&self) -> Result<Answer, Error> {
        let seed = self.seed()?;
        let state = self.instance.lock();
        let challenge = init_challenge(&state.record, &state.session, seed, self.now);
        let genuine = attest(&state.record.device, self.now)?;
        Ok(Answer::InitChallenge { challenge, genuine })
    }

    pub(super) async fn init(&self, text: String) -> Result<Answer, Error> {
        let (hems, instance) = (Arc::clone(self.hems), Arc::clone(&self.instance));
        let (seed, now) = (self.seed()?, self.now);
        let is_free = self.instance.lock().record.owner.is_none();
        let requested = match wanted_host(&text).filter(|_| is_free) {
            Some(host) => Some(self.request(host).await?),
            None => None,
        };
        let taken = self.change(move |tx, state| {
            let (record, session) = (Arc::clone(&state.record), &mut state.session);
            let taken = init(&text, &hems.settings, &record, session, seed, now)?;
            let Initialised { record, token, wants_csr, log } = taken;
            let host = hostname(&record).ok_or(ErrorKind::Internal)?;
            if hems.is_taken(host, &instance) || hems.is_default(host, &instance) {
                return Err(Error::new(ErrorKind::Unsupported, "another instance has this name"));
            }
            // What may fail comes before the instance has an owner.
            let csr = wants_csr.then(|| Requested::of(requested, &record)).transpose()?;
            tx.put(&record)?;
            state.log(&log, now);
            hems.rename(&instance, Some(host));
            state.record = Arc::new(record);
            Ok((state.record.identity.uuid_text(), token, csr))
        });
        let (instance, token, csr) = taken.await?;
        Ok(Answer::Initialised { instance, token, csr })
    }

    pub(super) async fn set_config(&self, change: ConfigChange) -> Result<Answer, Error> {
        let changed = if change.wipeout {
            match self.check_wipe(change) {
                Ok(()) => return self.wipe().await.map(|()| Answer::Wiped),
                Err(error) => Err(error),
            }
        } else {
            self.update(change).await.map(Answer::Updated)
        };
        if changed.is_err() {
            let event = LogEvent::done(Event::ConfigUpdated, self.role());
            self.log(&LogEvent { outcome: Outcome::Failed, ..event }).await?;
        }
        changed
    }

    /// Whether all else that comes with a wish to wipe is sound.
    fn check_wipe(&self, change: ConfigChange) -> Result<(), Error> {
        let mut state = self.instance.lock();
        check_boot(&state, &self.boot)?;
        let record = Arc::clone(&state.record);
        match change_config(change, false, self.role(), &record, &mut state.session, self.now)? {
            Change::Wipe => Ok(()),
            Change::Update { .. } | Change::TakeTls(_) => Err(ErrorKind::Unsupported.into()),
        }
    }

    async fn update(&self, change: ConfigChange) -> Result<Updated, Error> {
        let (role, now) = (self.role(), self.now);
        let host = {
            let state = self.instance.lock();
            hostname(&state.record).filter(|_| change.gen_csr).map(str::to_owned)
        };
        let requested = match host {
            Some(host) => Some(self.request(host).await?),
            None => None,
        };
        self.change(move |tx, state| {
            let (record, session) = (Arc::clone(&state.record), &mut state.session);
            // The gateway's certificate is its operator's.
            match change_config(change, false, role, &record, session, now)? {
                Change::Update { record, updated, wants_csr, log, .. } => {
                    // What may fail comes before anything is different.
                    let csr = wants_csr.then(|| Requested::of(requested, &record)).transpose()?;
                    if updated {
                        store(tx, state, *record)?;
                        state.log(&log, now);
                    }
                    Ok(Updated { updated, reboot_required: false, csr })
                }
                Change::Wipe | Change::TakeTls(_) => Err(ErrorKind::Unsupported.into()),
            }
        })
        .await
    }

    pub(super) async fn reboot(&self) -> Result<Answer, Error> {
        let faults = self.hems.tested().await?;
        let boot = self.hems.boot(faults)?;
        let (role, now) = (self.role(), self.now);
        self.change(move |tx, state| {
            state.log(&LogEvent::done(Event::Reboot, role), now);
            state.reboot(tx, &boot)?;
            Ok(Answer::Done)
        })
        .await
    }

    pub(super) async fn shutdown(&self) -> Result<Answer, Error> {
        let (role, now) = (self.role(), self.now);
        self.change(move |_, state| {
            state.log(&LogEvent::done(Event::Shutdown, role), now);
            state.serves = false;
            Ok(Answer::Done)
        })
        .await
    }
}

impl Hems {
    /// Runs the self-tests beside the core's thread, one at a time.
    pub(super) async fn tested(&self) -> Result<u8, Error> {
        let turn = Arc::clone(&self.testing).acquire_owned().await;
        let turn = turn.map_err(|_| ErrorKind::ShuttingDown)?;
        let (test, random) = (self.self_test, Arc::clone(&self.random));
        let run = tokio::task::spawn_blocking(move || {
            let faults = test.run(&random);
            drop(turn);
            faults
        });
        run.await.map_err(super::internal)
    }
}

/// Stores a record and goes on with it.
pub(super) fn store(
    tx: &mut Tx<'_>,
    state: &mut State,
    record: InstanceRecord,
) -> Result<(), Error> {
    tx.put(&record)?;
    state.record = Arc::new(record);
    Ok(())
}

fn hostname(record: &InstanceRecord) -> Option<&str> {
    record.owner.as_ref().map(|owner| owner.config.hostname.as_str())
}
