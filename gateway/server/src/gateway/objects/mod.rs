//! Objects whose layout is ours: a request is opened, read, carried out as the payment or token
//! operation that it is, and its answer sealed.
//!
//! Whatever counts failures is durable before the answer is sealed.
// spec: enigma-bridge 4.5

mod enrol;
mod tokens;

use std::sync::Arc;

use typex_core::op::Output;
use typex_core::op::object::{Answer, Ask, Said, SessionKey, Status};
use typex_core::op::process_data::ProcessData;
use typex_core::policy::Grant;
use typex_core::{Error, ErrorKind, Secret};
use typex_engine::payment::FILL_BYTES;
use typex_engine::{Done, LoadedKey, ObjectAnswer, ObjectRequest, Step, Work};

use super::caller::Caller;
use super::core::Inner;
use super::process::sealed;
use crate::transport::Peer;

impl Inner {
    /// The sealed answer.
    ///
    /// # Errors
    /// What does not verify, is malformed, or is refused; failures that are counted are told
    /// inside the answer.
    pub(super) async fn object(
        &self,
        peer: &Peer,
        caller: &Caller,
        grant: Grant,
        (key, request): (&Arc<LoadedKey>, ProcessData),
    ) -> Result<Output, Error> {
        let work = Work::OpenObject { key: Arc::clone(key), sealed: request.sealed };
        let Done::Object(step) = self.submit(grant, work).await? else {
            return Err(ErrorKind::Internal.into());
        };
        let Step { value: ObjectRequest { nonce, records }, grant } = *step;
        let (answer, grant) = self.answer(peer, caller, (grant, key), &records).await?;
        let answer = ObjectAnswer { nonce, data: answer.write() };
        let work = Work::SealObject { key: Arc::clone(key), answer };
        sealed(self.submit(grant, work).await?)
    }

    async fn answer(
        &self,
        peer: &Peer,
        caller: &Caller,
        (grant, key): (Grant, &Arc<LoadedKey>),
        records: &Secret<Vec<u8>>,
    ) -> Result<(Answer, Grant), Error> {
        let object = key.object_key().ok_or(ErrorKind::Internal)?;
        let (what, settings) = (object.what(), object.settings());
        let iv = if what.draws_iv() { self.random().await? } else { Secret::new([0; 16]) };
        let done = match Ask::read((what, settings), records.expose(), iv.expose())? {
            Ask::SessionKey(asked) => return self.session_key(grant, key, asked).await,
            Ask::Payment { task, dukpt } => {
                let keys = object.job_keys(dukpt.as_ref());
                let done = self.payment_of_object(peer, caller, task, keys).await;
                let iv = iv.expose().get(..settings.block_bytes).filter(|_| what.draws_iv());
                done.and_then(|done| Ok(Answer::of(done, iv)?))
            }
            ask => self.token_of_object(peer, caller, key, ask).await,
        };
        match done {
            Ok(answer) => Ok((answer, grant)),
            Err(error) => {
                let status = Status::of(error.kind).ok_or(error)?;
                Ok((Answer::failed(status), grant))
            }
        }
    }

    async fn session_key(
        &self,
        grant: Grant,
        key: &Arc<LoadedKey>,
        asked: SessionKey,
    ) -> Result<(Answer, Grant), Error> {
        let fill = self.random::<FILL_BYTES>().await?;
        let fill = Secret::new(fill.expose().to_vec());
        let work = Work::SessionKey { key: Arc::clone(key), asked, fill };
        let Done::SessionKey(step) = self.submit(grant, work).await? else {
            return Err(ErrorKind::Internal.into());
        };
        let said = vec![Said::KeyBlock(step.value.expose().clone())];
        Ok((Answer { status: Status::Success, said }, step.grant))
    }
}
