//! `encode` of the Vault dialect: codes for card numbers.
// spec: vault 1.3 to 1.4; 5.1; 5.4

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Answer, Exchange, Expected, Fault, Request, Verdict};
use crate::chance::Chance;

/// What the dialect takes in one request.
const BATCH_MAX: usize = 4096;
const DIGITS: usize = 16;

/// Fields of `vault-encode`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultAsk {
    /// Role of the request.
    pub role: String,
    /// Transformation; may be left out where the role has one.
    #[serde(default)]
    pub transformation: Option<String>,
    /// API key.
    #[serde(default = "default_token")]
    pub token: String,
    /// Path under which the engine is.
    #[serde(default = "default_mount")]
    pub mount: String,
    /// Values of a request; 0 is a request with one value and no batch.
    #[serde(default)]
    pub batch: usize,
}

fn default_token() -> String {
    "TEST_API".to_owned()
}

fn default_mount() -> String {
    "transform".to_owned()
}

impl VaultAsk {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.batch > BATCH_MAX {
            return Err(format!("batch = {}: at most {BATCH_MAX}", self.batch));
        }
        self.exchange(&mut Chance::new(0)).map(drop)
    }

    pub(super) fn exchange(&self, chance: &mut Chance) -> Result<Exchange, String> {
        let values: Vec<_> = (0..self.batch.max(1)).map(|_| card(chance)).collect();
        let one = |value: &String| match &self.transformation {
            Some(name) => json!({ "value": value, "transformation": name }),
            None => json!({ "value": value }),
        };
        let body = match self.batch {
            0 => one(&values[0]),
            _ => json!({ "batch_input": values.iter().map(one).collect::<Vec<_>>() }),
        };
        let request = http::Request::post(format!("/v1/{}/encode/{}", self.mount, self.role))
            .header("x-vault-token", &self.token)
            .body(Bytes::from(body.to_string()))
            .map_err(|error| error.to_string())?;
        let expected = Codes { values, is_batch: self.batch > 0, codes: Mutex::new(None) };
        Ok(Exchange { request: Request::Http(request, None), expected: Box::new(expected) })
    }
}

/// A card number: fifteen digits and their check digit.
fn card(chance: &mut Chance) -> String {
    let digits: Vec<u8> = (0..DIGITS - 1).map(|_| chance.below(10) as u8).collect();
    let weighted = |(at, digit): (usize, &u8)| match at % 2 {
        0 => digit * 2 / 10 + digit * 2 % 10,
        _ => *digit,
    };
    let sum: u8 = digits.iter().rev().enumerate().map(weighted).sum();
    let check = (10 - sum % 10) % 10;
    digits.iter().chain([&check]).map(|digit| char::from(b'0' + digit)).collect()
}

/// Codes are of the same form as the values, others than these, and the same every time.
struct Codes {
    values: Vec<String>,
    is_batch: bool,
    codes: Mutex<Option<Vec<String>>>,
}

impl Codes {
    fn read(&self, body: &[u8]) -> Result<Vec<String>, String> {
        let answer: Value = serde_json::from_slice(body).map_err(|_| "it is no JSON")?;
        let code = |of: &Value| {
            let text = of["encoded_value"].as_str().map(str::to_owned);
            text.ok_or_else(|| format!("it has no code: {}", of["error"]))
        };
        match self.is_batch {
            false => Ok(vec![code(&answer["data"])?]),
            true => {
                let results = answer["data"]["batch_results"].as_array();
                results.ok_or("it has no results")?.iter().map(code).collect()
            }
        }
    }
}

impl Expected for Codes {
    fn judge(&self, answer: &Answer) -> Result<Verdict, Fault> {
        let records = self.values.len() as u64;
        match answer {
            Answer::Http { status: 200, .. } => Ok(Verdict::accepted(records)),
            Answer::Http { status: status @ (429 | 503), .. } => {
                Ok(Verdict::refused(&status.to_string(), records))
            }
            Answer::Http { status, .. } => Err(Fault::Status(status.to_string())),
            _ => Err(Fault::Form("not HTTP")),
        }
    }

    fn verify(&self, answer: &Answer) -> Result<(), String> {
        let Answer::Http { body, .. } = answer else { return Err("not HTTP".to_owned()) };
        let codes = self.read(body)?;
        if codes.len() != self.values.len() {
            return Err("it has not as many codes as there were values".to_owned());
        }
        for (code, value) in codes.iter().zip(&self.values) {
            let is_form = code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
            if !is_form || code == value {
                return Err("a code has another form, or is the value".to_owned());
            }
        }
        let mut before = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        if before.get_or_insert_with(|| codes.clone()) != &codes {
            return Err("a value has another code than before".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(codes: &[&str]) -> Answer {
        let results: Vec<_> = codes.iter().map(|code| json!({ "encoded_value": code })).collect();
        let body = json!({ "data": { "batch_results": results } }).to_string();
        Answer::Http { status: 200, body: Bytes::from(body) }
    }

    #[test]
    fn codes_must_have_the_form_and_stay() {
        let values = vec!["4111111111111111".to_owned()];
        let codes = Codes { values, is_batch: true, codes: Mutex::new(None) };
        assert_eq!(codes.verify(&answer(&["5105105105105100"])), Ok(()));
        assert_eq!(codes.verify(&answer(&["5105105105105100"])), Ok(()));
        for wrong in ["5105105105105101", "4111111111111111", "51051051051051", "x105105105105100"]
        {
            assert!(codes.verify(&answer(&[wrong])).is_err(), "{wrong}");
        }
        assert!(codes.verify(&answer(&[])).is_err(), "none");
    }

    #[test]
    fn cards_have_their_check_digit() {
        let mut chance = Chance::new(7);
        for _ in 0..100 {
            let card = card(&mut chance);
            let sum: u32 = card
                .bytes()
                .rev()
                .enumerate()
                .map(|(at, byte)| {
                    let digit = u32::from(byte - b'0') * if at % 2 == 0 { 1 } else { 2 };
                    digit / 10 + digit % 10
                })
                .sum();
            assert_eq!(sum % 10, 0, "{card}");
        }
    }
}
