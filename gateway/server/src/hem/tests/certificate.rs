use serde_json::Value;
use tempfile::TempDir;
use typex_core::op::instance::from_base64;

use super::super::Tls;
use super::{Options, World, run, sound, text};
use crate::transport::tls::develop;

fn with_certificate(dir: &TempDir) -> Options {
    let files = develop(dir.path(), &[]).expect("a certificate");
    Options { tls: Tls::new(files), ..Options::default() }
}

/// What a check-in says of the certificate.
async fn serial(world: &World) -> Value {
    let (_, answer) = world.get("/api/system/checkin", None).await;
    let claims = text(&answer["check"]).split('.').nth(1).expect("claims");
    let claims = from_base64(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    claims["csn"].clone()
}

// spec: encedo-hem 4.3
#[test]
fn a_check_in_tells_of_the_certificate_in_use() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    run(with_certificate(&dir), sound(), async |world| {
        let first = serial(world).await;
        assert_ne!(text(&first), "");
        develop(dir.path(), &["another.example".to_owned()]).expect("another");
        assert_eq!(serial(world).await, first);
        world.hems.reload_certificate();
        assert_ne!(serial(world).await, first);
    });
}
