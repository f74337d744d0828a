use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

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

/// The file of the key is a pipe that gives it once somebody else's change is stored.
fn give_slowly(world: &World, key: &Path) -> JoinHandle<bool> {
    let pem = std::fs::read(key).expect("a key");
    std::fs::remove_file(key).expect("a file");
    let made = std::process::Command::new("mkfifo").arg(key).status().expect("coreutils");
    assert!(made.success());
    let (store, key) = (world.store.clone(), key.to_owned());
    std::thread::spawn(move || {
        // Opens once somebody reads.
        let mut pipe = File::options().write(true).open(key).expect("a pipe");
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || tell.send(store.write(|_| Ok(())).wait().is_ok()));
        let is_stored = told.recv_timeout(Duration::from_secs(10)).unwrap_or(false);
        pipe.write_all(&pem).expect("a reader");
        is_stored
    })
}

/// Whoever may ask for a certificate holds nobody else up.
// spec: encedo-hem 3.4, 4.5
#[test]
fn the_store_goes_on_while_a_certificate_is_asked_for() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let key = Files::of_development(dir.path()).key;
    run(with_certificate(&dir), sound(), async |world| {
        let pem = std::fs::read(&key).expect("a key");
        let given = give_slowly(world, &key);
        let owner = Owner::default();
        let (status, answer) = owner.init_and_ask(world, FIRST, "my.example").await;
        assert!(given.join().expect("it ends"), "the first configuration");
        assert_eq!((status, answer["csr"].is_string()), (StatusCode::OK, true), "{answer}");
        std::fs::remove_file(&key).expect("a pipe");
        std::fs::write(&key, pem).expect("writable");
        let token = owner.token(world, "system:config").await;
        let given = give_slowly(world, &key);
        let body = json!({ "gen_csr": true });
        let (status, answer) = world.post("/api/system/config", Some(&token), &body).await;
        assert!(given.join().expect("it ends"), "a later one");
        assert_eq!((status, answer["csr"].is_string()), (StatusCode::OK, true), "{answer}");
    });
}
