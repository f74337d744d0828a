//! A record through the functions of the engine, keys expanded from their bytes.

use typex_core::Secret;
use typex_engine::payment::check_value::CheckValue;
use typex_engine::payment::cipher::{Mode, Nonce, gcm_open};
use typex_engine::payment::dukpt::{CounterRule, Direction, Dukpt};
use typex_engine::payment::dukpt_aes::KeyType;
use typex_engine::payment::emv::{
    Cryptogram, MacKey, PinChange, PinLayout, ScriptStyle, pin_change,
};
use typex_engine::payment::key_block::{self, Version};
use typex_engine::payment::lanes::Lanes;
use typex_engine::payment::mac::{self, Hash, HmacKey, MacWith, Padding};
use typex_engine::payment::pin_block::{self, EncryptedPin, Fill, Format};
use typex_engine::payment::pin_translate::{Outgoing, translate};
use typex_engine::payment::pin_verify::{DecimalisationTable, Ibm3624, ValidationData, VisaPvv};
use typex_engine::payment::reencrypt::{self, Incoming, KeySource, Opening, Sealing};
use typex_engine::payment::validation_value::{Card, DynamicCard, verify_card_value, verify_cvc3};
use typex_engine::payment::{Algorithm, Digits, Error, Key, Pan, Track, component};

use crate::operation::{ChipPin, Mac, Operation, Purpose};
use crate::{Record, Secrets, block, token};

pub(crate) const TABLE: &[u8; 16] = b"8351296477461538";
pub(crate) const EXPIRY: &[u8; 4] = b"2912";
pub(crate) const SERVICE_CODE: &[u8; 3] = b"201";
pub(crate) const TRACK_TEMPLATE: &[u8] = b"\x54\x13\x12\x34\x56\x78\x48\x08\xd0\x90\x51\x01";
pub(crate) const UNPREDICTABLE_NUMBER: [u8; 4] = [0, 0, 8, 0x99];
pub(crate) const ATC: u16 = 0x5e;
pub(crate) const IV: [u8; 8] = [0; 8];

/// Nonce and associated data of GCM.
pub(crate) const NONCE: [u8; 12] = [7; 12];
pub(crate) const AAD: &[u8] = b"partition|key|1";

/// Bytes of the components of a key.
pub(crate) const COMPONENT: usize = 16;

pub(crate) async fn perform(lanes: &Lanes, record: &Record) -> Result<(), Error> {
    let Record { operation, secrets, seen, .. } = record;
    match *operation {
        Operation::DecodePin(format) => {
            let opened = Opened::of(secrets, format)?;
            pin_block::decrypt(lanes, &opened.pin(seen)).await.map(drop)
        }
        Operation::VerifyPvv(format) => verify_pvv(lanes, secrets, seen, format).await,
        Operation::VerifyOffset(format) => verify_offset(lanes, secrets, seen, format).await,
        Operation::Translate(from, to) => translated(lanes, secrets, seen, from, to).await,
        Operation::CardValue => card_value(lanes, secrets).await,
        Operation::ChipValue => chip_value(lanes, secrets).await,
        Operation::VerifyMac(mac) => verify_mac(lanes, secrets, seen, mac).await,
        Operation::Cryptogram => cryptogram(lanes, secrets, seen).await,
        Operation::ReadKeyBlock(version) => {
            let key = Key::new(cipher_of(version), &secrets.key)?;
            key_block::read(lanes, &key, seen).await.map(drop)
        }
        Operation::WriteKeyBlock(version) => {
            block::write(lanes, secrets, version, seen).await.map(drop)
        }
        Operation::OpenGcm => opened(secrets, seen),
        Operation::ChangePin(card) => chip_pin(lanes, secrets, seen, card).await,
        Operation::Dukpt(base, purpose) => {
            let base = Key::new(base, &secrets.key)?;
            derived(lanes, &base, seen, purpose).await.map(drop)
        }
        Operation::Combine(algorithm) => combined(secrets, algorithm),
        Operation::Reencrypt => reencrypted(lanes, secrets, seen).await,
        Operation::Token(what) => token::perform(lanes, secrets, what).await,
        Operation::CheckValue(algorithm) => check_value(lanes, secrets, algorithm).await,
    }
}

