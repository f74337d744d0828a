//! Values that come enciphered, PINs bound to tokens.

use typex_core::id::CustodianId;
use typex_core::key::payment::{Algorithm, Attributes, ModeOfUse, Usage};
use typex_core::key::{AesBits, KeyRecord, Material, Usage as KeyUsage};
use typex_core::op::payment::{Cipher, KeyRef, Mode, NamedKey, Part, RefName, Source, TrackForm};
use typex_core::op::token::Operation;
use typex_core::policy::pair::{End, Pair, PairGrant, Passage};
use typex_core::token::domain::DistinctLimit;
use typex_core::{KeyId, UnixMs};
use typex_engine::payment::pin_block::{EncryptedPin, Fill, Format, decrypt, encrypt};
use typex_engine::payment::{Key, Pan, Pin, cipher, lanes};
use typex_store::NewKey;

use super::*;

const DATA: [u8; 16] = [0x2d; 16];
const FROM: [u8; 16] = [0x1f; 16];
const TO: [u8; 16] = [0x2e; 16];

fn id(number: u8) -> KeyId {
    KeyId([number; 16])
}

fn stored(part: Part, number: u8) -> NamedKey {
    let name = KeyRef { account: None, name: RefName::Id(id(number)) };
    NamedKey { part, source: Source::Stored(name), dukpt: None }
}

fn zero_iv() -> Cipher {
    Cipher::Block { mode: Mode::Cbc, iv: Some(vec![0; 16]) }
}

fn enciphered(clear: &[u8]) -> Vec<u8> {
    let (key, mut data) = (Key::aes(&DATA).unwrap(), clear.to_vec());
    let mode = cipher::Mode::Cbc(&[0; 16]);
    lanes::alone(async |lanes| cipher::encrypt(lanes, &key, &mode, &mut data).await).unwrap();
    data
}

fn transport(domain: &str, number: u8, clear: &[u8], track: Option<TrackForm>) -> Call {
    let key = Box::new(stored(Part::Incoming, number));
    let (cipher, ciphertext) = (Box::new(zero_iv()), enciphered(clear));
    let task = Task::TokenizeTransport { key, cipher, ciphertext, track };
    Call { domain: name(domain), task }
}

/// PIN 1234 in a block bound to a number.
fn block(key: &[u8; 16], number: &[u8]) -> Vec<u8> {
    let (key, pin) = (Key::tdes(key).unwrap(), Pin::parse(b"1234").unwrap());
    let (number, fill) = (Pan::parse(number).unwrap(), Fill::given([0; 16]));
    let bound = Some(&number);
    lanes::alone(async |lanes| encrypt(lanes, &key, Format::Iso0, &pin, bound, &fill).await)
        .unwrap()
}

fn translation(domain: &str, token: &[u8], block: Vec<u8>) -> Call {
    let keys = vec![stored(Part::Incoming, 1), stored(Part::Outgoing, 2)];
    let (token, format, outgoing) = (token.to_vec(), 0, 0);
    let task = Task::TranslatePin { token, keys, format, block, outgoing };
    Call { domain: name(domain), task }
}

impl World {
    async fn key(&self, number: u8, attributes: Attributes, key: &[u8]) {
        let record = KeyRecord::first(id(number), OWNER, KeyUsage::Payment(attributes), UnixMs(1));
        let material = Material::Symmetric(Secret::new(key.to_vec()));
        let new = NewKey { record, channel: None, material };
        self.store.write(|tx| tx.create_key(new)).await.expect("a new key");
    }

    async fn pin_keys(&self) {
        for (number, key) in [(1, FROM), (2, TO)] {
            let attributes = Attributes::new(Usage::PIN, Algorithm::Tdes2, ModeOfUse::Both);
            self.key(number, attributes, &key).await;
        }
    }

    async fn data_key(&self) {
        let aes = Algorithm::Aes(AesBits::Aes128);
        self.key(3, Attributes::new(Usage::DATA, aes, ModeOfUse::Both), &DATA).await;
    }

    async fn pair(&self) {
        let [incoming, outgoing] = [1, 2].map(|key| End { key: id(key), is_wrapped: false });
        let pair = Pair { passage: Passage::Pin, incoming, outgoing };
        let mut grant = PairGrant::new(OWNER, pair, 1, system_clock());
        (1..=2).for_each(|by| grant.approve(CustodianId([by; 16])).expect("another one"));
        self.store.write(move |tx| tx.put(&grant)).await.expect("a grant");
        self.core.inner().gateway.revocations.raise();
    }
}

