//! Keys, pairs and a stream for a holder of an access key.

use serde_json::{Value, json};
use typex_client::{Client, Credential, KeyName, Outcome, Parameters, Record, Status, Stream};

use crate::harness::{Access, Gateway};

pub(super) const BOTH: [&str; 4] = ["Encrypt", "Decrypt", "Wrap", "Unwrap"];
pub(super) const CHECKED: [&str; 2] = ["Generate", "Verify"];
/// A card that no scheme issues.
pub(super) const PAN: &[u8] = b"4000001234562";

/// A stream of a holder of an access key.
pub(super) struct Service<'g> {
    gateway: &'g Gateway,
    pub(super) access: Access,
    pub(super) stream: Stream,
}

/// A key and its handle.
pub(super) struct Key {
    pub(super) id: String,
    pub(super) handle: u32,
}

impl<'g> Service<'g> {
    pub(super) async fn new(gateway: &'g Gateway, client: &Client) -> Self {
        let access = Access::create(gateway, "new", &[]);
        Self { gateway, access, stream: client.stream().await.expect("a stream") }
    }

    pub(super) async fn open(&self, name: KeyName<'_>) -> u32 {
        let Access { id, secret, .. } = &self.access;
        let opened = self.stream.open_with(Credential::AccessKey { id, secret }, name).await;
        opened.expect("it may")
    }

    /// A new key, whose handle is opened by its identity.
    pub(super) async fn key(&self, usage: &str, algorithm: &str, modes: &[&str]) -> Key {
        let id = self.access.new_key(usage, algorithm, modes);
        let bytes = const_hex::decode_to_array(&id).expect("an identity");
        let handle = self.open(KeyName::Id(bytes)).await;
        Key { id, handle }
    }

    pub(super) fn pair(&self, passage: &str, from: &Key, to: &Key) {
        let ends = ["--incoming", &from.id, "--outgoing", &to.id, "--passage", passage];
        let grant = ["payments", "pair", "grant", "--partition", &self.access.partition];
        self.gateway.typex(&[&grant[..], &ends].concat()).succeeds();
    }

    /// The answer to one record.
    pub(super) async fn ask(
        &self,
        operation: u16,
        handle: u32,
        fields: &[(u8, &[u8])],
        data: &[u8],
    ) -> Outcome {
        let parameters = parameters(fields);
        let record = Record { id: 1, operation, handle, parameters: parameters.bytes(), data };
        let answers = self.stream.batch(&[record], None).await.expect("an answer");
        let [answer] = <[Outcome; 1]>::try_from(answers).ok().expect("one answer");
        answer
    }

    /// The same of one that must be done: its data.
    pub(super) async fn done(
        &self,
        operation: u16,
        handle: u32,
        fields: &[(u8, &[u8])],
        data: &[u8],
    ) -> Outcome {
        let answer = self.ask(operation, handle, fields, data).await;
        assert_eq!(answer.status, Status::Done, "{}", words(&answer));
        answer
    }

    /// What the other dialect answers: one member, of hexadecimal digits.
    #[track_caller]
    pub(super) fn other(&self, path: &str, body: &Value, member: &str) -> Vec<u8> {
        let answer = self.access.data(path, body);
        const_hex::decode(answer[member].as_str().expect("a text")).expect("hex")
    }
}

/// How the other dialect names a mode with its IV.
pub(super) fn symmetric(iv: &[u8]) -> Value {
    json!({ "Symmetric": { "Mode": "CBC", "InitializationVector": hex(iv) } })
}

/// As the other dialect writes bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    const_hex::encode_upper(bytes)
}

pub(super) fn parameters(fields: &[(u8, &[u8])]) -> Parameters {
    let mut parameters = Parameters::default();
    for (tag, value) in fields {
        parameters.put(*tag, value).expect("short");
    }
    parameters
}

/// What an answer says to people.
pub(super) fn words(answer: &Outcome) -> String {
    format!("{:?}: {}", answer.status, String::from_utf8_lossy(&answer.parameters))
}
