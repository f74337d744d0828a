use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use typex_core::key::Algorithm;
use typex_core::op::instance::fault;
use typex_engine::algorithm::{Error, Random};

use super::super::SelfTest;
use super::{FIRST, Options, World, run, sound};

async fn faults(world: &World) -> u64 {
    let (status, answer) = world.get("/api/system/status", None).await;
    assert_eq!(status, StatusCode::OK);
    answer["fls_state"].as_u64().expect("a number")
}

/// Whether one algorithm gives wrong answers: of the one test below.
static BROKEN: AtomicBool = AtomicBool::new(true);

fn known_answers(algorithm: Algorithm) -> Result<(), Error> {
    let broken = BROKEN.load(Ordering::Relaxed) && algorithm == Algorithm::Ed448;
    if broken { Err(Error::Broken) } else { Ok(()) }
}

// spec: encedo-hem 4.2, 4.7
#[test]
fn a_wrong_answer_ends_service_until_a_boot_without() {
    let options = Options { self_test: SelfTest { known_answers }, ..Options::default() };
    run(options, sound(), async |world| {
        assert_eq!(faults(world).await, u64::from(fault::KNOWN_ANSWER));
        assert_eq!(world.get("/api/auth/init", None).await.0, StatusCode::CONFLICT);
        BROKEN.store(false, Ordering::Relaxed);
        assert_eq!(world.get("/api/system/reboot", None).await.0, StatusCode::OK);
        assert_eq!(faults(world).await, 0);
        let owner = world.owned().await;
        let token = owner.token(world, "system:config").await;
        let (_, tested) = world.get("/api/system/selftest", Some(&token)).await;
        assert_eq!((&tested["fls_state"], &tested["kat_busy"]), (&json!(0), &json!(false)));
        BROKEN.store(true, Ordering::Relaxed);
        let (_, tested) = world.get("/api/system/selftest", Some(&token)).await;
        assert_eq!(tested["fls_state"], json!(fault::KNOWN_ANSWER));
        assert_eq!(owner.login(world, "system:config").await.0, StatusCode::CONFLICT);
    });
}

/// The same, of another test.
static BROKEN_LATER: AtomicBool = AtomicBool::new(false);

fn known_answers_at_first(algorithm: Algorithm) -> Result<(), Error> {
    let broken = BROKEN_LATER.load(Ordering::Relaxed) && algorithm == Algorithm::X25519;
    if broken { Err(Error::Broken) } else { Ok(()) }
}

/// What a failed instance with an owner answers.
// spec: encedo-hem 1.4, 1.5
fn while_failed(call: &str) -> u16 {
    match call {
        "GET /api/system/version" | "GET /api/system/status" | "GET /api/system/checkin" => 200,
        "GET /api/system/selftest" | "GET /api/openapi.json" | "GET /api/docs" => 200,
        "POST /api/system/checkin" => 400,
        "POST /api/system/config/provisioning" => 403,
        "GET /api/auth/init" | "POST /api/auth/init" => 406,
        call if call.contains("/upgrade/") => 404,
        _ => 409,
    }
}

/// Every call of the description but the one that would end the failure.
async fn described(world: &World) -> Vec<(Method, String)> {
    let (_, page) = world.get("/api/openapi.json", None).await;
    let paths = page["paths"].as_object().expect("paths").iter();
    let calls = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").keys();
        methods.map(|method| (method.to_uppercase().parse().expect("a method"), path.clone()))
    });
    calls.filter(|(_, path)| path != "/api/system/reboot").collect()
}

// spec: encedo-hem 1.5
#[test]
fn a_failed_instance_answers_409_but_for_what_tells_why() {
    let self_test = SelfTest { known_answers: known_answers_at_first };
    run(Options { self_test, ..Options::default() }, sound(), async |world| {
        let token = world.owned().await.token(world, "system:config").await;
        BROKEN_LATER.store(true, Ordering::Relaxed);
        world.get("/api/system/selftest", Some(&token)).await;
        let calls = described(world).await;
        assert!(calls.len() > 50, "{calls:?}");
        for (method, path) in calls {
            let concrete = path
                .replace("{kid}", "00112233445566778899aabbccddeeff")
                .replace("{offset}/{count}", "0/1")
                .replace("{offset}", "0")
                .replace("{id}", "00000001");
            let call = format!("{method} {path}");
            let body = json!({ "any": "thing" });
            let answer = world.send(FIRST, (method, &concrete), Some(&token), &body).await;
            assert_eq!(answer.status().as_u16(), while_failed(&call), "{call}");
        }
        BROKEN_LATER.store(false, Ordering::Relaxed);
        assert_eq!(world.get("/api/system/reboot", Some(&token)).await.0, StatusCode::OK);
        assert_eq!(faults(world).await, 0);
        let get = (Method::GET, "/api/auth/token");
        let challenge = world.send(FIRST, get, None, &Value::Null).await;
        assert_eq!(challenge.status(), StatusCode::OK);
    });
}

// spec: encedo-hem 4.2
#[test]
fn a_stuck_generator_ends_service() {
    let stuck = Arc::new(AtomicBool::new(false));
    let (seen, sound) = (Arc::clone(&stuck), sound());
    let random = Random::over(move |out| {
        let is_stuck = seen.load(Ordering::Relaxed);
        if is_stuck {
            out.fill(7)
        }
        is_stuck || sound.fill(out).is_ok()
    });
    run(Options::default(), random, async |world| {
        let owner = world.owned().await;
        let token = owner.token(world, "keymgmt:gen").await;
        stuck.store(true, Ordering::Relaxed);
        let body = json!({ "label": "a key", "type": "AES256" });
        let (status, _) = world.post("/api/keymgmt/create", Some(&token), &body).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        let (status, _) = world.post("/api/keymgmt/create", Some(&token), &body).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(faults(world).await, u64::from(fault::ENTROPY));
    });
}
