//! Answers have a most of rows; names reach everything all the same.

use super::*;
use crate::admin::{Change, Listed};

const OTHER: PartitionId = PartitionId([0x0b; 16]);

fn few<T>(world: &World, request: Request, rows: impl FnOnce(Answer) -> Option<T>) -> T {
    let rules = Payments::default().rules();
    let desk = Desk { rows_max: 2, ..Desk::alone(&world.store, rules) };
    rows(ask(&desk, request)).expect("the answer that was asked for")
}

fn payment<T>(
    world: &World,
    request: PaymentRequest,
    rows: impl FnOnce(PaymentAnswer) -> Option<T>,
) -> T {
    few(world, Request::Payments(Box::new(request)), |answer| match answer {
        Answer::Payments(answer) => rows(*answer),
        _ => None,
    })
}

fn rows<T>(listed: Listed<T>) -> (usize, bool) {
    (listed.len(), listed.is_cut)
}

#[test]
fn lists_say_that_they_are_cut() {
    let world = world();
    let keys = || Request::Keys { partition: None };
    let listed = |answer| match answer {
        Answer::Keys(keys) => Some(rows(keys)),
        _ => None,
    };
    let new = || world.key(Usage::DATA, ModeOfUse::Both, Entry::Generated);
    let (one, other) = (new(), new());
    assert_eq!(few(&world, keys(), listed), (2, false));
    let third = new();
    assert_eq!(few(&world, keys(), listed), (2, true));
    let of_payments = payment(&world, PaymentRequest::Keys { partition: None }, |answer| {
        let PaymentAnswer::Keys(keys) = answer else { return None };
        Some(rows(keys))
    });
    assert_eq!(of_payments, (2, true));
    let pairs = |world: &World| {
        payment(world, PaymentRequest::Pairs { partition: None }, |answer| match answer {
            PaymentAnswer::Pairs(pairs) => Some(rows(pairs)),
            _ => None,
        })
    };
    world.grant("data", &one, &other).expect("both are for data");
    world.grant("data", &other, &third).expect("both are for data");
    assert_eq!(pairs(&world), (2, false));
    world.grant("data", &third, &one).expect("both are for data");
    assert_eq!(pairs(&world), (2, true));
}

#[test]
fn a_list_of_access_keys_says_that_it_is_cut() {
    let world = world();
    for is_cut in [false, true] {
        world.create(None);
        let listed = payment(&world, PaymentRequest::AccessKeys, |answer| match answer {
            PaymentAnswer::AccessKeys(keys) => Some(rows(keys)),
            _ => None,
        });
        assert_eq!(listed, (2, is_cut));
    }
}

#[test]
fn names_reach_what_lists_leave_out() {
    let world = world();
    let key = |partition| world.key_in(partition, Usage::DATA, ModeOfUse::Both, Entry::Generated);
    let keys: Vec<_> = (0..4).map(|_| key(OWNER)).collect();
    let foreign = key(OTHER);
    let suspend = |id: &str| Request::ChangeKey { id: id.to_owned(), to: Change::Suspend };
    let done = |answer| Some(answer == Answer::Done);
    for id in keys.iter().chain([&foreign]) {
        assert!(few(&world, suspend(id), done), "{id}");
    }
    for (partition, id) in [(OWNER, &keys[3]), (OTHER, &foreign)] {
        let id = format!("{partition}/{id}");
        let shown = few(&world, Request::Key { id: id.clone() }, |answer| match answer {
            Answer::Keys(keys) => Some(rows(keys)),
            _ => None,
        });
        assert_eq!(shown, (1, false), "{id}");
    }
    for id in [format!("{OTHER}/{}", keys[0]), KeyId([9; 16]).to_string()] {
        let why = few(&world, suspend(&id), |answer| match answer {
            Answer::Refused { reason } => Some(reason),
            _ => None,
        });
        assert!(why.contains("no key with this id"), "{why}");
    }
    let granted = [(0, 1), (1, 2), (2, 3)].map(|(from, to)| {
        world.grant("data", &keys[from], &keys[to]).expect("both are for data").id
    });
    for id in granted {
        let revoke = PaymentRequest::RevokePair { id };
        payment(&world, revoke, |answer| matches!(answer, PaymentAnswer::Pairs(_)).then_some(()));
    }
}
