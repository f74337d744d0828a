//! Raw RSA against arbitrary-precision arithmetic, and every way to be refused.

#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use num_bigint::BigUint;
use proptest::prelude::*;
use typex_kernels::rsa::{CrtParts, RsaError, RsaPrivate, RsaPublic};

static SMALL: LazyLock<RsaPrivate> = LazyLock::new(|| RsaPrivate::generate(1024).unwrap());
static LARGE: LazyLock<RsaPrivate> = LazyLock::new(|| RsaPrivate::generate(2048).unwrap());

fn number(bytes: &[u8]) -> BigUint {
    BigUint::from_bytes_be(bytes)
}

/// Big-endian bytes, padded on the left.
fn bytes(number: &BigUint, size: usize) -> Vec<u8> {
    let digits = number.to_bytes_be();
    let mut out = vec![0; size - digits.len()];
    out.extend(digits);
    out
}

/// The integers of a PKCS#1 key: version, n, e, d, p, q, dP, dQ, qInv.
fn integers(der: &[u8]) -> Vec<BigUint> {
    let mut rest = contents(der).1;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (after, value) = contents(rest);
        found.push(number(value));
        rest = after;
    }
    found
}

/// What follows the first element, and the contents of that.
fn contents(der: &[u8]) -> (&[u8], &[u8]) {
    let more = if der[1] < 0x80 { 0 } else { usize::from(der[1] & 0x7f) };
    let header = 2 + more;
    let length = match more {
        0 => usize::from(der[1]),
        _ => der[2..header].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    (&der[header + length..], &der[header..header + length])
}

/// An element with a two-byte length, which DER wants from 256 bytes on.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &length[..], contents].concat()
}

fn pkcs8(pkcs1: &[u8]) -> Vec<u8> {
    let rsa = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    element(0x30, &[&[2, 1, 0], &rsa[..], &element(4, pkcs1)].concat())
}

fn private(key: &RsaPrivate, input: &[u8]) -> Result<Vec<u8>, RsaError> {
    let mut output = vec![0xaa; key.modulus_len()];
    key.private_raw(input, &mut output).map(|()| output)
}

fn public(key: &RsaPublic, input: &[u8]) -> Result<Vec<u8>, RsaError> {
    let mut output = vec![0xaa; key.modulus_len()];
    key.public_raw(input, &mut output).map(|()| output)
}

/// The parts of a key as owned big-endian bytes, for changing.
#[derive(Clone)]
struct Crt {
    dp: Vec<u8>,
    dq: Vec<u8>,
    p: Vec<u8>,
    q: Vec<u8>,
    q_inv: Vec<u8>,
}

impl Crt {
    fn of(key: &RsaPrivate) -> Self {
        let all = integers(&key.to_der().unwrap());
        Self::new(&all[4], &all[5], &all[2])
    }

    fn new(p: &BigUint, q: &BigUint, e: &BigUint) -> Self {
        let inverse = |modulus: &BigUint| e.modinv(modulus).unwrap_or_default().to_bytes_be();
        Self {
            dp: inverse(&(p - 1_u8)),
            dq: inverse(&(q - 1_u8)),
            p: p.to_bytes_be(),
            q: q.to_bytes_be(),
            q_inv: q.modinv(p).unwrap_or_default().to_bytes_be(),
        }
    }

    fn load(&self) -> Result<RsaPrivate, RsaError> {
        let Self { dp, dq, p, q, q_inv } = self;
        RsaPrivate::from_crt(&CrtParts { dp, dq, p, q, q_inv })
    }
}

