//! What a caller asks of a payment operation, in values of no dialect.
//!
//! Nothing is checked here but what the types say: lengths and alphabets are the engine's to judge,
//! so that every dialect is judged alike.

use super::{MacMethod, Operation, Part};
use crate::error::Error;
use crate::id::{KeyId, PartitionId};
use crate::key::payment::MacHash;
use crate::secret::Secret;

/// Digits or bytes that are wiped: PANs, PINs, clear data.
pub type Bytes = Secret<Vec<u8>>;

/// A request.
pub enum Request {
    /// One operation.
    One(Box<Call>),
    /// Several of one kind, each answered in its place; one that could not be read fails alone.
    Batch {
        /// Of which kind.
        operation: Operation,
        /// The operations.
        calls: Vec<Result<Call, Error>>,
    },
}

/// One operation with its keys.
pub struct Call {
    /// The keys, each in its part; see [`Operation::parts`].
    pub keys: Vec<NamedKey>,
    /// What to do.
    pub task: Task,
}

/// A key in its part, as the caller named it.
pub struct NamedKey {
    /// What it does.
    pub part: Part,
    /// Where it is.
    pub source: Source,
    /// The transaction, if it is a base key.
    pub dukpt: Option<Dukpt>,
}

/// Where a key is.
pub enum Source {
    /// In the store.
    Stored(KeyRef),
    /// In a key block of the request.
    Block {
        /// The block.
        text: Bytes,
        /// The stored key that protects it.
        under: KeyRef,
    },
}

/// How a caller names a stored key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// The account that a full name says; it has to be the caller's.
    pub account: Option<Account>,
    /// Which key of it.
    pub name: RefName,
}

/// Which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefName {
    /// By identity.
    Id(KeyId),
    /// By an alias, without `alias/`.
    Alias(String),
}

/// The number of twelve digits by which full names of keys say whose they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account(pub u64);

impl Account {
    const NUMBERS: u64 = 1_000_000_000_000;

    /// That of a partition.
    pub fn of(partition: PartitionId) -> Self {
        let number = u128::from_be_bytes(partition.0) % u128::from(Self::NUMBERS);
        Self(u64::try_from(number).unwrap_or_default())
    }
}

/// A transaction of a DUKPT key.
// spec: payments 3.3
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dukpt {
    /// Key serial number.
    pub ksn: Vec<u8>,
    /// What to derive; `None` is what the base key's algorithm has by itself.
    pub key_type: Option<DukptKeyType>,
    /// For which direction.
    pub direction: Direction,
}

/// What is derived from a DUKPT key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DukptKeyType {
    /// Triple DES with two keys.
    Tdes2,
    /// Triple DES with three keys.
    Tdes3,
    /// AES-128
    Aes128,
    /// AES-192
    Aes192,
    /// AES-256
    Aes256,
}

/// For which direction a working key is derived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the terminal.
    Request,
    /// To the terminal.
    Response,
    /// Both.
    #[default]
    Both,
}

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

/// How data is enciphered.
pub enum Cipher {
    /// Under the key, or the working key derived from it.
    Block {
        /// The mode.
        mode: Mode,
        /// IV; zeros where a mode that needs one has none.
        iv: Option<Vec<u8>>,
    },
    /// GCM.
    Gcm {
        /// Associated data; `None` is partition, key and version, as
        /// [`bound`](Self::bound) writes them.
        aad: Option<Vec<u8>>,
        /// Of what is deciphered; the gateway makes it otherwise.
        nonce: Option<[u8; 12]>,
        /// Of what is deciphered.
        tag: Option<[u8; 16]>,
    },
    /// RSA, of the key itself.
    Rsa(RsaPadding),
    /// Under a session key of a chip.
    Chip {
        /// Whose.
        card: ChipCard,
        /// What its session key is derived from.
        derivation: [u8; 8],
        /// [`Mode::Ecb`] or [`Mode::Cbc`].
        mode: Mode,
        /// IV; zeros without.
        iv: Option<Vec<u8>>,
    },
}

impl Cipher {
    /// The associated data that binds a message to its key.
    // spec: payments 7
    pub fn bound(partition: PartitionId, key: KeyId, version: u32) -> Vec<u8> {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        format!("{}|{}|{version}", hex(&partition.0), hex(&key.0)).into_bytes()
    }
}

/// Modes of block ciphers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Blocks alone.
    Ecb,
    /// Chained.
    Cbc,
    /// Feedback of a block, whatever its size.
    Cfb,
    /// Feedback of one bit.
    Cfb1,
    /// Of eight.
    Cfb8,
    /// Of 64.
    Cfb64,
    /// Of 128.
    Cfb128,
    /// Output feedback.
    Ofb,
    /// Counter.
    Ctr,
}

/// How RSA pads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaPadding {
    /// RSAES-PKCS1-v1_5
    Pkcs1,
    /// OAEP with SHA-1.
    OaepSha1,
    /// OAEP with SHA-256.
    OaepSha256,
    /// OAEP with SHA-512.
    OaepSha512,
}

/// How a track is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackForm {
    /// `;PAN=`
    Ascii,
    /// Two digits to a byte, D between.
    Packed,
}

/// A PIN block.
pub struct PinBlock {
    /// Format and PAN.
    pub form: PinForm,
    /// Enciphered.
    pub block: Vec<u8>,
}

