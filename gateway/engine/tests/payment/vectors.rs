//! Every known answer, by what it is of.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::harness::{VECTORS, Vector};
use crate::{card, data, dukpt, key_block, pin, token};

/// Requests that are signed belong to a dialect, where these are run.
const SIGNED_REQUESTS: [&str; 3] = ["sigv4-0", "sigv4-1", "sigv4-2"];

/// Runs a row and says whether its kind is known here.
pub(crate) fn run(vector: &Vector) -> bool {
    let runner = of_pins_and_keys(&vector.op).or_else(|| of_data_and_cards(&vector.op));
    runner.map(|runner| runner(vector)).is_some()
}

fn of_pins_and_keys(op: &str) -> Option<fn(&Vector)> {
    Some(match op {
        "pinblock.f0" | "pinblock.f1" | "pinblock.f3" => pin::clear_block,
        "pinblock.f4" => pin::block_4,
        "pinblock.f4.panfield" => pin::pan_field,
        "pinblock.f0.decode" | "pinblock.f3.decode" => pin::refused_block,
        "pin.translate" => pin::translation,
        "pin.ibm3624" => pin::ibm3624,
        "pin.visa_pvv" => pin::visa_pvv,
        "dukpt.tdes.ik" => dukpt::tdes_initial,
        "dukpt.tdes.txn" => dukpt::tdes_transaction,
        "dukpt.tdes.advance" | "dukpt.aes.advance" => dukpt::advance,
        "dukpt.aes.ik" => dukpt::aes_initial,
        "dukpt.aes.txn" => dukpt::aes_transaction,
        "dukpt.aes.update" => dukpt::aes_update,
        "dukpt.ksn.invalid" => dukpt::refused_ksn,
        "tr31.unwrap" => key_block::unwrapped,
        "tr31.wrap" => key_block::wrapped,
        "tr31.derive" => key_block::derived,
        _ => return None,
    })
}

fn of_data_and_cards(op: &str) -> Option<fn(&Vector)> {
    Some(match op {
        "kcv" => data::check_value,
        "key.components" => data::components,
        "mac.iso9797" => data::iso9797,
        "mac.cmac" => data::cmac,
        "mac.hmac" => data::hmac,
        "cipher" => data::cipher,
        "reencrypt" => data::reencryption,
        "reencrypt.inverse" => data::refused_tag,
        "card.cvv" => card::static_value,
        "card.cvc3" => card::dynamic_value,
        "emv.icc_mk" => card::master_key,
        "emv.session" => card::session_key,
        "emv.arqc" => card::cryptogram,
        "emv.arpc" => card::response,
        "ff1" => token::ff1,
        "token.kdf" => token::kdf,
        "token.fpe" => token::fpe,
        "token.vault.index" => token::index,
        _ => return None,
    })
}

#[test]
fn every_known_answer_is_given() {
    let (mut counts, mut elsewhere, mut failed) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    for vector in VECTORS.iter() {
        match catch_unwind(AssertUnwindSafe(|| run(vector))) {
            Ok(true) => *counts.entry(vector.op.as_str()).or_insert(0) += 1,
            Ok(false) => drop(elsewhere.insert(vector.id.as_str())),
            Err(_) => failed.push(vector.id.as_str()),
        }
    }
    let run = counts.values().sum::<usize>();
    println!("{run} of {} run: {counts:?}; elsewhere: {}", VECTORS.len(), elsewhere.len());
    assert!(failed.is_empty(), "{} failed: {failed:?}", failed.len());
    assert_eq!(elsewhere, BTreeSet::from(SIGNED_REQUESTS), "rows that nothing runs");
    assert_eq!((VECTORS.len(), run), (283, 280));
}

#[test]
fn ids_are_unique() {
    let ids: BTreeSet<_> = VECTORS.iter().map(|vector| &vector.id).collect();
    assert_eq!(ids.len(), VECTORS.len());
}
