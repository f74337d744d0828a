//! Key blocks.

use proptest::prelude::*;
use typex_engine::payment::key_block::{
    Contents, Exportability, Fill, Form, Header, KeyAlgorithm, KeyBlock, ModeOfUse, OptionalBlock,
    ProtectionKeys, Side, Usage, Version, Writing, data_key, fill_bytes, read, write,
};
use typex_engine::payment::{Error, Key};

use crate::harness::{Vector, alone, hex, key, upper};

const ANYTHING: Writing = Writing { form: Form::Short, allows_stronger: true, allows_legacy: true };

fn protection(vector: &Vector, version: &str) -> Key {
    let algorithm = if matches!(version, "D" | "E") { "AES" } else { "TDES" };
    key(algorithm, &vector.input.hex("kbpk"))
}

pub(crate) fn unwrapped(vector: &Vector) {
    let text = vector.input.text("key_block");
    let protection = protection(vector, &text[..1]);
    let opened = alone!(read(&protection, text.as_bytes()));
    if let Some(error) = vector.error() {
        assert_eq!(opened.err(), Some(error));
        return;
    }
    let (KeyBlock { header, blocks, key }, out) = (opened.unwrap(), &vector.output);
    let letter = |code: u8| char::from(code).to_string();
    assert_eq!(upper(key.expose()), out.text("key"));
    assert_eq!(&text[..16], out.text("header"));
    assert_eq!(header.usage.code(), out.text("usage").as_bytes());
    assert_eq!(letter(header.algorithm.code()), out.text("algorithm"));
    assert_eq!(letter(header.mode.code()), out.text("mode"));
    assert_eq!(header.key_version, out.text("key_version").as_bytes());
    assert_eq!(letter(header.exportability.code()), out.text("exportability"));
    assert_eq!(blocks.len() as u64, out.number("optional_blocks"));
}

/// What a header without lengths says.
fn header_of(text: &str) -> (Header, usize) {
    let letters = text.as_bytes();
    let header = Header {
        version: Version::ALL.into_iter().find(|one| one.code() == letters[0]).unwrap(),
        usage: Usage::from_code([letters[5], letters[6]]).unwrap(),
        algorithm: KeyAlgorithm::ALL.into_iter().find(|one| one.code() == letters[7]).unwrap(),
        mode: ModeOfUse::ALL.into_iter().find(|one| one.code() == letters[8]).unwrap(),
        key_version: [letters[9], letters[10]],
        exportability: Exportability::ALL
            .into_iter()
            .find(|one| one.code() == letters[11])
            .unwrap(),
        context: letters[14] - b'0',
    };
    (header, text[12..14].parse().unwrap())
}

fn blocks_of(mut text: &str) -> Vec<OptionalBlock> {
    let mut blocks = Vec::new();
    while !text.is_empty() {
        let length = usize::from_str_radix(&text[2..4], 16).unwrap();
        let id = text.as_bytes()[..2].try_into().unwrap();
        blocks.push(OptionalBlock { id, data: text.as_bytes()[4..length].to_vec() });
        text = &text[length..];
    }
    blocks
}

pub(crate) fn wrapped(vector: &Vector) {
    let (header, count) = header_of(vector.input.text("header_without_length"));
    let blocks = blocks_of(vector.input.text("optional_block_text"));
    assert_eq!(blocks.len(), count);
    let protection = protection(vector, &vector.input.text("header_without_length")[..1]);
    let (key, padding) = (vector.input.hex("key"), vector.input.hex("padding"));
    let fill = Fill { key: &padding, text: b"" };
    let block = alone!(write(
        &protection,
        Contents { header: &header, blocks: &blocks, key: &key },
        &fill,
        ANYTHING
    ))
    .unwrap();
    assert_eq!(block, vector.output.text("key_block"));
    let back = alone!(read(&protection, block.as_bytes())).unwrap();
    assert_eq!((back.key.expose(), back.header, back.blocks), (&key, header, blocks));
    let writing = Writing { form: Form::Short, ..Writing::default() };
    let strictly = alone!(write(
        &protection,
        Contents { header: &header, blocks: &[], key: &key },
        &fill,
        writing
    ))
    .err();
    assert_eq!(strictly, header.version.is_legacy().then_some(Error::KeyUsage));
}

