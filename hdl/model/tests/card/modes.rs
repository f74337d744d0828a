//! Single-step opcodes, with the vectors of their standards.

use crate::driver::{Driver, free_key};
use typex_abi::{Descriptor, KeyRef, Opcode, Status, flag};

const KEY: KeyRef = KeyRef { slot: 5, generation: 9 };
/// Four blocks of SP 800-38A.
const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                     30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
const KEYS: [&str; 3] = [
    "2b7e151628aed2a6abf7158809cf4f3c",
    "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
];

pub(crate) fn hex(text: &str) -> Vec<u8> {
    const_hex::decode(text.replace([' ', '\n'], "")).unwrap()
}

fn block(text: &str) -> [u8; 16] {
    hex(text).try_into().unwrap()
}

fn driver(key: &str) -> Driver {
    let mut driver = Driver::new();
    let key = hex(key);
    assert_eq!(driver.load(KEY, &free_key(key.len()), &key), Status::Ok);
    driver
}

fn descriptor(opcode: Opcode, decrypt: bool, iv: [u8; 16]) -> Descriptor {
    let mut descriptor = Descriptor::new(opcode);
    (descriptor.slot, descriptor.generation, descriptor.iv) = (KEY.slot, KEY.generation, iv);
    descriptor.flags = if decrypt { flag::DECRYPT } else { 0 };
    descriptor
}

/// Both directions over buffers, and the first block inline.
fn both_ways(driver: &mut Driver, opcode: Opcode, iv: [u8; 16], clear: &[u8], secret: &[u8]) {
    let inverse = !matches!(opcode, Opcode::Ctr);
    for (decrypt, from, to) in [(false, clear, secret), (inverse, secret, clear)] {
        let asked = descriptor(opcode, decrypt, iv);
        let (status, output) = driver.job(asked, from, to.len());
        assert_eq!((status, const_hex::encode(output)), (Status::Ok, const_hex::encode(to)));
        let mut asked = descriptor(opcode, decrypt, iv);
        asked.flags |= flag::INLINE_INPUT | flag::INLINE_OUTPUT;
        asked.input_bytes = 16;
        asked.inline.copy_from_slice(&from[..16]);
        let done = driver.run(asked);
        assert_eq!((done.status, &done.inline[..]), (Status::Ok, &to[..16]));
    }
}

/// FIPS-197 C and SP 800-38A F.1.
#[test]
fn ecb() {
    let secrets = [
        "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf\
         43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4",
        "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef\
         ef7afd2270e2e60adce0ba2face6444e9a4b41ba738d6c72fb16691603c18e0e",
        "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870\
         b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7",
    ];
    for (key, secret) in KEYS.iter().zip(secrets) {
        let mut driver = driver(key);
        both_ways(&mut driver, Opcode::Ecb, [0; 16], &hex(PLAIN), &hex(secret));
    }
}

/// SP 800-38A F.2.
#[test]
fn cbc() {
    let iv = block("000102030405060708090a0b0c0d0e0f");
    let secrets = [
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2\
         73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
        "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a\
         571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd",
        "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
         39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
    ];
    for (key, secret) in KEYS.iter().zip(secrets) {
        let mut driver = driver(key);
        both_ways(&mut driver, Opcode::Cbc, iv, &hex(PLAIN), &hex(secret));
    }
}

/// SP 800-38A F.5.
#[test]
fn ctr() {
    let counter = block("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    let secrets = [
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff\
         5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
        "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94\
         1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050",
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5\
         2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
    ];
    for (key, secret) in KEYS.iter().zip(secrets) {
        let mut driver = driver(key);
        both_ways(&mut driver, Opcode::Ctr, counter, &hex(PLAIN), &hex(secret));
        for bytes in [1, 15, 17, 63] {
            let asked = descriptor(Opcode::Ctr, false, counter);
            let (status, output) = driver.job(asked, &hex(PLAIN)[..bytes], bytes);
            assert_eq!((status, &output[..]), (Status::Ok, &hex(secret)[..bytes]));
        }
    }
}

/// The low 32 bits count, and nothing above them.
#[test]
fn a_counter_wraps_at_32_bits() {
    let mut driver = driver(KEYS[0]);
    let before = block("00112233445566778899aabbffffffff");
    let after = block("00112233445566778899aabb00000000");
    let (_, both) = driver.job(descriptor(Opcode::Ctr, false, before), &[0; 32], 32);
    let (_, second) = driver.job(descriptor(Opcode::Ctr, false, after), &[0; 16], 16);
    assert_eq!(both[16..], second);
}

