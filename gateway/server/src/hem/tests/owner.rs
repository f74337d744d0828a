//! An owner: keys of user and administrator, and the tokens they make.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use typex_core::Secret;
use typex_core::op::instance::{AgreementKey, base64, mac};
use typex_store::system_clock;

use super::{Answer, World, bytes, read, text};

pub(super) struct Owner {
    user: AgreementKey,
    master: AgreementKey,
}

impl Default for Owner {
    fn default() -> Self {
        let key = |fill| AgreementKey::new(Secret::new([fill; 32]));
        Self { user: key(1), master: key(2) }
    }
}

impl Owner {
    /// Gives an instance its first configuration.
    pub(super) async fn init(&self, world: &World, host: &str, name: &str) -> Answer {
        self.init_with(world, host, name, false).await
    }

    /// The same, and asks for a certificate.
    pub(super) async fn init_and_ask(&self, world: &World, host: &str, name: &str) -> Answer {
        self.init_with(world, host, name, true).await
    }

    async fn init_with(&self, world: &World, host: &str, name: &str, csr: bool) -> Answer {
        let get = (Method::GET, "/api/auth/init");
        let (status, challenge) = read(&world.send(host, get, None, &Value::Null).await);
        if status != StatusCode::OK {
            return (status, challenge);
        }
        let cfg = json!({
            "masterkey": base64(&self.master.public()), "userkey": base64(&self.user.public()),
            "user": "Ann", "email": "", "hostname": name, "origin": "*", "trusted_ts": true,
            "trusted_backend": false, "allow_keysearch": false, "gen_csr": csr,
        });
        let init = token(&self.master, &challenge, json!({ "cfg": cfg }));
        let post = (Method::POST, "/api/auth/init");
        read(&world.send(host, post, None, &json!({ "init": init })).await)
    }

    /// Logs in as the local user.
    pub(super) async fn login(&self, world: &World, scope: &str) -> Answer {
        self.login_as(&self.user, world, scope).await
    }

    /// Tries to with another key.
    pub(super) async fn fail(&self, world: &World) -> Answer {
        let wrong = AgreementKey::new(Secret::new([9; 32]));
        self.login_as(&wrong, world, "system:config").await
    }

    /// The token of a login that succeeds.
    pub(super) async fn token(&self, world: &World, scope: &str) -> String {
        let (status, answer) = self.login(world, scope).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        text(&answer["token"]).to_owned()
    }

    async fn login_as(&self, key: &AgreementKey, world: &World, scope: &str) -> Answer {
        let (status, challenge) = world.get("/api/auth/token", None).await;
        if status != StatusCode::OK {
            return (status, challenge);
        }
        let exp = system_clock().0 / 1000 + 3600;
        let auth = token(key, &challenge, json!({ "scope": scope, "exp": exp }));
        world.post("/api/auth/token", None, &json!({ "auth": auth })).await
    }
}

/// The answer of the holder of `key` to a challenge.
pub(super) fn token(key: &AgreementKey, challenge: &Value, more: Value) -> String {
    let spk: [u8; 32] = bytes(&challenge["spk"]);
    let Value::Object(mut claims) = more else { panic!("claims") };
    claims.insert("jti".into(), challenge["jti"].clone());
    claims.insert("aud".into(), challenge["spk"].clone());
    claims.insert("iss".into(), base64(&key.public()).into());
    claims.insert("iat".into(), (system_clock().0 / 1000).into());
    let header = json!({ "ecdh": "x25519", "alg": "HS256", "typ": "JWT" });
    let signed = format!("{}.{}", segment(&header), segment(&Value::Object(claims)));
    let shared = key.agree(&spk).expect("a public key");
    format!("{signed}.{}", url(&mac(shared.expose(), &[signed.as_bytes()])))
}

fn segment(value: &Value) -> String {
    url(value.to_string().as_bytes())
}

fn url(data: &[u8]) -> String {
    base64(data).trim_end_matches('=').replace('+', "-").replace('/', "_")
}