fn combined(secrets: &Secrets, algorithm: Algorithm) -> Result<(), Error> {
    let parts = [&secrets.key, &secrets.second].map(|part| Secret::new(part.clone()));
    component::combine(algorithm, &parts).map(drop)
}

async fn check_value(lanes: &Lanes, secrets: &Secrets, algorithm: Algorithm) -> Result<(), Error> {
    let value = CheckValue::usual(lanes, &Key::new(algorithm, &secrets.key)?).await?;
    if value.is(&secrets.claimed) { Ok(()) } else { Err(Error::InvalidInput) }
}

/// What a PIN block is opened with.
struct Opened {
    key: Key,
    format: Format,
    pan: Pan,
}

impl Opened {
    fn of(secrets: &Secrets, format: Format) -> Result<Self, Error> {
        let key = Key::new(format.algorithm(), &secrets.key)?;
        Ok(Self { key, format, pan: Pan::parse(&secrets.pan)? })
    }

    fn pin<'a>(&'a self, block: &'a [u8]) -> EncryptedPin<'a> {
        EncryptedPin { key: &self.key, format: self.format, pan: Some(&self.pan), block }
    }
}

async fn verify_pvv(
    lanes: &Lanes,
    secrets: &Secrets,
    seen: &[u8],
    format: Format,
) -> Result<(), Error> {
    let opened = Opened::of(secrets, format)?;
    let key = Key::tdes(&secrets.second)?;
    let with = VisaPvv { key: &key, pan: &opened.pan, key_index: 1 };
    with.verify(lanes, &opened.pin(seen), &Digits::parse(&secrets.claimed)?).await
}

async fn verify_offset(
    lanes: &Lanes,
    secrets: &Secrets,
    seen: &[u8],
    format: Format,
) -> Result<(), Error> {
    let opened = Opened::of(secrets, format)?;
    let key = Key::tdes(&secrets.second)?;
    let table = DecimalisationTable::parse(TABLE)?;
    let validation = ValidationData::parse(&secrets.pan[..12], b'F')?;
    let with = Ibm3624 { key: &key, table: &table, validation: &validation };
    with.verify(lanes, &opened.pin(seen), &Digits::parse(&secrets.claimed)?).await
}

async fn translated(
    lanes: &Lanes,
    secrets: &Secrets,
    seen: &[u8],
    from: Format,
    to: Format,
) -> Result<(), Error> {
    let opened = Opened::of(secrets, from)?;
    let key = Key::new(to.algorithm(), &secrets.second)?;
    let fill = Fill::draw(to, &Secret::new([0x3c; 32]))?;
    let outgoing = Outgoing { key: &key, format: to, pan: Some(&opened.pan), fill: &fill };
    translate(lanes, &opened.pin(seen), &outgoing).await.map(drop)
}

async fn card_value(lanes: &Lanes, secrets: &Secrets) -> Result<(), Error> {
    let (key, pan) = (Key::tdes(&secrets.key)?, Pan::parse(&secrets.pan)?);
    let card = Card { pan: &pan, expiry: EXPIRY, service_code: SERVICE_CODE };
    verify_card_value(lanes, &key, &card, &Digits::parse(&secrets.claimed)?).await
}

/// The card of the dynamic values.
pub(crate) fn chip() -> DynamicCard<'static> {
    DynamicCard {
        track_template: TRACK_TEMPLATE,
        unpredictable_number: UNPREDICTABLE_NUMBER,
        atc: ATC,
    }
}

async fn chip_value(lanes: &Lanes, secrets: &Secrets) -> Result<(), Error> {
    let key = Key::tdes(&secrets.key)?;
    verify_cvc3(lanes, &key, &chip(), &Digits::parse(&secrets.claimed)?).await
}

async fn verify_mac(lanes: &Lanes, secrets: &Secrets, seen: &[u8], mac: Mac) -> Result<(), Error> {
    if mac == Mac::Hmac {
        let key = HmacKey::new(Hash::Sha256, &secrets.key)?;
        return mac::verify(lanes, MacWith::Hmac(&key), seen, &secrets.claimed).await;
    }
    let algorithm = if mac == Mac::Cmac(Algorithm::Aes) { Algorithm::Aes } else { Algorithm::Tdes };
    let key = Key::new(algorithm, &secrets.key)?;
    mac::verify(lanes, with(mac, &key), seen, &secrets.claimed).await
}

