//! The log as its users see it, over media that crash, lie and are tampered with.

mod crash;
mod life;
mod tamper;
mod witness;

use typex_core::audit::checkpoint::Origin;
use typex_core::audit::{Detail, Entry, Phase, Template, Verb};
use typex_core::error::ErrorKind;
use typex_core::op::Action;
use typex_core::principal::{Principal, Proof};
use typex_core::{KeyId, PartitionId, Secret, UnixMs};

use super::testing::Medium;
use super::{Log, Options, Signer, VerifyOptions};

const START: UnixMs = UnixMs(1_700_000_000_000);
const PATH: Template = Template::new("/1.0/{handle}");

fn signer() -> Signer {
    let name = Origin::new("typex.audit/test").unwrap();
    Signer::from_seed(name, &Secret::new([3; 32])).unwrap()
}

fn tail_key() -> Secret<[u8; 32]> {
    Secret::new([4; 32])
}

/// A log whose segments and checkpoints are small enough to have several of each.
fn options() -> Options {
    let mut options = Options::new(signer(), tail_key());
    options.segment_bytes = 2500;
    options.checkpoint_entries = 20;
    options
}

fn open(medium: &Medium) -> Log {
    Log::open(Box::new(medium.clone()), options(), START).unwrap().0
}

/// Entry number `pick` of a test, told from every other by its time.
fn entry(pick: u64) -> Entry {
    let results = [Ok(()), Ok(()), Err(ErrorKind::VerifyFailed)];
    let partition = PartitionId([(pick % 2) as u8; 16]);
    Entry {
        time: UnixMs(START.0 + pick),
        principal: Principal { partition, client: None, api_key: None, proof: Proof::ApiKey },
        peer: None,
        verb: Verb::Request(Action::ProcessData),
        key: pick.is_multiple_of(3).then_some((KeyId([1; 16]), 1)),
        path: pick.is_multiple_of(8).then_some(PATH),
        phase: Phase::Single { result: results[(pick % 3) as usize] },
        detail: Detail::None,
    }
}

/// A closed log of `count` entries, four to a write.
fn written(count: u64) -> Medium {
    let medium = Medium::default();
    let mut log = open(&medium);
    append(&mut log, 0..count);
    log.close(UnixMs(START.0 + 1)).unwrap();
    medium
}

fn append(log: &mut Log, picks: std::ops::Range<u64>) {
    for pick in picks {
        log.append(&entry(pick)).unwrap();
        if pick % 4 == 3 {
            log.sync(START).unwrap();
        }
    }
}

/// Everything that a verifier on the gateway's own machine has.
fn all_checks() -> VerifyOptions {
    VerifyOptions {
        keys: vec![signer().verifier().clone()],
        tail_key: Some(tail_key()),
        ..VerifyOptions::default()
    }
}
