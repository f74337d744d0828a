//! User authentication from sealed request to sealed answer, with a store of maps between the two
//! jobs.
// spec: enigma-bridge 4.4, 8

use std::collections::HashMap;
use std::sync::Arc;

use bytes::BytesMut;
use typex_core::codec::Record;
use typex_core::error::{ErrorKind, InvalidData, Malformed, UserAuth};
use typex_core::id::PartitionId;
use typex_core::key::{Material, Usage};
use typex_core::op::user_auth::{
    Account, AccountId, ContextDigest, FRESH_BYTES, Fresh, RequestDigest, Stored, Tally, decide,
};
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_engine::{Done, Step, UserAuthAnswer, Work};

use crate::harness::*;

const HASH: [u8; 32] = [5; 32];
const USER: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

struct Desk {
    world: World,
    new: Key,
    hotp: Key,
    password: Key,
    update: Key,
    accounts: HashMap<AccountId, Vec<u8>>,
    entries: HashMap<ContextDigest, AccountId>,
    tally: Tally,
    drawn: u8,
}

impl Desk {
    fn new() -> Self {
        let root = || Material::ContextRoot(Secret::new([3; 32]));
        let of = |usage, object| key(record(usage, object), root());
        Self {
            world: world(),
            new: of(Usage::UserContextNew, 0x8855),
            hotp: of(Usage::UserHotp, 0x5588),
            password: of(Usage::UserPassword, 0x5599),
            update: of(Usage::UserContextUpdate, 0x55aa),
            accounts: HashMap::new(),
            entries: HashMap::new(),
            tally: Tally { partition: PartitionId([1; 16]), accounts: 0 },
            drawn: 0,
        }
    }

    fn ask(&mut self, key: &Key, nonce: u8, data: &[u8]) -> Result<Vec<u8>, ErrorKind> {
        let sealed = key.seal([nonce; 8], data);
        let answer = self.send(key, sealed)?;
        Ok(key.open([nonce; 8], &answer))
    }

    fn send(&mut self, key: &Key, sealed: BytesMut) -> Result<BytesMut, ErrorKind> {
        let request = RequestDigest::of(key.loaded.record().id, &sealed);
        let work = Work::OpenUserAuth { key: Arc::clone(&key.loaded), sealed };
        let pending = self.world.shard.submit(grant(key), job(work)).map_err(|error| error.kind)?;
        let done = self.world.finish(pending).map_err(|error| error.kind)?;
        let Done::Opened(step) = done else { panic!("not opened") };
        let Step { value: opened, grant } = *step;
        let found = self.entries.get(&opened.attempt.lookup(&request));
        let account = found.map(|id| Account::from_bytes(&self.accounts[id]).unwrap());
        self.drawn += 1;
        let fresh = Fresh(Secret::new([self.drawn; FRESH_BYTES]));
        let stored = Stored { account, tally: self.tally };
        let decision = decide(opened.attempt, request, stored, &fresh, UnixMs(1))?;
        if let Some(change) = decision.change {
            for entry in change.forget {
                self.entries.remove(&entry.digest);
            }
            for entry in change.learn {
                self.entries.insert(entry.digest, entry.account);
            }
            let bytes = change.account.to_bytes().expose().clone();
            self.accounts.insert(change.account.id(), bytes);
            self.tally = change.tally.unwrap_or(self.tally);
        }
        let answer = UserAuthAnswer { nonce: opened.nonce, answer: decision.answer };
        let work = Work::SealUserAuth { key: Arc::clone(&key.loaded), answer };
        let pending = self.world.shard.submit(grant, job(work)).map_err(|error| error.kind)?;
        sealed_of(self.world.finish(pending))
    }
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    [&[tag, (value.len() >> 8) as u8, value.len() as u8], value].concat()
}

fn new_data() -> Vec<u8> {
    let mut clear = hex(concat!(
        "01000000000000000100000000000",
        "43f001d0003000000000000000002061011223344556677881122334455667788400023000320",
    ));
    clear.extend_from_slice(&HASH);
    [tlv(0xa3, &[0; 112]), tlv(0xa8, &clear)].concat()
}

fn context(answer: &[u8]) -> Vec<u8> {
    assert_eq!(answer[0], 0xa3);
    let len = usize::from(answer[1]) << 8 | usize::from(answer[2]);
    answer[3..3 + len].to_vec()
}

fn status(answer: &[u8]) -> u16 {
    u16::from_be_bytes(answer[answer.len() - 2..].try_into().unwrap())
}

