//! Cases of holders of access tokens.

use typex_client::{Key, KeyName, Parameters, Pool, PoolOptions, Record, operation, scheme, tag};

use super::access::{ask, parameters};
use super::cases::{counted, failed};
use super::world::World;

const MESSAGE: &[u8] = b"amount 12.50";
const ED25519: [(u8, &[u8]); 1] = [(tag::SCHEME, &[scheme::ED25519])];

fn named(world: &World<'_>, key: &str) -> KeyName<'static> {
    KeyName::Id(world.instance.key(key))
}

pub(super) async fn access_token(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let opened = stream.open_with(world.token("ed25519"), named(&world, "ed25519")).await;
    let key = opened.expect("it may");
    let (first, made) = ask(&stream, operation::SIGN, key, &ED25519, MESSAGE).await;
    let same = if made == world.instance.made("ed25519") { "the same" } else { "another" };
    let fields = [(tag::VALUE, &made[..]), ED25519[0]];
    let (second, _) = ask(&stream, operation::VERIFY, key, &fields, MESSAGE).await;
    let (third, _) = ask(&stream, operation::VERIFY, key, &fields, b"amount 12.51").await;
    format!("{first}, {same}, then {second}, then {third}")
}

pub(super) async fn refused_token(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let key = named(&world, "ed25519");
    let first = failed(stream.open_with(world.token("hmac"), key).await);
    let second = failed(stream.open_with(world.token("nothing"), named(&world, "nothing")).await);
    let nobody = typex_client::Credential::Token { token: "nobody", instance: "" };
    format!("{first}, then {second}, then {}", failed(stream.open_with(nobody, key).await))
}

pub(super) async fn other_use(world: World<'_>) -> String {
    let (_client, stream) = world.stream().await;
    let opened = stream.open_with(world.token("hmac"), named(&world, "hmac")).await;
    let key = opened.expect("it may");
    let (first, _) = ask(&stream, operation::SIGN, key, &ED25519, MESSAGE).await;
    let (second, made) = ask(&stream, operation::HMAC, key, &[], MESSAGE).await;
    let same = if made == world.instance.made("hmac") { "the same" } else { "another" };
    format!("{first}, then {second}, {same}")
}

pub(super) async fn pool_of_tokens(world: World<'_>) -> String {
    let keys = ["ed25519", "hmac"].map(|key| Key::with(world.token(key), named(&world, key)));
    let size = PoolOptions::default();
    let pool = Pool::connect(&world.options, &size, keys.into()).await.expect("it listens");
    let (plain, signed) = (Parameters::default(), parameters(&ED25519));
    let record = |id: u32| {
        let (operation, parameters) = match id % 2 {
            0 => (operation::SIGN, signed.bytes()),
            _ => (operation::HMAC, plain.bytes()),
        };
        Record { id, operation, handle: id % 2, parameters, data: MESSAGE }
    };
    let records: Vec<_> = (0..64).map(record).collect();
    counted(&pool.batch(&records, None).await.expect("answers"))
}
