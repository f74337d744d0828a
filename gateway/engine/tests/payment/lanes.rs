//! Operations in company answer as they do alone.

use std::future::pending;

use proptest::prelude::*;
use typex_core::Secret;
use typex_engine::payment::check_value::CheckValue;
use typex_engine::payment::cipher::{Mode, Nonce, Segment, decrypt, encrypt};
use typex_engine::payment::dukpt::{CounterRule, Direction, Dukpt};
use typex_engine::payment::dukpt_aes::KeyType;
use typex_engine::payment::emv::{self, DerivationOption, MacKey, PanSequence, SessionKey};
use typex_engine::payment::key_block;
use typex_engine::payment::lanes::{Lanes, Tally, alone};
use typex_engine::payment::limits::STEPS_MAX;
use typex_engine::payment::mac::{MacWith, Padding, generate, verify};
use typex_engine::payment::pin_block::{self, EncryptedPin, Fill, Format};
use typex_engine::payment::pin_translate::{Outgoing, translate};
use typex_engine::payment::pin_verify::{DecimalisationTable, Ibm3624, ValidationData, VisaPvv};
use typex_engine::payment::reencrypt::{self, Incoming, KeySource, Opening, Sealing, reencrypt};
use typex_engine::payment::validation_value::{Card, DynamicCard, card_value, cvc3};
use typex_engine::payment::{Algorithm, Digits, Error, Key, Pan, Pin, Track};

/// An operation, and bytes that all its inputs are made of.
#[derive(Clone, Debug)]
struct Sample {
    operation: usize,
    bytes: [u8; 32],
}

type Answer = Result<Vec<u8>, Error>;

impl Sample {
    fn tdes(&self) -> Key {
        let long = self.bytes[0] & 1 == 1;
        Key::tdes(&self.bytes[..if long { 24 } else { 16 }]).unwrap()
    }

    fn tdes_16(&self) -> Key {
        Key::tdes(&self.bytes[8..24]).unwrap()
    }

    fn aes(&self) -> Key {
        let bytes = [16, 24, 32][usize::from(self.bytes[0] % 3)];
        Key::aes(&self.bytes[..bytes]).unwrap()
    }

    fn key(&self, algorithm: Algorithm) -> Key {
        if algorithm == Algorithm::Aes { self.aes() } else { self.tdes() }
    }

    fn format(&self) -> Format {
        Format::ALL[usize::from(self.bytes[1] & 3)]
    }

    fn decimals(&self, count: usize) -> Vec<u8> {
        self.bytes[..count].iter().map(|byte| b'0' + byte % 10).collect()
    }

    fn pan(&self) -> Pan {
        Pan::parse(&self.decimals(12 + usize::from(self.bytes[2] & 7))).unwrap()
    }

    fn pin(&self) -> Pin {
        Pin::parse(&self.decimals(4 + usize::from(self.bytes[3] & 7))).unwrap()
    }

    fn is_bad(&self) -> bool {
        self.bytes[4] & 3 == 0
    }

    /// As many bytes as the sample says, up to 255.
    fn message(&self) -> Vec<u8> {
        self.bytes.iter().cycle().take(usize::from(self.bytes[5])).copied().collect()
    }

    fn blocks(&self) -> Vec<u8> {
        self.bytes.repeat(1 + usize::from(self.bytes[6] & 3))
    }
}

/// How many operations [`perform`] knows.
const OPERATIONS: usize = 20;

async fn perform(lanes: &Lanes, sample: &Sample) -> Answer {
    let with_padding = [Padding::Zeros, Padding::Bit, Padding::Length];
    let padding = with_padding[usize::from(sample.bytes[7] % 3)];
    let (message, of_16) = (sample.message(), sample.tdes_16());
    match sample.operation {
        0 => translated(lanes, sample).await,
        1 => verified(lanes, sample).await,
        2 => of_visa(lanes, sample).await,
        3 => reencrypted(lanes, sample, Algorithm::Tdes).await,
        4 => reencrypted(lanes, sample, Algorithm::Aes).await,
        5 => imported(lanes, sample).await,
        6 => Ok(CheckValue::usual(lanes, &sample.tdes()).await?.bytes().to_vec()),
        7 => Ok(CheckValue::usual(lanes, &sample.aes()).await?.bytes().to_vec()),
        8 => generate(lanes, MacWith::Iso1(&sample.tdes(), padding), &message, 8).await,
        9 => generate(lanes, MacWith::Iso3(&of_16, padding), &message, 4).await,
        10 => generate(lanes, MacWith::Cmac(&sample.tdes()), &message, 8).await,
        11 => generate(lanes, MacWith::Cmac(&sample.aes()), &message, 16).await,
        12 => {
            let wrong = verify(lanes, MacWith::Cmac(&of_16), &message, &sample.bytes[..8]).await;
            wrong.map(|()| Vec::new())
        }
        13 => cards(lanes, sample).await,
        14 => chips(lanes, sample).await,
        15 => through(lanes, &sample.tdes(), &Mode::Cfb(Segment::Bits8, &sample.bytes[..8])).await,
        16 => through(lanes, &sample.aes(), &Mode::Cfb(Segment::Bits1, &sample.bytes[..16])).await,
        17 => through(lanes, &sample.tdes(), &Mode::Ofb(&sample.bytes[..8])).await,
        18 => through(lanes, &sample.aes(), &Mode::Ctr(&sample.bytes[..16])).await,
        _ => through(lanes, &sample.tdes(), &Mode::Cbc(&sample.bytes[..8])).await,
    }
}

