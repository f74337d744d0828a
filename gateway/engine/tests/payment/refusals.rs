//! Errors as a closed set, and inputs that are none.

use std::collections::BTreeSet;

use typex_engine::payment::{Digits, Error, Key, Pan, Pin};

use crate::harness::code_of;

#[test]
fn codes_are_unique_and_texts_say_nothing_more() {
    let codes: BTreeSet<_> = Error::ALL.map(code_of).into_iter().collect();
    assert_eq!(codes.len(), Error::ALL.len());
    for error in Error::ALL {
        let outer = typex_core::Error::from(error);
        assert_eq!(outer.public, outer.kind.text());
    }
}

#[test]
fn numbers_have_their_lengths_and_digits() {
    for (text, is_pan, is_pin) in [
        ("123", false, false),
        ("1234", false, true),
        ("123456789012", true, true),
        ("1234567890123", true, false),
        ("1234567890123456789", true, false),
        ("12345678901234567890", false, false),
        ("12345678901A", false, false),
        ("", false, false),
    ] {
        assert_eq!(Pan::parse(text.as_bytes()).is_ok(), is_pan, "{text}");
        assert_eq!(Pin::parse(text.as_bytes()).is_ok(), is_pin, "{text}");
    }
    assert!(Pan::parse_any_length(b"1").is_ok());
    assert_eq!(Pan::parse_any_length(b"").err(), Some(Error::InvalidInput));
    assert_eq!(Digits::parse(b"12345678901234567").err(), Some(Error::InvalidInput));
    assert_eq!(Digits::parse(b"").err(), Some(Error::InvalidInput));
}

#[test]
fn keys_have_their_lengths() {
    for bytes in 0..40 {
        let key = vec![0x13; bytes];
        assert_eq!(Key::tdes(&key).is_ok(), matches!(bytes, 16 | 24), "{bytes}");
        assert_eq!(Key::aes(&key).is_ok(), matches!(bytes, 16 | 24 | 32), "{bytes}");
    }
}
