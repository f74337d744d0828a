//! Chip cards.
// spec: aws-payment 5.8

use typex_core::op::payment::{ChipCard, DerivationOption};

use crate::aws_payment::input::Input;
use crate::aws_payment::refusal::Parsed;

/// The card that attributes name.
pub(super) fn card(attributes: &Input<'_>) -> Parsed<ChipCard> {
    let option = match attributes.text("MajorKeyDerivationMode") {
        Some("EMV_OPTION_B") => DerivationOption::B,
        _ => DerivationOption::A,
    };
    let pan = attributes.required_chars("PrimaryAccountNumber")?;
    let sequence = attributes.required_chars("PanSequenceNumber")?;
    Ok(ChipCard { option, pan, sequence })
}
