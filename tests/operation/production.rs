//! `typex init`, and everything that production refuses.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use super::block;
use super::lifecycle::make_certificate;
use crate::harness::{Connection, Gateway, Object, Ran, Random, command, create_aes, typex};

/// A data directory made for production, and what lies outside of it.
struct Production {
    dir: TempDir,
    data: PathBuf,
    certificate: (String, String),
}

impl Production {
    /// Unlocked by what `option` of `init` names.
    fn init(option: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let data = dir.path().join("data");
        let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
        std::fs::write(path("--passphrase-file"), "correct horse battery staple\n")
            .expect("writable");
        let (unlock, signing) = (path(option), path("signing.pem"));
        let args = ["init", "--production", option, &unlock, "--signing-key", &signing];
        typex(&data, &args).succeeds();
        let certificate = make_certificate(dir.path());
        Self { dir, data, certificate }
    }

    /// `typex serve` with its certificate.
    fn serve(&self) -> Command {
        let mut command = command(&self.data);
        command.arg("--free-ports").stdout(Stdio::null());
        command.env("TYPEX_LISTEN_CERTIFICATE", &self.certificate.0);
        command.env("TYPEX_LISTEN_PRIVATE_KEY", &self.certificate.1);
        // A simulated card is for development.
        command.env("TYPEX_ENGINE_BACKEND", "soft");
        command
    }

    fn outside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Starting with one thing changed fails and says so.
    fn refuses(&self, name: &str, value: &Path, words: &[&str]) {
        Ran::of(self.serve().env(name, value)).fails_with(words);
    }
}

#[test]
fn production_serves_and_knows_no_demo() {
    let production = Production::init("--passphrase-file");
    let gateway = Gateway::launch(&production.data, production.serve());
    let mut process = Connection::open(gateway.address("process/http"));
    assert_eq!(block(&mut process, &Object::demo_a(0xee01)), "8068");
    let keys = gateway.typex(&["key", "list"]).succeeds();
    assert_eq!(keys.lines().count(), 2, "a key other than the import key: {keys}");
    let text = gateway.typex(&["client", "add", "first"]).succeeds();
    let api_key = text.split("api key   ").nth(1).and_then(|rest| rest.split(' ').next());
    let api_key: &'static str = api_key.expect("an API key").to_owned().leak();
    let mut enrol = Connection::open(gateway.address("enrol/http"));
    let mut random = Random::seeded("production");
    let object = create_aes(&mut enrol, api_key, &mut random, &[7; 16]).expect("running");
    assert_eq!(block(&mut process, &object), "9000");
    let two = json!({ "data": object.seal([1; 8], &[2; 32]) }).to_string();
    assert_eq!(process.post(&object.path([1; 8]), &two)["status"], "6f00");
    let output = Command::new("curl")
        .args(["--silent", "--cacert", &production.certificate.0])
        .args(["--resolve", &format!("localhost:{0}:127.0.0.1", port(&gateway))])
        .arg(format!("https://localhost:{}/1.0/x/y/z", port(&gateway)))
        .output()
        .expect("curl is installed");
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"status\""));
    gateway.stop();
    let verified = typex(&production.data, &["audit", "verify"]).succeeds();
    assert!(verified.contains("nothing found"), "{verified}");
}

fn port(gateway: &Gateway) -> u16 {
    gateway.address("process/https").port()
}

#[test]
fn production_refuses_what_is_for_development() {
    let production = Production::init("--key-file");
    let none = Path::new("");
    let inside = production.data.join("inside");
    std::fs::copy(production.outside("--key-file"), &inside).expect("writable");
    let detour = production.data.join("store/../inside");
    let link = production.outside("link");
    std::os::unix::fs::symlink(&inside, &link).expect("writable");
    let other = production.outside("other");
    std::fs::write(&other, [7; 32]).expect("writable");
    let private = PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&other, private).expect("ours");

    let key = "TYPEX_STORE_KEY_FILE";
    production.refuses(key, none, &["unlock key", "store.passphrase_file"]);
    for path in [&inside, &detour, &link] {
        production.refuses(key, path, &["inside the data directory"]);
    }
    production.refuses(key, &other, &["wrong passphrase or key file"]);
    production.refuses(key, Path::new("/nonexistent/file"), &["No such file"]);
    let passphrase = production.outside("--passphrase-file");
    production.refuses("TYPEX_STORE_PASSPHRASE_FILE", &passphrase, &["not both"]);
    let mut both = production.serve();
    Ran::of(both.env(key, "").env("TYPEX_STORE_PASSPHRASE_FILE", passphrase))
        .fails_with(&["opened with"]);
    production.refuses("TYPEX_AUDIT_SIGNING_KEY_FILE", none, &["audit signing key"]);
    production.refuses("TYPEX_KEYS_BLOCK_LENGTHS", Path::new("one-or-two-blocks"), &["one-block"]);
    production.refuses("TYPEX_ENGINE_BACKEND", Path::new("fpga"), &["simulated card"]);
    let mut bare = production.serve();
    bare.env_remove("TYPEX_LISTEN_CERTIFICATE").env_remove("TYPEX_LISTEN_PRIVATE_KEY");
    Ran::of(&mut bare).fails_with(&["development certificates", "listen.certificate"]);
    production.refuses("TYPEX_LISTEN_PRIVATE_KEY", none, &["together"]);
}

