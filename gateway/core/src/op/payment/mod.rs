//! Payment operations, and which key plays which part in them.

pub mod access;
mod call;
pub mod keys;
mod table;
#[cfg(test)]
mod tests;

pub use call::{
    Account, Answer, Answered, Bytes, Call, Card, ChipCard, ChipScheme, ChipSession, Cipher,
    ClaimedRule, Cryptogram, DerivationOption, Direction, Done, Dukpt, DukptKeyType, DynamicCard,
    Encrypted, KeyRef, Mac, MacPadding, Mode, NamedKey, Pin3624, PinBlock, PinForm, RefName,
    Request, Response, RsaPadding, ScriptStyle, SeenKey, SessionKey, Source, Task, TrackForm,
};
pub use table::{WRAPPED, fits, fits_in_object, is_served};

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Enciphers data that the caller shows.
    EncryptData,
    /// Shows data.
    DecryptData,
    /// From one key to another, shown to nobody.
    ReEncryptData,
    /// A PIN block from one key and format to another.
    TranslatePin,
    /// Against the offset of IBM 3624.
    VerifyPin3624,
    /// Against a VISA PVV.
    VerifyPinVisa,
    /// A natural PIN, a random one with its offset, one from its offset.
    GeneratePin3624,
    /// A random PIN with its PVV.
    GeneratePinVisa,
    /// The offset of a PIN that comes in a block.
    GenerateOffset3624,
    /// The PVV of a PIN that comes in a block.
    GenerateValueVisa,
    /// A MAC.
    GenerateMac(MacMethod),
    /// Its check.
    VerifyMac(MacMethod),
    /// CVV and its kin.
    GenerateCardValue,
    /// Their check.
    VerifyCardValue,
    /// CVC3.
    GenerateDynamicValue,
    /// Its check.
    VerifyDynamicValue,
    /// A chip's cryptogram, made in its place.
    GenerateCryptogram,
    /// A chip's cryptogram, with or without the answer to it.
    VerifyCryptogram,
    /// The script by which a chip gets another PIN.
    ChangeChipPin,
    /// Brings in a key block.
    ImportKey,
    /// Writes a key block of a stored key.
    ExportKey,
    /// From an agreed key to a stored one, a key block.
    TranslateKey,
}

/// How a MAC is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MacMethod {
    /// ISO 16609.
    Iso16609,
    /// ISO 9797-1, algorithm 1.
    Iso1,
    /// ISO 9797-1, algorithm 3.
    Iso3,
    /// CMAC.
    Cmac,
    /// HMAC.
    Hmac,
    /// ISO 9797-1, algorithm 1, under a DUKPT key.
    DukptIso1,
    /// ISO 9797-1, algorithm 3, under a DUKPT key.
    DukptIso3,
    /// CMAC under a DUKPT key.
    DukptCmac,
    /// HMAC under a DUKPT key.
    DukptHmac,
    /// Under a session key of a chip.
    Emv,
}

/// What a key does in an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Enciphers or deciphers the caller's data.
    Data,
    /// Deciphers what comes.
    Incoming,
    /// Enciphers what goes.
    Outgoing,
    /// Deciphers a PIN block.
    PinIn,
    /// Enciphers a PIN block.
    PinOut,
    /// Unwraps a key that came in the request.
    Unwrapping,
    /// Verifies PINs.
    Verification,
    /// Makes PINs, offsets and PVVs.
    Generation,
    /// Authenticates.
    Mac,
    /// Makes and verifies values of cards.
    Card,
    /// Cryptograms of chips.
    Cryptogram,
    /// MACs of scripts.
    Integrity,
    /// Encipherment of scripts.
    Confidentiality,
    /// Protects a key block.
    Protection,
    /// Leaves in a key block.
    Exported,
    /// Agrees upon the key that protects a key block.
    Agreement,
    /// Signed the certificate of the other party.
    Authority,
}

impl MacMethod {
    /// Every method.
    pub const ALL: [Self; 10] = [
        Self::Iso16609,
        Self::Iso1,
        Self::Iso3,
        Self::Cmac,
        Self::Hmac,
        Self::DukptIso1,
        Self::DukptIso3,
        Self::DukptCmac,
        Self::DukptHmac,
        Self::Emv,
    ];
}

