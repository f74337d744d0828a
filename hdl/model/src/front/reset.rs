//! Resets the core of the card on request, and empties its memories after any reset.

const HOLD_MAX: u32 = 65535;
const RESET_CYCLES: u32 = 4;
const CLEAR_CYCLES: u32 = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reset,
    Clear,
    Run,
    /// The link becomes quiet.
    Hold,
}

/// The sequence; the epoch lives through a reset of the core.
pub(crate) struct Reset {
    state: State,
    count: u32,
    pub(crate) epoch: u8,
}

impl Reset {
    pub(crate) fn new() -> Self {
        Self { state: State::Reset, count: 0, epoch: 0 }
    }

    /// The core is held in reset.
    pub(crate) fn holds_core(&self) -> bool {
        self.state == State::Reset
    }

    /// No new request or burst begins.
    pub(crate) fn is_held(&self) -> bool {
        self.state == State::Hold
    }

    /// All tables are empty.
    pub(crate) fn is_cleared(&self) -> bool {
        self.state == State::Run
    }

    /// The address that is emptied in this cycle.
    pub(crate) fn clear(&self) -> Option<u32> {
        (self.state == State::Clear).then_some(self.count)
    }

    /// One cycle; true: the core falls into reset.
    pub(crate) fn cycle(&mut self, request: bool, quiet: bool) -> bool {
        let count = self.count;
        self.count += 1;
        let next = match self.state {
            State::Reset if count == RESET_CYCLES - 1 => State::Clear,
            State::Clear if count == CLEAR_CYCLES - 1 => State::Run,
            State::Run if request => State::Hold,
            State::Hold if quiet || count == HOLD_MAX => State::Reset,
            same => same,
        };
        let falls = self.state == State::Hold && next == State::Reset;
        if next != self.state || next == State::Run {
            self.count = 0;
        }
        self.state = next;
        self.epoch = (self.epoch + u8::from(falls)) & 0x7f;
        falls
    }
}
