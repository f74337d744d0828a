//! The kernels against `openssl speed`, which takes turns with them.

use std::process::Command;

use typex_kernels::gcm::{GcmJob, GcmKey};
use typex_kernels::rsa::lanes::LANES;
use typex_kernels::rsa::{Operation, RsaPrivate, private_raw_many};
use typex_kernels::{CbcJob, RoundKeys};

use super::figure::Round;
use super::lanes::{COUNT, keys, messages, window};
use super::procedure::{Failure, Plan, alternate};

/// Bytes of a message.
const BYTES: usize = 256;
const NONCE: [u8; 12] = [0; 12];

/// Nanoseconds of an operation that `argument` names, `aes-256-gcm`, `aes-256-cbc` (a batch of 64
/// messages of 256 bytes, each under a key of its own), `rsa-2048` (a private operation) or
/// `rsa-2048 lanes` (eight of them together, each under a key of its own).
pub(super) fn speed(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let mut texts = messages(BYTES);
    match argument {
        "aes-256-gcm" => {
            let keys = expanded(GcmKey::new)?;
            let mut batch = || {
                let jobs = keys.iter().zip(&mut texts);
                let jobs = jobs.map(|(key, text)| GcmJob::new(key, NONCE, b"", text));
                let mut jobs: Vec<_> = jobs.map(|job| job.expect("a usual length")).collect();
                typex_kernels::gcm::seal_lanes(&mut jobs);
            };
            against(plan, argument, COUNT, &mut batch)
        }
        "aes-256-cbc" => {
            let keys = expanded(RoundKeys::new)?;
            let mut batch = || {
                let jobs = keys.iter().zip(&mut texts);
                let jobs = jobs.map(|(key, text)| CbcJob::new(key, [0; 16], text));
                let mut jobs: Vec<_> = jobs.map(|job| job.expect("whole blocks")).collect();
                typex_kernels::cbc_encrypt_lanes(&mut jobs);
            };
            against(plan, argument, COUNT, &mut batch)
        }
        "rsa-2048" => {
            let (key, mut block, mut output) =
                (RsaPrivate::generate(2048)?, [7; BYTES], [0; BYTES]);
            // As a number it is below any modulus of its length.
            block[0] = 0;
            let mut once = || key.private_raw(&block, &mut output).expect("a number in range");
            against(plan, argument, 1, &mut once)
        }
        "rsa-2048 lanes" => rsa_lanes(plan, argument),
        _ => Err("not an operation of openssl speed".into()),
    }
}

/// Eight private operations together, each under a key of its own.
fn rsa_lanes(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let keys: Vec<_> = (0..LANES).map(|_| RsaPrivate::generate(2048)).collect::<Result<_, _>>()?;
    let (mut block, mut outputs) = ([7; BYTES], [[0; BYTES]; LANES]);
    block[0] = 0;
    let mut batch = || {
        let both = keys.iter().zip(&mut outputs);
        let operations = both.map(|(key, output)| Operation::new(key, &block, output));
        let mut operations: Vec<_> =
            operations.map(|one| one.expect("a number in range")).collect();
        private_raw_many(&mut operations);
        assert!(operations.iter().all(|one| one.outcome().is_ok()));
    };
    against(plan, argument, LANES, &mut batch)
}

fn expanded<K, E>(expand: impl Fn(&[u8]) -> Result<K, E>) -> Result<Vec<K>, E> {
    keys::<32>().iter().map(|key| expand(key)).collect()
}

fn against(
    plan: &Plan,
    operation: &str,
    count: usize,
    batch: &mut dyn FnMut(),
) -> Result<Vec<Round>, Failure> {
    alternate(plan, || Ok(window(plan, count, batch)), || openssl(operation))
}

/// Nanoseconds an operation in a second of `openssl speed`, which counts user time.
fn openssl(operation: &str) -> Result<f64, Failure> {
    let mut command = Command::new("openssl");
    command.args(["speed", "-mr", "-seconds", "1"]);
    match operation {
        "rsa-2048" | "rsa-2048 lanes" => command.arg("rsa2048"),
        cipher => command.args(["-bytes", &BYTES.to_string(), "-evp", cipher]),
    };
    let output = command.output()?;
    let text = String::from_utf8(output.stdout)?;
    nanoseconds(&text).ok_or_else(|| format!("openssl speed says {text:?}").into())
}

/// Reads what `-mr` prints: bytes per second of a cipher, or signatures per second.
fn nanoseconds(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with("+F"))?;
    let fields: Vec<&str> = line.split(':').collect();
    let per_second = match fields[..] {
        ["+F", _, _, bytes] => bytes.parse::<f64>().ok()? / BYTES as f64,
        ["+F2", _, _, signatures, _] => signatures.parse().ok()?,
        _ => return None,
    };
    (per_second > 0.0).then(|| 1e9 / per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openssl_prints_is_read() {
        let cipher =
            "+DT:AES-256-GCM:1:256\n+R:1:AES-256-GCM:0.1\n+H:256\n+F:25:AES-256-GCM:256e6\n";
        assert_eq!(nanoseconds(cipher), Some(1000.0));
        assert_eq!(nanoseconds("+F2:2:2048:4000.0:59400.0\n"), Some(250_000.0));
        for odd in ["", "+F:25:AES-256-GCM:0.0", "+F:25", "+F:25:AES-256-GCM:fast"] {
            assert_eq!(nanoseconds(odd), None, "{odd}");
        }
    }
}
