//! The one binary encoding of records: integers big-endian, everything else behind a 32-bit
//! length. It is canonical: equal records have equal bytes, so the bytes can be authenticated.

use crate::secret::Secret;

/// Bytes that are not a record of the expected form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record does not decode")]
pub struct Corrupt;

/// A value with a canonical binary form.
pub trait Record: Sized {
    /// Appends the form to `out`.
    fn encode(&self, out: &mut Encoder);

    /// Reads it back.
    ///
    /// # Errors
    /// [`Corrupt`] for anything that [`encode`](Self::encode) does not write.
    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt>;

    /// The whole form, wiped when dropped.
    fn to_bytes(&self) -> Secret<Vec<u8>> {
        let mut out = Encoder::default();
        self.encode(&mut out);
        out.finish()
    }

    /// Reads a whole form; trailing bytes are an error.
    ///
    /// # Errors
    /// [`Corrupt`] as for [`decode`](Self::decode).
    fn from_bytes(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut input = Decoder::new(bytes);
        let record = Self::decode(&mut input)?;
        input.is_empty().then_some(record).ok_or(Corrupt)
    }
}

/// Writes a record. Its buffer is wiped when it grows and when it is dropped.
pub struct Encoder(Secret<Vec<u8>>);

impl Default for Encoder {
    fn default() -> Self {
        Self(Secret::new(Vec::with_capacity(256)))
    }
}

impl Encoder {
    /// What was written.
    pub fn finish(self) -> Secret<Vec<u8>> {
        self.0
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.raw(&[value])
    }

    /// Two bytes.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Bytes of a length that the reader knows.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.reserve(bytes.len());
        self.0.expose_mut().extend_from_slice(bytes);
        self
    }

    /// A 32-bit length and the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let len = u32::try_from(bytes.len()).expect("records are far below 4 GiB");
        self.u32(len).raw(bytes)
    }

    /// A text, as its UTF-8 bytes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// A byte that says whether a value follows, then the value.
    pub fn option<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> &mut Self,
    ) -> &mut Self {
        match value {
            None => self.u8(0),
            Some(value) => write(self.u8(1), value),
        }
    }

    /// A 32-bit count and each item.
    pub fn list<T>(
        &mut self,
        items: &[T],
        write: impl for<'o> Fn(&'o mut Self, &T) -> &'o mut Self,
    ) -> &mut Self {
        self.u32(u32::try_from(items.len()).expect("records are far below 4 Gi items"));
        items.iter().fold(self, |out, item| write(out, item))
    }

    /// Growing a `Vec` leaves a copy behind in freed memory, so grow by hand and wipe the old one.
    fn reserve(&mut self, more: usize) {
        let old = self.0.expose();
        if old.capacity() - old.len() < more {
            let mut grown = Vec::with_capacity((old.len() + more) * 2);
            grown.extend_from_slice(old);
            self.0 = Secret::new(grown);
        }
    }
}

/// Reads a record.
#[derive(Clone)]
pub struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    /// Starts at the first of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One byte.
    ///
    /// # Errors
    /// [`Corrupt`] at the end of the input, here and in every other method.
    pub fn u8(&mut self) -> Result<u8, Corrupt> {
        self.array().map(|[byte]: [u8; 1]| byte)
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Result<u16, Corrupt> {
        self.array().map(u16::from_be_bytes)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, Corrupt> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, Corrupt> {
        self.array().map(u64::from_be_bytes)
    }

    /// `len` bytes.
    pub fn raw(&mut self, len: usize) -> Result<&'a [u8], Corrupt> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Corrupt)?;
        self.0 = rest;
        Ok(head)
    }

    /// An array's worth of bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        self.raw(N)?.try_into().map_err(|_| Corrupt)
    }

    /// A 32-bit length and the bytes.
    pub fn bytes(&mut self) -> Result<&'a [u8], Corrupt> {
        let len = self.u32()?;
        self.raw(usize::try_from(len).map_err(|_| Corrupt)?)
    }

    /// A text.
    pub fn text(&mut self) -> Result<String, Corrupt> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|_| Corrupt)
    }

    /// A value behind its presence byte.
    pub fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Corrupt>,
    ) -> Result<Option<T>, Corrupt> {
        match self.u8()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Corrupt),
        }
    }

    /// A counted list. The count is not trusted for allocation.
    pub fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Corrupt>,
    ) -> Result<Vec<T>, Corrupt> {
        let count = self.u32()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Sample {
        name: String,
        count: Option<u64>,
        parts: Vec<u16>,
    }

    impl Record for Sample {
        fn encode(&self, out: &mut Encoder) {
            out.text(&self.name)
                .option(self.count, Encoder::u64)
                .list(&self.parts, |out, part| out.u16(*part));
        }

        fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
            Ok(Self {
                name: input.text()?,
                count: input.option(Decoder::u64)?,
                parts: input.list(Decoder::u16)?,
            })
        }
    }

    proptest::proptest! {
        #[test]
        fn round_trip_and_every_truncation_is_corrupt(
            name: String, count: Option<u64>, parts: Vec<u16>,
        ) {
            let sample = Sample { name, count, parts };
            let bytes = sample.to_bytes();
            proptest::prop_assert_eq!(Sample::from_bytes(bytes.expose()), Ok(sample));
            for len in 0..bytes.expose().len() {
                proptest::prop_assert_eq!(Sample::from_bytes(&bytes.expose()[..len]), Err(Corrupt));
            }
        }
    }

    #[test]
    fn trailing_bytes_and_absurd_counts_are_corrupt() {
        let sample = Sample { name: "a".into(), count: None, parts: vec![] };
        let mut bytes = sample.to_bytes().expose().clone();
        bytes.push(0);
        assert_eq!(Sample::from_bytes(&bytes), Err(Corrupt));
        let absurd = [0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Sample::from_bytes(&absurd), Err(Corrupt));
    }
}
