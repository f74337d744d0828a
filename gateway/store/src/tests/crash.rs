//! The power goes off at any moment: what was acknowledged is there, what was not is there as a
//! whole or not at all, and nothing looks tampered with.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use typex_core::audit::{Detail, Phase, Verb};
use typex_core::key::{KeyName, KeyState};
use typex_core::op::Action;
use typex_core::op::manage::Page;
use typex_core::principal::{Principal, Proof};
use typex_core::{ErrorKind, KeyId, PartitionId, Secret, UnixMs};

use super::disk::{DATABASE, DatabaseSide, LogSide, Sync};
use super::key_list::{attributes, new_aes_key};
use super::keys::{OWNER, new_key};
use super::{Note, note};
use crate::database::{builder, initialize};
use crate::fsck::examine_database;
use crate::header::Identity;
use crate::keyring::Keyring;
use crate::log::testing::{Medium, Rng};
use crate::log::{self, VerifyOptions};
use crate::root::Root;
use crate::signing::{TAIL_KEY, derived_signer};
use crate::store::Files;
use crate::{Mark, Options, Reply, Store, Tx};

const LISTS: PartitionId = PartitionId([0x1c; 16]);
const WRITES: u32 = 40;
const SEED: u64 = 0x7ea5_e77e;

type State = BTreeMap<String, String>;

/// How a recovered store is not what was promised.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It does not open.
    Open(String),
    /// An acknowledged write is missing.
    Lost { acknowledged: u32, found: u32 },
    /// What is there is the result of no sequence of whole writes.
    Half { found: u32 },
    /// `fsck` finds something.
    Fsck(String),
    /// An acknowledged entry of the log is missing, or the log does not verify.
    Log(String),
}

/// What a run did, and when it was told that it was durable.
struct History {
    medium: Medium,
    /// State after each successful write.
    states: Vec<State>,
    /// Events on the medium, then writes and log entries acknowledged by then.
    acknowledged: Vec<(usize, u32, u64)>,
}

#[derive(Clone, Copy)]
struct Pretend {
    database: bool,
    log: bool,
}

const HONEST: Pretend = Pretend { database: false, log: false };

/// Images to open: 10 000 in release builds, fewer in slow ones, or what the variable
/// `TYPEX_CRASH_IMAGES` says.
fn image_count() -> usize {
    let set = std::env::var("TYPEX_CRASH_IMAGES").ok().and_then(|text| text.parse().ok());
    set.unwrap_or(if cfg!(debug_assertions) { 800 } else { 10_000 })
}

fn keyring() -> Keyring {
    let identity = Identity { format: 2, store_id: [5; 16], mark: Mark::Test };
    Keyring::new(identity, &Secret::new([6; 32]))
}

fn clock() -> UnixMs {
    UnixMs(1_000_000)
}

fn open(medium: &Medium, pretend: Pretend) -> Result<Store, Broken> {
    let sync = |pretend| if pretend { Sync::Pretend } else { Sync::Honest };
    open_with(medium, sync(pretend.database), sync(pretend.log))
}

pub(super) fn open_with(medium: &Medium, database: Sync, log: Sync) -> Result<Store, Broken> {
    let failed = |error: crate::StoreError| Broken::Open(error.to_string());
    let side = DatabaseSide { medium: medium.clone(), sync: database };
    let database = builder().create_with_backend(side);
    let database = database.map_err(|error| failed(error.into()))?;
    let keyring = keyring();
    let report = examine_database(&database, &keyring).map_err(failed)?;
    if !report.is_clean() {
        return Err(Broken::Fsck(format!("{:?}", report.findings)));
    }
    let disk = Box::new(LogSide { medium: medium.clone(), sync: log });
    let signer = derived_signer(&keyring).unwrap();
    let files = Files { database, keyring, header: vec![], directory: None, disk, signer };
    let options = Options { clock, checkpoint_entries: 7, ..Options::default() };
    Store::start(files, &options).map_err(failed)
}

/// An empty store, durable.
pub(super) fn formatted() -> Medium {
    let medium = Medium::default();
    DatabaseSide::make(&medium);
    let side = DatabaseSide { medium: medium.clone(), sync: Sync::Honest };
    let database = builder().create_with_backend(side).unwrap();
    initialize(&database, &keyring(), &Root::default()).unwrap();
    drop(database);
    let medium = Medium::with(medium.files());
    open(&medium, HONEST).unwrap().close().unwrap();
    Medium::with(medium.files())
}

