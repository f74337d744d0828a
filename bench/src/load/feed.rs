//! Prepared requests, drawn by weight.

use std::cell::{Cell, RefCell};

use super::LoadError;
use super::operation::Exchange;
use super::scenario::Scenario;
use crate::chance::Chance;

/// Requests of every operation.
pub(crate) struct Feed {
    operations: Vec<Prepared>,
    chance: RefCell<Chance>,
}

struct Prepared {
    link: usize,
    weight: u64,
    exchanges: Vec<Exchange>,
    next: Cell<usize>,
}

impl Feed {
    /// Prepares; clients with different seeds send different requests.
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Result<Self, LoadError> {
        let mut chance = Chance::new(seed);
        let mut operations = Vec::with_capacity(scenario.operations.len());
        for operation in &scenario.operations {
            let link = scenario.link_of(operation)?;
            let at = scenario.links.iter().position(|one| one.name == link.name);
            let (count, ask) = (scenario.prepared, &operation.ask);
            operations.push(Prepared {
                link: at.unwrap_or_default(),
                weight: operation.weight.into(),
                exchanges: ask.prepare(link.carrier, count, &mut chance)?,
                next: Cell::new(0),
            });
        }
        Ok(Self { operations, chance: RefCell::new(chance) })
    }

    /// An operation, by weight, among those of a link or all.
    pub(crate) fn draw(&self, link: Option<usize>) -> usize {
        let fits = |one: &&Prepared| link.is_none_or(|link| one.link == link);
        let sum: u64 = self.operations.iter().filter(fits).map(|one| one.weight).sum();
        let mut left = self.chance.borrow_mut().below(sum as usize) as u64;
        for (at, one) in self.operations.iter().enumerate() {
            if link.is_none_or(|link| one.link == link) {
                match left.checked_sub(one.weight) {
                    Some(rest) => left = rest,
                    None => return at,
                }
            }
        }
        0
    }

    /// Which link an operation takes.
    pub(crate) fn link(&self, operation: usize) -> usize {
        self.operations[operation].link
    }

    /// The next request of an operation.
    pub(crate) fn next(&self, operation: usize) -> &Exchange {
        let one = &self.operations[operation];
        let at = one.next.get();
        one.next.set((at + 1) % one.exchanges.len());
        &one.exchanges[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_drawn_by_weight_within_their_link() {
        let link = |name: &str| {
            format!(
                "[[link]]\nname = \"{name}\"\ncarrier = \"http2\"\nlistener = \"x\"\n\
                 connections = 1\n"
            )
        };
        let operation = |link: &str, weight: u32| {
            format!(
                "[[operation]]\nlink = \"{link}\"\nweight = {weight}\n\
                 ask = {{ http = {{ path = \"/\" }} }}\n"
            )
        };
        let parts = [
            "about = \"x\"\nprepared = 1\n".to_owned(),
            link("a"),
            link("b"),
            operation("a", 3),
            operation("b", 1),
            operation("a", 1),
        ];
        let scenario = Scenario::parse(&parts.concat()).expect("a scenario");
        let feed = Feed::new(&scenario, 9).expect("requests");
        let count = |link, which| (0..10_000).filter(|_| feed.draw(link) == which).count();
        assert!((5_700..6_300).contains(&count(None, 0)));
        assert!((7_200..7_800).contains(&count(Some(0), 0)));
        assert_eq!(count(Some(0), 1), 0);
        assert_eq!(count(Some(1), 1), 10_000);
        assert_eq!((feed.link(0), feed.link(1), feed.link(2)), (0, 1, 0));
    }
}
