//! Key blocks that come with requests.

use super::*;

const INVALID: Option<ErrorKind> = Some(ErrorKind::Payment(Payment::KeyBlock));

/// A translation to a key in a block under key 5.
fn call(text: &str) -> Call {
    let mut call = translation(&pin_block());
    let under = KeyRef { account: None, name: RefName::Id(id(5)) };
    call.keys[1].source = Source::Block { text: secret(text.as_bytes()), under };
    call
}

fn damaged() -> String {
    let mut text = wrapped(b'P').into_bytes();
    let last = text.last_mut().expect("a block");
    *last = if *last == b'0' { b'1' } else { b'0' };
    String::from_utf8(text).expect("ASCII")
}

impl World {
    async fn keys_for_blocks(&self) {
        self.pin_keys().await;
        let own = Own::Brings(UsageSet::of(&[Usage::PIN]));
        let plain = Attributes::new(Usage::KEY_BLOCKS, Algorithm::Tdes2, ModeOfUse::Both);
        self.key(5, Attributes { own, entry: Entry::Components, ..plain }, &[5; 16]).await;
        self.pair(Passage::Pin, 1, 5, true).await;
    }

    /// Failures counted for cards, for callers and for key 5.
    fn failures(&self) -> [u32; 3] {
        let gateway = &self.core.inner().gateway;
        let mut failures = [0; 3];
        for one in gateway.payments.abuse().standing(None, system_clock()) {
            match one.id.kind {
                Kind::Pan => failures[0] += one.failures,
                Kind::Caller => failures[1] += one.failures,
                Kind::Key if one.id.id == id(5).0 => failures[2] += one.failures,
                Kind::Key => panic!("another key"),
            }
        }
        failures
    }
}

#[test]
fn keys_come_in_blocks_under_a_key_that_lists_their_usage() {
    run(&new_place(), async |world| {
        world.keys_for_blocks().await;
        let right = world.ask(call(&wrapped(b'P'))).await;
        assert!(matches!(right, Ok(Done::PinBlock(_))));
        assert_eq!(world.ask(call(&damaged())).await.err(), INVALID);
        let data = world.ask(call(&wrapped(b'D'))).await;
        assert_eq!(data.err(), Some(ErrorKind::KeyUsage));
    });
}

#[test]
fn blocks_that_do_not_open_count_for_who_sent_them_and_the_key() {
    let place = new_place();
    run(&place, async |world| {
        world.keys_for_blocks().await;
        for _ in 0..3 {
            assert!(world.ask(call(&wrapped(b'P'))).await.is_ok());
            assert_eq!(world.ask(call(&damaged())).await.err(), INVALID);
        }
        assert_eq!(world.ask(call("B0080P0T")).await.err(), INVALID);
        assert_eq!(world.failures(), [0, 3, 3]);
    });
    run(&place, async |world| {
        assert_eq!(world.failures(), [0, 3, 3], "after a restart");
        let free = AbuseRules::default().caller.free;
        for _ in 3..=free {
            assert_eq!(world.ask(call(&damaged())).await.err(), INVALID);
        }
        for text in [damaged(), wrapped(b'P')] {
            assert_eq!(world.ask(call(&text)).await.err(), Some(ErrorKind::Quota));
        }
        assert_eq!(world.failures(), [0, free + 1, free + 1]);
    });
}

/// Which of them did not open is not told, so one request is one failure.
#[test]
fn two_blocks_of_a_request_count_as_one() {
    run(&new_place(), async |world| {
        world.keys_for_blocks().await;
        let both = |first: &str, second: &str| {
            let mut call = call(second);
            let under = KeyRef { account: None, name: RefName::Id(id(5)) };
            call.keys[0].source = Source::Block { text: secret(first.as_bytes()), under };
            call
        };
        let end = End { key: id(5), is_wrapped: true };
        world.granted(Pair { passage: Passage::Pin, incoming: end, outgoing: end }).await;
        for (first, second) in [(damaged(), wrapped(b'P')), (damaged(), damaged())] {
            assert_eq!(world.ask(both(&first, &second)).await.err(), INVALID);
        }
        assert_eq!(world.failures(), [0, 2, 2]);
    });
}
