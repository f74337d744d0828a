//! Logins, by passphrase and by authenticator, and pairing.
// spec: encedo-hem 3.2, 3.3, 3.6, 3.7

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use typex_core::key::KeyState;
use typex_core::op::instance::{
    Answer, InstanceRecord, Issued, LoginWish, NonceSeed, Paired, Pairing, Role, Session, Settings,
    ask_for_login, begin_pairing, challenge, key_of_wish, login, login_by_peer, pair, prove,
};
use typex_core::{Error, ErrorKind, KeyId, UnixMs};
use typex_store::Tx;

use super::admitted::Admitted;
use super::change::store;
use super::instance::State;

/// A way to log in.
type Way = fn(
    &str,
    &Settings,
    &InstanceRecord,
    &mut Session,
    NonceSeed,
    UnixMs,
) -> Result<Issued, ErrorKind>;

impl Admitted<'_> {
    pub(super) fn challenge(&self) -> Result<Answer, Error> {
        let seed = self.seed()?;
        let state = self.instance.lock();
        Ok(Answer::Challenge(challenge(&state.record, &state.session, seed, self.now)?))
    }

    pub(super) async fn login(&self, auth: String) -> Result<Answer, Error> {
        self.log_in(login, &auth).await
    }

    pub(super) async fn login_by_peer(&self, reply: String) -> Result<Answer, Error> {
        self.log_in(login_by_peer, &reply).await
    }

    /// Decides at once; the answer waits, whatever it is. What waits holds neither thread nor
    /// lock, and its number is bounded.
    async fn log_in(&self, way: Way, text: &str) -> Result<Answer, Error> {
        let came = Instant::now();
        let seed = self.seed()?;
        let (issued, delay_ms) = {
            let mut state = self.instance.lock();
            let record = Arc::clone(&state.record);
            let session = &mut state.session;
            session.throttle.admit(self.now)?;
            let issued = way(text, &self.hems.settings, &record, session, seed, self.now);
            let delay_ms = session.throttle.delay_ms(issued.is_ok(), self.now);
            (issued, delay_ms)
        };
        let answer = self.logged_in(issued).await;
        sleep_until(came + Duration::from_millis(delay_ms)).await;
        answer
    }

    async fn logged_in(&self, issued: Result<Issued, ErrorKind>) -> Result<Answer, Error> {
        match issued {
            Ok(Issued { token, log }) => {
                let now = self.now;
                self.change(move |tx, state| {
                    check_peer(tx, state, log.subject)?;
                    state.log(&log, now);
                    Ok(Answer::Token(token))
                })
                .await
            }
            Err(kind) => {
                let (peer, principal) = (self.peer, &self.principal);
                self.recorded.set(true);
                self.inner.refused(peer, principal, self.action, None, kind.into()).await
            }
        }
    }

    pub(super) fn begin_pairing(&self, epk: &[u8; 32]) -> Result<Answer, Error> {
        let seed = self.seed()?;
        let state = self.instance.lock();
        Ok(begin_pairing(epk, &state.record, &state.session, seed, self.now)?)
    }

    pub(super) fn prove(&self, epk: &[u8; 32]) -> Result<Answer, Error> {
        let seed = self.seed()?;
        let state = self.instance.lock();
        Ok(prove(epk, &state.record, &state.session, seed, self.now)?)
    }

    /// The authenticator's key is brought in with the pairing, or neither.
    pub(super) async fn pair(&self, pairing: Pairing) -> Result<Answer, Error> {
        let role = self.role().ok_or(ErrorKind::Forbidden)?;
        let _life = self.instance.life.read().await;
        self.check_boot()?;
        let paired = {
            let mut state = self.instance.lock();
            let record = Arc::clone(&state.record);
            pair(&pairing, role, &record, &mut state.session, self.now)?
        };
        let Paired { import, peer, answer, log } = paired;
        let now = self.now;
        let enter = self.part(move |tx, state| {
            let record = state.record.with_peer(&peer)?;
            store(tx, state, record)?;
            state.log(&log, now);
            Ok(())
        });
        self.inner.manage_with(self.peer, &self.principal, import, enter).await?;
        self.recorded.set(true);
        Ok(answer)
    }

    pub(super) async fn ask_for_login(&self, wish: LoginWish) -> Result<Answer, Error> {
        let label = match key_of_wish(&wish) {
            Some(key) => self.label(key).await?,
            None => None,
        };
        let seed = self.seed()?;
        let state = self.instance.lock();
        let (record, session) = (&state.record, &state.session);
        Ok(ask_for_login(&wish, label.as_deref(), record, session, seed, self.now)?)
    }

    /// What a key is called, if there is such a key.
    async fn label(&self, key: KeyId) -> Result<Option<String>, Error> {
        let partition = self.instance.partition;
        let found = self.hems.store.read(move |tx| tx.listed_key(partition, key)).await;
        match found {
            Ok(key) => Ok(Some(key.record.attributes.label)),
            Err(error) if error.kind == ErrorKind::KeyNotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// An operator may have stopped the key of the authenticator that approved.
fn check_peer(tx: &Tx<'_>, state: &State, subject: Option<Role>) -> Result<(), Error> {
    let Some(Role::Peer(key)) = subject else { return Ok(()) };
    let key = tx.listed_key(state.record.partition, key)?;
    let is_active = key.record.state == KeyState::Active;
    if is_active { Ok(()) } else { Err(ErrorKind::KeyState.into()) }
}
