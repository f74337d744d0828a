//! Records of a batch by what carries them out.
// spec: stream 5

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use typex_core::KeyId;
use typex_core::key::KeyName;
use typex_core::op::crypto::Crypto;
use typex_core::op::process_data::ProcessData;
use typex_core::op::{payment, token};
use typex_dialect::stream::{Seal, Work};
use typex_engine::crypto_ns;
use typex_engine::payment::{Message, SealJob};

use crate::gateway::bulk::{Member, Subject};
use crate::gateway::caller::Caller;
use crate::gateway::core::Inner;
use crate::gateway::payment::price;

/// Who asks: partition, and on whom it counts.
type Who = ([u8; 16], [u8; 16]);

/// Records by id.
type Records<T> = Vec<(u32, Box<T>)>;

/// Records of ProcessData, with the keys and callers that they have in common.
#[derive(Default)]
pub(super) struct Process {
    pub(super) subjects: Vec<Subject>,
    pub(super) ids: Vec<u32>,
    pub(super) members: Vec<Member>,
    places: HashMap<(*const Caller, KeyName), usize>,
}

/// Messages that GCM seals under one key for one caller.
pub(super) struct Seals {
    pub(super) caller: Rc<Caller>,
    pub(super) key: KeyId,
    pub(super) ids: Vec<u32>,
    pub(super) messages: Vec<Message>,
}

/// What is carried out together.
pub(super) enum Group {
    /// All of their kind, which fill lanes.
    Process(Process),
    /// Those of a key and a caller.
    Seals(Seals),
    /// Those of a caller, each as if it came after the answer to the one before: failures of a
    /// card count.
    Payments(Rc<Caller>, Records<payment::Call>),
    /// Those of a caller of one kind, which share commits.
    Tokens(Rc<Caller>, Records<token::Call>),
    /// Use of a key of an instance, under this handle: each goes its way alone.
    Crypto(u32, u32, Box<Crypto>),
}

/// Records of a batch.
#[derive(Default)]
pub(super) struct Sorted {
    process: Process,
    seals: Vec<Seals>,
    payments: BTreeMap<Who, (Rc<Caller>, Records<payment::Call>)>,
    tokens: BTreeMap<(Who, token::Operation), (Rc<Caller>, Records<token::Call>)>,
    cryptos: Vec<(u32, u32, Box<Crypto>)>,
    work_ns: u64,
}

impl Sorted {
    /// Adds a record of a handle.
    pub(super) fn add(
        &mut self,
        inner: &Inner,
        (id, handle): (u32, u32),
        caller: Rc<Caller>,
        work: Work,
    ) {
        let work_ns = match work {
            Work::Process(key, request) => {
                let subject = self.process.subject(inner, caller, key);
                self.process.add(id, subject, request)
            }
            Work::Seal(key, seal) => self.seal(id, caller, (key, seal)),
            Work::Payment(call) => {
                let work_ns = price(&call);
                let who = who(&caller);
                let group = self.payments.entry(who).or_insert_with(|| (caller, Vec::new()));
                group.1.push((id, call));
                work_ns
            }
            Work::Token(call) => {
                let work_ns = inner.token_price_ns(caller.principal.partition, &call);
                let place = (who(&caller), call.task.operation());
                let group = self.tokens.entry(place).or_insert_with(|| (caller, Vec::new()));
                group.1.push((id, call));
                work_ns
            }
            Work::Crypto(crypto) => {
                let work_ns = crypto_ns(&crypto.call);
                self.cryptos.push((id, handle, crypto));
                work_ns
            }
        };
        self.work_ns = self.work_ns.saturating_add(work_ns);
    }

    /// Adds a message; its work. Most follow one of the same key, and one handle has one caller for
    /// the whole batch.
    fn seal(&mut self, id: u32, caller: Rc<Caller>, (key, seal): (KeyId, Seal)) -> u64 {
        let Seal { aad, data } = seal;
        let work_ns = SealJob::price_ns(data.len());
        // Nonces are drawn once it is known that there will be a job.
        let message = Message { nonce: [0; 12], aad, data, tag: [0; 16] };
        let is_theirs = |one: &&mut Seals| one.key == key && Rc::ptr_eq(&one.caller, &caller);
        match self.seals.iter_mut().rev().find(is_theirs) {
            Some(group) => {
                group.ids.push(id);
                group.messages.push(message);
            }
            None => self.seals.push(Seals { caller, key, ids: vec![id], messages: vec![message] }),
        }
        work_ns
    }

    /// Estimated work of all.
    pub(super) fn work_ns(&self) -> u64 {
        self.work_ns
    }

    pub(super) fn groups(self) -> impl Iterator<Item = Group> {
        let payments = self.payments.into_values().map(|(who, calls)| Group::Payments(who, calls));
        let tokens = self.tokens.into_values().map(|(who, calls)| Group::Tokens(who, calls));
        let process = (!self.process.ids.is_empty()).then_some(Group::Process(self.process));
        let crypto = |(id, handle, crypto)| Group::Crypto(id, handle, crypto);
        let seals = self.seals.into_iter().map(Group::Seals);
        let payments = seals.chain(payments);
        payments.chain(tokens).chain(process).chain(self.cryptos.into_iter().map(crypto))
    }
}

fn who(caller: &Caller) -> Who {
    (caller.principal.partition.0, caller.principal.counted_on())
}

impl Process {
    /// Adds a record of a subject; its work.
    fn add(&mut self, id: u32, subject: usize, request: ProcessData) -> u64 {
        let work_ns = self.subjects[subject].price_ns(&request);
        self.ids.push(id);
        self.members.push((subject, request));
        work_ns
    }

    /// The place of a key and its user, which are looked up once.
    fn subject(&mut self, inner: &Inner, caller: Rc<Caller>, key: KeyName) -> usize {
        // One handle has one caller for the whole batch.
        *self.places.entry((Rc::as_ptr(&caller), key)).or_insert_with(|| {
            self.subjects.push(inner.subject(caller, key));
            self.subjects.len() - 1
        })
    }
}
