//! Reads a segment line by line with a bounded buffer.

use std::io;
use std::ops::Range;

use typex_core::limits::AUDIT_LINE_BYTES_MAX;

use super::disk::{Disk, FileName};
use super::limits::READ_BYTES;

/// What comes next in a segment.
pub(super) enum Step<'a> {
    /// Bytes from `offset` up to a newline, which they include. What is longer than a line can be
    /// comes in pieces, of which only the last has the newline.
    Line { offset: u64, bytes: &'a [u8] },
    /// Bytes from `offset` to the end of the file, without a newline.
    Unfinished { offset: u64 },
    /// Nothing more for now.
    End,
}

/// A place in a segment. Reading on after the end finds what was appended since.
pub(super) struct Lines {
    name: FileName,
    /// Where in the file `buffer[used.start]` stands.
    offset: u64,
    buffer: Vec<u8>,
    used: Range<usize>,
}

impl Lines {
    pub(super) fn new(name: FileName) -> Self {
        let buffer = vec![0; READ_BYTES.max(AUDIT_LINE_BYTES_MAX)];
        Self { name, offset: 0, buffer, used: 0..0 }
    }

    pub(super) fn next(&mut self, disk: &dyn Disk) -> io::Result<Step<'_>> {
        let mut len = self.line_len();
        if len.is_none() {
            self.fill(disk)?;
            len = self.line_len();
        }
        let offset = self.offset;
        let Some(len) = len else {
            let end = self.used.is_empty();
            return Ok(if end { Step::End } else { Step::Unfinished { offset } });
        };
        let line = self.used.start..self.used.start + len;
        self.used.start = line.end;
        self.offset = self.offset.saturating_add(len as u64);
        Ok(Step::Line { offset, bytes: &self.buffer[line] })
    }

    fn line_len(&self) -> Option<usize> {
        let held = &self.buffer[self.used.clone()];
        let longest = &held[..held.len().min(AUDIT_LINE_BYTES_MAX)];
        let end = longest.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        end.or_else(|| (longest.len() == AUDIT_LINE_BYTES_MAX).then_some(AUDIT_LINE_BYTES_MAX))
    }

    fn fill(&mut self, disk: &dyn Disk) -> io::Result<()> {
        self.buffer.copy_within(self.used.clone(), 0);
        self.used = 0..self.used.len();
        let from = self.offset.saturating_add(self.used.len() as u64);
        let read = disk.read(self.name, from, &mut self.buffer[self.used.end..])?;
        self.used.end += read;
        Ok(())
    }
}
