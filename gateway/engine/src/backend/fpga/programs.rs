//! The programs that the driver loads.

use typex_abi::{Program, Step, StepKind};

/// A program's number on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Which {
    /// `ProcessData` of a key that encrypts blocks. Keys: MAC, envelope, operation.
    ProcessEncrypt = 0,
    /// The same that decrypts.
    ProcessDecrypt = 1,
    /// Re-encryption from CBC to GCM. Keys: open, seal.
    CbcToGcm = 2,
    /// Re-encryption from GCM to GCM.
    GcmToGcm = 3,
    /// Re-encryption from CBC to CBC.
    CbcToCbc = 4,
    /// Re-encryption from GCM to CBC.
    GcmToCbc = 5,
}

impl Which {
    pub(super) const ALL: [Self; 6] = [
        Self::ProcessEncrypt,
        Self::ProcessDecrypt,
        Self::CbcToGcm,
        Self::GcmToGcm,
        Self::CbcToCbc,
        Self::GcmToCbc,
    ];

    /// Its steps; `None` for none that a card accepts, which a test excludes.
    pub(super) fn program(self) -> Option<Program> {
        use StepKind::{
            CbcOpen, CbcSeal, GcmOpen, GcmSeal, MacCheck, MacSeal, OperateDecrypt, OperateEncrypt,
        };
        let process = |operate| {
            [
                Step::new(MacCheck, 0),
                Step::new(CbcOpen, 1).envelope(),
                Step::new(operate, 2),
                Step::new(CbcSeal, 1).envelope(),
                Step::new(MacSeal, 0),
            ]
        };
        let program = match self {
            Self::ProcessEncrypt => Program::new(&process(OperateEncrypt)),
            Self::ProcessDecrypt => Program::new(&process(OperateDecrypt)),
            Self::CbcToGcm => Program::new(&[Step::new(CbcOpen, 0).iv(), Step::new(GcmSeal, 1)]),
            Self::GcmToGcm => Program::new(&[Step::new(GcmOpen, 0), Step::new(GcmSeal, 1)]),
            Self::CbcToCbc => {
                Program::new(&[Step::new(CbcOpen, 0).iv(), Step::new(CbcSeal, 1).iv()])
            }
            Self::GcmToCbc => Program::new(&[Step::new(GcmOpen, 0), Step::new(CbcSeal, 1).iv()]),
        };
        program.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_is_one() {
        for which in Which::ALL {
            let program = which.program().unwrap();
            assert!(program.param_blocks() == if program.has_envelope() { 0 } else { 2 });
        }
    }
}
