use typex_core::key::AesBits;
use typex_core::key::payment::{MacHash, Usage};

use super::*;

const AES: Algorithm = Algorithm::Aes(AesBits::Aes256);

fn attributes(usage: Usage, algorithm: Algorithm, mode: ModeOfUse) -> Attributes {
    let attributes = Attributes::new(usage, algorithm, mode);
    Attributes { exportability: Exportability::Trusted, ..attributes }
}

fn held(attributes: Attributes, key: Vec<u8>) -> HeldKey {
    let material = Material::Symmetric(Secret::new(key));
    HeldKey { key: (KeyId([1; 16]), 1), attributes, material, revoked: Arc::default() }
}

fn protection(algorithm: Algorithm, byte: u8) -> HeldKey {
    let attributes = attributes(Usage::KEY_BLOCKS, algorithm, ModeOfUse::Both);
    let bytes = drawn_bytes(algorithm).expect("symmetric");
    let key = (0..bytes).map(|at| byte ^ u8::try_from(at * 7).unwrap_or(byte)).collect();
    held(attributes, key)
}

fn says(mode: ModeOfUse) -> Says {
    let blocks = vec![(*b"LB", "a label".to_owned())];
    Says { mode, exportability: Exportability::Never, key_version: *b"12", blocks }
}

fn made(done: KeyDone) -> MadeKey {
    match done {
        KeyDone::Made(made) => *made,
        KeyDone::Written { .. } => panic!("a block where a key was wanted"),
    }
}

fn write(under: HeldKey, key: HeldKey, says: Says) -> Result<(String, Vec<u8>), ErrorKind> {
    let check = CheckKind::usual(key.attributes.algorithm);
    let fill = Secret::new(vec![0x5a; FILL_BYTES]);
    match (KeyJob::Write { under, key, says, fill, check }).run(None)? {
        KeyDone::Written { text, check_value } => Ok((text, check_value)),
        KeyDone::Made(_) => panic!("a key where a block was wanted"),
    }
}

/// What a key may be is what a block of it may say.
#[test]
fn every_key_that_may_be_can_leave_and_come_back() {
    let algorithms = [Algorithm::Tdes2, Algorithm::Aes(AesBits::Aes128)];
    let kinds = Usage::ALL.into_iter().flat_map(|usage| {
        algorithms.into_iter().flat_map(move |algorithm| {
            ModeOfUse::ALL.map(|mode| attributes(usage, algorithm, mode))
        })
    });
    let kinds: Vec<_> = kinds.filter(|kind| kind.check().is_ok()).collect();
    assert!(kinds.len() > 200, "{}", kinds.len());
    for kind in kinds {
        let key: Vec<u8> = (1..=16).map(|byte| byte * 11).collect();
        let written = write(protection(AES, 3), held(kind, key.clone()), says(kind.mode));
        let (text, _) = written.unwrap_or_else(|error| panic!("{kind:?}: {error:?}"));
        let found = open(protection(AES, 3), &text).unwrap_or_else(|error| panic!("{error:?}"));
        let Attributes { usage, algorithm, mode, .. } = found.attributes;
        assert_eq!((usage, algorithm, mode), (kind.usage, kind.algorithm, kind.mode));
    }
}

fn open(under: HeldKey, text: &str) -> Result<MadeKey, ErrorKind> {
    let text = Secret::new(text.as_bytes().to_vec());
    KeyJob::Open { under, text, check: None }.run(None).map(made)
}

