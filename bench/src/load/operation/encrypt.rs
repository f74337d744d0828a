//! EncryptData in GCM, under a key that the client knows as well.
// spec: aws-payment 5.3, 6.1, 6.2; payments 7; stream 8.2

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use typex_client::{Outcome, ParametersReader, Signer, cipher, operation, tag};
use typex_wire::RECORDS_MAX;

use super::batch::{Batch, Holder, Name, Told};
use super::{Answer, Exchange, Expected, Fault, Request, Verdict};
use crate::chance::Chance;
use crate::load::scenario::Carrier;

/// More is not taken in one message.
const BYTES_MAX: usize = 2048;
/// How want of room is told of a record.
// spec: aws-payment 4.1
const REFUSALS: [&str; 2] = ["ThrottlingException", "ServiceUnavailableException"];

/// Fields of `encrypt-data` and `encrypt-batch`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncryptAsk {
    /// Messages in a request; 0 is one that is no batch.
    #[serde(default)]
    pub batch: usize,
    /// Bytes of each message.
    #[serde(default = "default_bytes")]
    pub bytes: usize,
    /// The key; that of the set-up step `payment-key` if it is not here.
    #[serde(default)]
    pub key: Option<PaymentKey>,
}

/// A key of AES-256 and who may use it. It is a measurement's alone, so it is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentKey {
    /// Name of the access key.
    pub access_key: String,
    /// Its secret.
    pub secret: String,
    /// Whose the key is, 32 hex digits.
    pub partition: String,
    /// Identity of the key, 32 hex digits.
    pub id: String,
    /// The key in clear, 64 hex digits.
    pub clear: String,
}

fn default_bytes() -> usize {
    256
}

impl EncryptAsk {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.batch > usize::from(RECORDS_MAX) {
            return Err(format!("batch = {}: at most {RECORDS_MAX}", self.batch));
        }
        if self.bytes > BYTES_MAX {
            return Err(format!("bytes = {}: at most {BYTES_MAX}", self.bytes));
        }
        Ok(())
    }

    fn key(&self) -> Result<&PaymentKey, String> {
        let missing = "no key: give one, or a set-up with payment-key = \"load\"";
        self.key.as_ref().ok_or_else(|| missing.to_owned())
    }

    /// So many messages, and what opens their answers.
    fn messages(&self, chance: &mut Chance) -> Result<Vec<Message>, String> {
        let opener = Arc::new(Opener::new(self.key()?)?);
        let message = |_| Message { opener: Arc::clone(&opener), data: chance.bytes(self.bytes) };
        Ok((0..self.batch.max(1)).map(message).collect())
    }

    pub(super) fn frames(&self, carrier: Carrier, chance: &mut Chance) -> Result<Exchange, String> {
        let (key, messages) = (self.key()?, self.messages(chance)?);
        let (id, secret) = (key.access_key.clone(), key.secret.clone());
        let batch = Batch {
            holder: Holder::AccessKey { id, secret },
            key: Name::Id(hex(&key.id, "id")?),
            operation: operation::ENCRYPT,
            parameters: Bytes::from_static(&[tag::CIPHER, 0, 1, cipher::GCM]),
            records: messages.iter().map(|one| Bytes::from(one.data.clone())).collect(),
        };
        batch.exchange(carrier, messages)
    }

    pub(super) fn json(&self, chance: &mut Chance) -> Result<Exchange, String> {
        let (key, messages) = (self.key()?, self.messages(chance)?);
        let record = |one: &Message| {
            json!({
                "EncryptionAttributes": { "Symmetric": { "Mode": "GCM" } },
                "PlainText": const_hex::encode_upper(&one.data),
            })
        };
        let (path, body) = match self.batch {
            0 => (format!("/typex/keys/{}/encrypt", key.id), record(&messages[0])),
            _ => {
                let named = |one| {
                    let mut record = record(one);
                    record["KeyIdentifier"] = key.id.clone().into();
                    record
                };
                let records: Vec<_> = messages.iter().map(named).collect();
                let body = json!({ "Operation": "EncryptData", "Records": records });
                ("/typex/batch".to_owned(), body)
            }
        };
        let request = http::Request::post(path)
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .map_err(|error| error.to_string())?;
        let signer = Signer { id: key.access_key.clone(), secret: key.secret.clone() };
        let expected = Box::new(Json { messages, is_batch: self.batch > 0 });
        Ok(Exchange { request: Request::Http(request, Some(signer)), expected })
    }
}

/// The key on aws-lc: another implementation than the gateway's.
struct Opener {
    key: LessSafeKey,
    /// What a message without associated data is bound to.
    bound: String,
}

/// A message, and what opens its answer.
struct Message {
    opener: Arc<Opener>,
    data: Vec<u8>,
}

impl Opener {
    fn new(key: &PaymentKey) -> Result<Self, String> {
        let clear: [u8; 32] = hex(&key.clear, "clear")?;
        let unbound = UnboundKey::new(&AES_256_GCM, &clear).map_err(|_| "the key is no AES-256")?;
        // A key that was made for the measurement has one version.
        let bound = format!("{}|{}|1", key.partition, key.id);
        Ok(Self { key: LessSafeKey::new(unbound), bound })
    }
}