/// SP 800-38B D.
#[test]
fn cmac() {
    let tags = [
        [
            "bb1d6929e95937287fa37d129b756746",
            "070a16b46b4d4144f79bdd9dd04a287c",
            "dfa66747de9ae63030ca32611497c827",
            "51f0bebf7e3b9d92fc49741779363cfe",
        ],
        [
            "d17ddf46adaacde531cac483de7a9367",
            "9e99a7bf31e710900662f65e617c5184",
            "8a1de5be2eb31aad089a82e6ee908b0e",
            "a1d5df0eed790f794d77589659f39a11",
        ],
        [
            "028962f61b7bf89efc6b551f4667d983",
            "28a7023f452e8f82bd4bf28d8c37c35c",
            "aaf3d8f1de5640c232f5b169b9c911e6",
            "e1992190549f6ed5696a2c056c315410",
        ],
    ];
    for (key, tags) in KEYS.iter().zip(tags) {
        let mut driver = driver(key);
        for (bytes, tag) in [0, 16, 40, 64].into_iter().zip(tags) {
            let asked = descriptor(Opcode::Cmac, false, [0; 16]);
            let (status, output) = driver.job(asked, &hex(PLAIN)[..bytes], 16);
            assert_eq!((status, output), (Status::Ok, hex(tag)), "{bytes} bytes");
        }
    }
}

/// The last block of CBC with a zero IV.
#[test]
fn cbc_mac() {
    let mut driver = driver(KEYS[1]);
    let (_, secret) = driver.job(descriptor(Opcode::Cbc, false, [0; 16]), &hex(PLAIN), 64);
    let (status, mac) = driver.job(descriptor(Opcode::CbcMac, false, [0; 16]), &hex(PLAIN), 16);
    assert_eq!((status, &mac[..]), (Status::Ok, &secret[48..]));
}

/// A case of the GCM specification: key, IV, associated data, clear text, ciphertext, tag.
type Gcm = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const GCM: [Gcm; 5] = [
    (
        "00000000000000000000000000000000",
        "000000000000000000000000",
        "",
        "",
        "",
        "58e2fccefa7e3061367f1d57a4e7455a",
    ),
    (
        "00000000000000000000000000000000",
        "000000000000000000000000",
        "",
        "00000000000000000000000000000000",
        "0388dace60b6a392f328c2b971b2fe78",
        "ab6e47d42cec13bdf53a67b21257bddf",
    ),
    (
        "feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
      1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
      21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
        "5bc94fbc3221a5db94fae95ae7121a47",
    ),
    (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
      1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c\
      7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
        "2519498e80f1478f37ba55bd6d27618c",
    ),
    (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
      1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
      8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
];

/// Descriptor and input of a GCM job.
fn gcm(decrypt: bool, iv: &str, aad: &[u8], data: &[u8], tag: &[u8]) -> (Descriptor, Vec<u8>) {
    let mut asked = descriptor(Opcode::Gcm, decrypt, [0; 16]);
    asked.iv[..12].copy_from_slice(&hex(iv));
    asked.set_aad_bytes(aad.len() as u16);
    asked.inline.copy_from_slice(tag);
    let mut input = aad.to_vec();
    input.resize(aad.len().next_multiple_of(16), 0);
    input.extend(data);
    (asked, input)
}

#[test]
fn gcm_both_ways() {
    for (key, iv, aad, clear, secret, tag) in GCM {
        let mut driver = driver(key);
        let [aad, clear, secret, tag] = [aad, clear, secret, tag].map(hex);
        let sealed_bytes = clear.len().next_multiple_of(16) + 16;
        let mut sealed = secret.clone();
        sealed.resize(sealed_bytes - 16, 0);
        sealed.extend(&tag);
        let (asked, input) = gcm(false, iv, &aad, &clear, &[0; 16]);
        assert_eq!(driver.job(asked, &input, sealed_bytes), (Status::Ok, sealed));
        let (asked, input) = gcm(true, iv, &aad, &secret, &tag);
        assert_eq!(driver.job(asked, &input, clear.len()), (Status::Ok, clear));
    }
}

/// Any wrong bit of tag, ciphertext or associated data: the status, and zeros.
#[test]
fn nothing_of_a_forged_message_is_released() {
    let (key, iv, aad, clear, secret, tag) = GCM[2];
    let mut driver = driver(key);
    let [aad, clear, secret, tag] = [aad, clear, secret, tag].map(hex);
    let zeros = vec![0; clear.len()];
    for bit in (0..128).step_by(13) {
        let mut wrong = [tag.clone(), secret.clone(), aad.clone()];
        for (at, part) in wrong.iter_mut().enumerate() {
            part[bit / 8 + at] ^= 1 << (bit % 8);
        }
        let [bad_tag, bad_secret, bad_aad] = &wrong;
        for (aad, secret, tag) in
            [(&aad, &secret, bad_tag), (&aad, bad_secret, &tag), (bad_aad, &secret, &tag)]
        {
            let (asked, input) = gcm(true, iv, aad, secret, tag);
            let (status, output) = driver.job(asked, &input, clear.len());
            assert_eq!((status, &output), (Status::TagMismatch, &zeros));
        }
    }
}
