//! What a gateway needs before a scenario can run on it.

use http::header::{CONTENT_LENGTH, HOST};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::operation::{Ask, PaymentKey};
use super::scenario::{Scenario, Setup};
use super::{Gateway, LoadError, Target};

/// Setting up takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(60);

impl Gateway {
    /// Carries out the set-up of a scenario, and tells its operations what was made.
    ///
    /// # Errors
    /// [`LoadError::Gateway`] with what was refused.
    pub fn furnish(&self, scenario: &mut Scenario) -> Result<(), LoadError> {
        if scenario.setup.is_empty() {
            return Ok(());
        }
        let (client, target) = (self.demo_client()?, self.target()?);
        for step in scenario.setup.clone() {
            match step {
                Setup::Command(words) => {
                    let words: Vec<_> =
                        words.iter().map(|word| word.replace("{client}", &client)).collect();
                    self.operate(&words.iter().map(String::as_str).collect::<Vec<_>>())?;
                }
                Setup::Request { listener, path, headers, body } => {
                    let headers =
                        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
                    let headers = headers.collect::<String>();
                    post(&target, &listener, (&path, &headers), &body)?;
                }
                Setup::PaymentKey(name) => {
                    let key = self.payment_key(&name)?;
                    let asks = scenario.operations.iter_mut().map(|operation| &mut operation.ask);
                    for ask in asks {
                        if let Ask::EncryptData(ask) | Ask::EncryptBatch(ask) = ask {
                            ask.key.get_or_insert_with(|| key.clone());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// A new key for data, in components that two custodians bring, and who may use it.
    fn payment_key(&self, name: &str) -> Result<PaymentKey, LoadError> {
        let new = ["payments", "access-key", "create", "--json", "--partition", "new"];
        let access = self.told(&[&new[..], &["--name", name]].concat(), "")?;
        let partition = text(&access, "partition")?;
        let begin = ["key", "components", "begin", "--json", "--partition", &partition];
        let kind = ["--algorithm", "AES_256", "--usage", "D0", "--mode", "B", "--count", "2"];
        let ceremony = text(&self.told(&[&begin[..], &kind].concat(), "")?, "ceremony")?;
        let mut clear = [0; 32];
        for custodian in ["first", "second"] {
            let mut component = [0; 32];
            aws_lc_rs::rand::fill(&mut component)
                .map_err(|_| LoadError::Gateway("no randomness".to_owned()))?;
            clear.iter_mut().zip(component).for_each(|(byte, other)| *byte ^= other);
            let add = ["key", "components", "add", &ceremony, "--custodian", custodian];
            self.operate_with(&add, &const_hex::encode_upper(component))?;
        }
        let made = self.told(&["key", "components", "finish", "--json", &ceremony], "")?;
        Ok(PaymentKey {
            access_key: text(&access, "access_key_id")?,
            secret: text(&access, "secret_access_key")?,
            partition,
            id: text(&made, "key")?,
            clear: const_hex::encode(clear),
        })
    }

    /// The object that a command prints.
    fn told(&self, args: &[&str], input: &str) -> Result<Value, LoadError> {
        let told = self.operate_with(args, input)?;
        serde_json::from_str(told.trim()).map_err(|error| LoadError::Gateway(error.to_string()))
    }

    /// Id of the client that has the demo objects.
    fn demo_client(&self) -> Result<String, LoadError> {
        let listed = self.operate(&["client", "list", "--json"])?;
        let first = listed.lines().next().unwrap_or_default();
        let client: Value = serde_json::from_str(first).unwrap_or_default();
        let id = client["id"].as_str().map(str::to_owned);
        id.ok_or_else(|| LoadError::Gateway("it has no demo client".to_owned()))
    }
}

fn text(told: &Value, name: &str) -> Result<String, LoadError> {
    let text = told[name].as_str().map(str::to_owned);
    text.ok_or_else(|| LoadError::Gateway(format!("a command told no {name}")))
}

/// A `POST` over plain HTTP/1.1 that must succeed.
fn post(
    target: &Target,
    listener: &str,
    (path, headers): (&str, &str),
    body: &str,
) -> Result<(), LoadError> {
    let mut stream = TcpStream::connect(target.address(listener)?)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!(
        "POST {path} HTTP/1.1\r\n{HOST}: localhost\r\nconnection: close\r\n{headers}\
         {CONTENT_LENGTH}: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(1 << 16).read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    match status.starts_with('2') {
        true => Ok(()),
        false => Err(LoadError::Gateway(format!("{path}: {answer}"))),
    }
}
