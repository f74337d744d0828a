//! The ring between a core and the store thread, against a `VecDeque`.

use std::collections::VecDeque;

use proptest::prelude::*;
use rtrb::{PopError, PushError, RingBuffer};

/// One step of either end.
#[derive(Clone, Copy, Debug)]
enum Step {
    Push(u32),
    Pop,
    /// Takes what is there in one go, as the store thread does.
    Drain,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<u32>().prop_map(Step::Push),
        3 => Just(Step::Pop),
        1 => Just(Step::Drain),
    ]
}

proptest! {
    #[test]
    fn ring_is_a_bounded_queue(
        capacity in 1usize..9,
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let (mut producer, mut consumer) = RingBuffer::new(capacity);
        let mut oracle = VecDeque::new();
        for step in steps {
            match step {
                Step::Push(value) if oracle.len() == capacity => {
                    prop_assert_eq!(producer.push(value), Err(PushError::Full(value)));
                }
                Step::Push(value) => {
                    prop_assert_eq!(producer.push(value), Ok(()));
                    oracle.push_back(value);
                }
                Step::Pop => {
                    prop_assert_eq!(consumer.pop(), oracle.pop_front().ok_or(PopError::Empty));
                }
                Step::Drain => {
                    let taken: Vec<u32> = std::iter::from_fn(|| consumer.pop().ok()).collect();
                    prop_assert_eq!(taken, oracle.drain(..).collect::<Vec<_>>());
                }
            }
            prop_assert_eq!(consumer.slots(), oracle.len());
            prop_assert_eq!(producer.slots(), capacity - oracle.len());
        }
    }

    /// Two threads: everything arrives, once, in order.
    #[test]
    fn ring_keeps_order_between_threads(
        capacity in 1usize..9,
        values in prop::collection::vec(any::<u32>(), 0..500),
    ) {
        let (mut producer, mut consumer) = RingBuffer::new(capacity);
        let sent = values.clone();
        let sender = std::thread::spawn(move || {
            for value in sent {
                while producer.push(value).is_err() {
                    std::thread::yield_now();
                }
            }
        });
        let mut received = Vec::new();
        while received.len() < values.len() {
            match consumer.pop() {
                Ok(value) => received.push(value),
                Err(PopError::Empty) => std::thread::yield_now(),
            }
        }
        sender.join().unwrap();
        prop_assert_eq!(received, values);
        prop_assert_eq!(consumer.pop(), Err(PopError::Empty));
    }
}
