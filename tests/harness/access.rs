//! An access key, and the requests that it signs: AWS Signature Version 4, from its description.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Connection, Gateway};

const REGION: &str = "eu-north-1";
const SERVICE: &str = "payment-cryptography";

/// An access key of a partition.
pub(crate) struct Access {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) partition: String,
    address: SocketAddr,
}

impl Access {
    /// One of a partition, or of a `new` one; `more` says what it may do.
    pub(crate) fn create(gateway: &Gateway, partition: &str, more: &[&str]) -> Self {
        let create = ["payments", "access-key", "create", "--json", "--partition", partition];
        let made = gateway.typex(&[&create[..], more].concat()).succeeds();
        let made: Value = serde_json::from_str(made.trim()).expect("JSON");
        let [id, secret, partition] =
            ["access_key_id", "secret_access_key", "partition"].map(|name| text(&made[name]));
        Self { id, secret, partition, address: address(gateway) }
    }

    /// A new key of its partition: its identity.
    pub(crate) fn new_key(&self, usage: &str, algorithm: &str, modes: &[&str]) -> String {
        let modes: serde_json::Map<_, _> =
            modes.iter().map(|mode| ((*mode).to_owned(), Value::Bool(true))).collect();
        let attributes = json!({
            "KeyUsage": usage,
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": algorithm,
            "KeyModesOfUse": modes,
        });
        let body = json!({ "KeyAttributes": attributes, "Exportable": false });
        let made = self.control("CreateKey", &body);
        let arn = text(&made["Key"]["KeyArn"]);
        arn.rsplit('/').next().expect("its end").to_owned()
    }

    /// An operation that manages keys, which must succeed.
    #[track_caller]
    pub(crate) fn control(&self, name: &str, body: &Value) -> Value {
        let target = format!("PaymentCryptographyControlPlane.{name}");
        let more = [("x-amz-target", target.as_str())];
        let (status, answer) = self.send("/", "application/x-amz-json-1.0", &more, body);
        assert_eq!(status, 200, "{name}: {answer}");
        answer
    }

    /// An operation that uses keys, which must succeed.
    #[track_caller]
    pub(crate) fn data(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(path, "application/json", &[], body);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    fn send(
        &self,
        path: &str,
        content_type: &str,
        more: &[(&str, &str)],
        body: &Value,
    ) -> (u16, Value) {
        let body = body.to_string();
        let head = self.head(path, content_type, more, body.as_bytes());
        let mut connection = Connection::open(self.address);
        connection.send((head + &body).as_bytes()).expect("it listens");
        let (head, body) = connection.answer().expect("an answer");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.expect("a status"), serde_json::from_str(&body).expect("JSON"))
    }

    /// The head of a signed `POST` of HTTP/1.1.
    pub(crate) fn head(
        &self,
        path: &str,
        content_type: &str,
        more: &[(&str, &str)],
        body: &[u8],
    ) -> String {
        let time = stamp();
        let mut fields =
            vec![("content-type", content_type), ("host", "localhost"), ("x-amz-date", &time)];
        fields.extend(more);
        fields.sort_unstable();
        let names = fields.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let signed: String =
            fields.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("POST\n{path}\n\n{signed}\n{names}\n{}", hash(body));
        let scope = [&time[..8], REGION, SERVICE, "aws4_request"];
        let scope_text = scope.join("/");
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{time}\n{scope_text}\n{}", hash(canonical.as_bytes()));
        let first = format!("AWS4{}", self.secret).into_bytes();
        let key = scope.iter().fold(first, |key, part| mac(&key, part.as_bytes()));
        let signature = const_hex::encode(mac(&key, to_sign.as_bytes()));
        let lines: String =
            fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!(
            "POST {path} HTTP/1.1\r\n{lines}authorization: AWS4-HMAC-SHA256 \
             Credential={}/{scope_text}, SignedHeaders={names}, Signature={signature}\r\n\
             content-length: {}\r\n\r\n",
            self.id,
            body.len()
        )
    }
}

fn address(gateway: &Gateway) -> SocketAddr {
    let ready: Value = serde_json::from_str(gateway.ready()).expect("JSON");
    let listeners = ready["listeners"].as_array().expect("listeners");
    let is_it = |one: &&Value| one["dialect"] == "aws-payment" && one["transport"] == "http";
    let found = listeners.iter().find(is_it).expect("the dialect is served");
    text(&found["address"]).parse().expect("an address")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hash(bytes: &[u8]) -> String {
    const_hex::encode(Sha256::digest(bytes))
}

/// Now, as signatures have it.
fn stamp() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let now =
        typex_core::UnixMs(u64::try_from(now.as_millis()).expect("before the year 584 million"));
    typex_core::op::payment::access::stamp(now)
}
