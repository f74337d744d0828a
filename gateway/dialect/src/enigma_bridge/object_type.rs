//! Object types: which operation a number means.
// spec: enigma-bridge 3

use typex_core::ErrorKind;
use typex_core::key::{ObjectUse, Usage};

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
/// The status of a type that does not exist, or of one that is not served.
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
        function => match OURS.iter().find(|(one, _)| *one == function) {
            Some((_, what)) => Usage::Object(*what),
            None => return Err(without_layout(function)),
        },
    })
}

/// Functions without a public layout that have one of ours.
// spec: enigma-bridge 3, 4.5
const OURS: [(u32, ObjectUse); 12] = [
    (0x01, ObjectUse::Hmac),
    (0x02, ObjectUse::Scramble),
    (0x0c, ObjectUse::Tokenize),
    (0x0d, ObjectUse::Detokenize),
    (0x0e, ObjectUse::TokenizeWrap),
    (0x16, ObjectUse::AesToRsa),
    (0x17, ObjectUse::RsaToAes),
    (0x18, ObjectUse::DesToRsa),
    (0x19, ObjectUse::RsaToDes),
    (0x1d, ObjectUse::DukptRewrap),
    (0x1f, ObjectUse::DukptSessionKeys),
    (0x20, ObjectUse::DukptPinTranslate),
];

fn without_layout(function: u32) -> Status {
    match function {
        1..=FUNCTION_MAX => Status::of(ErrorKind::Unsupported),
        _ => Status::OPERATION_TYPE,
    }
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
    fn every_use_of_an_object_has_one_function() {
        for what in ObjectUse::ALL {
            let functions = (0..0x40).filter(|one| usage(*one) == Ok(Usage::Object(what)));
            assert_eq!(functions.count(), 1, "{what:?}");
        }
    }

    /// The page gives each function a clause, or the reason for which it is not served.
    // spec: enigma-bridge 3
    #[test]
    fn every_function_is_on_the_page() {
        let page = include_str!("../../../../docs/dialects/enigma-bridge.md");
        let section = page.split("\n## 3 ").nth(1).and_then(|rest| rest.split("\n### ").next());
        let mut listed = std::collections::BTreeMap::new();
        for line in section.unwrap().lines() {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let [_, functions, _, what, _] = cells[..] else { continue };
            for function in functions.split(", ") {
                let Ok(function) = u32::from_str_radix(function, 16) else { continue };
                assert_eq!(listed.insert(function, what), None, "{function:x} is there twice");
            }
        }
        assert!(listed.keys().copied().eq(1..=FUNCTION_MAX), "{listed:?}");
        for (function, what) in listed {
            let refused = what.strip_prefix("8004: ").is_some_and(|reason| !reason.is_empty());
            assert_eq!(usage(function).is_err(), refused, "{function:x}: {what}");
        }
    }

    #[test]
    fn unknown_layouts_and_types_that_do_not_exist() {
        let public = [4, 5, 6, 8, 9, 0x0a, 0x0b, 0x0f, 0x10, 0x12, 0x13];
        let known: Vec<u32> =
            public.into_iter().chain(OURS.map(|(function, _)| function)).collect();
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
