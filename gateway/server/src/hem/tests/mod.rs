//! Instances behind the dialect, without sockets: requests go in as HTTP messages.

mod certificate;
mod failure;
mod life;
mod logins;
mod logs;
mod names;
mod owner;
mod pairing;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use typex_core::key::KeyRecord;
use typex_core::op::instance::{LogPart, base64, from_base64, from_base64_array};
use typex_core::{PartitionId, UnixMs};
use typex_dialect::Dialect;
use typex_dialect::encedo_hem::EncedoHem;
use typex_engine::algorithm::Random;
use typex_store::Store;

use super::{FIRST, Hems, Options, add};
use crate::gateway::{Core, Gateway, Role, Rules};
use crate::stand::{Place, rules};
use crate::transport::{self, Exchange, Peer, Service, Transport};
use owner::Owner;

struct World {
    core: Core,
    hems: Arc<Hems>,
    store: Store,
}

/// An answer: its status and, where it is one, its object.
type Answer = (StatusCode, Value);

/// Runs `test` over one instance without an owner; then the audit log must verify.
fn run(options: Options, random: Random, test: impl AsyncFnOnce(&World)) {
    let place = Place::new(UnixMs(1));
    let stand = place.stand();
    add(&stand.store, None, FIRST).expect("the first");
    let random = Arc::new(random);
    let hems = Hems::open(&stand.store, Arc::clone(&random), options).expect("instances");
    let gateway = Gateway {
        random,
        hems: Arc::clone(&hems),
        roles: vec![Role { dialect: &EncedoHem, listener: &EncedoHem.listeners()[0] }],
        ..stand.gateway(Rules { deadline: Duration::from_secs(3600), ..rules() })
    };
    stand.serve(gateway, true, async |core| {
        let world = World { core, hems, store: stand.store.clone() };
        test(&world).await;
        world.hems.close();
    });
    stand.close();
}

fn sound() -> Random {
    Random::start().expect("a sound generator")
}

impl World {
    /// Asks the instance that is called `host`; the whole answer.
    async fn send(
        &self,
        host: &str,
        (method, path): (Method, &str),
        token: Option<&str>,
        body: &Value,
    ) -> http::Response<Bytes> {
        let address = ([127, 0, 0, 1], 4000).into();
        let role = transport::Role(0);
        let peer = Peer { address, role, transport: Transport::H1, secure: true };
        let mut request = Request::builder().method(&method).uri(path).header("Host", host);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut text = Bytes::new();
        if method == Method::POST {
            text = body.to_string().into();
            request = request
                .header("Content-Type", "application/json")
                .header("Content-Length", text.len());
        }
        let request = request.body(text).expect("a request");
        self.core.call(Exchange { peer, request }).await
    }

    async fn delete(&self, path: &str, token: &str) -> Answer {
        read(&self.send(FIRST, (Method::DELETE, path), Some(token), &Value::Null).await)
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        read(&self.send(FIRST, (Method::GET, path), token, &Value::Null).await)
    }

    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        read(&self.send(FIRST, (Method::POST, path), token, body).await)
    }

    /// The instance after its first configuration, as its owner.
    async fn owned(&self) -> Owner {
        let owner = Owner::default();
        let (status, answer) = owner.init(self, FIRST, "my.example").await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        owner
    }
}

/// How many key records and how many parts of logs a partition has.
async fn stored(world: &World, partition: PartitionId) -> (usize, usize) {
    use std::ops::ControlFlow::Continue;
    let counted = world.store.read(move |tx| {
        let (mut keys, mut parts) = (0, 0);
        tx.scan(partition, |_: KeyRecord| {
            keys += 1;
            Ok(Continue(()))
        })?;
        tx.scan(partition, |_: LogPart| {
            parts += 1;
            Ok(Continue(()))
        })?;
        Ok((keys, parts))
    });
    counted.await.expect("counts")
}

/// Signs something with an elliptic key.
async fn sign(world: &World, owner: &Owner, kid: &str) {
    let token = owner.token(world, &format!("keymgmt:use:{kid}")).await;
    let body = json!({ "kid": kid, "msg": base64(b"message"), "alg": "SHA256WithECDSA" });
    let signed = world.post("/api/crypto/exdsa/sign", Some(&token), &body).await;
    assert_eq!(signed.0, StatusCode::OK);
}

async fn delete_key(world: &World, owner: &Owner, kid: &str) {
    let token = owner.token(world, "keymgmt:del").await;
    let deleted = world.delete(&format!("/api/keymgmt/delete/{kid}"), &token).await;
    assert_eq!(deleted.0, StatusCode::OK);
}

/// Makes a key and gives its id.
async fn make_key(world: &World, token: &str, algorithm: &str) -> String {
    let body = json!({ "label": "a key", "type": algorithm, "mode": "ECDH,ExDSA" });
    let (status, made) = world.post("/api/keymgmt/create", Some(token), &body).await;
    assert_eq!(status, StatusCode::OK, "{algorithm} {made}");
    text(&made["kid"]).to_owned()
}

fn read(answer: &http::Response<Bytes>) -> Answer {
    (answer.status(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

/// What a token says.
fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).and_then(from_base64).expect("base64");
    serde_json::from_slice(&claims).expect("JSON")
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    from_base64_array(value.as_str().expect("a text")).expect("base64")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
