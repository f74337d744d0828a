//! The processor's own vector units, through `typex-kernels`.

mod answer;
mod channel;
mod cipher;
mod crypto;
mod envelope;
mod gcm;
mod make_key;
mod object;
mod operate;
mod password;
mod process;
mod random;
mod rsa_key;
mod single;
#[cfg(test)]
mod timing;
mod unwrap;
mod user_auth;

pub use process::run_chains;

use std::sync::Arc;

use arrayvec::ArrayVec;
use typex_core::error::ErrorKind;
use typex_core::secret::Secret;

use super::{Backend, BackendEntry, Capability, Start};
use crate::batch::{Batch, Completion, Completions};
use crate::cipher::{Cipher, CipherJob};
use crate::crypto::CryptoJob;
use crate::job::{Computation, Item, Outcome, Task, Work};
use crate::limits::BATCH_JOBS_MAX;
use crate::payment::operation;
use crate::reserve::Reserve;
use crate::token;

pub(super) const ENTRY: BackendEntry = BackendEntry {
    name: "soft",
    purpose: "computes on the host's cores",
    capabilities: CAPABILITIES,
    computes: true,
    needs_card: false,
    replaces_card: false,
    start,
};

pub(super) fn start(start: &Start) -> Box<dyn Backend> {
    let done = Vec::with_capacity(BATCH_JOBS_MAX);
    Box::new(Soft { done, reserve: start.reserve.clone() })
}

pub(super) const CAPABILITIES: &[Capability] = &[
    capability("ProcessData envelope", "AES-256-CBC and AES-256 CBC-MAC", true),
    capability("encrypt blocks", "AES-128", true),
    capability("decrypt blocks", "AES-128", true),
    capability("random bytes", "AES-256-CTR from a seed of the job", true),
    capability("raw RSA, private", "1024, 2048", false),
    capability("raw RSA, public", "1024, 2048", false),
    capability("user context", "AES-256-CBC under HMAC-SHA-256 as IV", false),
    capability("object", "sealed requests with their length in front, DUKPT key blocks", false),
    capability("unwrap template", "RSAES-PKCS1-v1_5, AES-256-CBC and CBC-MAC", false),
    capability("generate key", "RSA 1024, 2048", false),
    capability("make key", "ECC, EdDSA, RSA, ML-KEM, ML-DSA, AES, HMAC", false),
    capability("HMAC", "SHA-256, -384, -512, SHA3-256, -384, -512", false),
    capability("sign and verify", "ECDSA, Ed25519, Ed448 with ph and ctx, ML-DSA, RSA", false),
    capability("encrypt and decrypt", "RSA-OAEP, RSAES-PKCS1-v1_5", false),
    capability("agree", "P-256, P-384, P-521, secp256k1, X25519, X448", false),
    capability("encapsulate", "ML-KEM-512, -768, -1024", false),
    capability("GCM, IV of 16 bytes", "AES-128, -192, -256", false),
    capability("key wrap", "RFC 3394, AES-128, -192, -256", false),
    capability("payment key", "drawn, TR-31 A to E, RSA-OAEP; RSA 2048, 3072, 4096", false),
    capability("import key", "RSA 1024, 2048 from CRT parts", false),
    capability("password", "argon2id", false),
    capability("ECB", "AES-128, -192, -256", true),
    capability("CBC", "AES-128, -192, -256", true),
    capability("CTR", "AES-128, -192, -256", false),
    capability("GCM", "AES-128, -192, -256", false),
    capability("CMAC", "AES-128, -192, -256", true),
    capability("CBC-MAC", "AES-128, -192, -256", true),
    capability("re-encryption", "AES-CBC, GCM, CTR, ECB to AES-CBC, GCM, CTR", false),
    capability("payment data", "TDES, AES, ECB to CTR; AES-GCM; DUKPT, EMV", true),
    capability("payment data", "RSA-OAEP, RSAES-PKCS1-v1_5", false),
    capability("payment re-encryption", "any of these to TDES, AES, RSA-OAEP", true),
    capability("payment PIN", "ISO 9564-1 formats 0, 1, 3, 4, IBM 3624, VISA PVV, DUKPT", true),
    capability("payment MAC", "ISO 9797-1 algorithms 1 and 3, CMAC, DUKPT, EMV", true),
    capability("payment MAC", "HMAC-SHA-224, -256, -384, -512", false),
    capability("payment card", "CVV, CVC, iCVV, CVC3", true),
    capability("payment chip", "EMV cryptograms, answers, PIN change", true),
    capability("token", "FF1, AES-256; random, sealed by AES-256-GCM", true),
    capability("payment key block", "TR-31 A to E as a key of a request", true),
];

