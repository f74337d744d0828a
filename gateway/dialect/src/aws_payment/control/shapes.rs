//! Shapes that several operations share.
// spec: aws-payment 7

use crate::aws_payment::shape::{Alphabet, Choices, Member, Shape};

/// Why keys of several regions are refused.
pub(super) const REGIONS: &str = "is not served: a gateway is one place";
/// Why approval by teams is refused.
pub(super) const TEAMS: &str = "is not served: custodians approve at the gateway itself";
/// Why policies of resources are refused.
pub(super) const POLICIES: &str =
    "is not served: what an access key may do is said at the gateway itself";
/// Why certificates are refused.
pub(super) const CERTIFICATES: &str = "is not served: keys come and go without certificates";
/// Why TR-34 is refused.
pub(super) const TR34: &str = "is not served: TR-34 is not";
/// Why agreed keys are refused.
pub(super) const AGREED: &str = "is not served: keys are not agreed upon";
/// Why the Australian standard is refused.
pub(super) const AS2805: &str = "is not served: the algorithms of AS 2805 are not public";
/// Why half a pair is refused.
const HALF: &str = "is not served: pairs are made here and stay whole";

pub(super) const KEY: Shape = Shape::Key;
pub(super) const TEXT: Shape = Shape::Answer;
pub(super) const FLAG: Shape = Shape::Flag;
pub(super) const ALIAS: Shape = Shape::text(7, 256, Alphabet::Any);
pub(super) const COUNT: Shape = Shape::Number(1, 100);
pub(super) const NEXT: Shape = Shape::bytes(2, 8192);
pub(super) const REGION_LIST: Shape = Shape::List(&Shape::text(1, 32, Alphabet::Any), 64);
pub(super) const CERTIFICATE: Shape = Shape::text(1, 32768, Alphabet::Any);
pub(super) const HEX: Shape = Shape::bytes(2, 4096);
pub(super) const COMMENT: Shape = Shape::text(0, 200, Alphabet::Any);

const TAG_NAME: Shape = Shape::text(1, 128, Alphabet::Any);
pub(super) const TAG_NAMES: Shape = Shape::List(&TAG_NAME, 200);
pub(super) const TAGS: Shape = Shape::List(
    &Shape::Structure(&[
        Member::new("Key", &TAG_NAME),
        Member::new("Value", &Shape::text(0, 256, Alphabet::Any)),
    ]),
    200,
);

/// Kinds of check values, in the order of [`CheckKind::ALL`](typex_core::op::payment::keys).
pub(super) const CHECK_WORDS: [&str; 4] = ["ANSI_X9_24", "CMAC", "HMAC", "SHA_1"];
pub(super) const CHECK: Shape = Shape::choice(&CHECK_WORDS);

/// Usages: the code of each stands in the characters after `TR31_`.
pub(super) const USAGE_WORDS: [&str; 24] = [
    "TR31_B0_BASE_DERIVATION_KEY",
    "TR31_C0_CARD_VERIFICATION_KEY",
    "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY",
    "TR31_D1_ASYMMETRIC_KEY_FOR_DATA_ENCRYPTION",
    "TR31_E0_EMV_MKEY_APP_CRYPTOGRAMS",
    "TR31_E1_EMV_MKEY_CONFIDENTIALITY",
    "TR31_E2_EMV_MKEY_INTEGRITY",
    "TR31_E4_EMV_MKEY_DYNAMIC_NUMBERS",
    "TR31_E5_EMV_MKEY_CARD_PERSONALIZATION",
    "TR31_E6_EMV_MKEY_OTHER",
    "TR31_K0_KEY_ENCRYPTION_KEY",
    "TR31_K1_KEY_BLOCK_PROTECTION_KEY",
    "TR31_K3_ASYMMETRIC_KEY_FOR_KEY_AGREEMENT",
    "TR31_M0_ISO_16609_MAC_KEY",
    "TR31_M3_ISO_9797_3_MAC_KEY",
    "TR31_M1_ISO_9797_1_MAC_KEY",
    "TR31_M6_ISO_9797_5_CMAC_KEY",
    "TR31_M7_HMAC_KEY",
    "TR31_P0_PIN_ENCRYPTION_KEY",
    "TR31_P1_PIN_GENERATION_KEY",
    "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE",
    "TR31_V1_IBM3624_PIN_VERIFICATION_KEY",
    "TR31_V2_VISA_PIN_VERIFICATION_KEY",
    "TR31_K2_TR34_ASYMMETRIC_KEY",
];
pub(super) const USAGE: Shape = Shape::choice(&USAGE_WORDS);

