//! Transactions of terminals.
// spec: aws-payment 5.2, payments 3.3

use typex_core::op::payment::{Direction, Dukpt, DukptKeyType};

use crate::aws_payment::input::Input;
use crate::aws_payment::refusal::Parsed;

const DIRECTIONS: [(&str, Direction); 3] = [
    ("BIDIRECTIONAL", Direction::Both),
    ("REQUEST", Direction::Request),
    ("RESPONSE", Direction::Response),
];
const KEY_TYPES: [(&str, DukptKeyType); 5] = [
    ("TDES_2KEY", DukptKeyType::Tdes2),
    ("TDES_3KEY", DukptKeyType::Tdes3),
    ("AES_128", DukptKeyType::Aes128),
    ("AES_192", DukptKeyType::Aes192),
    ("AES_256", DukptKeyType::Aes256),
];

/// The transaction of a member, where there is one; `key_type` is the name of what is derived.
pub(super) fn within(
    input: &Input<'_>,
    name: &str,
    key_type: &'static str,
) -> Parsed<Option<Dukpt>> {
    input.object(name).map(|attributes| read(&attributes, key_type)).transpose()
}

/// The transaction of attributes.
pub(super) fn read(attributes: &Input<'_>, key_type: &'static str) -> Parsed<Dukpt> {
    let ksn = attributes.required_bytes("KeySerialNumber")?;
    let key_type = attributes.word(key_type, &KEY_TYPES)?;
    let direction = attributes.word("DukptKeyVariant", &DIRECTIONS)?.unwrap_or(Direction::Both);
    Ok(Dukpt { ksn, key_type, direction })
}
