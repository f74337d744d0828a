//! Requests that an access key signs.
// spec: aws-payment 2

use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::credential::mac;

/// Any region is taken.
const REGION: &str = "local";
const SERVICE: &str = "payment-cryptography";
const SCOPE_END: &str = "aws4_request";
const NAMES: &str = "content-type;host;x-amz-date";

/// Who signs requests of HTTP: an access key. What it holds is a secret, so there is no `Debug` of
/// it.
#[derive(Clone, PartialEq, Eq)]
pub struct Signer {
    /// Its name.
    pub id: String,
    /// Its secret, as the operator was told it.
    pub secret: String,
}

/// Fields that sign a request.
pub struct Signature {
    /// Of `x-amz-date`.
    pub date: String,
    /// Of `authorization`.
    pub authorization: String,
}

impl Signer {
    /// Signs a `POST` to `path` of `host` that has besides only a media type.
    pub fn sign(
        &self,
        (host, path, media_type): (&str, &str, &str),
        body: &[u8],
        now: SystemTime,
    ) -> Signature {
        let date = date(now);
        let day = &date[..8];
        let fields = format!("content-type:{media_type}\nhost:{host}\nx-amz-date:{date}\n");
        let canonical = format!("POST\n{path}\n\n{fields}\n{NAMES}\n{}", hash(body));
        let scope = format!("{day}/{REGION}/{SERVICE}/{SCOPE_END}");
        let hashed = hash(canonical.as_bytes());
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed}");
        let first = format!("AWS4{}", self.secret).into_bytes();
        let key = [day, REGION, SERVICE, SCOPE_END];
        let key = key.iter().fold(first, |key, part| mac(&key, part.as_bytes()).to_vec());
        let signature = const_hex::encode(mac(&key, text.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={NAMES}, Signature={signature}",
            self.id
        );
        Signature { date, authorization }
    }
}

fn hash(bytes: &[u8]) -> String {
    const_hex::encode(Sha256::digest(bytes))
}

/// As `20260115T120000Z`.
fn date(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Year, month and day, so many days after 1970 began. Years begin in March here, so that a leap
/// day is the last of its year; 146 097 days are 400 years.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let first = (153 * month + 2) / 5;
    let (next, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
    (era * 400 + year + next, month, day - first + 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (1_772_323_198, "20260228T235958Z"),
            (1_772_323_200, "20260301T000000Z"),
            (4_107_542_400, "21000301T000000Z"),
        ] {
            assert_eq!(date(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    /// As `botocore` 1.44.5 makes it.
    #[test]
    fn a_signature_is_that_of_another_implementation() {
        let (id, secret) = ("AKIA2222222222222222", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let signer = Signer { id: id.to_owned(), secret: secret.to_owned() };
        let request = ("localhost:8600", "/typex/1", "application/vnd.typex.batch");
        let now = UNIX_EPOCH + Duration::from_secs(1_772_323_198);
        let signature = signer.sign(request, b"frames", now);
        assert_eq!(signature.date, "20260228T235958Z");
        let (_, found) = signature.authorization.split_once("Signature=").expect("at the end");
        assert_eq!(found, "0e86318ad6710879cc5065d6f12c0b0421017f50a2f461423133e9bc515ca866");
    }
}
