//! The queue that carries parcels, against `VecDeque`, alone and between threads.

use std::collections::VecDeque;
use std::sync::Arc;

use crossbeam_queue::ArrayQueue;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn the_queue_does_what_a_bounded_deque_does(
        places in 1_usize..9,
        ops in prop::collection::vec(any::<Option<u16>>(), 0..200),
    ) {
        let (queue, mut deque) = (ArrayQueue::new(places), VecDeque::new());
        for op in ops {
            match op {
                Some(item) if deque.len() == places => prop_assert_eq!(queue.push(item), Err(item)),
                Some(item) => {
                    prop_assert_eq!(queue.push(item), Ok(()));
                    deque.push_back(item);
                }
                None => prop_assert_eq!(queue.pop(), deque.pop_front()),
            }
            prop_assert_eq!((queue.is_empty(), queue.len()), (deque.is_empty(), deque.len()));
        }
    }
}

#[test]
fn between_threads_nothing_is_lost_doubled_or_overtaken() {
    const ITEMS: u32 = 5_000;
    let queue = Arc::new(ArrayQueue::new(16));
    let producers: Vec<_> = (0..2_u32)
        .map(|producer| {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || {
                for item in 0..ITEMS {
                    while queue.push((producer, item)).is_err() {
                        std::thread::yield_now();
                    }
                }
            })
        })
        .collect();
    let mut next = [0; 2];
    while next.iter().sum::<u32>() < 2 * ITEMS {
        match queue.pop() {
            Some((producer, item)) => {
                assert_eq!(item, next[producer as usize]);
                next[producer as usize] += 1;
            }
            None => std::thread::yield_now(),
        }
    }
    producers.into_iter().for_each(|producer| producer.join().unwrap());
    assert!(queue.is_empty());
}
