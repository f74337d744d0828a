//! A batch of messages that GCM seals under one stored key.

use bytes::BytesMut;
use typex_core::key::KeyName;
use typex_core::op::payment::{
    Account, Answered, Call, Cipher, Done, Encrypted, Part, SeenKey, Task,
};
use typex_core::principal::Principal;
use typex_core::secret::Secret;
use typex_core::{Error, KeyId};
use typex_engine::payment::Message;

use super::Patience;
use super::together::{SEALS_MAX, Sealed};
use crate::gateway::caller::Asker;
use crate::gateway::core::Inner;

/// Calls of one batch, as the messages that they are.
pub(super) struct Alike {
    key: KeyId,
    check_value: Vec<u8>,
    messages: Vec<Message>,
}

type Calls = Vec<Result<Call, Error>>;

impl Inner {
    /// The messages of calls that are all to be sealed under one key that the core has, else the
    /// calls.
    pub(super) fn alike(&self, principal: &Principal, calls: Calls) -> Result<Alike, Calls> {
        let own = Account::of(principal.partition);
        let under = |call: &Result<Call, Error>| call.as_ref().ok()?.seals_under(own);
        let Some(key) = calls.first().and_then(under) else { return Err(calls) };
        if !calls.iter().all(|call| under(call) == Some(key)) {
            return Err(calls);
        }
        let found = self.keys.borrow_mut().find(principal.partition, KeyName::Id(key));
        let Some(check_value) = found.and_then(|key| Some(key.payment()?.check_value().to_vec()))
        else {
            return Err(calls);
        };
        let messages = calls.into_iter().flatten().filter_map(message).collect();
        Ok(Alike { key, check_value, messages })
    }

    /// Seals them, so many at a time, and gives the answers in their order.
    ///
    /// # Errors
    /// Those of the store, which concern all of them.
    pub(super) async fn seal_alike(
        &self,
        from: Asker<'_>,
        Alike { key, check_value, mut messages }: Alike,
        patience: Patience,
    ) -> Result<Vec<Result<Answered, Error>>, Error> {
        let mut answers = Vec::with_capacity(messages.len());
        let account = Account::of(from.caller.principal.partition);
        while !messages.is_empty() {
            let later = messages.split_off(messages.len().min(SEALS_MAX));
            let count = messages.len();
            if patience.is_over() {
                answers.extend((0..count).map(|_| Err(patience.late())));
                messages = later;
                continue;
            }
            match self.seal_all(from, key, messages, patience.work_ns()).await {
                Sealed::Done(sealed) => answers.extend(sealed.into_iter().map(|message| {
                    let check_value = check_value.clone();
                    let keys = vec![SeenKey { part: Part::Data, key, check_value }];
                    Ok(Answered { account, keys, done: Done::Encrypted(encrypted(message)) })
                })),
                Sealed::Refused(error) => answers.extend((0..count).map(|_| Err(error.shared()))),
                Sealed::Alone(messages) => {
                    let calls = messages.into_iter().map(|one| Ok(call(key, one)));
                    // Far larger than the rest, and seldom.
                    answers.extend(Box::pin(self.payments(from, calls, patience)).await?);
                }
            }
            messages = later;
            if !messages.is_empty() {
                tokio::task::yield_now().await;
            }
        }
        Ok(answers)
    }
}

/// Nonces are drawn once it is known that there will be a job.
fn message(call: Call) -> Option<Message> {
    let Task::Encrypt { cipher: Cipher::Gcm { aad, .. }, plaintext } = call.task else {
        return None;
    };
    let aad = aad.map(|aad| BytesMut::from(&aad[..]));
    let data = BytesMut::from(&plaintext.expose()[..]);
    Some(Message { nonce: [0; 12], aad, data, tag: [0; 16] })
}

fn call(key: KeyId, message: Message) -> Call {
    let plaintext = Secret::new(message.data.to_vec());
    Call::seal(key, message.aad.map(Vec::from), plaintext)
}

fn encrypted(message: Message) -> Encrypted {
    let Message { nonce, data, tag, .. } = message;
    Encrypted { ciphertext: Vec::from(data), nonce: Some(nonce), tag: Some(tag) }
}