impl Operation {
    /// Every operation that is not a MAC.
    const SINGLE: [Self; 20] = [
        Self::EncryptData,
        Self::DecryptData,
        Self::ReEncryptData,
        Self::TranslatePin,
        Self::VerifyPin3624,
        Self::VerifyPinVisa,
        Self::GeneratePin3624,
        Self::GeneratePinVisa,
        Self::GenerateOffset3624,
        Self::GenerateValueVisa,
        Self::GenerateCardValue,
        Self::VerifyCardValue,
        Self::GenerateDynamicValue,
        Self::VerifyDynamicValue,
        Self::GenerateCryptogram,
        Self::VerifyCryptogram,
        Self::ChangeChipPin,
        Self::ImportKey,
        Self::ExportKey,
        Self::TranslateKey,
    ];

    /// Every operation.
    pub fn all() -> impl Iterator<Item = Self> {
        let macs = |make: fn(MacMethod) -> Self| MacMethod::ALL.into_iter().map(make);
        Self::SINGLE.into_iter().chain(macs(Self::GenerateMac)).chain(macs(Self::VerifyMac))
    }

    /// The parts without which it cannot be done; a wrapped key fills one as a stored key does.
    pub fn parts(self) -> &'static [Part] {
        match self {
            Self::EncryptData | Self::DecryptData => &[Part::Data],
            Self::ReEncryptData | Self::TranslatePin => &[Part::Incoming, Part::Outgoing],
            Self::VerifyPin3624 | Self::VerifyPinVisa => &[Part::PinIn, Part::Verification],
            Self::GeneratePin3624 | Self::GeneratePinVisa => &[Part::PinOut, Part::Generation],
            Self::GenerateOffset3624 | Self::GenerateValueVisa => &[Part::PinIn, Part::Generation],
            Self::GenerateMac(_) | Self::VerifyMac(_) => &[Part::Mac],
            Self::GenerateCardValue
            | Self::VerifyCardValue
            | Self::GenerateDynamicValue
            | Self::VerifyDynamicValue => &[Part::Card],
            Self::GenerateCryptogram | Self::VerifyCryptogram => &[Part::Cryptogram],
            Self::ChangeChipPin => &[Part::PinIn, Part::Integrity, Part::Confidentiality],
            Self::ImportKey => &[Part::Protection],
            Self::ExportKey => &[Part::Exported, Part::Protection],
            Self::TranslateKey => &[Part::Agreement, Part::Protection],
        }
    }

    /// A part that it may also have: Visa's PIN change enters a session key of the cryptogram key;
    /// a stored authority vouches for the other party of an agreement.
    pub fn optional_part(self) -> Option<Part> {
        match self {
            Self::ChangeChipPin => Some(Part::Cryptogram),
            Self::TranslateKey => Some(Part::Authority),
            _ => None,
        }
    }

    /// The two parts between which a secret passes unseen: whoever knows the second key reads it,
    /// of PINs that are made or verified whoever knows either, so the pair needs a grant of its
    /// own. Verification needs one where a key was brought in.
    // spec: payments 9
    pub fn passage(self) -> Option<(Part, Part)> {
        match self {
            Self::ReEncryptData | Self::TranslatePin => Some((Part::Incoming, Part::Outgoing)),
            Self::GeneratePin3624 | Self::GeneratePinVisa => Some((Part::Generation, Part::PinOut)),
            Self::GenerateOffset3624 | Self::GenerateValueVisa => {
                Some((Part::PinIn, Part::Generation))
            }
            Self::VerifyPin3624 | Self::VerifyPinVisa => Some((Part::PinIn, Part::Verification)),
            Self::ChangeChipPin => Some((Part::PinIn, Part::Confidentiality)),
            Self::TranslateKey => Some((Part::Agreement, Part::Protection)),
            _ => None,
        }
    }

    /// The part whose key a failure is counted for; `None` where a failure tells nothing about
    /// another's secret. Re-encryption counts when it extracts a PAN.
    // spec: payments 1.4, 5.1
    pub fn counted_part(self) -> Option<Part> {
        match self {
            Self::ReEncryptData | Self::TranslatePin => Some(Part::Incoming),
            Self::VerifyPin3624 | Self::VerifyPinVisa => Some(Part::Verification),
            Self::GenerateOffset3624 | Self::GenerateValueVisa => Some(Part::PinIn),
            Self::ChangeChipPin => Some(Part::PinIn),
            Self::VerifyMac(_) => Some(Part::Mac),
            Self::VerifyCardValue | Self::VerifyDynamicValue => Some(Part::Card),
            Self::VerifyCryptogram => Some(Part::Cryptogram),
            _ => None,
        }
    }

    /// Whether its key in `part` computes by a table and validation data of its own.
    pub(crate) fn needs_pin_rule(self, part: Part) -> bool {
        matches!(
            (self, part),
            (Self::VerifyPin3624, Part::Verification)
                | (Self::GeneratePin3624 | Self::GenerateOffset3624, Part::Generation)
        )
    }

    /// Whether it changes what the store holds or lets a stored key out.
    pub fn is_control(self) -> bool {
        matches!(self, Self::ImportKey | Self::ExportKey)
    }

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::EncryptData => "encrypt_data",
            Self::DecryptData => "decrypt_data",
            Self::ReEncryptData => "reencrypt_data",
            Self::TranslatePin => "translate_pin",
            Self::VerifyPin3624 => "verify_pin_3624",
            Self::VerifyPinVisa => "verify_pin_visa",
            Self::GeneratePin3624 => "generate_pin_3624",
            Self::GeneratePinVisa => "generate_pin_visa",
            Self::GenerateOffset3624 => "generate_offset_3624",
            Self::GenerateValueVisa => "generate_value_visa",
            Self::GenerateMac(method) => method.names().0,
            Self::VerifyMac(method) => method.names().1,
            Self::GenerateCardValue => "generate_card_value",
            Self::VerifyCardValue => "verify_card_value",
            Self::GenerateDynamicValue => "generate_dynamic_value",
            Self::VerifyDynamicValue => "verify_dynamic_value",
            Self::GenerateCryptogram => "generate_cryptogram",
            Self::VerifyCryptogram => "verify_cryptogram",
            Self::ChangeChipPin => "change_chip_pin",
            Self::ImportKey => "import_key_block",
            Self::ExportKey => "export_key_block",
            Self::TranslateKey => "translate_key_block",
        }
    }
}

