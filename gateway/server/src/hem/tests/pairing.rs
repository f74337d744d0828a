use http::StatusCode;
use serde_json::{Value, json};
use typex_core::Secret;
use typex_core::op::instance::{AgreementKey, base64};

use super::owner::token;
use super::{FIRST, Options, World, claims, run, sound, stored, text};

const PAIR: &str = "auth:ext:pair";

/// What completes the pairing of an authenticator.
async fn reply(world: &World, access: &str) -> Value {
    let [ours, once] = [3, 4].map(|fill| AgreementKey::new(Secret::new([fill; 32])));
    let epk = base64(&once.public());
    let body = json!({ "epk": epk });
    let (_, asked) = world.post("/api/auth/ext/init", Some(access), &body).await;
    let jti = claims(text(&asked["request"]))["jti"].clone();
    let challenge = json!({ "spk": asked["eid"], "jti": jti });
    let reply = token(&ours, &challenge, json!({ "label": "a phone", "epk": epk }));
    json!({ "pid": base64(&[5; 32]), "reply": reply })
}

// spec: encedo-hem 3.6
#[test]
fn a_pairing_that_fails_leaves_no_key() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let instance = world.hems.find(Some(FIRST)).expect("the first");
        let partition = instance.partition;
        let access = owner.token(world, PAIR).await;
        let body = reply(world, &access).await;
        let pair = world.post("/api/auth/ext/validate", Some(&access), &body);
        let boot = world.hems.boot(0).expect("randomness");
        let others = async {
            assert!(instance.life.try_write().is_err(), "the pairing is under way");
            let rebooted = world.store.write(move |tx| instance.lock().reboot(tx, &boot));
            rebooted.await.expect("a new boot");
        };
        let ((status, _), ()) = tokio::join!(biased; pair, others);
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(stored(world, partition).await.0, 0);
        let access = owner.token(world, PAIR).await;
        let body = reply(world, &access).await;
        let paired = world.post("/api/auth/ext/validate", Some(&access), &body).await;
        assert_eq!(paired.0, StatusCode::OK);
        assert_eq!(stored(world, partition).await.0, 1);
    });
}
