//! Operations that are known, and never served.
// spec: aws-payment 5.10

use super::shapes::{AGREED, AGREED_BLOCK, AS2805, CHECK_VALUE, KEY, KEY_ALGORITHM, TEXT};
use super::{ERRORS, Function};
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Refusal;
use crate::aws_payment::shape::{Member, Shape};

const RANDOM_KEY: Shape = Shape::hex_of(&[16, 32, 48]);
const MASK: Shape = Shape::choice(&["VARIANT_MASK_82C0", "VARIANT_MASK_82"]);
const BYTES: Shape = Shape::choice(&["BYTES_8", "BYTES_16", "BYTES_24"]);
const VALIDATION: Shape = Shape::Union(&[
    Member::optional(
        "KekValidationRequest",
        &Shape::Structure(&[
            Member::new("DeriveKeyAlgorithm", &KEY_ALGORITHM),
            Member::optional("RandomKeyMaxLength", &BYTES),
        ]),
    ),
    Member::optional(
        "KekValidationResponse",
        &Shape::Structure(&[Member::new("RandomKeySend", &RANDOM_KEY)]),
    ),
]);
const INCOMING: Shape =
    Shape::Union(&[Member::optional("DiffieHellmanTr31KeyBlock", &AGREED_BLOCK)]);
const OUTGOING: Shape = Shape::Union(&[Member::optional(
    "Tr31KeyBlock",
    &Shape::Structure(&[Member::new("WrappingKeyIdentifier", &KEY)]),
)]);
const WORKING_KEY: Shape = Shape::Structure(&[
    Member::new("WrappedKeyMaterial", &TEXT),
    Member::new("KeyCheckValue", &TEXT),
    Member::new("WrappedKeyMaterialFormat", &TEXT),
]);

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        Operation::new(
            "GenerateAs2805KekValidation",
            &[
                Member::new("KeyIdentifier", &KEY),
                Member::new("KekValidationType", &VALIDATION),
                Member::new("RandomKeySendVariantMask", &MASK),
            ],
            &[
                Member::new("KeyArn", &TEXT),
                Member::new("KeyCheckValue", &TEXT),
                Member::new("RandomKeySend", &TEXT),
                Member::new("RandomKeyReceive", &TEXT),
            ],
            ERRORS,
        )
        .refused(AS2805),
        "/as2805kekvalidation/generate",
    ),
    function(
        Operation::new(
            "TranslateKeyMaterial",
            &[
                Member::new("IncomingKeyMaterial", &INCOMING),
                Member::new("OutgoingKeyMaterial", &OUTGOING),
                Member::optional("KeyCheckValueAlgorithm", &CHECK_VALUE),
            ],
            &[Member::new("WrappedKey", &WORKING_KEY)],
            ERRORS,
        )
        .refused(AGREED),
        "/keymaterial/translate",
    ),
];

const fn function(operation: Operation, path: &'static str) -> Function {
    Function {
        operation,
        path,
        read: |_| Err(Refusal::validation("the operation is not served")),
        write: |_, _| None,
    }
}