#[test]
fn what_is_written_opens_with_what_the_block_says() {
    let cases = [
        (Usage::DATA, Algorithm::Aes(AesBits::Aes128), AES, b'D'),
        (Usage::PIN, Algorithm::Tdes3, AES, b'D'),
        (Usage::PIN, Algorithm::Tdes2, Algorithm::Tdes3, b'B'),
        (Usage::HMAC, Algorithm::Hmac(MacHash::Sha256), AES, b'D'),
        (Usage::HMAC, Algorithm::Hmac(MacHash::Sha512), AES, b'D'),
    ];
    for (usage, algorithm, protecting, version) in cases {
        let is_hmac = usage == Usage::HMAC;
        let (mode, fewer) = match is_hmac {
            true => (ModeOfUse::GenerateAndVerify, ModeOfUse::Verify),
            false => (ModeOfUse::Both, ModeOfUse::Decrypt),
        };
        let bytes = drawn_bytes(algorithm).expect("symmetric");
        let counted: Vec<u8> = (1..=bytes).map(|at| u8::try_from(at * 3).unwrap()).collect();
        let key = held(attributes(usage, algorithm, mode), counted.clone());
        let (text, check) = write(protection(protecting, 3), key, says(fewer)).expect("a block");
        assert_eq!(text.as_bytes()[0], version);
        let opened = open(protection(protecting, 3), &text).expect("its own block");
        let said = opened.attributes;
        assert_eq!((said.usage, said.algorithm, said.mode), (usage, algorithm, fewer));
        assert_eq!(said.exportability, Exportability::Never);
        assert_eq!(opened.check, (CheckKind::usual(algorithm), check));
        let Material::Symmetric(key) = &opened.material else { panic!("it is symmetric") };
        assert_eq!(key.expose(), &counted);
        let other = open(protection(protecting, 4), &text).err();
        assert_eq!(other, Some(Error::KeyBlockInvalid.into()));
    }
}

#[test]
fn a_weaker_key_protects_no_stronger_one() {
    let key = held(attributes(Usage::DATA, AES, ModeOfUse::Both), vec![1; 32]);
    let weak = protection(Algorithm::Aes(AesBits::Aes128), 3);
    assert_eq!(write(weak, key, says(ModeOfUse::Both)).err(), Some(ErrorKind::KeyUsage));
}

#[test]
fn components_and_hmac_keys_without_a_hash_are_not_keys() {
    let hmac = Algorithm::Hmac(MacHash::Sha256);
    let mode = ModeOfUse::GenerateAndVerify;
    let key = |algorithm| held(attributes(Usage::DATA, algorithm, ModeOfUse::Both), vec![9; 16]);
    let aes = Algorithm::Aes(AesBits::Aes128);
    let component = Says { key_version: *b"c1", ..says(ModeOfUse::Both) };
    let (text, _) = write(protection(AES, 3), key(aes), component).expect("a block");
    assert_eq!(open(protection(AES, 3), &text).err(), Some(Error::KeyBlockInvalid.into()));
    let key = held(attributes(Usage::HMAC, hmac, mode), vec![9; 32]);
    let key_as_told = Says { blocks: vec![(*b"HM", "99".into())], ..says(mode) };
    let (text, _) = write(protection(AES, 3), key, key_as_told).expect("a block");
    let opened = open(protection(AES, 3), &text).expect("the hash is the key's own");
    assert_eq!(opened.attributes.algorithm, hmac);
}

#[test]
fn a_drawn_key_gets_parity_and_its_check_value() {
    let complete = |algorithm, drawn: Vec<u8>, check| {
        let attributes = attributes(Usage::DATA, algorithm, ModeOfUse::Both);
        KeyJob::Complete { attributes, drawn: Secret::new(drawn), check }.run(None).map(made)
    };
    // Vectors kcv of payments 4.5.
    let key = const_hex::decode("0023456789ABCDEFFEDCBA9876543210").expect("hexadecimal");
    let drawn = complete(Algorithm::Tdes2, key, CheckKind::Zeros).expect("a sound key");
    assert_eq!(drawn.check, (CheckKind::Zeros, vec![0x08, 0xd7, 0xb4]));
    let key = const_hex::decode("3F419E1CB7079442AA37474C2EFBF8B8").expect("hexadecimal");
    let aes = Algorithm::Aes(AesBits::Aes128);
    let drawn = complete(aes, key.clone(), CheckKind::Cmac).expect("a sound key");
    assert_eq!(drawn.check.1, [0x08, 0x79, 0x3e]);
    let drawn = complete(aes, key, CheckKind::Zeros).expect("a sound key");
    assert_eq!(drawn.check.1, [0xe5, 0xe0, 0x7c]);
    let weak = complete(Algorithm::Tdes2, vec![1; 16], CheckKind::Zeros);
    assert_eq!(weak.err(), Some(ErrorKind::DeviceFault));
    let short = complete(Algorithm::Tdes3, vec![7; 16], CheckKind::Zeros);
    assert_eq!(short.err(), Some(ErrorKind::Internal));
}