/// Encrypted and decrypted; the ciphertext is the answer.
async fn through(lanes: &Lanes, key: &Key, mode: &Mode<'_>) -> Answer {
    let mut data = [7; 24].to_vec();
    encrypt(lanes, key, mode, &mut data[..16]).await?;
    let mut back = data.clone();
    decrypt(lanes, key, mode, &mut back[..16]).await?;
    assert_eq!(back, [7; 24]);
    Ok(data)
}

/// A block of the sample, or something that is none.
async fn block(lanes: &Lanes, sample: &Sample, key: &Key, pan: &Pan) -> Answer {
    let (format, fill) = (sample.format(), Fill::draw(sample.format(), &Secret::new([9; 32]))?);
    let good = pin_block::encrypt(lanes, key, format, &sample.pin(), Some(pan), &fill).await?;
    let bad = sample.bytes[..format.block_bytes()].to_vec();
    Ok(if sample.is_bad() { bad } else { good })
}

async fn translated(lanes: &Lanes, sample: &Sample) -> Answer {
    let (format, pan) = (sample.format(), sample.pan());
    let to = Format::ALL[usize::from(sample.bytes[9] & 3)];
    let (one, two) = (sample.key(format.algorithm()), sample.key(to.algorithm()));
    let block = block(lanes, sample, &one, &pan).await?;
    let incoming = EncryptedPin { key: &one, format, pan: Some(&pan), block: &block };
    let fill = Fill::draw(to, &Secret::new(sample.bytes))?;
    let outgoing = Outgoing { key: &two, format: to, pan: Some(&pan), fill: &fill };
    translate(lanes, &incoming, &outgoing).await
}

async fn verified(lanes: &Lanes, sample: &Sample) -> Answer {
    let (format, pan, key) = (sample.format(), sample.pan(), sample.tdes());
    let own = sample.key(format.algorithm());
    let block = block(lanes, sample, &own, &pan).await?;
    let table = DecimalisationTable::parse(b"8351296477461538")?;
    let validation = ValidationData::parse(&sample.decimals(11), b'F')?;
    let with = Ibm3624 { key: &key, table: &table, validation: &validation };
    let sent = EncryptedPin { key: &own, format, pan: Some(&pan), block: &block };
    let offset = with.offset_of(lanes, &sample.pin()).await?;
    with.verify(lanes, &sent, &offset).await?;
    Ok(offset.ascii().expose().clone())
}

async fn of_visa(lanes: &Lanes, sample: &Sample) -> Answer {
    let (format, pan, key) = (sample.format(), sample.pan(), sample.tdes());
    let own = sample.key(format.algorithm());
    let block = block(lanes, sample, &own, &pan).await?;
    let with = VisaPvv { key: &key, pan: &pan, key_index: sample.bytes[9] & 7 };
    let sent = EncryptedPin { key: &own, format, pan: Some(&pan), block: &block };
    let wrong = with.verify(lanes, &sent, &Digits::parse(b"1358")?).await;
    let value = with.value(lanes, &sent).await?;
    Ok([value.ascii().expose().as_slice(), format!("{wrong:?}").as_bytes()].concat())
}

