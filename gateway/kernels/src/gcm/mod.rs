//! AES-GCM with nonces of 12 bytes and tags of 16 (SP 800-38D).
//!
//! Two ways compute the same function: our own over VAES and VPCLMULQDQ with 512 bits, where the
//! machine has them, for messages below 4 KiB, and aws-lc. A key is expanded for both when it is
//! made.
//!
//! ```
//! use typex_kernels::gcm::{self, GcmKey};
//!
//! let key = GcmKey::new(&[7; 32])?;
//! let mut data = *b"in clear";
//! let tag = gcm::seal(&key, b"twelve bytes", b"header", &mut data)?;
//! assert_ne!(&data, b"in clear");
//! gcm::open(&key, b"twelve bytes", b"header", &mut data, &tag)?;
//! assert_eq!(&data, b"in clear");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod wide;

use std::fmt;

use aws_lc_rs::aead::{self, Aad, LessSafeKey, UnboundKey};

use crate::limits::{GCM_AAD_BYTES_MAX, GCM_DATA_BYTES_MAX};
use crate::{Block, KeyLength};

/// Bytes from which aws-lc is as fast: it reduces once for 48 blocks, our own once for 16.
const LONG: usize = 4096;

/// A nonce. It must serve one message only under a key.
pub type Nonce = [u8; 12];

/// A message was not sealed or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GcmError {
    /// Message or associated data are longer than the mode takes.
    #[error("the message or its associated data are too long for GCM")]
    Length,
    /// The tag is not that of nonce, associated data and message. The message is lost.
    #[error("the tag is wrong")]
    Forged,
}

/// An AES key of 128, 192 or 256 bits, expanded for GCM. Wiped when dropped; it has no `Debug`.
pub struct GcmKey {
    /// Of messages below [`LONG`], where the machine has the instructions.
    #[cfg(target_arch = "x86_64")]
    wide: Option<Box<wide::WideKey>>,
    library: Box<LessSafeKey>,
}

impl GcmKey {
    /// Expands a key of 16, 24 or 32 bytes for the fastest way of this machine.
    ///
    /// # Errors
    /// [`KeyLength`] for another length.
    pub fn new(key: &[u8]) -> Result<Self, KeyLength> {
        let own = Self::of_library(key)?;
        #[cfg(target_arch = "x86_64")]
        let own = Self { wide: wide::WideKey::new(key)?, ..own };
        Ok(own)
    }

    /// The same for every way of this machine, fastest first, for tests and benchmarks.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub fn every_way(key: &[u8]) -> Result<Vec<Self>, KeyLength> {
        let (fastest, library) = (Self::new(key)?, Self::of_library(key)?);
        Ok(if fastest.way() == library.way() { vec![library] } else { vec![fastest, library] })
    }

    /// `wide` or `library`.
    #[must_use]
    pub fn way(&self) -> &'static str {
        #[cfg(target_arch = "x86_64")]
        if self.wide.is_some() {
            return "wide";
        }
        "library"
    }

    fn of_library(key: &[u8]) -> Result<Self, KeyLength> {
        let algorithm = match key.len() {
            16 => &aead::AES_128_GCM,
            24 => &aead::AES_192_GCM,
            32 => &aead::AES_256_GCM,
            actual => return Err(KeyLength { actual }),
        };
        let unbound = UnboundKey::new(algorithm, key);
        let library = LessSafeKey::new(unbound.map_err(|_| KeyLength { actual: key.len() })?);
        Ok(Self {
            #[cfg(target_arch = "x86_64")]
            wide: None,
            library: Box::new(library),
        })
    }

    /// Our own code, if a message of so many bytes is for it.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn wide(&self, bytes: usize) -> Option<&wide::WideKey> {
        self.wide.as_deref().filter(|_| bytes < LONG)
    }
}

/// A message for sealing in place.
pub struct GcmJob<'a> {
    key: &'a GcmKey,
    nonce: Nonce,
    aad: &'a [u8],
    data: &'a mut [u8],
    tag: Block,
}

impl<'a> GcmJob<'a> {
    /// A job over `data`.
    ///
    /// # Errors
    /// [`GcmError::Length`].
    pub fn new(
        key: &'a GcmKey,
        nonce: Nonce,
        aad: &'a [u8],
        data: &'a mut [u8],
    ) -> Result<Self, GcmError> {
        check(aad, data)?;
        Ok(Self { key, nonce, aad, data, tag: [0; 16] })
    }

    /// The tag, once the job has run; zero before.
    #[must_use]
    pub fn tag(&self) -> Block {
        self.tag
    }
}

impl fmt::Debug for GcmJob<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("GcmJob").field("bytes", &self.data.len()).finish_non_exhaustive()
    }
}

/// Encrypts a message in place and gives its tag.
///
/// # Errors
/// [`GcmError::Length`]; `data` is then unchanged.
#[inline]
pub fn seal(key: &GcmKey, nonce: &Nonce, aad: &[u8], data: &mut [u8]) -> Result<Block, GcmError> {
    check(aad, data)?;
    seal_checked(key, nonce, aad, data)
}

/// Decrypts a message in place if the tag is right, and otherwise clears it.
///
/// # Errors
/// [`GcmError::Forged`], and [`GcmError::Length`].
#[inline]
pub fn open(
    key: &GcmKey,
    nonce: &Nonce,
    aad: &[u8],
    data: &mut [u8],
    tag: &Block,
) -> Result<(), GcmError> {
    check(aad, data)?;
    let opened = open_checked(key, nonce, aad, data, tag);
    if opened {
        return Ok(());
    }
    data.fill(0);
    Err(GcmError::Forged)
}

/// Encrypts every job. Messages need not wait for each other, so a processor that reorders begins
/// one while the tag of another is made.
#[inline]
pub fn seal_lanes(jobs: &mut [GcmJob<'_>]) {
    for job in jobs {
        if let Ok(tag) = seal_checked(job.key, &job.nonce, job.aad, job.data) {
            job.tag = tag;
        }
    }
}

/// Of a message whose length the mode takes, which no way refuses.
#[inline]
fn seal_checked(
    key: &GcmKey,
    nonce: &Nonce,
    aad: &[u8],
    data: &mut [u8],
) -> Result<Block, GcmError> {
    #[cfg(target_arch = "x86_64")]
    if let Some(key) = key.wide(data.len()) {
        return Ok(key.seal(nonce, aad, data));
    }
    let nonce = aead::Nonce::assume_unique_for_key(*nonce);
    let made = key.library.seal_in_place_separate_tag(nonce, Aad::from(aad), data);
    let made = made.map_err(|_| GcmError::Length)?;
    Ok(made.as_ref().first_chunk().copied().unwrap_or_default())
}

/// Decrypts such a message and tells whether its tag is right.
#[inline]
fn open_checked(key: &GcmKey, nonce: &Nonce, aad: &[u8], data: &mut [u8], tag: &Block) -> bool {
    #[cfg(target_arch = "x86_64")]
    if let Some(key) = key.wide(data.len()) {
        return key.open(nonce, aad, data, tag);
    }
    let nonce = aead::Nonce::assume_unique_for_key(*nonce);
    key.library.open_in_place_separate_tag(nonce, Aad::from(aad), tag, data).is_ok()
}

#[inline]
fn check(aad: &[u8], data: &[u8]) -> Result<(), GcmError> {
    let fits = aad.len() <= GCM_AAD_BYTES_MAX && data.len() <= GCM_DATA_BYTES_MAX;
    if fits { Ok(()) } else { Err(GcmError::Length) }
}
