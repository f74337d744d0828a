//! Modes of operation over clear keys, in place. Nothing is padded.

use typex_kernels::gcm;

use super::lanes::{Bytes, Lanes};
use super::limits::{AAD_BYTES_MAX, CIPHERTEXT_BYTES_MAX, NONCES_MAX, PLAINTEXT_BYTES_MAX};
use super::{Algorithm, Error, Key};

/// The IV where none is given: its first bytes, as many as a block has.
pub const ZERO_IV: [u8; 16] = [0; 16];

/// A mode without authentication, and its IV, which is as long as a block.
#[derive(Clone, Copy)]
pub enum Mode<'a> {
    /// Each block alone. Whole blocks, at least one.
    Ecb,
    /// Cipher block chaining. Whole blocks, at least one.
    Cbc(&'a [u8]),
    /// Cipher feedback in segments. Any length.
    Cfb(Segment, &'a [u8]),
    /// Output feedback. Any length.
    Ofb(&'a [u8]),
    /// Counter mode, AES only; all 128 bits count. Any length.
    Ctr(&'a [u8]),
}

/// Bits that cipher feedback takes at once; at most those of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// 1 bit: a block of the cipher for each bit of data.
    Bits1,
    /// 8 bits: a block of the cipher for each byte of data.
    Bits8,
    /// 64 bits.
    Bits64,
    /// 128 bits, AES only.
    Bits128,
}

/// A nonce of GCM encryption, which serves one message.
#[derive(Debug, PartialEq, Eq)]
pub struct Nonce([u8; 12]);

/// Where nonces come from: 48 bits drawn for one process and registered, so that no process has
/// the same, 8 bits of the shard, 40 bits that count. Nothing is resumed.
#[derive(Debug)]
pub struct Nonces {
    process: [u8; 6],
    shard: u8,
    next: u64,
}

impl Mode<'_> {
    /// Whether both are the same mode, whatever their IVs.
    pub fn is_like(&self, other: &Mode<'_>) -> bool {
        match (self, other) {
            (Self::Cfb(one, _), Mode::Cfb(two, _)) => one == two,
            (one, two) => std::mem::discriminant(one) == std::mem::discriminant(two),
        }
    }

    /// Checks that the mode goes with the key, its IV and the length of the data.
    fn check(&self, key: &Key, bytes: usize) -> Result<(), Error> {
        let block = key.block_bytes();
        let fits = match self {
            Self::Ecb => bytes > 0 && bytes.is_multiple_of(block),
            Self::Cbc(iv) => bytes > 0 && bytes.is_multiple_of(block) && iv.len() == block,
            Self::Cfb(_, iv) | Self::Ofb(iv) | Self::Ctr(iv) => iv.len() == block,
        };
        let permitted = match self {
            Self::Ctr(_) | Self::Cfb(Segment::Bits128, _) => key.algorithm() == Algorithm::Aes,
            _ => true,
        };
        permitted.then_some(()).ok_or(Error::KeyUsage)?;
        fits.then_some(()).ok_or(Error::InvalidInput)
    }
}

impl Nonce {
    /// A nonce that [`Nonces`] gave before and that came with its job.
    pub fn reserved(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for the answer.
    pub fn bytes(&self) -> &[u8; 12] {
        &self.0
    }
}

impl Nonces {
    /// The nonces of one shard of a process that registered `process`.
    pub fn new(process: [u8; 6], shard: u8) -> Self {
        Self { process, shard, next: 0 }
    }

    /// The next one.
    ///
    /// # Errors
    /// [`Error::Internal`] when all are used up.
    pub fn draw(&mut self) -> Result<Nonce, Error> {
        if self.next >= NONCES_MAX {
            return Err(Error::Internal);
        }
        let count = self.next.to_be_bytes();
        self.next += 1;
        let mut nonce = [0; 12];
        nonce[..6].copy_from_slice(&self.process);
        nonce[6] = self.shard;
        nonce[7..].copy_from_slice(&count[3..]);
        Ok(Nonce(nonce))
    }
}

/// Encrypts `data`, at most [`PLAINTEXT_BYTES_MAX`].
///
/// # Errors
/// [`Error::InvalidInput`] for a length of data or IV that the mode does not take,
/// [`Error::KeyUsage`] for a mode that the key's algorithm does not have. `data` is then unchanged.
pub async fn encrypt(
    lanes: &Lanes,
    key: &Key,
    mode: &Mode<'_>,
    data: &mut [u8],
) -> Result<(), Error> {
    within(data, PLAINTEXT_BYTES_MAX)?;
    let done = encrypt_any(lanes, key, mode, Bytes::new(data.to_vec())).await?;
    data.copy_from_slice(done.expose());
    Ok(())
}

/// The inverse of [`encrypt`], of at most [`CIPHERTEXT_BYTES_MAX`].
///
/// # Errors
/// As of [`encrypt`].
pub async fn decrypt(
    lanes: &Lanes,
    key: &Key,
    mode: &Mode<'_>,
    data: &mut [u8],
) -> Result<(), Error> {
    within(data, CIPHERTEXT_BYTES_MAX)?;
    let done = decrypt_any(lanes, key, mode, Bytes::new(data.to_vec())).await?;
    data.copy_from_slice(done.expose());
    Ok(())
}

/// [`decrypt`] of what is bounded already.
pub(super) async fn decrypt_any(
    lanes: &Lanes,
    key: &Key,
    mode: &Mode<'_>,
    data: Bytes,
) -> Result<Bytes, Error> {
    mode.check(key, data.expose().len())?;
    match mode {
        Mode::Ecb => lanes.decrypt(key, data).await,
        Mode::Cbc(iv) => lanes.cbc_decrypt(key, iv, data).await,
        Mode::Cfb(segment, iv) => {
            Feedback { lanes, key, encrypts: false }.cfb(*segment, iv, data).await
        }
        Mode::Ofb(iv) => Feedback { lanes, key, encrypts: false }.ofb(iv, data).await,
        Mode::Ctr(counter) => lanes.ctr(key, counter, data).await,
    }
}

/// Encrypts `data` under AES in GCM and returns the tag. `aad` is at most [`AAD_BYTES_MAX`].
///
/// # Errors
/// [`Error::KeyUsage`] unless the key is of AES, [`Error::InvalidInput`] for too long inputs.
pub fn gcm_seal(key: &Key, nonce: &Nonce, aad: &[u8], data: &mut [u8]) -> Result<[u8; 16], Error> {
    within(data, PLAINTEXT_BYTES_MAX)?;
    seal_any(key, nonce.bytes(), aad, data)
}

/// The inverse of [`gcm_seal`], under any nonce of 12 bytes. What does not verify is cleared.
///
/// # Errors
/// [`Error::AuthenticationFailed`]; as of [`gcm_seal`].
pub fn gcm_open(
    key: &Key,
    nonce: &[u8; 12],
    aad: &[u8],
    tag: &[u8; 16],
    data: &mut [u8],
) -> Result<(), Error> {
    within(data, CIPHERTEXT_BYTES_MAX)?;
    open_any(key, nonce, aad, tag, data)
}

/// [`gcm_seal`] of what is bounded already.
pub(crate) fn seal_any(
    key: &Key,
    nonce: &[u8; 12],
    aad: &[u8],
    data: &mut [u8],
) -> Result<[u8; 16], Error> {
    within(aad, AAD_BYTES_MAX)?;
    gcm::seal(key.gcm()?, nonce, aad, data).map_err(|_| Error::Internal)
}

/// [`gcm_open`] of what is bounded already.
pub(crate) fn open_any(
    key: &Key,
    nonce: &[u8; 12],
    aad: &[u8],
    tag: &[u8; 16],
    data: &mut [u8],
) -> Result<(), Error> {
    within(aad, AAD_BYTES_MAX)?;
    gcm::open(key.gcm()?, nonce, aad, data, tag).map_err(|_| Error::AuthenticationFailed)
}

/// [`encrypt`] of what is bounded already.
pub(super) async fn encrypt_any(
    lanes: &Lanes,
    key: &Key,
    mode: &Mode<'_>,
    data: Bytes,
) -> Result<Bytes, Error> {
    mode.check(key, data.expose().len())?;
    match mode {
        Mode::Ecb => lanes.encrypt(key, data).await,
        Mode::Cbc(iv) => lanes.cbc_encrypt(key, iv, data).await,
        Mode::Cfb(segment, iv) => {
            Feedback { lanes, key, encrypts: true }.cfb(*segment, iv, data).await
        }
        Mode::Ofb(iv) => Feedback { lanes, key, encrypts: true }.ofb(iv, data).await,
        Mode::Ctr(counter) => lanes.ctr(key, counter, data).await,
    }
}

impl Segment {
    /// Whole bytes of a segment; none of a single bit.
    fn bytes(self) -> usize {
        match self {
            Self::Bits1 => 0,
            Self::Bits8 => 1,
            Self::Bits64 => 8,
            Self::Bits128 => 16,
        }
    }
}

fn within(data: &[u8], bytes_max: usize) -> Result<(), Error> {
    if data.len() <= bytes_max { Ok(()) } else { Err(Error::InvalidInput) }
}

/// The modes in which what was sent goes through the cipher: a block for each segment.
struct Feedback<'a> {
    lanes: &'a Lanes,
    key: &'a Key,
    encrypts: bool,
}

impl Feedback<'_> {
    async fn cfb(&self, segment: Segment, iv: &[u8], data: Bytes) -> Result<Bytes, Error> {
        match segment.bytes() {
            0 => self.cfb1(iv, data).await,
            bytes => self.cfb_bytes(iv, bytes, data).await,
        }
    }

    /// Cipher feedback in segments of whole bytes; the last may be shorter.
    async fn cfb_bytes(&self, iv: &[u8], segment: usize, data: Bytes) -> Result<Bytes, Error> {
        let (mut data, mut register) = (data, iv.to_vec());
        for chunk in data.expose_mut().chunks_mut(segment) {
            let stream = self.stream(&register).await?;
            register.drain(..chunk.len());
            if self.encrypts {
                add(chunk, stream.expose());
                register.extend_from_slice(chunk);
            } else {
                register.extend_from_slice(chunk);
                add(chunk, stream.expose());
            }
        }
        Ok(data)
    }

    /// Cipher feedback of single bits, the highest of a byte first.
    async fn cfb1(&self, iv: &[u8], data: Bytes) -> Result<Bytes, Error> {
        let (mut data, mut register) = (data, iv.to_vec());
        for byte in data.expose_mut() {
            for bit in (0..8).rev() {
                let stream = self.stream(&register).await?;
                let before = *byte >> bit & 1;
                *byte ^= (stream.expose()[0] >> 7) << bit;
                let sent = if self.encrypts { *byte >> bit & 1 } else { before };
                shift_in(&mut register, sent);
            }
        }
        Ok(data)
    }

    async fn ofb(&self, iv: &[u8], data: Bytes) -> Result<Bytes, Error> {
        let (mut data, mut stream) = (data, Bytes::new(iv.to_vec()));
        for chunk in data.expose_mut().chunks_mut(self.key.block_bytes()) {
            stream = self.lanes.encrypt(self.key, stream).await?;
            add(chunk, stream.expose());
        }
        Ok(data)
    }

    fn stream(&self, register: &[u8]) -> impl Future<Output = Result<Bytes, Error>> {
        self.lanes.encrypt(self.key, Bytes::new(register.to_vec()))
    }
}

/// Moves all bits one place up and puts `bit` into the lowest.
fn shift_in(register: &mut [u8], mut bit: u8) {
    for byte in register.iter_mut().rev() {
        let carry = *byte >> 7;
        *byte = *byte << 1 | bit;
        bit = carry;
    }
}

/// Adds, modulo 2, as many bytes as `data` has.
pub(super) fn add(data: &mut [u8], other: &[u8]) {
    data.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_count_and_end() {
        let mut nonces = Nonces::new([0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5], 7);
        let first = nonces.draw().unwrap();
        assert_eq!(first.bytes(), &[0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 7, 0, 0, 0, 0, 0]);
        assert_eq!(nonces.draw().unwrap().bytes()[11], 1);
        nonces.next = NONCES_MAX - 1;
        assert_eq!(nonces.draw().unwrap().bytes()[7..], [0xFF; 5]);
        assert_eq!(nonces.draw(), Err(Error::Internal));
    }
}
