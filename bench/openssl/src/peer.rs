//! The same through OpenSSL, a record at a time.

use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use openssl::provider::Provider;

use crate::Failure;
use crate::records::{AAD, IV, NONCE, Record};

const VARIANT: [u8; 16] = [0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0, 0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0];

/// Room for what goes through a cipher at once: the longest is an authenticated key block.
const ROOM: usize = 160;

/// A context of each cipher for keys that change, and those of keys that are kept.
pub(crate) struct Peer {
    des: CipherCtx,
    tdes: CipherCtx,
    tdes_cbc: CipherCtx,
    aes: CipherCtx,
    aes_cbc: CipherCtx,
    kept: Vec<Kept>,
    _providers: [Provider; 2],
}

/// Of one record.
struct Kept {
    sealing: CipherCtx,
    pins: CipherCtx,
    protection_d: Cmac,
    protection_b: Cmac,
}

/// CBC under a key, and the blocks that CMAC adds.
struct Cmac {
    chain: CipherCtx,
    subkeys: [Vec<u8>; 2],
}

impl Peer {
    pub(crate) fn new(records: &[Record]) -> Result<Self, ErrorStack> {
        // Single DES is in the legacy provider.
        let providers = [Provider::load(None, "legacy")?, Provider::load(None, "default")?];
        let (mut tdes, mut aes) = (context("DES-EDE")?, context("AES-128-ECB")?);
        let kept = records.iter().map(|record| {
            let (d, b) = (record.block_d.0.expose(), record.block_b.0.expose());
            Ok(Kept {
                sealing: with_key("AES-256-GCM", record.outgoing.expose())?,
                pins: with_key("AES-128-ECB", record.pin_key.expose())?,
                protection_d: Cmac {
                    chain: with_key("AES-128-CBC", d)?,
                    subkeys: subkeys(&mut aes, d)?,
                },
                protection_b: Cmac {
                    chain: with_key("DES-EDE-CBC", b)?,
                    subkeys: subkeys(&mut tdes, b)?,
                },
            })
        });
        Ok(Self {
            kept: kept.collect::<Result<_, ErrorStack>>()?,
            des: context("DES-ECB")?,
            tdes_cbc: context("DES-EDE-CBC")?,
            aes_cbc: context("AES-128-CBC")?,
            tdes,
            aes,
            _providers: providers,
        })
    }

    pub(crate) fn reencrypted(&mut self, record: &Record) -> Result<Vec<u8>, Failure> {
        let mut variant = self.transaction_key(record)?;
        (variant[5], variant[13]) = (variant[5] ^ 0xFF, variant[13] ^ 0xFF);
        let key: [u8; 16] = encrypted(&mut self.tdes, &variant, &variant)?;
        self.tdes_cbc.decrypt_init(None, Some(&key), Some(&IV))?;
        let data: [u8; 48] = updated(&mut self.tdes_cbc, &record.ciphertext)?;
        let context = &mut self.kept[record.number].sealing;
        context.encrypt_init(None, None, Some(&NONCE))?;
        context.cipher_update(AAD, None)?;
        let mut sealed = vec![0; 64];
        let length = context.cipher_update(&data, Some(&mut sealed))?;
        context.cipher_final(&mut sealed[length..])?;
        context.tag(&mut sealed[48..])?;
        Ok(sealed)
    }

    pub(crate) fn translated(&mut self, record: &Record) -> Result<Vec<u8>, Failure> {
        let mut key = self.transaction_key(record)?;
        (key[7], key[15]) = (key[7] ^ 0xFF, key[15] ^ 0xFF);
        self.tdes.decrypt_init(None, Some(&key), None)?;
        let mut clear: [u8; 8] = updated(&mut self.tdes, &record.pin_block)?;
        let digits: Vec<u8> = record.pan_digits.iter().map(|digit| digit - b'0').collect();
        add(&mut clear[2..], &packed(&digits[3..15]));
        let field = field_4(&clear).ok_or("no PIN")?;
        let context = &mut self.kept[record.number].pins;
        let field = [field, record.random].concat();
        let mut block: [u8; 16] = updated(context, &field)?;
        let pan: Vec<u8> = [&[4], digits.as_slice(), &[0; 15]].concat();
        add(&mut block, &packed(&pan));
        let block: [u8; 16] = updated(context, &block)?;
        Ok(block.to_vec())
    }

