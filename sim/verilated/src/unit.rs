//! A top of `hdl/tb`, driven port by port.

use crate::ffi::{Model, ModelError, PortShape, words_of};

/// A port of a [`Unit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    number: u32,
    bits: u32,
}

/// A simulated top with any ports, of which `clk_i` is the clock.
///
/// Its functions panic where a test is wrong: a port that is not there, a value that does not
/// fit, a model that ended its simulation.
pub struct Unit {
    model: Model,
    ports: Vec<PortShape>,
}

impl Unit {
    /// The top `name`, with every input 0. An active-low reset is therefore on.
    pub fn open(name: &str) -> Result<Self, ModelError> {
        let model = Model::new(name, 0)?;
        let ports = model.ports();
        Ok(Self { model, ports })
    }

    /// A port by its name.
    pub fn port(&self, name: &str) -> Port {
        let number = self.ports.iter().position(|port| port.name == name);
        let number = number.unwrap_or_else(|| panic!("no port {name}"));
        Port { number: number as u32, bits: self.ports[number].bits }
    }

    /// Names, bits and direction (true: output) of all ports.
    pub fn ports(&self) -> impl Iterator<Item = (&'static str, u32, bool)> + '_ {
        self.ports.iter().map(|port| (port.name, port.bits, port.is_output))
    }

    /// Sets an input of up to 64 bits.
    pub fn set(&mut self, port: Port, value: u64) {
        assert!(port.bits <= 64 && (port.bits == 64 || value >> port.bits == 0), "it must fit");
        self.model.set(port.number, port.bits, &[value as u32, (value >> 32) as u32]);
    }

    /// The value of a port of up to 64 bits.
    pub fn value(&mut self, port: Port) -> u64 {
        assert!(port.bits <= 64, "use `bytes`");
        let words = self.model.value(port.number, port.bits);
        u64::from(words[0]) | if port.bits > 32 { u64::from(words[1]) << 32 } else { 0 }
    }

    /// Sets an input from the bytes of its value, the most significant first: byte 0 of a block
    /// is the standard's byte 0. The port has as many bytes.
    pub fn set_bytes(&mut self, port: Port, bytes: &[u8]) {
        assert_eq!(bytes.len(), port.bits.div_ceil(8) as usize, "bytes of the port");
        let mut words = vec![0; words_of(port.bits)];
        for (at, byte) in bytes.iter().rev().enumerate() {
            words[at / 4] |= u32::from(*byte) << (8 * (at % 4));
        }
        self.model.set(port.number, port.bits, &words);
    }

    /// The bytes of a port's value, the most significant first.
    pub fn bytes(&mut self, port: Port) -> Vec<u8> {
        let words = self.model.value(port.number, port.bits);
        let bytes = (0..port.bits.div_ceil(8) as usize).rev();
        bytes.map(|at| (words[at / 4] >> (8 * (at % 4))) as u8).collect()
    }

    /// Lets outputs that depend on inputs without a clock follow a change of inputs.
    pub fn settle(&mut self) {
        assert!(self.model.settle(), "the model has stopped");
    }

    /// One rising edge of `clk_i`; outputs are then as after the edge.
    pub fn edge(&mut self) {
        assert!(self.model.edge(), "the model has stopped");
    }

    /// Holds `rst_ni` low for some cycles, then lets go.
    pub fn reset(&mut self) {
        let port = self.port("rst_ni");
        self.set(port, 1);
        self.settle();
        self.set(port, 0);
        (0..4).for_each(|_| self.edge());
        self.set(port, 1);
    }
}
