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
    /// Re-encryption from CBC to CTR.
    CbcToCtr = 6,
    /// Re-encryption from GCM to CTR.
    GcmToCtr = 7,
    /// Re-encryption from CTR to CBC.
    CtrToCbc = 8,
    /// Re-encryption from CTR to GCM.
    CtrToGcm = 9,
    /// Re-encryption from CTR to CTR.
    CtrToCtr = 10,
    /// Re-encryption from ECB to CBC.
    EcbToCbc = 11,
    /// Re-encryption from ECB to GCM.
    EcbToGcm = 12,
    /// Re-encryption from ECB to CTR.
    EcbToCtr = 13,
}

impl Which {
    pub(super) const ALL: [Self; 14] = [
        Self::ProcessEncrypt,
        Self::ProcessDecrypt,
        Self::CbcToGcm,
        Self::GcmToGcm,
        Self::CbcToCbc,
        Self::GcmToCbc,
        Self::CbcToCtr,
        Self::GcmToCtr,
        Self::CtrToCbc,
        Self::CtrToGcm,
        Self::CtrToCtr,
        Self::EcbToCbc,
        Self::EcbToGcm,
        Self::EcbToCtr,
    ];

    /// Its place in a set of programs.
    pub(super) fn bit(self) -> u16 {
        1 << self as u16
    }

    /// Its steps; `None` for none that a card accepts, which a test excludes.
    pub(super) fn program(self) -> Option<Program> {
        use StepKind::{CtrOpen, CtrSeal, EcbOpen, GcmOpen, GcmSeal};
        let [from_cbc, to_cbc] =
            [Step::new(StepKind::CbcOpen, 0).iv(), Step::new(StepKind::CbcSeal, 1).iv()];
        let [from_gcm, from_ctr, from_ecb] =
            [GcmOpen, CtrOpen, EcbOpen].map(|kind| Step::new(kind, 0));
        let [to_gcm, to_ctr] = [GcmSeal, CtrSeal].map(|kind| Step::new(kind, 1));
        let steps = match self {
            Self::ProcessEncrypt => return process(StepKind::OperateEncrypt),
            Self::ProcessDecrypt => return process(StepKind::OperateDecrypt),
            Self::CbcToGcm => [from_cbc, to_gcm],
            Self::GcmToGcm => [from_gcm, to_gcm],
            Self::CbcToCbc => [from_cbc, to_cbc],
            Self::GcmToCbc => [from_gcm, to_cbc],
            Self::CbcToCtr => [from_cbc, to_ctr],
            Self::GcmToCtr => [from_gcm, to_ctr],
            Self::CtrToCbc => [from_ctr, to_cbc],
            Self::CtrToGcm => [from_ctr, to_gcm],
            Self::CtrToCtr => [from_ctr, to_ctr],
            Self::EcbToCbc => [from_ecb, to_cbc],
            Self::EcbToGcm => [from_ecb, to_gcm],
            Self::EcbToCtr => [from_ecb, to_ctr],
        };
        Program::new(&steps).ok()
    }
}

fn process(operate: StepKind) -> Option<Program> {
    use StepKind::{CbcOpen, CbcSeal, MacCheck, MacSeal};
    let steps = [
        Step::new(MacCheck, 0),
        Step::new(CbcOpen, 1).envelope(),
        Step::new(operate, 2),
        Step::new(CbcSeal, 1).envelope(),
        Step::new(MacSeal, 0),
    ];
    Program::new(&steps).ok()
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