#[test]
fn a_cryptogram_opens_under_its_key_and_hash_alone() {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rsa::{
        OAEP_SHA512_MGF1SHA512, OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
    };
    let pair = || match made(KeyJob::Generate(RsaBits::Rsa2048).run(None).expect("a key")) {
        MadeKey { material: Material::RsaPrivate(der), check, .. } => (der, check),
        _ => panic!("it is a pair"),
    };
    let ((private, check), (other, _)) = (pair(), pair());
    assert_eq!((check.0, check.1.len()), (CheckKind::Sha1, 3));
    let key = PrivateDecryptingKey::from_pkcs8(private.expose()).expect("PKCS#8");
    let public: PublicKeyX509Der<'_> = key.public_key().as_der().expect("a public half");
    let public = PublicEncryptingKey::from_der(public.as_ref()).expect("a public half");
    let public = OaepPublicEncryptingKey::new(public).expect("for OAEP");
    let three = [[0x23; 8], [0x45; 8], [0x67; 8]].concat();
    let mut cryptogram = vec![0; 256];
    public.encrypt(&OAEP_SHA512_MGF1SHA512, &three, &mut cryptogram, None).expect("it is short");
    let unseal = |private: &Secret<Vec<u8>>, hash, algorithm| {
        let attributes = attributes(Usage::PIN, algorithm, ModeOfUse::Both);
        let (private, cryptogram) = (private.clone(), cryptogram.clone());
        let check = CheckKind::usual(algorithm);
        KeyJob::Unseal { attributes, private, hash, cryptogram, check }.run(None).map(made)
    };
    let opened = unseal(&private, OaepHash::Sha512, Algorithm::Tdes3).expect("its own");
    let Material::Symmetric(key) = &opened.material else { panic!("it is symmetric") };
    assert_eq!(key.expose(), &three);
    let refused = Some(ErrorKind::KeyImport(KeyImport::Material));
    assert_eq!(unseal(&private, OaepHash::Sha256, Algorithm::Tdes3).err(), refused);
    assert_eq!(unseal(&other, OaepHash::Sha512, Algorithm::Tdes3).err(), refused);
    assert_eq!(unseal(&private, OaepHash::Sha512, Algorithm::Tdes2).err(), refused);
}

#[test]
fn weak_keys_of_triple_des_do_not_come_in() {
    let halves = [[0x23; 8], [0x45; 8], [0x67; 8]];
    let with = |which: &[usize]| which.iter().flat_map(|at| halves[*at]).collect::<Vec<u8>>();
    let other_parity = |mut key: Vec<u8>| {
        key[..8].iter_mut().for_each(|byte| *byte ^= 1);
        key
    };
    let weak = |part: u64| [&part.to_be_bytes()[..], &halves[1]].concat();
    let cases = [
        (with(&[0, 1]), true),
        (with(&[0, 1, 2]), true),
        (with(&[0, 1, 0]), true),
        (with(&[0, 0]), false),
        (other_parity(with(&[0, 0])), false),
        (with(&[0, 0, 1]), false),
        (with(&[0, 1, 1]), false),
        (weak(0x0101_0101_0101_0101), false),
        (weak(0), false),
        (weak(0xE0FE_E0FE_F1FE_F1FE), false),
        ([&halves[1][..], &[0xFE; 8]].concat(), false),
    ];
    for (key, comes_in) in cases {
        let algorithm = Algorithm::of_block(b'T', key.len()).expect("a length of triple DES");
        let pin = attributes(Usage::PIN, algorithm, ModeOfUse::Both);
        let (text, _) = write(protection(AES, 3), held(pin, key.clone()), says(ModeOfUse::Both))
            .expect("a block");
        let opened = open(protection(AES, 3), &text).map(drop);
        let expected = Err(ErrorKind::KeyImport(KeyImport::Material));
        assert_eq!(opened, if comes_in { Ok(()) } else { expected }, "{key:02x?}");
    }
    let data = attributes(Usage::DATA, Algorithm::Aes(AesBits::Aes128), ModeOfUse::Both);
    let (text, _) =
        write(protection(AES, 3), held(data, with(&[0, 0])), says(ModeOfUse::Both)).expect("AES");
    assert!(open(protection(AES, 3), &text).is_ok());
}