const fn capability(operation: &'static str, algorithm: &'static str, lanes: bool) -> Capability {
    Capability { operation, algorithm, lanes }
}

struct Soft {
    done: Vec<Completion>,
    reserve: Option<Arc<Reserve>>,
}

impl Backend for Soft {
    fn capabilities(&self) -> &'static [Capability] {
        CAPABILITIES
    }

    fn submit(&mut self, batch: &mut Batch) -> usize {
        let count = batch.items().len().min(BATCH_JOBS_MAX);
        let lanes =
            if count > 1 { run_lanes(&mut batch.items_mut()[..count]) } else { Lanes::new() };
        let mut lanes = lanes.into_iter();
        // Items are large, so they are not taken out one by one.
        for item in &mut batch.items_mut()[..count] {
            let result = match lanes.next().flatten() {
                Some(Ok(Some(outcome))) => Ok(outcome),
                Some(result) => result.and_then(|_| sealed(&mut item.task)),
                None => run(&mut item.task, self.reserve.as_deref()),
            };
            self.done.push(Completion { tag: item.tag, result });
        }
        batch.drop_oldest(count);
        count
    }

    fn poll(&mut self, completions: &mut Completions) -> usize {
        completions.append(&mut self.done)
    }

    fn run(&mut self, task: &mut Task) -> Option<Result<Outcome, ErrorKind>> {
        Some(run(task, self.reserve.as_deref()))
    }
}

/// By place in the batch: the outcome, or none if it is in the task's own buffer. `None`: not in
/// lanes.
type Lanes = ArrayVec<Option<Result<Option<Outcome>, ErrorKind>>, BATCH_JOBS_MAX>;

/// Runs what the batch holds side by side.
fn run_lanes(items: &mut [Item]) -> Lanes {
    let mut results: Lanes = items.iter().map(|_| None).collect();
    run_process(items, &mut results);
    run_payments(items, &mut results);
    run_tokens(items, &mut results);
    run_private(items, &mut results);
    if items.iter().any(|item| matches!(item.task.work, Computation::Cipher(_))) {
        single::IN_LANES.into_iter().for_each(|cipher| run_cipher(cipher, items, &mut results));
    }
    results
}

fn run_process(items: &mut [Item], results: &mut Lanes) {
    let mut at = ArrayVec::<usize, BATCH_JOBS_MAX>::new();
    let mut chains = ArrayVec::<process::Chain<'_>, BATCH_JOBS_MAX>::new();
    for (index, item) in items.iter_mut().enumerate() {
        let seed = item.task.seed.as_ref();
        if let Computation::Client(Work::Process { key, sealed }) = &mut item.task.work
            && let Ok(chain) = process::Chain::new(key, sealed, seed)
        {
            at.push(index);
            chains.push(chain);
        }
    }
    for (at, result) in at.into_iter().zip(process::run_lanes(&mut chains)) {
        results[at] = Some(result.map(|()| None));
    }
}

/// All steps of all payment operations together.
fn run_payments(items: &[Item], results: &mut Lanes) {
    let mut at = ArrayVec::<usize, BATCH_JOBS_MAX>::new();
    let mut jobs = ArrayVec::<operation::Seeded<'_>, BATCH_JOBS_MAX>::new();
    for (index, item) in items.iter().enumerate() {
        if let Computation::Client(Work::Payment(job)) = &item.task.work {
            at.push(index);
            jobs.push((job, item.task.seed.as_ref()));
        }
    }
    if jobs.is_empty() {
        return;
    }
    for (at, result) in at.into_iter().zip(operation::run_lanes(&jobs)) {
        results[at] = Some(result.map(|done| Some(Outcome::Payment(Box::new(done)))));
    }
}

/// All steps of all operations on tokens together.
fn run_tokens(items: &[Item], results: &mut Lanes) {
    let mut at = ArrayVec::<usize, BATCH_JOBS_MAX>::new();
    let mut jobs = ArrayVec::<token::Seeded<'_>, BATCH_JOBS_MAX>::new();
    for (index, item) in items.iter().enumerate() {
        if let Computation::Client(Work::Token(job)) = &item.task.work {
            at.push(index);
            jobs.push((job, item.task.seed.as_ref()));
        }
    }
    if jobs.is_empty() {
        return;
    }
    for (at, result) in at.into_iter().zip(token::run_jobs(&jobs)) {
        results[at] = Some(result.map(|done| Some(Outcome::Token(Box::new(done)))));
    }
}

