//! The list for the Rust client.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use rustls::RootCertStore;
use typex_client::{
    Carrier, Client, ClientError, Key, KeyName, Outcome, Pool, PoolOptions, Record, Retry, Status,
    Stream,
};

use super::access::{access_key, pool_of_access_key, two_holders, two_keys, wrong_secret};
use super::instance::{access_token, other_use, pool_of_tokens, refused_token};
use super::world::World;
use crate::harness::Gateway;

pub(super) const AES: KeyName<'_> = KeyName::Object(0xee01);
const BESIDE: KeyName<'_> = KeyName::Object(0xee02);
const RSA: KeyName<'_> = KeyName::Object(0x9876);
const NOTHING: KeyName<'_> = KeyName::Object(0x00ff_ffff);
pub(super) const API_KEY: &str = "TEST_API";

/// A case, which finds words.
type Run = for<'a> fn(World<'a>) -> Pin<Box<dyn Future<Output = String> + 'a>>;

macro_rules! cases {
    ($($name:ident,)*) => {
        /// Every case by its name in the list.
        pub(super) const CASES: &[(&str, Run)] =
            &[$((stringify!($name), |world| Box::pin($name(world)))),*];
    };
}

cases! {
    welcome,
    refused_credential,
    refused_key,
    batch_of_1,
    batch_of_64,
    batch_of_4096,
    no_record,
    bad_records,
    unknown_handle,
    closed_handle,
    number_again,
    no_handle_left,
    suspended_key,
    deadline_passed,
    two_records_of_one_id,
    pipelined,
    side_by_side,
    given_up,
    version_mismatch,
    too_many_records,
    record_too_large,
    overload,
    pool_retries,
    pool_of_keys,
    pool_refused,
    pool_outlives,
    access_key,
    wrong_secret,
    two_keys,
    two_holders,
    pool_of_access_key,
    access_token,
    refused_token,
    other_use,
    pool_of_tokens,
    nobody_listens,
    not_trusted,
    gateway_goes,
}

/// How many records have which status.
pub(super) fn counted(outcomes: &[Outcome]) -> String {
    let mut counts = BTreeMap::<u16, usize>::new();
    for outcome in outcomes {
        *counts.entry(outcome.status as u16).or_default() += 1;
    }
    let name = |code: u16| Status::ALL.iter().find(|one| **one as u16 == code).expect("it has");
    let words = counts.iter().map(|(code, count)| format!("{count} {}", name(*code).name()));
    words.collect::<Vec<_>>().join(", ")
}

/// The same of a batch, whose answers to the worked example must be right.
async fn batch(world: &World<'_>, stream: &Stream, records: &[Record<'_>]) -> String {
    let outcomes = stream.batch(records, None).await.expect("answers");
    right(world, &outcomes);
    let mut ids: Vec<_> = outcomes.iter().map(|outcome| outcome.id).collect();
    let mut asked: Vec<_> = records.iter().map(|record| record.id).collect();
    ids.sort_unstable();
    asked.sort_unstable();
    assert_eq!(ids, asked, "each record is answered once");
    counted(&outcomes)
}

fn right(world: &World<'_>, outcomes: &[Outcome]) {
    for outcome in outcomes {
        let is_done = outcome.status == Status::Done;
        assert_eq!(outcome.data == world.list.answer, is_done, "record {}", outcome.id);
        assert_eq!(outcome.parameters.is_empty(), is_done, "failures have words");
    }
}

fn words(error: &ClientError) -> String {
    match error {
        ClientError::NotSent(_) => "not_sent".to_owned(),
        ClientError::Refused(status) => format!("refused {}", status.name()),
        ClientError::Overload { status, .. } => format!("overload {}", status.name()),
        ClientError::Bye { status, .. } => format!("bye {}", status.name()),
        ClientError::NoHandle(_) => "no_handle".to_owned(),
        ClientError::Unsendable(_) => "unsendable".to_owned(),
        other => format!("{other:?}"),
    }
}