#[test]
fn a_store_made_in_development_is_refused_for_life() {
    let production = Production::init("--key-file");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    Gateway::start_in(&data, &[], &[]).stop();
    let key = dir.path().join("key");
    std::fs::copy(data.join("master.key"), &key).expect("writable");
    let mut serve = command(&data);
    serve.args(["serve", "--free-ports"]).env("TYPEX_STORE_PRODUCTION", "true");
    serve.env("TYPEX_STORE_KEY_FILE", &key);
    serve.env("TYPEX_AUDIT_SIGNING_KEY_FILE", production.outside("signing.pem"));
    serve.env("TYPEX_KEYS_BLOCK_LENGTHS", "one-block");
    serve.env("TYPEX_LISTEN_CERTIFICATE", &production.certificate.0);
    serve.env("TYPEX_LISTEN_PRIVATE_KEY", &production.certificate.1);
    Ran::of(&mut serve).fails_with(&["development", "production refuses"]);
    let mut missing = command(&dir.path().join("none"));
    missing.args(["serve", "--free-ports"]).env("TYPEX_STORE_PRODUCTION", "true");
    missing.env("TYPEX_STORE_KEY_FILE", &key);
    Ran::of(&mut missing).fails_with(&["holds no store", "typex init --production"]);
}

#[test]
fn init_refuses_keys_that_protect_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let data = dir.path().join("data");
    let (key, signing) = (path("key"), path("signing.pem"));
    std::fs::write(path("passphrase"), "correct horse battery staple\n").expect("writable");
    std::fs::write(path("short"), "short\n").expect("writable");
    let inside = |name: &str| data.join(name).to_str().expect("text").to_owned();
    let init = |args: &[&str]| typex(&data, &[&["init", "--production"], args].concat());
    init(&[]).fails_with(&["--signing-key"]);
    init(&["--signing-key", &signing]).fails_with(&["unlock key"]);
    init(&["--key-file", &key]).fails_with(&["--signing-key"]);
    for args in [
        ["--key-file", &inside("key"), "--signing-key", &signing],
        ["--key-file", &key, "--signing-key", &inside("signing.pem")],
        ["--key-file", &path("data/../data/key"), "--signing-key", &signing],
        ["--passphrase-file", &inside("passphrase"), "--signing-key", &signing],
    ] {
        init(&args).fails_with(&["inside the data directory"]);
    }
    init(&["--passphrase-file", &path("short"), "--signing-key", &signing])
        .fails_with(&["12 characters"]);
    init(&[
        "--passphrase-file",
        &path("passphrase"),
        "--key-file",
        &key,
        "--signing-key",
        &signing,
    ])
    .fails_with(&["--key-file"]);
    assert!(!data.exists(), "a refused init left something behind");
    init(&["--key-file", &key, "--signing-key", &signing]).succeeds();
    init(&["--key-file", &key, "--signing-key", &signing]).fails_with(&["holds a store already"]);
}

#[test]
fn init_for_development_makes_what_serve_needs() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    typex(&data, &["init"]).succeeds();
    assert!(data.join("typex.toml").exists());
    let gateway = Gateway::start_in(&data, &[], &[]);
    let mut process = Connection::open(gateway.address("process/http"));
    assert_eq!(block(&mut process, &Object::demo_a(0xee01)), "9000");
    typex(&data, &["init"]).fails_with(&["holds a store already"]);
}
