//! Signatures.
//!
//! RFC 6979 appendix A.2.5 to A.2.7, vectors of secp256k1, RFC 8032 section 7. ML-DSA: the first
//! case of the deterministic vectors made for the final FIPS 204.

use typex_core::key::{Algorithm, Hash, MlDsa};
use typex_core::op::crypto::Scheme;

use super::{Question, Row};

pub(super) fn of(algorithm: Algorithm) -> &'static [Row] {
    match algorithm {
        Algorithm::P256 => P256,
        Algorithm::P384 => P384,
        Algorithm::P521 => P521,
        Algorithm::Secp256k1 => SECP256K1,
        Algorithm::Ed25519 => ED25519,
        Algorithm::Ed448 => ED448,
        _ => &[],
    }
}

pub(super) fn mldsa(set: MlDsa) -> Vec<Row> {
    let answer = match set {
        MlDsa::MlDsa44 => "a9a47f87bc024be3784916d231c1f93a17684d7cddaec303649541498c6dcdac",
        MlDsa::MlDsa65 => "8da1858920bb3ed2083aaaca297f162c7f0b81acece3e191c84c4e3d825fd2d0",
        MlDsa::MlDsa87 => "837eabdb172ba03d2596c3beafba6c5319e98746e054dfb5cd52e0292d53b2e4",
    };
    let seed = "f696484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68";
    let (message, context) =
        ("6dbbc4375136df3b07f7c70e639e223e", "480c658c0cb3e040bde084345cef0df7");
    vec![(Question::SignByHash { seed, message, context }, answer)]
}

const P256: &[Row] = &[
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha256),
            private: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
            message: "73616d706c65",
            context: "",
        },
        concat!(
            "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84e",
            "af3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f",
            "843acda8",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha384),
            private: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
            message: "73616d706c65",
            context: "",
        },
        concat!(
            "304402200eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef",
            "771902204861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde94",
            "0954",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha512),
            private: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
            message: "73616d706c65",
            context: "",
        },
        concat!(
            "30450221008496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678e",
            "b97f0002202362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae",
            "3302fe",
        ),
    ),
];

const P384: &[Row] = &[
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha256),
            private: concat!(
                "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5",
                "724e4c70a825f872c9ea60d2edf5",
            ),
            message: "73616d706c65",
            context: "",
        },
        concat!(
            "3065023021b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3d",
            "aa33bde1e888e63355d92fa2b3c36d8fb2cd023100f3aa443fb107745bf4bd77cb38",
            "91674632068a10ca67e3d45db2266fa7d1feebefdc63eccd1ac42ec0cb8668a4fa0a",
            "b0",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha384),
            private: concat!(
                "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5",
                "724e4c70a825f872c9ea60d2edf5",
            ),
            message: "73616d706c65",
            context: "",
        },
        concat!(
            "306602310094edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95",
            "ad133c81a648152e44acf96e36dd1e80fabe4602310099ef4aeb15f178cea1fe40db",
            "2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a3862",
            "8ac8",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha512),
            private: concat!(
                "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5",
                "724e4c70a825f872c9ea60d2edf5",
            ),
            message: "73616d706c65",
            context: "",
        },
        concat!(
            "3065023100ed0959d5880ab2d869ae7f6c2915c6d60f96507f9cb3e047c0046861da",
            "4a799cfe30f35cc900056d7c99cd78824337090230512c8cceee3890a84058ce1e22",
            "dbc2198f42323ce8aca9135329f03c068e5112dc7cc3ef3446defceb01a45c2667fd",
            "d5",
        ),
    ),
];

const P521: &[Row] = &[
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha256),
            private: concat!(
                "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa8",
                "96eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
            ),
            message: "73616d706c65",
            context: "",
        },
        concat!(
            "308187024201511bb4d675114fe266fc4372b87682baecc01d3cc62cf2303c92b352",
            "6012659d16876e25c7c1e57648f23b73564d67f61c6f14d527d54972810421e7d875",
            "89e1a702414a171143a83163d6df460aaf61522695f207a58b95c0644d87e52aa1a3",
            "47916e4f7a72930b1bc06dbe22ce3f58264afd23704cbb63b29b931f7de6c9d949a7",
            "ecfc",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha384),
            private: concat!(
                "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa8",
                "96eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
            ),
            message: "73616d706c65",
            context: "",
        },
        concat!(
            "308188024201ea842a0e17d2de4f92c15315c63ddf72685c18195c2bb95e572b9c51",
            "36ca4b4b576ad712a52be9730627d16054ba40cc0b8d3ff035b12ae75168397f5d50",
            "c67451024201f21a3cee066e1961025fb048bd5fe2b7924d0cd797babe0a83b66f1e",
            "35eeaf5fde143fa85dc394a7dee766523393784484bdf3e00114a1c857cde1aa203d",
            "b65d61",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha512),
            private: concat!(
                "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa8",
                "96eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
            ),
            message: "73616d706c65",
            context: "",
        },
        concat!(
            "308187024200c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e",
            "6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36",
            "e377fa0241617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b",
            "68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4",
            "a67a",
        ),
    ),
];

