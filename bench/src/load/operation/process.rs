//! ProcessData of Enigma Bridge objects.
// spec: enigma-bridge 1.2, 1.6, 2.1 to 2.4

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use typex_client::{Outcome, operation};
use typex_wire::RECORDS_MAX;

use super::batch::{Batch, Holder, Name, Told};
use super::channel::{Channel, decrypt_blocks, encrypt_blocks};
use super::{Answer, Exchange, Expected, Fault, Request, Verdict};
use crate::chance::Chance;
use crate::load::scenario::Carrier;

/// More data is in no message.
const BYTES_MAX: usize = 1024;
/// Longer bodies are not padded to.
const BODY_BYTES_MAX: usize = 65_536;
/// The demo objects for AES, and the published keys of all of them.
const ENCRYPT_OBJECT: u32 = 0xee01;
const DECRYPT_OBJECT: u32 = 0xee02;
const AES_KEY: &str = "11223344556677889900aabbccddeeff";
const CHANNEL_A: [&str; 2] = [
    "e134567890123456789012345678901234567890123456789012345678901234",
    "e224262820223456789012345678901234567890123456789012345678901234",
];
const CHANNEL_B: [&str; 2] = [
    "1234567890123456789012345678901234567890123456789012345678901234",
    "2224262820223456789012345678901234567890123456789012345678901234",
];
/// Statuses that mean want of room.
// spec: enigma-bridge 7
const REFUSALS: [&str; 4] = ["10a6", "1006", "100f", "4070"];

/// Fields of `process-data`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessAsk {
    /// Number of the object; one of the demo objects has its keys known here.
    #[serde(default = "default_object")]
    pub object: u32,
    /// Who asks.
    #[serde(default = "default_api_key")]
    pub api_key: String,
    /// Bytes of data in a message.
    #[serde(default = "default_bytes")]
    pub bytes: usize,
    /// Bytes of the whole body, which has spaces at its end until it is so long.
    #[serde(default)]
    pub body_bytes: usize,
    /// Channel key for encryption, in hex, of an object that is none of the demo.
    #[serde(default)]
    pub enc: Option<String>,
    /// Channel key for MACs, in hex, of an object that is none of the demo.
    #[serde(default)]
    pub mac: Option<String>,
}

/// Fields of `process-batch`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchAsk {
    /// Records in a batch.
    pub batch: usize,
    /// Number of the object.
    #[serde(default = "default_object")]
    pub object: u32,
    /// Who asks.
    #[serde(default = "default_api_key")]
    pub api_key: String,
    /// Bytes of data in a record's message.
    #[serde(default = "default_bytes")]
    pub bytes: usize,
    /// Channel key for encryption, in hex.
    #[serde(default)]
    pub enc: Option<String>,
    /// Channel key for MACs, in hex.
    #[serde(default)]
    pub mac: Option<String>,
}

fn default_object() -> u32 {
    ENCRYPT_OBJECT
}

fn default_api_key() -> String {
    "TEST_API".to_owned()
}

fn default_bytes() -> usize {
    16
}

impl ProcessAsk {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.bytes > BYTES_MAX {
            return Err(format!("bytes = {}: at most {BYTES_MAX}", self.bytes));
        }
        if self.body_bytes > BODY_BYTES_MAX {
            return Err(format!("body_bytes = {}: at most {BODY_BYTES_MAX}", self.body_bytes));
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.api_key.is_empty() || !self.api_key.chars().all(is_plain) {
            return Err("api_key: letters, digits, _ and - only".to_owned());
        }
        if self.is_demo_aes() && (self.bytes == 0 || !self.bytes.is_multiple_of(16)) {
            return Err("bytes: this object takes whole blocks of 16".to_owned());
        }
        self.channel().map(drop)
    }

    fn is_demo_aes(&self) -> bool {
        self.enc.is_none() && [ENCRYPT_OBJECT, DECRYPT_OBJECT].contains(&self.object)
    }

    fn channel(&self) -> Result<Channel, String> {
        let demo = if self.is_demo_aes() { CHANNEL_A } else { CHANNEL_B };
        let key = |given: &Option<String>, demo: &str| {
            let text = given.as_deref().unwrap_or(demo);
            const_hex::decode_to_array(text).map_err(|_| "enc and mac: 64 hex digits".to_owned())
        };
        Ok(Channel {
            object: self.object,
            enc: key(&self.enc, demo[0])?,
            mac: key(&self.mac, demo[1])?,
        })
    }

    /// A sealed message, and what must be answered.
    fn message(&self, chance: &mut Chance) -> Result<(Vec<u8>, Message), String> {
        let mut data = chance.bytes(self.bytes);
        // As a number it is below any modulus of its length.
        if let Some(first) = data.first_mut() {
            *first = 0;
        }
        let (nonce, channel) = (chance.word(), self.channel()?);
        let sealed = channel.seal(nonce, &data).map_err(|_| "a message cannot be sealed")?;
        let result = match self.is_demo_aes() {
            true => Some(self.applied(data)?),
            false => None,
        };
        Ok((sealed, Message { channel, nonce, result }))
    }

