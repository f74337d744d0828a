//! The canonical binary form of payment attributes: letters where the standard has letters.

use super::{
    Algorithm, Attributes, Context, DecimalisationTable, Entry, Exportability, ModeOfUse, Own,
    PinRule, Usage, UsageSet, ValidationRule,
};
use crate::codec::{Corrupt, Decoder, Encoder, Record};

/// Counts forms of [`Attributes`]; a reader knows no later one.
const FORM: u8 = 1;

impl Record for Attributes {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.usage.code()).u8(place(&Algorithm::ALL, self.algorithm));
        out.u8(self.mode.code()).u8(self.exportability.code()).u8(self.context.code());
        out.u8(place(&Entry::ALL, self.entry));
        self.own.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        if input.u8()? != FORM {
            return Err(Corrupt);
        }
        let attributes = Self {
            usage: Usage::from_code(input.array()?).ok_or(Corrupt)?,
            algorithm: at(&Algorithm::ALL, input.u8()?)?,
            mode: ModeOfUse::from_code(input.u8()?).ok_or(Corrupt)?,
            exportability: Exportability::from_code(input.u8()?).ok_or(Corrupt)?,
            context: Context::from_code(input.u8()?).ok_or(Corrupt)?,
            entry: at(&Entry::ALL, input.u8()?)?,
            own: Own::decode(input)?,
        };
        attributes.check().map_err(|_| Corrupt)?;
        Ok(attributes)
    }
}

impl Record for Own {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::Nothing => out.u8(0),
            Self::Brings(usages) => out.u8(1).u64(usages.bits()),
            Self::PinRule(PinRule { table, validation }) => {
                let (first, digits, pad) = validation.parts();
                out.u8(2).raw(&table.digits()).raw(&[first, digits, pad])
            }
            Self::Format1 => out.u8(3),
            Self::GcmOnly => out.u8(4),
            Self::ClientData => out.u8(5),
        };
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(match input.u8()? {
            0 => Self::Nothing,
            1 => Self::Brings(UsageSet::from_bits(input.u64()?).ok_or(Corrupt)?),
            2 => Self::PinRule(pin_rule(input)?),
            3 => Self::Format1,
            4 => Self::GcmOnly,
            5 => Self::ClientData,
            _ => return Err(Corrupt),
        })
    }
}

fn pin_rule(input: &mut Decoder<'_>) -> Result<PinRule, Corrupt> {
    let table = DecimalisationTable::new(input.array()?).ok_or(Corrupt)?;
    let [first, digits, pad] = input.array()?;
    let validation = ValidationRule::new(first, digits, pad).ok_or(Corrupt)?;
    Ok(PinRule { table, validation })
}

/// Place among all, from 1.
fn place<T: PartialEq>(all: &[T], one: T) -> u8 {
    let place = (1..).zip(all).find_map(|(place, other)| (*other == one).then_some(place));
    place.expect("every one is among all")
}

fn at<T: Copy>(all: &[T], place: u8) -> Result<T, Corrupt> {
    let place = usize::from(place).checked_sub(1).ok_or(Corrupt)?;
    all.get(place).copied().ok_or(Corrupt)
}
