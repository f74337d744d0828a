//! Procedures that measure paired rounds, by their names.

use std::time::Duration;

use super::figure::Round;
use super::{lanes, servers, speed};

/// The least rounds that a median is taken of.
pub const ROUNDS_MIN: usize = 9;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Rounds, each a window of both sides. At least [`ROUNDS_MIN`].
    pub rounds: usize,
    /// Whether only a short run is wanted; a procedure whose windows are long may shorten them.
    pub quick: bool,
    /// A window of work that takes nanoseconds. One of a server takes seconds and is the
    /// procedure's own.
    pub window: Duration,
}

/// Why a procedure gives no rounds: something is not installed or did not start, or the sides gave
/// different results. The text says what to do.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures rounds; `argument` is what the target says.
pub type Measure = fn(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure>;

/// A way to measure both sides of a target in turns.
pub struct Procedure {
    /// How `bench/targets.toml` names it.
    pub name: &'static str,
    /// Measures.
    pub measure: Measure,
}

/// All of them. A new one is a file of this folder and a line here.
pub const PROCEDURES: &[Procedure] = &[
    Procedure { name: "aes-cbc-peer", measure: lanes::aes_cbc },
    Procedure { name: "tdes-cbc-peer", measure: lanes::tdes_cbc },
    Procedure { name: "http3", measure: servers::http3 },
    Procedure { name: "http1-tls", measure: servers::http1_tls },
    Procedure { name: "frames", measure: servers::frames },
    Procedure { name: "frame-size", measure: servers::frame_size },
    Procedure { name: "cores", measure: servers::cores },
    Procedure { name: "idle", measure: servers::idle },
    Procedure { name: "allocations", measure: servers::allocations },
    Procedure { name: "openbao", measure: servers::openbao },
    Procedure { name: "overload", measure: servers::overload },
    Procedure { name: "rsa-saturated", measure: servers::saturated },
    Procedure { name: "softhsm", measure: servers::softhsm },
    Procedure { name: "openssl-speed", measure: speed::speed },
];

impl Plan {
    /// The usual one, or the short one.
    #[must_use]
    pub fn new(quick: bool) -> Self {
        let rounds = if quick { ROUNDS_MIN } else { 31 };
        Self { rounds, quick, window: Duration::from_millis(10) }
    }
}

/// The procedure of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Procedure> {
    PROCEDURES.iter().find(|procedure| procedure.name == name)
}

/// Rounds of two sides in turns, of which each gives the figure of a window. Whoever begins
/// changes from round to round.
///
/// # Errors
/// That of a side.
pub fn alternate(
    plan: &Plan,
    mut first: impl FnMut() -> Result<f64, Failure>,
    mut second: impl FnMut() -> Result<f64, Failure>,
) -> Result<Vec<Round>, Failure> {
    let mut rounds = Vec::with_capacity(plan.rounds);
    for round in 0..plan.rounds.max(ROUNDS_MIN) {
        rounds.push(if round % 2 == 0 {
            let first = first()?;
            Round { first, second: second()? }
        } else {
            let second = second()?;
            Round { first: first()?, second }
        });
    }
    Ok(rounds)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_sides_take_turns_and_so_does_who_begins() {
        let order = RefCell::new(String::new());
        let side = |name: char, figure: f64| {
            let order = &order;
            move || {
                order.borrow_mut().push(name);
                Ok(figure)
            }
        };
        let plan = Plan { rounds: 1, ..Plan::new(true) };
        let rounds = alternate(&plan, side('a', 1.0), side('b', 2.0)).unwrap();
        assert_eq!(rounds, vec![Round { first: 1.0, second: 2.0 }; ROUNDS_MIN]);
        assert!(order.borrow().starts_with("abbaab"));
    }

    #[test]
    fn a_side_that_fails_ends_it() {
        let failed = alternate(&Plan::new(true), || Err("no".into()), || Ok(1.0));
        assert_eq!(failed.unwrap_err().to_string(), "no");
    }

    /// Before anything is started.
    #[test]
    fn arguments_without_a_meaning_are_refused() {
        for (name, argument) in [
            ("allocations", "http4"),
            ("overload", "dear"),
            ("overload", "dear p50"),
            ("overload", "cheap p99"),
            ("openssl-speed", "rot13"),
        ] {
            let found = find(name).unwrap();
            let error = (found.measure)(&Plan::new(true), argument).unwrap_err().to_string();
            assert!(error.starts_with("not a"), "{name} {argument}: {error}");
        }
    }

    #[test]
    fn names_are_their_own() {
        for procedure in PROCEDURES {
            let same = PROCEDURES.iter().filter(|other| other.name == procedure.name).count();
            assert_eq!((same, find(procedure.name).is_some()), (1, true), "{}", procedure.name);
        }
        assert!(find("none").is_none());
    }
}
