//! Numbers of operations, and tags of what they need to know.
// spec: stream 8

/// What a record asks for.
pub mod operation {
    /// Applies the one operation of an Enigma Bridge object.
    pub const PROCESS_DATA: u16 = 0x0001;

    /// Enciphers.
    pub const ENCRYPT: u16 = 0x0101;
    /// Deciphers.
    pub const DECRYPT: u16 = 0x0102;
    /// From one key to another, shown to nobody.
    pub const REENCRYPT: u16 = 0x0103;
    /// A PIN block from one key and format to another.
    pub const TRANSLATE_PIN: u16 = 0x0104;
    /// A PIN against the offset of IBM 3624.
    pub const VERIFY_PIN_3624: u16 = 0x0105;
    /// A PIN against a VISA PVV.
    pub const VERIFY_PIN_VISA: u16 = 0x0106;
    /// A PIN by IBM 3624: the natural one, or that of an offset.
    pub const GENERATE_PIN_3624: u16 = 0x0107;
    /// A random PIN with its PVV.
    pub const GENERATE_PIN_VISA: u16 = 0x0108;
    /// The offset of a PIN.
    pub const GENERATE_OFFSET_3624: u16 = 0x0109;
    /// The PVV of a PIN.
    pub const GENERATE_VALUE_VISA: u16 = 0x010a;
    /// A MAC.
    pub const GENERATE_MAC: u16 = 0x010b;
    /// Checks a MAC.
    pub const VERIFY_MAC: u16 = 0x010c;
    /// CVV and its kin.
    pub const GENERATE_CARD_VALUE: u16 = 0x010d;
    /// Checks one.
    pub const VERIFY_CARD_VALUE: u16 = 0x010e;
    /// CVC3.
    pub const GENERATE_DYNAMIC_VALUE: u16 = 0x010f;
    /// Checks one.
    pub const VERIFY_DYNAMIC_VALUE: u16 = 0x0110;
    /// A chip's cryptogram.
    pub const GENERATE_CRYPTOGRAM: u16 = 0x0111;
    /// Checks one, and says what to answer.
    pub const VERIFY_CRYPTOGRAM: u16 = 0x0112;

    /// A token for a value.
    pub const TOKENIZE: u16 = 0x0201;
    /// The value of a token.
    pub const DETOKENIZE: u16 = 0x0202;
    /// The token of another domain.
    pub const RETOKENIZE: u16 = 0x0203;
    /// A token for a value that comes enciphered.
    pub const TOKENIZE_TRANSPORT: u16 = 0x0204;
    /// A PIN block with the card number of a token.
    pub const TOKEN_TRANSLATE_PIN: u16 = 0x0205;
    /// Whether a text can be a token.
    pub const VALIDATE: u16 = 0x0206;
    /// What stands beside a token.
    pub const LOOKUP: u16 = 0x0207;
    /// Has a token mean nothing any more.
    pub const DELETE: u16 = 0x0208;

    /// A signature under a key of an Encedo HEM instance.
    pub const SIGN: u16 = 0x0301;
    /// Checks one.
    pub const VERIFY: u16 = 0x0302;
    /// An HMAC under such a key.
    pub const HMAC: u16 = 0x0303;
    /// Checks one.
    pub const VERIFY_HMAC: u16 = 0x0304;
    /// Encrypts to such a key of RSA.
    pub const ENCRYPT_RSA: u16 = 0x0305;
    /// Decrypts with one.
    pub const DECRYPT_RSA: u16 = 0x0306;
}

/// Tags of parameters. Those of a key are of the record's handle; with [`SECOND`](tag::SECOND) or
/// [`THIRD`](tag::THIRD) added they are of another.
pub mod tag {
    /// Added to the tags of a second key.
    pub const SECOND: u8 = 0x40;
    /// Added to the tags of a third key.
    pub const THIRD: u8 = 0x80;

