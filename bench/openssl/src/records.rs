//! The records and what the lanes make of them.

use typex_engine::payment::cipher::{Mode, Nonce};
use typex_engine::payment::dukpt::{CounterRule, Direction, Dukpt};
use typex_engine::payment::dukpt_aes::KeyType;
use typex_engine::payment::key_block::{
    self, Contents, Exportability, Form, Header, KeyAlgorithm, ModeOfUse, Usage, Version, Writing,
};
use typex_engine::payment::lanes::{Lanes, alone};
use typex_engine::payment::pin_block::{EncryptedPin, Fill, Format, encrypt};
use typex_engine::payment::pin_translate::{self, translate};
use typex_engine::payment::reencrypt::{
    Incoming, KeySource, Opening, Outgoing, Sealing, reencrypt,
};
use typex_engine::payment::{Error, Key, Pan, Pin};

use crate::{Answers, Failure};

/// Ones of the counters, at most.
const ONES_MAX: u32 = 10;
pub(crate) const IV: [u8; 8] = [0; 8];
pub(crate) const NONCE: [u8; 12] = [0xA5; 12];
pub(crate) const AAD: &[u8] = b"tenant-1|key-7|1";

/// Data and a PIN of a device, and the keys of both sides.
pub(crate) struct Record {
    pub(crate) number: usize,
    pub(crate) base: Key,
    pub(crate) ksn: [u8; 10],
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) outgoing: Key,
    pub(crate) pin_key: Key,
    pan: Pan,
    pub(crate) pan_digits: Vec<u8>,
    pub(crate) pin_block: Vec<u8>,
    pub(crate) random: [u8; 8],
    pub(crate) block_d: (Key, String),
    pub(crate) block_b: (Key, String),
}

impl Record {
    pub(crate) fn all(count: usize) -> Result<Vec<Self>, Failure> {
        let mut state = 7;
        (0..count).map(|number| Self::draw(number, &mut state)).collect()
    }

    fn draw(number: usize, state: &mut u64) -> Result<Self, Failure> {
        let base = Key::tdes(&drawn::<16>(state))?;
        let ksn = serial(state);
        let pan_digits = drawn::<16>(state).map(|byte| b'0' + byte % 10).to_vec();
        let pan = Pan::parse(&pan_digits)?;
        let protection = (Key::aes(&drawn::<16>(state))?, Key::tdes(&drawn::<16>(state))?);
        let pin = Pin::parse(&drawn::<4>(state).map(|byte| b'0' + byte % 10))?;
        let dukpt = of_device(&base, &ksn);
        let pin_block = alone(async |lanes| {
            let key = dukpt.pin_key(lanes).await?;
            encrypt(lanes, &key, Format::Iso0, &pin, Some(&pan), &Fill::given([0; 16])).await
        })?;
        Ok(Self {
            number,
            ciphertext: drawn::<48>(state).to_vec(),
            outgoing: Key::aes(&drawn::<32>(state))?,
            pin_key: Key::aes(&drawn::<16>(state))?,
            random: drawn(state),
            block_d: written(protection.0, Version::D, drawn(state), drawn(state))?,
            block_b: written(protection.1, Version::B, drawn(state), drawn(state))?,
            base,
            ksn,
            pan,
            pan_digits,
            pin_block,
        })
    }
}

fn drawn<const N: usize>(state: &mut u64) -> [u8; N] {
    std::array::from_fn(|_| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (*state >> 56) as u8
    })
}

/// A serial number with a counter from anywhere in the life of a device.
fn serial(state: &mut u64) -> [u8; 10] {
    loop {
        let [a, b, c] = drawn::<3>(state);
        let counter = u32::from_be_bytes([0, a & 0x1F, b, c]);
        if (1..=ONES_MAX).contains(&counter.count_ones()) {
            let [d, e, f, g, h] = drawn(state);
            return [0xFF, 0xFF, d, e, f, g, h, a | 0xE0, b, c];
        }
    }
}

fn of_device<'a>(base: &'a Key, ksn: &'a [u8; 10]) -> Dukpt<'a> {
    let (rule, direction) = (CounterRule::Strict, Direction::Request);
    Dukpt { base, ksn, rule, direction, key_type: KeyType::Tdes2, devices: None }
}

