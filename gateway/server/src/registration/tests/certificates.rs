use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use typex_core::Secret;
use typex_core::op::registration::SignedText;

use crate::registration::certificate::{owner_key, verify};

/// A client's identity: its certificate and what signs for it.
pub(super) struct Identity {
    pub(super) certificate: Vec<u8>,
    key: RsaKeyPair,
}

impl Identity {
    pub(super) fn new() -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
        let key = RsaKeyPair::from_pkcs8(&pair.serialize_der()).expect("just made");
        Self { certificate: certify(&pair), key }
    }

    pub(super) fn sign(&self, text: &str) -> SignedText {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .expect("a sound key");
        let (text, content) = (Secret::new(text.into()), Secret::new(text.into()));
        SignedText { text, content, signature }
    }
}

fn certify(pair: &KeyPair) -> Vec<u8> {
    let params = rcgen::CertificateParams::new(vec!["client".to_owned()]).expect("a name");
    params.self_signed(pair).expect("a certificate").der().to_vec()
}

#[test]
fn the_owner_key_verifies_what_its_holder_signs_and_nothing_else() {
    let (mine, other) = (Identity::new(), Identity::new());
    let key = owner_key(&mine.certificate).expect("an RSA certificate");
    assert_eq!((key.modulus.len(), key.exponent.as_slice()), (256, &[1, 0, 1][..]));
    assert!(verify(&key, &mine.sign("eyJhIjoxfQ==")));
    assert!(!verify(&key, &other.sign("eyJhIjoxfQ==")));
    let mut changed = mine.sign("eyJhIjoxfQ==");
    changed.text.expose_mut().push(' ');
    assert!(!verify(&key, &changed));
    assert!(!verify(&key, &SignedText { signature: vec![], ..mine.sign("x") }));
    assert!(!verify(&key, &SignedText { signature: vec![0; 256], ..mine.sign("x") }));
}

#[test]
fn other_certificates_own_nothing() {
    let elliptic = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    assert!(owner_key(&certify(&elliptic)).is_err());
    let good = Identity::new().certificate;
    let trailing = [&good[..], b"x"].concat();
    for bytes in [&[][..], b"not DER", &good[..good.len() - 1], &trailing] {
        assert!(owner_key(bytes).is_err());
    }
}

#[test]
fn no_mutation_of_a_certificate_panics() {
    let good = Identity::new().certificate;
    for at in 0..good.len() {
        for change in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            drop(owner_key(&bytes));
            drop(owner_key(&bytes[..at]));
        }
    }
}
