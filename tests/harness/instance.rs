//! An Encedo HEM instance with an owner: keys, and access tokens for them.

use serde_json::Value;

use super::{Gateway, Ran, interpreter};

/// The instance that a new store has.
const HOST: &str = "hem.localhost";

/// What its owner knows of it.
pub(crate) struct Instance(Value);

impl Instance {
    /// Makes somebody the owner of the first instance of a gateway.
    #[track_caller]
    pub(crate) fn claim(gateway: &Gateway) -> Self {
        let told = run(gateway, &["claim"]);
        Self(serde_json::from_str(&told).expect("JSON"))
    }

    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        HOST
    }

    /// The id of a key.
    pub(crate) fn key(&self, name: &str) -> [u8; 16] {
        const_hex::decode_to_array(self.text(name, "kid")).expect("an id")
    }

    /// The token for a key, or for something else.
    pub(crate) fn token(&self, name: &str) -> &str {
        self.text(name, "token")
    }

    /// What the other dialect made with a key of the message `amount 12.50`.
    pub(crate) fn made(&self, name: &str) -> Vec<u8> {
        const_hex::decode(self.text(name, "made")).expect("hex")
    }

    /// The public half of a key of RSA, as the other dialect shows it.
    pub(crate) fn public(&self, name: &str) -> Vec<u8> {
        const_hex::decode(self.text(name, "public")).expect("hex")
    }

    /// Ends all tokens.
    pub(crate) fn reboot(&self, gateway: &Gateway) {
        run(gateway, &["reboot", self.token("config")]);
    }

    /// All of it.
    pub(crate) fn told(&self) -> &Value {
        &self.0
    }

    fn text(&self, name: &str, member: &str) -> &str {
        self.0[name][member].as_str().expect("a text")
    }
}

#[track_caller]
fn run(gateway: &Gateway, args: &[&str]) -> String {
    let ready = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(ready.path(), gateway.ready()).expect("writable");
    let mut python = interpreter();
    python.args(["-m", "stream.instance"]).arg(ready.path()).arg(HOST).args(args);
    Ran::of(&mut python).succeeds()
}
