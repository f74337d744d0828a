//! Posted writes and interrupt messages, from the device to the host.

use crate::config::REQUEST_OVERHEAD_BYTES;
use crate::events::{Event, Events};
use crate::fault::{FaultKind, Victim};
use crate::host::{INTERRUPT_BASE, INTERRUPT_LAST};
use crate::limits::WRITE_BYTES_MAX;
use crate::pins::WriteBeat;
use crate::trace::{Tlp, TlpKind};
use crate::wire::Wire;
use std::collections::VecDeque;

/// Data is counted in units of 16 bytes.
const CREDIT_BYTES: u32 = 16;
/// The device may begin a packet only when there is room for one of this length.
const PACKET_BYTES: u32 = 256;

pub(crate) struct Writes {
    /// The packet that the device is handing over; its beats are the last in `beats`.
    open: Option<Packet>,
    /// Packets on their way, in order.
    flight: VecDeque<Packet>,
    /// Their beats, in order: data and length.
    beats: VecDeque<([u8; 64], u8)>,
    /// Credits that come back: when, headers, data.
    returns: VecDeque<(u64, u32, u32)>,
    headers: u32,
    data: u32,
    held_until_ps: u64,
    landed_ps: u64,
    scratch: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Packet {
    time_ps: u64,
    address: u64,
    bytes: u32,
    beats: u32,
    epoch: u32,
    held: bool,
}

impl Writes {
    pub(crate) fn new(wire: &Wire) -> Self {
        Self {
            open: None,
            flight: VecDeque::new(),
            beats: VecDeque::new(),
            returns: VecDeque::new(),
            headers: wire.buffers.posted_headers,
            data: wire.buffers.posted_data,
            held_until_ps: 0,
            landed_ps: 0,
            scratch: Vec::with_capacity(WRITE_BYTES_MAX),
        }
    }

    /// Whether a shown beat is taken at this edge. An open packet is always finished.
    pub(crate) fn ready(&mut self, wire: &Wire, now_ps: u64) -> bool {
        if self.open.is_some() {
            return true;
        }
        while let Some((_, headers, data)) = self.returns.pop_front_if(|r| r.0 <= now_ps) {
            self.headers += headers;
            self.data += data;
        }
        let headers = PACKET_BYTES.div_ceil(wire.link.mps.bytes() as u32);
        let room = self.headers >= headers && self.data >= PACKET_BYTES / CREDIT_BYTES;
        room && wire.transmit_room(now_ps)
    }

    /// Takes a beat. True when a fault resets the device in the middle of the packet.
    pub(crate) fn take(&mut self, wire: &mut Wire, now_ps: u64, beat: &WriteBeat) -> bool {
        let line = beat.address % 64 + u64::from(beat.bytes);
        if beat.bytes == 0 || line > 64 {
            wire.counts.violations += 1;
            return false;
        }
        let packet = match self.open.take() {
            Some(packet) if packet.address + u64::from(packet.bytes) == beat.address => packet,
            other => {
                self.cut_short(wire, now_ps, other);
                Packet::at(beat.address, wire.epoch)
            }
        };
        if packet.beats > 0 && wire.strike(Victim::Burst, now_ps, packet.address).is_some() {
            self.open = Some(packet);
            return true;
        }
        self.beats.push_back((beat.data, beat.bytes));
        let packet = packet.with(beat.bytes);
        if beat.last || packet.bytes as usize + 64 > WRITE_BYTES_MAX {
            self.close(wire, now_ps, packet);
        } else {
            self.open = Some(packet);
        }
        false
    }

    /// A packet that goes on elsewhere ends here.
    fn cut_short(&mut self, wire: &mut Wire, now_ps: u64, packet: Option<Packet>) {
        if let Some(packet) = packet {
            wire.counts.violations += 1;
            self.close(wire, now_ps, packet);
        }
    }

    /// The packet is whole: it goes on the link.
    fn close(&mut self, wire: &mut Wire, now_ps: u64, packet: Packet) {
        let payload = u64::from(packet.bytes);
        let tlps = payload.div_ceil(wire.link.mps.bytes());
        let leaves_ps = now_ps + wire.latency.hard_block_ps;
        let sent_ps = wire.up.send(leaves_ps, tlps, wire.link.write_bytes(payload), payload);
        self.spend(wire, sent_ps, tlps as u32, packet.bytes.div_ceil(CREDIT_BYTES));
        let host_ps = wire.host_part(wire.latency.posted_ps, 1, 64 + REQUEST_OVERHEAD_BYTES);
        let mut time_ps = sent_ps + host_ps;
        match wire.strike(Victim::Write, now_ps, packet.address) {
            Some(FaultKind::CorruptWrite) => self.corrupt(wire, packet),
            Some(FaultKind::LateWrite(delay_ps)) => self.held_until_ps = time_ps + delay_ps,
            _ => {}
        }
        let held = self.held_until_ps > time_ps;
        time_ps = time_ps.max(self.held_until_ps);
        self.landed_ps = self.landed_ps.max(time_ps);
        self.flight.push_back(Packet { time_ps, held, ..packet });
    }

