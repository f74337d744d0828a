//! Management of payment keys against a real store and the engine's pools.

mod labels;

use std::ops::ControlFlow;
use std::sync::Arc;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use typex_core::error::Unauthenticated;
use typex_core::key::payment::{
    Algorithm, Attributes, Entry, Exportability, MacHash, ModeOfUse, RsaBits, Usage,
};
use typex_core::key::{AesBits, KeyName, Origin};
use typex_core::op::Output;
use typex_core::op::payment::keys::{
    Answer, CheckKind, Cryptogram, Deletion, Due, Export, Exported, Import, ImportForm,
    ImportParameters, KeyView, New, OaepHash, Page, Request, Shown, Standing, Tags, TokenId,
};
use typex_core::op::payment::{Account, KeyRef, RefName};
use typex_core::policy::abuse::{Kind, Row};
use typex_core::policy::pair::{End, Pair, PairGrant, Passage};
use typex_core::principal::{Principal, Proof};
use typex_core::{ErrorKind, KeyId, PartitionId, Secret, UnixMs};
use typex_store::{Store, system_clock};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::deletion::delete_due;
use crate::gateway::{Core, Gateway, Rules};
use crate::stand::{Place, rules};
use crate::transport::{Peer, Role, Transport};

const OWNER: PartitionId = PartitionId([0x0a; 16]);
const OTHER: PartitionId = PartitionId([0x0b; 16]);
const AES: Algorithm = Algorithm::Aes(AesBits::Aes256);
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

struct World<'a> {
    core: Core,
    gateway: Arc<Gateway>,
    store: Store,
    place: &'a Place,
}