/// Keys as published, and the published block from its own padding.
pub(crate) fn derived(vector: &Vector) {
    let letter = vector.input.text("version");
    let version = Version::ALL.into_iter().find(|one| one.code() == letter.as_bytes()[0]).unwrap();
    let protection = protection(vector, letter);
    let keys = alone!(ProtectionKeys::derive(version, &protection)).unwrap();
    assert_eq!(upper(keys.encryption.expose()), vector.output.text("kbek"));
    assert_eq!(upper(keys.mac.expose()), vector.output.text("kbak"));

    let official = Vector::by_id(&vector.id.replace("derive-", ""));
    let text = official.input.text("key_block");
    let back = alone!(read(&protection, text.as_bytes())).unwrap();
    let padding = vector.output.hex("padding_in_official_block");
    let fill = Fill { key: &padding, text: b"" };
    let forms = [Form::Short, Form::Long].into_iter().filter(|form| {
        let bytes = back.key.expose().len();
        fill_bytes(version, back.header.algorithm, bytes, *form) == padding.len()
    });
    for form in forms {
        let writing = Writing { form, ..Writing::default() };
        let again = alone!(write(
            &protection,
            Contents { header: &back.header, blocks: &[], key: back.key.expose() },
            &fill,
            writing
        ));
        assert_eq!(again.unwrap(), text);
    }
}

const HEADER: Header = Header {
    version: Version::D,
    usage: Usage::DATA,
    algorithm: KeyAlgorithm::Aes,
    mode: ModeOfUse::Both,
    key_version: *b"00",
    exportability: Exportability::Trusted,
    context: 0,
};

fn protection_of(version: Version) -> Key {
    Key::new(version.cipher(), &hex("0F1E2D3C4B5A69788796A5B4C3D2E1F0")).unwrap()
}

/// A block of every version that can be written, with optional blocks.
fn examples() -> Vec<(Key, String)> {
    let key = hex("00112233445566778899AABBCCDDEEFF");
    let blocks = [
        OptionalBlock { id: *b"LB", data: b"a label".to_vec() },
        OptionalBlock { id: *b"ZZ", data: b"nobody knows ~ !".to_vec() },
    ];
    let of = |version: Version, blocks: &[OptionalBlock]| {
        let header = Header { version, algorithm: KeyAlgorithm::Tdes, ..HEADER };
        let padding = vec![0xC3; fill_bytes(version, header.algorithm, key.len(), Form::Short)];
        let fill = Fill { key: &padding, text: &[7; 20] };
        let protection = protection_of(version);
        let text = alone!(write(
            &protection,
            Contents { header: &header, blocks, key: &key },
            &fill,
            ANYTHING
        ))
        .unwrap();
        (protection, text)
    };
    let written = [Version::A, Version::B, Version::C, Version::D];
    written.into_iter().flat_map(|version| [of(version, &blocks), of(version, &[])]).collect()
}

#[test]
fn a_block_changed_in_any_character_gives_the_one_error() {
    let published = Vector::by_id("tr31-E-9");
    let of_e = (protection(published, "E"), published.input.text("key_block").to_owned());
    for (protection, text) in examples().into_iter().chain([of_e]) {
        assert!(alone!(read(&protection, text.as_bytes())).is_ok());
        for place in 0..text.len() {
            let before = text.as_bytes()[place];
            let flipped = (0..8).map(|bit| before ^ 1 << bit);
            let others = *b"0159AEFafghzXZ ~\0\xFF";
            for after in flipped.chain(others).filter(|after| *after != before) {
                let mut changed = text.clone().into_bytes();
                changed[place] = after;
                let error = alone!(read(&protection, &changed)).err();
                assert_eq!(error, Some(Error::KeyBlockInvalid), "{text} {place} {after}");
            }
        }
        for length in 0..text.len() {
            let cut = alone!(read(&protection, &text.as_bytes()[..length])).err();
            assert_eq!(cut, Some(Error::KeyBlockInvalid));
        }
        let longer = alone!(read(&protection, (text.clone() + "00").as_bytes())).err();
        assert_eq!(longer, Some(Error::KeyBlockInvalid));
    }
}

