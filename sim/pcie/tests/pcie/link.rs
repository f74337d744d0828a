//! Latency, order, credits, cuts, the window, idle time, repeatability.

use crate::script::{Bench, CYCLE_PS, Packet, What, expected, recorder};
use pcie_sim::{
    Buffers, Config, Cut, Distribution, Generation, Latency, Link, Mps, TlpKind, Width,
};

fn fixed() -> Config {
    let read = Distribution::constant(550_000);
    Config { latency: Latency { read, ..Latency::good() }, ..Config::default() }
}

#[test]
fn a_read_of_a_line_takes_the_round_trip() {
    let mut bench = Bench::new(fixed());
    bench.ask(128, 64, 9);
    bench.script.lock().unwrap().awake = true;
    bench.go();
    bench.simulation.advance_to(2_000_000);
    let seen = bench.seen();
    let asked = seen.iter().find(|seen| seen.what == What::Requested(9)).unwrap();
    let beats = bench.beats(9);
    assert_eq!(beats.len(), 1);
    let ns = (beats[0].0 - asked.cycle) * CYCLE_PS / 1000;
    assert!((548..=556).contains(&ns), "{ns} ns, of which up to two cycles are the clock's");
    assert!(beats[0].1.last && !beats[0].1.error);
    assert_eq!(bench.data(9, 64), expected(128, 64));
}

#[test]
fn a_write_is_visible_after_the_one_way_latency() {
    let mut bench = Bench::new(fixed());
    let (trace, record) = recorder();
    bench.simulation.trace(Some(trace));
    bench.send(0, 1, 0x11);
    bench.run();
    let record = record.lock().unwrap();
    let doorbell = record.of(TlpKind::RegisterWrite)[0].time_ps;
    let landed = record.of(TlpKind::Write)[0].time_ps;
    // 250 ns to the device, one cycle to show the beat, at most one to the next edge, 250 ns back.
    let ns = (landed - doorbell) / 1000;
    assert!((500..=508).contains(&ns), "{ns}");
    assert_eq!(bench.load(0, 65)[..64], [0x11; 64]);
    assert_eq!(bench.load(64, 1), expected(64, 1));
}

#[test]
fn a_register_read_takes_its_round_trip_and_comes_behind_earlier_writes() {
    let mut bench = Bench::new(fixed());
    assert_eq!(bench.simulation.read(0x40), Ok(0x41));
    let ns = bench.simulation.now_ps() / 1000;
    assert!((900..=912).contains(&ns), "{ns}");
    let host = bench.simulation.host();
    host.write(8, 5).unwrap();
    let ticket = host.read(0x44).unwrap();
    host.write(12, 6).unwrap();
    assert_eq!(bench.simulation.finish(&ticket), Ok(0x45));
    let order: Vec<_> = bench.seen().into_iter().map(|seen| seen.what).skip(1).collect();
    assert_eq!(order, [What::Write(8, 5), What::Read(0x44), What::Write(12, 6)]);
}

#[test]
fn an_answer_pushes_earlier_writes_before_it() {
    let mut bench = Bench::new(fixed());
    bench.send(0, 4, 0x33);
    let host = bench.simulation.host();
    host.write(0, 0).unwrap();
    let ticket = host.read(0).unwrap();
    bench.simulation.finish(&ticket).unwrap();
    assert_eq!(bench.load(0, 256), [0x33; 256]);
}

#[test]
fn data_comes_in_address_order_and_whole() {
    for (at, bytes) in [(0, 512), (64, 512), (0, 20), (8, 100), (192, 320), (0, 4096)] {
        for cut in [Cut::Mps, Cut::Boundary64] {
            let link = Link { cut, mrrs: 4096, ..Config::default().link };
            let mut bench = Bench::new(Config { link, ..fixed() });
            bench.ask(at as u64, bytes as u16, 1);
            bench.run();
            let beats = bench.beats(1);
            assert_eq!(beats.len(), usize::div_ceil(bytes, 64), "{at} {bytes}");
            assert_eq!(bench.data(1, bytes), expected(at, bytes), "{at} {bytes}");
            let lasts = beats.iter().filter(|beat| beat.1.last).count();
            assert!(lasts == 1 && beats[beats.len() - 1].1.last);
            assert!(beats.windows(2).all(|pair| pair[0].0 < pair[1].0), "one beat per cycle");
        }
    }
}

