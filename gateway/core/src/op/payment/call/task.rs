//! What to do, one variant for each kind of operation.

use crate::key::payment::MacHash;

use super::super::{MacMethod, Operation, Part};
use super::{
    Bytes, Card, ChipScheme, ChipSession, Cipher, ClaimedRule, Cryptogram, DynamicCard, Pin3624,
    PinBlock, PinForm, Response, TrackForm,
};

/// What to do.
pub enum Task {
    /// [`Operation::EncryptData`]
    Encrypt {
        /// How.
        cipher: Cipher,
        /// What.
        plaintext: Bytes,
    },
    /// [`Operation::DecryptData`]
    Decrypt {
        /// How.
        cipher: Cipher,
        /// What.
        ciphertext: Vec<u8>,
    },
    /// [`Operation::ReEncryptData`]
    ReEncrypt {
        /// How it is deciphered.
        incoming: Cipher,
        /// How it is enciphered.
        outgoing: Cipher,
        /// What.
        ciphertext: Vec<u8>,
        /// Whether the clear data has to be a track with a PAN, and how it is written.
        track: Option<TrackForm>,
    },
    /// [`Operation::TranslatePin`]
    TranslatePin {
        /// As it comes.
        incoming: PinBlock,
        /// As it goes.
        outgoing: PinForm,
    },
    /// [`Operation::VerifyPin3624`]
    VerifyPin3624 {
        /// The PIN.
        pin: PinBlock,
        /// What the caller takes the key's rule to be.
        rule: ClaimedRule,
        /// The offset.
        offset: Bytes,
        /// Length that the PIN must have.
        length: Option<u8>,
    },
    /// [`Operation::VerifyPinVisa`]
    VerifyPinVisa {
        /// The PIN.
        pin: PinBlock,
        /// The PAN that enters the value.
        pan: Bytes,
        /// Index of the key, 0 to 6.
        index: u8,
        /// The PVV.
        value: Bytes,
        /// Length that the PIN must have.
        length: Option<u8>,
    },
    /// [`Operation::GeneratePin3624`]
    GeneratePin3624 {
        /// Which PIN.
        which: Pin3624,
        /// What the caller takes the key's rule to be.
        rule: ClaimedRule,
        /// How it leaves.
        form: PinForm,
        /// Digits.
        length: u8,
    },
    /// [`Operation::GeneratePinVisa`]
    GeneratePinVisa {
        /// The PAN that enters the value.
        pan: Bytes,
        /// Index of the key, 0 to 6.
        index: u8,
        /// How it leaves.
        form: PinForm,
        /// Digits.
        length: u8,
    },
    /// [`Operation::GenerateOffset3624`]
    GenerateOffset3624 {
        /// The PIN.
        pin: PinBlock,
        /// What the caller takes the key's rule to be.
        rule: ClaimedRule,
    },
    /// [`Operation::GenerateValueVisa`]
    GenerateValueVisa {
        /// The PIN.
        pin: PinBlock,
        /// The PAN that enters the value.
        pan: Bytes,
        /// Index of the key, 0 to 6.
        index: u8,
    },
    /// [`Operation::GenerateMac`]
    GenerateMac {
        /// How.
        mac: Mac,
        /// Bytes of it; `None` is what the method has by itself.
        length: Option<u8>,
    },
    /// [`Operation::VerifyMac`]
    VerifyMac {
        /// How.
        mac: Mac,
        /// The MAC, cut on the right.
        claimed: Vec<u8>,
    },
    /// [`Operation::GenerateCardValue`]
    GenerateCardValue {
        /// Of which card.
        card: Card,
        /// Digits.
        length: u8,
    },
    /// [`Operation::VerifyCardValue`]
    VerifyCardValue {
        /// Of which card.
        card: Card,
        /// The value.
        claimed: Bytes,
    },
    /// [`Operation::GenerateDynamicValue`]
    GenerateDynamicValue {
        /// Of which card and transaction.
        card: DynamicCard,
        /// Digits.
        length: u8,
    },
    /// [`Operation::VerifyDynamicValue`]
    VerifyDynamicValue {
        /// Of which card and transaction.
        card: DynamicCard,
        /// The value.
        claimed: Bytes,
    },
    /// [`Operation::GenerateCryptogram`]
    GenerateCryptogram(Cryptogram),
    /// [`Operation::VerifyCryptogram`]
    VerifyCryptogram {
        /// Over what.
        cryptogram: Cryptogram,
        /// The chip's.
        claimed: [u8; 8],
        /// What to answer the chip.
        response: Option<Response>,
    },
    /// [`Operation::ChangeChipPin`]
    ChangeChipPin {
        /// The new PIN.
        pin: PinBlock,
        /// The script so far.
        message: Bytes,
        /// By whose rules.
        scheme: Box<ChipScheme>,
    },
}

/// A MAC to be made.
pub struct Mac {
    /// How.
    pub method: MacMethod,
    /// Which hash the caller takes that of an HMAC key to be; another is refused.
    pub hash: Option<MacHash>,
    /// How the ISO methods pad.
    pub padding: MacPadding,
    /// Over what.
    pub message: Bytes,
    /// Whose session key, for [`MacMethod::Emv`].
    pub chip: Option<ChipSession>,
}

/// How a MAC of an ISO method pads.
// spec: payments 6
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MacPadding {
    /// Zeros, to whole blocks.
    #[default]
    Zeros,
    /// A bit, then zeros, always.
    Bit,
}

impl Task {
    /// How the key in this part enciphers or deciphers data.
    pub fn cipher(&self, part: Part) -> Option<&Cipher> {
        match (self, part) {
            (Self::Encrypt { cipher, .. } | Self::Decrypt { cipher, .. }, Part::Data) => {
                Some(cipher)
            }
            (Self::ReEncrypt { incoming, .. }, Part::Incoming) => Some(incoming),
            (Self::ReEncrypt { outgoing, .. }, Part::Outgoing) => Some(outgoing),
            _ => None,
        }
    }

    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Encrypt { .. } => Operation::EncryptData,
            Self::Decrypt { .. } => Operation::DecryptData,
            Self::ReEncrypt { .. } => Operation::ReEncryptData,
            Self::TranslatePin { .. } => Operation::TranslatePin,
            Self::VerifyPin3624 { .. } => Operation::VerifyPin3624,
            Self::VerifyPinVisa { .. } => Operation::VerifyPinVisa,
            Self::GeneratePin3624 { .. } => Operation::GeneratePin3624,
            Self::GeneratePinVisa { .. } => Operation::GeneratePinVisa,
            Self::GenerateOffset3624 { .. } => Operation::GenerateOffset3624,
            Self::GenerateValueVisa { .. } => Operation::GenerateValueVisa,
            Self::GenerateMac { mac, .. } => Operation::GenerateMac(mac.method),
            Self::VerifyMac { mac, .. } => Operation::VerifyMac(mac.method),
            Self::GenerateCardValue { .. } => Operation::GenerateCardValue,
            Self::VerifyCardValue { .. } => Operation::VerifyCardValue,
            Self::GenerateDynamicValue { .. } => Operation::GenerateDynamicValue,
            Self::VerifyDynamicValue { .. } => Operation::VerifyDynamicValue,
            Self::GenerateCryptogram(_) => Operation::GenerateCryptogram,
            Self::VerifyCryptogram { .. } => Operation::VerifyCryptogram,
            Self::ChangeChipPin { .. } => Operation::ChangeChipPin,
        }
    }
}