/// How a PIN block is written.
pub struct PinForm {
    /// ISO 9564 format 0, 1, 3 or 4.
    pub format: u8,
    /// Where the format has one.
    pub pan: Option<Bytes>,
}

/// What a caller takes the rule of a key for IBM 3624 to be.
pub struct ClaimedRule {
    /// 16 digits.
    pub table: Bytes,
    /// Digits.
    pub validation: Bytes,
    /// One hexadecimal digit.
    pub pad: u8,
}

/// Which PIN IBM 3624 gives.
pub enum Pin3624 {
    /// What validation data and key say.
    Natural,
    /// A random one, with its offset.
    Random,
    /// That of an offset.
    OfOffset(Bytes),
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

/// What enters a card's value.
pub struct Card {
    /// PAN.
    pub pan: Bytes,
    /// Four digits.
    pub expiry: Bytes,
    /// Three digits.
    pub service_code: Bytes,
}

/// What enters the CVC3 of a transaction.
pub struct DynamicCard {
    /// PAN.
    pub pan: Bytes,
    /// Two digits.
    pub sequence: Bytes,
    /// The chip's track.
    pub track: Bytes,
    /// The terminal's number.
    pub unpredictable: Vec<u8>,
    /// Application transaction counter.
    pub atc: Vec<u8>,
}

/// A chip card.
pub struct ChipCard {
    /// How its keys come from the issuer's.
    pub option: DerivationOption,
    /// PAN.
    pub pan: Bytes,
    /// Two digits.
    pub sequence: Bytes,
}

/// How a card's keys come from the issuer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerivationOption {
    /// Option A.
    A,
    /// Option B.
    B,
}

/// A session with a chip.
pub struct ChipSession {
    /// The card.
    pub card: ChipCard,
    /// How its key is derived.
    pub key: SessionKey,
}

/// How a session key comes from a card's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionKey {
    /// It is the card's.
    Card,
    /// EMV common session key, of the counter.
    Common([u8; 2]),
    /// The same of a cryptogram.
    OfCryptogram([u8; 8]),
    /// Mastercard's: counter and the terminal's number.
    Mastercard([u8; 2], [u8; 4]),
    /// EMV 2000.
    Emv2000([u8; 2]),
    /// Visa's, for scripts.
    Visa([u8; 2]),
}

/// A cryptogram to be made.
pub struct Cryptogram {
    /// The session.
    pub session: ChipSession,
    /// Over what, without padding.
    pub data: Bytes,
}

/// What to answer a chip.
pub enum Response {
    /// By method 1, with an authorisation response code.
    Code([u8; 2]),
    /// By method 2, with a card status update and what the issuer adds.
    Status([u8; 4], Vec<u8>),
}

/// By whose rules a chip's PIN is changed.
pub struct ChipScheme {
    /// The card.
    pub card: ChipCard,
    /// Session keys of the script.
    pub key: SessionKey,
    /// How the block is enciphered and padded.
    pub style: ScriptStyle,
    /// Under which layout of Visa, with the PIN that the card has, the PIN is put into a block.
    pub current: Option<PinBlock>,
    /// Whether Visa's layout is used.
    pub is_visa: bool,
}

/// How a script's data is enciphered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptStyle {
    /// CBC, padded.
    Emv,
    /// Mastercard.
    Mastercard,
    /// Visa.
    Visa,
}

impl Task {
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

impl Request {
    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self {
            Self::One(call) => call.task.operation(),
            Self::Batch { operation, .. } => *operation,
        }
    }
}

/// What comes of a request.
pub enum Answer {
    /// Of [`Request::One`].
    One(Box<Answered>),
    /// Of [`Request::Batch`], each in its place.
    Batch(Vec<Result<Answered, Error>>),
}

/// What comes of one operation.
pub struct Answered {
    /// Whose keys they are.
    pub account: Account,
    /// The stored keys that took part; of a key block the one that protects it.
    pub keys: Vec<SeenKey>,
    /// The result.
    pub done: Done,
}

/// A key that took part.
pub struct SeenKey {
    /// In which part.
    pub part: Part,
    /// Which.
    pub key: KeyId,
    /// Its check value.
    pub check_value: Vec<u8>,
}

/// The result of an operation.
pub enum Done {
    /// Ciphertext; nonce and tag of GCM.
    Encrypted(Encrypted),
    /// Clear data.
    Decrypted(Bytes),
    /// A PIN block.
    PinBlock(Vec<u8>),
    /// A PIN block and the offset or PVV of its PIN, where one was asked for.
    Pin {
        /// The block.
        block: Vec<u8>,
        /// Digits.
        value: Option<Bytes>,
    },
    /// Digits of a card.
    CardValue(Bytes),
    /// A MAC or cryptogram.
    Mac(Vec<u8>),
    /// What was claimed is true; what to answer a chip.
    Verified(Option<Vec<u8>>),
    /// A script: the enciphered PIN block and the MAC of the whole.
    Script {
        /// The block.
        block: Vec<u8>,
        /// The MAC.
        mac: Vec<u8>,
    },
}

/// Enciphered data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// The data.
    pub ciphertext: Vec<u8>,
    /// Of GCM.
    pub nonce: Option<[u8; 12]>,
    /// Of GCM.
    pub tag: Option<[u8; 16]>,
}
