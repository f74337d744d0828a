//! Proof of work, which pays for a log sent without an API key.
// spec: enigma-bridge 6

use sha1::{Digest, Sha1};

use crate::error::{Error, ErrorKind};
use crate::limits::{EFFORT_AGE_MS, EFFORT_CHARS_MAX};
use crate::time::UnixMs;

/// A checked proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Leading zero bits found.
    pub bits: u32,
    /// SHA-1 of the preimage: names the proof, so that its repeat is known.
    pub digest: [u8; 20],
}

/// Why a proof does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EffortError {
    /// It is not `random;timestamp;ip;client version;nonce`.
    #[error("effort.preimage must be random;timestamp;ip;client version;nonce")]
    Form,
    /// Its time is too far from now.
    #[error("effort.preimage must be of the last hour")]
    Age,
    /// Its digest has too few leading zero bits.
    #[error("SHA-1 of effort.preimage needs more leading zero bits")]
    Bits,
}

impl Effort {
    /// Checks `preimage` against the bits wanted.
    ///
    /// # Errors
    /// [`EffortError`], in the order of its variants.
    pub fn check(preimage: &str, bits_wanted: u32, now: UnixMs) -> Result<Self, EffortError> {
        let at = timestamp(preimage).ok_or(EffortError::Form)?;
        if now.0.abs_diff(at.0) > EFFORT_AGE_MS {
            return Err(EffortError::Age);
        }
        let digest: [u8; 20] = Sha1::digest(preimage.as_bytes()).into();
        let bits = leading_zero_bits(&digest);
        if bits < bits_wanted { Err(EffortError::Bits) } else { Ok(Self { bits, digest }) }
    }
}

impl From<EffortError> for Error {
    fn from(error: EffortError) -> Self {
        Self::new(ErrorKind::Forbidden, error.to_string())
    }
}

/// The second of five fields: seconds or, from the year 1973 read as such, milliseconds; a
/// fraction is dropped.
fn timestamp(preimage: &str) -> Option<UnixMs> {
    const SECONDS_MAX: u64 = 100_000_000_000;
    if preimage.len() > EFFORT_CHARS_MAX || preimage.split(';').count() != 5 {
        return None;
    }
    let field = preimage.split(';').nth(1)?;
    let whole: u64 = field.split('.').next()?.parse().ok()?;
    Some(UnixMs(if whole < SECONDS_MAX { whole * 1000 } else { whole }))
}

fn leading_zero_bits(digest: &[u8; 20]) -> u32 {
    let zero_bytes = digest.iter().take_while(|byte| **byte == 0).count();
    let rest = digest.get(zero_bytes).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(zero_bytes).expect("at most 20") * 8 + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_700_000_000_000);

    fn mine(bits: u32, stamp: &str) -> String {
        (0..1_000_000)
            .map(|nonce| format!("r4nd;{stamp};192.0.2.1;1.0;{nonce}"))
            .find(|text| leading_zero_bits(&Sha1::digest(text.as_bytes()).into()) >= bits)
            .expect("a million tries find ten bits")
    }

    #[test]
    fn work_counts_in_seconds_fractions_and_milliseconds() {
        for stamp in ["1700000000", "1700000000.25", "1700000000000"] {
            let preimage = mine(10, stamp);
            let effort = Effort::check(&preimage, 10, NOW).expect(stamp);
            assert!(effort.bits >= 10);
            let too_much = Effort::check(&preimage, effort.bits + 1, NOW);
            assert_eq!(too_much, Err(EffortError::Bits));
        }
    }

    #[test]
    fn old_future_and_misshapen_proofs_do_not_count() {
        let late = UnixMs(NOW.0 + EFFORT_AGE_MS + 1);
        let text = "a;1700000000;b;c;d";
        assert_eq!(Effort::check(text, 0, late), Err(EffortError::Age));
        assert_eq!(Effort::check(text, 0, UnixMs(0)), Err(EffortError::Age));
        assert!(Effort::check(text, 0, NOW).is_ok());
        let long = format!("a;1700000000;b;c;{}", "d".repeat(EFFORT_CHARS_MAX));
        for broken in ["", ";;;;", "a;x;b;c;d", "a;1700000000;b;c", "a;1;b;c;d;e", &long] {
            assert_eq!(Effort::check(broken, 0, NOW), Err(EffortError::Form), "{broken:.20}");
        }
    }

    #[test]
    fn bits_are_counted_over_byte_edges() {
        let mut digest = [0; 20];
        assert_eq!(leading_zero_bits(&digest), 160);
        digest[2] = 1;
        assert_eq!(leading_zero_bits(&digest), 23);
        digest[0] = 0x80;
        assert_eq!(leading_zero_bits(&digest), 0);
    }
}
