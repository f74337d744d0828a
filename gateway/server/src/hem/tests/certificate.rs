use http::StatusCode;
use rustls::pki_types::CertificateSigningRequestDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use tempfile::TempDir;
use typex_core::op::instance::from_base64;
use x509_parser::prelude::{FromDer, X509CertificationRequest};

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

// spec: encedo-hem 4.5
#[test]
fn a_certificate_is_asked_for_by_the_name_of_the_owner() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    run(with_certificate(&dir), sound(), async |world| {
        let token = world.owned().await.token(world, "system:config").await;
        let body = json!({ "gen_csr": true });
        let (status, answer) = world.post("/api/system/config", Some(&token), &body).await;
        assert_eq!((status, &answer["updated"]), (StatusCode::OK, &json!(false)));
        let csr = text(&answer["csr"]).as_bytes();
        let csr = CertificateSigningRequestDer::from_pem_slice(csr).expect("PEM");
        let (_, csr) = X509CertificationRequest::from_der(&csr).expect("a request");
        let subject = csr.certification_request_info.subject.to_string();
        assert_eq!(subject, "CN=my.example");
        assert_ne!(text(&answer["genuine"]), "");
    });
}

// spec: encedo-hem 4.5
#[test]
fn a_change_without_the_request_it_wants_is_none() {
    run(Options::default(), sound(), async |world| {
        let token = world.owned().await.token(world, "system:config").await;
        let body = json!({ "user": "Bob", "gen_csr": true });
        let (status, _) = world.post("/api/system/config", Some(&token), &body).await;
        assert_eq!(status, StatusCode::NOT_ACCEPTABLE, "there is no certificate");
        let (_, config) = world.get("/api/system/config", Some(&token)).await;
        assert_eq!(config["user"], "Ann");
    });
}