/// A block of type 2 around a message.
fn wrap(message: &[u8], size: usize, random: u8) -> Vec<u8> {
    let padding = vec![random.max(1); size - 3 - message.len()];
    [&[0, 2], &padding[..], &[0], message].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn both_operations_equal_modpow(seed in prop::array::uniform32(any::<u8>()), large: bool) {
        let key = if large { &*LARGE } else { &*SMALL };
        let all = integers(&key.to_der().unwrap());
        let (n, e, d) = (&all[1], &all[2], &all[3]);
        let input = number(&seed.repeat(key.modulus_len() / 32)) % n;
        let size = key.modulus_len();
        prop_assert_eq!(private(key, &bytes(&input, size)), Ok(bytes(&input.modpow(d, n), size)));
        let raised = bytes(&input.modpow(e, n), size);
        prop_assert_eq!(public(key.public(), &bytes(&input, size)), Ok(raised));
    }

    #[test]
    fn a_good_block_is_unwrapped(message: [u8; 68], random: u8, large: bool) {
        let key = if large { &*LARGE } else { &*SMALL };
        let block = public(key.public(), &wrap(&message, key.modulus_len(), random)).unwrap();
        prop_assert_eq!(*key.unwrap_fixed(&block, &[0x11; 68]), message);
    }

    /// Any byte of the padding, any other message length.
    #[test]
    fn a_bad_block_gives_the_substitute(at in 0_usize..60, value: u8, length in 0_usize..110) {
        let (size, substitute) = (128, [0x11; 68]);
        let mut plain = wrap(&[7; 68], size, 9);
        let wrong = match at {
            0 | 59 => value.max(1),
            1 => if value == 2 { 1 } else { value },
            _ => 0,
        };
        // Byte 0 stays small enough for the number to be below the modulus.
        plain[at] = if at == 0 { 1 } else { wrong };
        let block = public(SMALL.public(), &plain).unwrap();
        prop_assert_eq!(*SMALL.unwrap_fixed(&block, &substitute), substitute);
        if length != 68 {
            let block = public(SMALL.public(), &wrap(&vec![7; length], size, 9)).unwrap();
            prop_assert_eq!(*SMALL.unwrap_fixed(&block, &substitute), substitute);
        }
    }

    #[test]
    fn junk_is_not_a_key(junk in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(RsaPrivate::from_der(&junk).err(), Some(RsaError::Encoding));
    }
}

#[test]
fn edges_of_the_input_range() {
    for key in [&*SMALL, &*LARGE] {
        let size = key.modulus_len();
        let n = number(key.public().modulus());
        for fixed in [BigUint::ZERO, BigUint::from(1_u8), &n - 1_u8] {
            let input = bytes(&fixed, size);
            assert_eq!(private(key, &input), Ok(input.clone()));
            assert_eq!(public(key.public(), &input), Ok(input));
        }
        let d = &integers(&key.to_der().unwrap())[3];
        for near in [BigUint::from(2_u8), &n - 2_u8] {
            let expected = bytes(&near.modpow(d, &n), size);
            assert_eq!(private(key, &bytes(&near, size)), Ok(expected));
        }
        let ones = BigUint::from_bytes_be(&vec![0xff; size]);
        for beyond in [n.clone(), &n + 1_u8, ones] {
            let input = bytes(&beyond, size);
            assert_eq!(private(key, &input), Err(RsaError::InputRange));
            assert_eq!(public(key.public(), &input), Err(RsaError::InputRange));
        }
    }
}

#[test]
fn other_lengths_are_refused_and_leave_the_output_alone() {
    for length in [0, 1, 127, 129, 256] {
        let (input, mut output) = (vec![1; length], [9; 128]);
        let refused = Err(RsaError::InputLength { expected: 128, actual: length });
        assert_eq!(SMALL.private_raw(&input, &mut output), refused);
        assert_eq!(SMALL.public().public_raw(&input, &mut output), refused);
        let mut short = vec![9; length];
        let refused = Err(RsaError::OutputLength { expected: 128, actual: length });
        assert_eq!(SMALL.private_raw(&output, &mut short), refused);
        assert_eq!(SMALL.public().public_raw(&output, &mut short), refused);
        assert_eq!((output, short), ([9; 128], vec![9; length]));
    }
}

#[test]
fn a_block_without_its_leading_zeros_is_a_number() {
    let n = number(SMALL.public().modulus());
    // Find a block whose encryption starts with a zero byte: 1 in 256.
    let (block, message) = (0..5000_u16)
        .find_map(|at| {
            let mut message = [3; 68];
            message[..2].copy_from_slice(&at.to_be_bytes());
            let block = public(SMALL.public(), &wrap(&message, 128, 5)).unwrap();
            (block[0] == 0).then_some((block, message))
        })
        .unwrap();
    assert!(number(&block) < n);
    assert_eq!(*SMALL.unwrap_fixed(&block, &[1; 68]), message);
    assert_eq!(*SMALL.unwrap_fixed(&block[1..], &[1; 68]), message);
}

