//! Tells the log when the card faults and when it is back.

use std::sync::{Arc, Weak};
use std::time::Duration;

use typex_engine::{CardSnapshot, CardState};

use super::Card;

/// How often the card is looked at. A fault that is over within this is told all the same, by its
/// count.
const INTERVAL: Duration = Duration::from_millis(200);

/// What was told last.
#[derive(PartialEq, Eq)]
struct Told {
    state: CardState,
    faults: u64,
    recoveries: u64,
}

impl Told {
    fn of(snapshot: &CardSnapshot) -> Self {
        let faults = snapshot.faults.iter().map(|(_, count)| count).sum();
        Self { state: snapshot.state, faults, recoveries: snapshot.recoveries }
    }
}

/// Watches until the card is dropped.
///
/// # Errors
/// If the system refuses a thread.
pub(super) fn start(card: &Arc<Card>) -> std::io::Result<()> {
    let weak = Arc::downgrade(card);
    let snapshot = card.card.snapshot();
    let told = Told::of(&snapshot);
    if let Some(reason) = super::trouble(&snapshot) {
        let card = snapshot.card;
        tracing::error!(card, reason, "the card does not start: software computes until it does");
    }
    std::thread::Builder::new().name("card-watch".to_owned()).spawn(move || watch(&weak, told))?;
    Ok(())
}

fn watch(card: &Weak<Card>, mut told: Told) {
    while let Some(card) = card.upgrade() {
        let snapshot = card.card.snapshot();
        let now = Told::of(&snapshot);
        if now != told {
            tell(&snapshot, &told, &now);
            told = now;
        }
        drop(card);
        std::thread::sleep(INTERVAL);
    }
}

fn tell(snapshot: &CardSnapshot, told: &Told, now: &Told) {
    let (card, state) = (snapshot.card, now.state.name());
    if now.faults > told.faults {
        let kind = snapshot.last_fault.map(|(kind, _)| kind);
        tracing::error!(card, state, kind, count = now.faults - told.faults, "card fault");
    }
    if now.recoveries > told.recoveries {
        let took_us = super::microseconds(snapshot.recovery_last);
        tracing::warn!(card, state, took_us, "card is back");
    } else if now.state != told.state {
        tracing::warn!(card, state, "card changed state");
    }
}
