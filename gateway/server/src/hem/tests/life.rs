use http::{Method, StatusCode};
use serde_json::{Value, json};
use typex_core::KeyId;
use typex_core::op::instance::base64;

use super::{FIRST, Options, delete_key, make_key, run, sign, sound, stored, text};

// spec: encedo-hem 3.5, 5.5, 6
#[test]
fn an_owner_makes_keys_and_uses_them() {
    run(Options::default(), sound(), async |world| {
        let (_, before) = world.get("/api/system/status", None).await;
        assert_eq!((&before["inited"], &before["fls_state"]), (&json!(false), &json!(0)));
        let owner = world.owned().await;
        let token = owner.token(world, "keymgmt:gen").await;
        let kid = make_key(world, &token, "SECP256R1").await;
        let token = owner.token(world, &format!("keymgmt:use:{kid}")).await;
        let (message, alg) = (base64(b"message"), "SHA384WithECDSA");
        let body = json!({ "kid": kid, "msg": message, "alg": alg });
        let (status, signed) = world.post("/api/crypto/exdsa/sign", Some(&token), &body).await;
        assert_eq!(status, StatusCode::OK);
        let verify = async |msg: &str| {
            let body = json!({ "kid": kid, "msg": msg, "alg": alg, "sign": signed["sign"] });
            world.post("/api/crypto/exdsa/verify", Some(&token), &body).await.0
        };
        assert_eq!(verify(&message).await, StatusCode::OK);
        assert_eq!(verify(&base64(b"another")).await, StatusCode::NOT_ACCEPTABLE);
    });
}

// spec: encedo-hem 6
#[test]
fn every_mode_of_aes_decrypts_what_it_encrypted() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let kid = make_key(world, &owner.token(world, "keymgmt:gen").await, "AES256").await;
        let token = owner.token(world, &format!("keymgmt:use:{kid}")).await;
        for (alg, data) in [
            ("AES256-ECB", &[7; 32][..]),
            ("AES128-CBC", b"any length"),
            ("AES256-CBC", &[9; 16]),
            ("AES192-GCM", b"any length"),
        ] {
            let mut body = json!({ "kid": kid, "msg": base64(data), "alg": alg });
            let path = "/api/crypto/cipher/encrypt";
            let (status, made) = world.post(path, Some(&token), &body).await;
            assert_eq!(status, StatusCode::OK, "{alg}");
            for name in ["iv", "tag"].into_iter().filter(|name| !made[name].is_null()) {
                body[name] = made[name].clone();
            }
            body["msg"] = made["ciphertext"].clone();
            let path = "/api/crypto/cipher/decrypt";
            let (status, opened) = world.post(path, Some(&token), &body).await;
            assert_eq!((status, text(&opened["plaintext"])), (StatusCode::OK, &*base64(data)));
        }
    });
}

// spec: encedo-hem 4.7
#[test]
fn a_boot_ends_every_token() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let token = owner.token(world, "system:config").await;
        let config = async || world.get("/api/system/config", Some(&token)).await.0;
        assert_eq!(config().await, StatusCode::OK);
        assert_eq!(world.get("/api/system/reboot", Some(&token)).await.0, StatusCode::OK);
        assert_eq!(config().await, StatusCode::UNAUTHORIZED);
        owner.token(world, "system:config").await;
    });
}

// spec: encedo-hem 4.5
#[test]
fn a_wipe_that_waited_for_its_turn_spares_the_next_boot() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let kid = make_key(world, &owner.token(world, "keymgmt:gen").await, "AES128").await;
        let token = owner.token(world, "system:config").await;
        let instance = world.hems.find(Some(FIRST)).expect("the first");
        let makes_keys = instance.life.read().await;
        let body = json!({ "wipeout": true });
        let wipe = world.post("/api/system/config", Some(&token), &body);
        let others = async {
            assert_eq!(world.get("/api/system/reboot", Some(&token)).await.0, StatusCode::OK);
            drop(makes_keys);
        };
        let ((status, _), ()) = tokio::join!(biased; wipe, others);
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let token = owner.token(world, "keymgmt:get").await;
        let shown = world.get(&format!("/api/keymgmt/get/{kid}"), Some(&token)).await;
        assert_eq!(shown.0, StatusCode::OK);
    });
}

// spec: encedo-hem 4.5
#[test]
fn a_wiped_instance_holds_nothing_of_its_owner() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let kid = make_key(world, &owner.token(world, "keymgmt:gen").await, "AES128").await;
        let kid: KeyId = kid.parse().expect("an id");
        let ec = make_key(world, &owner.token(world, "keymgmt:gen").await, "SECP256R1").await;
        sign(world, &owner, &ec).await;
        delete_key(world, &owner, &ec).await;
        let token = owner.token(world, "system:config").await;
        world.get("/api/system/reboot", Some(&token)).await;
        let token = owner.token(world, "system:config").await;
        let eid = world.get("/api/auth/token", None).await.1["eid"].clone();
        let instance = world.hems.find(Some(FIRST)).expect("it serves");
        let partition = instance.partition;
        let (keys, parts) = stored(world, partition).await;
        assert!(keys > 0 && parts > 1, "{keys} {parts}");
        let body = json!({ "wipeout": true });
        let (status, _) = world.post("/api/system/config", Some(&token), &body).await;
        assert_eq!(status, StatusCode::OK);
        let key = world.store.read(move |tx| tx.listed_key(partition, kid)).await;
        assert!(key.is_err(), "its keys are gone");
        assert_eq!(stored(world, partition).await, (0, 1), "but for the log of the new boot");
        assert_eq!(instance.lock().book.names().len(), 1, "its logs are gone");
        assert_eq!(world.get("/api/system/status", None).await.1["inited"], json!(false));
        let (status, _) = world.get("/api/system/config", Some(&token)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let (_, challenge) = world.get("/api/auth/init", None).await;
        assert_ne!(challenge["eid"], eid);
        let get = (Method::GET, "/api/system/status");
        let called = world.send("my.example", get, None, &Value::Null).await;
        assert_eq!(called.status(), StatusCode::OK, "the default answers");
        world.owned().await;
    });
}

// spec: encedo-hem 4.5
#[test]
fn a_wipe_with_anything_invalid_changes_nothing() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let token = owner.token(world, "system:config").await;
        let body = json!({ "wipeout": true, "user": "x".repeat(1000) });
        let (status, _) = world.post("/api/system/config", Some(&token), &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(world.get("/api/system/config", Some(&token)).await.0, StatusCode::OK);
    });
}
