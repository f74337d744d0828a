//! Records of a batch: each as if it came alone after the answer to the one before.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use typex_core::audit::Detail;
use typex_store::log::{Filter, Reader};

use super::*;

/// What became of a record.
type Told = Result<Done, (ErrorKind, Option<u64>)>;

const WRONG: ErrorKind = ErrorKind::Payment(Payment::ValidationData);

impl World {
    async fn batch(
        &self,
        operation: Operation,
        calls: impl Iterator<Item = Result<Call, Error>>,
    ) -> Vec<Told> {
        let request = Request::Batch { operation, calls: calls.collect() };
        let Ok(Answer::Batch(answers)) = self.request(OWNER, request).await else {
            panic!("no batch")
        };
        let told = |answer: Result<Answered, Error>| {
            answer.map(|answered| answered.done).map_err(|e| (e.kind, e.retry_after_s))
        };
        answers.into_iter().map(told).collect()
    }

    async fn card_values(&self, calls: impl Iterator<Item = Call>) -> Vec<Told> {
        self.batch(Operation::VerifyCardValue, calls.map(Ok)).await
    }
}

#[test]
fn each_record_is_answered_in_its_place() {
    let place = new_place();
    run(&place, async |world| {
        world.pin_keys().await;
        world.pair(Passage::Pin, 1, 2, false).await;
        let alone = match world.ask(translation(&pin_block())).await {
            Ok(Done::PinBlock(block)) => block,
            _ => panic!("no block"),
        };
        // Those of one card, right ones, however many.
        let calls = (0..200).map(|at| match at % 50 {
            7 => Ok(translation(&[at as u8; 7])),
            9 => Err(ErrorKind::TooLarge.into()),
            _ => Ok(translation(&pin_block())),
        });
        let told = world.batch(Operation::TranslatePin, calls).await;
        assert_eq!(told.len(), 200);
        for (at, told) in told.into_iter().enumerate() {
            let expected = match at % 50 {
                7 => Err((ErrorKind::InvalidData(InvalidData::Parameter), None)),
                9 => Err((ErrorKind::TooLarge, None)),
                _ => Ok(&alone),
            };
            match (told, expected) {
                (Ok(Done::PinBlock(block)), Ok(alone)) => assert_eq!(block, *alone, "{at}"),
                (Err(told), Err(expected)) => assert_eq!(told, expected, "{at}"),
                (told, _) => panic!("another answer at {at}: {:?}", told.err()),
            }
        }
    });
    // All but the four that could not be read, which name no key.
    assert_eq!(place.logged("translate_pin"), 1 + 200 - 4);
}

#[test]
fn a_card_waits_from_the_record_on_that_passes_the_threshold() {
    let place = new_place();
    run(&place, async |world| {
        world.card_key().await;
        let claims = (0..20).map(|at| if matches!(at, 0 | 2 | 12) { b"561" } else { b"562" });
        let told = world.card_values(claims.map(|claimed| card(claimed))).await;
        for (at, told) in told.into_iter().enumerate() {
            match (at, told) {
                (0 | 2, told) => assert!(told.is_ok(), "{at}"),
                (1..=7, told) => assert_eq!(told.err(), Some((WRONG, None)), "{at}"),
                (_, Err((ErrorKind::Quota, Some(59..=60)))) => {}
                (_, told) => panic!("{at}: {:?}", told.err()),
            }
        }
    });
    run(&place, async |world| {
        assert_eq!(world.ask(card(b"561")).await.err(), Some(ErrorKind::Quota));
    });
}

#[test]
fn a_batch_of_wrong_records_makes_its_caller_wait_as_for_one() {
    run(&new_place(), async |world| {
        world.card_key().await;
        let wrong = |at: usize| card_of(format!("4{at:015}").as_bytes(), b"000");
        let free = AbuseRules::default().caller.free as usize;
        let told = world.card_values((0..free + 100).map(|at| wrong(10 * at))).await;
        let told: Vec<_> = told.into_iter().map(|told| told.err().expect("wrong")).collect();
        assert_eq!(told[..free + 1], vec![(WRONG, None); free + 1]);
        assert_eq!(told[free + 1], (ErrorKind::Quota, Some(1)));
        let payments = &world.core.inner().gateway.payments;
        let now = system_clock();
        let standing: Vec<_> = payments.abuse().standing(None, now).collect();
        let caller = standing.iter().find(|one| one.id.kind == Kind::Caller).expect("it failed");
        let wait_ms = caller.closed_until.0.saturating_sub(now.0);
        // A slow machine may be past the first wait before its last record.
        let waits = caller.failures.saturating_sub(free as u32);
        assert!(waits < 6 && wait_ms <= 1000 << waits, "{caller:?}");
    });
}

