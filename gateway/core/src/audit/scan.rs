//! Reads the members of a line in the order in which they are written. It accepts a little more
//! than is written; whoever uses it writes the value again and compares.

use crate::codec::Corrupt;

/// What is left of a line's body.
pub(super) struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    pub(super) fn new(body: &'a [u8]) -> Result<Self, Corrupt> {
        std::str::from_utf8(body).map(Self).map_err(|_| Corrupt)
    }

    pub(super) fn maybe_text(&mut self, name: &str) -> Result<Option<&'a str>, Corrupt> {
        let Some(rest) = self.value(name) else { return Ok(None) };
        let rest = rest.strip_prefix('"').ok_or(Corrupt)?;
        let (text, rest) = rest.split_once('"').ok_or(Corrupt)?;
        self.0 = rest;
        Ok(Some(text))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<&'a str, Corrupt> {
        self.maybe_text(name)?.ok_or(Corrupt)
    }

    pub(super) fn maybe_number(&mut self, name: &str) -> Result<Option<u64>, Corrupt> {
        let Some(rest) = self.value(name) else { return Ok(None) };
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, rest) = rest.split_at(end);
        self.0 = rest;
        digits.parse().map(Some).map_err(|_| Corrupt)
    }

    pub(super) fn number(&mut self, name: &str) -> Result<u64, Corrupt> {
        self.maybe_number(name)?.ok_or(Corrupt)
    }

    pub(super) fn hex<const N: usize>(&mut self, name: &str) -> Result<[u8; N], Corrupt> {
        const_hex::decode_to_array(self.text(name)?).map_err(|_| Corrupt)
    }

    pub(super) fn end(self) -> Result<(), Corrupt> {
        if self.0.is_empty() { Ok(()) } else { Err(Corrupt) }
    }

    /// What follows the name, if the next member has it.
    fn value(&self, name: &str) -> Option<&'a str> {
        let rest = self.0.strip_prefix(['{', ','])?.strip_prefix('"')?;
        rest.strip_prefix(name)?.strip_prefix("\":")
    }
}
