//! The RTL and the behavioural card side by side: the same pins in every cycle.

use crate::driver::Driver;
use crate::random::{Traffic, seed};
use pcie_sim::{Device, Inputs, Latency, Outputs};
use std::sync::{Arc, Mutex};
use typex_abi::CardKind;
use typex_card::{Bench, BoardOptions, CardOptions, device};

/// Both cards; the first is heard.
struct Pair {
    rtl: Box<dyn Device>,
    model: Box<dyn Device>,
    shown: Outputs,
    cycle: u64,
    /// The first cycle in which they differed, and how.
    difference: Arc<Mutex<Option<(u64, String)>>>,
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
        if *outputs != self.shown {
            let text = format!("rtl {outputs:?}\nmodel {:?}", self.shown);
            let mut first = self.difference.lock().unwrap();
            let first = first.get_or_insert((self.cycle, text));
            panic!("cycle {}: {}", first.0, first.1);
        }
    }
}

fn pair(options: &BoardOptions) -> (Bench, Arc<Mutex<Option<(u64, String)>>>) {
    let difference = Arc::default();
    let pair = Pair {
        rtl: device(CardKind::Rtl, &CardOptions::default()).unwrap(),
        model: device(CardKind::Model, &CardOptions::default()).unwrap(),
        shown: Outputs::default(),
        cycle: 0,
        difference: Arc::clone(&difference),
    };
    (Bench::of(Box::new(pair), CardKind::Rtl, options), difference)
}

#[test]
fn the_pins_are_the_same_in_every_cycle() {
    let seed = seed();
    for seed in seed..seed + 4 {
        let mut options = BoardOptions::default();
        options.config.seed = seed;
        if seed % 2 == 1 {
            options.config.latency = Latency::bad_host();
        }
        let (bench, difference) = pair(&options);
        let mut traffic = Traffic::new(Driver::on(bench), seed);
        traffic.run(1500);
        assert_eq!(*difference.lock().unwrap(), None);
    }
}