#[test]
fn blocks_out_of_range_give_the_substitute() {
    let n = number(SMALL.public().modulus());
    let last = &n - 1_u8;
    let blocks = [
        vec![],
        vec![0],
        vec![1],
        vec![0; 128],
        bytes(&last, 128),
        bytes(&n, 128),
        vec![0xff; 128],
    ];
    for block in blocks.iter().chain([&vec![0; 129], &vec![1; 5000]]) {
        assert_eq!(*SMALL.unwrap_fixed(block, &[1; 68]), [1; 68]);
    }
    // A message that leaves no room for eight bytes of padding cannot be there.
    assert_eq!(*SMALL.unwrap_fixed(&[5; 128], &[1; 118]), [1; 118]);
    assert_eq!(*SMALL.unwrap_fixed(&[5; 128], &[1; 300]), [1; 300]);
    let longest = [8; 117];
    let block = public(SMALL.public(), &wrap(&longest, 128, 5)).unwrap();
    assert_eq!(*SMALL.unwrap_fixed(&block, &[1; 117]), longest);
}

#[test]
fn encodings_round_trip() {
    for key in [&*SMALL, &*LARGE] {
        let der = key.to_der().unwrap();
        let wrapped = pkcs8(&der);
        for again in [
            RsaPrivate::from_der(&der),
            RsaPrivate::from_der(&wrapped),
            RsaPrivate::from_trusted_der(&der),
            RsaPrivate::from_trusted_der(&wrapped),
        ] {
            let again = again.unwrap();
            assert_eq!(again.public().modulus(), key.public().modulus());
            assert_eq!(again.public().exponent(), [1, 0, 1]);
            assert_eq!(*again.to_der().unwrap(), *der);
        }
    }
}

#[test]
fn damaged_encodings_are_refused() {
    let der = SMALL.to_der().unwrap();
    for whole in [der.to_vec(), pkcs8(&der)] {
        for length in (0..whole.len()).step_by(7) {
            assert_eq!(RsaPrivate::from_der(&whole[..length]).err(), Some(RsaError::Encoding));
        }
        let longer = [&whole[..], &[0]].concat();
        assert_eq!(RsaPrivate::from_der(&longer).err(), Some(RsaError::Encoding));
        for at in (0..whole.len()).step_by(5) {
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            assert!(RsaPrivate::from_der(&flipped).is_err(), "byte {at}");
            assert!(RsaPrivate::from_trusted_der(&flipped).is_err(), "byte {at}");
        }
    }
    assert_eq!(RsaPrivate::from_der(&vec![0x30; 5000]).err(), Some(RsaError::Encoding));
}

#[test]
fn crt_parts_make_the_same_key() {
    for key in [&*SMALL, &*LARGE] {
        let parts = Crt::of(key);
        let loaded = parts.load().unwrap();
        assert_eq!(loaded.public().modulus(), key.public().modulus());
        assert_eq!(loaded.public().exponent(), [1, 0, 1]);
        let input = vec![0x31; key.modulus_len()];
        assert_eq!(private(&loaded, &input), private(key, &input));
        // Leading zeros and the smaller prime first are the same numbers.
        let turned = Crt::new(&number(&parts.q), &number(&parts.p), &BigUint::from(65537_u32));
        let mut padded = turned.clone();
        padded.dp.insert(0, 0);
        assert_eq!(private(&turned.load().unwrap(), &input), private(key, &input));
        assert_eq!(private(&padded.load().unwrap(), &input), private(key, &input));
    }
}

#[test]
fn crt_parts_that_disagree_are_refused() {
    let good = Crt::of(&SMALL);
    let fields: [fn(&mut Crt) -> &mut Vec<u8>; 5] =
        [|c| &mut c.dp, |c| &mut c.dq, |c| &mut c.p, |c| &mut c.q, |c| &mut c.q_inv];
    for field in fields {
        for damage in [1, 2, 0x80] {
            let mut parts = good.clone();
            *field(&mut parts).last_mut().unwrap() ^= damage;
            assert!(parts.load().is_err());
        }
        let mut parts = good.clone();
        field(&mut parts).clear();
        assert!(parts.load().is_err());
        let mut parts = good.clone();
        *field(&mut parts) = vec![0xff; 5000];
        assert!(parts.load().is_err());
    }
}

