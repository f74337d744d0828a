//! User authentication as two jobs around a decision.
// spec: enigma-bridge 4.4

use std::sync::Arc;

use bytes::BytesMut;
use typex_core::error::{ErrorKind, InvalidData, UserAuth};
use typex_core::id::PartitionId;
use typex_core::key::{Material, Usage};
use typex_core::op::user_auth::{
    Account, Answer, FRESH_BYTES, Fresh, RequestDigest, Stored, Tally, decide,
};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::{Done, Opened, Step, UserAuthAnswer, Work};

use crate::harness::*;

const NONCE: [u8; 8] = [8; 8];
const USER: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
const HASH: [u8; 32] = [0x8d; 32];

fn auth(usage: Usage, object: u32) -> Key {
    key(record(usage, object), Material::ContextRoot(Secret::new([9; 32])))
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag, (value.len() >> 8) as u8, value.len() as u8];
    out.extend_from_slice(value);
    out
}

/// A context of a password only, as clients fill it in.
fn new_context() -> Vec<u8> {
    let mut clear = vec![1];
    clear.extend_from_slice(&USER);
    clear.extend_from_slice(&[0, 0, 0, 0, 0, 4]);
    clear.extend(tlv(0x40, &[&[0, 3, 32][..], &HASH].concat()));
    [tlv(0xa3, &[0; 80]), tlv(0xa8, &clear)].concat()
}

fn password(context: &[u8], hash: &[u8]) -> Vec<u8> {
    [tlv(0xa3, context), tlv(0xa4, &[&USER[..], hash].concat())].concat()
}

fn open(world: &World, key: &Key, sealed: BytesMut) -> Result<Step<Opened>, ErrorKind> {
    let work = Work::OpenUserAuth { key: Arc::clone(&key.loaded), sealed };
    let pending = world.shard.submit(grant(key), job(work)).map_err(|error| error.kind)?;
    match world.finish(pending).map_err(|error| error.kind)? {
        Done::Opened(step) => Ok(*step),
        _ => panic!("not an opened request"),
    }
}

/// Asks, decides with `account`, and reads the answer: context, status, account afterwards.
fn ask(
    world: &World,
    key: &Key,
    data: &[u8],
    account: Option<Account>,
) -> Result<(Vec<u8>, u16, Option<Account>), ErrorKind> {
    let sealed = key.seal(NONCE, data);
    let request = RequestDigest::of(key.loaded.record().id, &sealed);
    let Step { value, grant } = open(world, key, sealed)?;
    let tally = Tally { partition: PartitionId([1; 16]), accounts: 0 };
    let fresh = Fresh(Secret::new([3; FRESH_BYTES]));
    let stored = Stored { account, tally };
    let decision = decide(value.attempt, request, stored, &fresh, UnixMs(1_000_000))?;
    let account = decision.change.map(|change| change.account);
    let answer: Answer = decision.answer;
    let work = Work::SealUserAuth {
        key: Arc::clone(&key.loaded),
        answer: UserAuthAnswer { nonce: value.nonce, answer },
    };
    let pending = world.shard.submit(grant, job(work)).map_err(|error| error.kind)?;
    let clear = key.open(NONCE, &sealed_of(world.finish(pending))?);
    assert_eq!(clear[0], 0xa3);
    let len = usize::from(clear[1]) << 8 | usize::from(clear[2]);
    let status = u16::from_be_bytes(clear[clear.len() - 2..].try_into().unwrap());
    Ok((clear[3..3 + len].to_vec(), status, account))
}

#[test]
fn a_context_made_by_one_key_serves_another_of_the_same_root() {
    let world = world();
    let (make, check) = (auth(Usage::UserContextNew, 0x8855), auth(Usage::UserPassword, 0x5599));
    let (context, status, account) = ask(&world, &make, &new_context(), None).unwrap();
    assert_eq!((context.len(), status), (50 / 16 * 16 + 32, 0x9000));
    let right = password(&context, &HASH);
    let (context, status, account) = ask(&world, &check, &right, account).unwrap();
    assert_eq!(status, 0x9000);
    let wrong = password(&context, &[1; 32]);
    let (_, status, _) = ask(&world, &check, &wrong, account).unwrap();
    assert_eq!(status, 0xa065);
}

#[test]
fn a_changed_context_does_not_verify() {
    let world = world();
    let (make, check) = (auth(Usage::UserContextNew, 0x8855), auth(Usage::UserPassword, 0x5599));
    let (mut context, _, account) = ask(&world, &make, &new_context(), None).unwrap();
    context[20] ^= 1;
    let result = ask(&world, &check, &password(&context, &HASH), account);
    assert_eq!(result.err(), Some(ErrorKind::UserAuth(UserAuth::Context)));
    let result = ask(&world, &check, &password(&[], &HASH), None);
    assert_eq!(result.err(), Some(ErrorKind::UserAuth(UserAuth::Context)));
}

#[test]
fn a_broken_envelope_is_told_like_any_other() {
    let (world, key) = (world(), auth(Usage::UserContextNew, 0x8855));
    let sound = key.seal(NONCE, &new_context());
    for at in [0, sound.len() - 17, sound.len() - 1] {
        let mut changed = sound.clone();
        changed[at] ^= 1;
        assert_eq!(open(&world, &key, changed).err(), Some(ErrorKind::VerifyFailed));
    }
    let long = open(&world, &key, BytesMut::zeroed(2048)).err();
    assert_eq!(long, Some(ErrorKind::InvalidData(InvalidData::TooLong)));
}
