//! Regular expressions of the kind that templates are.

use std::iter::Peekable;
use std::str::Bytes;

use super::TemplateError;
use crate::limits::TEMPLATE_CHARS_MAX;

/// Characters of ASCII that print, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class(u128);

/// One character or class with how often it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) class: Class,
    pub(super) least: u16,
    pub(super) most: u16,
    pub(super) is_captured: bool,
}

impl Class {
    const DIGITS: Self = Self(0x3ff << b'0');

    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(bytes.iter().filter(|byte| byte.is_ascii()).fold(0, |all, byte| all | 1 << byte))
    }

    pub(super) fn has(self, byte: u8) -> bool {
        byte.is_ascii() && self.0 >> byte & 1 == 1
    }

    pub(super) fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn range(first: u8, last: u8) -> Self {
        (first..=last).fold(Self(0), |class, byte| class.with(Self::of(&[byte])))
    }

    fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Piece {
    /// Where it may end, given where it may start.
    pub(super) fn ends(&self, value: &[u8], starts: &[bool]) -> Vec<bool> {
        let (least, most) = (usize::from(self.least), usize::from(self.most));
        // How many starts there are before each place, and how many characters of the class.
        let mut before = Vec::with_capacity(starts.len() + 1);
        before.push(0_usize);
        let mut run = 0;
        let mut ends = vec![false; starts.len()];
        for (at, is_start) in starts.iter().enumerate() {
            before.push(before[at] + usize::from(*is_start));
            run = match at.checked_sub(1).and_then(|last| value.get(last)) {
                Some(byte) if self.class.has(*byte) => run + 1,
                _ => 0,
            };
            let first = at - run.min(most).min(at);
            let Some(last) = at.checked_sub(least) else { continue };
            ends[at] = first <= last && before[last + 1] > before[first];
        }
        ends
    }
}

/// Reads a pattern.
pub(super) fn read(text: &str) -> Result<Vec<Piece>, TemplateError> {
    if text.len() > TEMPLATE_CHARS_MAX {
        return Err(TemplateError::Length);
    }
    let text = text.strip_prefix('^').unwrap_or(text);
    let text = match text.strip_suffix('$') {
        Some(rest) if !rest.ends_with('\\') => rest,
        _ => text,
    };
    let mut reader = Reader { rest: text.bytes().peekable(), groups: vec![] };
    let mut pieces = vec![];
    while let Some(byte) = reader.rest.next() {
        match byte {
            b'(' => reader.open()?,
            b')' => reader.close()?,
            byte => pieces.push(reader.piece(byte)?),
        }
    }
    if reader.groups.is_empty() { Ok(pieces) } else { Err(TemplateError::Syntax) }
}

struct Reader<'a> {
    rest: Peekable<Bytes<'a>>,
    /// Of each group that is open whether it captures.
    groups: Vec<bool>,
}

impl Reader<'_> {
    fn open(&mut self) -> Result<(), TemplateError> {
        let captures = self.rest.next_if_eq(&b'?').is_none();
        if !captures && self.rest.next() != Some(b':') {
            return Err(TemplateError::Syntax);
        }
        self.groups.push(captures);
        Ok(())
    }

    fn close(&mut self) -> Result<(), TemplateError> {
        self.groups.pop().ok_or(TemplateError::Syntax)?;
        match self.rest.peek() {
            Some(b'{' | b'?' | b'*' | b'+') => Err(TemplateError::Repetition),
            _ => Ok(()),
        }
    }

    fn piece(&mut self, byte: u8) -> Result<Piece, TemplateError> {
        let class = match byte {
            b'\\' => self.escape()?,
            b'[' => self.class()?,
            b'.' | b'|' | b'^' | b'$' | b'*' | b'+' | b'?' | b'{' | b'}' | b']' => {
                return Err(TemplateError::Syntax);
            }
            byte => literal(byte)?,
        };
        let (least, most) = self.repetition()?;
        let is_captured = self.groups.contains(&true);
        Ok(Piece { class, least, most, is_captured })
    }

    fn escape(&mut self) -> Result<Class, TemplateError> {
        Ok(match self.rest.next().ok_or(TemplateError::Syntax)? {
            b'd' => Class::DIGITS,
            b'w' => {
                let letters = Class::range(b'a', b'z').with(Class::range(b'A', b'Z'));
                letters.with(Class::DIGITS).with(Class::of(b"_"))
            }
            b's' => Class::of(b" "),
            byte if byte.is_ascii_punctuation() || byte == b' ' => Class::of(&[byte]),
            _ => return Err(TemplateError::Syntax),
        })
    }

    /// What stands between brackets.
    fn class(&mut self) -> Result<Class, TemplateError> {
        let mut class = Class(0);
        let mut last = None;
        loop {
            match self.rest.next().ok_or(TemplateError::Syntax)? {
                b']' if class != Class(0) => return Ok(class),
                b']' | b'[' => return Err(TemplateError::Syntax),
                b'^' if class == Class(0) => return Err(TemplateError::Syntax),
                b'\\' => {
                    class = class.with(self.escape()?);
                    last = None;
                }
                b'-' if last.is_some() && self.rest.peek().is_some_and(|byte| *byte != b']') => {
                    let (first, end) = (last.take(), self.rest.next());
                    let range = first.zip(end).filter(|(first, end)| first <= end);
                    let (first, end) = range.ok_or(TemplateError::Syntax)?;
                    literal(end)?;
                    class = class.with(Class::range(first, end));
                }
                byte => {
                    class = class.with(literal(byte)?);
                    last = Some(byte);
                }
            }
        }
    }

    /// How often the piece before stands there.
    fn repetition(&mut self) -> Result<(u16, u16), TemplateError> {
        match self.rest.peek() {
            Some(b'?') => {
                self.rest.next();
                self.done((0, 1))
            }
            Some(b'{') => {
                self.rest.next();
                let least = self.number()?;
                let most = match self.rest.next_if_eq(&b',') {
                    Some(_) => self.number()?,
                    None => least,
                };
                if self.rest.next() != Some(b'}') || least > most {
                    return Err(TemplateError::Repetition);
                }
                self.done((least, most))
            }
            Some(b'*' | b'+') => Err(TemplateError::Repetition),
            _ => Ok((1, 1)),
        }
    }

    /// No repetition is repeated, and none is lazy.
    fn done(&mut self, times: (u16, u16)) -> Result<(u16, u16), TemplateError> {
        match self.rest.peek() {
            Some(b'{' | b'?' | b'*' | b'+') => Err(TemplateError::Repetition),
            _ => Ok(times),
        }
    }

    fn number(&mut self) -> Result<u16, TemplateError> {
        let mut number = None;
        while let Some(digit) = self.rest.next_if(u8::is_ascii_digit) {
            let next = number.unwrap_or(0) * 10 + u16::from(digit - b'0');
            if usize::from(next) > TEMPLATE_CHARS_MAX {
                return Err(TemplateError::Length);
            }
            number = Some(next);
        }
        number.ok_or(TemplateError::Repetition)
    }
}

fn literal(byte: u8) -> Result<Class, TemplateError> {
    let prints = (b' '..=b'~').contains(&byte);
    prints.then(|| Class::of(&[byte])).ok_or(TemplateError::Syntax)
}
