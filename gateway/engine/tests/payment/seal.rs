//! Messages that GCM seals together.

use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use typex_core::Secret;
use typex_core::error::ErrorKind;
use typex_core::key::payment::{ModeOfUse, Usage};
use typex_core::op::payment::{Cipher, Done, Part, Task};
use typex_engine::payment::{Message, PaymentJob, SealJob};
use typex_engine::{Done as Answer, Job, LoadedKey, Options, Work, backend};

use crate::world::{PATIENCE, World, grant, job, load, stored};

impl World {
    /// Without computation.
    fn null() -> Self {
        let backend = backend::find("null").unwrap();
        Self::of(Options { backend, ..Options::default() }, None)
    }

    /// Messages under the grant that `like` has.
    fn seal(&self, like: &PaymentJob, job: SealJob) -> Result<Vec<Message>, ErrorKind> {
        let (work, now) = (Work::Seal(job), Instant::now());
        let job = Job { work, now, deadline: now + PATIENCE, request_ns: 0 };
        let mut pending = self.shard.submit(grant(like), job).map_err(|error| error.kind)?;
        match self.answer(&mut pending)? {
            Answer::Messages(messages) => Ok(messages),
            _ => panic!("another answer"),
        }
    }
}

fn key(bytes: &[u8]) -> Arc<LoadedKey> {
    load(Usage::DATA, ModeOfUse::Both, true, bytes)
}

/// One of EncryptData alone.
fn single(key: &Arc<LoadedKey>, message: &Message) -> PaymentJob {
    let aad = message.aad.as_ref().map(|aad| aad.to_vec());
    let cipher = Cipher::Gcm { aad, nonce: None, tag: None };
    let task = Task::Encrypt { cipher, plaintext: Secret::new(message.data.to_vec()) };
    job(task, vec![stored(Part::Data, key)], Some(message.nonce))
}

/// Of all lengths around blocks, with and without associated data.
fn messages() -> Vec<Message> {
    let message = |at: u8| {
        let length = usize::from(at) * 7;
        let aad = (!at.is_multiple_of(3)).then(|| BytesMut::from(&vec![at; usize::from(at)][..]));
        let data = BytesMut::from(&vec![!at; length][..]);
        Message { nonce: [at; 12], aad, data, tag: [0; 16] }
    };
    (0..60).map(message).collect()
}

#[test]
fn each_is_what_it_is_alone() {
    let world = World::soft();
    for bytes in [&[1; 16][..], &[2; 24], &[3; 32]] {
        let key = key(bytes);
        let singles: Vec<_> = messages().iter().map(|one| single(&key, one)).collect();
        let grant = single(&key, &messages()[0]);
        let sealed = world.seal(&grant, SealJob { key: Arc::clone(&key), messages: messages() });
        for (one, alone) in sealed.expect("sealed").iter().zip(world.run(singles)) {
            let Ok(Done::Encrypted(alone)) = alone else { panic!("another result") };
            assert_eq!(alone.ciphertext, one.data);
            assert_eq!((alone.nonce, alone.tag), (Some(one.nonce), Some(one.tag)));
        }
    }
}

#[test]
fn the_null_backend_answers_in_the_same_shape() {
    let (null, soft) = (World::null(), World::soft());
    let key = key(&[1; 32]);
    let grant = single(&key, &messages()[0]);
    let seal = |world: &World| {
        let job = SealJob { key: Arc::clone(&key), messages: messages() };
        world.seal(&grant, job).expect("messages")
    };
    for (null, soft) in seal(&null).iter().zip(seal(&soft)) {
        assert_eq!((null.nonce, null.data.len()), (soft.nonce, soft.data.len()));
        assert_eq!((null.tag, null.data.iter().any(|byte| *byte != 0)), ([0; 16], false));
    }
    let message = &messages()[40];
    let answers = [&null, &soft].map(|world| match world.one(single(&key, message)) {
        Ok(Done::Encrypted(one)) => (one.ciphertext.len(), one.nonce, one.tag.is_some()),
        _ => panic!("another result"),
    });
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn a_grant_of_another_key_and_long_messages_are_refused() {
    let world = World::soft();
    let (ours, other) = (key(&[1; 32]), key(&[2; 32]));
    let grant = single(&other, &messages()[0]);
    let job = SealJob { key: Arc::clone(&ours), messages: messages() };
    assert_eq!(world.seal(&grant, job).err(), Some(ErrorKind::Internal));
    let grant = single(&ours, &messages()[0]);
    let mut long = messages();
    long[7].data.resize(2049, 0);
    let job = SealJob { key: Arc::clone(&ours), messages: long };
    assert_eq!(world.seal(&grant, job).err(), Some(ErrorKind::Internal));
    let tdes = load(Usage::DATA, ModeOfUse::Both, false, &[1; 16]);
    assert!(SealJob::takes_key(&ours) && !SealJob::takes_key(&tdes));
    assert!(!SealJob::takes_key(&load(Usage::BASE, ModeOfUse::Derive, true, &[1; 16])));
}