#[test]
fn requests_that_nobody_waits_for_any_more_leave_a_card_free() {
    run(&new_place(), async |world| {
        world.card_key().await;
        let open = || world.core.inner().gateway.payments.abuse().remembered(Kind::Pan);
        // One now and then is computed and answered within the turn in which it begins.
        let mut given_up = 0;
        for _ in 0..20 {
            let mut batch = pin!(world.card_values((0..4).map(|_| card(b"561"))));
            let mut polled = Poll::Pending;
            while open() == 0 && polled.is_pending() {
                polled = batch.as_mut().poll(&mut Context::from_waker(Waker::noop())).map(drop);
                tokio::task::yield_now().await;
            }
            given_up += usize::from(open() > 0);
        }
        assert!(given_up > 0);
        assert_eq!(open(), 0);
        world.ask(card(b"561")).await.expect("the right one");
    });
}

#[test]
fn records_that_together_cost_too_much_are_refused_before_any_begins() {
    let place = new_place();
    run(&place, async |world| {
        let cipher = |mode| Cipher::Block { mode, iv: None };
        let batch = async |mode: Mode, records: usize| {
            let call = || {
                let (incoming, outgoing) = (cipher(mode), cipher(mode));
                let ciphertext = vec![7; 2048];
                let task = Task::ReEncrypt { incoming, outgoing, ciphertext, track: None };
                Ok(Call { keys: vec![stored(Part::Incoming, 1), stored(Part::Outgoing, 2)], task })
            };
            let calls = (0..records).map(|_| call()).collect();
            let request = Request::Batch { operation: Operation::ReEncryptData, calls };
            world.told(OWNER, request).await
        };
        let error = batch(Mode::Cfb1, 140).await.err().expect("too much");
        assert_eq!(error.kind, ErrorKind::TooLarge);
        assert!(error.public.contains("11468 ms of 4000 ms"), "{}", error.public);
        // The keys are not there, which is looked at when a record begins.
        for (mode, records) in [(Mode::Cfb1, 40), (Mode::Cbc, 1024)] {
            let Ok(Answer::Batch(answers)) = batch(mode, records).await else {
                panic!("they cost less")
            };
            assert_eq!(answers.len(), records);
        }
    });
    assert_eq!(place.logged(Operation::ReEncryptData.name()), 40 + 1024);
}

#[test]
fn a_batch_that_takes_too_long_says_which_records_were_not_begun() {
    let rules = crate::config::Payments::default().rules();
    let place = new_place();
    run_by(
        &place,
        PaymentRules { request_time: std::time::Duration::ZERO, ..rules },
        async |world| {
            world.card_key().await;
            let told = world.card_values((0..3).map(|_| card(b"561"))).await;
            let errors: Vec<_> = told.into_iter().map(|told| told.err()).collect();
            assert_eq!(errors, vec![Some((ErrorKind::Timeout, None)); 3]);
        },
    );
    assert_eq!(place.logged("verify_card_value"), 3);
}

#[test]
fn an_entry_names_every_key_and_the_card() {
    let place = new_place();
    run(&place, async |world| {
        world.pin_keys().await;
        world.pair(Passage::Pin, 1, 2, false).await;
        world.ask(translation(&pin_block())).await.expect("a right PIN");
    });
    let reader = Reader::open(&place.path.join("audit"), Filter::default()).expect("a log");
    let entries = reader.map(|entry| entry.expect("an entry").logged.entry);
    let entries: Vec<_> = entries.filter(|entry| entry.names(id(2))).collect();
    let [entry] = &entries[..] else { panic!("one: {entries:?}") };
    assert_eq!(entry.key, Some((id(1), 1)));
    let Detail::Payment { pan: Some(_), others } = entry.detail else { panic!("{entry:?}") };
    assert_eq!(others, [Some((id(2), 1)), None, None]);
}