#[test]
fn enciphered_values_get_tokens_and_are_counted() {
    run(&new_place(), async |world| {
        world.data_key().await;
        world.pin_keys().await;
        let distinct = DistinctLimit::PerHour(2);
        let limits = DomainLimits { distinct, ..DomainLimits::default() };
        for (domain, scheme) in [("fpe", VAULTLESS), ("kept", ONE_TOKEN)] {
            world.domain_with(domain, usual(), scheme, limits).await;
            let token = token_of(world.ask(transport(domain, 3, PAN, None)).await);
            assert_eq!(world.value(domain, &token).await.unwrap(), PAN);
            let track = b";4111111111111111=2512201000000000";
            let track = [track.as_slice(), &[b'?'; 14]].concat();
            let ascii = Some(TrackForm::Ascii);
            let again = token_of(world.ask(transport(domain, 3, &track, ascii)).await);
            assert_eq!(again, token, "the card of the track");
            let pin_key = world.ask(transport(domain, 1, PAN, None)).await;
            assert_eq!(pin_key.err(), Some(ErrorKind::KeyUsage));
            let none = world.ask(transport(domain, 3, &[0; 48], ascii)).await;
            assert!(matches!(none.err(), Some(ErrorKind::InvalidData(_))));
            for (number, expected) in [(1, None), (2, Some(ErrorKind::Quota))] {
                let alike = fixed(format!("411111{number}000001111").into_bytes());
                let found = world.ask(transport(domain, 3, &alike, None)).await.err();
                assert_eq!(found, expected, "{domain}");
            }
        }
    });
}

/// With a digit in the middle changed so that the check digit is right again.
fn fixed(mut card: Vec<u8>) -> Vec<u8> {
    for digit in b'0'..=b'9' {
        card[9] = digit;
        if Pan::parse(&card).unwrap().is_luhn() {
            return card;
        }
    }
    unreachable!("one of ten digits is right");
}

#[test]
fn tokens_of_pins_are_counted() {
    run(&new_place(), async |world| {
        world.pin_keys().await;
        world.pair().await;
        let distinct = DistinctLimit::PerHour(2);
        let limits = DomainLimits { distinct, ..DomainLimits::default() };
        world.domain_with("cards", digits(6, 4, LuhnMode::Free), VAULTLESS, limits).await;
        let mut told = vec![];
        for number in 0..3 {
            let token = format!("41111100000{number}1111").into_bytes();
            told.push(world.ask(translation("cards", &token, block(&FROM, &token))).await.err());
        }
        assert_eq!(told, [None, None, Some(ErrorKind::Quota)]);
    });
}

#[test]
fn pins_bound_to_tokens_are_bound_to_cards() {
    let place = new_place();
    run(&place, async |world| {
        world.pin_keys().await;
        for (domain, scheme) in [("fpe", VAULTLESS), ("kept", ONE_TOKEN)] {
            world.domain(domain, usual(), scheme).await;
            let token = world.token(domain, PAN).await;
            let call = || translation(domain, &token, block(&FROM, &token));
            if domain == "fpe" {
                let refused = world.ask(call()).await;
                assert_eq!(refused.err(), Some(ErrorKind::Forbidden), "without a grant");
                world.pair().await;
            }
            let Ok(Done::PinBlock { block: made, keys }) = world.ask(call()).await else {
                panic!("no block")
            };
            assert_eq!(keys.len(), 2);
            assert_eq!(made, block(&TO, PAN));
            let (key, pan) = (Key::tdes(&TO).unwrap(), Pan::parse(PAN).unwrap());
            let sent =
                EncryptedPin { key: &key, format: Format::Iso0, pan: Some(&pan), block: &made };
            let pin = lanes::alone(async |lanes| decrypt(lanes, &sent).await).unwrap();
            assert_eq!(pin.length(), 4);
        }
        let unknown = world.ask(translation("kept", PAN, block(&FROM, PAN))).await;
        assert_eq!(unknown.err(), Some(NOT_FOUND));
    });
}

/// Wrong PIN blocks of a token are counted as those of a card are.
#[test]
fn guesses_at_a_pin_make_its_token_wait() {
    run(&new_place(), async |world| {
        world.pin_keys().await;
        world.pair().await;
        world.domain("fpe", usual(), VAULTLESS).await;
        let token = world.token("fpe", PAN).await;
        let wrong = Some(ErrorKind::Payment(Payment::Pin));
        let calls = (0..9).map(|at| Ok(translation("fpe", &token, vec![at; 8]))).collect();
        let request = Request::Batch { operation: Operation::TranslatePin, calls };
        let Ok(Answer::Batch(answers)) = world.told(holder(OWNER, 0), request).await else {
            panic!("no batch")
        };
        let kinds: Vec<_> =
            answers.iter().map(|one| one.as_ref().err().map(|error| error.kind)).collect();
        assert_eq!(kinds[..5], [wrong; 5]);
        assert_eq!(kinds.last(), Some(&Some(ErrorKind::Quota)), "{kinds:?}");
        let right = world.ask(translation("fpe", &token, block(&FROM, &token))).await;
        assert_eq!(right.err(), Some(ErrorKind::Quota));
    });
}
