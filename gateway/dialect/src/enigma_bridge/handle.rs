//! The handle: API key, object number and perhaps object type in one text.
// spec: enigma-bridge 1.3

use arrayvec::ArrayVec;
use typex_core::limits;

/// One way to cut a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    /// The API key: letters, digits, `_` and `-`.
    pub(super) api_key: &'a str,
    /// Number of the user object.
    pub(super) object: u32,
}

/// Cuts off `00` and eight hex digits twice (number and type), then once (number alone). An API
/// key may itself end like that, so both cuts can hold; the long one is likelier. The type is
/// checked in form only: clients send 0, 1 or the true one for the same object.
pub(super) fn cuts(handle: &str) -> ArrayVec<Cut<'_>, 2> {
    let long = cut_number(handle).and_then(|(rest, _type)| cut_number(rest));
    let short = cut_number(handle);
    [long, short]
        .into_iter()
        .flatten()
        .filter(|(api_key, _)| is_api_key(api_key))
        .map(|(api_key, object)| Cut { api_key, object })
        .collect()
}

/// The handle of a new object: always the long form, since clients cut 20 characters off.
pub(super) fn text(api_key: &str, object: u32, object_type: u32) -> String {
    format!("{api_key}00{object:08x}00{object_type:08x}")
}

/// A number of exactly eight hex digits.
pub(super) fn number(digits: &str) -> Option<u32> {
    const_hex::decode_to_array(digits).ok().filter(|_| digits.len() == 8).map(u32::from_be_bytes)
}

fn cut_number(text: &str) -> Option<(&str, u32)> {
    let (rest, suffix) = text.split_at_checked(text.len().checked_sub(10)?)?;
    Some((rest, number(suffix.strip_prefix("00")?)?))
}

fn is_api_key(text: &str) -> bool {
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=limits::API_KEY_CHARS_MAX).contains(&text.len()) && text.bytes().all(permitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(handle: &str) -> Vec<(&str, u32)> {
        cuts(handle).iter().map(|cut| (cut.api_key, cut.object)).collect()
    }

    #[test]
    fn long_and_short_forms() {
        assert_eq!(
            found("TEST_API0000001dcb0000300006"),
            [("TEST_API", 0x1dcb), ("TEST_API0000001dcb", 0x300006),]
        );
        assert_eq!(found("TEST_API000000ee01"), [("TEST_API", 0xee01)]);
        assert_eq!(found("TEST_API00FFFFFFFF"), [("TEST_API", u32::MAX)]);
        assert_eq!(found("TEST_API0000000000"), [("TEST_API", 0)]);
    }

    #[test]
    fn what_is_no_handle() {
        let long_key = "k".repeat(limits::API_KEY_CHARS_MAX + 1) + "000000ee01";
        let bad = [
            "",
            "TEST_API",
            "000000ee01",
            "TEST_API010000ee01",
            "TEST_API00+000ee01",
            "TEST API000000ee01",
            "TEST_API000x00ee01",
            "TÉST000000ee01",
            "é00000é01",
            &long_key,
        ];
        for handle in bad {
            assert_eq!(found(handle), [], "{handle}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_handle_of_an_object_is_cut_back(key in "[A-Za-z0-9_-]{1,64}", id: u32, kind: u32) {
            let handle = text(&key, id, kind);
            proptest::prop_assert_eq!(cuts(&handle)[0], Cut { api_key: &key, object: id });
        }
    }
}