/// Algorithms, in the order of [`Algorithm::ALL`](typex_core::key::payment::Algorithm::ALL).
pub(super) const ALGORITHM_WORDS: [&str; 15] = [
    "TDES_2KEY",
    "TDES_3KEY",
    "AES_128",
    "AES_192",
    "AES_256",
    "HMAC_SHA224",
    "HMAC_SHA256",
    "HMAC_SHA384",
    "HMAC_SHA512",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
];
pub(super) const ALGORITHM: Shape = Shape::choice(&ALGORITHM_WORDS);

const CLASS: Shape = Shape::Choice(Choices {
    words: &["SYMMETRIC_KEY", "ASYMMETRIC_KEY_PAIR"],
    refused: &[("PRIVATE_KEY", HALF), ("PUBLIC_KEY", HALF)],
    ours: &[],
});

pub(super) const MODES: Shape = Shape::Structure(&[
    Member::optional("Encrypt", &FLAG),
    Member::optional("Decrypt", &FLAG),
    Member::optional("Wrap", &FLAG),
    Member::optional("Unwrap", &FLAG),
    Member::optional("Generate", &FLAG),
    Member::optional("Sign", &FLAG),
    Member::optional("Verify", &FLAG),
    Member::optional("DeriveKey", &FLAG),
    Member::optional("NoRestrictions", &FLAG),
]);

pub(super) const KEY_ATTRIBUTES: Shape = Shape::Structure(&[
    Member::new("KeyUsage", &USAGE),
    Member::new("KeyClass", &CLASS),
    Member::new("KeyAlgorithm", &ALGORITHM),
    Member::new("KeyModesOfUse", &MODES),
]);

const REPLICATION: Shape =
    Shape::Structure(&[Member::new("Status", &TEXT), Member::optional("StatusMessage", &TEXT)]);

/// How far approval by a team has come.
pub(super) const TEAM_STATUS: Shape = Shape::Structure(&[
    Member::new("MpaSessionArn", &TEXT),
    Member::new("Status", &TEXT),
    Member::new("InitiationDate", &TEXT),
    Member::optional("StatusMessage", &TEXT),
]);

/// A key as it is shown.
pub(super) const SHOWN_KEY: Shape = Shape::Structure(&[
    Member::new("KeyArn", &TEXT),
    Member::new("KeyAttributes", &KEY_ATTRIBUTES),
    Member::new("KeyCheckValue", &TEXT),
    Member::new("KeyCheckValueAlgorithm", &TEXT),
    Member::new("Enabled", &TEXT),
    Member::new("Exportable", &TEXT),
    Member::new("KeyState", &TEXT),
    Member::new("KeyOrigin", &TEXT),
    Member::new("CreateTimestamp", &TEXT),
    Member::optional("UsageStartTimestamp", &TEXT),
    Member::optional("UsageStopTimestamp", &TEXT),
    Member::optional("DeletePendingTimestamp", &TEXT),
    Member::optional("DeleteTimestamp", &TEXT),
    Member::refused("DeriveKeyUsage", &TEXT, AGREED),
    Member::refused("MultiRegionKeyType", &TEXT, REGIONS),
    Member::refused("PrimaryRegion", &TEXT, REGIONS),
    Member::refused("ReplicationStatus", &REPLICATION, REGIONS),
    Member::refused("UsingDefaultReplicationRegions", &TEXT, REGIONS),
    Member::refused("MpaStatus", &TEAM_STATUS, TEAMS),
]);

/// A key in a list.
pub(super) const SUMMARY: Shape = Shape::Structure(&[
    Member::new("KeyArn", &TEXT),
    Member::new("KeyState", &TEXT),
    Member::new("KeyAttributes", &KEY_ATTRIBUTES),
    Member::new("KeyCheckValue", &TEXT),
    Member::new("Exportable", &TEXT),
    Member::new("Enabled", &TEXT),
    Member::refused("MultiRegionKeyType", &TEXT, REGIONS),
    Member::refused("PrimaryRegion", &TEXT, REGIONS),
]);

/// The answer of operations with one key.
pub(super) const ONE_KEY: &[Member] = &[Member::new("Key", &SHOWN_KEY)];

/// Errors of operations that look.
pub(super) const ERRORS_OF_LOOKING: &[&str] = &[
    "ServiceUnavailableException",
    "ValidationException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "InternalServerException",
];

/// Errors of operations that change.
pub(super) const ERRORS: &[&str] = &[
    "ServiceUnavailableException",
    "ValidationException",
    "ConflictException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "InternalServerException",
];

/// Errors of operations that add.
pub(super) const ERRORS_OF_ADDING: &[&str] = &[
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "ValidationException",
    "ConflictException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "InternalServerException",
];
