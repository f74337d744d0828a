//! Keys that serve every operation of an algorithm.

use super::{Algorithm, Material, Purposes};

/// What such a key computes with, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct General {
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// What it may do; `None` where the algorithm alone says it.
    pub purposes: Option<Purposes>,
    /// Whether its secret part is here; false for a public half that was brought in.
    pub has_secret: bool,
}

impl General {
    /// A key with its secret part. `wanted` counts on the curves of ECDSA and of RSA only.
    pub fn new(algorithm: Algorithm, wanted: Option<Purposes>) -> Self {
        Self { algorithm, purposes: algorithm.purposes(wanted), has_secret: true }
    }

    /// A public half alone.
    pub fn public_half(self) -> Self {
        Self { has_secret: false, ..self }
    }

    /// Whether it is a whole pair.
    pub fn is_pair(self) -> bool {
        self.algorithm.is_pair() && self.has_secret
    }

    /// Whether it agrees upon keys: its purposes say so and its private half is here.
    pub fn agrees(self) -> bool {
        self.has_secret && self.purposes.is_some_and(Purposes::agree)
    }

    /// Whether signatures are made or checked with it, as far as its purposes go.
    pub fn is_for_signatures(self) -> bool {
        self.purposes.is_some_and(Purposes::sign) || matches!(self.algorithm, Algorithm::MlDsa(_))
    }

    /// Whether messages are encrypted to it and decrypted, as far as its purposes go.
    pub fn is_for_encryption(self) -> bool {
        self.purposes == Some(Purposes::Decrypt)
    }

    /// Whether `material` is of such a key: its form, and the lengths of its parts.
    pub fn holds(self, material: &Material) -> bool {
        let Self { algorithm, has_secret, .. } = self;
        let is_long = |bytes: usize, most: usize| match algorithm {
            Algorithm::Rsa(_) => (1..=most).contains(&bytes),
            _ => bytes == most,
        };
        let is_secret =
            |secret: &[u8]| has_secret && is_long(secret.len(), algorithm.secret_bytes());
        let is_public = |public: &[u8]| {
            algorithm.public_bytes().is_some_and(|most| is_long(public.len(), most))
        };
        match material {
            Material::Symmetric(key) => !algorithm.is_pair() && is_secret(key.expose()),
            Material::Pair { private, public } => is_secret(private.expose()) && is_public(public),
            Material::Public(public) => !has_secret && is_public(public),
            _ => false,
        }
    }

    /// Whether the parts go together: purposes that the algorithm has, a secret part where there
    /// is no public one.
    pub(super) fn is_consistent(self) -> bool {
        self.purposes == self.algorithm.purposes(self.purposes)
            && (self.has_secret || self.algorithm.is_pair())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn forms(secret: usize, public: usize) -> [Material; 4] {
        let bytes = || Secret::new(vec![1; secret]);
        [
            Material::Symmetric(bytes()),
            Material::Pair { private: bytes(), public: vec![2; public] },
            Material::Public(vec![2; public]),
            Material::None,
        ]
    }

    #[test]
    fn each_algorithm_takes_one_form_of_one_length() {
        for algorithm in Algorithm::ALL {
            let whole = General::new(algorithm, None);
            let (secret, public) = (algorithm.secret_bytes(), algorithm.public_bytes());
            let taken = |key: General, secret, public| {
                forms(secret, public).map(|material| key.holds(&material))
            };
            let pair = algorithm.is_pair();
            let length = public.unwrap_or(32);
            assert_eq!(taken(whole, secret, length), [!pair, pair, false, false]);
            assert_eq!(taken(whole.public_half(), secret, length), [false, false, pair, false]);
            for (secret, length) in [(secret + 1, length + 1), (secret - 1, length - 1)] {
                assert_eq!(taken(whole, secret, length), [false; 4], "{algorithm:?}");
                assert_eq!(taken(whole.public_half(), secret, length), [false; 4]);
            }
        }
    }
}
