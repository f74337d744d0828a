//! Cases of holders of access keys.

use typex_client::{
    Key, KeyName, Parameters, Pool, PoolOptions, Record, Stream, cipher, operation, tag,
};

use super::cases::{AES, API_KEY, counted, failed};
use super::world::World;

const IV: [u8; 16] = [0x5a; 16];
const CLEAR: &[u8] = b"4000001234562   ";

pub(super) fn parameters(fields: &[(u8, &[u8])]) -> Parameters {
    let mut parameters = Parameters::default();
    for (tag, value) in fields {
        parameters.put(*tag, value).expect("short");
    }
    parameters
}

/// The answer to one record: how it ended, and its data.
pub(super) async fn ask(
    stream: &Stream,
    operation: u16,
    handle: u32,
    fields: &[(u8, &[u8])],
    data: &[u8],
) -> (String, Vec<u8>) {
    let parameters = parameters(fields);
    let record = Record { id: 1, operation, handle, parameters: parameters.bytes(), data };
    let outcomes = stream.batch(&[record], None).await.expect("an answer");
    (counted(&outcomes), outcomes[0].data.to_vec())
}

async fn opened(world: &World<'_>, stream: &Stream, id: [u8; 16]) -> u32 {
    let opened = stream.open_with(world.payments.credential(), KeyName::Id(id)).await;
    opened.expect("it may")
}

pub(super) async fn access_key(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let key = opened(&world, &stream, world.payments.mac).await;
    let made = [(tag::LENGTH, &[8][..]), (tag::METHOD, &[3])];
    let (first, mac) = ask(&stream, operation::GENERATE_MAC, key, &made, CLEAR).await;
    assert_eq!(mac.len(), 8);
    let checked = [(tag::VALUE, &mac[..]), (tag::METHOD, &[3])];
    let (second, _) = ask(&stream, operation::VERIFY_MAC, key, &checked, CLEAR).await;
    format!("{first}, then {second}")
}

pub(super) async fn wrong_secret(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    failed(stream.open_with(world.payments.wrong(), KeyName::Id(world.payments.mac)).await)
}

pub(super) async fn two_keys(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let from = opened(&world, &stream, world.payments.from).await;
    let to = opened(&world, &stream, world.payments.to).await;
    let cbc = [(tag::CIPHER, &[cipher::CBC][..]), (tag::IV, &IV)];
    let (_, sealed) = ask(&stream, operation::ENCRYPT, from, &cbc, CLEAR).await;
    let (to_bytes, second) = (to.to_be_bytes(), tag::SECOND);
    let fields = [
        cbc[0],
        cbc[1],
        (second + tag::HANDLE, &to_bytes[..]),
        (second + tag::CIPHER, &[cipher::CBC]),
        (second + tag::IV, &IV),
    ];
    let (first, moved) = ask(&stream, operation::REENCRYPT, from, &fields, &sealed).await;
    let (second, clear) = ask(&stream, operation::DECRYPT, to, &cbc, &moved).await;
    let same = if clear == CLEAR && moved != sealed { "the same" } else { "another" };
    format!("{first}, then {second}, then {same}")
}

pub(super) async fn two_holders(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let object = stream.open(API_KEY, AES).await.expect("a handle");
    let key = opened(&world, &stream, world.payments.mac).await;
    let fields = parameters(&[(tag::LENGTH, &[8]), (tag::METHOD, &[3])]);
    let (operation, parameters) = (operation::GENERATE_MAC, fields.bytes());
    let mac = Record { id: 2, operation, handle: key, parameters, data: CLEAR };
    let outcomes = stream.batch(&[world.record(1, object), mac], None).await;
    counted(&outcomes.expect("answers"))
}

pub(super) async fn pool_of_access_key(world: World<'_>) -> String {
    let keys = [world.payments.from, world.payments.mac];
    let keys = keys.map(|id| Key::with(world.payments.credential(), KeyName::Id(id)));
    let size = PoolOptions::default();
    let pool = Pool::connect(&world.options, &size, keys.into()).await.expect("it listens");
    let fields = parameters(&[(tag::LENGTH, &[8]), (tag::METHOD, &[3])]);
    let (operation, parameters) = (operation::GENERATE_MAC, fields.bytes());
    let records: Vec<_> =
        (0..64).map(|id| Record { id, operation, handle: 1, parameters, data: CLEAR }).collect();
    counted(&pool.batch(&records, None).await.expect("answers"))
}