async fn reencrypted(lanes: &Lanes, sample: &Sample, base: Algorithm) -> Answer {
    let bytes = sample.bytes;
    let (base, key_type) = match base {
        Algorithm::Tdes => (sample.tdes_16(), KeyType::Tdes2),
        Algorithm::Aes => (sample.aes(), KeyType::Aes128),
    };
    let length = if key_type == KeyType::Tdes2 { 10 } else { 12 };
    let rule = if sample.is_bad() { CounterRule::Strict } else { CounterRule::Any };
    let direction = [Direction::Request, Direction::Both][usize::from(bytes[10] & 1)];
    let ksn = &bytes[20..20 + length];
    let dukpt = Dukpt { base: &base, ksn, rule, direction, key_type, devices: None };
    let opening = Opening::Mode(Mode::Cbc(&bytes[..base.block_bytes()]));
    let ciphertext = sample.blocks();
    let incoming = Incoming { key: KeySource::Dukpt(&dukpt), opening, ciphertext: &ciphertext };
    let key = sample.aes();
    let nonce = Nonce::reserved([bytes[11]; 12]);
    let sealing = Sealing::Gcm { nonce: &nonce, aad: &bytes[..7] };
    let outgoing = reencrypt::Outgoing { key: KeySource::Static(&key), sealing };
    let track = (bytes[12] & 7 == 0).then_some(Track::Packed);
    let done = reencrypt(lanes, &incoming, &outgoing, track).await?;
    Ok([done.ciphertext, done.tag.unwrap_or_default().to_vec()].concat())
}

/// Written, changed if the sample is bad, and read.
async fn imported(lanes: &Lanes, sample: &Sample) -> Answer {
    use key_block::{
        Contents, Exportability, Form, Header, KeyAlgorithm, ModeOfUse, Usage, Version, Writing,
    };
    let version =
        [Version::A, Version::B, Version::C, Version::D][usize::from(sample.bytes[10] & 3)];
    let header = Header {
        version,
        usage: Usage::DATA,
        algorithm: KeyAlgorithm::Tdes,
        mode: ModeOfUse::Both,
        key_version: *b"00",
        exportability: Exportability::Trusted,
        context: 0,
    };
    let writing = Writing { form: Form::Long, allows_stronger: true, allows_legacy: true };
    let key = &sample.bytes[8..24];
    let random =
        vec![sample.bytes[13]; key_block::fill_bytes(version, header.algorithm, 16, Form::Long)];
    let fill = key_block::Fill { key: &random, text: b"" };
    let protection = sample.key(version.cipher());
    let contents = Contents { header: &header, blocks: &[], key };
    let text = key_block::write(lanes, &protection, contents, &fill, writing).await?;
    let mut text = text.into_bytes();
    if sample.is_bad() {
        text[40] = if text[40] == b'0' { b'1' } else { b'0' };
    }
    let back = key_block::read(lanes, &protection, &text).await?;
    assert_eq!(back.key.expose(), key);
    Ok(text)
}

async fn cards(lanes: &Lanes, sample: &Sample) -> Answer {
    let (key, pan) = (sample.tdes_16(), sample.pan());
    let card = Card { pan: &pan, expiry: b"2512", service_code: b"101" };
    let value = card_value(lanes, &key, &card, 3).await?;
    let unpredictable_number = [sample.bytes[14]; 4];
    let card = DynamicCard { track_template: &sample.bytes, unpredictable_number, atc: 9 };
    let other = cvc3(lanes, &key, &card).await?;
    Ok([value.ascii().expose().clone(), other.ascii().expose().clone()].concat())
}

async fn chips(lanes: &Lanes, sample: &Sample) -> Answer {
    let (issuer, pan, sequence) = (sample.tdes_16(), sample.pan(), PanSequence::new(7)?);
    let card = emv::master_key(lanes, &issuer, &pan, sequence, DerivationOption::B).await?;
    let atc = u16::from_be_bytes([sample.bytes[15], sample.bytes[16]]);
    let tree = emv::session_key(lanes, &card, SessionKey::Emv2000 { atc }).await?;
    let with = MacKey { key: &tree, padding: Padding::Bit };
    let cryptogram = with.cryptogram(lanes, &sample.message()).await?;
    let claimed = if sample.is_bad() { emv::Cryptogram([0; 8]) } else { cryptogram };
    let verified = with.verify(lanes, &sample.message(), claimed).await?;
    Ok(verified.respond(lanes, *b"00").await?.to_vec())
}

fn together(samples: &[&Sample]) -> Vec<Answer> {
    let lanes = Lanes::new();
    lanes.run(samples.iter().map(|sample| Box::pin(perform(&lanes, sample))).collect())
}

fn any_sample() -> impl Strategy<Value = Sample> {
    (0..OPERATIONS, any::<[u8; 32]>()).prop_map(|(operation, bytes)| Sample { operation, bytes })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn company_order_and_number_change_no_answer(
        samples in prop::collection::vec((any_sample(), any::<u32>()), 1..130),
        split in 1_usize..40,
    ) {
        let mut order: Vec<&(Sample, u32)> = samples.iter().collect();
        let given: Vec<&Sample> = samples.iter().map(|(sample, _)| sample).collect();
        let one_by_one = |sample: &&Sample| alone(async |lanes| perform(lanes, sample).await);
        let expected: Vec<Answer> = given.iter().map(one_by_one).collect();
        prop_assert_eq!(&together(&given), &expected);

        order.sort_by_key(|(_, place)| *place);
        let shuffled: Vec<&Sample> = order.iter().map(|(sample, _)| sample).collect();
        let expected: Vec<Answer> = shuffled.iter().map(one_by_one).collect();
        let pieces: Vec<Answer> = shuffled.chunks(split).flat_map(together).collect();
        prop_assert_eq!(&pieces, &expected);
    }
}

