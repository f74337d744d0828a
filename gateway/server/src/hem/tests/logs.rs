use http::{Method, StatusCode};
use serde_json::Value;
use typex_core::limits::INSTANCE_LOG_ANSWERS_MAX;
use typex_core::op::instance::{Event, LogEvent, file_text, verify_log};
use typex_store::system_clock;

use super::{FIRST, Options, World, bytes, run, sound};

async fn files(world: &World, token: &str) -> Vec<String> {
    let (status, list) = world.get("/api/logger/list", Some(token)).await;
    assert_eq!(status, StatusCode::OK);
    let names = list["id"].as_array().expect("a list").iter();
    names.map(|name| name.as_str().expect("a text").to_owned()).collect()
}

async fn file(world: &World, token: &str, name: &str) -> (StatusCode, String) {
    let path = format!("/api/logger/{name}");
    let answer = world.send(FIRST, (Method::GET, &path), Some(token), &Value::Null).await;
    (answer.status(), String::from_utf8(answer.body().to_vec()).expect("a text"))
}

// spec: encedo-hem 7.1, 7.2
#[test]
fn the_log_of_the_last_boot_is_whole() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let token = owner.token(world, "system:config").await;
        world.get("/api/system/reboot", Some(&token)).await;
        let token = owner.token(world, "logger:get").await;
        let (_, key) = world.get("/api/logger/key", Some(&token)).await;
        let names = files(world, &token).await;
        assert_eq!(names.len(), 2);
        let (status, log) = file(world, &token, &names[0]).await;
        assert_eq!(status, StatusCode::OK);
        let lines = verify_log(&log, &bytes(&key["key"])).expect("a log");
        // Key, boot, self-test, owner, login, boot.
        assert_eq!(lines, 6, "{log}");
        assert_eq!(file(world, &token, &names[1]).await.0, StatusCode::NOT_ACCEPTABLE);
        assert_eq!(file(world, &token, "00000001").await.0, StatusCode::NOT_FOUND);
    });
}

// spec: encedo-hem 7.2
#[test]
fn a_long_log_goes_on_in_another_file() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let token = owner.token(world, "logger:get").await;
        let instance = world.hems.find(Some(FIRST)).expect("it serves");
        let first = instance.lock().session.log.file();
        let event = LogEvent::done(Event::Sign, None).with_text(&"x".repeat(128));
        while instance.lock().session.log.file() == first {
            (0..100).for_each(|_| instance.lock().log(&event, system_clock()));
            world.hems.flush(&instance).await.expect("stored");
        }
        let (_, key) = world.get("/api/logger/key", Some(&token)).await;
        let (status, log) = file(world, &token, &file_text(first)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(verify_log(&log, &bytes(&key["key"])).expect("a log") > 1000);
        assert_eq!(files(world, &token).await.len(), 2);
    });
}

#[test]
fn logs_in_answers_that_nobody_takes_are_bounded() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let token = owner.token(world, "system:config").await;
        world.get("/api/system/reboot", Some(&token)).await;
        let token = owner.token(world, "logger:get").await;
        let path = format!("/api/logger/{}", files(world, &token).await[0]);
        let read =
            async || world.send(FIRST, (Method::GET, &path), Some(&token), &Value::Null).await;
        let mut held = Vec::new();
        for _ in 0..INSTANCE_LOG_ANSWERS_MAX {
            held.push(read().await.into_body());
        }
        assert_eq!(read().await.status(), StatusCode::SERVICE_UNAVAILABLE);
        held.pop();
        assert_eq!(read().await.status(), StatusCode::OK);
    });
}
