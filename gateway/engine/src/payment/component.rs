//! Keys that several people bring, each a part that tells nothing of the whole.

use subtle::{Choice, ConstantTimeEq};
use typex_core::Secret;

use super::cipher::add;
use super::key::set_odd_parity;
use super::limits::COMPONENTS;
use super::outcome::public;
use super::{Algorithm, Error, Key};

/// Keys of single DES that give blocks back, or in pairs: odd parity, halves of 28 equal bits
/// or alternating ones (SP 800-67).
const WEAK: [u64; 16] = [
    0x0101_0101_0101_0101,
    0xFEFE_FEFE_FEFE_FEFE,
    0xE0E0_E0E0_F1F1_F1F1,
    0x1F1F_1F1F_0E0E_0E0E,
    0x011F_011F_010E_010E,
    0x1F01_1F01_0E01_0E01,
    0x01E0_01E0_01F1_01F1,
    0xE001_E001_F101_F101,
    0x01FE_01FE_01FE_01FE,
    0xFE01_FE01_FE01_FE01,
    0x1FE0_1FE0_0EF1_0EF1,
    0xE01F_E01F_F10E_F10E,
    0x1FFE_1FFE_0EFE_0EFE,
    0xFE1F_FE1F_FE0E_FE0E,
    0xE0FE_E0FE_F1FE_F1FE,
    0xFEE0_FEE0_FEF1_FEF1,
];

/// The key that components give together, in any order: 2 to 9 of them, each as long as the key.
/// A triple DES key gets odd parity.
///
/// # Errors
/// [`Error::InvalidInput`] for another number, or lengths that differ or that the algorithm does
/// not have; for a key that is zero or equal to a component; for a triple DES key with two equal
/// neighbours or a weak part.
pub fn combine(algorithm: Algorithm, components: &[Secret<Vec<u8>>]) -> Result<Key, Error> {
    let length = components.first().map_or(0, |first| first.expose().len());
    let alike = components.iter().all(|one| one.expose().len() == length);
    if !COMPONENTS.contains(&components.len()) || !alike {
        return Err(Error::InvalidInput);
    }
    let mut bytes = Secret::new(vec![0; length]);
    components.iter().for_each(|one| add(bytes.expose_mut(), one.expose()));
    let mut refused = bytes.ct_eq(&vec![0; length]);
    for one in components {
        refused |= bytes.ct_eq(one.expose());
    }
    if algorithm == Algorithm::Tdes {
        set_odd_parity(bytes.expose_mut());
        refused |= is_weak(bytes.expose());
        for one in components {
            let mut odd = one.clone();
            set_odd_parity(odd.expose_mut());
            refused |= bytes.ct_eq(odd.expose());
        }
    }
    let key = Key::new(algorithm, bytes.expose())?;
    if public(refused).into() { Err(Error::InvalidInput) } else { Ok(key) }
}

/// Whether two neighbours of the parts of a triple DES key are equal, or one is weak.
pub(super) fn is_weak(key: &[u8]) -> Choice {
    let parts = key.as_chunks::<8>().0;
    let mut weak = Choice::from(0);
    for part in parts {
        let part = u64::from_be_bytes(*part);
        WEAK.iter().for_each(|one| weak |= part.ct_eq(one));
    }
    parts.windows(2).for_each(|pair| weak |= pair[0].ct_eq(&pair[1]));
    weak
}

/// The same of a key whose parity was not set.
pub fn is_weak_of_any_parity(key: &[u8]) -> bool {
    let mut odd = Secret::new(key.to_vec());
    set_odd_parity(odd.expose_mut());
    public(is_weak(odd.expose())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn combined(algorithm: Algorithm, components: &[[u8; 16]]) -> Result<Vec<u8>, Error> {
        let components: Vec<_> = components.iter().map(|one| Secret::new(one.to_vec())).collect();
        combine(algorithm, &components).map(|key| key.expose().to_vec())
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let counted = |from: u8| std::array::from_fn(|at| from + 2 * at as u8);
        let [one, two, zero] = [counted(1), counted(0x61), [0; 16]];
        assert!(combined(Algorithm::Aes, &[one, two]).is_ok());
        for wrong in [&[one][..], &[one; 10], &[one, one], &[one, zero], &[one, two, two]] {
            assert_eq!(combined(Algorithm::Aes, wrong), Err(Error::InvalidInput));
        }
        let equal_halves = [[7; 16], [0x20; 16]];
        assert!(combined(Algorithm::Aes, &equal_halves).is_ok());
        assert_eq!(combined(Algorithm::Tdes, &equal_halves), Err(Error::InvalidInput));
    }

    #[test]
    fn weak_parts_are_refused() {
        for weak in WEAK {
            let other = [0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0x01];
            let key: Vec<u8> = [weak.to_be_bytes(), other].concat();
            assert!(bool::from(is_weak(&key)));
            let mut odd = key.clone();
            set_odd_parity(&mut odd);
            assert_eq!(odd[..8], key[..8]);
        }
        assert!(!bool::from(is_weak(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])));
    }

    #[test]
    fn lengths_must_be_alike() {
        let parts = [Secret::new(vec![1; 16]), Secret::new(vec![2; 24])];
        assert_eq!(combine(Algorithm::Aes, &parts).err(), Some(Error::InvalidInput));
        assert_eq!(combine(Algorithm::Aes, &[]).err(), Some(Error::InvalidInput));
    }
}
