//! What operations on tokens of all cores share.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use typex_core::op::token::{Operation, Task};
use typex_core::policy::quota::{Asked, Meter, PatternId, Quota, QuotaKey, Row, ValueTag};
use typex_core::principal::Principal;
use typex_core::token::domain::DomainRecord;
use typex_core::token::{DomainName, Pattern};
use typex_core::{Error, ErrorKind, PartitionId, Secret, UnixMs};
use typex_store::{Fill, Purpose, Store};

/// Domains of which it is remembered, until the next sweep, that patterns get full: what operators
/// are told names some, `typex tokens levels` has them all.
const FULL_MAX: usize = 64;

/// What was asked for, and what is remembered to tell operators.
pub struct Tokens {
    quota: Mutex<Quota>,
    key: QuotaKey,
    full: Mutex<BTreeMap<(PartitionId, DomainName), u64>>,
}

impl Tokens {
    /// Reads back what was reserved before. Blocks on the store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(store: &Store) -> Result<Self, Error> {
        let mut quota = Quota::default();
        quota.restore(&store.read(|tx| tx.quota_rows()).wait()?);
        let root = Secret::new(store.lookup_digest(Purpose::Pan, b"token quota"));
        Ok(Self {
            quota: Mutex::new(quota),
            key: QuotaKey::new(root),
            full: Mutex::new(BTreeMap::new()),
        })
    }

    /// The quotas in memory.
    pub(super) fn quota(&self) -> MutexGuard<'_, Quota> {
        // Counts stay counts, whatever panicked beside them.
        self.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that rows are durable.
    pub(super) fn are_durable<'a>(&self, rows: impl IntoIterator<Item = &'a Row>) {
        let mut quota = self.quota();
        rows.into_iter().for_each(|row| quota.durable(row));
    }

    /// Counts what a task asks for, in each of its domains.
    ///
    /// # Errors
    /// [`ErrorKind::Quota`] if that is too much: nothing is to be computed. What the layout does
    /// not take.
    pub(super) fn charge(
        &self,
        principal: &Principal,
        task: &Task,
        domains: impl IntoIterator<Item = DomainRecord>,
        now: UnixMs,
    ) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        for domain in domains {
            let (value, is_token) = match task {
                Task::Tokenize { value, .. } => (value.expose().as_slice(), false),
                task => (task.token().unwrap_or_default(), true),
            };
            let asked = match task.operation() {
                Operation::Detokenize => {
                    self.values_meter(principal, &domain).map(|meter| (meter, None))
                }
                operation if operation.has_distinct_quota() => {
                    self.tokens_meter(principal, &domain, value, is_token)?
                }
                _ => None,
            };
            let Some((meter, tag)) = asked else { continue };
            rows.extend(self.quota().charge(&meter, tag, now).map_err(told)?);
        }
        Ok(rows)
    }

    fn values_meter(&self, principal: &Principal, domain: &DomainRecord) -> Option<Meter> {
        let caller = caller(principal);
        let owner = self.key.owner(Asked::Values, domain.partition, caller, &domain.name);
        let limit = domain.limits.detokenize_per_hour;
        Some(Meter { owner, pattern: PatternId::ONLY, limit })
    }

    fn tokens_meter(
        &self,
        principal: &Principal,
        domain: &DomainRecord,
        value: &[u8],
        is_token: bool,
    ) -> Result<Option<(Meter, Option<ValueTag>)>, Error> {
        let free = domain.layout.free_values(value.len()).map_err(ErrorKind::from)?;
        let Some(limit) = domain.limits.distinct_per_hour(free) else { return Ok(None) };
        let caller = caller(principal);
        let owner = self.key.owner(Asked::Tokens, domain.partition, caller, &domain.name);
        let pattern = Pattern::of(&domain.layout, value).map_err(ErrorKind::from)?;
        let pattern = self.key.pattern(&pattern);
        let tag = self.key.value(is_token, value);
        Ok(Some((Meter { owner, pattern, limit }, Some(tag))))
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

/// The API key or access key, or whatever else is known of who asks.
fn caller(principal: &Principal) -> [u8; 16] {
    let client = principal.client.map(|client| client.0);
    principal.api_key.map(|key| key.0).or(client).unwrap_or(principal.partition.0)
}

fn told(wait_ms: u64) -> Error {
    let wait_s = wait_ms.div_ceil(1000).max(1);
    let text =
        format!("Too many different values or tokens within an hour, ask again in {wait_s} s");
    Error::new(ErrorKind::Quota, text).retry_after(wait_s)
}