/// Every operation of the property both succeeds and fails, so that it says something of both.
#[test]
fn samples_reach_answers_and_refusals() {
    let mut counts = [[0; 2]; OPERATIONS];
    let mut state = 1_u64;
    for number in 0..OPERATIONS * 40 {
        let bytes = std::array::from_fn(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        });
        let sample = Sample { operation: number % OPERATIONS, bytes };
        let answer = alone(async |lanes| perform(lanes, &sample).await);
        counts[sample.operation][usize::from(answer.is_err())] += 1;
    }
    for (operation, [answered, refused]) in counts.into_iter().enumerate() {
        assert!(answered > 0 || operation == 12, "{operation} is always refused");
        let fails = matches!(operation, 0..=5 | 12 | 14);
        assert!(refused > 0 || !fails, "{operation} is never refused");
    }
}

/// Re-encryptions of data of `counters.len()` devices, each with its own keys.
fn tally_of_devices(counters: &[u32]) -> Tally {
    let devices: Vec<(Key, [u8; 10], Key)> = (1_u8..)
        .zip(counters)
        .map(|(number, counter)| {
            let [_, a, b, c] = (counter | 0xE0_0000).to_be_bytes();
            let ksn = [0xFF, 0xFF, number, 0x76, 0x54, 0x32, 0x10, a, b, c];
            let outgoing = Key::aes(&[number; 32]).unwrap();
            (Key::tdes(&[[number; 8], [!number; 8]].concat()).unwrap(), ksn, outgoing)
        })
        .collect();
    let one = async |lanes: &Lanes, (base, ksn, key): &(Key, [u8; 10], Key)| {
        let (rule, direction) = (CounterRule::Strict, Direction::Request);
        let key_type = KeyType::Tdes2;
        let dukpt = Dukpt { base, ksn, rule, direction, key_type, devices: None };
        let opening = Opening::Mode(Mode::Cbc(&[0; 8]));
        let incoming = Incoming { key: KeySource::Dukpt(&dukpt), opening, ciphertext: &[5; 48] };
        let nonce = Nonce::reserved([3; 12]);
        let sealing = Sealing::Gcm { nonce: &nonce, aad: b"" };
        let outgoing = reencrypt::Outgoing { key: KeySource::Static(key), sealing };
        reencrypt(lanes, &incoming, &outgoing, None).await.map(|_| ())
    };
    let lanes = Lanes::new();
    let answers = lanes.run(devices.iter().map(|device| Box::pin(one(&lanes, device))).collect());
    assert!(answers.iter().all(Result::is_ok));
    lanes.tally()
}

#[test]
fn devices_derive_their_keys_in_full_groups() {
    let alike: Vec<u32> = (0..64).map(|at| 0b11111 << (at % 16)).collect();
    // The initial key, five steps, the step of the data key, the data.
    assert_eq!(tally_of_devices(&alike), Tally { groups: 8, steps: 8 * 64 });

    let mixed: Vec<u32> = (0..64).map(|at| 0x1F_FFFF >> (11 + at % 10)).collect();
    let ones: u32 = mixed.iter().map(|counter| counter.count_ones()).sum();
    let steps = ones as usize + 3 * 64;
    assert_eq!(tally_of_devices(&mixed), Tally { groups: 13, steps });
}

#[test]
fn who_waits_for_something_else_stops_alone() {
    type Operation<'a> = std::pin::Pin<Box<dyn Future<Output = Result<usize, Error>> + 'a>>;
    let key = Key::aes(&[1; 16]).unwrap();
    let lanes = Lanes::new();
    let mac = async || generate(&lanes, MacWith::Cmac(&key), b"", 4).await.map(|mac| mac.len());
    let endless = async || loop {
        mac().await?;
    };
    let operations: Vec<Operation<'_>> =
        vec![Box::pin(mac()), Box::pin(pending()), Box::pin(endless()), Box::pin(mac())];
    let stopped = Err(Error::Internal);
    assert_eq!(lanes.run(operations), [Ok(4), stopped, stopped, Ok(4)]);
    assert_eq!(lanes.tally().steps, 2 + STEPS_MAX);
    let never: Result<(), Error> = alone(async |_| pending().await);
    assert_eq!(never, stopped.map(|_: usize| ()));
}
