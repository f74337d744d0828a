//! Reads of host memory: requests upstream, data downstream.

use crate::config::{COMPLETION_OVERHEAD_BYTES, REQUEST_OVERHEAD_BYTES};
use crate::events::{Event, Events};
use crate::fault::{FaultKind, Victim};
use crate::limits::{READ_BYTES_MAX, READ_TAGS};
use crate::pins::{Completion, ReadRequest};
use crate::trace::{Tlp, TlpKind};
use crate::wire::Wire;
use std::collections::VecDeque;

const BEAT_BYTES: u16 = 64;
/// A held-back read is sent after this even if no other read comes, ps.
const REORDER_WAIT_PS: u64 = 5_000_000;

pub(crate) struct Reads {
    /// By tag; behind them one place for a duplicate.
    places: Vec<Option<Read>>,
    /// Beats that have arrived, or will, in order: when, and how much room they give back.
    beats: VecDeque<(u64, u16, Completion)>,
    /// Credits that come back: when, how many.
    returns: VecDeque<(u64, u32)>,
    headers: u32,
    outstanding_bytes: u32,
    serial: u64,
    held: Option<(u16, u64)>,
    scratch: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Read {
    request: ReadRequest,
    serial: u64,
    /// Bytes that have been sent, and how many are to be sent.
    sent: u16,
    until: u16,
    /// Room that it holds in the hard block.
    room: u16,
    error: bool,
    poison: bool,
    duplicate: bool,
}

impl Reads {
    pub(crate) fn new(wire: &Wire) -> Self {
        Self {
            places: vec![None; READ_TAGS + 1],
            beats: VecDeque::new(),
            returns: VecDeque::new(),
            headers: wire.buffers.nonposted_headers,
            outstanding_bytes: 0,
            serial: 0,
            held: None,
            scratch: vec![0; usize::from(READ_BYTES_MAX)],
        }
    }

    /// Whether the shown request is taken at this edge.
    pub(crate) fn ready(&mut self, wire: &Wire, now_ps: u64, request: &ReadRequest) -> bool {
        while let Some((_, headers)) = self.returns.pop_front_if(|r| r.0 <= now_ps) {
            self.headers += headers;
        }
        let bytes = u32::from(request.bytes.min(READ_BYTES_MAX));
        let tlps = bytes.div_ceil(u32::from(wire.link.mrrs.max(1)));
        let room = self.outstanding_bytes + bytes <= wire.buffers.completion_bytes;
        room && self.headers >= tlps && wire.transmit_room(now_ps)
    }

    /// Takes a request; no earlier write of the device lands after `landed_ps`.
    pub(crate) fn take(
        &mut self,
        wire: &mut Wire,
        events: &mut Events,
        now_ps: u64,
        request: ReadRequest,
        landed_ps: u64,
    ) {
        let place = u16::from(request.tag);
        let known = self.places[usize::from(place)].is_some();
        if known || !(1..=READ_BYTES_MAX).contains(&request.bytes) {
            wire.counts.violations += 1;
            return;
        }
        wire.counts.reads += 1;
        record_request(wire, now_ps, &request);
        let sent_ps = self.send(wire, now_ps, request.bytes);
        let latency_ps = wire.latency.draw_read(&mut wire.chance);
        let framing = REQUEST_OVERHEAD_BYTES + 64 + COMPLETION_OVERHEAD_BYTES;
        let ready_ps = (sent_ps + wire.host_part(latency_ps, 2, framing)).max(landed_ps);
        self.serial += 1;
        let read = Read::new(request, self.serial);
        let fault = wire.strike(Victim::Read, now_ps, request.address);
        self.begin(events, ready_ps, read, fault);
    }

    /// Sends the request; gives the time at which it has left.
    fn send(&mut self, wire: &mut Wire, now_ps: u64, bytes: u16) -> u64 {
        let tlps = bytes.div_ceil(wire.link.mrrs.max(1));
        let leaves_ps = now_ps + wire.latency.hard_block_ps;
        let framing = REQUEST_OVERHEAD_BYTES * u64::from(tlps);
        let sent_ps = wire.up.send(leaves_ps, u64::from(tlps), framing, 0);
        self.headers = self.headers.saturating_sub(u32::from(tlps));
        self.returns.push_back((sent_ps + wire.buffers.credit_return_ps, u32::from(tlps)));
        sent_ps
    }

    fn begin(&mut self, events: &mut Events, time_ps: u64, read: Read, fault: Option<FaultKind>) {
        let place = u16::from(read.request.tag);
        let mut read = read;
        let mut ready_ps = time_ps;
        match fault {
            Some(FaultKind::DropCompletion) => return,
            Some(FaultKind::TruncateCompletion) => match read.half() {
                0 => return,
                half => read.until = half,
            },
            Some(FaultKind::DelayCompletion(delay_ps)) => ready_ps += delay_ps,
            Some(FaultKind::ReorderCompletion) => {
                ready_ps += REORDER_WAIT_PS;
                self.held = Some((place, read.serial));
            }
            Some(FaultKind::DuplicateCompletion) => read.duplicate = true,
            Some(FaultKind::PoisonCompletion) => read.poison = true,
            Some(FaultKind::BadAddress) => read.error = true,
            _ => {}
        }
        self.outstanding_bytes += u32::from(read.request.bytes);
        self.places[usize::from(place)] = Some(read);
        events.push(ready_ps, Event::Data(place, read.serial));
    }

