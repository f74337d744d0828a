//! Known answers as jobs of the engine.

use std::sync::Arc;

use typex_core::Secret;
use typex_core::error::ErrorKind;
use typex_core::key::payment::{Algorithm, MacHash, ModeOfUse, Usage};
use typex_core::op::payment::{
    Card, Cipher, Direction, Done, Dukpt, Encrypted, Mac, MacMethod, MacPadding, Mode, Part,
    PinBlock, PinForm, Task,
};
use typex_engine::LoadedKey;
use typex_engine::payment::pin_block::{Fill, Format, encrypt};
use typex_engine::payment::{Key, Pan, Pin};

use crate::harness::{Fields, Vector, alone, hex, upper};
use crate::world::{World, job, load, load_as, of_transaction, stored};

const BOTH: ModeOfUse = ModeOfUse::Both;
const MACS: ModeOfUse = ModeOfUse::GenerateAndVerify;

/// Runs a row that is what a job gives; says whether it is.
pub(crate) fn run(world: &World, vector: &Vector) -> bool {
    match vector.op.as_str() {
        "cipher" => encipher(world, vector),
        "reencrypt" => reencrypt(world, vector),
        "reencrypt.inverse" => refused_tag(world, vector),
        "mac.cmac" => cmac(world, vector),
        "mac.hmac" => hmac(world, vector),
        "mac.iso9797" if vector.input.number("padding") < 3 => iso9797(world, vector),
        "card.cvv" => card_value(world, vector),
        "pin.visa_pvv" if vector.output.maybe("pvv").is_some() => pvv(world, vector),
        "pin.translate" if exact(vector) => translation(world, vector),
        "dukpt.tdes.txn" => transaction(world, vector),
        _ => return false,
    }
    true
}

fn secret(bytes: impl AsRef<[u8]>) -> Secret<Vec<u8>> {
    Secret::new(bytes.as_ref().to_vec())
}

fn is_aes(fields: &Fields, name: &str) -> bool {
    fields.maybe(name).is_some_and(|name| name.starts_with("AES"))
}

fn cipher(fields: &Fields) -> Cipher {
    let mode = match fields.text("mode") {
        "ECB" => Mode::Ecb,
        "CBC" => Mode::Cbc,
        "CTR" => Mode::Ctr,
        "GCM" => {
            let (nonce, tag) = (Some(fields.array("nonce")), fields.maybe("tag"));
            let tag = tag.map(|_| fields.array("tag"));
            return Cipher::Gcm { aad: Some(fields.hex("aad")), nonce, tag };
        }
        other => panic!("{other}"),
    };
    Cipher::Block { mode, iv: fields.maybe("iv").map(hex) }
}

fn nonce(fields: &Fields) -> Option<[u8; 12]> {
    fields.maybe("nonce").map(|_| fields.array("nonce"))
}

fn encrypted(done: Result<Done, ErrorKind>, expected: &Fields) {
    let Ok(Done::Encrypted(Encrypted { ciphertext, tag, .. })) = done else {
        panic!("not enciphered: {:?}", done.err())
    };
    assert_eq!(upper(ciphertext), expected.text("ciphertext"));
    assert_eq!(tag.map(upper).as_deref(), expected.maybe("tag"));
}

fn encipher(world: &World, vector: &Vector) {
    let (input, output) = (&vector.input, &vector.output);
    let key = load(Usage::DATA, BOTH, true, &input.hex("key"));
    let plaintext = secret(input.hex("plaintext"));
    let task = Task::Encrypt { cipher: cipher(input), plaintext };
    encrypted(world.one(job(task, vec![stored(Part::Data, &key)], nonce(input))), output);
}

fn dukpt(fields: &Fields, ksn: &str, direction: Direction) -> Dukpt {
    use typex_core::op::payment::DukptKeyType;
    let of = |name: &str| fields.maybe(name).map(|_| DukptKeyType::Aes128);
    let key_type = of("type").or_else(|| of("in_type"));
    Dukpt { ksn: fields.hex(ksn), key_type, direction }
}

