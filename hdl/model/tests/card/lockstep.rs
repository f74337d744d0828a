//! The RTL and the behavioural card side by side: the same pins in every cycle.

use crate::driver::Driver;
use crate::random::{FAULTS, Traffic, seed};
use pcie_sim::{Device, Inputs, Latency, Outputs};
use std::sync::{Arc, Mutex};
use typex_abi::{CONFIGURATIONS, CardKind, ctrl};
use typex_card::{Bench, BoardOptions, CardOptions, device};
use verilated::shape::CONFIGURATION;

/// Both cards; the first is heard.
struct Pair {
    rtl: Box<dyn Device>,
    model: Box<dyn Device>,
    shown: Outputs,
    cycle: u64,
    /// The first cycle in which they differed, and how.
    difference: Difference,
}

impl Device for Pair {
    fn clock_khz(&self) -> u32 {
        self.rtl.clock_khz()
    }

    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) {
        self.rtl.cycle(inputs, outputs);
        self.shown.mmio_read = None;
        self.model.cycle(inputs, &mut self.shown);
        if inputs.reset {
            (*outputs, self.shown) = (Outputs::default(), Outputs::default());
        }
        self.cycle += 1;
        cut(outputs);
        cut(&mut self.shown);
        if *outputs != self.shown {
            let text = format!("rtl {outputs:?}\nmodel {:?}", self.shown);
            let mut first = self.difference.lock().unwrap();
            let first = first.get_or_insert((self.cycle, text));
            panic!("cycle {}: {}", first.0, first.1);
        }
    }
}

/// What lies behind the bytes of a beat is anything.
fn cut(outputs: &mut Outputs) {
    if let Some(beat) = &mut outputs.write {
        beat.data[usize::from(beat.bytes)..].fill(0);
    }
}

type Difference = Arc<Mutex<Option<(u64, String)>>>;

fn pair(options: &BoardOptions) -> (Driver, Difference) {
    let difference = Arc::default();
    let pair = Pair {
        rtl: device(CardKind::Rtl, &CardOptions::default()).unwrap(),
        model: device(CardKind::Model, &card()).unwrap(),
        shown: Outputs::default(),
        cycle: 0,
        difference: Arc::clone(&difference),
    };
    (Driver::started(Bench::of(Box::new(pair), CardKind::Rtl, options)), difference)
}

/// The shape that the RTL was built in.
fn card() -> CardOptions {
    let built = CONFIGURATIONS.iter().find(|known| known.name == CONFIGURATION);
    CardOptions { shape: *built.unwrap(), ..CardOptions::default() }
}

fn options(seed: u64) -> BoardOptions {
    let mut options = BoardOptions::default();
    options.config.seed = seed;
    if seed % 2 == 1 {
        options.config.latency = Latency::bad_host();
    }
    options
}

#[test]
fn the_pins_are_the_same_in_every_cycle() {
    let first = seed();
    for seed in first..first + 4 {
        let (driver, difference) = pair(&options(seed));
        Traffic::new(driver, seed).run(1500);
        assert_eq!(*difference.lock().unwrap(), None);
    }
}

/// Reads that are lost, late, doubled, cut short or poisoned; rings that stop.
#[test]
fn faults_of_the_link_change_nothing() {
    let first = seed();
    for (seed, kind) in (first..).zip(FAULTS) {
        let (driver, difference) = pair(&options(seed));
        let mut traffic = Traffic::new(driver, seed);
        traffic.shake_under(kind, 150);
        assert_eq!(*difference.lock().unwrap(), None);
    }
}

/// Resets of the card and of the function, wherever it is.
#[test]
fn resets_change_nothing() {
    let first = seed();
    let (mut driver, difference) = pair(&options(first));
    for seed in first..first + 6 {
        let mut traffic = Traffic::new(driver, seed);
        traffic.shake(10 + seed % 7);
        driver = traffic.driver;
        if seed % 3 == 0 {
            driver.link.reset().unwrap();
        } else {
            driver.control(ctrl::RESET);
        }
        driver.settle();
        driver.start();
    }
    assert_eq!(*difference.lock().unwrap(), None);
}
