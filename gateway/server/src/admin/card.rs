//! Carries operator requests out on the card.

use typex_core::ErrorKind;
use typex_core::audit::{Detail, Operator};
use typex_store::Store;

use super::perform::ended;
use super::{Answer, CardRequest};
use crate::card::Card;

/// Carries out `request`. Blocks; self-test and reset are on disk before
/// the answer.
pub(super) fn perform(store: &Store, card: &Card, request: &CardRequest) -> Answer {
    match request {
        CardRequest::Show => Answer::Card(Box::new(card.inspect())),
        CardRequest::Trace { from, last } => Answer::CardTrace(card.trace(*from, *last)),
        CardRequest::Selftest => {
            let tested = card.selftest();
            recorded(store, Operator::CardSelftest, tested.passed, Answer::CardTested(tested))
        }
        CardRequest::Reset => match card.reset() {
            Ok(done) => recorded(store, Operator::CardReset, true, Answer::CardReset(done)),
            Err(error) => {
                let refused = Answer::Refused { reason: error.to_string() };
                recorded(store, Operator::CardReset, false, refused)
            }
        },
    }
}

/// Why there is nothing to ask.
pub(super) fn absent(backend: Option<&str>) -> String {
    match backend {
        Some(name) => format!(
            "the gateway runs on the backend {name}, without a card: start it with --backend fpga"
        ),
        None => "no gateway runs, so no card is in use".to_owned(),
    }
}

fn recorded(store: &Store, verb: Operator, good: bool, answer: Answer) -> Answer {
    let result = if good { Ok(()) } else { Err(ErrorKind::DeviceFault) };
    match store.record(ended(verb, None, Detail::None, result)).wait() {
        Ok(()) => answer,
        Err(error) => Answer::Refused { reason: error.to_string() },
    }
}