    /// Handle of a second or third key or domain: 4 bytes.
    pub const HANDLE: u8 = 0x01;
    /// How data is enciphered: see [`cipher`](super::cipher).
    pub const CIPHER: u8 = 0x02;
    /// First block.
    pub const IV: u8 = 0x03;
    /// Associated data of GCM.
    pub const AAD: u8 = 0x04;
    /// Nonce of GCM: 12 bytes.
    pub const NONCE: u8 = 0x05;
    /// Tag of GCM: 16 bytes.
    pub const TAG: u8 = 0x06;
    /// Key serial number, for a base key.
    pub const KSN: u8 = 0x07;
    /// What is derived from a base key: one byte.
    pub const DERIVED: u8 = 0x08;
    /// For which direction: one byte.
    pub const DIRECTION: u8 = 0x09;
    /// The key itself in a key block, under the key of the handle.
    pub const KEY_BLOCK: u8 = 0x0a;
    /// Format of a PIN block: one byte.
    pub const PIN_FORMAT: u8 = 0x0b;
    /// Card number that enters a PIN block.
    pub const PIN_PAN: u8 = 0x0c;

    /// Card number.
    pub const PAN: u8 = 0x10;
    /// Sequence number of a card: two digits.
    pub const SEQUENCE: u8 = 0x11;
    /// When a card ends: four digits.
    pub const EXPIRY: u8 = 0x12;
    /// Service code of a card: three digits.
    pub const SERVICE_CODE: u8 = 0x13;
    /// Length of what is asked for or was asked for: one byte.
    pub const LENGTH: u8 = 0x14;
    /// A MAC, PVV, value of a card, cryptogram or token that comes along, or offset or PVV of a PIN
    /// that was made.
    pub const VALUE: u8 = 0x15;
    /// Decimalisation table: 16 digits.
    pub const TABLE: u8 = 0x16;
    /// Validation data of IBM 3624.
    pub const VALIDATION: u8 = 0x17;
    /// What validation data is filled up with: one hexadecimal digit.
    pub const PAD: u8 = 0x18;
    /// Offset of IBM 3624.
    pub const OFFSET: u8 = 0x19;
    /// Index of a key for PVVs: one byte.
    pub const INDEX: u8 = 0x1a;
    /// How a MAC is computed: one byte.
    pub const METHOD: u8 = 0x1b;
    /// Hash of an HMAC: one byte.
    pub const HASH: u8 = 0x1c;
    /// How a MAC pads: one byte.
    pub const PADDING: u8 = 0x1d;
    /// How a track is written: one byte.
    pub const TRACK: u8 = 0x1e;
    /// How a card's keys come from the issuer's: one byte.
    pub const DERIVATION: u8 = 0x1f;
    /// How a session key of a chip is derived: one byte and what it needs.
    pub const SESSION: u8 = 0x20;
    /// The terminal's number in a transaction of a chip.
    pub const UNPREDICTABLE: u8 = 0x21;
    /// Counter of a chip's transactions.
    pub const COUNTER: u8 = 0x22;
    /// Authorisation response code: 2 bytes.
    pub const RESPONSE_CODE: u8 = 0x23;
    /// Card status update: 4 bytes, and what the issuer adds.
    pub const RESPONSE_STATUS: u8 = 0x24;

    /// How something is signed: see [`scheme`](super::scheme).
    pub const SCHEME: u8 = 0x25;
    /// Context of a signature: at most 255 bytes.
    pub const CONTEXT: u8 = 0x26;
    /// Hash of the mask of OAEP and PSS: one byte, see [`rsa_hash`](super::rsa_hash).
    pub const MASK_HASH: u8 = 0x27;
    /// Bytes of the salt of PSS: 2 bytes.
    pub const SALT: u8 = 0x28;
    /// Whether the data is the hash of what is signed: one byte, 0 or 1.
    pub const DIGEST: u8 = 0x29;
    /// Label of OAEP.
    pub const LABEL: u8 = 0x2a;

    /// Why a value is asked for.
    pub const PURPOSE: u8 = 0x30;
    /// How much of a value is told: one byte.
    pub const MASK: u8 = 0x31;
    /// How long a token shall live: milliseconds, 8 bytes.
    pub const LIFE: u8 = 0x32;
    /// A name and a value beside a token; any number of times. The name has two bytes in front
    /// that say how long it is.
    pub const METADATA: u8 = 0x33;
    /// Of an answer: until when a token lives, milliseconds since 1970, 8 bytes.
    pub const ENDS: u8 = 0x34;
    /// Of an answer: when a token was made, milliseconds since 1970, 8 bytes.
    pub const CREATED: u8 = 0x35;
    /// Of an answer: the version of the key of a token, one byte.
    pub const VERSION: u8 = 0x36;
}

