use std::collections::VecDeque;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::BytesMut;
use typex_core::error::ErrorKind;
use typex_core::id::{KeyId, PartitionId};
use typex_core::key::{Channel, KeyRecord, Material, Usage};
use typex_core::op::process_data::HEADER_BYTES;
use typex_core::secret::Secret;
use typex_core::time::UnixMs;
use typex_kernels::RoundKeys;
use typex_kernels::rsa::RsaPrivate;

use super::*;
use crate::backend::{BACKENDS, Start, run_chains};
use crate::job::{Item, Outcome, Task};
use crate::key::LoadedKey;
use crate::platform::CoreTask;

const CHANNEL: [u8; 32] = [7; 32];

fn load(bits: u32) -> Arc<LoadedKey> {
    let private = RsaPrivate::generate(bits).unwrap();
    let usage = Usage::RsaPrivate { modulus_bytes: u16::try_from(bits / 8).unwrap() };
    let record = KeyRecord {
        object: Some(bits),
        ..KeyRecord::first(KeyId([1; 16]), PartitionId([1; 16]), usage, UnixMs(0))
    };
    let channel = Channel { enc: Secret::new(CHANNEL), mac: Secret::new(CHANNEL) };
    let material = Material::RsaPrivate(Secret::new(private.to_der().unwrap().to_vec()));
    let revoked = Arc::new(AtomicBool::new(false));
    Arc::new(LoadedKey::new(record, Some(channel), material, revoked).unwrap())
}

/// A key of 2048 bits, which has lanes, and one of 1024, which has none.
fn keys() -> &'static [Arc<LoadedKey>; 2] {
    static KEYS: OnceLock<[Arc<LoadedKey>; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [load(2048), load(1024)])
}

fn wide() -> Arc<LoadedKey> {
    Arc::clone(&keys()[0])
}

/// A request for the private operation on this number.
fn seal(key: &LoadedKey, number: u8) -> BytesMut {
    let mut clear = vec![0x1f];
    clear.extend_from_slice(&key.object().to_be_bytes());
    clear.extend_from_slice(&[9; 8]);
    clear.resize(HEADER_BYTES + usize::from(key.modulus_bytes().unwrap()), 0);
    *clear.last_mut().unwrap() = number;
    let pad = 16 - clear.len() % 16;
    clear.resize(clear.len() + pad, u8::try_from(pad).unwrap());
    let keys = RoundKeys::new(&CHANNEL).unwrap();
    typex_kernels::cbc_encrypt(&keys, &[0; 16], &mut clear).unwrap();
    let tag = typex_kernels::cbc_mac(&keys, &clear).unwrap();
    clear.extend_from_slice(&tag);
    BytesMut::from(&clear[..])
}

/// What the answer to it is, computed alone.
fn answer(key: &LoadedKey, number: u8) -> BytesMut {
    let mut sealed = seal(key, number);
    let [verdict] = run_chains(&mut [(key, &mut sealed)])[..] else { panic!("one chain") };
    assert_eq!(verdict, Ok(()));
    sealed
}

/// One core that sends parcels of one job, each with a number of its own.
struct Core {
    port: Arc<CorePort>,
    inbox: VecDeque<Box<Parcel>>,
    sent: Vec<(Tag, Arc<LoadedKey>)>,
}

impl Core {
    fn new() -> Self {
        let port = Arc::new(CorePort::new(64, 64, CoreTask::default()));
        Self { port, inbox: VecDeque::new(), sent: Vec::new() }
    }

    fn send(&mut self, key: &Arc<LoadedKey>) -> &mut Item {
        let at = self.sent.len();
        let tag = self.port.slots.admit(at).unwrap();
        let task = Task::process(Arc::clone(key), seal(key, Self::number(at)));
        self.sent.push((tag, Arc::clone(key)));
        let mut parcel = Parcel::new();
        parcel.batch.push(Item::alone(tag, task, Instant::now()));
        parcel.port = Some(Arc::clone(&self.port));
        self.inbox.push_back(parcel);
        &mut self.inbox.back_mut().unwrap().batch.items_mut()[0]
    }

    fn send_wide(&mut self, count: usize) {
        for _ in 0..count {
            self.send(&wide());
        }
    }

