//! ML-KEM and ML-DSA against published vectors and another implementation.

use aws_lc_rs::kem::{self, EncapsulationKey};
use aws_lc_rs::signature::{KeyPair, PqdsaKeyPair, UnparsedPublicKey};
use aws_lc_rs::signature::{
    ML_DSA_44, ML_DSA_44_SIGNING, ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87, ML_DSA_87_SIGNING,
};
use typex_core::Secret;
use typex_core::key::{Algorithm, MlDsa, MlKem};
use typex_core::op::crypto::Scheme;
use typex_engine::algorithm::{
    Error, check_public, decapsulate, encapsulate, public_of, sign, verify,
};

use crate::harness::*;

const KEMS: [(MlKem, usize, &str); 3] = [
    (
        MlKem::MlKem512,
        768,
        include_str!("../../../../tests/vectors/post-quantum/kat_MLKEM_512.rsp"),
    ),
    (
        MlKem::MlKem768,
        1088,
        include_str!("../../../../tests/vectors/post-quantum/kat_MLKEM_768.rsp"),
    ),
    (
        MlKem::MlKem1024,
        1568,
        include_str!("../../../../tests/vectors/post-quantum/kat_MLKEM_1024.rsp"),
    ),
];

const SIGNATURES: [(MlDsa, usize, &str); 3] = [
    (
        MlDsa::MlDsa44,
        2420,
        include_str!("../../../../tests/vectors/post-quantum/kat_MLDSA_44_det_pure.rsp"),
    ),
    (
        MlDsa::MlDsa65,
        3309,
        include_str!("../../../../tests/vectors/post-quantum/kat_MLDSA_65_det_pure.rsp"),
    ),
    (
        MlDsa::MlDsa87,
        4627,
        include_str!("../../../../tests/vectors/post-quantum/kat_MLDSA_87_det_pure.rsp"),
    ),
];

#[test]
fn published_keys_and_secrets_of_mlkem_are_reproduced() {
    for (set, _, file) in KEMS {
        let records = records(file, "count");
        assert_eq!(records.len(), 2);
        for record in records {
            let [d, z, public, ct, shared, ct_n, shared_n] =
                ["d", "z", "pk", "ct", "ss", "ct_n", "ss_n"].map(|name| field(&record, name));
            let seed = Secret::new([d, z].concat());
            assert_eq!(public_of(Algorithm::MlKem(set), &seed).unwrap(), public, "{set:?}");
            assert_eq!(decapsulate(set, &seed, &ct).unwrap().expose(), &shared, "{set:?}");
            // A ciphertext that nobody made gives the secret of its own.
            assert_eq!(decapsulate(set, &seed, &ct_n).unwrap().expose(), &shared_n, "{set:?}");
        }
    }
}

#[test]
fn both_sides_of_mlkem_agree() {
    for (set, ciphertext_bytes, _) in KEMS {
        let seed = fresh(Algorithm::MlKem(set));
        let public = public_of(Algorithm::MlKem(set), &seed).unwrap();
        let (shared, ciphertext) = encapsulate(set, &public, &RANDOM).unwrap();
        assert_eq!((shared.expose().len(), ciphertext.len()), (32, ciphertext_bytes));
        assert_eq!(decapsulate(set, &seed, &ciphertext).unwrap().expose(), shared.expose());
        let (again, _) = encapsulate(set, &public, &RANDOM).unwrap();
        assert_ne!(again.expose(), shared.expose());
        let mut changed = ciphertext.clone();
        changed[3] ^= 1;
        assert_ne!(decapsulate(set, &seed, &changed).unwrap().expose(), shared.expose());
        for wrong in [&ciphertext[1..], &[]] {
            assert_eq!(decapsulate(set, &seed, wrong).err(), Some(Error::Length));
        }
        let short = Secret::new(vec![1; 63]);
        assert_eq!(decapsulate(set, &short, &ciphertext).err(), Some(Error::Private));
        let refused = encapsulate(set, &public[1..], &RANDOM).err();
        assert_eq!(refused, Some(Error::Public));
    }
}

#[test]
fn another_implementation_encapsulates_for_our_keys() {
    for (set, _, _) in KEMS {
        let theirs = match set {
            MlKem::MlKem512 => &kem::ML_KEM_512,
            MlKem::MlKem768 => &kem::ML_KEM_768,
            MlKem::MlKem1024 => &kem::ML_KEM_1024,
        };
        let seed = fresh(Algorithm::MlKem(set));
        let public = public_of(Algorithm::MlKem(set), &seed).unwrap();
        let (ciphertext, shared) =
            EncapsulationKey::new(theirs, &public).unwrap().encapsulate().unwrap();
        let found = decapsulate(set, &seed, ciphertext.as_ref()).unwrap();
        assert_eq!(found.expose().as_slice(), shared.as_ref(), "{set:?}");
    }
}

