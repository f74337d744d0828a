//! Records of which the outcome is known, made by the engine itself of values that are not yet
//! marked.

use typex_core::Secret;
use typex_engine::payment::check_value::CheckValue;
use typex_engine::payment::cipher::{Mode, Nonce, encrypt, gcm_seal};
use typex_engine::payment::emv::MacKey;
use typex_engine::payment::key_block::Version;
use typex_engine::payment::lanes::alone;
use typex_engine::payment::mac::{self, Hash, HmacKey, MacWith, Padding};
use typex_engine::payment::pin_block::{self, Fill, Format};
use typex_engine::payment::pin_verify::{DecimalisationTable, Ibm3624, ValidationData, VisaPvv};
use typex_engine::payment::validation_value::{Card, card_value, cvc3};
use typex_engine::payment::{Algorithm, Error, Key, Pan, Pin};

use crate::operation::{Mac, Operation};
use crate::perform::{self, AAD, COMPONENT, EXPIRY, IV, NONCE, SERVICE_CODE, TABLE};
use crate::random::Random;
use crate::{Outcome, Record, Secrets, block, token};

/// A block of version E, which is not written (ISO 20038, B.2).
const BLOCK_E: &[u8] =
    b"E0084B0TV16N0000B2AE5E26BBA7F246E84D5EA24167E208A6B66EF2E27E55A52DB52F0AEACB94C57547";
const KEY_E: &[u8] = b"256-bit AES wrapping (ISO 20038)";

/// A key that gives blocks back.
const WEAK: [u8; 8] = [0x1F, 0x1F, 0x1F, 0x1F, 0x0E, 0x0E, 0x0E, 0x0E];

pub(crate) fn record(
    operation: Operation,
    outcome: Outcome,
    random: &mut Random,
) -> Result<Record, Error> {
    let mut secrets = Secrets {
        key: random.bytes(16),
        second: random.bytes(16),
        pan: random.digits(16),
        claimed: Vec::new(),
    };
    let seen = match operation {
        Operation::DecodePin(format) | Operation::Translate(format, _) => {
            pin(&secrets, format, outcome, random)?.0
        }
        Operation::VerifyPvv(format) => pvv(&mut secrets, format, outcome, random)?,
        Operation::VerifyOffset(format) => offset(&mut secrets, format, outcome, random)?,
        Operation::CardValue | Operation::ChipValue => card(&mut secrets, operation)?,
        Operation::VerifyMac(mac) => message(&mut secrets, mac, random)?,
        Operation::Cryptogram => cryptogram(&mut secrets, random)?,
        Operation::ReadKeyBlock(version) => key_block(&mut secrets, version, outcome, random)?,
        Operation::WriteKeyBlock(version) => block::fill(version, random),
        Operation::OpenGcm => sealed(&secrets, outcome, random)?,
        Operation::ChangePin(_) => chip_pin(&mut secrets, outcome, random)?,
        Operation::Dukpt(base, _) => ksn(base, random),
        Operation::Combine(algorithm) => components(&mut secrets, algorithm, outcome),
        Operation::Reencrypt => track(&secrets, outcome, random)?,
        Operation::CheckValue(algorithm) => check_value(&mut secrets, algorithm)?,
        Operation::Token(what) => token::prepare(&mut secrets, what, outcome),
    };
    spoil(&mut secrets.claimed, outcome);
    let fails = outcome != Outcome::Right && fails(operation, outcome);
    Ok(Record { operation, succeeds: !fails, secrets, seen })
}

/// Whether an outcome other than right means something for the operation.
fn fails(operation: Operation, outcome: Outcome) -> bool {
    match operation {
        Operation::DecodePin(_)
        | Operation::Translate(..)
        | Operation::Reencrypt
        | Operation::ChangePin(_)
        | Operation::Token(_) => outcome == Outcome::WrongData && operation.can_fail(),
        _ => operation.can_fail(),
    }
}

/// Changes the first or the last of what is compared; a digit stays one.
fn spoil(claimed: &mut [u8], outcome: Outcome) {
    let place = match outcome {
        Outcome::Right => None,
        Outcome::WrongData => claimed.first_mut(),
        Outcome::WrongValue => claimed.last_mut(),
    };
    if let Some(byte) = place {
        *byte ^= 1;
    }
}

