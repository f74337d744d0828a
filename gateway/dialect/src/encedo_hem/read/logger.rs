//! The log.
// spec: encedo-hem 7.1

use typex_core::ErrorKind;
use typex_core::error::{InvalidData, Malformed};
use typex_core::op::instance::{Call, Parsed};

use super::Input;

/// The log files from an offset on.
pub(in crate::encedo_hem) fn list(input: &Input<'_>) -> Call {
    Call::ListLogs(match input.arguments.first() {
        None => Ok(0),
        Some(offset) => count(offset),
    })
}

/// One log file: eight lower-case hex digits. Any other name is unknown.
pub(in crate::encedo_hem) fn file(input: &Input<'_>) -> Call {
    let name = input.argument(0);
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let permitted = name.len() == 8 && name.bytes().all(is_digit);
    let number = permitted.then(|| u32::from_str_radix(name, 16).ok()).flatten();
    Call::GetLog(number.ok_or(ErrorKind::Malformed(Malformed::Function)))
}

/// Decimal digits; a number beyond the range is the end of it.
// spec: encedo-hem 5.5
pub(super) fn count(digits: &str) -> Parsed<usize> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ErrorKind::InvalidData(InvalidData::Parameter));
    }
    Ok(digits.parse().unwrap_or(usize::MAX))
}
