//! The way between Rust and the pins, with a device that copies what it reads.
#![cfg(feature = "units")]

use pcie_sim::{Completion, Device, Inputs, Outputs, WriteBeat};
use verilated::{ModelError, RtlCard, Unit};

const SOURCE: u64 = 0x0123_4567_89ab_cd00;
const TARGET: u64 = 0xfedc_ba98_7654_3200;

/// A line that is another in every other order of its bytes or words.
fn line(seed: u8) -> [u8; 64] {
    std::array::from_fn(|at| (at as u8).wrapping_mul(37).wrapping_add(seed))
}

fn card() -> RtlCard {
    RtlCard::named("echo", 250_000, 0).expect("hdl/tb/echo was built")
}

fn write(card: &mut RtlCard, address: u32, value: u32) -> Outputs {
    let mut outputs = Outputs::default();
    card.cycle(&Inputs { mmio_write: Some((address, value)), ..Inputs::default() }, &mut outputs);
    outputs
}

fn read(card: &mut RtlCard, address: u32) -> u32 {
    let mut outputs = Outputs::default();
    let mut inputs = Inputs { mmio_read: Some(address), ..Inputs::default() };
    for _ in 0..8 {
        card.cycle(&inputs, &mut outputs);
        if let Some(value) = outputs.mmio_read {
            return value;
        }
        inputs.mmio_read = None;
    }
    panic!("no answer");
}

fn start(card: &mut RtlCard, bytes: u32) -> Outputs {
    for (address, value) in [(0x10, SOURCE), (0x18, TARGET)] {
        write(card, address, value as u32);
        write(card, address + 4, (value >> 32) as u32);
    }
    write(card, 0x20, bytes)
}

#[test]
fn a_copy_keeps_every_byte_and_address() {
    let mut card = card();
    let mut outputs = start(&mut card, 128);
    let request = outputs.read.expect("a read");
    assert_eq!((request.address, request.bytes, request.tag), (SOURCE, 128, 0xa5));
    assert!(!outputs.idle);
    card.cycle(&Inputs::default(), &mut outputs);
    assert_eq!(outputs.read, Some(request), "held until it is taken");
    card.cycle(&Inputs { read_ready: true, ..Inputs::default() }, &mut outputs);
    assert_eq!(outputs.read, None);
    for (at, last) in [(1, false), (2, true)] {
        let completion = Completion { tag: 0xa5, data: line(at), last, error: false };
        card.cycle(&Inputs { completion: Some(completion), ..Inputs::default() }, &mut outputs);
    }
    let beat = |at: u8| {
        let address = TARGET + 64 * u64::from(at - 1);
        Some(WriteBeat { address, data: line(at), bytes: 64, last: true })
    };
    assert_eq!(outputs.write, beat(1));
    card.cycle(&Inputs { write_ready: true, ..Inputs::default() }, &mut outputs);
    assert_eq!(outputs.write, beat(2));
    card.cycle(&Inputs::default(), &mut outputs);
    assert_eq!(outputs.write, beat(2), "held until it is taken");
    card.cycle(&Inputs { write_ready: true, ..Inputs::default() }, &mut outputs);
    card.cycle(&Inputs::default(), &mut outputs);
    assert_eq!((outputs.write, outputs.idle), (None, true));
    assert_eq!(read(&mut card, 0x24), 1);
}

#[test]
fn another_tag_and_an_error_are_told_apart() {
    let mut card = card();
    let mut outputs = start(&mut card, 64);
    for (tag, error) in [(0xa4, false), (0xa5, true)] {
        let completion = Completion { tag, data: line(3), last: true, error };
        let completion = Some(completion);
        card.cycle(&Inputs { completion, read_ready: true, ..Inputs::default() }, &mut outputs);
        assert!(!outputs.idle);
    }
    card.cycle(&Inputs::default(), &mut outputs);
    assert_eq!((outputs.write, outputs.idle), (None, true));
}

#[test]
fn registers_keep_what_is_written() {
    let mut card = card();
    for at in 0..4 {
        write(&mut card, 4 * at, 0x8040_2010 >> at);
    }
    let values: Vec<_> = (0..4).map(|at| read(&mut card, 4 * at)).collect();
    assert_eq!(values, [0x8040_2010, 0x4020_1008, 0x2010_0804, 0x1008_0402]);
}

#[test]
fn reset_ends_a_copy() {
    let mut card = card();
    let mut outputs = start(&mut card, 64);
    assert!(outputs.read.is_some() && !outputs.idle);
    card.cycle(&Inputs { reset: true, ..Inputs::default() }, &mut outputs);
    assert!(outputs.read.is_none() && outputs.idle);
}

#[test]
fn models_on_two_threads_do_not_meet() {
    let own = |value: u32| {
        let mut card = card();
        std::thread::spawn(move || {
            write(&mut card, 0, value);
            (0..1000).all(|_| read(&mut card, 0) == value)
        })
    };
    let threads: Vec<_> = [1, 2].map(own).into();
    assert!(threads.into_iter().all(|thread| thread.join().expect("no panic")));
}

#[test]
fn ports_are_reached_by_name_in_the_order_of_their_bytes() {
    let mut unit = Unit::open("echo").expect("hdl/tb/echo was built");
    unit.reset();
    let (data, valid) = (unit.port("rd_cpl_data_i"), unit.port("rd_cpl_valid_i"));
    let mut top_down = line(9);
    unit.set_bytes(data, &top_down);
    assert_eq!(unit.bytes(data), top_down);
    let address = unit.port("rd_req_addr_o");
    for (register, value) in [(0x10, 0x89ab_cdef), (0x14, 0x0123_4567), (0x20, 64)] {
        let [wr, at, word] = ["mmio_wr_valid_i", "mmio_wr_addr_i", "mmio_wr_data_i"];
        for (name, value) in [(wr, 1), (at, register), (word, value)] {
            let port = unit.port(name);
            unit.set(port, value);
        }
        unit.edge();
    }
    assert_eq!(unit.value(address), 0x0123_4567_89ab_cdef);
    for (name, value) in [("rd_cpl_tag_i", 0xa5), ("rd_cpl_last_i", 1)] {
        let port = unit.port(name);
        unit.set(port, value);
    }
    unit.set(valid, 1);
    (0..2).for_each(|_| unit.edge());
    let out = unit.port("wr_data_o");
    assert_eq!(unit.bytes(out), top_down);
    // The device's line has byte 0 in the lowest bits.
    top_down.reverse();
    assert_eq!(unit.bytes(out)[63], top_down[0]);
}

#[test]
fn what_was_not_built_is_absent() {
    assert_eq!(RtlCard::named("nothing", 1, 0).err(), Some(ModelError::Absent));
    assert_eq!(Unit::open("nothing").err(), Some(ModelError::Absent));
}
