//! Things that happen a fixed number of cycles after they were set out.

/// A wheel of cycles, each with at most one thing.
pub(crate) struct Wheel<T> {
    slots: Vec<Option<T>>,
    at: usize,
    filled: usize,
}

impl<T: Copy> Wheel<T> {
    /// A wheel for delays of 1 to `delay_max` cycles.
    pub(crate) fn new(delay_max: usize) -> Self {
        Self { slots: vec![None; delay_max.next_power_of_two() * 2], at: 0, filled: 0 }
    }

    /// Lets a cycle pass; gives what is due in the one that begins.
    pub(crate) fn turn(&mut self) -> Option<T> {
        if self.filled == 0 {
            return None;
        }
        self.at = (self.at + 1) & (self.slots.len() - 1);
        let due = self.slots[self.at].take();
        self.filled -= usize::from(due.is_some());
        due
    }

    /// Sets something out, to be due `delay` turns from now.
    pub(crate) fn put(&mut self, delay: usize, thing: T) {
        let at = (self.at + delay) & (self.slots.len() - 1);
        self.filled += usize::from(self.slots[at].replace(thing).is_none());
    }
}
