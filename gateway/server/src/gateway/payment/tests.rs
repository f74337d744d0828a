//! Payment operations against a real store and engine.

use typex_core::error::{InvalidData, Payment};
use typex_core::id::CustodianId;
use typex_core::key::payment::{Algorithm, Attributes, Entry, ModeOfUse, Own, Usage, UsageSet};
use typex_core::key::{AesBits, KeyRecord, Material, Usage as KeyUsage};
use typex_core::op::Output;
use typex_core::op::payment::{
    Account, Answer, Answered, Call, Card, Cipher, Done, Dukpt, Encrypted, KeyRef, Mac, MacMethod,
    MacPadding, Mode, NamedKey, Operation, Part, PinBlock, PinForm, RefName, Request, Source, Task,
};
use typex_core::policy::abuse::{AbuseRules, Kind};
use typex_core::policy::pair::{End, Pair, PairGrant, Passage};
use typex_core::principal::{Principal, Proof};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, Secret, UnixMs};
use typex_engine::payment::lanes;
use typex_engine::payment::{Key, key_block};
use typex_store::{NewKey, Store, system_clock};

mod batch;
mod blocks;
mod seals;

use crate::config::PaymentRules;
use crate::gateway::{Core, Rules};
use crate::stand::{Place, rules};
use crate::transport::{Peer, Role, Transport};

const OWNER: PartitionId = PartitionId([0x0a; 16]);
const OTHER: PartitionId = PartitionId([0x0b; 16]);
const PAN: &[u8] = b"4012345678909";
const ZPK: [u8; 16] = [0x1f; 16];

struct World {
    core: Core,
    store: Store,
}

fn new_place() -> Place {
    Place::new(UnixMs(1))
}

/// Runs `test` as a task of one core; then the log must verify.
fn run(place: &Place, test: impl AsyncFnOnce(&World)) {
    run_by(place, rules().payments, test);
}

fn run_by(place: &Place, payments: PaymentRules, test: impl AsyncFnOnce(&World)) {
    place.serve(Rules { payments, ..rules() }, async |core| {
        let store = core.inner().gateway.store.clone();
        test(&World { core, store }).await;
    });
}

fn secret(bytes: &[u8]) -> Secret<Vec<u8>> {
    Secret::new(bytes.to_vec())
}

fn id(number: u8) -> KeyId {
    KeyId([number; 16])
}

fn stored(part: Part, key: u8) -> NamedKey {
    let under = KeyRef { account: None, name: RefName::Id(id(key)) };
    NamedKey { part, source: Source::Stored(under), dukpt: None }
}

fn form(format: u8) -> PinForm {
    PinForm { format, pan: Some(secret(PAN)) }
}

fn block(format: u8, block: &[u8]) -> PinBlock {
    PinBlock { form: form(format), block: block.to_vec() }
}

fn translation(block_in: &[u8]) -> Call {
    Call {
        keys: vec![stored(Part::Incoming, 1), stored(Part::Outgoing, 2)],
        task: Task::TranslatePin { incoming: block(0, block_in), outgoing: form(0) },
    }
}

fn cbc() -> Cipher {
    Cipher::Block { mode: Mode::Cbc, iv: None }
}

fn card(claimed: &[u8]) -> Call {
    card_of(b"4123456789012345", claimed)
}

fn card_of(pan: &[u8], claimed: &[u8]) -> Call {
    let card = Card { pan: secret(pan), expiry: secret(b"8701"), service_code: secret(b"101") };
    let task = Task::VerifyCardValue { card, claimed: secret(claimed) };
    Call { keys: vec![stored(Part::Card, 3)], task }
}

impl World {
    async fn ask_as(&self, who: PartitionId, call: Call) -> Result<Answered, ErrorKind> {
        let answer = self.request(who, Request::One(Box::new(call))).await?;
        let Answer::One(answered) = answer else { panic!("another answer") };
        Ok(*answered)
    }

    async fn ask(&self, call: Call) -> Result<Done, ErrorKind> {
        self.ask_as(OWNER, call).await.map(|answered| answered.done)
    }

    async fn encrypted(&self, call: Call) -> Encrypted {
        match self.ask(call).await {
            Ok(Done::Encrypted(encrypted)) => encrypted,
            _ => panic!("not enciphered"),
        }
    }

    async fn request(&self, who: PartitionId, request: Request) -> Result<Answer, ErrorKind> {
        self.told(who, request).await.map_err(|error| error.kind)
    }

    async fn told(&self, who: PartitionId, request: Request) -> Result<Answer, Error> {
        let address = ([192, 0, 2, 1], 4000).into();
        let peer = Peer { address, role: Role(0), transport: Transport::H1, secure: true };
        let proof = Proof::Signature;
        let principal = Principal { partition: who, client: None, api_key: None, proof };
        let output = self.core.inner().payment(&peer, &principal.into(), request).await;
        match output? {
            Output::Payment(answer) => Ok(answer),
            _ => panic!("another output"),
        }
    }