fn reencrypt(world: &World, vector: &Vector) {
    let (from, to) = (vector.input.inner("in"), vector.input.inner("out"));
    let incoming = match from.maybe("bdk") {
        Some(bdk) => {
            let base =
                load(Usage::BASE, ModeOfUse::Derive, from.maybe("type").is_some(), &hex(bdk));
            of_transaction(Part::Incoming, &base, dukpt(&from, "ksn", Direction::Request))
        }
        None => {
            let key = load(Usage::DATA, BOTH, is_aes(&from, "alg"), &from.hex("key"));
            stored(Part::Incoming, &key)
        }
    };
    let outgoing = load(Usage::DATA, BOTH, is_aes(&to, "alg"), &to.hex("key"));
    let task = Task::ReEncrypt {
        incoming: cipher(&from),
        outgoing: cipher(&to),
        ciphertext: from.hex("ciphertext"),
        track: None,
    };
    let keys = vec![incoming, stored(Part::Outgoing, &outgoing)];
    encrypted(world.one(job(task, keys, nonce(&to))), &vector.output);
}

/// Also as re-encryption to another AES key, which a card runs.
fn refused_tag(world: &World, vector: &Vector) {
    let key = load(Usage::DATA, BOTH, true, &vector.input.hex("key"));
    let other = load(Usage::DATA, BOTH, true, &[3; 16]);
    let incoming = || {
        let fields = &vector.input;
        let (nonce, tag) = (Some(fields.array("nonce")), Some(fields.array("tag")));
        Cipher::Gcm { aad: Some(fields.hex("aad")), nonce, tag }
    };
    let ciphertext = vector.input.hex("ciphertext");
    let task = Task::Decrypt { cipher: incoming(), ciphertext: ciphertext.clone() };
    let expected = vector.error().map(ErrorKind::from);
    assert_eq!(world.one(job(task, vec![stored(Part::Data, &key)], None)).err(), expected);
    let outgoing = Cipher::Gcm { aad: None, nonce: None, tag: None };
    let task = Task::ReEncrypt { incoming: incoming(), outgoing, ciphertext, track: None };
    let keys = vec![stored(Part::Incoming, &key), stored(Part::Outgoing, &other)];
    assert_eq!(world.one(job(task, keys, Some([1; 12]))).err(), expected);
}

/// Makes a MAC and checks it.
fn mac(
    world: &World,
    method: MacMethod,
    padding: MacPadding,
    vector: (&Fields, &str),
    key: MacKey,
) {
    let (input, expected) = vector;
    let of = || Mac { method, hash: None, padding, message: secret(input.hex("data")), chip: None };
    let keys = || vec![key.part()];
    let length = u8::try_from(expected.len() / 2).ok();
    let made = world.one(job(Task::GenerateMac { mac: of(), length }, keys(), None));
    let Ok(Done::Mac(made)) = made else { panic!("no MAC: {:?}", made.err()) };
    assert_eq!(upper(&made), expected);
    let task = Task::VerifyMac { mac: of(), claimed: made };
    assert!(matches!(world.one(job(task, keys(), None)), Ok(Done::Verified(None))));
}

/// A key for MACs, of a transaction or not.
struct MacKey<'a>(&'a Arc<LoadedKey>, Option<Dukpt>);

impl MacKey<'_> {
    fn part(&self) -> typex_engine::payment::JobKey {
        match &self.1 {
            Some(dukpt) => of_transaction(Part::Mac, self.0, dukpt.clone()),
            None => stored(Part::Mac, self.0),
        }
    }
}

fn cmac(world: &World, vector: &Vector) {
    let (input, expected) = (&vector.input, vector.output.text("mac"));
    let key = load(Usage::CMAC, MACS, is_aes(input, "alg"), &input.hex("key"));
    mac(world, MacMethod::Cmac, MacPadding::Zeros, (input, expected), MacKey(&key, None));
}

