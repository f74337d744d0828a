//! Known answers.

use super::super::hotp::{decode_code, next_counter};
use super::*;
use crate::tlv::BROKEN;

/// RFC 4226, appendix D.
const SECRET: &[u8] = b"12345678901234567890";
const CODES: [u64; 10] =
    [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];

#[test]
fn rfc_4226_codes_are_accepted_once_and_in_order() {
    for (counter, code) in (0..).zip(CODES) {
        for stored in 0..12 {
            let window = stored..stored + 10;
            let expected = if window.contains(&counter) {
                Ok(counter + 1)
            } else {
                Err(InnerStatus::WrongCode)
            };
            assert_eq!(next_counter(SECRET, stored, 6, code), expected, "{counter} at {stored}");
        }
    }
}

/// RFC 4226, appendix D, truncated values in decimal.
#[test]
fn more_digits_take_more_of_the_same_value() {
    assert_eq!(next_counter(SECRET, 0, 7, 1_284_755_224 % 10_000_000), Ok(1));
    assert_eq!(next_counter(SECRET, 0, 8, 1_284_755_224 % 100_000_000), Ok(1));
    assert_eq!(next_counter(SECRET, 9, 8, 645_520_489 % 100_000_000), Ok(10));
    assert_eq!(next_counter(SECRET, 0, 6, 1_284_755_224), Err(InnerStatus::WrongCode));
}

/// Counters 2386 and 2394 of this secret have the same code (found by trying).
#[test]
fn of_two_matches_the_first_counts() {
    assert_eq!(next_counter(SECRET, 2386, 6, 709_847), Ok(2387));
    assert_eq!(next_counter(SECRET, 2387, 6, 709_847), Ok(2395));
}

#[test]
fn the_end_of_the_counter_is_reached_before_it_wraps() {
    let last = u64::MAX - 10;
    assert_eq!(next_counter(SECRET, last, 6, 1_000_000), Err(InnerStatus::WrongCode));
    assert_eq!(next_counter(SECRET, last + 1, 6, 1_000_000), Err(InnerStatus::CounterOverflow));
    assert_eq!(next_counter(SECRET, u64::MAX, 6, 1_000_000), Err(InnerStatus::CounterOverflow));
}

// spec: enigma-bridge 4.4, HOTP code coding
#[test]
fn codes_are_decimal_pairs() {
    let decode = |hex: &str| decode_code(&const_hex::decode(hex).unwrap());
    assert_eq!(decode("0000006100120039"), Ok(971_857));
    assert_eq!(decode("0000000c00220038004e"), Ok(12_345_678));
    assert_eq!(decode("0000"), Ok(0));
    assert_eq!(decode(&"0063".repeat(8)), Ok(9_999_999_999_999_999));
    for broken in ["", "00", "000000", "0064", "00000100", "ffff", &"0000".repeat(9)] {
        assert_eq!(decode(broken), Err(BROKEN), "{broken}");
    }
    for code in [0, 7, 971_857, 12_345_678] {
        assert_eq!(decode_code(&pairs(code, 4)), Ok(code));
        assert_eq!(decode_code(&pairs(code, 7)), Ok(code));
    }
}

const RECORDED: &str = concat!(
    "a80055",
    "01",
    "0000000000000001",
    "00000000",
    "00",
    "04",
    "3f001d",
    "00",
    "03",
    "0000000000000000",
    "02",
    "06",
    "10",
    "1122334455667788",
    "1122334455667788",
    "400023",
    "00",
    "03",
    "20",
    "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92",
);

// spec: enigma-bridge 4.4, recorded example
#[test]
fn recorded_request_makes_a_context_of_the_same_length() {
    let mut desk = Desk::new();
    let operation = const_hex::decode(RECORDED).unwrap();
    let data = [tlv(0xa3, &[0; 112]), operation].concat();
    let told = desk.ask(Usage::UserContextNew, &data).unwrap();
    assert_eq!((told.operation, told.user, told.status), (0xa8, USER, 0x9000));
    let secret = told.secret();
    assert_eq!(told.methods, [(0x3f, secret.clone()), (0x40, vec![])]);
    assert_eq!(secret.len(), 16);
    assert_ne!(secret[..8], const_hex::decode("1122334455667788").unwrap());
    assert_eq!(told.context.len(), 85);
}

#[test]
fn longest_request_and_context_have_the_sizes_that_the_limits_name() {
    let mut desk = Desk::new();
    let longest = template(USER, Some((8, 64)), Some(&[7; 128]));
    assert_eq!(longest.len(), Context::CLEAR_BYTES_MAX);
    assert_eq!(Context::CLEAR_BYTES_MAX, 229);
    let sealed = longest.len() / 16 * 16 + 16 + 16;
    assert_eq!(sealed, 256);
    let data = [tlv(0xa3, &vec![0; sealed]), tlv(0xa8, &longest)].concat();
    assert_eq!(data.len(), 491);
    assert_eq!(desk.ask(Usage::UserContextNew, &data).unwrap().context.len(), 229);
}

#[test]
fn keys_and_digests_of_other_roots_users_and_labels_differ() {
    let keys = ContextKeys::derive(&Secret::new([1; 32]));
    let other = ContextKeys::derive(&Secret::new([2; 32]));
    assert!(!bool::from(keys.enc.ct_eq(keys.mac.expose())));
    assert!(!bool::from(keys.enc.ct_eq(other.enc.expose())));
    let context = |user| Context::parse(&template(user, None, Some(b"hash"))).unwrap();
    let digest = context(USER).digest(&keys.digests);
    assert_eq!(digest, context(USER).digest(&keys.digests));
    assert_ne!(digest, context(USER).digest(&other.digests));
    assert_ne!(digest, context([9; 8]).digest(&keys.digests));
    let mut labelled = context(USER);
    labelled.label = [1; 4];
    assert_ne!(digest, labelled.digest(&keys.digests));
    assert_ne!(keys.digests.digest("ab", &[b"c"]), keys.digests.digest("a", &[b"bc"]));
    assert_ne!(keys.digests.digest("a", &[b"b", b""]), keys.digests.digest("a", &[b"", b"b"]));
}

#[test]
fn request_digest_tells_keys_apart() {
    let digest = RequestDigest::of(KeyId([1; 16]), b"message");
    assert_eq!(digest, RequestDigest::of(KeyId([1; 16]), b"message"));
    assert_ne!(digest, RequestDigest::of(KeyId([2; 16]), b"message"));
    assert_ne!(digest, RequestDigest::of(KeyId([1; 16]), b"messag"));
}
