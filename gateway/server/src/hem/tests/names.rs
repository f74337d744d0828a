use std::sync::mpsc;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;

use super::super::{list, remove, start};
use super::{FIRST, Options, World, add, delete_key, make_key, read, run, sign, sound, stored};

async fn status_of(world: &World, host: &str) -> (StatusCode, Value) {
    let get = (Method::GET, "/api/system/status");
    read(&world.send(host, get, None, &Value::Null).await)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("it ends")
}

// spec: encedo-hem 1.1
#[test]
fn instances_answer_to_their_names() {
    run(Options::default(), sound(), async |world| {
        let (store, hems) = (world.store.clone(), world.hems.clone());
        let added = blocking(move || add(&store, Some(&hems), "other.localhost")).await;
        added.expect("a new instance");
        let owner = world.owned().await;
        let inited = async |host| status_of(world, host).await.1["inited"].clone();
        assert_eq!(inited(FIRST).await, Value::Null);
        assert_eq!(inited("my.example").await, Value::Null);
        assert_eq!(inited("unknown.example").await, Value::Null, "the default");
        assert_eq!(inited("other.localhost").await, Value::Bool(false));
        let (status, _) = owner.init(world, "other.localhost", "my.example").await;
        assert_eq!(status, StatusCode::NOT_ACCEPTABLE, "the name is taken");
        for name in ["localhost", "127.0.0.1"] {
            let (status, _) = owner.init(world, "other.localhost", name).await;
            assert_eq!(status, StatusCode::NOT_ACCEPTABLE, "{name} is the default's");
        }
        let (status, _) = owner.init(world, "other.localhost", "your.example").await;
        assert_eq!(status, StatusCode::OK);
        let refused = |name: &'static str| {
            let (store, hems) = (world.store.clone(), world.hems.clone());
            blocking(move || add(&store, Some(&hems), name).is_err())
        };
        assert!(refused("other.localhost").await);
        assert!(refused("your.example").await);
        assert!(refused("no name").await);
    });
}

// Who decides about an instance may wait for the directory of names: the other way round nobody
// may wait, or both do for ever.
#[test]
fn an_instance_is_found_while_somebody_decides_about_it() {
    run(Options::default(), sound(), async |world| {
        let instance = world.hems.find(Some(FIRST)).expect("the first");
        let (found, hems) = (mpsc::channel(), world.hems.clone());
        let decides = instance.lock();
        let finding = std::thread::spawn(move || found.0.send(hems.find(Some(FIRST)).is_some()));
        let result = found.1.recv_timeout(Duration::from_secs(10));
        drop(decides);
        finding.join().expect("it ends").ok();
        assert_eq!(result, Ok(true));
    });
}

// spec: encedo-hem 4.7
#[test]
fn an_instance_that_was_shut_down_waits_for_its_operator() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let token = owner.token(world, "system:shutdown").await;
        assert_eq!(world.get("/api/system/shutdown", Some(&token)).await.0, StatusCode::OK);
        assert_eq!(status_of(world, FIRST).await.0, StatusCode::NOT_FOUND);
        let (store, hems) = (world.store.clone(), world.hems.clone());
        let served = blocking(move || {
            let before = list(&store, Some(&hems)).expect("a list")[0].1;
            start(&store, Some(&hems), FIRST).expect("started");
            (before, list(&store, Some(&hems)).expect("a list")[0].1)
        });
        assert_eq!(served.await, (false, true));
        assert_eq!(status_of(world, FIRST).await.0, StatusCode::OK);
        owner.token(world, "system:config").await;
    });
}

#[test]
fn a_removed_instance_leaves_nothing() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let token = owner.token(world, "keymgmt:gen").await;
        make_key(world, &token, "AES128").await;
        let kid = make_key(world, &token, "SECP256R1").await;
        sign(world, &owner, &kid).await;
        delete_key(world, &owner, &kid).await;
        let instance = world.hems.find(Some(FIRST)).expect("it serves");
        let partition = instance.partition;
        assert_ne!(stored(world, partition).await.0, 0);
        let (store, hems) = (world.store.clone(), world.hems.clone());
        blocking(move || remove(&store, Some(&hems), FIRST)).await.expect("removed");
        assert_eq!(status_of(world, FIRST).await.0, StatusCode::NOT_FOUND);
        let (store, hems) = (world.store.clone(), world.hems.clone());
        let left = blocking(move || list(&store, Some(&hems)).expect("a list").len()).await;
        assert_eq!(left, 0);
        assert_eq!(stored(world, partition).await, (0, 0));
    });
}
