//! A digest of a set that changes with each element added or removed, in any order.
//!
//! It is the sum modulo 2^256 of a keyed digest of each element. An attacker sees neither a term
//! nor the sum, which is kept sealed, so it cannot look for other sets with the same sum.

/// The sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SetDigest([u64; 4]);

impl SetDigest {
    pub(crate) fn add(&mut self, element: &[u8; 32]) {
        let mut carry = false;
        for (limb, term) in self.0.iter_mut().zip(limbs(element)) {
            let (sum, first) = limb.overflowing_add(term);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, first | second);
        }
    }

    pub(crate) fn remove(&mut self, element: &[u8; 32]) {
        let mut borrow = false;
        for (limb, term) in self.0.iter_mut().zip(limbs(element)) {
            let (difference, first) = limb.overflowing_sub(term);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (difference, first | second);
        }
    }

    /// Little-endian.
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(limbs(bytes))
    }
}

fn limbs(bytes: &[u8; 32]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = u64::from_le_bytes(chunk.try_into().expect("chunks of 8"));
    }
    limbs
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn order_does_not_matter_and_removal_undoes(a: [u8; 32], b: [u8; 32], c: [u8; 32]) {
            let sum = |elements: &[[u8; 32]]| {
                let mut digest = SetDigest::default();
                elements.iter().for_each(|element| digest.add(element));
                digest
            };
            let mut all = sum(&[a, b, c]);
            proptest::prop_assert_eq!(all, sum(&[c, a, b]));
            proptest::prop_assert_eq!(SetDigest::from_bytes(&all.to_bytes()), all);
            all.remove(&b);
            proptest::prop_assert_eq!(all, sum(&[a, c]));
            all.remove(&a);
            all.remove(&c);
            proptest::prop_assert_eq!(all, SetDigest::default());
        }
    }

    #[test]
    fn carries_run_through_every_limb() {
        let mut digest = SetDigest::from_bytes(&[0xff; 32]);
        let mut one = [0; 32];
        one[0] = 1;
        digest.add(&one);
        assert_eq!(digest.to_bytes(), [0; 32]);
        digest.remove(&one);
        assert_eq!(digest.to_bytes(), [0xff; 32]);
    }
}