#[test]
fn another_protection_key_gives_the_one_error() {
    for (protection, text) in examples() {
        let mut other = protection.expose().to_vec();
        other[3] ^= 2;
        let other = Key::new(protection.algorithm(), &other).unwrap();
        let longer = Key::new(protection.algorithm(), &[3; 24]).unwrap();
        let of_others = [Key::tdes(&[1; 16]).unwrap(), Key::aes(&[1; 16]).unwrap(), other, longer];
        for wrong in of_others {
            assert_eq!(alone!(read(&wrong, text.as_bytes())).err(), Some(Error::KeyBlockInvalid));
        }
    }
}

#[test]
fn a_long_optional_block_is_read_as_it_was_written() {
    let blocks = [OptionalBlock { id: *b"CT", data: vec![b'x'; 700] }];
    let protection = protection_of(Version::D);
    let padding = [1; 30];
    let fill = Fill { key: &padding, text: &[0xFF; 20] };
    let contents = Contents { header: &HEADER, blocks: &blocks, key: &[5; 16] };
    let text = alone!(write(&protection, contents, &fill, Writing::default())).unwrap();
    assert_eq!(&text[16..26], "CT000202C6");
    let back = alone!(read(&protection, text.as_bytes())).unwrap();
    assert_eq!(back.blocks[0], blocks[0]);
    assert_eq!((back.blocks[1].id, back.blocks.len()), (*b"PB", 2));
}

/// Length of the block that is written, or why it is not.
fn written(header: &Header, blocks: &[OptionalBlock], key: &[u8]) -> Result<usize, Error> {
    let protection = protection_of(Version::D);
    let padding = vec![1; fill_bytes(header.version, header.algorithm, key.len(), Form::Long)];
    let fill = Fill { key: &padding, text: &[2; 20] };
    alone!(write(&protection, Contents { header, blocks, key }, &fill, Writing::default()))
        .map(|text| text.len())
}

#[test]
fn writing_is_strict() {
    assert_eq!(written(&HEADER, &[], &[5; 16]), Ok(144));
    assert_eq!(written(&HEADER, &[], &[5; 32]), Err(Error::KeyUsage), "stronger");
    assert_eq!(written(&HEADER, &[], &[5; 15]), Err(Error::InvalidInput));
    for header in [
        Header { version: Version::E, ..HEADER },
        Header { version: Version::B, ..HEADER },
        Header { mode: ModeOfUse::Derive, ..HEADER },
        Header { algorithm: KeyAlgorithm::Hmac, ..HEADER },
    ] {
        assert_eq!(written(&header, &[], &[5; 16]), Err(Error::KeyUsage), "{header:?}");
    }
    let spaces = Header { key_version: *b" 0", ..HEADER };
    assert_eq!(written(&spaces, &[], &[5; 16]), Err(Error::InvalidInput));
    let context = Header { context: 3, ..HEADER };
    assert_eq!(written(&context, &[], &[5; 16]), Err(Error::InvalidInput));
}

#[test]
fn optional_blocks_are_written_strictly() {
    let block = |id: &[u8; 2], data: &[u8]| OptionalBlock { id: *id, data: data.to_vec() };
    for blocks in [
        vec![block(b"LB", b"one"), block(b"LB", b"two")],
        vec![block(b"PB", b"00000000"), block(b"LB", b"0")],
        vec![block(b"LB", b"\x7F")],
        vec![block(b"lb", b"lower")],
        vec![block(b"PB", b"short")],
        vec![block(b"LB", &[b'x'; 9970])],
    ] {
        assert_eq!(written(&HEADER, &blocks, &[5; 16]), Err(Error::InvalidInput), "{blocks:?}");
    }
}