pub(super) fn failed<T>(result: Result<T, ClientError>) -> String {
    result.map_or_else(|error| words(&error), |_| "success".to_owned())
}

async fn welcome(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let welcome = stream.welcome();
    assert!(welcome.records == 4096 && welcome.frame_bytes >= 65536 && welcome.handles >= 1);
    format!("version {}", welcome.version)
}

async fn refused_credential(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    failed(stream.open("NOBODY", AES).await)
}

async fn refused_key(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let first = failed(stream.open(API_KEY, NOTHING).await);
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    format!("{first}, then {}", batch(&world, &stream, &world.records(1, handle)).await)
}

async fn batch_of(world: World<'_>, count: u32) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    batch(&world, &stream, &world.records(count, handle)).await
}

async fn batch_of_1(world: World<'_>) -> String {
    batch_of(world, 1).await
}

async fn batch_of_64(world: World<'_>) -> String {
    batch_of(world, 64).await
}

async fn batch_of_4096(world: World<'_>) -> String {
    batch_of(world, 4096).await
}

async fn no_record(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let outcomes = stream.batch(&[], None).await.expect("nothing to do");
    if outcomes.is_empty() { "nothing".to_owned() } else { counted(&outcomes) }
}

async fn bad_records(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    let mut records = world.records(64, handle);
    let mut changed = world.list.aes.clone();
    changed[5] ^= 1;
    records[3].data = &changed;
    records[20].data = &world.list.aes[..17];
    records[33].operation = 0x7777;
    records[50].parameters = b"unasked";
    records[63].handle = 99;
    batch(&world, &stream, &records).await
}

async fn unknown_handle(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    batch(&world, &stream, &world.records(1, u32::MAX)).await
}

async fn closed_handle(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    stream.close(handle).await.expect("it is open");
    let first = batch(&world, &stream, &world.records(1, handle)).await;
    format!("{first}, then {}", failed(stream.close(handle).await))
}

async fn number_again(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, BESIDE).await.expect("a handle");
    stream.close(handle).await.expect("it is open");
    assert_eq!(stream.open(API_KEY, AES).await.expect("a handle"), handle);
    batch(&world, &stream, &world.records(1, handle)).await
}

async fn no_handle_left(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    for number in 0..stream.welcome().handles {
        assert_eq!(stream.open(API_KEY, AES).await.expect("a handle"), number);
    }
    let last = stream.welcome().handles - 1;
    let first = failed(stream.open(API_KEY, AES).await);
    format!("{first}, then {}", batch(&world, &stream, &world.records(1, last)).await)
}

async fn suspended_key(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    let suspended = stream.open(API_KEY, BESIDE).await.expect("a handle");
    let listed = world.gateway.typex(&["key", "list", "--json"]).succeeds();
    let key = listed.lines().find(|line| line.contains("ee02")).expect("the demo key");
    let key: serde_json::Value = serde_json::from_str(key).expect("JSON");
    let id = key["id"].as_str().expect("an id");
    world.gateway.typex(&["key", "suspend", id]).succeeds();
    let records = [world.record(0, handle), world.record(1, suspended)];
    let found = batch(&world, &stream, &records).await;
    world.gateway.typex(&["key", "resume", id]).succeeds();
    found
}

async fn deadline_passed(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    let deadline = Some(Duration::from_millis(1));
    let outcomes = stream.batch(&world.records(4096, handle), deadline).await.expect("answers");
    let last = outcomes.iter().find(|outcome| outcome.id == 4095).expect("it is answered");
    last.status.name().to_owned()
}

async fn two_records_of_one_id(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    batch(&world, &stream, &[world.record(7, handle); 2]).await
}