#[test]
fn another_implementation_decapsulates_ours() {
    for (set, _, _) in KEMS {
        let theirs = match set {
            MlKem::MlKem512 => &kem::ML_KEM_512,
            MlKem::MlKem768 => &kem::ML_KEM_768,
            MlKem::MlKem1024 => &kem::ML_KEM_1024,
        };
        let key = kem::DecapsulationKey::generate(theirs).unwrap();
        let public = key.encapsulation_key().unwrap().key_bytes().unwrap().as_ref().to_vec();
        let (shared, ciphertext) = encapsulate(set, &public, &RANDOM).unwrap();
        let found = key.decapsulate(ciphertext.as_slice().into()).unwrap();
        assert_eq!(found.as_ref(), shared.expose().as_slice(), "{set:?}");
    }
}

#[test]
fn published_ciphertexts_are_opened_or_refused() {
    for record in records(include_str!("../../../../tests/vectors/wycheproof/mlkem.txt"), "set") {
        let set = kem_set(text(&record, "set"));
        let seed = Secret::new(field(&record, "seed"));
        let found = decapsulate(set, &seed, &field(&record, "ciphertext"));
        match text(&record, "result") {
            "valid" => assert_eq!(found.unwrap().expose(), &field(&record, "shared")),
            _ => assert!(found.is_err(), "{record:?}"),
        }
    }
}

#[test]
fn published_encapsulation_keys_are_accepted_or_refused() {
    let file = include_str!("../../../../tests/vectors/wycheproof/mlkem-public.txt");
    for record in records(file, "set") {
        let algorithm = Algorithm::MlKem(kem_set(text(&record, "set")));
        let found = check_public(algorithm, &field(&record, "public"));
        assert_eq!(found.is_ok(), text(&record, "result") == "valid", "{record:?}");
    }
}

fn kem_set(name: &str) -> MlKem {
    match name {
        "MlKem512" => MlKem::MlKem512,
        "MlKem768" => MlKem::MlKem768,
        _ => MlKem::MlKem1024,
    }
}

#[test]
fn published_keys_and_signatures_of_mldsa_verify() {
    for (set, signature_bytes, file) in SIGNATURES {
        let algorithm = Algorithm::MlDsa(set);
        let records = records(file, "count");
        assert_eq!(records.len(), 2);
        for record in records {
            let [seed, public, message, context, signed] =
                ["xi", "pk", "msg", "ctx", "sm"].map(|name| field(&record, name));
            assert_eq!(public_of(algorithm, &Secret::new(seed)).unwrap(), public, "{set:?}");
            let (signature, rest) = signed.split_at(signature_bytes);
            assert_eq!(rest, message);
            let check = |context: &[u8]| {
                verify(algorithm, Scheme::MlDsa, &public, &message, context, signature)
            };
            assert_eq!(check(&context), Ok(()), "{set:?}");
            assert_eq!(check(b"another"), Err(Error::Verify), "{set:?}");
        }
    }
}

#[test]
fn another_implementation_of_mldsa_understands_ours_and_we_its() {
    for (set, _, _) in SIGNATURES {
        let (theirs, signer) = match set {
            MlDsa::MlDsa44 => (&ML_DSA_44, &ML_DSA_44_SIGNING),
            MlDsa::MlDsa65 => (&ML_DSA_65, &ML_DSA_65_SIGNING),
            MlDsa::MlDsa87 => (&ML_DSA_87, &ML_DSA_87_SIGNING),
        };
        let algorithm = Algorithm::MlDsa(set);
        let seed = fresh(algorithm);
        let public = public_of(algorithm, &seed).unwrap();
        let ours = sign(algorithm, Scheme::MlDsa, &seed, b"message", b"", &RANDOM).unwrap();
        UnparsedPublicKey::new(theirs, &public).verify(b"message", &ours).unwrap();
        let pair = PqdsaKeyPair::from_seed(signer, seed.expose()).unwrap();
        assert_eq!(pair.public_key().as_ref(), public, "{set:?}");
        let mut signature = vec![0; ours.len()];
        pair.sign(b"message", &mut signature).unwrap();
        let found = verify(algorithm, Scheme::MlDsa, &public, b"message", b"", &signature);
        assert_eq!(found, Ok(()), "{set:?}");
    }
}