    pub(crate) fn opened_d(&mut self, record: &Record) -> Result<Vec<u8>, Failure> {
        let protection = &mut self.kept[record.number].protection_d;
        let derived = |purpose, protection: &mut Cmac| {
            protection.tag::<16>(&[1, 0, purpose, 0, 0, 2, 0, 128])
        };
        let (encryption, mac) = (derived(0, protection)?, derived(1, protection)?);
        let subkeys = subkeys(&mut self.aes, &mac)?;
        opened::<16>(&mut self.aes_cbc, (&encryption, &mac), &subkeys, &record.block_d.1)
    }

    pub(crate) fn opened_b(&mut self, record: &Record) -> Result<Vec<u8>, Failure> {
        let protection = &mut self.kept[record.number].protection_b;
        let mut keys = Vec::with_capacity(32);
        for (purpose, counter) in [(0, 1), (0, 2), (1, 1), (1, 2)] {
            keys.extend(protection.tag::<8>(&[counter, 0, purpose, 0, 0, 0, 0, 128])?);
        }
        let (encryption, mac) = keys.split_at(16);
        let subkeys = subkeys(&mut self.tdes, mac)?;
        opened::<8>(&mut self.tdes_cbc, (encryption, mac), &subkeys, &record.block_b.1)
    }

    fn transaction_key(&mut self, record: &Record) -> Result<[u8; 16], ErrorStack> {
        let mut serial: [u8; 8] = std::array::from_fn(|at| record.ksn[at]);
        serial[7] &= 0xE0;
        let base = record.base.expose();
        let left: [u8; 8] = encrypted(&mut self.tdes, base, &serial)?;
        let varied: [u8; 16] = std::array::from_fn(|at| base[at] ^ VARIANT[at]);
        let right: [u8; 8] = encrypted(&mut self.tdes, &varied, &serial)?;
        let mut key: [u8; 16] = std::array::from_fn(|at| [left, right][at / 8][at % 8]);
        let low = u64::from_be_bytes(std::array::from_fn(|at| record.ksn[2 + at]));
        let mut register = low & !0x1F_FFFF;
        for bit in (0..21).rev().map(|bit| 1 << bit).filter(|bit| low & bit != 0) {
            register |= bit;
            let varied: [u8; 16] = std::array::from_fn(|at| key[at] ^ VARIANT[at]);
            let (left, right) = (self.half(&varied, register)?, self.half(&key, register)?);
            key = std::array::from_fn(|at| [left, right][at / 8][at % 8]);
        }
        Ok(key)
    }

    fn half(&mut self, key: &[u8; 16], register: u64) -> Result<[u8; 8], ErrorStack> {
        let (cipher, change) = key.split_at(8);
        let mut block = register.to_be_bytes();
        add(&mut block, change);
        let mut half: [u8; 8] = encrypted(&mut self.des, cipher, &block)?;
        add(&mut half, change);
        Ok(half)
    }
}

impl Cmac {
    fn tag<const BLOCK: usize>(&mut self, message: &[u8]) -> Result<[u8; BLOCK], ErrorStack> {
        self.chain.encrypt_init(None, None, Some(&[0; BLOCK]))?;
        chained(&mut self.chain, &self.subkeys, message)
    }
}

/// Opens a key block without optional blocks.
fn opened<const BLOCK: usize>(
    chain: &mut CipherCtx,
    (encryption, mac): (&[u8], &[u8]),
    subkeys: &[Vec<u8>; 2],
    text: &str,
) -> Result<Vec<u8>, Failure> {
    let (header, rest) = text.split_at(16);
    let (data, tag) = rest.split_at(rest.len() - 2 * BLOCK);
    let (data, tag) = (const_hex::decode(data)?, const_hex::decode(tag)?);
    chain.decrypt_init(None, Some(encryption), Some(&tag))?;
    let mut clear = [0; ROOM];
    let length = chain.cipher_update(&data, Some(&mut clear))?;
    let message = [header.as_bytes(), &clear[..length]].concat();
    chain.encrypt_init(None, Some(mac), Some(&[0; BLOCK]))?;
    let expected: [u8; BLOCK] = chained(chain, subkeys, &message)?;
    if !openssl::memcmp::eq(&expected, &tag) {
        return Err("a MAC is wrong".into());
    }
    let bytes = usize::from(u16::from_be_bytes([clear[0], clear[1]])) / 8;
    Ok(clear[2..2 + bytes].to_vec())
}