    /// The host sends the next packet of data of a read.
    pub(crate) fn data(
        &mut self,
        wire: &mut Wire,
        events: &mut Events,
        time_ps: u64,
        (place, serial): (u16, u64),
    ) {
        let read = self.places.get(usize::from(place)).copied().flatten();
        let Some(mut read) = read.filter(|read| read.serial == serial) else { return };
        let reachable = wire.window.reaches(read.request.address, read.request.bytes.into());
        let sent_ps = if read.error || !reachable {
            self.refuse(wire, time_ps, &mut read)
        } else {
            self.packet(wire, time_ps, &mut read)
        };
        if read.sent < read.until {
            self.places[usize::from(place)] = Some(read);
            events.push(sent_ps, Event::Data(place, serial));
        } else {
            self.finish(events, sent_ps, place, read);
        }
    }

    /// An error completion: one beat of zeros.
    fn refuse(&mut self, wire: &mut Wire, time_ps: u64, read: &mut Read) -> u64 {
        wire.counts.reads_unmapped += u64::from(!read.error);
        let sent_ps = wire.down.send(time_ps, 1, COMPLETION_OVERHEAD_BYTES, 0);
        read.sent = read.until;
        let tag = read.request.tag;
        let beat = Completion { tag, data: [0; 64], last: true, error: true };
        self.beats.push_back((sent_ps + wire.latency.hard_block_ps, read.room, beat));
        sent_ps
    }

    fn packet(&mut self, wire: &mut Wire, time_ps: u64, read: &mut Read) -> u64 {
        let address = read.request.address + u64::from(read.sent);
        let cut = wire.link.cut_bytes();
        let to_cut = cut - address % cut;
        let bytes = to_cut.min(u64::from(read.until - read.sent));
        let sent_ps = wire.down.send(time_ps, 1, bytes + COMPLETION_OVERHEAD_BYTES, bytes);
        let before = read.sent;
        read.sent += bytes as u16;
        if wire.trace.is_some() {
            let data = &mut self.scratch[..bytes as usize];
            wire.window.read(address, data);
            record_data(wire, time_ps, read, address, data);
        }
        self.beats(sent_ps + wire.latency.hard_block_ps, wire, read, before);
        sent_ps
    }

    /// The beats whose last byte is in the packet that began at `before`.
    fn beats(&mut self, time_ps: u64, wire: &mut Wire, read: &Read, before: u16) {
        let mut start = before - before % BEAT_BYTES;
        while start < read.sent {
            let end = (start + BEAT_BYTES).min(read.until);
            if end > read.sent {
                break;
            }
            let mut data = [0; 64];
            self.beat(wire, read, start..end, &mut data);
            let last = end == read.until;
            let beat = Completion { tag: read.request.tag, data, last, error: read.poison };
            self.beats.push_back((time_ps, if last { read.room } else { 0 }, beat));
            start = end;
        }
    }

    fn beat(&self, wire: &mut Wire, read: &Read, span: std::ops::Range<u16>, data: &mut [u8; 64]) {
        let bytes = usize::from(span.end - span.start);
        let into = &mut data[..bytes];
        wire.window.read(read.request.address + u64::from(span.start), into);
        if read.poison {
            into[0] ^= 0xff;
        }
    }

    fn finish(&mut self, events: &mut Events, time_ps: u64, place: u16, read: Read) {
        self.places[usize::from(place)] = None;
        if read.duplicate && self.places[READ_TAGS].is_none() {
            self.serial += 1;
            let again = Read { room: 0, ..Read::new(read.request, self.serial) };
            self.places[READ_TAGS] = Some(again);
            events.push(time_ps, Event::Data(READ_TAGS as u16, self.serial));
        }
        if let Some((held, serial)) = self.held.take_if(|held| held.1 < read.serial) {
            events.push(time_ps, Event::Data(held, serial));
        }
    }

    /// When the device has something to see.
    pub(crate) fn arrival_ps(&self) -> Option<u64> {
        self.beats.front().map(|beat| beat.0)
    }

    #[inline]
    pub(crate) fn deliver(&mut self, now_ps: u64) -> Option<Completion> {
        if self.beats.is_empty() {
            return None;
        }
        let (_, room, beat) = self.beats.pop_front_if(|beat| beat.0 <= now_ps)?;
        self.outstanding_bytes -= u32::from(room);
        Some(beat)
    }

    /// Discards everything under way.
    pub(crate) fn clear(&mut self, wire: &Wire) {
        self.places.fill(None);
        self.beats.clear();
        self.returns.clear();
        self.held = None;
        self.headers = wire.buffers.nonposted_headers;
        self.outstanding_bytes = 0;
    }
}

impl Read {
    fn new(request: ReadRequest, serial: u64) -> Self {
        let bytes = request.bytes;
        let (error, poison, duplicate) = (false, false, false);
        Self { request, serial, sent: 0, until: bytes, room: bytes, error, poison, duplicate }
    }

    /// The first half of the beats, in bytes.
    fn half(&self) -> u16 {
        self.request.bytes.div_ceil(BEAT_BYTES) / 2 * BEAT_BYTES
    }
}

fn record_request(wire: &mut Wire, time_ps: u64, request: &ReadRequest) {
    let &ReadRequest { address, bytes, tag } = request;
    let kind = TlpKind::ReadRequest;
    wire.record(&Tlp { time_ps, kind, address, bytes: bytes.into(), tag, data: &[] });
}

fn record_data(wire: &mut Wire, time_ps: u64, read: &Read, address: u64, data: &[u8]) {
    let (kind, tag) = (TlpKind::ReadCompletion, read.request.tag);
    wire.record(&Tlp { time_ps, kind, address, bytes: data.len() as u32, tag, data });
}
