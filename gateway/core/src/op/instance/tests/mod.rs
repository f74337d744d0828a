//! Behaviour of an instance, and the public samples of its formats.

mod boot;
mod change;
mod check_in;
mod corpus;
mod exchanges;
mod gate;
mod init;
mod login;
mod nonce;
mod peers;
mod rules;
mod samples;
mod tokens;

use super::config::Config;
use super::json::Writer;
use super::record::{Device, Identity, InstanceRecord, Owner, Peer};
use super::session::{Clock, Session};
use super::settings::{Settings, Situation, TOKEN_S_MAX};
use super::text::base64;
use super::view::VersionView;
use super::{AgreementKey, Claims, Role, ejwt};
use crate::error::{ErrorKind, Malformed, Unauthenticated};
use crate::id::{KeyId, PartitionId};
use crate::secret::Secret;
use crate::time::UnixMs;

/// A second in 2025.
const NOW_S: u64 = 1_750_000_000;
const NOW: UnixMs = UnixMs(NOW_S * 1000);
const UNAUTHENTICATED: ErrorKind = ErrorKind::Unauthenticated(Unauthenticated::Token);
const MEMBER: ErrorKind = ErrorKind::Malformed(Malformed::Member);
const VALUE: ErrorKind = ErrorKind::Malformed(Malformed::Value);

fn after(seconds: u64) -> UnixMs {
    UnixMs(NOW.0 + seconds * 1000)
}

fn key(fill: u8) -> AgreementKey {
    AgreementKey::new(Secret::new([fill; 32]))
}

fn user() -> AgreementKey {
    key(1)
}

fn master() -> AgreementKey {
    key(2)
}

fn peer_key() -> AgreementKey {
    key(3)
}

fn service() -> AgreementKey {
    key(4)
}

fn peer() -> Peer {
    Peer {
        key: KeyId([0x42; 16]),
        public: peer_key().public(),
        pid: [0x77; 32],
        paired_s: NOW_S - 1,
    }
}

fn config() -> Config {
    Config {
        user: "Owner".into(),
        email: String::new(),
        hostname: "my.example".into(),
        ip: "192.168.7.1/24".into(),
        origin: "https://a.example".into(),
        trusted_ts: true,
        trusted_backend: true,
        allow_keysearch: true,
        ctx: 7,
        dnsd: true,
        http_option_hsts: false,
        http_option_dosprot_mode: 0,
        storage_mode: 81,
        storage_disk0size: 8_388_608,
    }
}

fn owner() -> Owner {
    Owner {
        user_key: user().public(),
        master_key: master().public(),
        config: config(),
        iat: NOW_S - 100,
        uts: NOW_S - 100,
        peers: vec![peer()],
    }
}

/// An instance without owner.
fn fresh() -> InstanceRecord {
    InstanceRecord {
        names: vec!["hem.test".into()],
        partition: PartitionId([9; 16]),
        identity: Identity::new(&Secret::new(std::array::from_fn(|at| at as u8))),
        device: Device {
            devid: [0x20; 8],
            genuine_id: [0x01; 9],
            attestation_key: Secret::new(vec![1, 2, 3]),
            attestation_id: [0xaa; 20],
            certificate: vec![4, 5, 6],
            provisioned: false,
        },
        owner: None,
    }
}

fn owned() -> InstanceRecord {
    InstanceRecord { owner: Some(owner()), ..fresh() }
}

fn session() -> Session {
    boot_of(&fresh(), Clock::Set).0
}

fn boot_of(record: &InstanceRecord, clock: Clock) -> (Session, String) {
    let seed = Secret::new(std::array::from_fn(|at| at as u8 ^ 0x5a));
    Session::new(&seed, &record.identity, clock, (NOW_S as u32, "Test 1"), NOW)
}

fn settings() -> Settings {
    Settings {
        version: VersionView {
            hwv: "PPA".into(),
            fwv: "1.2.2".into(),
            fwk: [1; 32],
            fws: [2; 64],
            blv: "1".into(),
            blk: [3; 32],
            bls: [4; 64],
            uis: [5; 32],
        },
        token_s_max: TOKEN_S_MAX,
        strict_tls: false,
        backends: vec![service().public()],
        tls: true,
        disk_sectors: [100, 200],
    }
}

fn token(session: &Session, role: Role, scope: &str) -> String {
    session.token(role, (scope, None), NOW_S + 60, [1; 12], NOW).expose().clone()
}

fn claims_of(session: &Session, token: &str) -> Claims {
    session.verify(token, NOW).expect("a fresh token")
}

/// The claims that every client sends with a login, without the closing brace.
fn login_claims(ours: &AgreementKey, spk: &[u8; 32], jti: &[u8; 32]) -> Writer {
    Writer::new().bytes("jti", jti).bytes("aud", spk).bytes("iss", &ours.public())
}

fn sealed(ours: &AgreementKey, theirs: &[u8; 32], claims: Writer) -> String {
    ejwt::issue(ours, theirs, &claims.finish()).expect("keys agree")
}

fn situation<'a>(
    settings: &'a Settings,
    record: &'a InstanceRecord,
    session: &'a Session,
) -> Situation<'a> {
    Situation { settings, record, session }
}
