//! The whole flow, with a store of maps and contexts sealed by nothing.

mod malformed;
mod model;
mod statuses;
mod vectors;

use std::collections::HashMap;

use super::*;
use crate::codec::Record;
use crate::id::{KeyId, PartitionId};
use crate::key::Usage;
use crate::secret::Secret;
use crate::time::UnixMs;

const PARTITION: PartitionId = PartitionId([1; 16]);
const USER: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

/// Keeps what decisions change, as bytes.
struct Desk {
    keys: ContextKeys,
    accounts: HashMap<AccountId, Vec<u8>>,
    entries: HashMap<ContextDigest, AccountId>,
    tally: Tally,
    now: UnixMs,
    drawn: u64,
    nonce: u64,
}

/// An answer as a client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    context: Vec<u8>,
    operation: u8,
    user: [u8; 8],
    methods: Vec<(u8, Vec<u8>)>,
    status: u16,
}

/// A request with its nonce: sent twice, it is a resend.
#[derive(Clone, Debug)]
struct Sent {
    usage: Usage,
    data: Vec<u8>,
    nonce: u64,
}

impl Desk {
    fn new() -> Self {
        Self {
            keys: ContextKeys::derive(&Secret::new([9; 32])),
            accounts: HashMap::new(),
            entries: HashMap::new(),
            tally: Tally { partition: PARTITION, accounts: 0 },
            now: UnixMs(1_000_000_000),
            drawn: 0,
            nonce: 0,
        }
    }

    /// A request that is new.
    fn ask(&mut self, usage: Usage, data: &[u8]) -> Result<Told, ErrorKind> {
        let sent = self.compose(usage, data);
        self.send(&sent)
    }

    fn compose(&mut self, usage: Usage, data: &[u8]) -> Sent {
        self.nonce += 1;
        Sent { usage, data: data.to_vec(), nonce: self.nonce }
    }

    fn send(&mut self, sent: &Sent) -> Result<Told, ErrorKind> {
        let message = Message::parse(sent.usage, &sent.data)?;
        let clear = message.protected().map(<[u8]>::to_vec);
        let attempt = message.attempt(&self.keys, clear.as_deref())?;
        let mut sealed = sent.nonce.to_be_bytes().to_vec();
        sealed.extend_from_slice(&sent.data);
        let request = RequestDigest::of(KeyId([2; 16]), &sealed);
        let account = self.entries.get(&attempt.lookup(&request)).map(|id| self.account(*id));
        let stored = Stored { account, tally: self.tally };
        let fresh = self.fresh();
        let decision = decide(attempt, request, stored, &fresh, self.now)?;
        if let Some(change) = decision.change {
            self.apply(change);
        }
        let clear = decision.answer.clear_context();
        assert!(clear.expose().len() <= Context::CLEAR_BYTES_MAX);
        Ok(Told::read(decision.answer.result(clear.expose()).expose()))
    }

    fn account(&self, id: AccountId) -> Account {
        Account::from_bytes(&self.accounts[&id]).expect("was written here")
    }

    fn put(&mut self, account: &Account) {
        self.accounts.insert(account.id(), account.to_bytes().expose().clone());
    }

    /// The account to which a context leads.
    fn account_of(&self, context: &[u8]) -> Account {
        let digest = Context::parse(context).expect("was given out").digest(&self.keys.digests);
        self.account(self.entries[&digest])
    }

    fn apply(&mut self, change: Change) {
        let before = self.accounts.get(&change.account.id());
        let before = before.map_or(0, |bytes| Account::from_bytes(bytes).unwrap().epoch());
        assert_eq!(change.account.epoch(), before + 1);
        for entry in change.forget {
            if self.entries.get(&entry.digest) == Some(&entry.account) {
                self.entries.remove(&entry.digest);
            }
        }
        for entry in change.learn {
            assert_eq!(entry.partition, PARTITION);
            self.entries.insert(entry.digest, entry.account);
        }
        self.put(&change.account);
        self.tally = change.tally.unwrap_or(self.tally);
    }

