//! When the values that are derived from a key are there: E(0) by the forward lane, then the
//! powers of H by the multiplier, in rounds that double their number. Zeroised slots are wiped in
//! the background, eight cycles each.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// The slot's old values are wiped.
    Wipe,
    /// The block waits for the lane.
    Lane,
    /// The block is in the lane.
    InLane,
    Power,
}

/// Rounds of powers.
const ROUND_LAST: u8 = 4;
/// Rows of powers, four each.
const ROWS: u8 = 8;

/// What reaches the unit in a cycle.
#[derive(Clone, Copy, Default)]
pub(crate) struct InitInputs {
    /// A key was written: slot, and whether GHASH needs it.
    pub(crate) start: Option<(u8, bool)>,
    pub(crate) zero: Option<u8>,
    pub(crate) lane_taken: bool,
    pub(crate) lane_done: bool,
    pub(crate) power_taken: bool,
    pub(crate) power_done: Option<u8>,
}

/// The unit.
pub(crate) struct KeyInit {
    state: State,
    slot: u8,
    gcm: bool,
    round: u8,
    operand: u8,
    issued: bool,
    done: bool,
    wipe: u128,
    slots: u8,
    scan: u8,
    row: u8,
}

impl KeyInit {
    pub(crate) fn new(slots: u8) -> Self {
        Self {
            state: State::Idle,
            slot: 0,
            gcm: false,
            round: 0,
            operand: 0,
            issued: false,
            done: false,
            wipe: 0,
            slots,
            scan: 0,
            row: 0,
        }
    }

    pub(crate) fn wants_lane(&self) -> bool {
        self.state == State::Lane
    }

    /// The power that it waits for.
    pub(crate) fn wants_power(&self) -> Option<u8> {
        let wants = self.state == State::Power && !self.issued;
        wants.then(|| self.operand + self.round_last() + 1)
    }

    /// The values of a key are there; for one cycle.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.state != State::Idle || self.wipe != 0
    }

    pub(crate) fn is_settled(&self) -> bool {
        !self.is_busy() && !self.done
    }

    /// One cycle.
    pub(crate) fn cycle(&mut self, inputs: InitInputs) {
        let wiped = self.wipe >> self.slot & 1 == 0;
        self.scan(inputs.lane_done || inputs.power_done.is_some());
        if let Some(slot) = inputs.zero {
            self.wipe |= 1 << slot;
        }
        self.derive(inputs, wiped);
    }

    fn scan(&mut self, writing: bool) {
        if self.wipe == 0 {
            return;
        }
        if self.wipe >> self.scan & 1 == 0 {
            self.scan = if self.scan + 1 == self.slots { 0 } else { self.scan + 1 };
        } else if !writing {
            self.row += 1;
            if self.row == ROWS {
                self.row = 0;
                self.wipe &= !(1 << self.scan);
            }
        }
    }

    fn derive(&mut self, inputs: InitInputs, wiped: bool) {
        self.done = false;
        match self.state {
            State::Idle => {
                if let Some((slot, gcm)) = inputs.start {
                    (self.slot, self.gcm, self.state) = (slot, gcm, State::Wipe);
                }
            }
            State::Wipe if wiped => self.state = State::Lane,
            State::Lane if inputs.lane_taken => self.state = State::InLane,
            State::InLane if inputs.lane_done => self.begin(),
            State::Power => self.power(inputs),
            _ => {}
        }
    }

    fn begin(&mut self) {
        (self.round, self.operand, self.issued) = (0, 0, false);
        self.done = !self.gcm;
        self.state = if self.gcm { State::Power } else { State::Idle };
    }

    fn power(&mut self, inputs: InitInputs) {
        let last = self.round_last();
        if inputs.power_done == Some(2 * last + 1) {
            self.done = self.round == ROUND_LAST;
            self.state = if self.done { State::Idle } else { State::Power };
            (self.round, self.operand, self.issued) = (self.round + 1, 0, false);
        } else if inputs.power_taken {
            self.issued = self.operand == last;
            self.operand += 1;
        }
    }

    fn round_last(&self) -> u8 {
        (1 << self.round) - 1
    }
}
