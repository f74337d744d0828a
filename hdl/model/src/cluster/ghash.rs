//! When the products of GHASH are made: one multiplier, items in the order in which they left the
//! lane. What they are is known already.

use super::wheel::Wheel;
use std::collections::VecDeque;

/// Cycles from an issue to the product: a register and the multiplier.
const LATENCY: usize = 5;

/// An item in front of the multiplier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) ctx: u8,
    /// The block of lengths follows.
    pub(crate) last: bool,
}

#[derive(Clone, Copy)]
enum Product {
    Item,
    /// The last of a message.
    Sum(u8),
    /// For a key, with its number.
    Power(u8),
}

/// What came out and what was begun in a cycle.
#[derive(Default)]
pub(crate) struct GhashCycle {
    /// The message whose sum is there.
    pub(crate) sum: Option<u8>,
    /// The power of a key that is there.
    pub(crate) power: Option<u8>,
    /// A product for a key was begun.
    pub(crate) took_power: bool,
    /// An item left the queue.
    pub(crate) gave: bool,
    /// A product was begun.
    pub(crate) issued: bool,
}

/// The multiplier and its queue.
pub(crate) struct Ghash {
    queue: VecDeque<Item>,
    lengths_next: Option<u8>,
    products: Wheel<Product>,
}

impl Ghash {
    pub(crate) fn new() -> Self {
        Self { queue: VecDeque::new(), lengths_next: None, products: Wheel::new(LATENCY) }
    }

    /// An item came out of the lane; it can be taken in the next cycle.
    pub(crate) fn push(&mut self, item: Item) {
        self.queue.push_back(item);
    }

    /// One cycle; `power` is the number of the power that a key waits for.
    pub(crate) fn cycle(&mut self, power: Option<u8>) -> GhashCycle {
        let mut now = GhashCycle::default();
        match self.products.turn() {
            Some(Product::Sum(ctx)) => now.sum = Some(ctx),
            Some(Product::Power(target)) => now.power = Some(target),
            Some(Product::Item) | None => {}
        }
        if let Some(ctx) = self.lengths_next.take() {
            self.issue(&mut now, Product::Sum(ctx));
        } else if let Some(target) = power {
            now.took_power = true;
            self.issue(&mut now, Product::Power(target));
        } else if let Some(item) = self.queue.pop_front() {
            now.gave = true;
            self.lengths_next = item.last.then_some(item.ctx);
            self.issue(&mut now, Product::Item);
        }
        now
    }

    fn issue(&mut self, now: &mut GhashCycle, product: Product) {
        now.issued = true;
        self.products.put(LATENCY, product);
    }
}
