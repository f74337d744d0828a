//! The behavioural card: the same pins, registers and cycles as the RTL.

use crate::core::Core;
use crate::front::reset::Reset;
use pcie_sim::{Device, Inputs, Outputs};
use typex_abi::{Configuration, USP_MODEL};

/// Clock of a card that does not know its own, for the simulation.
const CLOCK_KHZ: u32 = 250_000;

/// What a card is built with.
#[derive(Clone, Debug)]
pub struct CardOptions {
    /// Lanes, rings, slots and so on.
    pub shape: Configuration,
    /// The root that only the card holds.
    pub device_root: [u8; 32],
}

impl Default for CardOptions {
    fn default() -> Self {
        Self { shape: USP_MODEL, device_root: [0; 32] }
    }
}

/// The behavioural card.
pub struct ModelCard {
    options: CardOptions,
    core: Core,
    reset: Reset,
    /// Register accesses on their way: writes take a cycle, reads four.
    write: Option<(u32, u32)>,
    reads: [Option<u32>; 2],
    answer: Option<u32>,
    /// An answer stands at the pins.
    answered: bool,
}

impl ModelCard {
    /// A card out of reset.
    pub fn new(options: CardOptions) -> Self {
        Self {
            core: Core::new(&options),
            reset: Reset::new(),
            options,
            write: None,
            reads: [None; 2],
            answer: None,
            answered: false,
        }
    }

    fn access(&mut self, inputs: &Inputs) -> (Option<(u32, u32)>, Option<u32>) {
        let write = std::mem::replace(&mut self.write, inputs.mmio_write);
        let [first, due] = self.reads;
        self.reads = [inputs.mmio_read, first];
        let value = due.map(|offset| self.core.read(offset, &self.reset));
        (write, std::mem::replace(&mut self.answer, value))
    }

    fn accesses(&self) -> bool {
        self.write.is_some() || self.reads != [None; 2] || self.answer.is_some() || self.answered
    }
}

impl Device for ModelCard {
    fn clock_khz(&self) -> u32 {
        match self.options.shape.clock_khz {
            0 => CLOCK_KHZ,
            known => known,
        }
    }

    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) {
        if inputs.reset {
            *self = Self::new(self.options.clone());
            *outputs = Outputs::default();
            return;
        }
        let quiet = inputs.mmio_write.is_none()
            && inputs.mmio_read.is_none()
            && inputs.completion.is_none()
            && !self.accesses();
        outputs.idle = quiet && self.core.is_idle(&self.reset);
        let (write, answer) = self.access(inputs);
        outputs.mmio_read = answer;
        self.answered = answer.is_some();
        let (request, link_quiet) = self.core.asks_reset();
        if self.reset.holds_core() {
            self.core.cycle_in_reset(inputs);
        } else {
            self.core.cycle(inputs, write, &self.reset);
        }
        if self.reset.cycle(request, link_quiet) {
            self.core.reset(&self.options);
        }
        outputs.read = self.core.read_request();
        outputs.write = self.core.write_beat().cloned();
    }
}