    async fn key(&self, number: u8, attributes: Attributes, key: &[u8]) {
        let record = KeyRecord::first(id(number), OWNER, KeyUsage::Payment(attributes), UnixMs(1));
        let material = Material::Symmetric(secret(key));
        let new = NewKey { record, channel: None, material };
        self.store.write(|tx| tx.create_key(new)).await.expect("a new key");
    }

    async fn tdes(&self, number: u8, usage: Usage, mode: ModeOfUse, key: &[u8; 16]) {
        self.key(number, Attributes::new(usage, Algorithm::Tdes2, mode), key).await;
    }

    async fn pair(&self, passage: Passage, incoming: u8, outgoing: u8, is_wrapped: bool) {
        let incoming = End { key: id(incoming), is_wrapped: false };
        let outgoing = End { key: id(outgoing), is_wrapped };
        self.granted(Pair { passage, incoming, outgoing }).await;
    }

    async fn granted(&self, pair: Pair) {
        let mut grant = PairGrant::new(OWNER, pair, 1, system_clock());
        (1..=2).for_each(|by| grant.approve(CustodianId([by; 16])).expect("another one"));
        self.store.write(move |tx| tx.put(&grant)).await.expect("a grant");
        self.core.inner().gateway.revocations.raise();
    }

    /// Key 3 for values of cards.
    async fn card_key(&self) {
        let key = hex("0123456789ABCDEFFEDCBA9876543210");
        self.tdes(3, Usage::CARD, ModeOfUse::Verify, &key.try_into().unwrap()).await;
    }

    /// Keys 1 and 2 for PINs, and leave from the first to the second.
    async fn pin_keys(&self) {
        self.tdes(1, Usage::PIN, ModeOfUse::Both, &ZPK).await;
        self.tdes(2, Usage::PIN, ModeOfUse::Both, &[0x2e; 16]).await;
    }
}

/// PIN 1234 under key 1.
fn pin_block() -> Vec<u8> {
    use typex_engine::payment::pin_block::{Fill, Format, encrypt};
    use typex_engine::payment::{Pan, Pin};
    let key = Key::tdes(&ZPK).unwrap();
    let (pin, pan) = (Pin::parse(b"1234").unwrap(), Pan::parse(PAN).unwrap());
    let fill = Fill::given([0; 16]);
    lanes::alone(async |lanes| encrypt(lanes, &key, Format::Iso0, &pin, Some(&pan), &fill).await)
        .unwrap()
}

#[test]
fn a_pin_passes_only_between_granted_keys() {
    run(&new_place(), async |world| {
        world.pin_keys().await;
        let refused = world.ask(translation(&pin_block())).await;
        assert_eq!(refused.err(), Some(ErrorKind::Forbidden));
        world.pair(Passage::Pin, 1, 2, false).await;
        let answered = world.ask_as(OWNER, translation(&pin_block())).await.unwrap();
        assert_eq!(answered.account, Account::of(OWNER));
        let seen: Vec<_> = answered.keys.iter().map(|key| (key.part, key.key)).collect();
        assert_eq!(seen, [(Part::Incoming, id(1)), (Part::Outgoing, id(2))]);
        assert!(answered.keys.iter().all(|key| key.check_value.len() == 3));
        let Done::PinBlock(block) = answered.done else { panic!("no block") };
        assert_ne!(block, pin_block());
    });
}

#[test]
fn keys_of_others_and_names_that_lead_nowhere_are_not_found() {
    run(&new_place(), async |world| {
        world.pin_keys().await;
        let not_found = Some(ErrorKind::KeyNotFound);
        let foreign = world.ask_as(OTHER, translation(&pin_block())).await;
        assert_eq!(foreign.err(), not_found);
        let mut call = translation(&pin_block());
        let account = Some(Account::of(OTHER));
        let name = RefName::Id(id(1));
        call.keys[0].source = Source::Stored(KeyRef { account, name });
        assert_eq!(world.ask(call).await.err(), not_found);
        let mut call = translation(&pin_block());
        let name = RefName::Alias("nobody".into());
        call.keys[0].source = Source::Stored(KeyRef { account: None, name });
        assert_eq!(world.ask(call).await.err(), not_found);
    });
}

#[test]
fn format_1_and_downgrades_are_off() {
    run(&new_place(), async |world| {
        world.pin_keys().await;
        let aes = Algorithm::Aes(AesBits::Aes128);
        world.key(4, Attributes::new(Usage::PIN, aes, ModeOfUse::Both), &[4; 16]).await;
        world.pair(Passage::Pin, 1, 2, false).await;
        world.pair(Passage::Pin, 4, 2, false).await;
        let forbidden = Some(ErrorKind::Forbidden);
        let mut call = translation(&pin_block());
        call.task = Task::TranslatePin { incoming: block(1, &[0; 8]), outgoing: form(0) };
        assert_eq!(world.ask(call).await.err(), forbidden);
        let task = Task::TranslatePin { incoming: block(4, &[0; 16]), outgoing: form(0) };
        let keys = vec![stored(Part::Incoming, 4), stored(Part::Outgoing, 2)];
        assert_eq!(world.ask(Call { keys, task }).await.err(), forbidden);
    });
}

