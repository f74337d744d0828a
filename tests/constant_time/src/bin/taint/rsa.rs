//! RSA in lanes: making the key for them, and a private operation with all of the key secret.

use typex_constant_time::random::Random;
use typex_kernels::rsa::lanes::{LANES, Lane, LaneKey, Path};
use typex_kernels::rsa::{CrtParts, RsaPrivate};

use super::{Report, hide, reveal};

/// Bytes of the modulus: the sizes differ in the number of steps only.
const BYTES: usize = 256;

/// A key as the lanes get it, its secret numbers hidden.
struct Hidden {
    key: RsaPrivate,
    /// p, q, dP, dQ, 1/q mod p.
    numbers: [Vec<u8>; 5],
}

impl Hidden {
    fn new() -> Result<Self, String> {
        let key = RsaPrivate::generate(8 * BYTES as u32).map_err(|error| error.to_string())?;
        let der = key.to_der().map_err(|error| error.to_string())?;
        let mut numbers = crt_numbers(&der).ok_or("not a key in PKCS#1")?;
        numbers.iter_mut().for_each(|number| hide(number));
        Ok(Self { key, numbers })
    }

    fn for_lanes(&self) -> Result<LaneKey, String> {
        let [p, q, dp, dq, q_inv] = &self.numbers;
        let parts = CrtParts { dp, dq, p, q, q_inv };
        LaneKey::new(self.key.public(), &parts).ok_or_else(|| "a size that lanes take".to_owned())
    }
}

/// The last five integers of a PKCS#1 key, each with as many bytes as half a modulus has.
fn crt_numbers(der: &[u8]) -> Option<[Vec<u8>; 5]> {
    let (mut rest, mut all) = (contents(der)?.1, Vec::new());
    while !rest.is_empty() {
        let (after, value) = contents(rest)?;
        let digits = value.strip_prefix(&[0]).unwrap_or(value);
        all.push([vec![0; (BYTES / 2).saturating_sub(digits.len())], digits.to_vec()].concat());
        rest = after;
    }
    all.split_off(all.len().checked_sub(5)?).try_into().ok()
}

/// What follows the first element, and the contents of that.
fn contents(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = *der.get(1)?;
    let more = if first < 0x80 { 0 } else { usize::from(first & 0x7f) };
    let bytes = if more == 0 { &der[1..2] } else { der.get(2..2 + more)? };
    let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let (header, rest) = der.split_at_checked(2 + more)?;
    let contents = rest.get(..length)?;
    Some((&der[header.len() + length..], contents))
}

/// Every path that this machine has under valgrind: the portable one. Results are compared after
/// they were made known again; whether a lane was confirmed is not asked.
pub(super) fn run(report: &mut Report) {
    for path in Path::available() {
        report.clean(&format!("RSA-{} in lanes on {path}", 8 * BYTES), || {
            let hidden = [Hidden::new()?, Hidden::new()?];
            let keys = [hidden[0].for_lanes()?, hidden[1].for_lanes()?];
            let mut random = Random::new(11);
            let mut inputs: Vec<_> = (0..LANES).map(|_| random.bytes(BYTES)).collect();
            inputs.iter_mut().for_each(|input| input[0] = 0);
            let mut expected = vec![vec![0; BYTES]; LANES];
            let work = hidden.iter().cycle().zip(&inputs).zip(&mut expected);
            for ((hidden, input), output) in work {
                hidden.key.private_raw(input, output).map_err(|error| error.to_string())?;
            }
            inputs.iter_mut().for_each(|input| hide(input));
            let mut outputs = vec![vec![0; BYTES]; LANES];
            let work = keys.iter().cycle().zip(&inputs).zip(&mut outputs);
            let work = work.map(|((key, input), output)| Lane::new(key, input, output));
            let mut work: Vec<_> = work.collect();
            path.private_raw(&mut work).map_err(|error| error.to_string())?;
            drop(work);
            outputs.iter_mut().for_each(|output| reveal(output));
            if outputs == expected { Ok(()) } else { Err("wrong results".to_owned()) }
        });
    }
}