/// A block and its PIN; a wrong block is of another format.
fn pin(
    secrets: &Secrets,
    format: Format,
    outcome: Outcome,
    random: &mut Random,
) -> Result<(Vec<u8>, Pin), Error> {
    let count = 4 + random.below(9) as usize;
    let pin = Pin::parse(&random.digits(count))?;
    if outcome == Outcome::WrongData && format == Format::Iso4 {
        return Ok((random.bytes(16), pin));
    }
    let written = match (outcome, format) {
        (Outcome::WrongData, Format::Iso0) => Format::Iso3,
        (Outcome::WrongData, _) => Format::Iso0,
        _ => format,
    };
    let key = Key::new(format.algorithm(), &secrets.key)?;
    let pan = Pan::parse(&secrets.pan)?;
    let fill = Fill::draw(written, &Secret::new(random.array()))?;
    let block = alone(async |lanes| {
        pin_block::encrypt(lanes, &key, written, &pin, Some(&pan), &fill).await
    });
    Ok((block?, pin))
}

fn pvv(
    secrets: &mut Secrets,
    format: Format,
    outcome: Outcome,
    random: &mut Random,
) -> Result<Vec<u8>, Error> {
    let (block, pin) = pin(secrets, format, outcome, random)?;
    let (key, pan) = (Key::tdes(&secrets.second)?, Pan::parse(&secrets.pan)?);
    let with = VisaPvv { key: &key, pan: &pan, key_index: 1 };
    let value = alone(async |lanes| with.value_of(lanes, &pin).await)?;
    secrets.claimed.clone_from(value.ascii().expose());
    Ok(block)
}

fn offset(
    secrets: &mut Secrets,
    format: Format,
    outcome: Outcome,
    random: &mut Random,
) -> Result<Vec<u8>, Error> {
    let (block, pin) = pin(secrets, format, outcome, random)?;
    let key = Key::tdes(&secrets.second)?;
    let table = DecimalisationTable::parse(TABLE)?;
    let validation = ValidationData::parse(&secrets.pan[..12], b'F')?;
    let with = Ibm3624 { key: &key, table: &table, validation: &validation };
    let offset = alone(async |lanes| with.offset_of(lanes, &pin).await)?;
    secrets.claimed.clone_from(offset.ascii().expose());
    Ok(block)
}

fn card(secrets: &mut Secrets, operation: Operation) -> Result<Vec<u8>, Error> {
    let (key, pan) = (Key::tdes(&secrets.key)?, Pan::parse(&secrets.pan)?);
    let card = Card { pan: &pan, expiry: EXPIRY, service_code: SERVICE_CODE };
    let value = alone(async |lanes| match operation {
        Operation::CardValue => card_value(lanes, &key, &card, 3).await,
        _ => cvc3(lanes, &key, &perform::chip()).await,
    });
    secrets.claimed.clone_from(value?.ascii().expose());
    Ok(Vec::new())
}

fn check_value(secrets: &mut Secrets, algorithm: Algorithm) -> Result<Vec<u8>, Error> {
    let key = Key::new(algorithm, &secrets.key)?;
    let value = alone(async |lanes| CheckValue::usual(lanes, &key).await)?;
    secrets.claimed = value.bytes().to_vec();
    Ok(Vec::new())
}

fn message(secrets: &mut Secrets, mac: Mac, random: &mut Random) -> Result<Vec<u8>, Error> {
    let length = random.below(90) as usize;
    let message = random.bytes(length);
    let value = alone(async |lanes| match mac {
        Mac::Hmac => {
            let key = HmacKey::new(Hash::Sha256, &secrets.key)?;
            mac::generate(lanes, MacWith::Hmac(&key), &message, 16).await
        }
        Mac::Cmac(Algorithm::Aes) => {
            let key = Key::aes(&secrets.key)?;
            mac::generate(lanes, perform::with(mac, &key), &message, 16).await
        }
        _ => {
            let key = Key::tdes(&secrets.key)?;
            mac::generate(lanes, perform::with(mac, &key), &message, 8).await
        }
    });
    secrets.claimed = value?;
    Ok(message)
}

fn cryptogram(secrets: &mut Secrets, random: &mut Random) -> Result<Vec<u8>, Error> {
    let (key, data) = (Key::tdes(&secrets.key)?, random.bytes(37));
    let with = MacKey { key: &key, padding: Padding::Bit };
    let value = alone(async |lanes| with.cryptogram(lanes, &data).await)?;
    secrets.claimed = value.0.to_vec();
    Ok(data)
}