/// A MAC by a cipher.
pub(crate) fn with(mac: Mac, key: &Key) -> MacWith<'_> {
    match mac {
        Mac::Chained(padding) => MacWith::Iso1(key, padding),
        Mac::Retail(padding) => MacWith::Iso3(key, padding),
        Mac::Cmac(_) | Mac::Hmac => MacWith::Cmac(key),
    }
}

async fn cryptogram(lanes: &Lanes, secrets: &Secrets, seen: &[u8]) -> Result<(), Error> {
    let key = Key::tdes(&secrets.key)?;
    let claimed = secrets.claimed.as_slice().try_into().map_err(|_| Error::InvalidInput)?;
    let with = MacKey { key: &key, padding: Padding::Bit };
    with.verify(lanes, seen, Cryptogram(claimed)).await?.respond(lanes, *b"00").await.map(drop)
}

fn opened(secrets: &Secrets, seen: &[u8]) -> Result<(), Error> {
    let key = Key::aes(&secrets.key)?;
    let (data, tag) = seen.split_last_chunk().ok_or(Error::InvalidInput)?;
    gcm_open(&key, &NONCE, AAD, tag, &mut data.to_vec())
}

async fn chip_pin(
    lanes: &Lanes,
    secrets: &Secrets,
    seen: &[u8],
    card: ChipPin,
) -> Result<(), Error> {
    let opened = Opened::of(secrets, Format::Iso0)?;
    let (integrity, own) = secrets.claimed.split_at(16);
    let keys = [secrets.second.as_slice(), integrity, own].map(Key::tdes);
    let [confidentiality, integrity, own] = keys;
    let (confidentiality, integrity, own) = (confidentiality?, integrity?, own?);
    let pin = opened.pin(seen);
    let (layout, style) = match card {
        ChipPin::Emv => (PinLayout::Format2, ScriptStyle::Emv),
        ChipPin::Visa => (PinLayout::Visa { card: &own, current: Some(&pin) }, ScriptStyle::Visa),
    };
    let change = PinChange {
        pin: &pin,
        layout,
        confidentiality: &confidentiality,
        integrity: &integrity,
        style,
        message: b"8424000208",
    };
    pin_change(lanes, &change).await.map(drop)
}

/// What protects the blocks of a version.
pub(crate) fn cipher_of(version: Version) -> Algorithm {
    match version {
        Version::A | Version::B | Version::C => Algorithm::Tdes,
        Version::D | Version::E => Algorithm::Aes,
    }
}

/// A transaction under a base key.
pub(crate) fn transaction<'a>(base: &'a Key, ksn: &'a [u8]) -> Dukpt<'a> {
    let key_type = match base.algorithm() {
        Algorithm::Tdes => KeyType::Tdes2,
        Algorithm::Aes => KeyType::Aes128,
    };
    let (rule, direction) = (CounterRule::Strict, Direction::Request);
    Dukpt { base, ksn, rule, direction, key_type, devices: None }
}

async fn derived(lanes: &Lanes, base: &Key, ksn: &[u8], purpose: Purpose) -> Result<Key, Error> {
    let of = transaction(base, ksn);
    match purpose {
        Purpose::Pin => of.pin_key(lanes).await,
        Purpose::Mac => of.mac_key(lanes).await,
        Purpose::Data => of.data_key(lanes).await,
    }
}

async fn reencrypted(lanes: &Lanes, secrets: &Secrets, seen: &[u8]) -> Result<(), Error> {
    let (base, second) = (Key::tdes(&secrets.key)?, Key::aes(&secrets.second)?);
    let (ksn, ciphertext) = seen.split_at(10);
    let from = transaction(&base, ksn);
    let opening = Opening::Mode(Mode::Cbc(&IV));
    let incoming = Incoming { key: KeySource::Dukpt(&from), opening, ciphertext };
    let nonce = Nonce::reserved(NONCE);
    let sealing = Sealing::Gcm { nonce: &nonce, aad: b"" };
    let outgoing = reencrypt::Outgoing { key: KeySource::Static(&second), sealing };
    reencrypt::reencrypt(lanes, &incoming, &outgoing, Some(Track::Ascii)).await.map(drop)
}