/// All signatures and decryptions of RSA together.
fn run_private(items: &[Item], results: &mut Lanes) {
    let mut at = ArrayVec::<usize, BATCH_JOBS_MAX>::new();
    let mut jobs = ArrayVec::<&CryptoJob, BATCH_JOBS_MAX>::new();
    for (index, item) in items.iter().enumerate() {
        if let Computation::Client(Work::Crypto(job)) = &item.task.work
            && job.private_modulus_len().is_some()
        {
            at.push(index);
            jobs.push(job);
        }
    }
    if jobs.len() > 1 {
        for (at, result) in at.into_iter().zip(crypto::run_private(&jobs)) {
            results[at] = Some(result.map(Some));
        }
    }
}

fn run_cipher(cipher: Cipher, items: &mut [Item], results: &mut Lanes) {
    let mut jobs = ArrayVec::<&mut CipherJob, BATCH_JOBS_MAX>::new();
    for (item, result) in items.iter_mut().zip(results) {
        if let Computation::Cipher(job) = &mut item.task.work
            && job.cipher == cipher
            && job.check().is_ok()
        {
            jobs.push(job);
            *result = Some(Ok(None));
        }
    }
    if !jobs.is_empty() {
        single::run_lanes(cipher, &mut jobs);
    }
}

fn sealed(task: &mut Task) -> Result<Outcome, ErrorKind> {
    match &mut task.work {
        Computation::Client(Work::Process { sealed, .. }) => {
            Ok(Outcome::Sealed(std::mem::take(sealed)))
        }
        Computation::Cipher(job) => Ok(Outcome::Sealed(std::mem::take(&mut job.data))),
        _ => Err(ErrorKind::Internal),
    }
}

/// What a job draws from.
type Seed = Secret<[u8; 32]>;

/// What became of one.
type Ran = Result<Outcome, ErrorKind>;

fn run(task: &mut Task, reserve: Option<&Reserve>) -> Ran {
    match &mut task.work {
        Computation::Client(Work::Process { key, sealed }) => {
            process::run_one(process::Chain::new(key, sealed, task.seed.as_ref())?)?;
            Ok(Outcome::Sealed(std::mem::take(sealed)))
        }
        Computation::Client(work) => run_rare(work, task.seed.as_ref(), reserve),
        Computation::Password(job) => password::run(job),
        Computation::Cipher(job) => single::run(job).map(Outcome::Sealed),
        Computation::Reencrypt(job) => gcm::reencrypt(job).map(Outcome::Sealed),
    }
}

fn run_rare(work: &mut Work, seed: Option<&Seed>, reserve: Option<&Reserve>) -> Ran {
    match work {
        Work::Process { .. } => Err(ErrorKind::Internal),
        Work::OpenUserAuth { key, sealed } => {
            let opened = user_auth::open(key, std::mem::take(sealed))?;
            Ok(Outcome::Opened(Box::new(opened)))
        }
        Work::SealUserAuth { key, answer } => user_auth::seal(key, answer).map(Outcome::Sealed),
        Work::OpenObject { key, sealed } => {
            let opened = object::open(key, std::mem::take(sealed))?;
            Ok(Outcome::Object(Box::new(opened)))
        }
        Work::SealObject { key, answer } => object::seal(key, answer).map(Outcome::Sealed),
        Work::SessionKey { key, asked, fill } => {
            object::session_key(key, asked, fill).map(Outcome::SessionKey)
        }
        Work::Unwrap { key, import } => {
            let seed = seed.ok_or(ErrorKind::Internal)?;
            unwrap::run(key, import, seed).map(Outcome::Template)
        }
        Work::MakeKey(make) => make_key::run(make, reserve),
        Work::Crypto(job) => crypto::run(job),
        Work::Payment(job) => {
            operation::run((job, seed)).map(|done| Outcome::Payment(Box::new(done)))
        }
        Work::Seal(job) => job.run().map(Outcome::Messages),
        Work::Token(job) => token::run_job((job, seed)).map(|done| Outcome::Token(Box::new(done))),
        // They come as jobs of a cipher.
        Work::Blocks(_) => Err(ErrorKind::Internal),
        Work::PaymentKey(job) => job.run(reserve).map(|done| Outcome::PaymentKey(Box::new(done))),
        Work::GenerateRsa { bits } => rsa_key::generate(*bits, reserve),
        Work::ImportRsa { parts, modulus_bytes } => rsa_key::import(parts, *modulus_bytes),
    }
}