/// A key block; a wrong one is changed in the encrypted key or in the MAC.
fn key_block(
    secrets: &mut Secrets,
    version: Version,
    outcome: Outcome,
    random: &mut Random,
) -> Result<Vec<u8>, Error> {
    let mut text = if version == Version::E {
        secrets.key = KEY_E.to_vec();
        BLOCK_E.to_vec()
    } else {
        let fill = block::fill(version, random);
        alone(async |lanes| block::write(lanes, secrets, version, &fill).await)?.into_bytes()
    };
    let place = match outcome {
        Outcome::Right => None,
        Outcome::WrongData => text.get_mut(20),
        Outcome::WrongValue => text.last_mut(),
    };
    if let Some(character) = place {
        *character = if *character == b'0' { b'1' } else { b'0' };
    }
    Ok(text)
}

/// A message, with its tag behind it; a wrong one is changed in the message or in the tag.
fn sealed(secrets: &Secrets, outcome: Outcome, random: &mut Random) -> Result<Vec<u8>, Error> {
    let (key, mut data) = (Key::aes(&secrets.key)?, random.bytes(53));
    let nonce = Nonce::reserved(NONCE);
    let tag = gcm_seal(&key, &nonce, AAD, &mut data)?;
    data.extend_from_slice(&tag);
    spoil(&mut data, outcome);
    Ok(data)
}

/// The PIN that a card gets; what is compared are its other keys, of integrity and its own.
fn chip_pin(
    secrets: &mut Secrets,
    outcome: Outcome,
    random: &mut Random,
) -> Result<Vec<u8>, Error> {
    secrets.claimed = random.bytes(32);
    pin(secrets, Format::Iso0, outcome, random).map(|(block, _)| block)
}

/// A serial number with as many ones in its counter as a device has.
fn ksn(base: Algorithm, random: &mut Random) -> Vec<u8> {
    let (bytes, counter) = match base {
        Algorithm::Tdes => (10, 0x3FF_u32 << random.below(12)),
        Algorithm::Aes => (12, 0xFFFF << random.below(17)),
    };
    let mut ksn = random.bytes(bytes);
    if let Some(end) = ksn.last_chunk_mut::<4>() {
        let device = if base == Algorithm::Tdes { 0xFFE0_0000 } else { 0 };
        *end = (u32::from_be_bytes(*end) & device | counter).to_be_bytes();
    }
    ksn
}

/// Wrong data is a component of zeros, a wrong value a sum that is weak.
fn components(secrets: &mut Secrets, algorithm: Algorithm, outcome: Outcome) -> Vec<u8> {
    let weak = [WEAK, [0x23; 8]].concat();
    match (outcome, algorithm) {
        (Outcome::Right, _) => {}
        (Outcome::WrongValue, Algorithm::Tdes) => {
            secrets.second = secrets.key.iter().zip(weak).map(|(one, two)| one ^ two).collect();
        }
        _ => secrets.second = vec![0; COMPONENT],
    }
    Vec::new()
}

/// A serial number and a track under its key, the PAN with the right check digit or another.
fn track(secrets: &Secrets, outcome: Outcome, random: &mut Random) -> Result<Vec<u8>, Error> {
    let mut seen = ksn(Algorithm::Tdes, random);
    let base = Key::tdes(&secrets.key)?;
    let mut pan = secrets.pan[..15].to_vec();
    pan.push(check_digit(&pan));
    if outcome == Outcome::WrongData {
        pan[3] = b'0' + (pan[3] - b'0' + 1) % 10;
    }
    let mut data = [b";", pan.as_slice(), b"=29122010000000000000?"].concat();
    data.resize(40, b' ');
    alone(async |lanes| {
        let key = perform::transaction(&base, &seen).data_key(lanes).await?;
        encrypt(lanes, &key, &Mode::Cbc(&IV), &mut data).await
    })?;
    seen.extend_from_slice(&data);
    Ok(seen)
}

fn check_digit(digits: &[u8]) -> u8 {
    let values = digits.iter().rev().enumerate().map(|(at, digit)| {
        let value = u32::from(digit - b'0');
        if at % 2 == 0 { value * 2 / 10 + value * 2 % 10 } else { value }
    });
    b'0' + ((10 - values.sum::<u32>() % 10) % 10) as u8
}
