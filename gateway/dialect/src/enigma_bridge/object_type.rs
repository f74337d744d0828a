//! Object types: which operation a number means.
// spec: enigma-bridge 3

use typex_core::ErrorKind;
use typex_core::key::Usage;

use super::status::Status;

/// Bits 0 to 15: the function.
const FUNCTION: u32 = 0x0000_ffff;
/// Bit 20 (who makes the channel keys) and 21 to 23 (who makes the application key). They are
/// kept and shown again but decide nothing: flags in the filled template do.
const ORIGIN: u32 = 0x00f0_0000;
/// Bits 21 to 23 with a value that has no meaning.
const NO_ORIGIN: u32 = 0x00e0_0000;
/// The last function that any client names.
const FUNCTION_MAX: u32 = 0x21;

/// Reads the hex text of a template request.
pub(super) fn parse(text: &str) -> Option<u32> {
    let digits = (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    digits.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

/// The operation of a type, with its flags.
///
/// # Errors
/// The status of a type that does not exist, or of one whose data no client or document shows.
pub(super) fn usage(object_type: u32) -> Result<Usage, Status> {
    let origin = object_type & ORIGIN & !0x0010_0000;
    if object_type & !(FUNCTION | ORIGIN) != 0 || origin == NO_ORIGIN {
        return Err(Status::OPERATION_TYPE);
    }
    Ok(match object_type & FUNCTION {
        0x04 => Usage::EncryptBlocks,
        0x05 => Usage::RsaPrivate { modulus_bytes: 128 },
        0x06 => Usage::RsaPrivate { modulus_bytes: 256 },
        0x08 => Usage::UserHotp,
        0x09 => Usage::UserContextNew,
        0x0a => Usage::UserPassword,
        0x0b => Usage::UserContextUpdate,
        0x0f => Usage::DecryptBlocks,
        0x10 => Usage::Random,
        0x12 => Usage::RsaPublic { modulus_bytes: 128 },
        0x13 => Usage::RsaPublic { modulus_bytes: 256 },
        1..=FUNCTION_MAX => return Err(Status::of(ErrorKind::Unsupported)),
        _ => return Err(Status::OPERATION_TYPE),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(parse("300004"), Some(0x30_0004));
        assert_eq!(parse("4"), Some(4));
        assert_eq!(parse("00B00006"), Some(0xb0_0006));
        for bad in ["", "0x4", "+4", "-4", " 4", "4 ", "000000004", "g"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn flags_do_not_change_the_operation() {
        for flags in (0..13).map(|origin| origin << 20) {
            assert_eq!(usage(flags | 4), Ok(Usage::EncryptBlocks), "{flags:x}");
        }
    }

    #[test]
    fn unknown_layouts_and_types_that_do_not_exist() {
        let known = [4, 5, 6, 8, 9, 0x0a, 0x0b, 0x0f, 0x10, 0x12, 0x13];
        for function in 0..0x40 {
            let expected = match function {
                _ if known.contains(&function) => continue,
                1..=0x21 => 0x8004,
                _ => 0x8083,
            };
            assert_eq!(usage(function).map_err(Status::code), Err(expected), "{function:x}");
        }
        for absent in [0x0001_0004, 0x0008_0004, 0x00e0_0004, 0x00f0_0004, 0x0100_0004, 0x8000_0004]
        {
            assert_eq!(usage(absent), Err(Status::OPERATION_TYPE), "{absent:x}");
        }
    }
}
