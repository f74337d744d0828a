//! Each kind of fault: what the device sees, what the host sees.

use crate::script::{Bench, What, expected, recorder};
use pcie_sim::{Config, Fault, FaultKind, HostError, TlpKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

fn bench_with(fault: Fault) -> Bench {
    let mut bench = Bench::new(Config::default());
    assert!(bench.simulation.inject(fault));
    bench
}

/// Three reads of 256 bytes, the second of which is struck.
fn struck_read(kind: FaultKind) -> Bench {
    let mut bench = bench_with(Fault::nth(kind, 1));
    for tag in 0..3 {
        bench.ask(256 * u64::from(tag), 256, tag);
    }
    bench.run();
    assert_eq!(bench.simulation.strikes().len(), 1);
    assert_eq!(bench.simulation.strikes()[0].address, bench.bus() + 256);
    for tag in [0, 2] {
        assert_eq!(bench.data(tag, 256), expected(256 * usize::from(tag), 256), "the others");
    }
    bench
}

#[test]
fn a_dropped_completion_never_comes() {
    assert!(struck_read(FaultKind::DropCompletion).beats(1).is_empty());
}

#[test]
fn a_delayed_completion_comes_late_and_whole() {
    let bench = struck_read(FaultKind::DelayCompletion(20_000_000));
    assert_eq!(bench.data(1, 256), expected(256, 256));
    let now = bench.simulation.now_ps();
    assert!((20_700_000..22_000_000).contains(&now), "{now}");
}

#[test]
fn a_duplicated_completion_comes_twice() {
    let bench = struck_read(FaultKind::DuplicateCompletion);
    let beats = bench.beats(1);
    assert_eq!(beats.len(), 8);
    assert!(beats.iter().zip(&beats[4..]).all(|(one, two)| one.1 == two.1));
    assert!(beats[3].1.last && beats[7].1.last);
}

#[test]
fn a_reordered_completion_comes_behind_the_next_read() {
    let bench = struck_read(FaultKind::ReorderCompletion);
    assert_eq!(bench.data(1, 256), expected(256, 256));
    assert!(bench.beats(1)[0].0 > bench.beats(2)[3].0);

    let mut alone = bench_with(Fault::nth(FaultKind::ReorderCompletion, 0));
    alone.ask(0, 64, 0);
    alone.run();
    assert_eq!(alone.data(0, 64), expected(0, 64), "also when there is no next read");
}

#[test]
fn a_truncated_completion_ends_early() {
    let bench = struck_read(FaultKind::TruncateCompletion);
    let beats = bench.beats(1);
    assert_eq!(beats.len(), 2);
    assert!(beats[1].1.last && !beats[1].1.error);
    assert_eq!(bench.data(1, 128), expected(256, 128));

    let mut single = bench_with(Fault::nth(FaultKind::TruncateCompletion, 0));
    single.ask(0, 64, 0);
    single.run();
    assert!(single.beats(0).is_empty(), "of one beat nothing is left");
}

#[test]
fn a_poisoned_completion_is_marked_and_wrong() {
    let bench = struck_read(FaultKind::PoisonCompletion);
    let beats = bench.beats(1);
    assert!(beats.len() == 4 && beats.iter().all(|beat| beat.1.error));
    assert_ne!(bench.data(1, 256), expected(256, 256));
}

#[test]
fn a_bad_address_gives_one_error_beat_of_zeros() {
    let bench = struck_read(FaultKind::BadAddress);
    let beats = bench.beats(1);
    assert!(beats.len() == 1 && beats[0].1.error && beats[0].1.last);
    assert_eq!(beats[0].1.data, [0; 64]);
}

#[test]
fn a_corrupted_write_differs_in_one_bit() {
    let mut bench = bench_with(Fault::nth(FaultKind::CorruptWrite, 0));
    bench.send(0, 4, 0);
    bench.send(256, 4, 0);
    bench.run();
    let ones = |at| bench.load(at, 256).iter().map(|byte| byte.count_ones()).sum::<u32>();
    assert_eq!((ones(0), ones(256)), (1, 0));
}

#[test]
fn a_fault_can_be_kept_to_some_addresses() {
    let bus = Bench::new(Config::default()).bus();
    let fault = Fault::chance(FaultKind::CorruptWrite, 1_000_000).within(bus + 64..bus + 128);
    let mut bench = bench_with(fault);
    for line in 0..4 {
        bench.send(64 * line, 1, 0);
    }
    bench.run();
    let bad = |line: usize| bench.load(64 * line, 64) != [0; 64];
    assert_eq!([bad(0), bad(1), bad(2), bad(3)], [false, true, false, false]);
}

#[test]
fn a_late_write_holds_up_those_behind_it() {
    let mut bench = bench_with(Fault::nth(FaultKind::LateWrite(20_000_000), 1));
    let (trace, record) = recorder();
    bench.simulation.trace(Some(trace));
    for line in 0..3 {
        bench.send(64 * line, 1, 0x44);
    }
    bench.run();
    let landed = record.lock().unwrap().of(TlpKind::Write);
    assert!(landed[0].time_ps < 1_000_000 && landed[1].time_ps > 20_000_000);
    assert!(landed[2].time_ps >= landed[1].time_ps);
    assert_eq!(bench.load(0, 192), [0x44; 192]);
}

#[test]
fn a_late_write_of_a_hung_card_lands_unless_its_memory_was_taken_away() {
    for revoke in [false, true] {
        let mut bench = bench_with(Fault::nth(FaultKind::LateWrite(20_000_000), 0));
        bench.simulation.inject(Fault::at(FaultKind::Hang(0), 600_000));
        bench.send(0, 1, 0x55);
        bench.go();
        bench.simulation.advance_to(2_000_000);
        assert_eq!(bench.load(0, 64), expected(0, 64));
        if revoke {
            bench.memory.revoke();
        }
        assert!(bench.simulation.run_until_idle(100_000_000));
        assert_eq!(bench.load(0, 64) == [0x55; 64], !revoke);
        assert_eq!(bench.simulation.statistics().writes_unmapped, u64::from(revoke));
    }
}

#[test]
fn a_late_write_does_not_survive_a_reset_into_memory() {
    let mut bench = bench_with(Fault::nth(FaultKind::LateWrite(20_000_000), 0));
    bench.send(0, 1, 0x55);
    bench.go();
    bench.simulation.advance_to(1_000_000);
    bench.simulation.reset().unwrap();
    bench.send(64, 1, 0x66);
    bench.run();
    assert_eq!(bench.load(0, 64), expected(0, 64));
    assert_eq!(bench.load(64, 64), [0x66; 64], "writes of the time after do land");
    assert_eq!(bench.simulation.statistics().writes_late, 1);
}

#[test]
fn a_lost_interrupt_leaves_the_data_in_place() {
    let mut bench = bench_with(Fault::nth(FaultKind::LoseInterrupt, 0));
    let calls = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&calls);
    let wake = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    bench.simulation.host().on_interrupt(3, wake).unwrap();
    for fill in [1, 2] {
        bench.send(0, 1, fill);
        bench.interrupt(3);
        bench.run();
        assert_eq!(bench.load(0, 64), [fill; 64]);
        assert_eq!(calls.load(Ordering::SeqCst), u32::from(fill) - 1);
    }
}

