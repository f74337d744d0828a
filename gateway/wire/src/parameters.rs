//! Parameters of a record: tags in ascending order, each with a length of two bytes and a value.
// spec: stream 8

use bytes::{Buf, BufMut};

use crate::WriteError;

/// Parameters as they are written.
///
/// ```
/// use typex_wire::{Parameters, cipher, tag};
///
/// let mut parameters = Parameters::default();
/// parameters.put(tag::CIPHER, &[cipher::CBC])?.put(tag::IV, &[0; 8])?;
/// parameters.put(tag::SECOND + tag::HANDLE, &7_u32.to_be_bytes())?;
/// assert_eq!(parameters.bytes().len(), 4 + 11 + 7);
/// # Ok::<(), typex_wire::WriteError>(())
/// ```
#[derive(Default)]
pub struct Parameters(Vec<u8>);

impl Parameters {
    /// Adds one behind the others, whose tags must be lower, or the same where it may be there
    /// several times: the gateway refuses others.
    ///
    /// # Errors
    /// [`WriteError::Length`] for a value of more than 65 535 bytes; it is left out.
    pub fn put(&mut self, tag: u8, value: &[u8]) -> Result<&mut Self, WriteError> {
        let length = u16::try_from(value.len()).map_err(|_| WriteError::Length("a parameter"))?;
        self.0.put_u8(tag);
        self.0.put_u16(length);
        self.0.put_slice(value);
        Ok(self)
    }

    /// All of them.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Parameters as they are read, one after the other.
///
/// ```
/// use typex_wire::{ParametersReader, tag};
///
/// let mut parameters = ParametersReader::new(&[tag::IV, 0, 2, 0xca, 0xfe]);
/// assert_eq!(parameters.take(tag::CIPHER), None);
/// assert_eq!(parameters.take(tag::IV), Some(&[0xca, 0xfe][..]));
/// assert!(parameters.is_empty());
/// ```
#[derive(Clone)]
pub struct ParametersReader<'a>(&'a [u8]);

impl<'a> ParametersReader<'a> {
    /// Of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The value of the next one if it has this tag and is whole; else it stays unread.
    pub fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut rest = self.0;
        if rest.try_get_u8() != Ok(tag) {
            return None;
        }
        let length = rest.try_get_u16().ok()?;
        let (value, rest) = rest.split_at_checked(usize::from(length))?;
        self.0 = rest;
        Some(value)
    }

    /// Whether all were read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