    fn spend(&mut self, wire: &Wire, sent_ps: u64, headers: u32, data: u32) {
        let (headers, data) = (headers.min(self.headers), data.min(self.data));
        self.headers -= headers;
        self.data -= data;
        self.returns.push_back((sent_ps + wire.buffers.credit_return_ps, headers, data));
    }

    fn corrupt(&mut self, wire: &mut Wire, packet: Packet) {
        let beat = wire.faults.next_bit(u64::from(packet.beats)) as usize;
        let first = self.beats.len().saturating_sub(packet.beats as usize);
        if let Some((data, bytes)) = self.beats.get_mut(first + beat) {
            let bit = wire.faults.next_bit(8 * u64::from(*bytes)) as usize;
            data[bit / 8] ^= 1 << (bit % 8);
        }
    }

    /// When the last packet that was taken lands.
    pub(crate) fn landed_ps(&self) -> u64 {
        self.landed_ps
    }

    pub(crate) fn due_ps(&self) -> Option<u64> {
        self.flight.front().map(|packet| packet.time_ps)
    }

    /// Lands every packet that has arrived by `now_ps`.
    #[inline]
    pub(crate) fn settle(&mut self, wire: &mut Wire, events: &mut Events, now_ps: u64) {
        while let Some(packet) = self.flight.pop_front_if(|packet| packet.time_ps <= now_ps) {
            self.land(wire, events, packet);
        }
    }

    fn land(&mut self, wire: &mut Wire, events: &mut Events, packet: Packet) {
        self.scratch.clear();
        for (data, bytes) in self.beats.drain(..packet.beats as usize) {
            self.scratch.extend_from_slice(&data[..usize::from(bytes)]);
        }
        if packet.epoch != wire.epoch {
            wire.counts.writes_late += 1;
        } else if (INTERRUPT_BASE..=INTERRUPT_LAST).contains(&packet.address) {
            interrupt(wire, events, &packet, &self.scratch);
        } else {
            write(wire, &packet, &self.scratch);
        }
    }

    /// Discards everything under way, apart from packets that a fault holds up.
    pub(crate) fn clear(&mut self, wire: &Wire) {
        self.drop_open();
        let mut kept = VecDeque::new();
        self.flight.retain(|packet| {
            let beats = self.beats.drain(..packet.beats as usize);
            if packet.held {
                kept.extend(beats);
            }
            packet.held
        });
        self.beats = kept;
        self.headers = wire.buffers.posted_headers;
        self.data = wire.buffers.posted_data;
        self.returns.clear();
    }

    /// Discards the packet that is not whole.
    pub(crate) fn drop_open(&mut self) {
        if let Some(packet) = self.open.take() {
            let whole = self.beats.len().saturating_sub(packet.beats as usize);
            self.beats.truncate(whole);
        }
    }
}

impl Packet {
    fn at(address: u64, epoch: u32) -> Self {
        Self { time_ps: 0, address, bytes: 0, beats: 0, epoch, held: false }
    }

    fn with(self, bytes: u8) -> Self {
        Self { bytes: self.bytes + u32::from(bytes), beats: self.beats + 1, ..self }
    }
}

fn write(wire: &mut Wire, packet: &Packet, data: &[u8]) {
    if !wire.window.reaches(packet.address, data.len()) {
        wire.counts.writes_unmapped += 1;
        return;
    }
    let to_line = (64 - packet.address % 64) as usize;
    let (head, tail) = data.split_at(to_line.min(data.len()));
    let mut at = packet.address;
    for line in std::iter::once(head).chain(tail.chunks(64)) {
        wire.window.write(at, line);
        at += line.len() as u64;
    }
    wire.counts.writes += 1;
    let (time_ps, address, bytes) = (packet.time_ps, packet.address, packet.bytes);
    wire.record(&Tlp { time_ps, kind: TlpKind::Write, address, bytes, tag: 0, data });
}

fn interrupt(wire: &mut Wire, events: &mut Events, packet: &Packet, data: &[u8]) {
    let Ok(word) = <[u8; 4]>::try_from(data) else {
        wire.counts.violations += 1;
        return;
    };
    let vector = u32::from_le_bytes(word);
    if wire.strike(Victim::Interrupt, packet.time_ps, packet.address).is_some() {
        return;
    }
    wire.counts.interrupts += 1;
    let at = u64::from(vector);
    wire.record_word(packet.time_ps, TlpKind::Interrupt, at, Some(vector));
    events.push(packet.time_ps + wire.latency.handler_ps, Event::Handler(vector));
}
