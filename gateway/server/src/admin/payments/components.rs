//! Keys that custodians bring in components: dual control, split knowledge.
//!
//! Components are in this process's memory and nowhere else, for as long as
//! [`COMPONENTS_OPEN`] at most.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use typex_core::audit::{Detail, Entry as Logged, Operator};
use typex_core::id::CustodianId;
use typex_core::key::payment::{Algorithm, Attributes, Entry, Exportability, ModeOfUse, Own};
use typex_core::key::{KeyRecord, Material, Origin, Usage};
use typex_core::op::payment::keys::{CheckKind, Life};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, Secret};
use typex_engine::payment::check_value::CheckValue;
use typex_engine::payment::lanes::{self, Lanes};
use typex_engine::payment::{self, component};
use typex_store::{NewKey, Reply, Store, system_clock};

use super::super::perform::{Desk, entry, unknown};
use super::access::malformed;
use super::{ComponentRequest, PaymentAnswer, Progress, key, name as names, pair};
use crate::config::PaymentRules;

/// How long components wait for the others: custodians come one after another to one terminal.
pub(super) const COMPONENTS_OPEN: Duration = Duration::from_secs(15 * 60);
/// Keys that may wait for components at once: each is two or more people at one machine.
const CEREMONIES_MAX: usize = 8;

/// The components that wait for others.
#[derive(Default)]
pub struct Ceremonies {
    pub(super) open: Mutex<BTreeMap<[u8; 16], Ceremony>>,
    begun: Condvar,
}

/// A key that comes in components.
pub(super) struct Ceremony {
    partition: PartitionId,
    attributes: Attributes,
    count: u8,
    components: Vec<(CustodianId, Secret<Vec<u8>>)>,
    until: Instant,
}

