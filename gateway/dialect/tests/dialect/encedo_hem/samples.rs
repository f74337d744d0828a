//! Results of the gateway, by name.

use typex_core::id::KeyId;
use typex_core::key::{Algorithm, Hash, MlDsa, MlKem, Purposes};
use typex_core::op::Output;
use typex_core::op::crypto::CryptoAnswer;
use typex_core::op::instance::{
    Answer, Challenge, ConfigView, SelfTestView, StatusView, Updated, VersionView,
};
use typex_core::op::manage::{Attributes, KeyView, Managed};
use typex_core::{Error, Secret, UnixMs};

use crate::kinds;

const NOW: u64 = 1_795_310_772;

/// The result of that name.
pub(super) fn result(name: &str) -> Result<Output, Error> {
    if let Some(kind) = name.strip_prefix("error ") {
        return Err(kinds::named(kind).into());
    }
    let found = system(name).or_else(|| auth(name)).or_else(|| keys(name));
    let answer = found.or_else(|| crypto(name)).or_else(|| log(name));
    Ok(Output::Instance(Box::new(answer.unwrap_or_else(|| panic!("no sample {name}")))))
}

fn system(name: &str) -> Option<Answer> {
    Some(match name {
        "done" => Answer::Done,
        "preflight" => Answer::Preflight,
        "wiped" => Answer::Wiped,
        "version" => Answer::Version(version()),
        "status" => Answer::Status(status()),
        "status-new" => Answer::Status(StatusView {
            inited: false,
            https: Some(true),
            hostname: Some("hem.example".into()),
            trusted_ts: false,
            time: None,
            temp: -3,
            fls_state: 0x80,
            ..status()
        }),
        "check" => Answer::CheckIn { check: "e30.e30.AA".into() },
        "checked" => Answer::CheckedIn,
        "config" => Answer::Config(Box::new(config())),
        "updated" => Answer::Updated(Updated { updated: true, ..Updated::default() }),
        "updated-csr" => Answer::Updated(Updated {
            updated: true,
            reboot_required: true,
            csr: Some(("-----BEGIN CERTIFICATE REQUEST-----\n".into(), "a.b.c".into())),
        }),
        "attestation" => {
            Answer::Attestation { genuine: "a.b.c".into(), certificate: vec![0x30, 0x82] }
        }
        "self-test" => Answer::SelfTest(self_test()),
        _ => return None,
    })
}

fn version() -> VersionView {
    VersionView {
        hwv: "Typex-PPA".into(),
        fwv: "1.2.2".into(),
        fwk: [1; 32],
        fws: [2; 64],
        blv: "1.0".into(),
        blk: [3; 32],
        bls: [4; 64],
        uis: [5; 32],
    }
}

fn self_test() -> SelfTestView {
    SelfTestView {
        last_selftest_ts: NOW,
        last_fls_state: 0,
        last_entropytest_ts: NOW,
        last_kat_ts: NOW,
        kat_busy: true,
        fls_state: 1,
        selftest_ts: NOW,
        keys_total: 3,
        keys_deleted: 1,
        keys_free: 97,
    }
}

fn status() -> StatusView {
    StatusView {
        inited: true,
        https: None,
        hostname: None,
        trusted_ts: true,
        ctx: 7,
        uptime: 60,
        temp: 41,
        fls_state: 0,
        time: Some(NOW),
        storage: ["8388608:-".into(), "0:-".into()],
    }
}

fn config() -> ConfigView {
    ConfigView {
        iat: NOW - 100,
        uts: NOW,
        devid: "0011223344556677".into(),
        instance: "f47ac10b-58cc-4372-a567-0e02b2c3d479".into(),
        eid: [6; 32],
        eid_sign: [7; 32],
        user: "Owner \"One\"".into(),
        email: "owner@example.org".into(),
        hostname: "hem.example".into(),
        ip: "192.0.2.1/24".into(),
        origin: "*".into(),
        dnsd: false,
        trusted_ts: true,
        trusted_backend: false,
        allow_keysearch: true,
        ctx: 0,
        http_option_hsts: false,
        http_option_dosprot_mode: 4,
        spk: [8; 32],
        nonce: [9; 32],
        genuine_id: "001122334455667788".into(),
        storage_mode: 81,
        storage_disk0size: 8_388_608,
        storage_capacity: 16_777_216,
    }
}