#[test]
fn failures_of_a_card_make_it_wait_also_after_a_restart() {
    let place = new_place();
    let wrong = Some(ErrorKind::Payment(Payment::ValidationData));
    run(&place, async |world| {
        world.card_key().await;
        assert!(matches!(world.ask(card(b"561")).await, Ok(Done::Verified(None))));
        for _ in 0..6 {
            assert_eq!(world.ask(card(b"562")).await.err(), wrong);
        }
        assert_eq!(world.ask(card(b"561")).await.err(), Some(ErrorKind::Quota));
    });
    run(&place, async |world| {
        assert_eq!(world.ask(card(b"561")).await.err(), Some(ErrorKind::Quota));
    });
}

#[test]
fn data_goes_to_gcm_with_fresh_nonces_and_back() {
    run(&new_place(), async |world| {
        let base: [u8; 16] = hex("0123456789ABCDEFFEDCBA9876543210").try_into().unwrap();
        world.tdes(1, Usage::BASE, ModeOfUse::Derive, &base).await;
        let aes = Algorithm::Aes(AesBits::Aes256);
        world.key(2, Attributes::new(Usage::DATA, aes, ModeOfUse::Both), &[2; 32]).await;
        world.pair(Passage::Data, 1, 2, false).await;
        let dukpt = || {
            let ksn = hex("FFFF9876543210E00001");
            Some(Dukpt { ksn, key_type: None, direction: Default::default() })
        };
        let mut key = stored(Part::Data, 1);
        key.dukpt = dukpt();
        let task = Task::Encrypt { cipher: cbc(), plaintext: secret(&[7; 24]) };
        let first = world.encrypted(Call { keys: vec![key], task }).await;
        let mut seals = Vec::new();
        for _ in 0..2 {
            let mut from = stored(Part::Incoming, 1);
            from.dukpt = dukpt();
            let task = Task::ReEncrypt {
                incoming: cbc(),
                outgoing: Cipher::Gcm { aad: None, nonce: None, tag: None },
                ciphertext: first.ciphertext.clone(),
                track: None,
            };
            let keys = vec![from, stored(Part::Outgoing, 2)];
            seals.push(world.encrypted(Call { keys, task }).await);
        }
        assert_ne!(seals[0].nonce, seals[1].nonce);
        for sealed in &seals {
            opens_bound(world, sealed, &[7; 24]).await;
        }
    });
}

/// Opens it under key 2, with what binds it to the key left out and spelt out.
async fn opens_bound(world: &World, sealed: &Encrypted, expected: &[u8]) {
    let Encrypted { ciphertext, nonce, tag } = sealed;
    for aad in [None, Some(Cipher::bound(OWNER, id(2), 1))] {
        let cipher = Cipher::Gcm { aad, nonce: *nonce, tag: *tag };
        let task = Task::Decrypt { cipher, ciphertext: ciphertext.clone() };
        let keys = vec![stored(Part::Data, 2)];
        let Ok(Done::Decrypted(clear)) = world.ask(Call { keys, task }).await else {
            panic!("not deciphered")
        };
        assert_eq!(clear.expose(), expected);
    }
}

#[test]
fn the_key_says_which_of_two_names_of_a_mac_is_meant() {
    run(&new_place(), async |world| {
        for (number, usage) in [(1, Usage::MAC_16609), (2, Usage::MAC_1), (3, Usage::MAC_3)] {
            world.tdes(number, usage, ModeOfUse::GenerateAndVerify, &[7; 16]).await;
        }
        let ask = async |number: u8| {
            let mac = Mac {
                method: MacMethod::Iso1,
                hash: None,
                padding: MacPadding::default(),
                message: secret(b"message"),
                chip: None,
            };
            let task = Task::GenerateMac { mac, length: None };
            world.ask(Call { keys: vec![stored(Part::Mac, number)], task }).await
        };
        let [one, two] = [ask(1).await, ask(2).await].map(|done| match done {
            Ok(Done::Mac(mac)) => mac,
            _ => panic!("no MAC"),
        });
        assert_eq!(one, two);
        assert_eq!(ask(3).await.err(), Some(ErrorKind::KeyUsage));
    });
}

/// A key block of usage P0 or D0 under key 5.
fn wrapped(usage: u8) -> String {
    use key_block::{Contents, Exportability, Fill, Header, KeyAlgorithm, Version, Writing};
    let header = Header {
        version: Version::B,
        usage: Usage::from_code([usage, b'0']).unwrap(),
        algorithm: KeyAlgorithm::Tdes,
        mode: ModeOfUse::Both,
        key_version: *b"00",
        exportability: Exportability::Never,
        context: 0,
    };
    let writing = Writing::default();
    let bytes = key_block::fill_bytes(header.version, header.algorithm, 16, writing.form);
    let padding = vec![9; bytes];
    let fill = Fill { key: &padding, text: &[9; 20] };
    let contents = Contents { header: &header, blocks: &[], key: b"0123456789ABCDEF" };
    let key = Key::tdes(&[5; 16]).unwrap();
    lanes::alone(async |lanes| key_block::write(lanes, &key, contents, &fill, writing).await)
        .unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
