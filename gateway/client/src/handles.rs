//! Numbers of handles.
// spec: stream 4

use std::collections::BTreeSet;

use typex_wire::Welcome;

use crate::ClientError;

/// Which numbers are free: those that were given back, and all from `next`.
#[derive(Default)]
pub(crate) struct Handles {
    next: u32,
    free: BTreeSet<u32>,
}

impl Handles {
    /// The least free number, which is in use from now on.
    pub(crate) fn take(&mut self, welcome: &Welcome) -> Result<u32, ClientError> {
        if let Some(number) = self.free.pop_first() {
            return Ok(number);
        }
        if self.next >= welcome.handles {
            return Err(ClientError::NoHandle(welcome.handles));
        }
        self.next += 1;
        Ok(self.next - 1)
    }

    /// The gateway does not use it any more.
    pub(crate) fn give_back(&mut self, number: u32) {
        self.free.insert(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again_and_have_an_end() {
        let welcome = Welcome { version: 1, records: 1, frame_bytes: 1, handles: 3 };
        let mut handles = Handles::default();
        let taken: Vec<_> = (0..3).map(|_| handles.take(&welcome).expect("free")).collect();
        assert_eq!(taken, [0, 1, 2]);
        assert!(matches!(handles.take(&welcome), Err(ClientError::NoHandle(3))));
        handles.give_back(2);
        handles.give_back(0);
        assert_eq!(handles.take(&welcome).expect("given back"), 0);
        assert_eq!(handles.take(&welcome).expect("given back"), 2);
        assert!(handles.take(&welcome).is_err());
    }
}
