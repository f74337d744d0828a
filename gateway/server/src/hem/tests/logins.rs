use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use tokio::time::Instant;
use typex_core::limits::INSTANCE_LOGINS_WAITING_MAX;

use super::{Options, run, sound};

// spec: encedo-hem 3.3
#[test]
fn guessing_is_slow_and_the_owner_gets_in() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let mut waits = Vec::new();
        for _ in 0..4 {
            let came = Instant::now();
            assert_eq!(owner.fail(world).await.0, StatusCode::UNAUTHORIZED);
            waits.push(came.elapsed());
        }
        assert!(waits[..3].iter().all(|wait| *wait >= Duration::from_millis(500)), "{waits:?}");
        assert!(waits[3] >= Duration::from_millis(1500), "{waits:?}");
        assert_eq!(owner.login(world, "system:config").await.0, StatusCode::OK);
    });
}

// spec: encedo-hem 3.3
#[test]
fn waiting_answers_are_bounded() {
    run(Options::default(), sound(), async |world| {
        let owner = world.owned().await;
        let tries = (0..INSTANCE_LOGINS_WAITING_MAX + 4).map(|_| owner.fail(world));
        let all = join_all(tries).await;
        let busy = all.iter().filter(|one| one.0 == StatusCode::SERVICE_UNAVAILABLE).count();
        let refused = all.iter().filter(|one| one.0 == StatusCode::UNAUTHORIZED).count();
        assert_eq!((refused, busy), (INSTANCE_LOGINS_WAITING_MAX, 4));
    });
}
