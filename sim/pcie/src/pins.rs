//! What sits behind the link: a clocked device and its pins.

/// A device behind the link, stepped once per clock cycle.
pub trait Device: Send {
    /// Frequency of the device's clock in kHz; at least 1.
    fn clock_khz(&self) -> u32;

    /// One clock cycle. When called, `outputs` holds what the pins showed before the edge; when
    /// it returns, what they show after it. A request or beat that was shown before the edge is
    /// taken at this edge when its `ready` is given in `inputs`.
    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs);
}

impl<D: Device + ?Sized> Device for Box<D> {
    fn clock_khz(&self) -> u32 {
        (**self).clock_khz()
    }

    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) {
        (**self).cycle(inputs, outputs);
    }
}

/// What the device sees at one clock edge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// The device is held in reset.
    pub reset: bool,
    /// A register write: offset in the BAR, value. Always accepted.
    pub mmio_write: Option<(u32, u32)>,
    /// A register read: offset in the BAR. Answered, in order, through [`Outputs::mmio_read`].
    pub mmio_read: Option<u32>,
    /// The read request that is shown is taken.
    pub read_ready: bool,
    /// Data of an earlier read. Always accepted.
    pub completion: Option<Completion>,
    /// The write beat that is shown is taken.
    pub write_ready: bool,
}

/// One beat of data of a read. The beats of one tag come in address order; beat `k` holds bytes
/// `64k` to `64k + 63` of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The request's tag.
    pub tag: u8,
    /// Data, from the first byte on; what lies behind the request's end is zero.
    pub data: [u8; 64],
    /// The last beat of the request.
    pub last: bool,
    /// The data is poisoned, or the read failed (then there is one beat, of zeros).
    pub error: bool,
}

/// What the device shows between two clock edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Answer to the oldest unanswered register read; shown for one cycle.
    pub mmio_read: Option<u32>,
    /// A read of host memory; held until taken.
    pub read: Option<ReadRequest>,
    /// A beat of a write to host memory; held until taken.
    pub write: Option<WriteBeat>,
    /// Nothing is under way inside: until the next input the clock may be stopped.
    pub idle: bool,
}

/// A read of host memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRequest {
    /// Bus address of the first byte.
    pub address: u64,
    /// Bytes to read: 1 to [`limits::READ_BYTES_MAX`](crate::limits::READ_BYTES_MAX).
    pub bytes: u16,
    /// Tag that comes back with the data; not the tag of a read that is still under way.
    pub tag: u8,
}

/// A beat of a write to host memory; beats up to and with `last` are one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteBeat {
    /// Bus address of the first byte; within a packet each beat continues the one before.
    pub address: u64,
    /// Data, from the first byte on.
    pub data: [u8; 64],
    /// Bytes that count: 1 to 64. A beat does not cross a multiple of 64.
    pub bytes: u8,
    /// The packet ends with this beat.
    pub last: bool,
}