/// The last block of a chain over a message, made CMAC.
fn chained<const BLOCK: usize>(
    chain: &mut CipherCtx,
    subkeys: &[Vec<u8>; 2],
    message: &[u8],
) -> Result<[u8; BLOCK], ErrorStack> {
    let mut blocks = message.to_vec();
    let whole = !message.is_empty() && message.len().is_multiple_of(BLOCK);
    if !whole {
        blocks.push(0x80);
        blocks.resize(blocks.len().next_multiple_of(BLOCK), 0);
    }
    let last = blocks.len() - BLOCK;
    add(&mut blocks[last..], &subkeys[usize::from(!whole)]);
    let mut out = [0; ROOM];
    chain.cipher_update(&blocks, Some(&mut out))?;
    Ok(std::array::from_fn(|at| out[last + at]))
}

fn subkeys(context: &mut CipherCtx, key: &[u8]) -> Result<[Vec<u8>; 2], ErrorStack> {
    context.encrypt_init(None, Some(key), None)?;
    let mut block = [0; 32];
    let zeros = vec![0; context.block_size()];
    let length = context.cipher_update(&zeros, Some(&mut block))?;
    let one = doubled(&block[..length]);
    let two = doubled(&one);
    Ok([one, two])
}

fn doubled(block: &[u8]) -> Vec<u8> {
    let carried = block.iter().skip(1).chain([&0]);
    let mut out: Vec<u8> = block.iter().zip(carried).map(|(a, b)| a << 1 | b >> 7).collect();
    if let Some(last) = out.last_mut().filter(|_| block[0] >> 7 == 1) {
        *last ^= if block.len() == 8 { 0x1B } else { 0x87 };
    }
    out
}

/// The PIN of a clear field of format 0 as a field of format 4.
fn field_4(clear: &[u8; 8]) -> Option<[u8; 8]> {
    let nibble = |at: usize| clear[at / 2] >> (4 - 4 * (at % 2)) & 0xF;
    let length = usize::from(nibble(1));
    let sound = nibble(0) == 0
        && (4..=12).contains(&length)
        && (2..16).all(|at| if at < 2 + length { nibble(at) < 10 } else { nibble(at) == 0xF });
    let new = |at: usize| match at {
        0 => 4,
        at if at < 2 + length => nibble(at),
        _ => 0xA,
    };
    sound.then(|| std::array::from_fn(|at| new(2 * at) << 4 | new(2 * at + 1)))
}

fn packed(nibbles: &[u8]) -> Vec<u8> {
    nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn add(to: &mut [u8], other: &[u8]) {
    to.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
}

fn encrypted<const N: usize>(
    context: &mut CipherCtx,
    key: &[u8],
    data: &[u8],
) -> Result<[u8; N], ErrorStack> {
    context.encrypt_init(None, Some(key), None)?;
    updated(context, data)
}

fn updated<const N: usize>(context: &mut CipherCtx, data: &[u8]) -> Result<[u8; N], ErrorStack> {
    let mut out = [0; ROOM];
    context.cipher_update(data, Some(&mut out))?;
    Ok(std::array::from_fn(|at| out[at]))
}

fn context(name: &str) -> Result<CipherCtx, ErrorStack> {
    let mut context = CipherCtx::new()?;
    context.encrypt_init(Some(&*Cipher::fetch(None, name, None)?), None, None)?;
    context.set_padding(false);
    Ok(context)
}

fn with_key(name: &str, key: &[u8]) -> Result<CipherCtx, ErrorStack> {
    let mut context = context(name)?;
    context.encrypt_init(None, Some(key), None)?;
    Ok(context)
}
