//! What operations on tokens of all cores share.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use typex_core::op::token::Task;
use typex_core::policy::quota::{Distinct, Quota, QuotaKey, Row};
use typex_core::principal::Principal;
use typex_core::token::DomainName;
use typex_core::token::domain::DomainRecord;
use typex_core::{Error, ErrorKind, PartitionId, Secret, UnixMs};
use typex_store::{Fill, Purpose, Store, system_clock};

use super::pace::Pace;

/// Domains of which it is remembered, until the next sweep, that patterns get full: what operators
/// are told names some, `typex tokens levels` has them all.
const FULL_MAX: usize = 64;

/// What was asked for, and what is remembered to tell operators.
pub struct Tokens {
    quota: Mutex<Quota>,
    key: QuotaKey,
    pace: Mutex<Pace>,
    full: Mutex<BTreeMap<(PartitionId, DomainName), u64>>,
}

impl Tokens {
    /// Reads back what was reserved before. Blocks on the store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(store: &Store) -> Result<Self, Error> {
        let mut quota = Quota::default();
        quota.restore(&store.read(|tx| tx.quota_rows()).wait()?, system_clock());
        let root = Secret::new(store.lookup_digest(Purpose::Pan, b"token quota"));
        Ok(Self {
            quota: Mutex::new(quota),
            key: QuotaKey::new(root),
            pace: Mutex::default(),
            full: Mutex::new(BTreeMap::new()),
        })
    }

    /// The quotas in memory.
    pub(super) fn quota(&self) -> MutexGuard<'_, Quota> {
        // Counts stay counts, whatever panicked beside them.
        self.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far sweeps of tokens went.
    pub(super) fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that rows are durable.
    pub(super) fn are_durable<'a>(&self, rows: impl IntoIterator<Item = &'a Row>) {
        let mut quota = self.quota();
        rows.into_iter().for_each(|row| quota.durable(row));
    }

    /// Counts what a task asks about, as far as it says so itself.
    ///
    /// # Errors
    /// [`ErrorKind::Quota`] if that is too much: nothing is to be computed. What the layout does
    /// not take.
    // spec: payments 10.4
    pub(super) fn charge(
        &self,
        principal: &Principal,
        task: &Task,
        domain: &DomainRecord,
        now: UnixMs,
    ) -> Result<Option<Row>, Error> {
        let what = match task {
            Task::Detokenize { .. } => {
                let meter = self.key.told(principal.counted_on(), domain);
                return self.quota().charge(&meter, None, now).map_err(told);
            }
            // Counted once it is deciphered.
            Task::TokenizeTransport { .. } => return Ok(None),
            Task::Tokenize { value, .. } => Distinct::Value(value.expose()),
            task => Distinct::Token(task.token().unwrap_or_default()),
        };
        self.charge_distinct(principal, domain, what, now)
    }

    /// Counts a value or a token.
    ///
    /// # Errors
    /// As [`charge`](Self::charge); then there is no answer either.
    pub(super) fn charge_distinct(
        &self,
        principal: &Principal,
        domain: &DomainRecord,
        what: Distinct<'_>,
        now: UnixMs,
    ) -> Result<Option<Row>, Error> {
        let asked = self.key.distinct(principal.counted_on(), domain, what);
        let Some((meter, tag)) = asked.map_err(ErrorKind::from)? else { return Ok(None) };
        self.quota().charge(&meter, Some(tag), now).map_err(told)
    }

    /// Remembers that a pattern of a domain gets full.
    pub(super) fn fills(&self, partition: PartitionId, domain: &DomainName, fill: Fill) {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        let id = (partition, domain.clone());
        if full.len() < FULL_MAX || full.contains_key(&id) {
            let most = full.entry(id).or_default();
            *most = fill.permille.max(*most);
        }
    }

    /// Domains in which patterns got fuller since this was last asked, with the fullest of each in
    /// thousandths.
    pub(super) fn filled(&self) -> BTreeMap<(PartitionId, DomainName), u64> {
        std::mem::take(&mut *self.full.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn told(wait_ms: u64) -> Error {
    let wait_s = wait_ms.div_ceil(1000).max(1);
    let text =
        format!("Too many different values or tokens within an hour, ask again in {wait_s} s");
    Error::new(ErrorKind::Quota, text).retry_after(wait_s)
}