impl MacMethod {
    /// Names of making and checking it.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Iso16609 => ("generate_mac_16609", "verify_mac_16609"),
            Self::Iso1 => ("generate_mac_iso1", "verify_mac_iso1"),
            Self::Iso3 => ("generate_mac_iso3", "verify_mac_iso3"),
            Self::Cmac => ("generate_mac_cmac", "verify_mac_cmac"),
            Self::Hmac => ("generate_mac_hmac", "verify_mac_hmac"),
            Self::DukptIso1 => ("generate_mac_dukpt_iso1", "verify_mac_dukpt_iso1"),
            Self::DukptIso3 => ("generate_mac_dukpt_iso3", "verify_mac_dukpt_iso3"),
            Self::DukptCmac => ("generate_mac_dukpt_cmac", "verify_mac_dukpt_cmac"),
            Self::DukptHmac => ("generate_mac_dukpt_hmac", "verify_mac_dukpt_hmac"),
            Self::Emv => ("generate_mac_emv", "verify_mac_emv"),
        }
    }
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 17] = [
        Self::Data,
        Self::Incoming,
        Self::Outgoing,
        Self::PinIn,
        Self::PinOut,
        Self::Unwrapping,
        Self::Verification,
        Self::Generation,
        Self::Mac,
        Self::Card,
        Self::Cryptogram,
        Self::Integrity,
        Self::Confidentiality,
        Self::Protection,
        Self::Exported,
        Self::Agreement,
        Self::Authority,
    ];
}