/// One write of several records that only make sense together.
fn change(tx: &mut Tx<'_>, serial: u32) -> Result<(), typex_core::Error> {
    let text = serial.to_string();
    tx.put(&note(1, "serial", &text))?;
    tx.put(&note(2, "left", &text.repeat(300)))?;
    tx.put(&note(2, "right", &text.repeat(300)))?;
    let object = serial / 4;
    match serial % 4 {
        0 => tx.create_key(new_key(OWNER, serial as u8, Some(object))).map(|_| ())?,
        1 => set_state(tx, object, KeyState::Suspended)?,
        2 => assert!(tx.delete::<Note>(PartitionId([2; 16]), b"left")?),
        _ => set_state(tx, object, KeyState::Destroyed)?,
    }
    change_listed(tx, serial)?;
    tx.record(entry());
    Ok(())
}

/// Listed keys are made, changed and removed, two of them at a time.
fn change_listed(tx: &mut Tx<'_>, serial: u32) -> Result<(), typex_core::Error> {
    let (id, now) = ((serial / 4) as u8, clock());
    let key = KeyId([id; 16]);
    match serial % 4 {
        0 => tx.create_key(new_aes_key(LISTS, id, b"new")).map(|_| ()),
        1 => tx.update_attributes(LISTS, key, attributes(b"changed"), now).map(|_| ()),
        2 if id > 0 => tx.remove_key(LISTS, KeyId([id - 1; 16])).map(|_| ()),
        _ => Ok(()),
    }
}

fn set_state(tx: &mut Tx<'_>, object: u32, to: KeyState) -> Result<(), typex_core::Error> {
    tx.change_state(OWNER, KeyName::Object(object), to).map(|_| ())
}

pub(super) fn entry() -> typex_core::audit::Entry {
    typex_core::audit::Entry {
        time: clock(),
        principal: Principal {
            partition: OWNER,
            client: None,
            api_key: None,
            proof: Proof::ApiKey,
        },
        peer: None,
        verb: Verb::Request(Action::ImportKey),
        key: None,
        path: None,
        phase: Phase::Intent,
        detail: Detail::None,
    }
}

fn read_state(tx: &Tx<'_>) -> Result<State, typex_core::Error> {
    let mut state = State::new();
    tx.scan_all(|note: Note| {
        state.insert(note.name, note.text);
        Ok(ControlFlow::Continue(()))
    })?;
    for key in tx.list_keys(None, usize::MAX)? {
        let loaded = tx.key_by_name(key.partition, KeyName::Id(key.id))?;
        let about = format!("{:?} {}", key.state, loaded.channel.is_some());
        state.insert(format!("key {} {}", key.partition, key.id), about);
    }
    let page = tx.key_page(LISTS, Page { offset: 0, count: usize::MAX })?;
    let listed: Vec<_> = page.keys.iter().map(|key| (key.id, &key.attributes)).collect();
    state.insert("list".into(), format!("{} {listed:?}", page.total));
    Ok(state)
}

fn run(start: &Medium, rng: &mut Rng, pretend: Pretend) -> History {
    let medium = Medium::with(start.files());
    let store = open(&medium, pretend).unwrap();
    let mut states = vec![store.read(read_state).wait().unwrap()];
    let mut acknowledged = vec![(0, 0, 0)];
    let (mut serial, mut entries) = (0, 0);
    while serial < WRITES {
        let mut replies: Vec<Reply<State>> = Vec::new();
        for _ in 0..1 + rng.below(3) {
            let this = serial;
            replies.push(store.write(move |tx| {
                change(tx, this)?;
                read_state(tx)
            }));
            serial += 1;
            entries += 2;
        }
        let refused = rng.once_in(2).then(|| {
            entries += 1;
            store.write(|tx| -> Result<(), _> {
                change(tx, 1_000_000)?;
                Err(ErrorKind::Forbidden.into())
            })
        });
        for reply in replies {
            states.push(reply.wait().unwrap());
        }
        assert!(refused.is_none_or(|reply| reply.wait().is_err()));
        acknowledged.push((medium.events(), serial, entries));
    }
    // Not closed: the power goes off while it runs.
    History { medium, states, acknowledged }
}

