//! The canonical binary form of what is kept. The numbers are part of the store's format.

use super::{
    Alphabet, NamePattern, Owned, Reference, Role, Shape, TemplateRule, Transformation, Way,
};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::PartitionId;
use crate::limits::TRANSFORM_NAMES_MAX;
use crate::token::{Characters, DomainName};

/// Counts forms of every [`Owned`].
const FORM: u8 = 1;

impl<T: Record> Record for Owned<T> {
    fn encode(&self, out: &mut Encoder) {
        self.item.encode(out.u8(FORM).raw(&self.partition.0));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        if input.u8()? != FORM {
            return Err(Corrupt);
        }
        Ok(Self { partition: PartitionId(input.array()?), item: T::decode(input)? })
    }
}

impl Record for Alphabet {
    fn encode(&self, out: &mut Encoder) {
        self.name.encode(out);
        self.characters.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { name: DomainName::decode(input)?, characters: Characters::decode(input)? })
    }
}

impl Record for TemplateRule {
    fn encode(&self, out: &mut Encoder) {
        self.name.encode(out);
        self.alphabet.encode(out.text(&self.pattern));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let (name, pattern) = (DomainName::decode(input)?, input.text()?);
        Ok(Self { name, pattern, alphabet: Reference::decode(input)? })
    }
}

impl Record for Role {
    fn encode(&self, out: &mut Encoder) {
        self.name.encode(out);
        out.list(&self.transformations, |out, name| {
            name.encode(out);
            out
        });
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let (name, transformations) = (DomainName::decode(input)?, input.list(DomainName::decode)?);
        let sound = transformations.len() <= TRANSFORM_NAMES_MAX;
        sound.then_some(Self { name, transformations }).ok_or(Corrupt)
    }
}

impl Record for Transformation {
    fn encode(&self, out: &mut Encoder) {
        self.name.encode(out);
        match &self.way {
            Way::Encrypt(shape) => shape.encode(out.u8(1)),
            Way::Mask { shape, with } => shape.encode(out.u8(2).u8(*with)),
            Way::Keep { ttl_ms_max, is_convergent } => {
                out.u8(3).option(*ttl_ms_max, Encoder::u64).u8(u8::from(*is_convergent));
            }
        }
        out.list(&self.roles, |out, role| out.text(&role.to_string()));
        out.u8(u8::from(self.is_deletable)).u8(u8::from(self.owns_domain));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let name = DomainName::decode(input)?;
        let way = match input.u8()? {
            1 => Way::Encrypt(Shape::decode(input)?),
            2 => {
                let with = input.u8()?;
                let shape = Shape::decode(input)?;
                (b' '..=b'~').contains(&with).then_some(Way::Mask { shape, with }).ok_or(Corrupt)?
            }
            3 => Way::Keep { ttl_ms_max: input.option(Decoder::u64)?, is_convergent: flag(input)? },
            _ => return Err(Corrupt),
        };
        let roles = input.list(|input| NamePattern::parse(&input.text()?).map_err(|_| Corrupt))?;
        let (is_deletable, owns_domain) = (flag(input)?, flag(input)?);
        let sound = roles.len() <= TRANSFORM_NAMES_MAX;
        sound.then_some(Self { name, way, roles, is_deletable, owns_domain }).ok_or(Corrupt)
    }
}

impl Record for Shape {
    fn encode(&self, out: &mut Encoder) {
        self.name.encode(out);
        self.characters.encode(out.text(&self.pattern));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let (name, pattern) = (Reference::decode(input)?, input.text()?);
        let shape = Self { name, pattern, characters: Characters::decode(input)? };
        shape.template().map(|_| shape).map_err(|_| Corrupt)
    }
}

impl Record for Reference {
    fn encode(&self, out: &mut Encoder) {
        out.text(&self.to_string());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Self::parse(&input.text()?).map_err(|_| Corrupt)
    }
}

impl Record for Characters {
    fn encode(&self, out: &mut Encoder) {
        out.bytes(self.as_bytes());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Self::parse(&input.text()?).map_err(|_| Corrupt)
    }
}

fn flag(input: &mut Decoder<'_>) -> Result<bool, Corrupt> {
    match input.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Corrupt),
    }
}
