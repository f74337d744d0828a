//! Nonces: one purpose, one window, one use.

use proptest::prelude::*;

use super::super::{NonceError, Nonces, Purpose};
use super::NOW_S;
use crate::limits::INSTANCE_USED_NONCES_MAX;
use crate::secret::Secret;

const PURPOSES: [Purpose; 7] = [
    Purpose::Login,
    Purpose::CheckIn,
    Purpose::Pairing,
    Purpose::PeerLogin,
    Purpose::PeerLoginForKey,
    Purpose::UserKey,
    Purpose::Name,
];

fn nonces() -> Nonces {
    Nonces::new(Secret::new([5; 32]))
}

// spec: encedo-hem 2.1
#[test]
fn a_nonce_serves_once_within_its_window() {
    let mut nonces = nonces();
    for purpose in PURPOSES {
        let nonce = nonces.issue(purpose, [1; 12], NOW_S);
        assert_eq!(nonce[..4], (NOW_S as u32).to_le_bytes());
        let end_s = NOW_S + purpose.window_s();
        assert!(!nonces.is_fresh(purpose, &nonce, end_s + 1));
        assert!(!nonces.is_fresh(purpose, &nonce, NOW_S - 1), "of the future");
        assert_eq!(nonces.accept(purpose, &nonce, end_s), Ok(()));
        assert_eq!(nonces.accept(purpose, &nonce, end_s), Err(NonceError::Invalid));
    }
}

#[test]
fn a_nonce_serves_no_other_purpose_and_no_other_boot() {
    let nonces = nonces();
    for made in PURPOSES {
        let nonce = nonces.issue(made, [1; 12], NOW_S);
        for asked in PURPOSES {
            assert_eq!(nonces.is_fresh(asked, &nonce, NOW_S), asked == made);
        }
        let other = Nonces::new(Secret::new([6; 32]));
        assert!(!other.is_fresh(made, &nonce, NOW_S));
    }
}

#[test]
fn memory_is_bounded_and_comes_back_with_time() {
    let mut nonces = nonces();
    let mut accept = |at: usize, now_s: u64| {
        let mut seed = [0; 12];
        seed[..8].copy_from_slice(&(at as u64).to_le_bytes());
        let nonce = nonces.issue(Purpose::Login, seed, now_s);
        nonces.accept(Purpose::Login, &nonce, now_s)
    };
    for at in 0..INSTANCE_USED_NONCES_MAX {
        assert_eq!(accept(at, NOW_S), Ok(()));
    }
    let more = INSTANCE_USED_NONCES_MAX;
    assert_eq!(accept(more, NOW_S), Err(NonceError::Full));
    assert_eq!(accept(more, NOW_S + Purpose::Login.window_s() + 1), Ok(()));
}

// spec: encedo-hem 4.3
#[test]
fn no_purpose_takes_room_from_another_and_check_ins_never_end() {
    let mut nonces = nonces();
    for full in [Purpose::CheckIn, Purpose::PeerLogin] {
        for at in 0..=INSTANCE_USED_NONCES_MAX {
            let mut seed = [0; 12];
            seed[..8].copy_from_slice(&(at as u64).to_le_bytes());
            let nonce = nonces.issue(full, seed, NOW_S);
            let is_full = at == INSTANCE_USED_NONCES_MAX && full != Purpose::CheckIn;
            let expected = if is_full { Err(NonceError::Full) } else { Ok(()) };
            assert_eq!(nonces.accept(full, &nonce, NOW_S), expected);
        }
    }
    for purpose in [Purpose::Login, Purpose::Pairing, Purpose::PeerLoginForKey, Purpose::UserKey] {
        let nonce = nonces.issue(purpose, [9; 12], NOW_S);
        assert_eq!(nonces.accept(purpose, &nonce, NOW_S), Ok(()));
    }
}

proptest! {
    #[test]
    fn a_changed_nonce_is_refused(bit in 0_usize..256, seed: [u8; 12]) {
        let nonces = nonces();
        let mut nonce = nonces.issue(Purpose::Login, seed, NOW_S);
        nonce[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!nonces.is_fresh(Purpose::Login, &nonce, NOW_S));
    }
}