async fn pipelined(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    let mut batches = Vec::new();
    for first in 0..8_u32 {
        let records: Vec<_> = (0..8).map(|id| world.record(first * 100 + id, handle)).collect();
        batches.push(stream.send(&records, None).await.expect("there is room"));
    }
    let (mut all, count) = (Vec::new(), batches.len());
    for (at, pending) in (0..).zip(batches) {
        let outcomes = pending.outcomes().await.expect("answers");
        assert!(outcomes.iter().all(|outcome| outcome.id / 100 == at), "its own");
        all.extend(outcomes);
    }
    right(&world, &all);
    format!("{count} batches, {}", counted(&all))
}

async fn side_by_side(world: World<'_>) -> String {
    let (client, _) = world.stream().await;
    let (mut streams, mut all) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        let stream = client.stream().await.expect("a stream");
        assert_eq!(stream.open(API_KEY, AES).await.expect("a handle"), 0, "of its own");
        streams.push(stream);
    }
    for stream in streams.iter().rev() {
        all.extend(stream.batch(&world.records(8, 0), None).await.expect("answers"));
    }
    right(&world, &all);
    format!("{} streams, {}", streams.len(), counted(&all))
}

async fn given_up(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    for _ in 0..3 {
        let records = world.records(4096, handle);
        let gone = tokio::time::timeout(Duration::ZERO, stream.batch(&records, None)).await;
        assert!(gone.is_err(), "nobody answers in no time");
    }
    batch(&world, &stream, &world.records(1, handle)).await
}

async fn version_mismatch(mut world: World<'_>) -> String {
    world.options.versions = 2..=9;
    let client = Client::connect(&world.options).await.expect("it listens");
    failed(client.stream().await)
}

async fn too_many_records(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    let first = failed(stream.batch(&world.records(4097, handle), None).await);
    format!("{first}, then {}", batch(&world, &stream, &world.records(1, handle)).await)
}

async fn record_too_large(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    let data = vec![0; stream.welcome().frame_bytes as usize];
    let large = Record { data: &data, ..world.record(0, handle) };
    let first = failed(stream.batch(&[large], None).await);
    format!("{first}, then {}", batch(&world, &stream, &world.records(1, handle)).await)
}

/// How often a small queue is tried to be filled.
const ROUNDS: usize = 50;

