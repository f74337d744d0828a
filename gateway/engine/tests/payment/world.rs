//! Payment jobs through a whole engine, on software or on a card.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use typex_abi::{CardKind, Link};
use typex_card::{Board, BoardOptions};
use typex_core::Secret;
use typex_core::error::ErrorKind;
use typex_core::id::{CustodianId, KeyId, PartitionId};
use typex_core::key::payment::{Algorithm, Attributes, ModeOfUse, Usage};
use typex_core::key::{KeyRecord, Material, Usage as KeyUsage};
use typex_core::op::payment::{Done, Dukpt, Mode, Operation, Part, Task};
use typex_core::policy::pair::{End, Pair, PairGrant, PairGrants, Passage};
use typex_core::policy::payment::{Holder, Use, authorize};
use typex_core::policy::{Grant, Verdict};
use typex_core::principal::{Principal, Proof};
use typex_core::time::UnixMs;
use typex_engine::payment::cipher::Nonce;
use typex_engine::payment::{JobKey, KeySource, PaymentJob};
use typex_engine::{
    Card, CardOptions, Done as Answer, Engine, Job, LoadedKey, Options, Pending, Shard, Tuning,
    Work, backend,
};

use crate::older::Older;

/// All modes of data ciphers.
pub(crate) const MODES: [Mode; 9] = [
    Mode::Ecb,
    Mode::Cbc,
    Mode::Cfb,
    Mode::Cfb1,
    Mode::Cfb8,
    Mode::Cfb64,
    Mode::Cfb128,
    Mode::Ofb,
    Mode::Ctr,
];

const OWNER: PartitionId = PartitionId([7; 16]);
const NOW: UnixMs = UnixMs(5);
/// Longer than any job takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// An engine with one core.
pub(crate) struct World {
    pub(crate) shard: Shard,
    card: Option<(Arc<Card>, Board)>,
}

impl World {
    pub(crate) fn soft() -> Self {
        Self::of(Options::default(), None)
    }

    /// Jobs wait for company, so that those submitted together run together.
    pub(crate) fn lanes() -> Self {
        let linger = Duration::from_secs(3600);
        let tuning = Tuning { inline_ns_max: 0, linger, ..Tuning::default() };
        Self::of(Options { tuning, ..Options::default() }, None)
    }

    /// `None` if there is no such card here.
    pub(crate) fn on_card(kind: CardKind) -> Option<Self> {
        if kind == CardKind::Rtl && !typex_card::COSIM {
            return None;
        }
        let board = Board::new(kind, &BoardOptions::default()).unwrap();
        Some(Self::on_board(board.link(), board))
    }

    /// A behavioural card that knows no CTR in programs.
    pub(crate) fn on_older_card() -> Self {
        let board = Board::new(CardKind::Model, &BoardOptions::default()).unwrap();
        Self::on_board(Box::new(Older(board.link())), board)
    }

    fn on_board(link: Box<dyn Link>, board: Board) -> Self {
        let card = Card::start(link, CardOptions::default()).unwrap();
        let backend = backend::find("fpga").unwrap();
        let options = Options { backend, card: Some(Arc::clone(&card)), ..Options::default() };
        Self::of(options, Some((card, board)))
    }

    pub(crate) fn of(options: Options, card: Option<(Arc<Card>, Board)>) -> Self {
        let engine = Engine::start(options).unwrap();
        Self { shard: engine.shard(0).unwrap(), card }
    }

    /// Re-encryptions that a card has done.
    pub(crate) fn on_card_count(&self) -> u64 {
        let Some((card, _)) = &self.card else { return 0 };
        let jobs = card.snapshot().jobs;
        jobs.iter().find(|(name, _)| *name == "reencrypt").unwrap().1
    }

    pub(crate) fn one(&self, job: PaymentJob) -> Result<Done, ErrorKind> {
        self.run(vec![job]).pop().unwrap()
    }

    /// All at once; answers in their order.
    pub(crate) fn run(&self, jobs: Vec<PaymentJob>) -> Vec<Result<Done, ErrorKind>> {
        let now = Instant::now();
        let submit = |job: PaymentJob| {
            let grant = grant(&job);
            let work = Work::Payment(Box::new(job));
            self.shard.submit(grant, Job { work, now, deadline: now + PATIENCE, request_ns: 0 })
        };
        let mut pending: Vec<_> = jobs.into_iter().map(|job| submit(job).unwrap()).collect();
        pending.iter_mut().map(|pending| self.wait(pending)).collect()
    }

    fn wait(&self, pending: &mut Pending) -> Result<Done, ErrorKind> {
        match self.answer(pending)? {
            Answer::Payment(done) => Ok(*done),
            _ => panic!("another answer"),
        }
    }

