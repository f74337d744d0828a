//! Tag, two-byte length, value.

/// Cuts the first record, which must have `tag`, off `input`: its value and what follows.
pub(super) fn take(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let [found, high, low, rest @ ..] = input else { return None };
    if *found != tag {
        return None;
    }
    rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))
}

/// Appends a record; `None` if the value is too long for its length field.
pub(super) fn put(tag: u8, value: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let len = u16::try_from(value.len()).ok()?;
    out.push(tag);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(value);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults() {
        let faults: [&[u8]; 5] = [b"", b"\xa1", b"\xa1\0", b"\xa2\0\0", b"\xa1\0\x02x"];
        for fault in faults {
            assert_eq!(take(0xa1, fault), None, "{fault:x?}");
        }
        assert_eq!(take(0xa1, b"\xa1\0\x01xy"), Some((&b"x"[..], &b"y"[..])));
        assert_eq!(put(1, &vec![0; 0x1_0000], &mut Vec::new()), None);
    }

    proptest::proptest! {
        #[test]
        fn round_trip(tag: u8, value: Vec<u8>, rest: Vec<u8>) {
            let mut bytes = Vec::new();
            put(tag, &value, &mut bytes).unwrap();
            bytes.extend_from_slice(&rest);
            proptest::prop_assert_eq!(take(tag, &bytes), Some((&value[..], &rest[..])));
        }
    }
}
