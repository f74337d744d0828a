//! What a gateway needs before a scenario can run on it.

use http::header::{CONTENT_LENGTH, HOST};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::scenario::{Scenario, Setup};
use super::{Gateway, LoadError, Target};

/// Setting up takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(60);

impl Gateway {
    /// Carries out the set-up of a scenario.
    ///
    /// # Errors
    /// [`LoadError::Gateway`] with what was refused.
    pub fn furnish(&self, scenario: &Scenario) -> Result<(), LoadError> {
        if scenario.setup.is_empty() {
            return Ok(());
        }
        let (client, target) = (self.demo_client()?, self.target()?);
        for step in &scenario.setup {
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
                    post(&target, listener, (path, &headers), body)?;
                }
            }
        }
        Ok(())
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
