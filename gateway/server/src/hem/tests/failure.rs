use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use serde_json::json;
use typex_core::key::Algorithm;
use typex_core::op::instance::fault;
use typex_engine::algorithm::{Error, Random};

use super::super::SelfTest;
use super::{Options, World, run, sound};

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