    fn number(at: usize) -> u8 {
        u8::try_from(at + 2).unwrap()
    }

    /// Lets a thread deal with everything: how many parcels it gave back each time.
    fn deal(&mut self) -> Vec<usize> {
        let (mut company, mut backend) = (Company::new(), (BACKENDS[0].start)(&Start::default()));
        let deal = || company.deal(&mut *backend, || self.inbox.pop_front());
        std::iter::repeat_with(deal).take_while(|dealt| *dealt > 0).collect()
    }

    /// Looks at all that came back: by place, how many went side by side, and the result.
    fn results(&self) -> Vec<(usize, Result<(), ErrorKind>)> {
        let mut results = vec![(usize::MAX, Ok(())); self.sent.len()];
        while let Some(mut parcel) = self.port.returned() {
            assert!(parcel.batch.is_empty() && parcel.port.is_none());
            let mut completions = parcel.completions.drain();
            let (completion, None) = (completions.next().unwrap(), completions.next()) else {
                panic!("two results of one job");
            };
            let place = completion.tag.index();
            let (tag, key) = &self.sent[place];
            assert_eq!(completion.tag, *tag);
            let result = completion.result.map(|outcome| match outcome {
                Outcome::Sealed(sealed) => {
                    assert_eq!(sealed, answer(key, Self::number(place)), "job {place}");
                }
                _ => panic!("another outcome"),
            });
            results[place] = (parcel.beside, result);
        }
        results
    }
}

/// What is dealt with at a time where there are lanes, and where there are none.
fn in_lanes(with: &[usize]) -> Vec<usize> {
    if lanes_min(256).is_some() { with.to_vec() } else { vec![1; with.iter().sum()] }
}

#[test]
fn what_waits_is_computed_by_eight() {
    let mut core = Core::new();
    core.send_wide(21);
    assert_eq!(core.deal(), in_lanes(&[8, 8, 5]));
    let (beside, results): (Vec<_>, Vec<_>) = core.results().into_iter().unzip();
    assert_eq!(results, [Ok(()); 21]);
    if lanes_min(256).is_some() {
        assert_eq!(beside, [[8; 16].as_slice(), &[5; 5]].concat());
    }
}

#[test]
fn too_few_for_lanes_go_one_by_one() {
    let mut core = Core::new();
    core.send_wide(3);
    assert_eq!(core.deal(), [1; 3]);
    assert_eq!(core.results(), [(0, Ok(())); 3]);
}

#[test]
fn other_sizes_wait_for_their_turn() {
    let mut core = Core::new();
    for _ in 0..4 {
        core.send(&wide());
        core.send(&keys()[1]);
    }
    assert_eq!(core.deal(), in_lanes(&[4, 1, 1, 1, 1]));
    assert!(core.results().iter().all(|(_, result)| *result == Ok(())));
}

#[test]
fn a_job_that_is_not_wanted_leaves_its_lane_empty() {
    let mut core = Core::new();
    core.send_wide(7);
    core.send(&wide()).deadline = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    assert_eq!(core.deal(), in_lanes(&[8]));
    let results = core.results();
    assert_eq!(results[7].1, Err(ErrorKind::Timeout));
    assert!(results[..7].iter().all(|(_, result)| *result == Ok(())));
}

#[test]
fn a_bad_request_changes_no_other() {
    let mut core = Core::new();
    for at in 0..8 {
        let item = core.send(&wide());
        if at == 3 {
            let mut sealed = seal(&wide(), 5);
            sealed[40] ^= 1;
            item.task = Task::process(wide(), sealed);
        }
    }
    assert_eq!(core.deal(), in_lanes(&[8]));
    for (at, (_, result)) in core.results().into_iter().enumerate() {
        assert_eq!(result, if at == 3 { Err(ErrorKind::VerifyFailed) } else { Ok(()) });
    }
}

#[test]
fn jobs_of_an_isolated_partition_keep_to_themselves() {
    let mut core = Core::new();
    for at in 0..16 {
        let item = core.send(&wide());
        item.partition = PartitionId([at % 2; 16]);
        item.isolate = at % 2 == 1;
    }
    assert_eq!(core.deal(), in_lanes(&[4, 6, 4, 1, 1]));
    assert!(core.results().iter().all(|(_, result)| *result == Ok(())));
}