#[test]
fn a_lost_register_write_is_not_seen() {
    let fault = Fault::nth(FaultKind::LoseRegisterWrite, 1).within(0x38..0x3c);
    let mut bench = bench_with(fault);
    for (offset, value) in [(0, 1), (0x38, 2), (0x38, 3), (0x38, 4)] {
        bench.simulation.write(offset, value).unwrap();
    }
    assert!(bench.simulation.run_until_idle(10_000_000));
    let seen: Vec<_> = bench.seen().into_iter().map(|seen| seen.what).collect();
    assert_eq!(seen, [What::Write(0, 1), What::Write(0x38, 2), What::Write(0x38, 4)]);
}

#[test]
fn a_hung_device_sees_nothing_until_it_goes_on() {
    let mut bench = bench_with(Fault::at(FaultKind::Hang(50_000_000), 0));
    bench.ask(0, 64, 1);
    bench.go();
    let ticket = bench.simulation.host().read(0x10).unwrap();
    bench.simulation.advance_to(49_000_000);
    assert!(bench.seen().is_empty() && ticket.poll().is_none());
    assert_eq!(bench.simulation.finish(&ticket), Ok(0x11), "later than asked, but in time");
    assert!(bench.simulation.run_until_idle(10_000_000));
    assert_eq!(bench.data(1, 64), expected(0, 64));
}

