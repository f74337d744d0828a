//! Someone with the file but not the key, and tokens.

use super::*;
use crate::fsck;
use crate::tests::tamper::{
    assert_found, assert_losses_found, assert_swaps_found, check, rows, set_rows,
};
use crate::tests::{Place, unlock};

/// Three tokens of two values, one with an end; closed.
fn filled() -> Place {
    let place = Place::new();
    let store = place.open();
    insert(&store, new_token("cards", &pan(1), &[5])).unwrap();
    insert(&store, new_token("cards", &pan(2), &[6])).unwrap();
    let with_end = NewToken { expiry: Some(NOW), ..new_token("others", &pan(1), &[5]) };
    insert(&store, with_end).unwrap();
    store.close().unwrap();
    assert!(check(&place).is_clean());
    place
}

#[test]
fn the_value_of_one_token_does_not_stand_for_another() {
    assert_swaps_found(&filled());
}

#[test]
fn a_deleted_token_cannot_be_put_back_nor_one_be_taken_away() {
    let place = filled();
    let old = rows(&place);
    assert_losses_found(&place);
    let store = place.open();
    let gone = store.write(|tx| tx.vault_delete(OWNER, &domain("cards"), &token(&pan(1), 5), NOW));
    assert!(gone.wait().unwrap());
    store.close().unwrap();
    let new = rows(&place);
    let revived: Vec<_> =
        old.iter().filter(|(name, _)| new.iter().all(|(other, _)| other != name)).collect();
    assert_eq!(revived.len(), 2, "token and index; the pattern has another");
    for back in &revived {
        let mut changed = new.clone();
        changed.push((*back).clone());
        set_rows(&place, &changed);
        assert_found(&place, "put back");
    }
    set_rows(&place, &old);
    assert_found(&place, "the whole vault as it was");
}

#[test]
fn every_flipped_byte_of_a_token_is_found() {
    let place = filled();
    let good = rows(&place);
    for (at_row, (_, row)) in good.iter().enumerate() {
        for at in (0..row.len()).step_by(13) {
            let mut changed = good.clone();
            changed[at_row].1[at] ^= 1;
            set_rows(&place, &changed);
            assert!(!check(&place).is_clean(), "row {at_row} byte {at}");
        }
    }
}

/// A defect of ours, not an attack: rows that do not belong together.
#[test]
fn fsck_misses_the_token_of_an_index_and_the_index_of_a_token() {
    for lost in 0..2 {
        let place = filled();
        let store = place.open();
        let delete = store.write(move |tx| {
            let space = space(OWNER, &domain("cards"));
            match lost {
                0 => tx.delete::<VaultRecord>(space, &token(&pan(1), 5)),
                _ => tx.delete::<IndexRecord>(space, &index(&pan(1))),
            }
        });
        assert!(delete.wait().unwrap());
        store.close().unwrap();
        assert!(!fsck(place.path(), &unlock()).unwrap().is_clean(), "{lost}");
    }
}
