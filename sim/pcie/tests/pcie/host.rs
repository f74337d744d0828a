//! Host handles, the runner's thread, memory, interrupts, resets.

use crate::script::{Bench, expected};
use pcie_sim::sample::{CopyEngine, registers};
use pcie_sim::{
    Config, Fault, FaultKind, Host, HostError, MemoryError, Runner, Simulation, limits,
};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(20);

fn engine() -> Simulation {
    Simulation::new(Config::default(), Box::new(CopyEngine::new(250_000)))
}

/// Copies through a running engine and waits for its interrupt.
fn copy(host: &Host, bytes: u32, count: u32) -> Result<u64, HostError> {
    let total = (bytes * count) as usize;
    let (from, to) = (host.allocate(total)?, host.allocate(total)?);
    let data: Vec<u8> = (0..total).map(|at| (at % 251) as u8).collect();
    from.store(0, &data)?;
    let (done, finished) = mpsc::channel();
    let wake = Arc::new(move || done.send(()).unwrap_or(()));
    let (address, word) = host.on_interrupt(1, wake)?;
    host.write(registers::INTERRUPT, address as u32)?;
    host.write(registers::INTERRUPT_DATA, word)?;
    CopyEngine::start(host, from.bus(), to.bus(), bytes, count)?;
    finished.recv_timeout(WAIT).map_err(|_| HostError::Timeout)?;
    let mut copy = vec![0; total];
    to.load(0, &mut copy)?;
    assert_eq!(copy, data);
    Ok(host.now_ps())
}

#[test]
fn a_runner_works_while_there_is_work_and_time_stands_while_not() {
    let runner = Runner::start(engine()).unwrap();
    let host = runner.host();
    copy(&host, 1024, 100).unwrap();
    assert_eq!(host.read(registers::DONE).unwrap().wait(), Ok(100));
    let first = host.statistics().unwrap().wait().unwrap();
    let second = host.statistics().unwrap().wait().unwrap();
    assert_eq!(first, second, "nothing pending: nothing happens");
    host.advance_to(first.time_ps + 1_000_000_000).unwrap();
    let later = host.statistics().unwrap().wait().unwrap();
    assert!(later.time_ps <= first.time_ps + 1_000_004_000);
    let simulation = runner.stop().unwrap();
    assert_eq!(simulation.statistics().interrupts, 1);
    drop(simulation);
    assert_eq!(host.write(0, 0), Err(HostError::Closed));
    assert!(matches!(host.read(0), Err(HostError::Closed)));
}

#[test]
fn many_threads_may_ask() {
    let runner = Runner::start(engine()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let host = runner.host();
            scope.spawn(move || {
                for n in 0..50 {
                    let offset = registers::BYTES + 4 * (thread % 2);
                    host.write(offset, n).unwrap();
                    host.read(offset).unwrap().wait().unwrap();
                }
            });
        }
    });
    let counts = runner.stop().unwrap().statistics();
    assert_eq!((counts.register_reads, counts.register_writes), (200, 200));
}

#[test]
fn an_interrupt_comes_when_its_handler_would_run() {
    let mut simulation = engine();
    let host = simulation.host();
    let memory = host.allocate(4096).unwrap();
    let (called, calls) = mpsc::channel();
    let clock = host.clone();
    let wake = Arc::new(move || called.send(clock.now_ps()).unwrap_or(()));
    let (address, data) = host.on_interrupt(7, wake).unwrap();
    host.write(registers::INTERRUPT, address as u32).unwrap();
    host.write(registers::INTERRUPT_DATA, data).unwrap();
    CopyEngine::start(&host, memory.bus(), memory.bus() + 2048, 64, 1).unwrap();
    assert!(simulation.run_until_idle(10_000_000));
    let ns = calls.try_recv().unwrap() / 1000;
    // Doorbell 250, read 510 to 590, message 250, handler 3000 ns, and a few cycles.
    assert!((4010..4150).contains(&ns), "{ns}");
    assert!(host.on_interrupt(2048, Arc::new(|| ())).is_err());
}

#[test]
fn a_reset_gives_memory_back_and_fails_reads_under_way() {
    let mut bench = Bench::new(Config::default());
    bench.ask(0, 512, 1);
    bench.send(0, 4, 0x12);
    let host = bench.simulation.host();
    bench.go();
    bench.simulation.advance_to(300_000);
    let read = host.read(0).unwrap();
    let reset = host.reset().unwrap();
    bench.simulation.finish(&reset).unwrap();
    assert_eq!(read.poll(), Some(Err(HostError::Reset)));
    assert!(bench.simulation.run_until_idle(10_000_000));
    assert!(bench.beats(1).is_empty(), "data of the time before does not come");
    assert_eq!(bench.load(0, 256), expected(0, 256), "nor do its writes");
    bench.ask(0, 64, 1);
    bench.run();
    assert_eq!(bench.data(1, 64), expected(0, 64), "the memory is there again");
}

#[test]
fn a_region_dropped_is_out_of_reach() {
    let mut bench = Bench::new(Config::default());
    let spare = bench.simulation.host().allocate(64).unwrap();
    let at = spare.bus() - bench.bus();
    bench.ask(at, 64, 1);
    bench.go();
    bench.simulation.advance_to(400_000);
    drop(spare);
    assert!(bench.simulation.run_until_idle(10_000_000));
    assert!(bench.beats(1)[0].1.error, "unmapped while the read was under way");
    assert_eq!(bench.simulation.statistics().reads_unmapped, 1);
}

#[test]
fn queues_are_bounded() {
    let simulation = engine();
    let host = simulation.host();
    for _ in 0..limits::HOST_COMMANDS {
        host.write(0, 0).unwrap();
    }
    assert_eq!(host.write(0, 0), Err(HostError::Busy));
    assert!(matches!(host.reset(), Err(HostError::Busy)));
    let error = host.allocate(usize::MAX).err();
    assert_eq!(error, Some(HostError::Memory(MemoryError::OutOfMemory)));

    let mut hung = Bench::new(Config::default()).simulation;
    hung.inject(Fault::at(FaultKind::Hang(0), 0));
    let host = hung.host();
    let tickets: Vec<_> = (0..limits::MMIO_READS + 1).map(|_| host.read(0).unwrap()).collect();
    assert!(hung.run_until_idle(200_000_000));
    let answers: Vec<_> = tickets.iter().map(|ticket| ticket.poll().unwrap()).collect();
    let timeouts = answers.iter().filter(|a| **a == Err(HostError::Timeout)).count();
    assert_eq!((timeouts, answers[limits::MMIO_READS]), (limits::MMIO_READS, Err(HostError::Busy)));
}

#[test]
fn who_waits_hears_of_the_end() {
    let simulation = engine();
    let host = simulation.host();
    let ticket = host.read(0).unwrap();
    drop(simulation);
    assert_eq!(ticket.wait(), Err(HostError::Closed));
}
