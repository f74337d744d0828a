//! Messages that GCM seals under one key are counted.

use typex_core::audit::Detail;
use typex_engine::payment::limits::{GCM_MESSAGES_MAX, PLAINTEXT_BYTES_MAX};
use typex_store::log::{Filter, Reader};

use super::super::seals::{Reserved, Sealing};
use super::*;

/// Of the first step.
const STEP: u64 = 64;

fn gcm() -> Cipher {
    Cipher::Gcm { aad: None, nonce: None, tag: None }
}

fn sealed() -> Call {
    let task = Task::Encrypt { cipher: gcm(), plaintext: secret(&[7; 24]) };
    Call { keys: vec![stored(Part::Data, 2)], task }
}

fn resealed() -> Call {
    let task =
        Task::ReEncrypt { incoming: cbc(), outgoing: gcm(), ciphertext: vec![7; 32], track: None };
    Call { keys: vec![stored(Part::Incoming, 3), stored(Part::Outgoing, 2)], task }
}

fn sealing() -> Sealing {
    Sealing { key: id(2), version: 1, is_wrapped: false }
}

impl World {
    async fn data_keys(&self) {
        for number in [2, 3] {
            let aes = Algorithm::Aes(AesBits::Aes256);
            self.key(number, Attributes::new(Usage::DATA, aes, ModeOfUse::Both), &[2; 32]).await;
        }
        self.pair(Passage::Data, 3, 2, false).await;
    }

    async fn reserved(&self) -> Option<u64> {
        let found = self.store.read(|tx| tx.get::<Reserved>(OWNER, &sealing().bytes())).await;
        found.expect("a healthy store").map(|reserved| reserved.count)
    }

    async fn reserve(&self, count: u64) {
        let reserved = Reserved { partition: OWNER, sealing: sealing(), count };
        self.store.write(move |tx| tx.put(&reserved)).await.expect("room");
    }
}

#[test]
fn messages_are_reserved_ahead_and_never_twice() {
    let place = new_place();
    run(&place, async |world| {
        world.data_keys().await;
        let plain = Task::Encrypt { cipher: cbc(), plaintext: secret(&[7; 32]) };
        world.encrypted(Call { keys: vec![stored(Part::Data, 2)], task: plain }).await;
        assert_eq!(world.reserved().await, None);
        world.encrypted(sealed()).await;
        world.encrypted(resealed()).await;
        assert_eq!(world.reserved().await, Some(STEP));
    });
    run(&place, async |world| {
        world.encrypted(sealed()).await;
        assert_eq!(world.reserved().await, Some(2 * STEP));
        // Each step is twice the one before.
        for steps in [2, 4, 8] {
            let reserved = world.reserved().await;
            for _ in 1..steps * STEP / 2 {
                world.encrypted(sealed()).await;
            }
            assert_eq!(world.reserved().await, reserved, "{steps}");
            world.encrypted(sealed()).await;
            assert_eq!(world.reserved().await, reserved.map(|count| count + steps * STEP));
        }
    });
}

#[test]
fn a_key_that_sealed_its_messages_seals_no_more() {
    run(&new_place(), async |world| {
        world.data_keys().await;
        world.reserve(GCM_MESSAGES_MAX - 2).await;
        world.encrypted(sealed()).await;
        world.encrypted(resealed()).await;
        assert_eq!(world.reserved().await, Some(GCM_MESSAGES_MAX));
        for call in [sealed(), resealed()] {
            assert_eq!(world.ask(call).await.err(), Some(ErrorKind::KeyState));
        }
    });
    let place = new_place();
    run(&place, async |world| {
        world.data_keys().await;
        world.reserve(GCM_MESSAGES_MAX).await;
        let old = world.ask(sealed()).await;
        assert_eq!(old.err(), Some(ErrorKind::KeyState));
        let plain = Task::Encrypt { cipher: cbc(), plaintext: secret(&[7; 32]) };
        world.encrypted(Call { keys: vec![stored(Part::Data, 2)], task: plain }).await;
    });
}

/// How many requests each entry of a key's seals says that it is of.
fn counts(place: &Place) -> Vec<u64> {
    let reader = Reader::open(&place.path.join("audit"), Filter::default()).expect("a log");
    let entries = reader.map(|entry| entry.expect("an entry").logged.entry);
    let entries = entries.filter(|entry| entry.names(id(2)));
    entries.map(|entry| if let Detail::Count(count) = entry.detail { count } else { 1 }).collect()
}

impl World {
    async fn batch_of(&self, calls: Vec<Call>) -> Vec<Result<Answered, Error>> {
        let calls = calls.into_iter().map(Ok).collect();
        let request = Request::Batch { operation: Operation::EncryptData, calls };
        match self.request(OWNER, request).await {
            Ok(Answer::Batch(answers)) => answers,
            _ => panic!("no batch"),
        }
    }
}

#[test]
fn messages_of_a_batch_under_one_key_go_together() {
    let place = new_place();
    run(&place, async |world| {
        world.data_keys().await;
        // The core has no key yet, so they go alone.
        assert_eq!(world.batch_of(vec![sealed(), sealed()]).await.len(), 2);
        let message = |at: u8| vec![at; usize::from(at) % 40];
        let call = |at: u8| Call::seal(id(2), None, secret(&message(at)));
        let answers = world.batch_of((0..=255).chain(0..44).map(call).collect()).await;
        assert_eq!(answers.len(), 300);
        let mut nonces = std::collections::BTreeSet::new();
        for (at, answer) in (0..=255).chain(0..44).zip(answers) {
            let Ok(Answered { account, keys, done: Done::Encrypted(sealed) }) = answer else {
                panic!("not sealed: {at}")
            };
            assert_eq!((account, keys.len(), keys[0].key), (Account::of(OWNER), 1, id(2)));
            assert_eq!(keys[0].check_value.len(), 3);
            assert!(nonces.insert(sealed.nonce));
            opens_bound(world, &sealed, &message(at)).await;
        }
    });
    let mut counts = counts(&place);
    counts.retain(|count| *count > 1);
    assert_eq!(counts, [128, 128, 44]);
}

#[test]
fn what_is_not_alike_in_a_batch_goes_alone() {
    let place = new_place();
    run(&place, async |world| {
        world.data_keys().await;
        world.encrypted(sealed()).await;
        let other = Call::seal(id(3), None, secret(&[7]));
        let answers = world.batch_of(vec![sealed(), other, sealed()]).await;
        let seen: Vec<_> = answers.iter().flatten().map(|answer| answer.keys[0].key).collect();
        assert_eq!(seen, [id(2), id(3), id(2)]);
        // One that is too long has its own answer.
        let long = Call::seal(id(2), None, secret(&vec![7; PLAINTEXT_BYTES_MAX + 1]));
        let answers = world.batch_of(vec![sealed(), long, sealed()]).await;
        let told: Vec<_> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(told, [true, false, true]);
    });
    assert!(counts(&place).iter().all(|count| *count == 1));
}

#[test]
fn messages_of_a_batch_are_refused_together() {
    run(&new_place(), async |world| {
        world.data_keys().await;
        world.encrypted(sealed()).await;
        world.reserve(GCM_MESSAGES_MAX).await;
        let answers = world.batch_of((0..200).map(|_| sealed()).collect()).await;
        let (sealed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        // What was reserved before for the first is left.
        assert_eq!((sealed.len() as u64, refused.len() as u64), (STEP - 1, 201 - STEP));
        assert!(
            refused
                .iter()
                .flat_map(|one| one.as_ref().err())
                .all(|error| { error.kind == ErrorKind::KeyState })
        );
    });
}