fn hmac(world: &World, vector: &Vector) {
    let (input, expected) = (&vector.input, vector.output.text("mac"));
    let hash = match input.text("hash") {
        "sha224" => MacHash::Sha224,
        "sha256" => MacHash::Sha256,
        "sha384" => MacHash::Sha384,
        _ => MacHash::Sha512,
    };
    let key = load_as(Usage::HMAC, MACS, Algorithm::Hmac(hash), &input.hex("key"));
    mac(world, MacMethod::Hmac, MacPadding::Zeros, (input, expected), MacKey(&key, None));
}

fn iso9797(world: &World, vector: &Vector) {
    let (input, output) = (&vector.input, &vector.output);
    let padding = if input.number("padding") == 1 { MacPadding::Zeros } else { MacPadding::Bit };
    for (method, usage, name) in [
        (MacMethod::Iso1, Usage::MAC_1, "alg1_tdes"),
        (MacMethod::Iso16609, Usage::MAC_16609, "alg1_tdes"),
        (MacMethod::Iso3, Usage::MAC_3, "alg3"),
    ] {
        let key = load(usage, MACS, false, &input.hex("key"));
        mac(world, method, padding, (input, output.text(name)), MacKey(&key, None));
    }
}

fn card_value(world: &World, vector: &Vector) {
    let (input, expected) = (&vector.input, vector.output.text("cvv"));
    let key = load(Usage::CARD, MACS, false, &input.hex("cvk"));
    let card = || Card {
        pan: secret(input.text("pan")),
        expiry: secret(input.text("expiry")),
        service_code: secret(input.text("service_code")),
    };
    let keys = || vec![stored(Part::Card, &key)];
    let task = Task::GenerateCardValue { card: card(), length: 3 };
    let Ok(Done::CardValue(value)) = world.one(job(task, keys(), None)) else { panic!("no value") };
    assert_eq!(value.expose(), expected.as_bytes());
    let task = Task::VerifyCardValue { card: card(), claimed: value };
    assert!(matches!(world.one(job(task, keys(), None)), Ok(Done::Verified(None))));
}

/// A PIN in a block of format 0.
fn block(key: &[u8], pin: &str, pan: &str) -> PinBlock {
    let (key, pin) = (Key::tdes(key).unwrap(), Pin::parse(pin.as_bytes()).unwrap());
    let (number, fill) = (Pan::parse(pan.as_bytes()).unwrap(), Fill::given([0; 16]));
    let made = alone!(encrypt(&key, Format::Iso0, &pin, Some(&number), &fill)).unwrap();
    PinBlock { form: PinForm { format: 0, pan: Some(secret(pan)) }, block: made }
}

fn pvv(world: &World, vector: &Vector) {
    let (input, expected) = (&vector.input, vector.output.text("pvv"));
    let verification = load(Usage::PIN_VISA, MACS, false, &input.hex("pvk"));
    let pin_key = load(Usage::PIN, BOTH, false, &[0x31; 16]);
    let (pan, index) = (input.text("pan"), input.text("pvki").parse().unwrap());
    let pin = || block(&[0x31; 16], input.text("pin"), pan);
    let task = Task::GenerateValueVisa { pin: pin(), pan: secret(pan), index };
    let keys = vec![stored(Part::PinIn, &pin_key), stored(Part::Generation, &verification)];
    let Ok(Done::Pin { value: Some(value), .. }) = world.one(job(task, keys, None)) else {
        panic!("no value")
    };
    assert_eq!(value.expose(), expected.as_bytes());
    for length in [None, u8::try_from(input.text("pin").len()).ok(), Some(9)] {
        let (pin, pan) = (pin(), secret(pan));
        let task = Task::VerifyPinVisa { pin, pan, index, value: value.clone(), length };
        let keys = vec![stored(Part::PinIn, &pin_key), stored(Part::Verification, &verification)];
        let verified = world.one(job(task, keys, None));
        assert_eq!(verified.is_ok(), length != Some(9), "{length:?}");
    }
}

/// Whether all of the block follows from the row: a job's fill is random.
fn exact(vector: &Vector) -> bool {
    vector.output.maybe("block").is_some() && vector.input.number("out_format") == 0
}