#[test]
fn a_key_of_a_request_is_for_data_and_its_side() {
    let protection = protection_of(Version::D);
    let of = |usage, mode, algorithm: KeyAlgorithm, side| {
        let header = Header { usage, mode, algorithm, ..HEADER };
        let padding = vec![0; fill_bytes(Version::D, algorithm, 16, Form::Long)];
        let fill = Fill { key: &padding, text: b"" };
        let contents = Contents { header: &header, blocks: &[], key: &[5; 16] };
        let text = alone!(write(&protection, contents, &fill, Writing::default())).unwrap();
        alone!(data_key(&protection, text.as_bytes(), side)).map(|key| key.expose().to_vec())
    };
    let (aes, tdes) = (KeyAlgorithm::Aes, KeyAlgorithm::Tdes);
    for algorithm in [aes, tdes] {
        for (mode, incoming, outgoing) in [
            (ModeOfUse::Both, true, true),
            (ModeOfUse::Decrypt, true, false),
            (ModeOfUse::Encrypt, false, true),
            (ModeOfUse::Any, false, false),
        ] {
            let key = |permitted: bool| permitted.then(|| vec![5; 16]).ok_or(Error::KeyUsage);
            assert_eq!(of(Usage::DATA, mode, algorithm, Side::Incoming), key(incoming));
            assert_eq!(of(Usage::DATA, mode, algorithm, Side::Outgoing), key(outgoing));
        }
    }
    assert_eq!(of(Usage::PIN, ModeOfUse::Both, aes, Side::Incoming), Err(Error::KeyUsage));
}

fn any_block() -> impl Strategy<Value = OptionalBlock> {
    let id = prop::sample::select(vec![*b"LB", *b"KS", *b"TS", *b"X1", *b"HM", *b"WP"]);
    (id, "[ -~]{0,40}").prop_map(|(id, data)| OptionalBlock { id, data: data.into_bytes() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_written_is_read(
        mut blocks in prop::collection::vec(any_block(), 0..4),
        key in prop::sample::select(vec![16_usize, 24]),
        random in any::<[u8; 32]>(),
        version in prop::sample::select(vec![Version::A, Version::B, Version::C, Version::D]),
        long in any::<bool>(),
    ) {
        blocks.sort_by_key(|block| block.id);
        blocks.dedup_by_key(|block| block.id);
        let header = Header { version, algorithm: KeyAlgorithm::Tdes, ..HEADER };
        let form = if long { Form::Long } else { Form::Short };
        let padding = &random[..fill_bytes(version, KeyAlgorithm::Tdes, key, form)];
        let fill = Fill { key: padding, text: &random };
        let (protection, key) = (protection_of(version), vec![0xB5; key]);
        let writing = Writing { form, ..ANYTHING };
        let contents = Contents { header: &header, blocks: &blocks, key: &key };
        let text = alone!(write(&protection, contents, &fill, writing)).unwrap();
        let back = alone!(read(&protection, text.as_bytes())).unwrap();
        prop_assert_eq!(back.header, header);
        prop_assert_eq!(back.key.expose(), &key);
        prop_assert_eq!(&back.blocks[..blocks.len()], &blocks);
        prop_assert!(back.blocks[blocks.len()..].iter().all(|block| block.id == *b"PB"));
    }

    #[test]
    fn no_text_does_harm(text in "[A-E][0-9]{4}[A-Z][0-9][A-Z]{2}00[A-Z]0[0-3]00[ -~]{0,200}") {
        for version in [Version::B, Version::D] {
            let error = alone!(read(&protection_of(version), text.as_bytes())).err();
            prop_assert_eq!(error, Some(Error::KeyBlockInvalid));
        }
    }
}