#[test]
fn a_hang_for_good_ends_with_a_reset() {
    let mut bench = bench_with(Fault::at(FaultKind::Hang(0), 0));
    assert_eq!(bench.simulation.read(0), Err(HostError::Timeout));
    let now = bench.simulation.now_ps();
    assert!((100_000_000..101_000_000).contains(&now), "{now}");
    for _ in 0..3000 {
        bench.simulation.write(0, 0).unwrap();
        bench.simulation.step();
    }
    bench.simulation.reset().unwrap();
    assert_eq!(bench.simulation.read(0), Ok(1));
    let writes = bench.seen().iter().filter(|seen| matches!(seen.what, What::Write(..))).count();
    assert_eq!(writes, 0, "writes of the time before are gone");
}

#[test]
fn a_removed_device_is_gone_until_it_is_plugged_in() {
    let mut bench = bench_with(Fault::at(FaultKind::Removal, 1_000_000));
    bench.send(0, 1, 0x21);
    bench.go();
    bench.simulation.advance_to(900_000);
    bench.send(64, 8, 0x22);
    bench.ask(0, 512, 1);
    bench.go();
    assert!(bench.simulation.run_until_idle(10_000_000));
    assert_eq!(bench.load(0, 128)[..64], [0x21; 64], "what was sent before lands");
    assert_eq!(bench.load(64, 64), expected(64, 64));
    assert_eq!(bench.simulation.read(0), Err(HostError::Removed));
    assert_eq!(bench.simulation.reset(), Err(HostError::Removed));
    assert_eq!(bench.simulation.write(0, 1), Ok(()), "posted writes vanish silently");

    let ticket = bench.simulation.host().plug().unwrap();
    bench.simulation.finish(&ticket).unwrap();
    assert_eq!(bench.simulation.read(4), Ok(5));
    assert!(bench.beats(1).is_empty(), "no data of the time before");
    assert_eq!(bench.seen().iter().filter(|seen| seen.what == What::Reset).count(), 16);
}

#[test]
fn a_register_read_under_way_fails_with_the_removal() {
    let mut bench = bench_with(Fault::at(FaultKind::Removal, 0));
    assert_eq!(bench.simulation.read(0), Err(HostError::Removed));
}

#[test]
fn a_reset_in_a_burst_leaves_no_half_packet() {
    let mut bench = bench_with(Fault::nth(FaultKind::ResetInBurst, 5));
    for packet in 0..4 {
        bench.send(256 * packet, 4, 0x99);
    }
    bench.run();
    let counts = bench.simulation.statistics();
    assert_eq!((counts.resets, counts.faults), (1, 1));
    for packet in 0..4 {
        let data = bench.load(256 * packet, 256);
        let whole = data == [0x99; 256] || data == expected(256 * packet, 256);
        assert!(whole, "packet {packet}");
    }
    assert_eq!(bench.load(512, 512), expected(512, 512));
    assert_eq!(bench.simulation.read(0), Ok(1), "the device answers again");
}

#[test]
fn faults_by_chance_repeat_with_the_seed() {
    let run = |seed| {
        let mut bench = Bench::new(Config { seed, ..Config::default() });
        for kind in FaultKind::ALL {
            if !matches!(kind, FaultKind::Hang(_) | FaultKind::Removal | FaultKind::ResetInBurst) {
                bench.simulation.inject(Fault::chance(kind, 50_000));
            }
        }
        for tag in 0..100 {
            bench.ask(64 * u64::from(tag), 128, tag);
            bench.send(32768 + 64 * u64::from(tag), 2, tag);
        }
        bench.run();
        (bench.simulation.strikes().to_vec(), bench.seen())
    };
    let first = run(11);
    assert!(first.0.len() > 10);
    assert_eq!(first, run(11));
    assert_ne!(first.0, run(12).0);
}