fn translation(world: &World, vector: &Vector) {
    let input = &vector.input;
    let incoming = match input.maybe("in_bdk") {
        Some(bdk) => {
            let aes = input.maybe("in_type").is_some();
            let base = load(Usage::BASE, ModeOfUse::Derive, aes, &hex(bdk));
            of_transaction(Part::Incoming, &base, dukpt(input, "in_ksn", Direction::Both))
        }
        None => {
            let key = load(Usage::PIN, BOTH, is_aes(input, "in_alg"), &input.hex("in_key"));
            stored(Part::Incoming, &key)
        }
    };
    let key = load(Usage::PIN, BOTH, is_aes(input, "out_alg"), &input.hex("out_key"));
    let form = |name: &str| {
        let format = u8::try_from(input.number(name)).unwrap();
        PinForm { format, pan: Some(secret(input.text("pan"))) }
    };
    let task = Task::TranslatePin {
        incoming: PinBlock { form: form("in_format"), block: input.hex("block") },
        outgoing: form("out_format"),
    };
    let done = world.one(job(task, vec![incoming, stored(Part::Outgoing, &key)], None));
    let Ok(Done::PinBlock(block)) = done else { panic!("no block: {:?}", done.err()) };
    assert_eq!(upper(block), vector.output.text("block"));
}

/// What a device and its host exchange in one transaction.
fn transaction(world: &World, vector: &Vector) {
    let (input, output) = (&vector.input, &vector.output);
    let base = load(Usage::BASE, ModeOfUse::Derive, false, &input.hex("bdk"));
    let mut data = input.text("data_ascii").as_bytes().to_vec();
    data.resize(data.len().next_multiple_of(8), 0);
    for (direction, cbc, mac3) in [
        (Direction::Request, "data_req_cbc", "mac_req_alg3_pad1_4"),
        (Direction::Response, "data_resp_cbc", "mac_resp_alg3_pad1_4"),
    ] {
        let cipher = Cipher::Block { mode: Mode::Cbc, iv: None };
        let task = Task::Encrypt { cipher, plaintext: secret(&data) };
        let keys = vec![of_transaction(Part::Data, &base, dukpt(input, "ksn", direction))];
        let done = world.one(job(task, keys, None));
        let Ok(Done::Encrypted(done)) = done else { panic!("{:?}", done.err()) };
        assert_eq!(upper(done.ciphertext), output.text(cbc));
        let mac = Mac {
            method: MacMethod::DukptIso3,
            hash: None,
            padding: MacPadding::Zeros,
            message: secret(input.text("data_ascii")),
            chip: None,
        };
        let keys = vec![of_transaction(Part::Mac, &base, dukpt(input, "ksn", direction))];
        let done = world.one(job(Task::GenerateMac { mac, length: Some(4) }, keys, None));
        let Ok(Done::Mac(done)) = done else { panic!("{:?}", done.err()) };
        assert_eq!(upper(done), output.text(mac3));
    }
    translated(world, vector, &base);
}

/// The device's PIN block, translated to a key under which it is compared.
fn translated(world: &World, vector: &Vector, base: &Arc<LoadedKey>) {
    let input = &vector.input;
    let key = load(Usage::PIN, BOTH, false, &[0x31; 16]);
    let form = || PinForm { format: 0, pan: Some(secret(input.text("pan"))) };
    let incoming = PinBlock { form: form(), block: vector.output.hex("enc_pin_block_f0") };
    let task = Task::TranslatePin { incoming, outgoing: form() };
    let dukpt = dukpt(input, "ksn", Direction::Both);
    let keys = vec![of_transaction(Part::Incoming, base, dukpt), stored(Part::Outgoing, &key)];
    let done = world.one(job(task, keys, None));
    let Ok(Done::PinBlock(found)) = done else { panic!("no block: {:?}", done.err()) };
    assert_eq!(found, block(&[0x31; 16], input.text("pin"), input.text("pan")).block);
}
