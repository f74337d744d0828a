//! Base64 as the dialect has it: lenient on the way in, standard with padding on the way out,
//! strict inside tokens.
// spec: encedo-hem 1.2

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};

/// Both alphabets are mapped to this one; padding may be there or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Standard alphabet, padded.
pub fn base64(bytes: &[u8]) -> String {
    general_purpose::STANDARD.encode(bytes)
}

/// Either alphabet, padded or not; `None` for anything else.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let standard: String = text.chars().map(to_standard).collect();
    LENIENT.decode(standard).ok()
}

/// The same, of exactly `N` bytes.
pub fn from_base64_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    from_base64(text)?.try_into().ok()
}

/// URL alphabet without padding.
pub(super) fn base64_url(bytes: &[u8]) -> String {
    general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// URL alphabet without padding, and nothing else: one text for one value.
pub(super) fn from_base64_url(text: &str) -> Option<Vec<u8>> {
    general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}

fn to_standard(digit: char) -> char {
    match digit {
        '-' => '+',
        '_' => '/',
        other => other,
    }
}