fn auth(name: &str) -> Option<Answer> {
    let challenge = |label: &str| Challenge {
        exp: NOW + 60,
        spk: [8; 32],
        jti: [10; 32],
        label: label.into(),
        eid: [6; 32],
    };
    let initialised = |csr| Answer::Initialised {
        instance: "f47ac10b-58cc-4372-a567-0e02b2c3d479".into(),
        token: Secret::new("e30.e30.AA".into()),
        csr,
    };
    Some(match name {
        "challenge" => Answer::Challenge(challenge("Owner")),
        "init-challenge" => {
            Answer::InitChallenge { challenge: challenge(""), genuine: "a.b.c".into() }
        }
        "token" => Answer::Token(Secret::new("e30.e30.AA".into())),
        "initialised" => initialised(None),
        "initialised-csr" => initialised(Some(("PEM".into(), "a.b.c".into()))),
        "pair-request" => Answer::PairRequest { request: "e30.e30.AA".into(), eid: [6; 32] },
        "paired" => Answer::Paired { key: KeyId([0xab; 16]), code: [11; 32] },
        "proof" => Answer::Proof { nonce: [12; 32], mac: [13; 32], eid: [6; 32] },
        "login-request" => Answer::LoginRequest { request: "e30.e30.AA".into(), epk: [14; 32] },
        _ => return None,
    })
}

fn view(algorithm: Algorithm, purposes: Option<Purposes>, description: &[u8]) -> KeyView {
    let is_pair = algorithm.is_pair();
    KeyView {
        id: KeyId([0xab; 16]),
        algorithm,
        purposes,
        made_here: true,
        has_private: is_pair,
        public: is_pair.then(|| vec![2; 33]),
        attributes: Attributes { label: "key \"1\"".into(), description: description.into() },
        created: UnixMs(NOW * 1000 + 999),
        updated: UnixMs((NOW + 5) * 1000),
    }
}

fn listed(keys: Vec<KeyView>, offset: usize) -> Answer {
    Answer::Managed(Managed::Listed { total: 20, offset, keys })
}

fn keys(name: &str) -> Option<Answer> {
    Some(match name {
        "changed" => Answer::Managed(Managed::Done),
        "made" => Answer::Managed(Managed::Made(KeyId([0xab; 16]))),
        "shown" => {
            let view = view(Algorithm::P256, Some(Purposes::AgreeAndSign), b"text");
            Answer::Managed(Managed::Shown(Box::new(view)))
        }
        "shown-symmetric" => {
            let view = view(Algorithm::Hmac(Hash::Sha3_384), None, b"text");
            Answer::Managed(Managed::Shown(Box::new(view)))
        }
        "listed" => listed(vec![view(Algorithm::P256, Some(Purposes::Agree), b"text")], 3),
        "listed-none" => listed(vec![], 40),
        "listed-all" => {
            let made = Algorithm::ALL.map(|one| view(one, one.default_purposes(), b""));
            let imported = Algorithm::ALL.into_iter().filter(|one| one.is_pair()).map(|one| {
                let view = view(one, one.default_purposes(), b"");
                KeyView { made_here: false, has_private: false, ..view }
            });
            let both = view(Algorithm::P521, Some(Purposes::AgreeAndSign), b"");
            let sign = view(Algorithm::Secp256k1, Some(Purposes::Sign), b"");
            listed(made.into_iter().chain(imported).chain([both, sign]).collect(), 0)
        }
        _ => return None,
    })
}

fn crypto(name: &str) -> Option<Answer> {
    let secret = || Secret::new(b"secret".to_vec());
    let encrypted = |iv, tag| CryptoAnswer::Encrypted { ciphertext: vec![15; 16], iv, tag };
    let (algorithm, answer) = match name {
        "public" => (Algorithm::P256, CryptoAnswer::Public(vec![0xfb; 32])),
        "public-mldsa" => (Algorithm::MlDsa(MlDsa::MlDsa65), CryptoAnswer::Public(vec![0xfb; 32])),
        "verified" => (Algorithm::P256, CryptoAnswer::Verified),
        "secret" => (Algorithm::P256, CryptoAnswer::Secret(secret())),
        "secret-mlkem" => {
            (Algorithm::MlKem(MlKem::MlKem768), CryptoAnswer::Secret(Secret::new(vec![16; 32])))
        }
        "encrypted-ecb" => (Algorithm::P256, encrypted(None, None)),
        "encrypted-cbc" => (Algorithm::P256, encrypted(Some([17; 16]), None)),
        "encrypted-gcm" => (Algorithm::P256, encrypted(Some([17; 16]), Some([18; 16]))),
        "encapsulated" => {
            let (secret, ciphertext) = (Secret::new(vec![16; 32]), vec![19; 16]);
            let answer = CryptoAnswer::Encapsulated { secret, ciphertext };
            (Algorithm::MlKem(MlKem::MlKem512), answer)
        }
        _ => return None,
    };
    Some(Answer::Crypto { algorithm, answer })
}

fn log(name: &str) -> Option<Answer> {
    Some(match name {
        "log-key" => Answer::LogKey { key: [20; 32], nonce: [21; 32], signature: [22; 64] },
        "logs" => Answer::Logs { total: 130, names: vec![0x6231_0b2b, 0x00ab] },
        "log" => Answer::Log("# Typex 1.2.2\n0|62310b2b|1|0|||AA\n".into()),
        _ => return None,
    })
}
