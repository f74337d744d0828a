//! Public halves, key agreement, encapsulation.
//!
//! Of the curves: keys of RFC 6979 appendix A.2 and agreements of the NIST validation programme;
//! of secp256k1 its vectors and Wycheproof. RFC 7748 section 6, RFC 8032 section 7. ML-KEM: the
//! first case of the vectors made for the final FIPS 203.

use typex_core::key::{Algorithm, MlKem};

use super::{Question, Row};

pub(super) fn of(algorithm: Algorithm) -> &'static [Row] {
    match algorithm {
        Algorithm::P256 => P256,
        Algorithm::P384 => P384,
        Algorithm::P521 => P521,
        Algorithm::Secp256k1 => SECP256K1,
        Algorithm::X25519 => X25519,
        Algorithm::X448 => X448,
        Algorithm::Ed25519 => ED25519,
        Algorithm::Ed448 => ED448,
        _ => &[],
    }
}

pub(super) fn mlkem(set: MlKem) -> Vec<Row> {
    let answer = match set {
        MlKem::MlKem512 => "010facb22012ad64c56a951e83494d278d8d95b1d62d250fd224998571df77e4",
        MlKem::MlKem768 => "87d1718916abfd6bea99a72f3213e47bfa8e7310678ed9305a614d544130115a",
        MlKem::MlKem1024 => "71947073d41b1f1296792231e335b1fde3e7c6deb66d820cdccf9cc037d5e53c",
    };
    let seed = concat!(
        "6dbbc4375136df3b07f7c70e639e223e177e7fd53b161b3f4d57791794f12624f696",
        "484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68",
    );
    let message = "20a7b7e10f70496cc38220b944def699bf14d14e55cf4c90a12c1b33fc80ffff";
    vec![(Question::Encapsulate { seed, message }, answer)]
}

const P256: &[Row] = &[
    (
        Question::Public {
            private: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
        },
        "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    ),
    (
        Question::Agree {
            private: "8087ab163864bfa81001c72f736b6d94e7612559ac4c847d06ba2171840684d6",
            peer: "025a3955c54a49645ed818f3774ea10971a1db88c370d8966c5a6e88234ed5d820",
        },
        "0cb890a0dcc277c3dde0f91b4322a32e6365d7ec85316185d3286b4977849410",
    ),
];

const P384: &[Row] = &[
    (
        Question::Public {
            private: concat!(
                "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5",
                "724e4c70a825f872c9ea60d2edf5",
            ),
        },
        concat!(
            "02ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64de",
            "f8f0ea9055866064a254515480bc13",
        ),
    ),
    (
        Question::Agree {
            private: concat!(
                "f865418473e5bf7d2e1bbcd9bd5a9270c003a9dd35e778133ca59fcab4bb64fe24d6",
                "800e7047bdd033abc8bfa8db35b5",
            ),
            peer: concat!(
                "02d1bf2ac21637d66d6398aac01dcd56ac6f065fb45d1f6f16747bab9e9b01b4630b",
                "59b20927aea147355bf41838acb482",
            ),
        },
        concat!(
            "a781430e6078a179df3f9ee27cd8fdc6188f161b6c4ccc4053ef6c6ca6fc22294688",
            "3a53c06db08f0a020023ced055aa",
        ),
    ),
];

const P521: &[Row] = &[
    (
        Question::Public {
            private: concat!(
                "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa8",
                "96eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
            ),
        },
        concat!(
            "0301894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd37",
            "1123d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f5023a4",
        ),
    ),
    (
        Question::Agree {
            private: concat!(
                "01a23de55fb7ad153e7e65d21ad10c77fdf2072b2a5aa116aaf1bc31a345420c1fe8",
                "eaccbbcdeb07b73ba2fa706c7498e3a4828f348b00af9df1551780e709a7754c",
            ),
            peer: concat!(
                "0201474af758238005238b2fa253c4f9c557de664d64c66d7d88f334555997591ccc",
                "242ff3c6d0e34d07fc835aaae024c2bd21f2ba5c0b0a8ac3fdd90e1c479cb8e538",
            ),
        },
        concat!(
            "01e8ff7a8c57b017f8b8266adab65fe2c417173566087e15c5fc972071cc560ac939",
            "08a806468bc44b8312a8a48464886ca0d767db938447387a348f3f56c6463796",
        ),
    ),
];

const SECP256K1: &[Row] = &[
    (
        Question::Public {
            private: "42202a98374f6dca439c0af88140e41f8eced3062682ec7f9fc8ac9ea83c7cb2",
        },
        "03131ca4e5811267fa90fc631d6298c2d7a4ecccc45cc60d378e0660b61f82fe8d",
    ),
    (
        Question::Agree {
            private: "f4b7ff7cccc98813a69fae3df222bfe3f4e28f764bf91b4a10d8096ce446b254",
            peer: "02d8096af8a11e0b80037e1ee68246b5dcbb0aeb1cf1244fd767db80f3fa27da2b",
        },
        "544dfae22af6af939042b1d85b71a1e49e9a5614123c4d6ad0c8af65baf87d65",
    ),
];

const X25519: &[Row] = &[
    (
        Question::Public {
            private: "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        },
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    ),
    (
        Question::Agree {
            private: "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            peer: "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        },
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ),
];

const X448: &[Row] = &[
    (
        Question::Public {
            private: concat!(
                "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9",
                "419744897391006382a6f127ab1d9ac2d8c0a598726b",
            ),
        },
        concat!(
            "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836",
            "647241d953d40c5b12da88120d53177f80e532c41fa0",
        ),
    ),
    (
        Question::Agree {
            private: concat!(
                "3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c",
                "24f8cdd78fbff44943eba368f54b29259a4f1c600ad3",
            ),
            peer: concat!(
                "06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbd",
                "c38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086",
            ),
        },
        concat!(
            "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb44",
            "5fc66a01b0779d98223961111e21766282f73dd96b6f",
        ),
    ),
];

const ED25519: &[Row] = &[(
    Question::Public {
        private: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    },
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
)];

const ED448: &[Row] = &[(
    Question::Public {
        private: concat!(
            "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea",
            "67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
        ),
    },
    concat!(
        "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea",
        "01eb00742802b8438ea4cb82169c235160627b4c3a9480",
    ),
)];
