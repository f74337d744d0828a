//! The answer's envelope, written by hand into a buffer of exactly its size.
// spec: enigma-bridge 1.6

use super::status::Status;

/// The `result` member.
pub(super) enum Value<'a> {
    /// `null`
    Null,
    /// `[]`
    EmptyList,
    /// Ciphertext and tag, to be written as the answer's data string.
    Sealed(&'a [u8]),
    /// JSON text.
    Json(&'a [u8]),
}

/// All that an envelope says.
pub(super) struct Envelope<'a> {
    /// Never empty: two clients throw without it.
    pub(super) function: &'static str,
    /// What was done.
    pub(super) result: Value<'a>,
    /// Echo of the request's.
    pub(super) nonce: &'a str,
    /// How it went.
    pub(super) status: Status,
    /// The same in words.
    pub(super) detail: &'a str,
}

impl Envelope<'_> {
    /// The JSON text. One allocation, of exactly its length.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let len = self.len();
        let mut out = Vec::with_capacity(len);
        out.extend_from_slice(br#"{"function":""#);
        out.extend_from_slice(self.function.as_bytes());
        out.extend_from_slice(br#"","result":"#);
        self.result.write(&mut out);
        out.extend_from_slice(br#","nonce":""#);
        escape(self.nonce, &mut out);
        out.extend_from_slice(br#"","status":""#);
        out.extend_from_slice(&self.status.hex());
        out.extend_from_slice(br#"","statusdetail":""#);
        escape(self.detail, &mut out);
        out.extend_from_slice(br#"","version":"1.0"}"#);
        debug_assert_eq!(out.len(), len);
        out
    }

    fn len(&self) -> usize {
        const FIXED: usize = br#"{"function":"","result":,"nonce":"","status":"0000""#.len()
            + br#","statusdetail":"","version":"1.0"}"#.len();
        FIXED
            + self.function.len()
            + self.result.len()
            + escaped_len(self.nonce)
            + escaped_len(self.detail)
    }
}

impl Value<'_> {
    /// A data string is hex of an empty clear part, ciphertext and tag, then exactly one `_`:
    /// one client cuts at the first, another tolerates no more than one character.
    // spec: enigma-bridge 2.3
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::EmptyList => out.extend_from_slice(b"[]"),
            Self::Json(text) => out.extend_from_slice(text),
            Self::Sealed(sealed) => {
                out.extend_from_slice(b"\"0000");
                let start = out.len();
                out.resize(start + sealed.len() * 2, 0);
                const_hex::encode_to_slice(sealed, &mut out[start..])
                    .expect("two digits for every byte");
                out.extend_from_slice(b"_\"");
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Null => 4,
            Self::EmptyList => 2,
            Self::Json(text) => text.len(),
            Self::Sealed(sealed) => b"\"0000_\"".len() + sealed.len() * 2,
        }
    }
}

/// Appends `text` as the inside of a JSON string.
fn escape(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => {
                let [high, low] = hex_digits(byte);
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            }
            _ => out.push(byte),
        }
    }
}

fn escaped_len(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            b'"' | b'\\' => 2,
            0..0x20 => 6,
            _ => 1,
        })
        .sum()
}

fn hex_digits(byte: u8) -> [u8; 2] {
    let mut digits = [0; 2];
    const_hex::encode_to_slice([byte], &mut digits).expect("one byte is two digits");
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope<'a>(result: Value<'a>, nonce: &'a str, detail: &'a str) -> Envelope<'a> {
        Envelope { function: "ProcessData", result, nonce, status: Status::SUCCESS, detail }
    }

    #[test]
    fn member_set_and_order() {
        let sealed = Value::Sealed(&[0xab, 0x01]);
        let bytes = envelope(sealed, "e718e27a1016452c", "success (ok)").to_bytes();
        let expected = concat!(
            r#"{"function":"ProcessData","result":"0000ab01_","nonce":"e718e27a1016452c","#,
            r#""status":"9000","statusdetail":"success (ok)","version":"1.0"}"#,
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_valid_json_in_an_exact_buffer(
            nonce in ".{0,20}|[\u{0}-\u{80}]{0,20}", detail: String, sealed: Option<Vec<u8>>,
        ) {
            let result = sealed.as_deref().map_or(Value::Null, Value::Sealed);
            let bytes = envelope(result, &nonce, &detail).to_bytes();
            proptest::prop_assert_eq!(bytes.len(), bytes.capacity());
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            proptest::prop_assert_eq!(value["nonce"].as_str(), Some(nonce.as_str()));
            proptest::prop_assert_eq!(value["statusdetail"].as_str(), Some(detail.as_str()));
            let text = sealed.map(|bytes| format!("0000{}_", const_hex::encode(bytes)));
            proptest::prop_assert_eq!(value["result"].as_str(), text.as_deref());
        }
    }
}