/// Values of [`tag::CIPHER`].
pub mod cipher {
    /// ECB.
    pub const ECB: u8 = 0x00;
    /// CBC.
    pub const CBC: u8 = 0x01;
    /// Feedback of a block, whatever its size.
    pub const CFB: u8 = 0x02;
    /// Feedback of a bit.
    pub const CFB1: u8 = 0x03;
    /// Feedback of 8 bits.
    pub const CFB8: u8 = 0x04;
    /// Feedback of 64 bits.
    pub const CFB64: u8 = 0x05;
    /// Feedback of 128 bits.
    pub const CFB128: u8 = 0x06;
    /// Output feedback.
    pub const OFB: u8 = 0x07;
    /// Counter.
    pub const CTR: u8 = 0x08;
    /// GCM.
    pub const GCM: u8 = 0x10;
    /// RSAES-PKCS1-v1_5.
    pub const PKCS1: u8 = 0x20;
    /// OAEP with SHA-1.
    pub const OAEP_SHA1: u8 = 0x21;
    /// OAEP with SHA-256.
    pub const OAEP_SHA256: u8 = 0x22;
    /// OAEP with SHA-512.
    pub const OAEP_SHA512: u8 = 0x23;
    /// OAEP with SHA-384, of keys of security modules.
    pub const OAEP_SHA384: u8 = 0x24;
    /// ECB under a session key of a chip.
    pub const CHIP_ECB: u8 = 0x30;
    /// CBC under a session key of a chip.
    pub const CHIP_CBC: u8 = 0x31;
}

/// Values of [`tag::SCHEME`].
pub mod scheme {
    /// ECDSA over SHA-256.
    pub const ECDSA_SHA256: u8 = 0x00;
    /// ECDSA over SHA-384.
    pub const ECDSA_SHA384: u8 = 0x01;
    /// ECDSA over SHA-512.
    pub const ECDSA_SHA512: u8 = 0x02;
    /// Ed25519.
    pub const ED25519: u8 = 0x10;
    /// Ed25519 over a hash.
    pub const ED25519_PH: u8 = 0x11;
    /// Ed25519 with a context.
    pub const ED25519_CTX: u8 = 0x12;
    /// Ed448.
    pub const ED448: u8 = 0x13;
    /// Ed448 over a hash.
    pub const ED448_PH: u8 = 0x14;
    /// ML-DSA.
    pub const ML_DSA: u8 = 0x20;
    /// RSASSA-PKCS1-v1_5 over SHA-1.
    pub const PKCS1_SHA1: u8 = 0x30;
    /// RSASSA-PKCS1-v1_5 over SHA-256.
    pub const PKCS1_SHA256: u8 = 0x31;
    /// RSASSA-PKCS1-v1_5 over SHA-384.
    pub const PKCS1_SHA384: u8 = 0x32;
    /// RSASSA-PKCS1-v1_5 over SHA-512.
    pub const PKCS1_SHA512: u8 = 0x33;
    /// RSASSA-PSS over SHA-1.
    pub const PSS_SHA1: u8 = 0x40;
    /// RSASSA-PSS over SHA-256.
    pub const PSS_SHA256: u8 = 0x41;
    /// RSASSA-PSS over SHA-384.
    pub const PSS_SHA384: u8 = 0x42;
    /// RSASSA-PSS over SHA-512.
    pub const PSS_SHA512: u8 = 0x43;
}

/// Values of [`tag::MASK_HASH`].
pub mod rsa_hash {
    /// SHA-1.
    pub const SHA1: u8 = 0x00;
    /// SHA-256.
    pub const SHA256: u8 = 0x01;
    /// SHA-384.
    pub const SHA384: u8 = 0x02;
    /// SHA-512.
    pub const SHA512: u8 = 0x03;
}

/// Value of [`tag::SALT`]: as much as fits, of a check as much as there is.
pub const SALT_ANY: u16 = 0xffff;