    fn fresh(&mut self) -> Fresh {
        self.drawn += 1;
        let key = DigestKey::for_test(self.drawn);
        let mut bytes = [0; FRESH_BYTES];
        for (index, chunk) in bytes.chunks_mut(32).enumerate() {
            chunk.copy_from_slice(&key.digest("fresh", &[&[index as u8]])[..chunk.len()]);
        }
        Fresh(Secret::new(bytes))
    }
}

impl DigestKey {
    fn for_test(seed: u64) -> Self {
        let mut root = [0; 32];
        root[..8].copy_from_slice(&seed.to_be_bytes());
        ContextKeys::derive(&Secret::new(root)).digests
    }
}

impl Told {
    /// A reader of its own, so that writer and reader cannot agree on a mistake.
    fn read(mut bytes: &[u8]) -> Self {
        let (tag, context) = take_tlv(&mut bytes);
        assert_eq!(tag, 0xa3);
        let (operation, mut body) = take_tlv(&mut bytes);
        let status = u16::from_be_bytes(bytes.try_into().expect("the status ends the data"));
        let user = take(&mut body, 8).try_into().unwrap();
        let mut methods = Vec::new();
        while !body.is_empty() {
            let (tag, value) = take_tlv(&mut body);
            methods.push((tag, value.to_vec()));
        }
        Self { context: context.to_vec(), operation, user, methods, status }
    }

    /// The secret that the answer tells.
    fn secret(&self) -> Vec<u8> {
        self.methods.iter().find(|(tag, _)| *tag == 0x3f).expect("tells HOTP").1.clone()
    }
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> &'a [u8] {
    let (head, rest) = bytes.split_at(len);
    *bytes = rest;
    head
}

fn take_tlv<'a>(bytes: &mut &'a [u8]) -> (u8, &'a [u8]) {
    let tag = take(bytes, 1)[0];
    let len = take(bytes, 2);
    (tag, take(bytes, usize::from(len[0]) << 8 | usize::from(len[1])))
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag, (value.len() >> 8) as u8, value.len() as u8];
    out.extend_from_slice(value);
    out
}

/// A clear context as clients fill it in: HOTP of so many digits and bytes, a password hash.
fn template(user: [u8; 8], hotp: Option<(u8, usize)>, hash: Option<&[u8]>) -> Vec<u8> {
    let mut out = vec![1];
    out.extend_from_slice(&user);
    out.extend_from_slice(&[0, 0, 0, 0, 0, 4]);
    if let Some((digits, len)) = hotp {
        let mut value = vec![0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 2, digits, len as u8];
        value.extend(std::iter::repeat_n(0x11, len));
        out.extend(tlv(0x3f, &value));
    }
    if let Some(hash) = hash {
        let mut value = vec![0, 3, hash.len() as u8];
        value.extend_from_slice(hash);
        out.extend(tlv(0x40, &value));
    }
    out
}

fn new_context(template: &[u8]) -> Vec<u8> {
    [tlv(0xa3, &[0x5a; 48]), tlv(0xa8, template)].concat()
}

fn about(context: &[u8], tag: u8, user: [u8; 8], rest: &[u8]) -> Vec<u8> {
    [tlv(0xa3, context), tlv(tag, &[&user, rest].concat())].concat()
}

/// A code as clients write it.
fn pairs(code: u64, count: u32) -> Vec<u8> {
    let pair = |index| code / 100_u64.pow(index) % 100;
    (0..count).rev().flat_map(|index| [0, pair(index) as u8]).collect()
}

fn hotp(context: &[u8], code: u64) -> Vec<u8> {
    about(context, 0xa5, USER, &pairs(code, 5))
}

fn password(context: &[u8], hash: &[u8]) -> Vec<u8> {
    about(context, 0xa4, USER, hash)
}

fn update(context: &[u8], method: u8, value: &[u8]) -> Vec<u8> {
    about(context, 0xa7, USER, &tlv(method, value))
}