#[test]
fn crt_parts_of_unfit_keys_are_refused() {
    let (p, q) = (number(&Crt::of(&SMALL).p), number(&Crt::of(&SMALL).q));
    let large = number(&Crt::of(&LARGE).p);
    let e = BigUint::from(65537_u32);
    let refused = |parts: Crt| parts.load().err();
    // Sizes: 1536 bits of unequal primes, and 512 bits in all.
    assert_eq!(refused(Crt::new(&p, &large, &e)), Some(RsaError::Inconsistent));
    let tiny = (BigUint::from(1_u8) << 255_u32) + 95_u32;
    let bits = refused(Crt::new(&tiny, &(&tiny + 2_u8), &e));
    assert!(matches!(bits, Some(RsaError::ModulusBits { .. })), "{bits:?}");
    // The same prime twice.
    assert_eq!(refused(Crt::new(&p, &p, &e)), Some(RsaError::Inconsistent));
    // An exponent over 33 bits, and 1.
    let huge = (BigUint::from(1_u8) << 70_u32) + 1_u8;
    if huge.modinv(&(&p - 1_u8)).is_some() && huge.modinv(&(&q - 1_u8)).is_some() {
        assert_eq!(refused(Crt::new(&p, &q, &huge)), Some(RsaError::PublicExponent));
    }
    let one = BigUint::from(1_u8);
    assert_eq!(refused(Crt::new(&p, &q, &one)), Some(RsaError::PublicExponent));
}

/// Numbers that agree with each other, but one factor is a product.
#[test]
fn a_composite_factor_is_refused() {
    let e = BigUint::from(65537_u32);
    let q = number(&Crt::of(&SMALL).q);
    let top = (BigUint::from(3_u8) << 510_u32) + 1_u8;
    let composite = (0_u32..)
        .map(|at| &top + at * 30_u32 + 2_u32)
        .map(|number| &number - &number % 15_u32)
        .map(|number| if number.bit(0) { number } else { number + 15_u32 })
        .find(|number| e.modinv(&(number - 1_u8)).is_some() && q.modinv(number).is_some())
        .unwrap();
    assert_eq!(Crt::new(&composite, &q, &e).load().err(), Some(RsaError::NotPrime));
}

#[test]
fn public_keys_are_checked() {
    let n = SMALL.public().modulus();
    let refused = |n: &[u8], e: &[u8]| RsaPublic::new(n, e).err();
    for e in [&[][..], &[0], &[1], &[2], &[4], &[1, 0, 0], &[0xff; 5], &[1; 128]] {
        assert_eq!(refused(n, e), Some(RsaError::PublicExponent), "{e:?}");
    }
    assert_eq!(refused(&n[..127], &[3]), Some(RsaError::ModulusBits { bits: 1016 }));
    assert_eq!(refused(&[], &[3]), Some(RsaError::ModulusBits { bits: 0 }));
    assert_eq!(refused(&[0xff; 513], &[3]), Some(RsaError::ModulusBits { bits: 4104 }));
    let mut even = n.to_vec();
    even[127] ^= 1;
    assert_eq!(refused(&even, &[3]), Some(RsaError::Inconsistent));
    let padded = RsaPublic::new(&[&[0, 0], n].concat(), &[0, 1, 0, 1]).unwrap();
    assert_eq!((padded.modulus(), padded.exponent()), (n, &[1, 0, 1][..]));
    assert_eq!(public(&padded, &[5; 128]), public(SMALL.public(), &[5; 128]));
}

#[test]
fn sizes_that_are_not_taken_are_not_generated() {
    for bits in [0, 512, 1000, 1088 + 1, 4097, 8192, u32::MAX] {
        assert_eq!(RsaPrivate::generate(bits).err(), Some(RsaError::ModulusBits { bits }));
    }
}

/// The blinding caches of one key under concurrent use.
#[test]
fn threads_share_a_key() {
    let input = [0x21; 128];
    let expected = private(&SMALL, &input);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| assert_eq!(private(&SMALL, &input), expected)));
        }
    });
}