impl History {
    /// Opens what a crash after `events` may leave, and compares it with what was promised.
    fn check(&self, events: usize, rng: &mut Rng) -> Result<(), Broken> {
        self.check_image(&self.medium.crash(events, rng), events)
    }

    fn check_image(&self, image: &Medium, events: usize) -> Result<(), Broken> {
        let promised = self.acknowledged.iter().rev().find(|(at, ..)| *at <= events);
        let (_, acknowledged, entries) = *promised.expect("nothing is promised at the start");
        let store = open(image, HONEST)?;
        let state = store.read(read_state).wait().map_err(|error| {
            Broken::Open(format!("{error}: {:?}", error.source.as_ref().map(ToString::to_string)))
        })?;
        let found = state.get("serial").map_or(0, |serial| serial.parse::<u32>().unwrap() + 1);
        if found < acknowledged {
            return Err(Broken::Lost { acknowledged, found });
        }
        if self.states.get(found as usize) != Some(&state) {
            return Err(Broken::Half { found });
        }
        store.close().map_err(|error| Broken::Open(error.to_string()))?;
        verify_log(image, entries)
    }

    /// What is left if nothing in the cache of a lying disk ever reached it.
    fn never_written(&self, start: &Medium, pretend: Pretend) -> Medium {
        let mut files = self.medium.files();
        for (name, bytes) in start.files() {
            if if name == DATABASE { pretend.database } else { pretend.log } {
                files.insert(name, bytes);
            }
        }
        Medium::with(files)
    }

    fn checked(&self, images: usize, seed: u64) -> Vec<Broken> {
        let mut rng = Rng(seed);
        let all = self.medium.events() + 1;
        let check = |at: usize| self.check(at % all, &mut rng).err();
        (0..images).filter_map(check).collect()
    }
}

fn verify_log(image: &Medium, entries: u64) -> Result<(), Broken> {
    let keyring = keyring();
    let options = VerifyOptions {
        keys: vec![derived_signer(&keyring).unwrap().verifier().clone()],
        tail_key: Some(keyring.derive(TAIL_KEY)),
        ..VerifyOptions::default()
    };
    let side = LogSide { medium: image.clone(), sync: Sync::Honest };
    let report = log::verify_disk(&side, &options).unwrap();
    if !report.is_clean() {
        return Err(Broken::Log(format!("{:?}", report.findings)));
    }
    if report.entries < entries {
        return Err(Broken::Log(format!("{} of {entries} entries", report.entries)));
    }
    Ok(())
}

#[test]
fn every_crash_image_holds_what_was_acknowledged_and_nothing_by_halves() {
    let (start, images) = (formatted(), image_count() / 2);
    let threads: Vec<_> = (0..2u64)
        .map(|thread| {
            let start = Medium::with(start.files());
            std::thread::spawn(move || {
                let seed = SEED + thread;
                let history = run(&start, &mut Rng(seed), HONEST);
                let broken = history.checked(images, seed);
                println!(
                    "seed {seed:#x}: {} images over {} events, {} broken",
                    images,
                    history.medium.events(),
                    broken.len()
                );
                assert!(broken.is_empty(), "seed {seed:#x}: {:?}", broken.first());
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_disk_that_only_pretends_to_sync_is_caught() {
    let start = formatted();
    let lies = [
        Pretend { database: true, log: true },
        Pretend { database: true, log: false },
        Pretend { database: false, log: true },
    ];
    for (number, pretend) in lies.into_iter().enumerate() {
        let history = run(&start, &mut Rng(SEED), pretend);
        let broken = history.checked(100, SEED + number as u64);
        println!("database {}, log {}: {}", pretend.database, pretend.log, broken.len());
        let left = history.never_written(&start, pretend);
        match history.check_image(&left, history.medium.events()) {
            Err(Broken::Lost { acknowledged: WRITES.., found: 0 }) => assert!(pretend.database),
            Err(Broken::Open(why)) => assert!(!pretend.database && why.contains("lacks"), "{why}"),
            other => panic!("not caught: {other:?}"),
        }
        assert!(!broken.is_empty());
    }
}
