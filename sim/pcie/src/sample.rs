//! A small DMA engine, as an example of a device and for trying the link.
//!
//! It copies messages, or only reads or writes them. A copy keeps as many reads under way as it
//! has tags; a message's data goes out again as soon as its read is complete, in whatever order
//! that is.

use crate::host::{Host, HostError};
use crate::limits::READ_TAGS;
use crate::pins::{Completion, Device, Inputs, Outputs, ReadRequest, WriteBeat};
use std::collections::VecDeque;

/// Offsets of the engine's registers.
pub mod registers {
    /// Source, low half; the high half follows.
    pub const SOURCE: u32 = 0x00;
    /// Destination, low half; the high half follows.
    pub const DESTINATION: u32 = 0x08;
    /// Bytes of a message, a multiple of 64.
    pub const BYTES: u32 = 0x10;
    /// What to do: 0 copy, 1 read only, 2 write only.
    pub const MODE: u32 = 0x14;
    /// Where the interrupt at the end goes, low half; the high half follows; 0 for none.
    pub const INTERRUPT: u32 = 0x18;
    /// Data of the interrupt.
    pub const INTERRUPT_DATA: u32 = 0x20;
    /// Doorbell: messages to do, one behind the other in memory.
    pub const COUNT: u32 = 0x24;
    /// Messages done.
    pub const DONE: u32 = 0x28;
    /// Completions that came in error, for no read, or with the wrong length.
    pub const ERRORS: u32 = 0x2c;
}

const REQUEST_BYTES: u64 = 512;
const PACKET_BYTES: u64 = 256;

/// The engine.
pub struct CopyEngine {
    clock_khz: u32,
    tags: usize,
    words: [u32; 12],
    /// Bytes asked for, written, and to do in all.
    asked: u64,
    written: u64,
    read: u64,
    total: u64,
    places: Vec<Option<Place>>,
    ready: VecDeque<Place>,
    answer: Option<u32>,
    interrupt_due: bool,
}

struct Place {
    request: ReadRequest,
    data: Vec<u8>,
    sent: usize,
}

impl CopyEngine {
    /// An engine with 256 tags.
    pub fn new(clock_khz: u32) -> Self {
        Self::with_tags(clock_khz, READ_TAGS)
    }

    /// An engine with fewer tags.
    pub fn with_tags(clock_khz: u32, tags: usize) -> Self {
        Self {
            clock_khz,
            tags: tags.clamp(1, READ_TAGS),
            words: [0; 12],
            asked: 0,
            written: 0,
            read: 0,
            total: 0,
            places: (0..READ_TAGS).map(|_| None).collect(),
            ready: VecDeque::new(),
            answer: None,
            interrupt_due: false,
        }
    }

    /// Starts `count` messages of `bytes` each.
    ///
    /// # Errors
    /// See [`Host::write`].
    pub fn start(host: &Host, from: u64, to: u64, bytes: u32, count: u32) -> Result<(), HostError> {
        for (at, bus) in [(registers::SOURCE, from), (registers::DESTINATION, to)] {
            host.write(at, bus as u32)?;
            host.write(at + 4, (bus >> 32) as u32)?;
        }
        host.write(registers::BYTES, bytes)?;
        host.write(registers::COUNT, count)
    }

    fn long(&self, at: u32) -> u64 {
        let index = at as usize / 4;
        u64::from(self.words[index]) | u64::from(self.words[index + 1]) << 32
    }

    fn word(&self, at: u32) -> u32 {
        self.words[at as usize / 4]
    }

    fn store(&mut self, offset: u32, value: u32) {
        if let Some(word) = self.words.get_mut(offset as usize / 4) {
            *word = value;
        }
        if offset == registers::COUNT {
            let bytes = u64::from(self.word(registers::BYTES)) / 64 * 64;
            self.total += bytes * u64::from(value);
            self.interrupt_due = self.long(registers::INTERRUPT) != 0;
        }
    }

    fn done(&self) -> u64 {
        let bytes = if self.word(registers::MODE) == 1 { self.read } else { self.written };
        bytes.checked_div(u64::from(self.word(registers::BYTES))).unwrap_or(0)
    }

    fn finished(&self) -> bool {
        self.done() * u64::from(self.word(registers::BYTES)) >= self.total
    }

