//! The template of a key to be: what a client asks for, and the bytes it fills.
// spec: enigma-bridge 5.2

use serde_json::Number;
use typex_core::error::Malformed;
use typex_core::key::Usage;
use typex_core::op::enrol::{Field, FieldKind, KeyTemplate, NewTemplate};

use super::render::Fault;
use super::{object_type, wire};

/// First byte of the policy.
pub(super) const POLICY_OFFSET: u16 = 23;
/// First byte of the script.
pub(super) const SCRIPT_OFFSET: u16 = 35;
/// The only format, and the only protocol, of templates.
pub(super) const FORMAT: u8 = 1;

const FLAGS_OFFSET: u16 = 13;
const ENCRYPTION_OFFSET: u16 = 53;
const APP_SECTION_OFFSET: u16 = 253;
/// Length, key type and key length in front of the application key.
const APP_HEAD_BYTES: u16 = 6;

const MAGIC: u8 = 0x43;
/// The client clears this flag when it fills in the channel keys.
const SERVICE_CHANNEL: u16 = 0x08;
/// The client clears this flag when it fills in the application key.
const SERVICE_APP: u16 = 0x10;
/// Both, and two whose meaning is unknown but which the original sets.
const FLAGS: u16 = 0x0402 | SERVICE_CHANNEL | SERVICE_APP;
/// The original's; its meaning is unknown.
const POLICY: [u8; 12] = [0xd0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x0d, 0xb0];
/// The original's: a length and sixteen bytes.
const SCRIPT: [u8; 18] = [0, 0x10, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Reads a template request.
///
/// # Errors
/// Another format or protocol than 1, a type that is missing, no hex, unknown or not served.
pub(super) fn read(data: &wire::TemplateData<'_>) -> Result<NewTemplate, Fault> {
    if !is_served(data.format.as_ref()) || !is_served(data.protocol.as_ref()) {
        return Err(Fault::new(Malformed::Version, "format and protocol must be 1"));
    }
    if data.object_type.is_empty() {
        return Err(Fault::new(Malformed::Member, "type is missing"));
    }
    let foreign_type = object_type::parse(&data.object_type)
        .ok_or_else(|| Fault::new(Malformed::Value, "type must be 1 to 8 hex digits"))?;
    let usage = object_type::usage(foreign_type)?;
    Ok(NewTemplate { usage, foreign_type, layout })
}

fn is_served(number: Option<&Number>) -> bool {
    number.is_none_or(|number| number.as_u64() == Some(FORMAT.into()))
}

/// Lays out the template as the original does, which every client's offsets reach.
fn layout(request: &NewTemplate, object: u32) -> KeyTemplate {
    let app_bytes = app_bytes(request.usage);
    let total = APP_SECTION_OFFSET + APP_HEAD_BYTES + app_bytes;
    let mut bytes = Vec::with_capacity(total.into());
    bytes.extend_from_slice(&total.to_be_bytes());
    bytes.extend_from_slice(&[MAGIC, FORMAT, FORMAT]);
    bytes.extend_from_slice(&object.to_be_bytes());
    bytes.extend_from_slice(&request.foreign_type.to_be_bytes());
    for word in [FLAGS, POLICY_OFFSET, ENCRYPTION_OFFSET, SCRIPT_OFFSET, APP_SECTION_OFFSET] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    bytes.extend_from_slice(&POLICY);
    bytes.extend_from_slice(&SCRIPT);
    let mut fields = Vec::with_capacity(7);
    let mut gap = |bytes: &mut Vec<u8>, kind, len: u16| {
        fields.push(Field { kind, offset: bytes.len(), len: len.into() });
        bytes.resize(bytes.len() + usize::from(len), 0);
    };
    for kinds in GROUPS {
        let group_bytes = kinds.iter().fold(0, |sum: u16, _| sum + 32);
        bytes.extend_from_slice(&group_bytes.to_be_bytes());
        kinds.iter().for_each(|kind| gap(&mut bytes, *kind, 32));
    }
    for word in [APP_HEAD_BYTES + app_bytes, 1, app_bytes] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    gap(&mut bytes, FieldKind::App, app_bytes);
    KeyTemplate {
        object,
        bytes,
        head_bytes: ENCRYPTION_OFFSET.into(),
        flags_offset: FLAGS_OFFSET.into(),
        service_channel: SERVICE_CHANNEL,
        service_material: SERVICE_APP,
        fields,
    }
}

/// Key gaps of 32 bytes that share a length field.
const GROUPS: [&[FieldKind]; 4] = [
    &[FieldKind::ChannelKey],
    &[FieldKind::ChannelEnc, FieldKind::ChannelMac],
    &[FieldKind::NextChannelEnc, FieldKind::NextChannelMac],
    &[FieldKind::Billing],
];

/// Room for the application key. Clients skip an AES key whose length differs from it. An RSA key
/// is five numbers of half the modulus, each behind a two-byte length.
// spec: enigma-bridge 5.2, 5.5
fn app_bytes(usage: Usage) -> u16 {
    match usage {
        Usage::EncryptBlocks | Usage::DecryptBlocks => 16,
        Usage::RsaPrivate { modulus_bytes } | Usage::RsaPublic { modulus_bytes } => {
            5 * (2 + modulus_bytes / 2)
        }
        Usage::UserContextNew
        | Usage::UserHotp
        | Usage::UserPassword
        | Usage::UserContextUpdate => 32,
        Usage::Object(what) => what.room(),
        // No key at all; room for the one that a client may fill in by habit.
        Usage::Random
        | Usage::ImportUnwrap
        | Usage::General(_)
        | Usage::Payment(_)
        | Usage::Token(_) => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(object_type: &str, object: u32) -> KeyTemplate {
        let data = format!(r#"{{"format":1,"protocol":1,"type":"{object_type}"}}"#);
        let data = wire::object(data.as_bytes(), Malformed::Member).unwrap();
        let Ok(request) = read(&data) else { panic!("{object_type} is served") };
        (request.layout)(&request, object)
    }

    // spec: enigma-bridge 5.2, 5.6
    #[test]
    fn the_original_template_byte_for_byte() {
        let template = template("300004", 0x226a);
        let head = concat!(
            "01134301010000226a00300004041a0017003500",
            "2300fdd00000000000000000010db0001001000000000000000000000000000000",
        );
        let expected = [
            head.to_owned(),
            format!("0020{}", "00".repeat(32)),
            format!("0040{}", "00".repeat(64)),
            format!("0040{}", "00".repeat(64)),
            format!("0020{}", "00".repeat(32)),
            format!("001600010010{}", "00".repeat(16)),
        ];
        assert_eq!(const_hex::encode(&template.bytes), expected.concat());
        assert_eq!(template.bytes.len(), 275);
        assert_eq!((template.head_bytes * 8, template.flags_offset * 8), (424, 104));
        let bits: Vec<_> =
            template.fields.iter().map(|field| (field.offset * 8, field.len * 8)).collect();
        assert_eq!(
            bits,
            [
                (440, 256),
                (712, 256),
                (968, 256),
                (1240, 256),
                (1496, 256),
                (1768, 256),
                (2072, 128),
            ]
        );
    }

    // spec: enigma-bridge 5.6
    #[test]
    fn the_known_filled_template_is_read() {
        let template = template("300004", 0x226a);
        let mut filled = template.bytes.clone();
        let comenc = "80895c2291b54eeb447aefdba4ef5b03dce3003c72f1c451f722c519aa5a1377";
        let commac = "51f80524e521a3f32ce4bc9c45df3ac37217482843fd196a457ef12a574479a0";
        let app = "97ea4f23b43d64acc69316db58c180f4";
        filled[13..15].copy_from_slice(&[0x04, 0x02]);
        for (at, key) in [(89, comenc), (121, commac), (259, app)] {
            const_hex::decode_to_slice(key, &mut filled[at..at + key.len() / 2]).unwrap();
        }
        let Ok(uploaded) = template.read(&filled) else { panic!("the template is sound") };
        assert_eq!(const_hex::encode(uploaded.channel.enc.expose()), comenc);
        assert_eq!(const_hex::encode(uploaded.channel.mac.expose()), commac);
        assert_eq!(const_hex::encode(uploaded.material.unwrap().expose()), app);
    }

    #[test]
    fn room_for_the_application_key_by_type() {
        for (object_type, bits) in [
            ("4", 128),
            ("f", 128),
            ("5", 2640),
            ("6", 5200),
            ("12", 2640),
            ("13", 5200),
            ("8", 256),
            ("9", 256),
            ("a", 256),
            ("b", 256),
            ("10", 128),
            ("1", 256),
            ("2", 256),
            ("c", 640),
            ("d", 1664),
            ("e", 896),
            ("16", 2560),
            ("17", 5632),
            ("18", 2560),
            ("19", 5632),
            ("1d", 640),
            ("1f", 640),
            ("20", 640),
        ] {
            let template = template(object_type, 1);
            let app = template.fields.last().unwrap();
            assert_eq!((app.kind, app.len * 8), (FieldKind::App, bits), "{object_type}");
            assert_eq!(app.offset + app.len, template.bytes.len());
            assert_eq!(template.bytes[..2], (app.offset + app.len).to_be_bytes()[6..]);
        }
    }
}
