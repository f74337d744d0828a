use http::StatusCode;
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::CertificateSigningRequestDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use tempfile::TempDir;
use x509_parser::prelude::{FromDer, X509CertificationRequest};

use super::super::Tls;
use super::{FIRST, Options, Owner, World, add, claims, run, sound, text};
use crate::transport::tls::{Files, develop};

fn with_certificate(dir: &TempDir) -> Options {
    let files = develop(dir.path(), &[]).expect("a certificate");
    Options { tls: Tls::new(files), ..Options::default() }
}

/// What a check-in says of the certificate.
async fn serial(world: &World) -> Value {
    let (_, answer) = world.get("/api/system/checkin", None).await;
    claims(text(&answer["check"]))["csn"].clone()
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

/// An owner may have any name in the certificate but the gateway's own.
#[test]
fn the_name_of_the_gateway_is_the_default_instance_s() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let files = Files::of_development(dir.path());
    let names = ["gateway.example", "owner.example"].map(String::from);
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, "Gateway.example");
    let made = params.self_signed(&KeyPair::generate().expect("a key")).expect("a certificate");
    std::fs::write(&files.chain, made.pem()).expect("writable");
    let options = Options { tls: Tls::new(files), ..Options::default() };
    run(options, sound(), async |world| {
        let (store, hems) = (world.store.clone(), world.hems.clone());
        let add = move || add(&store, Some(&hems), "other.localhost");
        tokio::task::spawn_blocking(add).await.expect("it ends").expect("a new instance");
        let owner = Owner::default();
        let init = async |host, name| owner.init(world, host, name).await.0;
        assert_eq!(init("other.localhost", "gateway.example").await, StatusCode::NOT_ACCEPTABLE);
        assert_eq!(init("other.localhost", "owner.example").await, StatusCode::OK);
        assert_eq!(init(FIRST, "gateway.example").await, StatusCode::OK);
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