    pub(crate) fn answer(&self, pending: &mut Pending) -> Result<Answer, ErrorKind> {
        let end = Instant::now() + PATIENCE;
        loop {
            self.shard.flush(Instant::now());
            let mut context = Context::from_waker(Waker::noop());
            match Pin::new(&mut *pending).poll(&mut context) {
                Poll::Ready(Ok(answer)) => return Ok(answer),
                Poll::Ready(Err(error)) => return Err(error.kind),
                Poll::Pending => assert!(Instant::now() < end, "no answer"),
            }
            std::thread::yield_now();
        }
    }
}

/// What policy gives when every pair is granted.
pub(crate) fn grant(job: &PaymentJob) -> Grant {
    let operation = job.task.operation();
    let proof = Proof::Signature;
    let principal = Principal { partition: OWNER, client: None, api_key: None, proof };
    let uses: Vec<_> = job.keys.iter().map(|key| use_of(&job.task, key)).collect();
    match authorize(&principal, operation, &uses, &pairs(operation, &job.keys), NOW) {
        Verdict::Allow(grant) => grant,
        Verdict::Deny(error) => panic!("{:?}: {:?}", operation.name(), error.kind),
    }
}

fn pairs(operation: Operation, keys: &[JobKey]) -> PairGrants {
    let mut pairs = PairGrants::default();
    let Some((passage, (from, to))) = Passage::of(operation).zip(operation.passage()) else {
        return pairs;
    };
    let end = |part: Part| {
        let key = keys.iter().find(|key| key.part == part).unwrap();
        let is_wrapped = matches!(key.source, KeySource::Block { .. });
        End { key: key.loaded().record().id, is_wrapped }
    };
    let pair = Pair { passage, incoming: end(from), outgoing: end(to) };
    let mut grant = PairGrant::new(OWNER, pair, 1, NOW);
    (1..=2).for_each(|by| grant.approve(CustodianId([by; 16])).unwrap());
    pairs.insert(grant).unwrap();
    pairs
}

fn use_of<'a>(task: &'a Task, key: &'a JobKey) -> Use<'a> {
    let holder = match &key.source {
        KeySource::Stored(key) => Holder::Stored(key.record()),
        KeySource::Block { attributes, under, .. } => {
            Holder::Wrapped { attributes, under: under.record() }
        }
    };
    Use { part: key.part, holder, cipher: task.cipher(key.part) }
}

pub(crate) fn job(task: Task, keys: Vec<JobKey>, nonce: Option<[u8; 12]>) -> PaymentJob {
    let mut job = PaymentJob::new(task, keys);
    job.nonce = nonce.map(Nonce::reserved);
    job
}

/// A stored key in a part; its identity follows from what it is.
pub(crate) fn stored(part: Part, key: &Arc<LoadedKey>) -> JobKey {
    JobKey { part, source: KeySource::Stored(Arc::clone(key)), dukpt: None }
}

pub(crate) fn of_transaction(part: Part, key: &Arc<LoadedKey>, dukpt: Dukpt) -> JobKey {
    JobKey { dukpt: Some(dukpt), ..stored(part, key) }
}

/// A key of triple DES or AES by its length; AES where 16 or 24 bytes could be either.
pub(crate) fn load(usage: Usage, mode: ModeOfUse, is_aes: bool, bytes: &[u8]) -> Arc<LoadedKey> {
    let letter = if is_aes { b'A' } else { b'T' };
    load_as(usage, mode, Algorithm::of_block(letter, bytes.len()).unwrap(), bytes)
}

pub(crate) fn load_as(
    usage: Usage,
    mode: ModeOfUse,
    algorithm: Algorithm,
    bytes: &[u8],
) -> Arc<LoadedKey> {
    let material = Material::Symmetric(Secret::new(bytes.to_vec()));
    load_of(Attributes::new(usage, algorithm, mode), bytes, material)
}

/// A key whose identity follows from its usage and `bytes`.
pub(crate) fn load_of(attributes: Attributes, bytes: &[u8], material: Material) -> Arc<LoadedKey> {
    let usage = attributes.usage;
    let mut id = [0; 16];
    let code = usage.code();
    for (at, byte) in code.iter().chain(bytes).enumerate() {
        id[at % 16] ^= byte.rotate_left(at as u32 / 16);
    }
    let usage = KeyUsage::Payment(attributes);
    let record = KeyRecord::first(KeyId(id), OWNER, usage, UnixMs(1));
    let revoked = Arc::new(AtomicBool::new(false));
    Arc::new(LoadedKey::new(record, None, material, revoked).unwrap())
}