impl Message {
    fn open(&self, nonce: &[u8], mac: &[u8], sealed: &[u8]) -> Result<(), String> {
        let Opener { key, bound } = &*self.opener;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| "a nonce has 12 bytes")?;
        let mut text = [sealed, mac].concat();
        let opened = key.open_in_place(nonce, Aad::from(bound), &mut text);
        match opened {
            Ok(data) if *data == *self.data => Ok(()),
            Ok(_) => Err("it holds another message".to_owned()),
            Err(_) => Err("its tag does not verify".to_owned()),
        }
    }

    fn open_json(&self, output: &Value) -> Result<(), String> {
        let member = |name: &str| {
            let text = output[name].as_str().ok_or_else(|| format!("it has no {name}"))?;
            const_hex::decode(text).map_err(|_| format!("{name} is no hex"))
        };
        self.open(&member("Nonce")?, &member("Tag")?, &member("CipherText")?)
    }
}

impl Told for Message {
    fn compare(&self, outcome: &Outcome) -> Result<(), String> {
        let mut parameters = ParametersReader::new(&outcome.parameters);
        let nonce = parameters.take(tag::NONCE).ok_or("it has no nonce")?;
        let mac = parameters.take(tag::TAG).ok_or("it has no tag")?;
        self.open(nonce, mac, &outcome.data)
    }
}

/// What the answer in JSON must be.
struct Json {
    messages: Vec<Message>,
    is_batch: bool,
}

impl Json {
    /// A batch in which a record failed.
    fn judge_failures(&self, body: &[u8]) -> Result<Verdict, Fault> {
        let body: Value = serde_json::from_slice(body).map_err(|_| Fault::Form("no JSON"))?;
        let mut verdict = Verdict::accepted(self.messages.len() as u64);
        for result in body["Results"].as_array().into_iter().flatten() {
            match result["Error"]["__type"].as_str() {
                None => {}
                Some(kind) if REFUSALS.contains(&kind) => {
                    verdict.accepted -= 1;
                    verdict.refused.push((kind.to_owned(), 1));
                }
                Some(kind) => return Err(Fault::Status(kind.to_owned())),
            }
        }
        Ok(verdict)
    }
}

impl Expected for Json {
    fn judge(&self, answer: &Answer) -> Result<Verdict, Fault> {
        let records = self.messages.len() as u64;
        match answer {
            Answer::Http { status: 200, body } => {
                const ERROR: &[u8] = b"\"Error\"";
                match body.windows(ERROR.len()).any(|bytes| bytes == ERROR) {
                    true => self.judge_failures(body),
                    false => Ok(Verdict::accepted(records)),
                }
            }
            Answer::Http { status: status @ (429 | 503), .. } => {
                Ok(Verdict::refused(&status.to_string(), records))
            }
            Answer::Http { status, .. } => Err(Fault::Status(status.to_string())),
            _ => Err(Fault::Form("not HTTP")),
        }
    }

    fn verify(&self, answer: &Answer) -> Result<(), String> {
        let Answer::Http { body, .. } = answer else { return Err("not HTTP".to_owned()) };
        let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if !self.is_batch {
            return self.messages[0].open_json(&body);
        }
        let results = body["Results"].as_array().ok_or("it has no results")?;
        if results.len() != self.messages.len() {
            return Err("it has not as many results as there were messages".to_owned());
        }
        let mut done = self.messages.iter().zip(results).filter(|(_, one)| one["Error"].is_null());
        done.try_for_each(|(message, result)| message.open_json(&result["Output"]))
    }
}

fn hex<const N: usize>(text: &str, what: &str) -> Result<[u8; N], String> {
    const_hex::decode_to_array(text).map_err(|_| format!("{what}: {} hex digits", 2 * N))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PaymentKey {
        PaymentKey {
            access_key: "AKIA2222222222222222".to_owned(),
            secret: "secret".to_owned(),
            partition: "0a".repeat(16),
            id: "0b".repeat(16),
            clear: "0c".repeat(32),
        }
    }

    fn sealed(message: &Message, bound: &str) -> (Vec<u8>, Vec<u8>) {
        let nonce = Nonce::assume_unique_for_key([7; 12]);
        let mut data = message.data.clone();
        let key = &message.opener.key;
        let mac = key.seal_in_place_separate_tag(nonce, Aad::from(bound), &mut data);
        (data, mac.expect("sealed").as_ref().to_vec())
    }

    #[test]
    fn an_answer_is_opened_under_what_binds_it_to_its_key() {
        let ask = EncryptAsk { batch: 2, bytes: 40, key: Some(key()) };
        let messages = ask.messages(&mut Chance::new(1)).expect("messages");
        let bound = format!("{}|{}|1", "0a".repeat(16), "0b".repeat(16));
        let (data, mac) = sealed(&messages[0], &bound);
        assert_eq!(messages[0].open(&[7; 12], &mac, &data), Ok(()));
        assert!(messages[1].open(&[7; 12], &mac, &data).is_err(), "another message");
        assert!(messages[0].open(&[8; 12], &mac, &data).is_err(), "another nonce");
        let (data, mac) = sealed(&messages[0], "");
        assert!(messages[0].open(&[7; 12], &mac, &data).is_err(), "another key's");
    }

    #[test]
    fn records_that_failed_are_told_apart() {
        let ask = EncryptAsk { batch: 2, bytes: 40, key: Some(key()) };
        let messages = ask.messages(&mut Chance::new(1)).expect("messages");
        let json = Json { messages, is_batch: true };
        let of = |kind: &str| {
            let body = json!({ "Results": [{ "Output": {} }, { "Error": { "__type": kind } }] });
            Answer::Http { status: 200, body: Bytes::from(body.to_string()) }
        };
        let refused = json.judge(&of("ThrottlingException")).expect("a verdict");
        assert_eq!((refused.accepted, refused.refused.len()), (1, 1));
        assert!(json.judge(&of("ValidationException")).is_err());
    }
}