fn written(
    protection: Key,
    version: Version,
    key: [u8; 16],
    random: [u8; 32],
) -> Result<(Key, String), Failure> {
    let header = Header {
        version,
        usage: Usage::DATA,
        algorithm: KeyAlgorithm::Tdes,
        mode: ModeOfUse::Both,
        key_version: *b"00",
        exportability: Exportability::Trusted,
        context: 0,
    };
    let bytes = key_block::fill_bytes(version, header.algorithm, key.len(), Form::Long);
    let fill = key_block::Fill { key: &random[..bytes], text: b"" };
    let contents = Contents { header: &header, blocks: &[], key: &key };
    let text = alone(async |lanes| {
        key_block::write(lanes, &protection, contents, &fill, Writing::default()).await
    })?;
    Ok((protection, text))
}

async fn reencrypt_one(lanes: &Lanes, record: &Record) -> Result<Vec<u8>, Error> {
    let dukpt = of_device(&record.base, &record.ksn);
    let opening = Opening::Mode(Mode::Cbc(&IV));
    let key = KeySource::Dukpt(&dukpt);
    let incoming = Incoming { key, opening, ciphertext: &record.ciphertext };
    let nonce = Nonce::reserved(NONCE);
    let sealing = Sealing::Gcm { nonce: &nonce, aad: AAD };
    let outgoing = Outgoing { key: KeySource::Static(&record.outgoing), sealing };
    let mut done = reencrypt(lanes, &incoming, &outgoing, None).await?;
    done.ciphertext.extend_from_slice(&done.tag.unwrap_or_default());
    Ok(done.ciphertext)
}

pub(crate) fn reencrypted(records: &[Record]) -> Result<Answers, Failure> {
    let lanes = Lanes::new();
    let all = records.iter().map(|record| Box::pin(reencrypt_one(&lanes, record)));
    Ok(lanes.run(all.collect()).into_iter().collect::<Result<_, _>>()?)
}

pub(crate) fn reencrypted_alone(records: &[Record]) -> Result<Answers, Failure> {
    let one = |record| alone(async |lanes| reencrypt_one(lanes, record).await);
    Ok(records.iter().map(one).collect::<Result<_, _>>()?)
}

async fn translate_one(lanes: &Lanes, record: &Record) -> Result<Vec<u8>, Error> {
    let (pan, block) = (Some(&record.pan), &record.pin_block);
    let key = of_device(&record.base, &record.ksn).pin_key(lanes).await?;
    let incoming = EncryptedPin { key: &key, format: Format::Iso0, pan, block };
    let random = &record.random;
    let fill = std::array::from_fn(|at| random[at / 2] >> (4 - 4 * (at % 2)) & 0xF);
    let fill = Fill::given(fill);
    let outgoing =
        pin_translate::Outgoing { key: &record.pin_key, format: Format::Iso4, pan, fill: &fill };
    translate(lanes, &incoming, &outgoing).await
}

pub(crate) fn translated(records: &[Record]) -> Result<Answers, Failure> {
    let lanes = Lanes::new();
    let all = records.iter().map(|record| Box::pin(translate_one(&lanes, record)));
    Ok(lanes.run(all.collect()).into_iter().collect::<Result<_, _>>()?)
}

pub(crate) fn translated_alone(records: &[Record]) -> Result<Answers, Failure> {
    let one = |record| alone(async |lanes| translate_one(lanes, record).await);
    Ok(records.iter().map(one).collect::<Result<_, _>>()?)
}

/// Which key block of a record.
type Block = fn(&Record) -> &(Key, String);

async fn open_one(lanes: &Lanes, (protection, text): &(Key, String)) -> Result<Vec<u8>, Error> {
    let opened = key_block::read(lanes, protection, text.as_bytes()).await?;
    Ok(opened.key.expose().clone())
}

pub(crate) fn opened(records: &[Record], block: Block) -> Result<Answers, Failure> {
    let lanes = Lanes::new();
    let all = records.iter().map(|record| Box::pin(open_one(&lanes, block(record))));
    Ok(lanes.run(all.collect()).into_iter().collect::<Result<_, _>>()?)
}

pub(crate) fn opened_alone(records: &[Record], block: Block) -> Result<Answers, Failure> {
    let one = |record| alone(async |lanes| open_one(lanes, block(record)).await);
    Ok(records.iter().map(one).collect::<Result<_, _>>()?)
}