const SECP256K1: &[Row] = &[
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha256),
            private: "42202a98374f6dca439c0af88140e41f8eced3062682ec7f9fc8ac9ea83c7cb2",
            message: concat!(
                "5c868fedb8026979ebd26f1ba07c27eedf4ff6d10443505a96ecaf21ba8c4f0937b3",
                "cd23ffdc3dd429d4cd1905fb8dbcceeff1350020e18b58d2ba70887baa3a9b783ad3",
                "0d3fbf210331cdd7df8d77defa398cdacdfc2e359c7ba4cae46bb74401deb417f8b9",
                "12a1aa966aeeba9c39c7dd22479ae2b30719dca2f2206c5eb4b7",
            ),
            context: "",
        },
        concat!(
            "3045022100d89f9586070230bb03e625cca18c89bb3117cd472ff6ee2a50809f0e89",
            "039309022045972842e92e3a41abeea1089d812eb5343ca8f075ac9c66e13f3db287",
            "048638",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha384),
            private: "292efd39a4e53efb580ba4ba3e5bb47d6e7463cddab04335aa061d554c74bcc8",
            message: concat!(
                "d68f654acefe2db8103663dffea796579c48cb0f7d74b281621528696a7bb40fdcc9",
                "f99ae1155f317e274ef8eab53f1c3c180db019abf38dfa037e70c1a90a154dbd887c",
                "66f20fbc8797c6811fb9a36926fc460b50777e79a4ce8265d5083375c44fb21900ba",
                "5516e5537f46766a31e19884d824c9e339947179e5c011307bad",
            ),
            context: "",
        },
        concat!(
            "30460221009ae57e4e4eca88939152ee38a07860ae03cff51d84708eeceabc70d615",
            "b7d31b022100808cddd65562c77c81a1c8d45e229f53edf19864069f8d62c3c3fa1f",
            "8c8c3c66",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ecdsa(Hash::Sha512),
            private: "fc280d9b8f1e9e51566ea4813f48535fdcc84fe988789bc991dd5aea42282f39",
            message: concat!(
                "975ac93690f0f7b9fea8fbd2d8f13fbdfa59e196cbc27795c0a28c7d1bb0636f7f63",
                "0eca630ef89e901451a17335d9ca2b10b42947e9add0aa0b3e00ab7a4eb64c3c9fdc",
                "a43ae7ff515ce09e08ba7b0bfed5bde17c4e0f4c84f9037d1da1cd50c546c29aafe7",
                "9651d2e6a8e956695255d463772bc50dc8c12be8c8a5a7ea5a8a",
            ),
            context: "",
        },
        concat!(
            "304402202a82d76047c17cdc9ca7b467304e3eea8294446d948c6d0c44bf23b9167c",
            "17d702207aecd4ca2262f8f09b334d21b55835f882810a05ef52d4f6507c36eba72c",
            "bfb9",
        ),
    ),
];

const ED25519: &[Row] = &[
    (
        Question::Sign {
            scheme: Scheme::Ed25519,
            private: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            message: "72",
            context: "",
        },
        concat!(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085a",
            "c1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ed25519Ph,
            private: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            message: "616263",
            context: "",
        },
        concat!(
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f8",
            "5042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ed25519Ctx,
            private: "0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6",
            message: "f726936d19c800494e3fdaff20b276a8",
            context: "666f6f",
        },
        concat!(
            "55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a8b36",
            "950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7edb0d",
        ),
    ),
];

const ED448: &[Row] = &[
    (
        Question::Sign {
            scheme: Scheme::Ed448,
            private: concat!(
                "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea",
                "67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
            ),
            message: "03",
            context: "",
        },
        concat!(
            "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541",
            "b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd779805e0dbcc0aae1cbcee1afb2",
            "e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4",
            "adafd1d234441cf807c03a00",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ed448,
            private: concat!(
                "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea",
                "67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
            ),
            message: "03",
            context: "666f6f",
        },
        concat!(
            "d4f8f6131770dd46f40867d6fd5d5055de43541f8c5e35abbcd001b32a89f7d2151f",
            "7647f11d8ca2ae279fb842d607217fce6e042f6815ea000c85741de5c8da1144a6a1",
            "aba7f96de42505d7a7298524fda538fccbbb754f578c1cad10d54d0d5428407e85dc",
            "bc98a49155c13764e66c3c00",
        ),
    ),
    (
        Question::Sign {
            scheme: Scheme::Ed448Ph,
            private: concat!(
                "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42ef78",
                "22e0d5104127dc05d6dbefde69e3ab2cec7c867c6e2c49",
            ),
            message: "616263",
            context: "666f6f",
        },
        concat!(
            "c32299d46ec8ff02b54540982814dce9a05812f81962b649d528095916a2aa481065",
            "b1580423ef927ecf0af5888f90da0f6a9a85ad5dc3f280d91224ba9911a3653d00e4",
            "84e2ce232521481c8658df304bb7745a73514cdb9bf3e15784ab71284f8d0704a608",
            "c54a6b62d97beb511d132100",
        ),
    ),
];