/// Asks eight times at once; how often there was an answer, and how often no room.
async fn insist(world: &World<'_>, stream: &Stream) -> (u32, u32) {
    let (mut batches, mut done, mut busy) = (Vec::new(), 0, 0);
    for id in 0..8 {
        batches.push(stream.send(&[world.rsa(id, 0)], None).await.expect("there is room"));
    }
    for pending in batches {
        match pending.outcomes().await {
            Ok(outcomes) => {
                assert_eq!(counted(&outcomes), "1 done");
                done += 1;
            }
            Err(ClientError::Overload { status: Status::Busy, wait_ms }) => {
                assert!(wait_ms > 0);
                busy += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    (done, busy)
}

/// The same of eight tasks at once.
async fn eight<T>(task: impl AsyncFn(usize) -> T) -> [T; 8] {
    let t = &task;
    tokio::join!(t(0), t(1), t(2), t(3), t(4), t(5), t(6), t(7)).into()
}

async fn overload(mut world: World<'_>) -> String {
    world.options.connections = 16;
    let (client, _) = world.stream().await;
    let mut streams = Vec::new();
    for _ in 0..8 {
        streams.push(client.stream().await.expect("a stream"));
        assert_eq!(streams[streams.len() - 1].open(API_KEY, RSA).await.expect("a handle"), 0);
    }
    let (mut done, mut busy) = (0, 0);
    // Whether two are there at once is a matter of chance, though not of much.
    for _ in 0..ROUNDS {
        for one in eight(async |at| insist(&world, &streams[at]).await).await {
            (done, busy) = (done + one.0, busy + one.1);
        }
        if done > 0 && busy > 0 {
            return "done and busy".to_owned();
        }
    }
    format!("{done} done, {busy} busy")
}

/// A pool with that key.
async fn pool(world: &World<'_>, keys: &[KeyName<'_>]) -> Result<Pool, ClientError> {
    let retry = Retry { tries: 30, repeats_lost: true, ..Retry::default() };
    let size = PoolOptions { retry, ..PoolOptions::default() };
    let keys = keys.iter().map(|name| Key::new(API_KEY, *name)).collect();
    Pool::connect(&world.options, &size, keys).await
}

async fn pool_retries(world: World<'_>) -> String {
    let pool = pool(&world, &[RSA]).await.expect("it listens");
    let ask = async |_| {
        let mut all = Vec::new();
        for id in 0..20 {
            all.extend(pool.batch(&[world.rsa(id, 0)], None).await.expect("in the end"));
        }
        all
    };
    let all = eight(ask).await;
    counted(&all.into_iter().flatten().collect::<Vec<_>>())
}

async fn pool_of_keys(world: World<'_>) -> String {
    let pool = pool(&world, &[BESIDE, AES, AES]).await.expect("it listens");
    let records: Vec<_> = (0..64).map(|id| world.record(id, 1 + id % 2)).collect();
    let all = eight(async |_| pool.batch(&records, None).await.expect("answers")).await;
    all.iter().for_each(|outcomes| right(&world, outcomes));
    format!("{} batches, {}", all.len(), counted(&all.into_iter().flatten().collect::<Vec<_>>()))
}

async fn pool_refused(world: World<'_>) -> String {
    failed(pool(&world, &[AES, NOTHING]).await)
}

async fn pool_outlives(world: World<'_>) -> String {
    let pool = pool(&world, &[AES]).await.expect("it listens");
    let outcomes = pool.batch(&world.records(1, 0), None).await.expect("an answer");
    world.gateway.signal("TERM");
    ended(world.gateway).await;
    let port = format!("stream.frames={}", world.options.address.port());
    let next = Gateway::start_in(world.gateway.data(), &["--port", &port], &[]);
    let again = pool.batch(&world.records(64, 0), None).await.expect("answers");
    next.stop();
    right(&world, &outcomes);
    right(&world, &again);
    format!("{}, then {}", counted(&outcomes), counted(&again))
}

/// Waits until the process has, though nobody has asked how.
async fn ended(gateway: &Gateway) {
    let stat = format!("/proc/{}/stat", gateway.pid());
    let ended = async {
        while !std::fs::read_to_string(&stat).expect("a child").contains(") Z ") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("it ends");
}

async fn nobody_listens(mut world: World<'_>) -> String {
    world.options.address.set_port(1);
    world.options.patience = Duration::from_secs(1);
    let Err(error) = begun(&world).await else { return "success".to_owned() };
    assert!(Retry::default().wait(&error, 1).is_some(), "it may come");
    words(&error)
}

async fn not_trusted(mut world: World<'_>) -> String {
    world.options.roots = RootCertStore::empty();
    let Err(error) = begun(&world).await else { return "success".to_owned() };
    let again = Retry::default().wait(&error, 1).map_or("not again", |_| "again");
    format!("{}, {again}", words(&error))
}

/// A stream, or why there is none.
async fn begun(world: &World<'_>) -> Result<Stream, ClientError> {
    Client::connect(&world.options).await?.stream().await
}

async fn gateway_goes(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let handle = stream.open(API_KEY, AES).await.expect("a handle");
    let records = world.records(1, handle);
    assert_eq!(batch(&world, &stream, &records).await, "1 done");
    world.gateway.signal("TERM");
    loop {
        match (stream.batch(&records, None).await, world.options.carrier) {
            (Ok(outcomes), _) => right(&world, &outcomes),
            (Err(ClientError::NotSent(why)), Carrier::Quic) => return words(&why),
            (Err(error @ ClientError::NotSent(_)), _) => return words(&error),
            (Err(error), Carrier::Quic) => return words(&error),
            // It still answers that it goes, or went while it had a request.
            (Err(_), _) => {}
        }
    }
}