impl Ceremonies {
    /// Forgets components whose time is over, as it passes; without end. Tells the store of each,
    /// and waits for nothing but the time.
    pub fn watch(&self, store: &Store) {
        let mut open = self.lock();
        loop {
            let now = Instant::now();
            let over = take_over(&mut open, now);
            if !over.is_empty() {
                drop(open);
                tell(store, over);
                open = self.lock();
                continue;
            }
            let next = open.values().map(|one| one.until).min();
            let wait = next.map_or(COMPONENTS_OPEN, |until| until.saturating_duration_since(now));
            let waited = self.begun.wait_timeout(open, wait.max(Duration::from_millis(1)));
            open = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Never held over a wait for the store: it would keep components beyond their time.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<[u8; 16], Ceremony>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn perform(desk: &Desk<'_>, request: ComponentRequest) -> Result<PaymentAnswer, Error> {
    let Some(ceremonies) = desk.ceremonies else {
        let text = "components are held by the running gateway: start it";
        return Err(Error::new(ErrorKind::Unsupported, text));
    };
    perform_at(desk, ceremonies, Instant::now(), request)
}

pub(super) fn perform_at(
    desk: &Desk<'_>,
    ceremonies: &Ceremonies,
    now: Instant,
    request: ComponentRequest,
) -> Result<PaymentAnswer, Error> {
    let store = desk.store;
    let over = take_over(&mut ceremonies.lock(), now);
    tell(store, over);
    let progress = match request {
        ComponentRequest::Begin { partition, algorithm, usage, mode, count } => {
            let attributes = attributes(&desk.payments, &algorithm, &usage, &mode)?;
            begin(ceremonies, store, partition, (attributes, count), now)?
        }
        ComponentRequest::Add { ceremony, custodian, component } => {
            let at = (parse(&ceremony)?, now);
            add(ceremonies, store, at, (&custodian, component.0.expose()))?
        }
        ComponentRequest::Finish { ceremony } => {
            let id = parse(&ceremony)?;
            let one = taken(ceremonies, id, Ceremony::check_complete)?;
            one.finish(store, id)?
        }
        ComponentRequest::Abort { ceremony } => {
            let id = parse(&ceremony)?;
            let one = taken(ceremonies, id, |_| Ok(()))?;
            let (progress, count) = (one.progress((id, now), None), one.count);
            drop(one);
            note(store, Operator::ComponentsAbort, count).wait()?;
            progress
        }
    };
    Ok(PaymentAnswer::Components(progress))
}

/// Takes components out, if they pass.
fn taken(
    ceremonies: &Ceremonies,
    id: [u8; 16],
    check: impl Fn(&Ceremony) -> Result<(), Error>,
) -> Result<Ceremony, Error> {
    let mut open = ceremonies.lock();
    check(open.get(&id).ok_or_else(|| unknown("ceremony"))?)?;
    open.remove(&id).ok_or_else(|| unknown("ceremony"))
}

fn begin(
    ceremonies: &Ceremonies,
    store: &Store,
    partition: String,
    (attributes, count): (Attributes, u8),
    now: Instant,
) -> Result<Progress, Error> {
    if !payment::limits::COMPONENTS.contains(&usize::from(count)) {
        return Err(malformed("a key has 2 to 9 components".to_owned()));
    }
    check_room(&ceremonies.lock())?;
    let partition = store.read(move |tx| names::partition(tx, &partition)).wait()?;
    note(store, Operator::ComponentsBegin, count).wait()?;
    let id = store.read(|tx| tx.random()).wait()?;
    let until = now + COMPONENTS_OPEN;
    let begun = Ceremony { partition, attributes, count, components: Vec::new(), until };
    let progress = begun.progress((id, now), None);
    let mut open = ceremonies.lock();
    // Others may have begun meanwhile.
    check_room(&open)?;
    open.insert(id, begun);
    ceremonies.begun.notify_all();
    Ok(progress)
}

fn check_room(open: &BTreeMap<[u8; 16], Ceremony>) -> Result<(), Error> {
    let text = || format!("{CEREMONIES_MAX} keys wait for components: finish or abort one");
    let has_room = open.len() < CEREMONIES_MAX;
    has_room.then_some(()).ok_or_else(|| Error::new(ErrorKind::Quota, text()))
}

/// Takes a component, and back out if that cannot be recorded. Whoever brings it sees its check
/// value.
fn add(
    ceremonies: &Ceremonies,
    store: &Store,
    at: ([u8; 16], Instant),
    (custodian, text): (&str, &str),
) -> Result<Progress, Error> {
    let custodian = pair::custodian_id(custodian)?;
    let (number, check_value, progress) = {
        let mut open = ceremonies.lock();
        let one = open.get_mut(&at.0).ok_or_else(|| unknown("ceremony"))?;
        let (number, check_value) = one.add(custodian, text)?;
        (number, check_value, one.progress(at, Some(check_value)))
    };
    let detail = Detail::Component { custodian, number, check_value };
    let recorded = store.record(entry(Operator::ComponentAdd, None, detail)).wait();
    if recorded.is_err()
        && let Some(one) = ceremonies.lock().get_mut(&at.0)
    {
        one.components.retain(|(who, _)| *who != custodian);
    }
    recorded.map(|()| progress)
}

/// Forgets what is over, and says how many components each had.
fn take_over(open: &mut BTreeMap<[u8; 16], Ceremony>, now: Instant) -> Vec<u8> {
    let mut counts = Vec::new();
    open.retain(|_, one| {
        let is_over = now >= one.until;
        if is_over {
            counts.push(one.count);
        }
        !is_over
    });
    counts
}

/// Tells the store of components that were forgotten, and does not wait for its answer: a store
/// that fails says so itself.
fn tell(store: &Store, counts: Vec<u8>) {
    for count in counts {
        let mut told = std::pin::pin!(note(store, Operator::ComponentsAbort, count));
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(Err(error)) = told.as_mut().poll(&mut context) {
            tracing::warn!(%error, "components are forgotten, which is not recorded");
        }
    }
}

fn note(store: &Store, verb: Operator, count: u8) -> Reply<()> {
    let logged: Logged = entry(verb, None, Detail::Components { count, check_value: None });
    store.record(logged)
}

impl Ceremony {
    /// Takes a component: which it is, and its check value.
    fn add(&mut self, custodian: CustodianId, text: &str) -> Result<(u8, [u8; 3]), Error> {
        if self.components.iter().any(|(one, _)| *one == custodian) {
            let text = "this custodian has brought a component already";
            return Err(Error::new(ErrorKind::Forbidden, text));
        }
        if self.components.len() >= usize::from(self.count) {
            return Err(Error::new(ErrorKind::WrongState, "all components are here: finish"));
        }
        let component = decode(text, self.attributes.algorithm)?;
        let check_value = check_value(self.attributes.algorithm, component.expose())?;
        let number = u8::try_from(self.components.len() + 1).unwrap_or(u8::MAX);
        self.components.push((custodian, component));
        Ok((number, check_value))
    }

    fn check_complete(&self) -> Result<(), Error> {
        if self.components.len() == usize::from(self.count) {
            return Ok(());
        }
        let missing = usize::from(self.count) - self.components.len();
        Err(Error::new(ErrorKind::WrongState, format!("{missing} components are missing")))
    }

    /// Makes the key; the components are gone, also if they are none.
    fn finish(self, store: &Store, id: [u8; 16]) -> Result<Progress, Error> {
        let (partition, attributes, count) = (self.partition, self.attributes, self.count);
        let made = self.combined();
        drop(self);
        let (key, check_value) = match made {
            Ok(made) => made,
            Err(error) => {
                note(store, Operator::ComponentsAbort, count).wait()?;
                return Err(error);
            }
        };
        let made = store.write(move |tx| {
            let usage = Usage::Payment(attributes);
            let record = KeyRecord::first(KeyId(tx.random()?), partition, usage, system_clock());
            let record = KeyRecord { origin: Origin::Client, ..record };
            let kind = CheckKind::usual(attributes.algorithm);
            let life = Life::new(partition, record.id, (kind, check_value.to_vec()));
            let life = life.enabled(true, record.created);
            let material = Material::Symmetric(Secret::new(key.expose().clone()));
            let new = NewKey { record, channel: None, material };
            let made = tx.create_payment_key(new, life, Default::default())?.record;
            let detail = Detail::Components { count, check_value: Some(check_value) };
            tx.record(entry(Operator::ComponentsFinish, Some((made.id, made.version)), detail));
            Ok(made.id)
        });
        Ok(Progress {
            ceremony: const_hex::encode(id),
            taken: count,
            count,
            check_value: Some(const_hex::encode_upper(check_value)),
            key: Some(made.wait()?.to_string()),
            seconds_left: 0,
        })
    }

    fn combined(&self) -> Result<(Secret<Vec<u8>>, [u8; 3]), Error> {
        let algorithm = cipher(self.attributes.algorithm)?;
        let components: Vec<_> = self.components.iter().map(|(_, one)| one.clone()).collect();
        let refused = |_| {
            let text = "these components make no key: a zero, weak or repeated one";
            Error::new(ErrorKind::KeyUsage, text)
        };
        let key = component::combine(algorithm, &components).map_err(refused)?;
        let bytes = Secret::new(key.expose().to_vec());
        let check_value = check_value(self.attributes.algorithm, bytes.expose())?;
        Ok((bytes, check_value))
    }

    fn progress(&self, (id, now): ([u8; 16], Instant), check_value: Option<[u8; 3]>) -> Progress {
        Progress {
            ceremony: const_hex::encode(id),
            taken: u8::try_from(self.components.len()).unwrap_or(u8::MAX),
            count: self.count,
            check_value: check_value.map(const_hex::encode_upper),
            key: None,
            seconds_left: self.until.saturating_duration_since(now).as_secs(),
        }
    }
}

fn attributes(
    rules: &PaymentRules,
    algorithm: &str,
    usage: &str,
    mode: &str,
) -> Result<Attributes, Error> {
    let (algorithm, usage) = (key::algorithm(algorithm)?, key::usage(usage)?);
    cipher(algorithm)?;
    let mode =
        <[u8; 1]>::try_from(mode.as_bytes()).ok().and_then(|[code]| ModeOfUse::from_code(code));
    let mode = mode.ok_or_else(|| malformed("a mode is one letter; one is B".to_owned()))?;
    let own = match usage {
        usage if usage.wraps_keys() => Own::Brings(rules.brings),
        usage if pin_rule_is_for(usage) => rules.pin_rule.map_or(Own::Nothing, Own::PinRule),
        _ => Own::Nothing,
    };
    let attributes = Attributes::new(usage, algorithm, mode);
    let attributes = Attributes {
        entry: Entry::Components,
        exportability: Exportability::Trusted,
        own,
        ..attributes
    };
    let refused = |kind| Error::new(kind, "usage, algorithm and mode do not go together");
    attributes.check().map_err(refused)?;
    Ok(attributes)
}

fn pin_rule_is_for(usage: typex_core::key::payment::Usage) -> bool {
    use typex_core::key::payment::Usage;
    matches!(usage, Usage::PIN_3624 | Usage::PIN_GENERATION)
}

fn parse(id: &str) -> Result<[u8; 16], Error> {
    const_hex::decode_to_array(id).map_err(|_| unknown("ceremony"))
}

/// The bytes of a component, in groups as people type them.
fn decode(text: &str, algorithm: Algorithm) -> Result<Secret<Vec<u8>>, Error> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let digits = Secret::new(digits);
    let wrong = || malformed("a component is hex digits, as long as the key".to_owned());
    let bytes = Secret::new(const_hex::decode(digits.expose()).map_err(|_| wrong())?);
    let fits = algorithm.has_length(bytes.expose().len());
    fits.then_some(bytes).ok_or_else(wrong)
}

/// What algorithms of keys are called that come in components.
pub(crate) fn algorithms() -> impl Iterator<Item = &'static str> {
    key::ALGORITHMS.into_iter().filter(|(_, one)| cipher(*one).is_ok()).map(|(name, _)| name)
}

fn cipher(algorithm: Algorithm) -> Result<payment::Algorithm, Error> {
    match algorithm {
        Algorithm::Tdes2 | Algorithm::Tdes3 => Ok(payment::Algorithm::Tdes),
        Algorithm::Aes(_) => Ok(payment::Algorithm::Aes),
        _ => Err(Error::new(ErrorKind::KeyUsage, "components are of triple DES or AES keys")),
    }
}

fn check_value(algorithm: Algorithm, key: &[u8]) -> Result<[u8; 3], Error> {
    let key = payment::Key::new(cipher(algorithm)?, key)?;
    let value = lanes::alone(async |lanes: &Lanes| CheckValue::usual(lanes, &key).await)?;
    value.bytes().try_into().map_err(|_| ErrorKind::Internal.into())
}