#[test]
fn completions_are_cut_where_the_configuration_says() {
    let cuts = |cut, mps: Mps, at| {
        let link = Link { cut, ..Config::default().link }.with_mps(mps);
        let mut bench = Bench::new(Config { link, ..fixed() });
        let (trace, record) = recorder();
        bench.simulation.trace(Some(trace));
        bench.ask(at, 512, 1);
        bench.run();
        let packets = record.lock().unwrap().of(TlpKind::ReadCompletion);
        packets.iter().map(|packet| packet.bytes).collect::<Vec<_>>()
    };
    assert_eq!(cuts(Cut::Mps, Mps::B256, 0), [256, 256]);
    assert_eq!(cuts(Cut::Mps, Mps::B256, 64), [192, 256, 64]);
    assert_eq!(cuts(Cut::Mps, Mps::B128, 0), [128; 4]);
    assert_eq!(cuts(Cut::Boundary64, Mps::B256, 0), [64; 8]);
}

#[test]
fn reads_may_overtake_each_other_but_all_come() {
    let mut bench = Bench::new(Config { latency: Latency::bad_host(), ..Config::default() });
    for tag in 0..=255 {
        bench.ask(64 * u64::from(tag), 64, tag);
    }
    bench.run();
    let mut tags = Vec::new();
    for seen in bench.seen() {
        if let What::Data(beat) = seen.what {
            assert_eq!(beat.data[..], expected(64 * usize::from(beat.tag), 64));
            tags.push(beat.tag);
        }
    }
    assert_eq!(tags.len(), 256);
    assert!(!tags.is_sorted());
    tags.sort_unstable();
    assert_eq!(tags, (0..=255).collect::<Vec<u8>>());
}

#[test]
fn a_read_sees_every_earlier_write() {
    let slow = Latency { posted_ps: 3_000_000, ..fixed().latency };
    for latency in [fixed().latency, slow] {
        let mut bench = Bench::new(Config { latency, ..fixed() });
        bench.send(0, 4, 0x77);
        bench.ask(192, 64, 3);
        bench.script.lock().unwrap().writes_first = true;
        bench.run();
        assert_eq!(bench.data(3, 64), [0x77; 64]);
    }
}

#[test]
fn writes_land_in_order_and_an_interrupt_behind_them() {
    let mut bench = Bench::new(fixed());
    let (trace, record) = recorder();
    bench.simulation.trace(Some(trace));
    for n in 0..50 {
        bench.send(64 * n, 1 + n % 3, n as u8);
    }
    bench.interrupt(5);
    bench.run();
    let record = record.lock().unwrap();
    let landed: Vec<Packet> = record.of(TlpKind::Write);
    let offsets: Vec<_> = landed.iter().map(|packet| packet.address - bench.bus()).collect();
    assert_eq!(offsets, (0..50).map(|n| 64 * n).collect::<Vec<_>>());
    assert!(landed.is_sorted_by_key(|packet| packet.time_ps));
    let message = &record.of(TlpKind::Interrupt)[0];
    assert!(message.time_ps >= landed[49].time_ps && message.address == 5);
}

#[test]
fn a_shortage_of_credits_costs_speed_and_nothing_else() {
    let took = |posted_headers, nonposted_headers| {
        let buffers = Buffers { posted_headers, nonposted_headers, ..fixed().buffers };
        let mut bench = Bench::new(Config { buffers, ..fixed() });
        for n in 0..100 {
            bench.send(64 * n, 1, n as u8);
            bench.ask(32768 + 64 * n, 64, n as u8);
        }
        bench.run();
        for n in 0..100 {
            assert_eq!(bench.load(64 * n, 64), [n as u8; 64]);
            assert_eq!(bench.data(n as u8, 64), expected(32768 + 64 * n, 64));
        }
        bench.simulation.now_ps()
    };
    let (free, few) = (took(127, 127), took(2, 127));
    // Two packets for each turn of the credits: 100 ns in the hard block, 100 ns back.
    assert!(free < 2_000_000 && few > 49 * 200_000, "{free} {few}");
    assert!(took(127, 1) > 99 * 200_000);
}

