//! Messages that GCM seals under one key are counted.

use typex_engine::payment::limits::GCM_MESSAGES_MAX;

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