    fn load(&self, offset: u32) -> u32 {
        match offset {
            registers::DONE => self.done() as u32,
            _ => self.words.get(offset as usize / 4).copied().unwrap_or(u32::MAX),
        }
    }

    fn next_read(&mut self) -> Option<ReadRequest> {
        if self.word(registers::MODE) == 2 || self.asked >= self.total {
            return None;
        }
        let tag = self.places[..self.tags].iter().position(Option::is_none)?;
        let message = u64::from(self.word(registers::BYTES));
        let bytes = (message - self.asked % message).min(REQUEST_BYTES);
        let address = self.long(registers::SOURCE) + self.asked;
        let request = ReadRequest { address, bytes: bytes as u16, tag: tag as u8 };
        self.places[tag] = Some(Place { request, data: Vec::new(), sent: 0 });
        self.asked += bytes;
        Some(request)
    }

    fn complete(&mut self, beat: &Completion) {
        let errors = registers::ERRORS as usize / 4;
        let Some(place) = &mut self.places[usize::from(beat.tag)] else {
            self.words[errors] += 1;
            return;
        };
        let wanted = usize::from(place.request.bytes);
        let rest = wanted - place.data.len();
        place.data.extend_from_slice(&beat.data[..rest.min(64)]);
        if !beat.last && !beat.error && rest > 64 {
            return;
        }
        let wrong = beat.error || place.data.len() < wanted || !beat.last;
        let place = self.places[usize::from(beat.tag)].take();
        if wrong {
            self.words[errors] += 1;
        } else if let Some(place) = place {
            self.read += wanted as u64;
            if self.word(registers::MODE) == 0 {
                self.ready.push_back(place);
            }
        }
    }

    fn next_write(&mut self) -> Option<WriteBeat> {
        if self.word(registers::MODE) == 2 {
            return self.next_fill();
        }
        if self.ready.is_empty() {
            return self.interrupt();
        }
        let base = self.long(registers::DESTINATION).wrapping_sub(self.long(registers::SOURCE));
        let place = self.ready.front_mut()?;
        let mut data = [0; 64];
        data.copy_from_slice(&place.data[place.sent..place.sent + 64]);
        let address = (place.request.address + place.sent as u64).wrapping_add(base);
        place.sent += 64;
        let end = place.sent == place.data.len();
        if end {
            self.ready.pop_front();
        }
        self.written += 64;
        let last = end || (address + 64).is_multiple_of(PACKET_BYTES);
        Some(WriteBeat { address, data, bytes: 64, last })
    }

    fn next_fill(&mut self) -> Option<WriteBeat> {
        if self.written >= self.total {
            return self.interrupt();
        }
        let address = self.long(registers::DESTINATION) + self.written;
        self.written += 64;
        let message = u64::from(self.word(registers::BYTES));
        let end = self.written.is_multiple_of(message);
        let last = end || (address + 64).is_multiple_of(PACKET_BYTES);
        Some(WriteBeat { address, data: [0xa5; 64], bytes: 64, last })
    }

    fn interrupt(&mut self) -> Option<WriteBeat> {
        if !self.interrupt_due || !self.finished() {
            return None;
        }
        self.interrupt_due = false;
        let mut data = [0; 64];
        data[..4].copy_from_slice(&self.word(registers::INTERRUPT_DATA).to_le_bytes());
        let address = self.long(registers::INTERRUPT);
        Some(WriteBeat { address, data, bytes: 4, last: true })
    }
}

impl Device for CopyEngine {
    fn clock_khz(&self) -> u32 {
        self.clock_khz
    }

    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) {
        if inputs.reset {
            *self = Self::with_tags(self.clock_khz, self.tags);
            *outputs = Outputs::default();
            return;
        }
        outputs.mmio_read = self.answer.take();
        if let Some((offset, value)) = inputs.mmio_write {
            self.store(offset, value);
        }
        self.answer = inputs.mmio_read.map(|offset| self.load(offset));
        if let Some(beat) = &inputs.completion {
            self.complete(beat);
        }
        if inputs.read_ready || outputs.read.is_none() {
            outputs.read = self.next_read();
        }
        if inputs.write_ready || outputs.write.is_none() {
            outputs.write = self.next_write();
        }
        let shown = outputs.read.is_some() || outputs.write.is_some();
        outputs.idle = !shown && self.answer.is_none() && self.ready.is_empty();
    }
}
