//! Shapes of keys that come in or leave.
// spec: aws-payment 7.5, 7.6

use super::shapes::{
    AGREED, ALGORITHM, AS2805, CERTIFICATE, CERTIFICATES, CHECK, FLAG, HEX, KEY, KEY_ATTRIBUTES,
    MODES, TEXT, TR34,
};
use crate::aws_payment::shape::{Alphabet, Choices, Member, Shape, Text};

/// Why initial keys are refused.
const INITIAL: &str = "is not served: initial keys of DUKPT are derived in terminals' own devices";
/// Why parameters for it are refused.
const NO_PARAMETERS: &str = "is not served: it needs no parameters";
/// Why another key than RSA is refused.
const RSA_ALONE: &str = "is not served: keys come in under RSA keys alone";
/// Why cryptograms do not leave.
const NO_CRYPTOGRAM: &str = "is not served: keys leave in key blocks alone";

const TOKEN: Shape = Shape::text(0, 96, Alphabet::Any);
const SPEC: Shape = Shape::choice(&["RSA_OAEP_SHA_256", "RSA_OAEP_SHA_512"]);
const NONCE: Shape = Shape::bytes(16, 32);
const FORMAT: Shape = Shape::choice(&["X9_TR34_2012"]);
const FUNCTION: Shape = Shape::choice(&["NIST_SP800", "ANSI_X963"]);
const HASH: Shape = Shape::choice(&["SHA_256", "SHA_384", "SHA_512"]);
const DERIVATION: Shape =
    Shape::Union(&[Member::optional("SharedInformation", &Shape::bytes(2, 2048))]);
const VARIANT: Shape = Shape::choice(&[
    "TERMINAL_MAJOR_KEY_VARIANT_00",
    "PIN_ENCRYPTION_KEY_VARIANT_28",
    "MESSAGE_AUTHENTICATION_KEY_VARIANT_24",
    "DATA_ENCRYPTION_KEY_VARIANT_22",
]);
const BLOCK: Shape = Shape::text(56, 9984, Alphabet::Alphanumeric);
const KEY_CRYPTOGRAM: Shape =
    Shape::Text(Text { min: 16, max: 4096, alphabet: Alphabet::UpperHex, lengths: &[] });

const AGREEMENT: [Member; 7] = [
    Member::new("PrivateKeyIdentifier", &KEY),
    Member::new("CertificateAuthorityPublicKeyIdentifier", &KEY),
    Member::new("PublicKeyCertificate", &CERTIFICATE),
    Member::new("DeriveKeyAlgorithm", &ALGORITHM),
    Member::new("KeyDerivationFunction", &FUNCTION),
    Member::new("KeyDerivationHashAlgorithm", &HASH),
    Member::new("DerivationData", &DERIVATION),
];

/// What comes in.
pub(super) const IMPORT: Shape = Shape::Union(&[
    Member::refused(
        "RootCertificatePublicKey",
        &Shape::Structure(&[
            Member::new("KeyAttributes", &KEY_ATTRIBUTES),
            Member::new("PublicKeyCertificate", &CERTIFICATE),
        ]),
        CERTIFICATES,
    ),
    Member::refused(
        "TrustedCertificatePublicKey",
        &Shape::Structure(&[
            Member::new("KeyAttributes", &KEY_ATTRIBUTES),
            Member::new("PublicKeyCertificate", &CERTIFICATE),
            Member::new("CertificateAuthorityPublicKeyIdentifier", &KEY),
        ]),
        CERTIFICATES,
    ),
    Member::optional(
        "Tr31KeyBlock",
        &Shape::Structure(&[
            Member::new("WrappingKeyIdentifier", &KEY),
            Member::new("WrappedKeyBlock", &BLOCK),
        ]),
    ),
    Member::refused(
        "Tr34KeyBlock",
        &Shape::Structure(&[
            Member::new("CertificateAuthorityPublicKeyIdentifier", &KEY),
            Member::new("SigningKeyCertificate", &CERTIFICATE),
            Member::optional("ImportToken", &TOKEN),
            Member::optional("WrappingKeyIdentifier", &KEY),
            Member::optional("WrappingKeyCertificate", &CERTIFICATE),
            Member::new("WrappedKeyBlock", &HEX),
            Member::new("KeyBlockFormat", &FORMAT),
            Member::optional("RandomNonce", &NONCE),
        ]),
        TR34,
    ),
    Member::optional(
        "KeyCryptogram",
        &Shape::Structure(&[
            Member::new("KeyAttributes", &KEY_ATTRIBUTES),
            Member::new("Exportable", &FLAG),
            Member::new("WrappedKeyCryptogram", &KEY_CRYPTOGRAM),
            Member::new("ImportToken", &TOKEN),
            Member::optional("WrappingSpec", &SPEC),
        ]),
    ),
    Member::refused(
        "DiffieHellmanTr31KeyBlock",
        &Shape::Structure(&[
            AGREEMENT[0],
            AGREEMENT[1],
            AGREEMENT[2],
            AGREEMENT[3],
            AGREEMENT[4],
            AGREEMENT[5],
            AGREEMENT[6],
            Member::new("WrappedKeyBlock", &BLOCK),
        ]),
        AGREED,
    ),
    Member::refused(
        "As2805KeyCryptogram",
        &Shape::Structure(&[
            Member::new("As2805KeyVariant", &VARIANT),
            Member::new("KeyModesOfUse", &MODES),
            Member::new("KeyAlgorithm", &ALGORITHM),
            Member::new("Exportable", &FLAG),
            Member::new("WrappingKeyIdentifier", &KEY),
            Member::new("WrappedKeyCryptogram", &KEY_CRYPTOGRAM),
        ]),
        AS2805,
    ),
]);