    /// The data under the published application key.
    fn applied(&self, mut data: Vec<u8>) -> Result<Vec<u8>, String> {
        let key = const_hex::decode_to_array(AES_KEY).map_err(|_| "the key is no hex")?;
        let done = match self.object {
            ENCRYPT_OBJECT => encrypt_blocks(&key, &mut data),
            _ => decrypt_blocks(&key, &mut data),
        };
        done.map(|()| data).map_err(|_| "the data is not of whole blocks".to_owned())
    }

    pub(super) fn exchange(&self, chance: &mut Chance) -> Result<Exchange, String> {
        let (sealed, message) = self.message(chance)?;
        let (api_key, object, nonce) = (&self.api_key, self.object, message.nonce);
        let path = format!("/1.0/{api_key}00{object:08x}/ProcessData/{nonce:016x}");
        let body = format!(r#"{{"data":"Packet0_LOAD_0000{}"}}"#, const_hex::encode(sealed));
        let body = format!("{body:<width$}", width = self.body_bytes);
        let request = http::Request::post(path)
            .header("content-type", "application/json")
            .body(Bytes::from(body))
            .map_err(|error| error.to_string())?;
        Ok(Exchange { request: Request::Http(request, None), expected: Box::new(message) })
    }
}

/// What an answer to one message must be.
struct Message {
    channel: Channel,
    nonce: u64,
    /// If the application key is known here.
    result: Option<Vec<u8>>,
}

impl Message {
    fn open(&self, sealed: &[u8]) -> Result<(), String> {
        let data = self.channel.open(self.nonce, sealed)?;
        match &self.result {
            Some(result) if *result != data => Err("its contents are wrong".to_owned()),
            Some(_) | None => Ok(()),
        }
    }
}

impl Told for Message {
    fn compare(&self, outcome: &Outcome) -> Result<(), String> {
        self.open(&outcome.data)
    }
}

impl Expected for Message {
    fn judge(&self, answer: &Answer) -> Result<Verdict, Fault> {
        let Answer::Http { status, body } = answer else { return Err(Fault::Form("not HTTP")) };
        if *status != 200 {
            return Err(Fault::Status(status.to_string()));
        }
        match text_member(body, b"\"status\":\"").ok_or(Fault::Form("no status in the body"))? {
            "9000" => Ok(Verdict::accepted(1)),
            status if REFUSALS.contains(&status) => Ok(Verdict::refused(status, 1)),
            status => Err(Fault::Status(status.to_owned())),
        }
    }

    fn verify(&self, answer: &Answer) -> Result<(), String> {
        let Answer::Http { body, .. } = answer else { return Err("not HTTP".to_owned()) };
        let result = text_member(body, b"\"result\":\"").ok_or("it has no result")?;
        let hex = result.strip_suffix('_').and_then(|text| text.strip_prefix("0000"));
        let sealed = const_hex::decode(hex.ok_or("its result has another form")?);
        self.open(&sealed.map_err(|_| "its result is no hex")?)
    }
}

/// The text behind `name`, up to the next quote; answers of the dialect escape nothing there.
fn text_member<'a>(body: &'a [u8], name: &[u8]) -> Option<&'a str> {
    let at = body.windows(name.len()).position(|bytes| bytes == name)? + name.len();
    let rest = &body[at..];
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}

impl BatchAsk {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.batch == 0 || self.batch > usize::from(RECORDS_MAX) {
            return Err(format!("batch = {}: must be 1 to {RECORDS_MAX}", self.batch));
        }
        self.one().check()
    }

    fn one(&self) -> ProcessAsk {
        ProcessAsk {
            object: self.object,
            api_key: self.api_key.clone(),
            bytes: self.bytes,
            body_bytes: 0,
            enc: self.enc.clone(),
            mac: self.mac.clone(),
        }
    }

    pub(super) fn exchange(
        &self,
        carrier: Carrier,
        chance: &mut Chance,
    ) -> Result<Exchange, String> {
        let one = self.one();
        let made: Result<Vec<_>, String> = (0..self.batch).map(|_| one.message(chance)).collect();
        let (sealed, messages): (Vec<_>, Vec<_>) = made?.into_iter().unzip();
        let batch = Batch {
            holder: Holder::ApiKey(self.api_key.clone()),
            key: Name::Object(self.object),
            operation: operation::PROCESS_DATA,
            parameters: Bytes::new(),
            records: sealed.into_iter().map(Bytes::from).collect(),
        };
        batch.exchange(carrier, messages)
    }
}
