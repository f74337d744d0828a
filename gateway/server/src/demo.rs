//! The objects that the public clients' own tests and samples use, under the API keys that they
//! use. Only in stores made for development. Private keys are made anew for each store.
// spec: enigma-bridge 3.1

use typex_core::key::{Channel, KeyName, KeyRecord, Material, Origin, Usage};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, Secret, UnixMs};
use typex_engine::RsaPrivate;
use typex_store::{Mark, NewKey, Store, Tx, system_clock};

use crate::gateway::IMPORT_KEY;
use crate::{hem, registration};

/// API keys of the demo client.
const API_KEYS: [&str; 2] = ["TEST_API", "API_TEST"];

/// Published channel keys of the AES objects.
const CHANNEL_A: [[u8; 32]; 2] = [
    hex(b"e134567890123456789012345678901234567890123456789012345678901234"),
    hex(b"e224262820223456789012345678901234567890123456789012345678901234"),
];
/// Published channel keys of the other objects.
const CHANNEL_B: [[u8; 32]; 2] = [
    hex(b"1234567890123456789012345678901234567890123456789012345678901234"),
    hex(b"2224262820223456789012345678901234567890123456789012345678901234"),
];

/// Published application key of the two AES objects.
const AES_KEY: [u8; 16] = hex(b"11223344556677889900aabbccddeeff");

const fn hex<const N: usize>(digits: &[u8]) -> [u8; N] {
    match const_hex::const_decode_to_array(digits) {
        Ok(bytes) => bytes,
        Err(_) => panic!("not hex of this length"),
    }
}

/// One demo object.
struct Demo {
    object: u32,
    foreign_type: u32,
    usage: Usage,
    channel: [[u8; 32]; 2],
}

const fn demo(object: u32, foreign_type: u32, usage: Usage, channel: [[u8; 32]; 2]) -> Demo {
    Demo { object, foreign_type, usage, channel }
}

const RSA_1024: Usage = Usage::RsaPrivate { modulus_bytes: 128 };
const RSA_2048: Usage = Usage::RsaPrivate { modulus_bytes: 256 };

const OBJECTS: [Demo; 11] = [
    demo(0xee01, 0x04, Usage::EncryptBlocks, CHANNEL_A),
    demo(0xee02, 0x0f, Usage::DecryptBlocks, CHANNEL_A),
    demo(0x7654, 0x05, RSA_1024, CHANNEL_B),
    demo(0x9876, 0x06, RSA_2048, CHANNEL_B),
    demo(0x0010, 0x05, RSA_1024, CHANNEL_B),
    demo(0x0011, 0x06, RSA_2048, CHANNEL_B),
    demo(0x77ee, 0x10, Usage::Random, CHANNEL_B),
    demo(0x8855, 0x09, Usage::UserContextNew, CHANNEL_B),
    demo(0x5588, 0x08, Usage::UserHotp, CHANNEL_B),
    demo(0x5599, 0x0a, Usage::UserPassword, CHANNEL_B),
    demo(0x55aa, 0x0b, Usage::UserContextUpdate, CHANNEL_B),
];

/// Makes what is missing: the import key in every store, the demo objects in one for development.
///
/// # Errors
/// [`ErrorKind::Storage`], or [`ErrorKind::Internal`] when keys cannot be made.
pub(crate) fn furnish(store: &Store) -> Result<(), Error> {
    let service = PartitionId::SERVICE;
    let furnished = store.read(move |tx| Ok(exists(tx, service, IMPORT_KEY))).wait()?;
    if furnished {
        return Ok(());
    }
    let now = system_clock();
    let import_key = import_key(now)?;
    let demo = if store.mark() == Mark::Development { demo_keys(now)? } else { Vec::new() };
    let made = store.write(move |tx| {
        create(tx, service, import_key)?;
        if !demo.is_empty() {
            let client = registration::demo_client(tx, &API_KEYS, now)?;
            demo.into_iter().try_for_each(|key| create(tx, client.partition, key))?;
            hem::first(tx)?;
        }
        Ok(())
    });
    made.wait()
}

fn exists(tx: &Tx, partition: PartitionId, object: u32) -> bool {
    tx.key_record(partition, KeyName::Object(object)).is_ok()
}

fn create(tx: &mut Tx, partition: PartitionId, mut key: NewKey) -> Result<(), Error> {
    key.record.id = KeyId(tx.random()?);
    key.record.partition = partition;
    tx.create_key(key).map(drop)
}

fn import_key(now: UnixMs) -> Result<NewKey, Error> {
    let record = record(IMPORT_KEY, 0, Usage::ImportUnwrap, now);
    Ok(NewKey { record, channel: None, material: rsa(2048)? })
}

/// The RSA objects of one size share one key, so that a first start stays short.
fn demo_keys(now: UnixMs) -> Result<Vec<NewKey>, Error> {
    let (small, large) = (rsa(1024)?, rsa(2048)?);
    let mut root = [0; 32];
    aws_lc_rs::rand::fill(&mut root).map_err(|_| ErrorKind::Internal)?;
    let root = Material::ContextRoot(Secret::new(root));
    let keys = OBJECTS.iter().map(|demo| NewKey {
        record: record(demo.object, demo.foreign_type, demo.usage, now),
        channel: Some(channel(demo.channel)),
        material: match demo.usage {
            Usage::EncryptBlocks | Usage::DecryptBlocks => Material::Aes128(Secret::new(AES_KEY)),
            Usage::RsaPrivate { modulus_bytes: 128 } => small.clone(),
            Usage::RsaPrivate { .. } => large.clone(),
            usage if usage.is_user_auth() => root.clone(),
            _ => Material::None,
        },
    });
    Ok(keys.collect())
}

fn rsa(bits: u32) -> Result<Material, Error> {
    let failed = |error| Error::from(ErrorKind::Internal).with_source(error);
    let key = RsaPrivate::generate(bits).map_err(failed)?;
    let der = key.to_der().map_err(failed)?;
    Ok(Material::RsaPrivate(Secret::new(der.to_vec())))
}

fn channel([enc, mac]: [[u8; 32]; 2]) -> Channel {
    Channel { enc: Secret::new(enc), mac: Secret::new(mac) }
}

fn record(object: u32, foreign_type: u32, usage: Usage, now: UnixMs) -> KeyRecord {
    KeyRecord {
        object: Some(object),
        origin: Origin::Service,
        foreign_type,
        ..KeyRecord::first(KeyId([0; 16]), PartitionId::SERVICE, usage, now)
    }
}
