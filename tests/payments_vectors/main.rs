//! Every known answer of payments by its id: of the functions that compute it, and of a job of the
//! engine where it is one's, on software and on cards.
//!
//! The answers and the functions' tests are the engine's own, so that nothing is written twice.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/card.rs"]
mod card;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/data.rs"]
mod data;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/dukpt.rs"]
mod dukpt;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/harness.rs"]
mod harness;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/jobs.rs"]
mod jobs;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/key_block.rs"]
mod key_block;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/older.rs"]
mod older;
#[cfg(test)]
mod operations;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/pin.rs"]
mod pin;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/reencryption.rs"]
mod reencryption;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/refusals.rs"]
mod refusals;
#[cfg(test)]
mod signed;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/token.rs"]
mod token;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/vectors.rs"]
mod vectors;
#[cfg(test)]
#[path = "../../gateway/engine/tests/payment/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use typex_abi::CardKind;

use harness::VECTORS;
use world::World;

/// By id: where the answer was given.
type Ran = BTreeMap<&'static str, Vec<String>>;

#[test]
fn payments_vectors() {
    let mut ran = Ran::new();
    let mut note = |id: &'static str, place: &str| {
        ran.entry(id).or_default().push(place.to_owned());
    };
    let soft = World::soft();
    for vector in VECTORS.iter() {
        if vectors::run(vector) {
            note(&vector.id, "function");
        }
        if signed::run(vector) {
            note(&vector.id, "signature");
        }
        if operations::run(&soft, vector) {
            note(&vector.id, "soft");
        }
    }
    on_cards(&mut note);
    report(&ran);
    let missing = VECTORS.iter().map(|vector| &vector.id).filter(|id| !ran.contains_key(&***id));
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "not run: {missing:?}");
    assert_eq!((VECTORS.len(), ran.len()), (283, 283));
}

/// Re-encryption on every card that there is: all of AES runs there, triple DES beside it.
fn on_cards(note: &mut impl FnMut(&'static str, &str)) {
    for kind in [CardKind::Model, CardKind::Rtl] {
        let Some(card) = World::on_card(kind) else {
            println!("SKIPPED: {}, which needs the feature `cosim`", kind.name());
            continue;
        };
        for vector in VECTORS.iter().filter(|vector| vector.op.starts_with("reencrypt")) {
            let before = card.on_card_count();
            assert!(operations::run(&card, vector), "{}", vector.id);
            let is_there = card.on_card_count() > before;
            assert_eq!(is_there, !vector.id.starts_with("re-tdes"), "{}", vector.id);
            note(&vector.id, if is_there { kind.name() } else { "beside the card" });
        }
    }
}

/// Writes which ids ran where, beside what was built.
fn report(ran: &Ran) {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        |target| target.into(),
    );
    std::fs::create_dir_all(&target).expect("a place for the report");
    let file = target.join("payments-vectors.json");
    let text = serde_json::to_string_pretty(&json!({ "count": ran.len(), "ran": ran }));
    std::fs::write(&file, text.expect("JSON")).expect("the report");
    println!("{} ids: {}", ran.len(), file.display());
}
