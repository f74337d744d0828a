//! Known answers of FF1 and of tokens.

use typex_core::Secret;
use typex_core::token::{Alphabet, DomainName, Layout, LuhnMode, TokenVersion};
use typex_engine::payment::mac::{Hash, HmacKey};
use typex_engine::payment::{Error, Key, Pan};
use typex_engine::token::{Token, TokenKey, derive_key, vault_index};
use typex_kernels::ff1::{self, CardJob, Opening, Shape};
use typex_kernels::{Path, RoundKeys};

use crate::harness::{Fields, Vector, alone, upper};

/// Both directions on every path, in lanes too where they take it.
pub(crate) fn ff1(vector: &Vector) {
    let (input, output) = (&vector.input, &vector.output);
    let (keys, tweak) = (RoundKeys::boxed(&input.hex("key")).unwrap(), input.hex("tweak"));
    let radix = u32::try_from(input.number("radix")).unwrap();
    let numerals = |text: &str| -> Vec<u16> {
        text.chars().map(|digit| digit.to_digit(36).unwrap() as u16).collect()
    };
    let (plain, cipher) = (numerals(input.text("plaintext")), numerals(output.text("ciphertext")));
    let shape = Shape::new(radix, plain.len()).unwrap();
    let mut text = plain.clone();
    ff1::encrypt(&keys, &shape, &tweak, &mut text).unwrap();
    assert_eq!(text, cipher);
    ff1::decrypt(&keys, &shape, &tweak, &mut text).unwrap();
    assert_eq!(text, plain);
    for path in Path::available() {
        path.ff1_encrypt(&keys, &shape, &tweak, &mut text).unwrap();
        assert_eq!(text, cipher, "{path}");
        path.ff1_decrypt(&keys, &shape, &tweak, &mut text).unwrap();
        assert_eq!(text, plain, "{path}");
        if let Some(opening) = lanes_for(&keys, radix, plain.len(), tweak.len()) {
            let digits = |text: &[u16]| text.iter().map(|digit| *digit as u8).collect();
            let mut text: Vec<u8> = digits(&plain);
            let job = CardJob::new(&keys, &opening, &tweak, &mut text).unwrap();
            path.ff1_encrypt_lanes(&mut [job]);
            assert_eq!(text, digits(&cipher), "{path}, in lanes");
            let job = CardJob::new(&keys, &opening, &tweak, &mut text).unwrap();
            path.ff1_decrypt_lanes(&mut [job]);
            assert_eq!(text, digits(&plain), "{path}, in lanes");
        }
    }
}

/// Longer tweaks take more blocks than the lanes have.
fn lanes_for(keys: &RoundKeys, radix: u32, digits: usize, tweak: usize) -> Option<Opening> {
    let fits = radix == 10 && tweak <= 10;
    fits.then(|| Opening::new(keys, digits, tweak).unwrap())
}

fn domain(input: &Fields) -> DomainName {
    DomainName::parse(input.text("domain")).unwrap()
}

pub(crate) fn kdf(vector: &Vector) {
    let (input, output) = (&vector.input, &vector.output);
    assert_eq!(input.text("label"), "typex-fpe-v1");
    let (master, tenant) = (input.aes("master"), input.text("tenant").as_bytes());
    let key = derive_key(&master, tenant, &domain(input)).unwrap();
    assert_eq!(upper(key.expose()), output.text("key"));
    let wrong = Key::tdes(&[7; 16]).unwrap();
    assert_eq!(derive_key(&wrong, tenant, &domain(input)).err(), Some(Error::KeyUsage));
}

/// The layout of a row, and the version of its key.
fn layout(input: &Fields) -> (Layout, Option<TokenVersion>) {
    let number = |name: &str| u8::try_from(input.number(name)).unwrap();
    let (luhn, version) = match number("luhn_mode") {
        0 => (LuhnMode::Free, None),
        1 => (LuhnMode::Kept, None),
        more => (LuhnMode::Versioned, TokenVersion::new(more - 1)),
    };
    let (front, end) = (number("keep_first"), number("keep_last"));
    (Layout::new(front, end, luhn, Alphabet::Digits).unwrap(), version)
}

pub(crate) fn fpe(vector: &Vector) {
    let (input, output) = (&vector.input, &vector.output);
    let (layout, version) = layout(input);
    let bytes = input.maybe("key").map_or(vec![7; 32], |_| input.hex("key"));
    let key = TokenKey::new(&bytes, &layout, version).unwrap();
    let pan = input.pan();
    let token = alone!(key.tokenize(&pan));
    if let Some(error) = vector.error() {
        assert_eq!(token.err(), Some(error));
        assert_eq!(layout.free_for_ff1(pan.length()).map_err(Error::from).err(), Some(error));
        return;
    }
    let token = token.unwrap();
    assert_eq!(token.ascii(), output.text("token").as_bytes());
    assert_eq!(token.is_luhn(), output.flag("luhn_valid"));
    let back = alone!(key.detokenize(&token)).unwrap();
    assert!(bool::from(back.ct_eq(&pan)));
    assert_eq!(tweak(input, &pan), output.text("tweak"));
    with_tweak(vector, &layout, &bytes);
}

/// The tweak as the rule writes it, apart from the code that is tested.
fn tweak(input: &Fields, pan: &Pan) -> String {
    let (front, end) = (input.number("keep_first") as usize, input.number("keep_last") as usize);
    let text = String::from_utf8(pan.ascii().expose().clone()).unwrap();
    let mut kept = [&text[..front], &text[text.len() - end..]].concat();
    if kept.len() % 2 == 1 {
        kept.push('F');
    }
    format!("01{:02X}{front:X}{end:X}{:02X}{kept}", text.len(), input.number("luhn_mode"))
}

/// The digits that are not kept are FF1 with that tweak, on the general path.
fn with_tweak(vector: &Vector, layout: &Layout, key: &[u8]) {
    let (pan, token) = (vector.input.text("pan"), vector.output.text("token"));
    let (front, free) = (layout.front().into(), layout.free(pan.len()).unwrap());
    let own = |text: &str| -> Vec<u16> {
        text.bytes().skip(front).take(free).map(|digit| u16::from(digit - b'0')).collect()
    };
    let mut text = own(pan);
    let (keys, shape) = (RoundKeys::boxed(key).unwrap(), Shape::new(10, free).unwrap());
    ff1::encrypt(&keys, &shape, &vector.output.hex("tweak"), &mut text).unwrap();
    assert_eq!(text, own(token));
    assert!(Token::parse(token.as_bytes()).is_ok());
}

pub(crate) fn index(vector: &Vector) {
    let (input, output) = (&vector.input, &vector.output);
    let key = HmacKey::new(Hash::Sha256, &input.hex("index_key")).unwrap();
    let tenant = Secret::new(input.text("tenant").as_bytes().to_vec());
    let index = vault_index(&key, tenant.expose(), &domain(input), &input.pan()).unwrap();
    assert_eq!(upper(index), output.text("index"));
}