/// Runs `test` as a task of one core; then the log must verify.
fn run(test: impl AsyncFnOnce(&World<'_>)) {
    let place = Place::new(UnixMs(1));
    place.serve(Rules { strict_audit: true, ..rules() }, async |core| {
        let gateway = Arc::clone(&core.inner().gateway);
        let store = gateway.store.clone();
        test(&World { core, gateway, store, place: &place }).await;
    });
}

fn caller(partition: PartitionId, proof: Proof) -> Principal {
    Principal { partition, client: None, api_key: None, proof }
}

fn by_id(id: KeyId) -> KeyRef {
    KeyRef { account: None, name: RefName::Id(id) }
}

fn by_alias(name: &str) -> KeyRef {
    KeyRef { account: None, name: RefName::Alias(name.into()) }
}

fn exportable(usage: Usage, algorithm: Algorithm, mode: ModeOfUse) -> Attributes {
    let attributes = Attributes::new(usage, algorithm, mode);
    Attributes { exportability: Exportability::Trusted, ..attributes }
}

fn export_of(key: KeyId, under: KeyId) -> Export {
    Export {
        key: by_id(key),
        under: by_id(under),
        mode: None,
        exportability: None,
        key_version: None,
        blocks: Vec::new(),
        check: None,
    }
}

fn import_of(block: &str, under: KeyId) -> Request {
    let text = Secret::new(block.as_bytes().to_vec());
    imported(ImportForm::Block { text, under: by_id(under) })
}

fn imported(form: ImportForm) -> Request {
    let import = Import { form, is_enabled: true, check: None, tags: Tags::default() };
    Request::Import(Box::new(import))
}

impl World<'_> {
    async fn ask_as(&self, who: Principal, request: Request) -> Result<Answer, ErrorKind> {
        let address = ([192, 0, 2, 1], 4000).into();
        let (role, transport) = (Role(0), Transport::H1);
        let peer = Peer { address, role, transport, secure: true };
        match self.core.inner().payment_keys(&peer, &who.into(), request).await {
            Ok(Output::PaymentKeys(answer)) => Ok(*answer),
            Ok(_) => panic!("an answer of another kind"),
            Err(error) => Err(error.kind),
        }
    }

    async fn ask(&self, request: Request) -> Result<Answer, ErrorKind> {
        self.ask_as(caller(OWNER, Proof::Signature), request).await
    }

    async fn key(&self, request: Request) -> Result<KeyView, ErrorKind> {
        match self.ask(request).await? {
            Answer::Key(view) => Ok(*view),
            _ => panic!("another answer"),
        }
    }

    async fn make(&self, attributes: Attributes) -> Result<KeyView, ErrorKind> {
        let new = New { attributes, is_enabled: true, check: None, tags: Tags::default() };
        self.key(Request::Create(new)).await
    }

    async fn protection(&self) -> KeyView {
        let made = self.make(exportable(Usage::KEY_BLOCKS, AES, ModeOfUse::Both)).await;
        made.expect("a key that protects")
    }

    /// For whom failures are on disk.
    async fn counted(&self) -> Vec<(Kind, [u8; 16])> {
        let counted = self.store.read(|tx| {
            let mut counted = Vec::new();
            tx.scan_all(|row: Row| {
                counted.push((row.id.kind, row.id.id));
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(counted)
        });
        let mut counted = counted.await.expect("a healthy store");
        counted.sort_by_key(|(kind, _)| *kind == Kind::Key);
        counted
    }

    async fn export(&self, export: Export) -> Result<Exported, ErrorKind> {
        match self.ask(Request::Export(Box::new(export))).await? {
            Answer::Exported(exported) => Ok(*exported),
            _ => panic!("another answer"),
        }
    }

    async fn parameters(&self, bits: RsaBits, may_reuse: bool) -> ImportParameters {
        match self.ask(Request::ImportParameters { bits, may_reuse }).await {
            Ok(Answer::ImportParameters(parameters)) => *parameters,
            _ => panic!("another answer"),
        }
    }

    async fn assert_made_here(&self, key: &KeyView) {
        assert_eq!((key.standing, key.origin), (Standing::Enabled, Origin::Service));
        assert_eq!(key.account, Account::of(OWNER));
        assert_eq!(self.key(Request::Get(by_id(key.id))).await.as_ref(), Ok(key));
        assert_eq!(self.logged("payment_create_key", Some(key.id)), 1);
        assert_eq!(self.entry_of(key.id).await, Entry::Generated);
    }

    /// Two custodians approve that the one key leaves under the other.
    async fn approve(&self, key: KeyId, under: KeyId) {
        let end = |key| End { key, is_wrapped: false };
        let (incoming, outgoing) = (end(key), end(under));
        let pair = Pair { passage: Passage::Key, incoming, outgoing };
        let mut grant = PairGrant::new(OWNER, pair, 1, UnixMs(1));
        for custodian in [1, 2] {
            grant.approve(typex_core::id::CustodianId([custodian; 16])).expect("each once");
        }
        self.store.write(move |tx| tx.put(&grant)).await.expect("a grant");
        self.gateway.revocations.raise();
    }

    async fn entry_of(&self, id: KeyId) -> Entry {
        let key = self.store.read(move |tx| tx.key_record(OWNER, KeyName::Id(id)));
        key.await.expect("a key").usage.payment().expect("a payment key").entry
    }

    /// Lines of the log that name this function and this key.
    fn logged(&self, function: &str, key: Option<KeyId>) -> usize {
        let key = key.map(|key| key.to_string()).unwrap_or_default();
        self.place.logged_with(&[function, &key])
    }
}

#[test]
fn a_key_of_every_algorithm_is_made_and_shown() {
    run(async |world| {
        let cases = [
            (Usage::CARD, Algorithm::Tdes2, ModeOfUse::GenerateAndVerify, CheckKind::Zeros),
            (Usage::PIN, Algorithm::Tdes3, ModeOfUse::Both, CheckKind::Zeros),
            (Usage::BASE, AES, ModeOfUse::Derive, CheckKind::Cmac),
            (
                Usage::HMAC,
                Algorithm::Hmac(MacHash::Sha512),
                ModeOfUse::GenerateAndVerify,
                CheckKind::Hmac,
            ),
            (
                Usage::DATA_PAIR,
                Algorithm::Rsa(RsaBits::Rsa2048),
                ModeOfUse::Decrypt,
                CheckKind::Sha1,
            ),
        ];
        let mut made = Vec::new();
        for (usage, algorithm, mode, check) in cases {
            let key = world.make(Attributes::new(usage, algorithm, mode)).await.expect("a key");
            assert_eq!((key.check_kind, key.check_value.len()), (check, 3));
            world.assert_made_here(&key).await;
            made.push(key);
        }
        let page = Page { after: None, count: 9 };
        let Ok(Answer::Keys(all)) = world.ask(Request::List { state: None, page }).await else {
            panic!("another answer");
        };
        assert_eq!((all.items, all.after), (made, None));
    });
}

#[test]
fn keys_that_do_not_go_together_are_not_made() {
    run(async |world| {
        let refused = [
            (Attributes::new(Usage::DATA, AES, ModeOfUse::Derive), ErrorKind::KeyUsage),
            (Attributes::new(Usage::HMAC, AES, ModeOfUse::GenerateAndVerify), ErrorKind::KeyUsage),
            (
                Attributes::new(
                    Usage::SIGNATURE,
                    Algorithm::Rsa(RsaBits::Rsa2048),
                    ModeOfUse::Sign,
                ),
                ErrorKind::Unsupported,
            ),
        ];
        for (attributes, expected) in refused {
            assert_eq!(world.make(attributes).await.err(), Some(expected));
        }
        let attributes = Attributes::new(Usage::DATA, AES, ModeOfUse::Both);
        let check = Some(CheckKind::Hmac);
        let new = New { attributes, is_enabled: true, check, tags: Tags::default() };
        assert_eq!(world.key(Request::Create(new)).await.err(), Some(ErrorKind::KeyUsage));
        assert_eq!(world.logged("payment_create_key", None), 4);
    });
}

#[test]
fn only_who_signs_or_operates_may_and_only_with_its_own() {
    run(async |world| {
        let key = world.make(Attributes::new(Usage::DATA, AES, ModeOfUse::Both)).await;
        let key = key.expect("a key");
        for proof in [Proof::Anonymous, Proof::ApiKey, Proof::Password, Proof::Token] {
            let asked = world.ask_as(caller(OWNER, proof), Request::Get(by_id(key.id))).await;
            let expected = ErrorKind::Unauthenticated(Unauthenticated::ApiKey);
            assert_eq!(asked.err(), Some(expected), "{proof:?}");
        }
        let other = caller(OTHER, Proof::Signature);
        let asked = world.ask_as(other, Request::Stop(by_id(key.id))).await;
        assert_eq!(asked.err(), Some(ErrorKind::KeyNotFound));
        let full = KeyRef { account: Some(Account::of(OTHER)), ..by_id(key.id) };
        let asked = world.ask(Request::Get(full)).await;
        assert_eq!(asked.err(), Some(ErrorKind::KeyNotFound));
    });
}

#[test]
fn what_leaves_in_a_block_comes_in_again() {
    run(async |world| {
        let under = world.protection().await;
        let key = world.make(exportable(Usage::PIN, Algorithm::Tdes2, ModeOfUse::Both)).await;
        let key = key.expect("a key");
        let fewer = Some(ModeOfUse::Decrypt);
        let left = world.export(Export { mode: fewer, ..export_of(key.id, under.id) }).await;
        let left = left.expect("it may leave");
        assert_eq!((left.check_value.as_slice(), left.under), (&*key.check_value, under.id));
        assert!(left.block.starts_with('D'));
        assert_eq!(world.logged("payment_export_key", Some(key.id)), 1);
        let back = world.key(import_of(&left.block, under.id)).await.expect("its own block");
        assert_eq!((back.check_value, back.origin), (key.check_value, Origin::Client));
        assert_eq!(back.attributes.mode, ModeOfUse::Decrypt);
        assert_eq!(world.entry_of(back.id).await, Entry::Block);
        let mut changed = left.block.clone();
        changed.replace_range(5..7, "D0");
        let refused = world.key(import_of(&changed, under.id)).await.err();
        assert_eq!(refused, Some(ErrorKind::Payment(typex_core::error::Payment::KeyBlock)));
        let counted = world.counted().await;
        assert_eq!(counted, [(Kind::Caller, OWNER.0), (Kind::Key, under.id.0)]);
    });
}

#[test]
fn no_key_leaves_with_more_than_it_has() {
    run(async |world| {
        let under = world.protection().await.id;
        let never = world.make(Attributes::new(Usage::PIN, AES, ModeOfUse::Both)).await;
        let never = never.expect("a key").id;
        let refused = world.export(export_of(never, under)).await.err();
        assert_eq!(refused, Some(ErrorKind::KeyUsage));
        let key = world.make(exportable(Usage::PIN, AES, ModeOfUse::Decrypt)).await;
        let key = key.expect("a key").id;
        let more = Export { mode: Some(ModeOfUse::Both), ..export_of(key, under) };
        assert_eq!(world.export(more).await.err(), Some(ErrorKind::KeyUsage));
        let more =
            Export { exportability: Some(Exportability::Sensitive), ..export_of(key, under) };
        assert_eq!(world.export(more).await.err(), Some(ErrorKind::KeyUsage));
        let data = world.make(exportable(Usage::DATA, AES, ModeOfUse::Both)).await;
        let data = data.expect("a key").id;
        let refused = world.export(export_of(key, data)).await.err();
        assert_eq!(refused, Some(ErrorKind::KeyUsage), "a data key protects no block");
        world.ask(Request::Stop(by_id(under))).await.expect("an active key");
        let refused = world.export(export_of(key, under)).await.err();
        assert_eq!(refused, Some(ErrorKind::KeyState));
    });
}

/// A key under the public half of a certificate.
fn enciphered(certificate: &[u8], key: &[u8]) -> Vec<u8> {
    let (_, certificate) = X509Certificate::from_der(certificate).expect("a certificate");
    let public = PublicEncryptingKey::from_der(certificate.public_key().raw).expect("RSA");
    let public = OaepPublicEncryptingKey::new(public).expect("for OAEP");
    let mut out = vec![0; public.ciphertext_size()];
    public.encrypt(&OAEP_SHA256_MGF1SHA256, key, &mut out, None).expect("it is short");
    out
}

fn cryptogram(token: TokenId, attributes: Attributes, bytes: Vec<u8>) -> Request {
    let hash = OaepHash::Sha256;
    imported(ImportForm::Cryptogram(Cryptogram { attributes, token, hash, bytes }))
}

#[test]
fn a_key_under_the_public_half_of_a_token_comes_in_and_is_known_to_its_caller() {
    run(async |world| {
        let parameters = world.parameters(RsaBits::Rsa2048, false).await;
        let again = world.parameters(RsaBits::Rsa2048, true).await;
        assert_eq!(again, parameters);
        // Vector of payments 4.5.
        let key = const_hex::decode("3F419E1CB7079442AA37474C2EFBF8B8").expect("hexadecimal");
        let bytes = enciphered(&parameters.certificate, &key);
        let algorithm = Algorithm::Aes(AesBits::Aes128);
        let attributes = exportable(Usage::KEY_BLOCKS, algorithm, ModeOfUse::Both);
        let request = || cryptogram(parameters.token, attributes, bytes.clone());
        let foreign = world.ask_as(caller(OTHER, Proof::Signature), request()).await;
        assert_eq!(foreign.err(), Some(ErrorKind::KeyNotFound));
        let under = world.key(request()).await.expect("its own token");
        assert_eq!(under.check_value, [0x08, 0x79, 0x3e]);
        assert_eq!(world.entry_of(under.id).await, Entry::Clear);
        let pair =
            exportable(Usage::DATA_PAIR, Algorithm::Rsa(RsaBits::Rsa2048), ModeOfUse::Decrypt);
        let refused = world.key(cryptogram(parameters.token, pair, bytes.clone())).await.err();
        assert_eq!(refused, Some(ErrorKind::Unsupported));

        let key = world.make(exportable(Usage::PIN, algorithm, ModeOfUse::Both)).await;
        let key = key.expect("a key").id;
        let refused = world.export(export_of(key, under.id)).await.err();
        assert_eq!(refused, Some(ErrorKind::Forbidden));
        world.approve(key, under.id).await;
        let left = world.export(export_of(key, under.id)).await.expect("two approved it");
        let back = world.key(import_of(&left.block, under.id)).await.expect("a block");
        assert_eq!(world.entry_of(back.id).await, Entry::CallerBlock);
    });
}

#[test]
fn a_key_to_be_deleted_is_of_no_use_and_then_gone() {
    run(async |world| {
        let under = world.protection().await.id;
        let key = world.make(exportable(Usage::PIN, AES, ModeOfUse::Both)).await;
        let id = key.expect("a key").id;
        let inner = world.core.inner();
        let delete = || Request::Delete { key: by_id(id), days: 3 };
        let pending = world.key(delete()).await.expect("an active key");
        let Standing::Pending(due) = pending.standing else { panic!("it is pending") };
        let refused = world.export(export_of(id, under)).await.err();
        assert_eq!(refused, Some(ErrorKind::KeyState));
        for request in [delete(), Request::Start(by_id(id)), Request::Stop(by_id(id))] {
            assert_eq!(world.ask(request).await.err(), Some(ErrorKind::WrongState));
        }
        let restored = world.key(Request::Restore(by_id(id))).await.expect("a pending key");
        assert_eq!(restored.standing, Standing::Disabled);
        let refused = world.export(export_of(id, under)).await.err();
        assert_eq!(refused, Some(ErrorKind::KeyState));
        let started = world.key(Request::Start(by_id(id))).await.expect("a stopped key");
        assert!(started.started >= restored.stopped);
        assert!(world.export(export_of(id, under)).await.is_ok());

        world.ask(delete()).await.expect("an active key");
        delete_due(&inner.gateway, UnixMs(due.0 - 1)).await.expect("nothing is due");
        let shown = world.key(Request::Get(by_id(id))).await.expect("a key");
        assert!(matches!(shown.standing, Standing::Pending(_)));
        let due = UnixMs(due.0 + DAY_MS);
        delete_due(&world.gateway, due).await.expect("a healthy store");
        let shown = world.key(Request::Get(by_id(id))).await.expect("it is still shown");
        assert_eq!((shown.standing, shown.deleted), (Standing::Erased, Some(due)));
        assert_eq!(shown.standing.shown(), Shown::DeleteComplete);
        assert_eq!(world.logged("key_destroy", Some(id)), 1);
    });
}

#[test]
fn a_deletion_that_fails_keeps_no_other_one_back() {
    run(async |world| {
        let plain = Attributes::new(Usage::DATA, Algorithm::Aes(AesBits::Aes128), ModeOfUse::Both);
        let id = world.make(plain).await.expect("a key").id;
        world.ask(Request::Delete { key: by_id(id), days: 3 }).await.expect("an active key");
        let due = UnixMs(system_clock().0 + 4 * DAY_MS);
        // More than are read at once, of keys that are not there.
        let dangling = (0_u8..40).map(|number| KeyId([number; 16]));
        let deletions =
            dangling.map(|key| Deletion { partition: OWNER, key, due: Due::Erase, at: UnixMs(1) });
        let deletions: Vec<_> = deletions.collect();
        let put = world.store.write(move |tx| deletions.iter().try_for_each(|one| tx.put(one)));
        put.await.expect("a healthy store");
        let gateway = &world.core.inner().gateway;
        for round in 1..=2 {
            assert_eq!(delete_due(gateway, due).await.expect("a healthy store"), 40);
            let shown = world.key(Request::Get(by_id(id))).await.expect("it is still shown");
            assert_eq!(shown.standing, Standing::Erased);
            let page = gateway.metrics.render().expect("a page");
            let counted = format!("payment_deletions_failed_total {}", 40 * round);
            assert!(page.contains(&counted), "{page}");
        }
    });
}

#[test]
fn the_public_half_of_a_pair_is_shown_and_of_nothing_else() {
    run(async |world| {
        let rsa = Algorithm::Rsa(RsaBits::Rsa2048);
        let pair = world.make(Attributes::new(Usage::DATA_PAIR, rsa, ModeOfUse::Both)).await;
        let pair = pair.expect("a key").id;
        let certificate = async |id| match world.ask(Request::PublicKeyCertificate(by_id(id))).await
        {
            Ok(Answer::Certificate(der)) => Ok(der),
            Ok(_) => panic!("another answer"),
            Err(kind) => Err(kind),
        };
        let der = certificate(pair).await.expect("a pair");
        let (_, parsed) = X509Certificate::from_der(&der).expect("a certificate");
        assert_eq!(parsed.subject().to_string(), format!("CN={pair}"));
        let key = world.make(Attributes::new(Usage::DATA, AES, ModeOfUse::Both)).await;
        let key = key.expect("a key").id;
        assert_eq!(certificate(key).await, Err(ErrorKind::KeyUsage));
    });
}
