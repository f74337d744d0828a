//! HMAC and AES.
//!
//! RFC 4231 section 4.3, with SHA-3 on the same input; keys and text of SP 800-38A appendix F in
//! ECB, in CBC with a text one byte short, and in GCM with an IV of 16 bytes; RFC 3394 section 4;
//! AES keys derived as in RFC 5869 A.3, which has neither salt nor info.

use typex_core::key::{AesBits, Hash};
use typex_core::op::crypto::AesMode;

use super::{Question, Row};

pub(super) fn mac(hash: Hash) -> Vec<Row> {
    let answer = match hash {
        Hash::Sha256 => "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        Hash::Sha384 => concat!(
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e22",
            "40ca5e69e2c78b3239ecfab21649",
        ),
        Hash::Sha512 => concat!(
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758",
            "bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
        Hash::Sha3_256 => "c7d4072e788877ae3596bbb0da73b887c9171f93095b294ae857fbe2645e1ba5",
        Hash::Sha3_384 => concat!(
            "f1101f8cbf9766fd6764d2ed61903f21ca9b18f57cf3e1a23ca13508a93243ce48c0",
            "45dc007f26a21b3f5e0e9df4c20a",
        ),
        Hash::Sha3_512 => concat!(
            "5a4bfeab6166427c7a3647b747292b8384537cdb89afb3bf5665e4c5e709350b287b",
            "aec921fd7ca0ee7a0c31d022a95e1fc92ba9d77df883960275beb4e62024",
        ),
    };
    let message = "7768617420646f2079612077616e7420666f72206e6f7468696e673f";
    vec![(Question::Mac { hash, key: "4a656665", message }, answer)]
}

pub(super) fn aes(bits: AesBits) -> Vec<Row> {
    let secret = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";
    let (known, derived) = match bits {
        AesBits::Aes128 => (AES128, "8da4e775a563c18f715f802a063c5a31"),
        AesBits::Aes192 => (AES192, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879e"),
        AesBits::Aes256 => {
            (AES256, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
        }
    };
    let mut rows = known.to_vec();
    rows.push((Question::AgreedKey { secret }, derived));
    if bits == AesBits::Aes128 {
        // The secret is too short for a longer key of its own.
        rows.push((Question::Derive { secret }, derived));
    }
    rows
}

const AES128: &[Row] = &[
    (
        Question::Encrypt {
            mode: AesMode::Ecb,
            key: "2b7e151628aed2a6abf7158809cf4f3c",
            iv: "00000000000000000000000000000000",
            aad: "",
            message: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
        },
        "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf",
    ),
    (
        Question::Encrypt {
            mode: AesMode::Cbc,
            key: "2b7e151628aed2a6abf7158809cf4f3c",
            iv: "000102030405060708090a0b0c0d0e0f",
            aad: "",
            message: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e",
        },
        "7649abac8119b246cee98e9b12e9197dcb856aebf22b76e1bb917d2fe54848cb",
    ),
    (
        Question::Encrypt {
            mode: AesMode::Gcm,
            key: "2b7e151628aed2a6abf7158809cf4f3c",
            iv: "000102030405060708090a0b0c0d0e0f",
            aad: "feedface",
            message: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e",
        },
        concat!(
            "26dc8371a5ff7b697d604f8b955e733b7a5d98030388dd96b9c96eadd6e7e135822b",
            "19b0bd9a7ccd27ff473331a566",
        ),
    ),
    (
        Question::Wrap {
            key: "000102030405060708090a0b0c0d0e0f",
            message: "00112233445566778899aabbccddeeff",
        },
        "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
    ),
];

const AES192: &[Row] = &[
    (
        Question::Encrypt {
            mode: AesMode::Ecb,
            key: "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            iv: "00000000000000000000000000000000",
            aad: "",
            message: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
        },
        "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef",
    ),
    (
        Question::Encrypt {
            mode: AesMode::Cbc,
            key: "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            iv: "000102030405060708090a0b0c0d0e0f",
            aad: "",
            message: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e",
        },
        "4f021db243bc633d7178183a9fa071e82563977b03b4b733760faf3f7d9db0c1",
    ),
    (
        Question::Encrypt {
            mode: AesMode::Gcm,
            key: "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            iv: "000102030405060708090a0b0c0d0e0f",
            aad: "feedface",
            message: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e",
        },
        concat!(
            "fa9142907ea1ab3b7690969f64435b5ee6db63f01278840052da397d87986483240d",
            "aeb99621c3c408b3c300d48fc2",
        ),
    ),
    (
        Question::Wrap {
            key: "000102030405060708090a0b0c0d0e0f1011121314151617",
            message: "00112233445566778899aabbccddeeff0001020304050607",
        },
        "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2",
    ),
];

const AES256: &[Row] = &[
    (
        Question::Encrypt {
            mode: AesMode::Ecb,
            key: "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            iv: "00000000000000000000000000000000",
            aad: "",
            message: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
        },
        "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870",
    ),
    (
        Question::Encrypt {
            mode: AesMode::Cbc,
            key: "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            iv: "000102030405060708090a0b0c0d0e0f",
            aad: "",
            message: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e",
        },
        "f58c4c04d6e5f1ba779eabfb5f7bfbd6f25648a3ae7639f82627928d7baeb659",
    ),
    (
        Question::Encrypt {
            mode: AesMode::Gcm,
            key: "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            iv: "000102030405060708090a0b0c0d0e0f",
            aad: "feedface",
            message: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e",
        },
        concat!(
            "954eab0d283b03997542e9940aa82649e77be3aa132ec5b3c4900333e0d68460b81a",
            "0d550c56f0a5674bfcb62882d0",
        ),
    ),
    (
        Question::Wrap {
            key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            message: "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
        },
        concat!(
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb98",
            "8b9b7a02dd21",
        ),
    ),
];
