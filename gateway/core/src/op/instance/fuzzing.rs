//! Entries for fuzz targets: what comes from outside inside tokens, headers and logs. Each panics
//! when an invariant breaks, and plain tests replay their corpora.

use super::ejwt;
use super::keys::AgreementKey;
use super::origin;
use super::record::{Device, Identity, InstanceRecord, Owner, Peer};
use super::request::Pairing;
use super::session::{Clock, Session};
use super::settings::{Settings, TOKEN_S_MAX};
use super::view::VersionView;
use super::{
    Config, LogFiles, LogPart, checked_in, genuine, init, login, login_by_peer, pair,
    parse_genuine, verify_log,
};
use crate::codec::Record;
use crate::error::ErrorKind;
use crate::id::{KeyId, PartitionId};
use crate::limits::{INSTANCE_PEERS_MAX, LABEL_CHARS_MAX};
use crate::op::manage::Manage;
use crate::secret::Secret;
use crate::time::UnixMs;

/// A fuzz target: takes any bytes.
pub type Entry = fn(&[u8]);

/// Every target with the name of its corpus.
pub static TARGETS: [(&str, Entry); 3] =
    [("encedo_hem_token", token), ("encedo_hem_text", text), ("encedo_hem_record", record)];

const NOW: UnixMs = UnixMs(1_750_000_000_000);
const NOW_S: u64 = NOW.0 / 1000;

/// Tokens: the input as it is, and as the claims of tokens that are signed by whoever may.
pub fn token(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let world = World::new();
    world.take(text, text, text);
    let session = world.session();
    let to = |ours: &AgreementKey, theirs: &[u8; 32]| ejwt::issue(ours, theirs, text);
    let eid = world.owned.identity.eid.public();
    let by_user = to(&key(USER), &session.public()).unwrap_or_default();
    let by_service = to(&key(SERVICE), &session.public()).unwrap_or_default();
    let by_peer = to(&key(PEER), &eid).unwrap_or_default();
    world.take(&by_user, &by_peer, &by_service);
}

/// Origins, statements and logs.
pub fn text(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (list, asked) = text.split_once('\n').unwrap_or((text, text));
    let admitted = origin::admits(list, asked);
    assert!(!admitted || origin::admits(&format!("{list} https://other.example"), asked));
    assert!(!origin::is_list(list) || list.is_empty() || origin::admits("*", asked));
    if let Some(said) = parse_genuine(text) {
        let again = genuine(&said.key_id, &said.statement, &said.signature);
        assert_eq!(parse_genuine(&again), Some(said));
    }
    let sign = World::new().owned.identity.sign.public();
    assert!(verify_log(text, &sign).is_err() || text.lines().all(|line| line.starts_with('#')));
}

/// Stored records.
pub fn record(input: &[u8]) {
    canonical::<InstanceRecord>(input);
    canonical::<LogPart>(input);
    canonical::<LogFiles>(input);
}

fn canonical<T: Record>(input: &[u8]) {
    if let Ok(record) = T::from_bytes(input) {
        assert!(bool::from(record.to_bytes().ct_eq(input)));
    }
}

const USER: u8 = 1;
const MASTER: u8 = 2;
const PEER: u8 = 3;
const SERVICE: u8 = 4;

fn key(fill: u8) -> AgreementKey {
    AgreementKey::new(Secret::new([fill; 32]))
}

/// An instance without an owner, the same with one, and the operator's settings.
struct World {
    fresh: InstanceRecord,
    owned: InstanceRecord,
    settings: Settings,
}

impl World {
    fn new() -> Self {
        let fresh = InstanceRecord {
            names: vec!["hem.test".to_owned()],
            partition: PartitionId([9; 16]),
            identity: Identity::new(&Secret::new([7; 80])),
            device: Device {
                devid: [0; 8],
                genuine_id: [0; 9],
                attestation_key: Secret::new(Vec::new()),
                attestation_id: [0; 20],
                certificate: Vec::new(),
                provisioned: false,
            },
            owner: None,
        };
        let owned = InstanceRecord { owner: Some(owner()), ..fresh.clone() };
        Self { fresh, owned, settings: settings() }
    }

    fn session(&self) -> Session {
        let seed = Secret::new([5; 128]);
        Session::new(&seed, &self.owned.identity, Clock::Set, (1, "fuzz"), NOW).0
    }

    /// Gives a text to everything that takes one.
    fn take(&self, by_user: &str, by_peer: &str, by_service: &str) {
        let (settings, owned, mut session) = (&self.settings, &self.owned, self.session());
        let _ = session.verify(by_user, NOW);
        let issued = [
            login(by_user, settings, owned, &mut session, [1; 12], NOW),
            login_by_peer(by_peer, settings, owned, &mut session, [2; 12], NOW),
        ];
        for issued in issued.into_iter().flatten() {
            let claims = session.verify(issued.token.expose(), NOW).expect("a token of this boot");
            assert!(claims.exp > NOW_S && claims.exp <= NOW_S + settings.token_s_max);
        }
        if let Ok(done) = init(by_user, settings, &self.fresh, &mut session, [3; 12], NOW) {
            let owner = done.record.owner.expect("an owner");
            assert!(owner.config.is_sound() && owner.peers.is_empty());
        }
        let pairing = Pairing { pid: [6; 32], reply: by_peer.to_owned() };
        let role = super::Role::User;
        match pair(&pairing, role, owned, &mut session, NOW) {
            Ok(paired) => self.check_pairing(&paired.import),
            Err(error) => assert_ne!(error, ErrorKind::Internal),
        }
        let _ = checked_in(by_service, settings, &mut session, NOW);
    }

    fn check_pairing(&self, import: &Manage) {
        let Manage::Import { new, public } = import else { panic!("another operation") };
        assert!(new.attributes.check().is_ok() && public.len() == 32);
        assert!(new.attributes.label.len() <= LABEL_CHARS_MAX);
        let peers = self.owned.owner.as_ref().map_or(0, |owner| owner.peers.len());
        assert!(peers < INSTANCE_PEERS_MAX);
    }
}

fn owner() -> Owner {
    let peer =
        Peer { key: KeyId([0x42; 16]), public: key(PEER).public(), pid: [0x77; 32], paired_s: 0 };
    Owner {
        user_key: key(USER).public(),
        master_key: key(MASTER).public(),
        config: Config {
            user: "Owner".to_owned(),
            email: String::new(),
            hostname: "my.example".to_owned(),
            ip: String::new(),
            origin: "*".to_owned(),
            trusted_ts: true,
            trusted_backend: false,
            allow_keysearch: false,
            ctx: 0,
            dnsd: false,
            http_option_hsts: false,
            http_option_dosprot_mode: 0,
            storage_mode: 0,
            storage_disk0size: 0,
        },
        iat: NOW_S,
        uts: NOW_S,
        peers: vec![peer],
    }
}

fn settings() -> Settings {
    let version = VersionView {
        hwv: String::new(),
        fwv: String::new(),
        fwk: [0; 32],
        fws: [0; 64],
        blv: String::new(),
        blk: [0; 32],
        bls: [0; 64],
        uis: [0; 32],
    };
    Settings {
        version,
        token_s_max: TOKEN_S_MAX,
        strict_tls: false,
        backends: vec![key(SERVICE).public()],
        tls: true,
        disk_sectors: [0; 2],
    }
}
