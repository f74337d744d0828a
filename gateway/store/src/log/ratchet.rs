//! The key that vouches for the log's end, stepped forward with every write: who takes the
//! machine learns the present key, not the ones that vouched for what is already written.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use typex_core::Secret;
use typex_core::audit::chain::Chain;
use typex_core::audit::line::MacLine;
use typex_core::audit::merkle::Hash;

/// The key of the next step.
pub(super) struct Ratchet {
    step: u64,
    key: Secret<[u8; 32]>,
}

impl Ratchet {
    /// At `step`, which counts from 1.
    pub(super) fn new(step: u64, key: Secret<[u8; 32]>) -> Self {
        Self { step, key }
    }

    /// The next step's number.
    pub(super) fn step(&self) -> u64 {
        self.step
    }

    /// The next step's key.
    pub(super) fn key(&self) -> &Secret<[u8; 32]> {
        &self.key
    }

    /// The line that vouches for this state of the log. The key it took is gone afterwards.
    pub(super) fn vouch(&mut self, size: u64, root: &Hash, chain: Chain) -> MacLine {
        let step = self.step;
        let message = MacLine::message(step, size, root, chain);
        let mac_key = Secret::new(expand(&self.key, b"typex audit mac 1"));
        let tag = hmac(&mac_key, &message);
        self.key = Secret::new(expand(&self.key, b"typex audit step 1"));
        self.step = step.saturating_add(1);
        MacLine { step, size, tag }
    }
}

/// One block of HKDF-Expand with SHA-256.
pub(super) fn expand(key: &Secret<[u8; 32]>, info: &[u8]) -> [u8; 32] {
    let mut message = [0; 64];
    message[..info.len()].copy_from_slice(info);
    message[info.len()] = 1;
    hmac(key, &message[..=info.len()])
}

fn hmac(key: &Secret<[u8; 32]>, message: &[u8]) -> [u8; 32] {
    let keyed = Hmac::<Sha256>::new_from_slice(key.expose());
    let mut mac = keyed.expect("HMAC takes keys of every length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_its_own_key_and_can_be_repeated_from_its_state() {
        let mut ratchet = Ratchet::new(1, Secret::new([1; 32]));
        let first = ratchet.vouch(0, &[0; 32], Chain::START);
        let state = Ratchet::new(ratchet.step(), ratchet.key().clone());
        let second = ratchet.vouch(0, &[0; 32], Chain::START);
        assert_eq!((first.step, second.step), (1, 2));
        assert_ne!(first.tag, second.tag);
        let mut again = state;
        assert_eq!(again.vouch(0, &[0; 32], Chain::START), second);
        assert_ne!(again.vouch(1, &[0; 32], Chain::START).tag, second.tag);
    }

    /// RFC 5869, test case 1: PRK and info to the first block of OKM.
    #[test]
    fn expand_is_that_of_the_rfc() {
        let key =
            const_hex_array("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let okm =
            const_hex_array("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
        assert_eq!(expand(&Secret::new(key), &info), okm);
    }

    fn const_hex_array(hex: &str) -> [u8; 32] {
        std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
    }
}
