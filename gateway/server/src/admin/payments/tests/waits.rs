//! Waits: seen and ended by the running gateway, and on a store alone.

use typex_core::audit::{Detail, OtherKeys, PanHash, Verb};
use typex_core::policy::abuse::Subject;
use typex_store::log::{Filter, Reader};
use typex_store::system_clock;

use super::*;
use crate::gateway::Counts;

const CARD: [u8; 16] = [5; 16];

fn subject() -> Subject {
    Subject { partition: OWNER, pan: Some(CARD), caller: [7; 16], key: KeyId([8; 16]) }
}

fn counts(world: &World) -> Counts {
    Counts::open(&world.store, Payments::default().rules().abuse).expect("counts")
}

/// Six wrong answers about a card, which then waits.
fn fail(world: &World, counts: &Counts) {
    for _ in 0..6 {
        let now = system_clock();
        let tried = counts.lock().begin(subject(), now).expect("it need not wait yet");
        let counted = counts.lock().failed([tried], now).expect("it need not wait yet");
        counts.keep(&world.store, &counted).wait().expect("a healthy store");
    }
    assert!(counts.lock().begin(subject(), system_clock()).is_err());
}

/// Asks the gateway that has these counts, or the store alone.
fn asked(world: &World, counts: Option<&Counts>, request: PaymentRequest) -> Vec<WaitShown> {
    let desk = Desk { counts, ..Desk::alone(&world.store, Payments::default().rules()) };
    match ask(&desk, Request::Payments(Box::new(request))) {
        Answer::Payments(answer) => match *answer {
            PaymentAnswer::Waits(waits) => waits.rows,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_operator_sees_who_waits_and_ends_it() {
    for runs in [true, false] {
        let world = world();
        let counts = counts(&world);
        fail(&world, &counts);
        let running = runs.then_some(&counts);
        let waits = asked(&world, running, PaymentRequest::Waits { all: false });
        let [wait] = &waits[..] else { panic!("the card alone: {waits:?}") };
        assert_eq!((&*wait.kind, wait.failures), ("card", 6));
        assert_eq!((&*wait.subject, &*wait.partition), (&*"05".repeat(16), &*OWNER.to_string()));
        let until = UnixMs(wait.until_ms.expect("it waits"));
        assert!(until.since(system_clock()) <= Duration::from_secs(60));
        let all = asked(&world, running, PaymentRequest::Waits { all: true });
        let mut kinds: Vec<_> = all.iter().map(|one| &*one.kind).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["access key", "card", "key"]);

        let clear = PaymentRequest::ClearWait { id: wait.id.clone() };
        assert_eq!(asked(&world, running, clear), []);
        if runs {
            let tried = counts.lock().begin(subject(), system_clock()).expect("it may try again");
            counts.lock().given_up(tried);
        }
        let later = self::counts(&world);
        assert!(later.lock().begin(subject(), system_clock()).is_ok(), "also after a restart");
        assert_eq!(later.standing().len(), 2 + 1, "the others still count, and one try is open");
        assert_eq!(logged(&world), [Detail::Payment { pan: Some(PanHash(CARD)), others: NONE }]);
    }
}

const NONE: OtherKeys = [None; 3];

fn logged(world: &World) -> Vec<Detail> {
    let reader = Reader::open(&world.place.path.join("audit"), Filter::default()).expect("a log");
    let entries = reader.map(|entry| entry.expect("an entry").logged.entry);
    let is_clear = |verb| verb == Verb::Operator(Operator::WaitClear);
    entries.filter(|entry| is_clear(entry.verb)).map(|entry| entry.detail).collect()
}

#[test]
fn waits_that_nobody_has_are_not_ended() {
    let world = world();
    let desk = Desk::alone(&world.store, Payments::default().rules());
    let request = PaymentRequest::ClearWait { id: "00".repeat(16) };
    let Answer::Refused { reason } = ask(&desk, Request::Payments(Box::new(request))) else {
        panic!("refused")
    };
    assert!(reason.contains("wait"), "{reason}");
    assert_eq!(logged(&world), []);
}