const BLOCK_NAME: Text =
    Text { min: 2, max: 2, alphabet: Alphabet::UpperAlphanumeric, lengths: &[] };
const BLOCK_TEXT: Text = Text { min: 1, max: 108, alphabet: Alphabet::Alphanumeric, lengths: &[] };
const HEADERS: Shape = Shape::Structure(&[
    Member::optional("KeyModesOfUse", &MODES),
    Member::optional(
        "KeyExportability",
        &Shape::choice(&["EXPORTABLE", "NON_EXPORTABLE", "SENSITIVE"]),
    ),
    Member::optional("KeyVersion", &Shape::text(2, 2, Alphabet::UpperAlphanumeric)),
    Member::optional("OptionalBlocks", &Shape::Map(&BLOCK_NAME, &BLOCK_TEXT)),
]);

/// What leaves.
pub(super) const EXPORT: Shape = Shape::Union(&[
    Member::optional(
        "Tr31KeyBlock",
        &Shape::Structure(&[
            Member::new("WrappingKeyIdentifier", &KEY),
            Member::optional("KeyBlockHeaders", &HEADERS),
        ]),
    ),
    Member::refused(
        "Tr34KeyBlock",
        &Shape::Structure(&[
            Member::new("CertificateAuthorityPublicKeyIdentifier", &KEY),
            Member::new("WrappingKeyCertificate", &CERTIFICATE),
            Member::optional("ExportToken", &TOKEN),
            Member::optional("SigningKeyIdentifier", &KEY),
            Member::optional("SigningKeyCertificate", &CERTIFICATE),
            Member::new("KeyBlockFormat", &FORMAT),
            Member::optional("RandomNonce", &NONCE),
            Member::optional("KeyBlockHeaders", &HEADERS),
        ]),
        TR34,
    ),
    Member::refused(
        "KeyCryptogram",
        &Shape::Structure(&[
            Member::new("CertificateAuthorityPublicKeyIdentifier", &KEY),
            Member::new("WrappingKeyCertificate", &CERTIFICATE),
            Member::optional("WrappingSpec", &SPEC),
        ]),
        NO_CRYPTOGRAM,
    ),
    Member::refused(
        "DiffieHellmanTr31KeyBlock",
        &Shape::Structure(&[
            AGREEMENT[0],
            AGREEMENT[1],
            AGREEMENT[2],
            AGREEMENT[3],
            AGREEMENT[4],
            AGREEMENT[5],
            AGREEMENT[6],
            Member::optional("KeyBlockHeaders", &HEADERS),
        ]),
        AGREED,
    ),
    Member::refused(
        "As2805KeyCryptogram",
        &Shape::Structure(&[
            Member::new("WrappingKeyIdentifier", &KEY),
            Member::new("As2805KeyVariant", &VARIANT),
        ]),
        AS2805,
    ),
]);

pub(super) const EXPORT_ATTRIBUTES: Shape = Shape::Structure(&[
    Member::refused(
        "ExportDukptInitialKey",
        &Shape::Structure(&[Member::new("KeySerialNumber", &Shape::hex_of(&[20, 24]))]),
        INITIAL,
    ),
    Member::optional("KeyCheckValueAlgorithm", &CHECK),
]);

/// A key that left.
pub(super) const EXPORTED: Shape = Shape::Structure(&[
    Member::new("WrappingKeyArn", &TEXT),
    Member::new("WrappedKeyMaterialFormat", &TEXT),
    Member::new("KeyMaterial", &TEXT),
    Member::optional("KeyCheckValue", &TEXT),
    Member::optional("KeyCheckValueAlgorithm", &TEXT),
]);

/// For which kind of material parameters are asked.
pub(super) const MATERIAL: Shape = Shape::Choice(Choices {
    words: &["KEY_CRYPTOGRAM"],
    refused: &[
        ("TR34_KEY_BLOCK", TR34),
        ("TR31_KEY_BLOCK", NO_PARAMETERS),
        ("ROOT_PUBLIC_KEY_CERTIFICATE", NO_PARAMETERS),
        ("TRUSTED_PUBLIC_KEY_CERTIFICATE", NO_PARAMETERS),
    ],
    ours: &[],
});

/// Keys under whose public halves keys come in.
pub(super) const WRAPPING: Shape = Shape::Choice(Choices {
    words: &["RSA_2048", "RSA_3072", "RSA_4096"],
    refused: &[
        ("TDES_2KEY", RSA_ALONE),
        ("TDES_3KEY", RSA_ALONE),
        ("AES_128", RSA_ALONE),
        ("AES_192", RSA_ALONE),
        ("AES_256", RSA_ALONE),
        ("HMAC_SHA224", RSA_ALONE),
        ("HMAC_SHA256", RSA_ALONE),
        ("HMAC_SHA384", RSA_ALONE),
        ("HMAC_SHA512", RSA_ALONE),
        ("ECC_NIST_P256", RSA_ALONE),
        ("ECC_NIST_P384", RSA_ALONE),
        ("ECC_NIST_P521", RSA_ALONE),
    ],
    ours: &[],
});