#[test]
fn no_more_data_is_asked_for_than_there_is_room() {
    let buffers = Buffers { completion_bytes: 512, ..fixed().buffers };
    let mut bench = Bench::new(Config { buffers, ..fixed() });
    bench.ask(0, 512, 1);
    bench.ask(0, 64, 2);
    bench.script.lock().unwrap().awake = true;
    bench.go();
    bench.simulation.advance_to(3_000_000);
    let seen = bench.seen();
    let at = |what: &What| seen.iter().position(|seen| seen.what == *what).unwrap();
    let (cycle, beat) = bench.beats(1)[6].clone();
    assert!(at(&What::Requested(2)) > at(&What::Requested(1)));
    assert!(seen[at(&What::Requested(2))].cycle + 30 > cycle, "{cycle} {beat:?}");
    assert!(bench.simulation.statistics().read_stall_cycles > 80);
}

#[test]
fn what_is_not_mapped_cannot_be_reached() {
    let mut bench = Bench::new(fixed());
    bench.ask(1 << 16, 64, 1);
    bench.ask((1 << 16) - 64, 128, 2);
    bench.ask(0, 64, 3);
    bench.send(1 << 16, 1, 1);
    bench.send((1 << 16) - 64, 2, 1);
    bench.run();
    for tag in [1, 2] {
        let beats = bench.beats(tag);
        assert_eq!(beats.len(), 1);
        assert!(beats[0].1.error && beats[0].1.last && beats[0].1.data == [0; 64]);
    }
    assert_eq!(bench.data(3, 64), expected(0, 64));
    assert_eq!(bench.load((1 << 16) - 64, 64), expected((1 << 16) - 64, 64));
    let counts = bench.simulation.statistics();
    assert_eq!((counts.reads_unmapped, counts.writes_unmapped, counts.writes), (2, 2, 0));
}

#[test]
fn time_leaps_over_waiting_and_stands_when_nothing_is_pending() {
    let mut bench = Bench::new(fixed());
    bench.ask(0, 64, 1);
    bench.run();
    let counts = bench.simulation.statistics();
    assert!(counts.cycles < 10 && counts.cycles_skipped > 190, "{counts:?}");
    let now = bench.simulation.now_ps();
    assert!(bench.simulation.run_until_idle(1_000_000));
    assert_eq!(bench.simulation.now_ps(), now);
    bench.simulation.advance_to(now + 5_000_001);
    assert_eq!(bench.simulation.now_ps(), (now + 5_000_001).next_multiple_of(CYCLE_PS));
    let before = bench.simulation.statistics().cycles;
    bench.simulation.step_cycles(100);
    assert_eq!(bench.simulation.statistics().cycles, before + 100);
}

#[test]
fn what_a_device_must_not_do_is_counted() {
    let mut bench = Bench::new(fixed());
    bench.ask(0, 64, 1);
    bench.ask(0, 64, 1);
    bench.ask(0, 0, 2);
    bench.send(0, 2, 1);
    bench.script.lock().unwrap().writes[1].address += 64;
    bench.send(0, 1, 1);
    bench.script.lock().unwrap().writes[2].bytes = 65;
    bench.run();
    assert_eq!(bench.simulation.statistics().violations, 4);
    assert_eq!(bench.beats(1).len(), 1);
}

#[test]
fn the_seed_decides_the_trace() {
    let run = |seed| {
        let link = Link::new(Generation::Gen4, Width::X8);
        let latency = Latency::bad_host().with_iommu_misses(100_000);
        let config = Config { latency, ..Config::new(link, seed) };
        let mut bench = Bench::new(config);
        let (trace, record) = recorder();
        bench.simulation.trace(Some(trace));
        for tag in 0..200 {
            bench.ask(128 * u64::from(tag), 128, tag);
            bench.send(32768 + 64 * u64::from(tag), 1, tag);
        }
        bench.run();
        record.lock().unwrap().hash.value()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
