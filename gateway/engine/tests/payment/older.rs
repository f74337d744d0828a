//! A card of version 1.0 of the interface, as its host sees it: it lists no kinds of steps.

use std::time::Duration;

use typex_abi::{CardKind, DmaBuffer, Link, LinkError, Wake, register};

/// The link to a newer card.
pub(crate) struct Older(pub(crate) Box<dyn Link>);

impl Link for Older {
    fn card(&self) -> CardKind {
        self.0.card()
    }

    fn read(&mut self, offset: u32) -> Result<u32, LinkError> {
        if offset == register::CAPS_STEPS { Ok(0) } else { self.0.read(offset) }
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), LinkError> {
        self.0.write(offset, value)
    }

    fn allocate(&mut self, bytes: usize) -> Result<Box<dyn DmaBuffer>, LinkError> {
        self.0.allocate(bytes)
    }

    fn now(&self) -> Duration {
        self.0.now()
    }

    fn pass(&mut self, time: Duration) {
        self.0.pass(time);
    }

    fn interrupt(&mut self, vector: u16, wake: Wake) -> Result<(u64, u32), LinkError> {
        self.0.interrupt(vector, wake)
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        self.0.reset()
    }

    fn another(&self) -> Result<Box<dyn Link>, LinkError> {
        Ok(Box::new(Self(self.0.another()?)))
    }
}
