//! A top with the pins of `card`, behind the link.

use pcie_sim::{Device, Inputs, Outputs, ReadRequest, WriteBeat};

use crate::ffi::{self, Model, ModelError, Register};

/// Cycles of reset before the link sees the card.
const RESET_CYCLES: u32 = 4;

/// The Verilated card.
pub struct RtlCard {
    model: Model,
    clock_khz: u32,
    inputs: ffi::Inputs,
    outputs: ffi::Outputs,
    stopped: bool,
}

impl RtlCard {
    /// The top `name` with the pins of `card`, out of reset, with a clock of `clock_khz`, at
    /// least 1. A `seed` other than 0 gives registers without reset any value, in tops built for
    /// it.
    pub fn named(name: &str, clock_khz: u32, seed: u64) -> Result<Self, ModelError> {
        let model = Model::new(name, seed)?;
        if !model.is_device() {
            return Err(ModelError::Pins);
        }
        let clock_khz = clock_khz.max(1);
        let (inputs, outputs) = (NO_INPUTS, NO_OUTPUTS);
        let mut card = Self { model, clock_khz, inputs, outputs, stopped: false };
        let reset = Inputs { reset: true, ..Inputs::default() };
        for _ in 0..RESET_CYCLES {
            card.cycle(&reset, &mut Outputs::default());
        }
        Ok(card)
    }

    /// Whether the RTL ended its simulation. A card that has stopped shows nothing, for good.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// Registers that can be flipped: those of the test card; none of `card`.
    pub fn registers(&mut self) -> Vec<Register> {
        self.model.registers()
    }

    /// Flips one bit of one of this card's registers; nothing if it has no such bit.
    pub fn flip(&mut self, register: &Register, bit: u32) {
        self.model.flip(register, bit);
    }
}

#[cfg(feature = "cosim")]
impl RtlCard {
    /// The card, with the clock of its configuration, or 250 MHz where that names none.
    pub fn new() -> Result<Self, ModelError> {
        let clock_khz = crate::shape::CLOCK_KHZ;
        Self::named("card", if clock_khz == 0 { 250_000 } else { clock_khz }, 0)
    }
}

impl Device for RtlCard {
    fn clock_khz(&self) -> u32 {
        self.clock_khz
    }

    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) {
        drive(&mut self.inputs, inputs);
        self.stopped = !self.model.cycle(&self.inputs, &mut self.outputs);
        if self.stopped {
            *outputs = Outputs::default();
        } else {
            sample(&self.outputs, outputs);
        }
    }
}

fn drive(pins: &mut ffi::Inputs, inputs: &Inputs) {
    pins.reset = inputs.reset;
    pins.mmio_wr_valid = inputs.mmio_write.is_some();
    (pins.mmio_wr_addr, pins.mmio_wr_data) = inputs.mmio_write.unwrap_or_default();
    pins.mmio_rd_valid = inputs.mmio_read.is_some();
    pins.mmio_rd_addr = inputs.mmio_read.unwrap_or_default();
    pins.rd_req_ready = inputs.read_ready;
    pins.wr_ready = inputs.write_ready;
    pins.rd_cpl_valid = inputs.completion.is_some();
    if let Some(completion) = &inputs.completion {
        pins.rd_cpl_tag = completion.tag;
        pins.rd_cpl_last = completion.last;
        pins.rd_cpl_error = completion.error;
        pins.rd_cpl_data = completion.data;
    }
}

fn sample(pins: &ffi::Outputs, outputs: &mut Outputs) {
    outputs.mmio_read = (pins.mmio_rd_valid != 0).then_some(pins.mmio_rd_data);
    outputs.read = (pins.rd_req_valid != 0).then_some(ReadRequest {
        address: pins.rd_req_addr,
        bytes: pins.rd_req_bytes,
        tag: pins.rd_req_tag,
    });
    outputs.write = (pins.wr_valid != 0).then_some(WriteBeat {
        address: pins.wr_addr,
        data: pins.wr_data,
        bytes: pins.wr_bytes,
        last: pins.wr_last != 0,
    });
    outputs.idle = pins.idle != 0;
}

const NO_INPUTS: ffi::Inputs = ffi::Inputs {
    mmio_wr_addr: 0,
    mmio_wr_data: 0,
    mmio_rd_addr: 0,
    reset: true,
    mmio_wr_valid: false,
    mmio_rd_valid: false,
    rd_req_ready: false,
    wr_ready: false,
    rd_cpl_valid: false,
    rd_cpl_tag: 0,
    rd_cpl_last: false,
    rd_cpl_error: false,
    rd_cpl_data: [0; 64],
};

const NO_OUTPUTS: ffi::Outputs = ffi::Outputs {
    rd_req_addr: 0,
    wr_addr: 0,
    mmio_rd_data: 0,
    rd_req_bytes: 0,
    mmio_rd_valid: 0,
    rd_req_valid: 0,
    rd_req_tag: 0,
    wr_valid: 0,
    wr_bytes: 0,
    wr_last: 0,
    idle: 0,
    wr_data: [0; 64],
};