fn login(context: &[u8], hash: &[u8]) -> Vec<u8> {
    [tlv(0xa3, context), tlv(0xa4, &[&USER[..], hash].concat())].concat()
}

#[test]
fn contexts_go_round_and_resends_get_the_same_bytes() {
    let mut desk = Desk::new();
    let keys = [&desk.new, &desk.hotp, &desk.password, &desk.update].map(Clone::clone);
    let [new, hotp, password, update] = &keys;
    let sealed = new.seal([1; 8], &new_data());
    let first = desk.send(new, sealed.clone()).unwrap();
    assert_eq!(first, desk.send(new, sealed).unwrap());
    let made = new.open([1; 8], &first);
    assert_eq!((status(&made), context(&made).len()), (0x9000, 112));
    assert_eq!(desk.tally.accounts, 1);

    let old = context(&made);
    let right = desk.ask(password, 2, &login(&old, &HASH)).unwrap();
    assert_eq!(status(&right), 0x9000);
    for (nonce, expected) in [(3, 0xa065), (4, 0xa065), (5, 0xa065), (6, 0xa063)] {
        let wrong = desk.ask(password, nonce, &login(&old, &[6; 32])).unwrap();
        assert_eq!(status(&wrong), expected, "the old context does not bring tries back");
    }
    let wrong = [tlv(0xa3, &old), tlv(0xa5, &[&USER[..], &[0, 99, 0, 99, 0, 99, 0, 99]].concat())];
    assert_eq!(status(&desk.ask(hotp, 7, &wrong.concat()).unwrap()), 0xa0b0);
    assert_eq!(status(&desk.ask(hotp, 8, &wrong.concat()).unwrap()), 0xa0b1);
    let reset = [tlv(0xa3, &old), tlv(0xa7, &[&USER[..], &[0x3e, 0, 0]].concat())].concat();
    assert_eq!(status(&desk.ask(update, 9, &reset).unwrap()), 0x9000);
    assert_eq!(status(&desk.ask(hotp, 10, &wrong.concat()).unwrap()), 0xa0b0);
}

#[test]
fn no_tampering_gets_past_the_seals() {
    let mut desk = Desk::new();
    let (new, password) = (desk.new.clone(), desk.password.clone());
    let made = desk.ask(&new, 1, &new_data()).unwrap();
    let sealed = password.seal([2; 8], &login(&context(&made), &HASH));
    for at in 0..sealed.len() {
        let mut bent = sealed.clone();
        bent[at] ^= 1;
        assert_eq!(desk.send(&password, bent), Err(ErrorKind::VerifyFailed), "{at}");
    }
    let opened = ErrorKind::UserAuth(UserAuth::Context);
    for at in 0..112 {
        let mut bent = context(&made);
        bent[at] ^= 1;
        assert_eq!(desk.ask(&password, 3, &login(&bent, &HASH)), Err(opened), "{at}");
    }
    for len in [0, 1, 15, 16, 17, 31, 32, 96, 111, 128, 900] {
        let mut other = context(&made);
        other.resize(len, 0);
        assert_eq!(desk.ask(&password, 4, &login(&other, &HASH)), Err(opened), "{len}");
    }
    assert!(desk.ask(&password, 5, &login(&context(&made), &HASH)).is_ok());
}

/// CBC-MAC accepts the join of two recorded messages; nothing may come of it.
#[test]
fn two_messages_joined_are_broken() {
    let mut desk = Desk::new();
    let (new, password) = (desk.new.clone(), desk.password.clone());
    let made = desk.ask(&new, 1, &new_data()).unwrap();
    let first = password.seal([2; 8], &login(&context(&made), &HASH));
    let second = password.seal([3; 8], &login(&context(&made), &[6; 32]));
    let (body, tag) = first.split_at(first.len() - 16);
    let mut joined = BytesMut::from(body);
    joined.extend_from_slice(&second);
    for (byte, tag) in joined[body.len()..].iter_mut().zip(tag) {
        *byte ^= tag;
    }
    let before = desk.accounts.clone();
    assert_eq!(desk.send(&password, joined), Err(ErrorKind::Malformed(Malformed::Structure)));
    assert_eq!(desk.accounts, before);
}

#[test]
fn a_request_beyond_the_limit_is_refused_unseen() {
    let mut desk = Desk::new();
    let new = desk.new.clone();
    let refused = desk.send(&new, BytesMut::zeroed(2048));
    assert_eq!(refused, Err(ErrorKind::InvalidData(InvalidData::TooLong)));
}
