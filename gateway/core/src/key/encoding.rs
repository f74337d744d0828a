//! The canonical binary forms of keys. The numbers are part of the store's format.

use super::{Channel, DataLengths, KeyRecord, KeyState, Material, Origin, Residency, Usage};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::{KeyId, PartitionId};
use crate::secret::Secret;
use crate::time::UnixMs;

impl Record for KeyRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.id.0).raw(&self.partition.0);
        out.option(self.object, Encoder::u32).u32(self.version);
        self.usage.encode(out);
        self.lengths.encode(out);
        out.u8(state_code(self.state)).u64(self.state_generation);
        out.u8(residency_code(self.residency)).u8(origin_code(self.origin));
        out.u8(u8::from(self.isolate)).u32(self.foreign_type);
        out.option(self.import_digest, |out, digest| out.raw(&digest));
        out.u64(self.created.0);
        out.option(self.not_before, |out, time| out.u64(time.0));
        out.option(self.not_after, |out, time| out.u64(time.0));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            id: KeyId(input.array()?),
            partition: PartitionId(input.array()?),
            object: input.option(Decoder::u32)?,
            version: input.u32()?,
            usage: Usage::decode(input)?,
            lengths: DataLengths::decode(input)?,
            state: state(input.u8()?)?,
            state_generation: input.u64()?,
            residency: residency(input.u8()?)?,
            origin: origin(input.u8()?)?,
            isolate: flag(input.u8()?)?,
            foreign_type: input.u32()?,
            import_digest: input.option(Decoder::array)?,
            created: UnixMs(input.u64()?),
            not_before: input.option(Decoder::u64)?.map(UnixMs),
            not_after: input.option(Decoder::u64)?.map(UnixMs),
        })
    }
}

impl Record for Usage {
    fn encode(&self, out: &mut Encoder) {
        match *self {
            Self::EncryptBlocks => out.u8(1),
            Self::DecryptBlocks => out.u8(2),
            Self::RsaPrivate { modulus_bytes } => out.u8(3).u16(modulus_bytes),
            Self::RsaPublic { modulus_bytes } => out.u8(4).u16(modulus_bytes),
            Self::Random => out.u8(5),
            Self::UserContextNew => out.u8(6),
            Self::UserHotp => out.u8(7),
            Self::UserPassword => out.u8(8),
            Self::UserContextUpdate => out.u8(9),
            Self::ImportUnwrap => out.u8(10),
        };
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(match input.u8()? {
            1 => Self::EncryptBlocks,
            2 => Self::DecryptBlocks,
            3 => Self::RsaPrivate { modulus_bytes: input.u16()? },
            4 => Self::RsaPublic { modulus_bytes: input.u16()? },
            5 => Self::Random,
            6 => Self::UserContextNew,
            7 => Self::UserHotp,
            8 => Self::UserPassword,
            9 => Self::UserContextUpdate,
            10 => Self::ImportUnwrap,
            _ => return Err(Corrupt),
        })
    }
}

impl Record for DataLengths {
    fn encode(&self, out: &mut Encoder) {
        match *self {
            Self::Exactly(len) => out.u8(1).u16(len),
            Self::OneOrTwoBlocks => out.u8(2),
            Self::UpTo(len) => out.u8(3).u16(len),
        };
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(match input.u8()? {
            1 => Self::Exactly(input.u16()?),
            2 => Self::OneOrTwoBlocks,
            3 => Self::UpTo(input.u16()?),
            _ => return Err(Corrupt),
        })
    }
}

impl Record for Channel {
    fn encode(&self, out: &mut Encoder) {
        out.raw(self.enc.expose()).raw(self.mac.expose());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { enc: Secret::new(input.array()?), mac: Secret::new(input.array()?) })
    }
}

impl Record for Material {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::None => out.u8(0),
            Self::Aes128(key) => out.u8(1).raw(key.expose()),
            Self::RsaPrivate(der) => out.u8(2).bytes(der.expose()),
            Self::RsaPublic { modulus, exponent } => out.u8(3).bytes(modulus).bytes(exponent),
            Self::ContextRoot(root) => out.u8(4).raw(root.expose()),
        };
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(match input.u8()? {
            0 => Self::None,
            1 => Self::Aes128(Secret::new(input.array()?)),
            2 => Self::RsaPrivate(Secret::new(input.bytes()?.to_vec())),
            3 => Self::RsaPublic {
                modulus: input.bytes()?.to_vec(),
                exponent: input.bytes()?.to_vec(),
            },
            4 => Self::ContextRoot(Secret::new(input.array()?)),
            _ => return Err(Corrupt),
        })
    }
}

fn state_code(state: KeyState) -> u8 {
    match state {
        KeyState::Active => 1,
        KeyState::Suspended => 2,
        KeyState::Destroyed => 3,
    }
}

fn state(code: u8) -> Result<KeyState, Corrupt> {
    match code {
        1 => Ok(KeyState::Active),
        2 => Ok(KeyState::Suspended),
        3 => Ok(KeyState::Destroyed),
        _ => Err(Corrupt),
    }
}

fn residency_code(residency: Residency) -> u8 {
    match residency {
        Residency::Any => 1,
        Residency::Card => 2,
    }
}

fn residency(code: u8) -> Result<Residency, Corrupt> {
    match code {
        1 => Ok(Residency::Any),
        2 => Ok(Residency::Card),
        _ => Err(Corrupt),
    }
}

fn origin_code(origin: Origin) -> u8 {
    match origin {
        Origin::Client => 1,
        Origin::Service => 2,
    }
}

fn origin(code: u8) -> Result<Origin, Corrupt> {
    match code {
        1 => Ok(Origin::Client),
        2 => Ok(Origin::Service),
        _ => Err(Corrupt),
    }
}

fn flag(code: u8) -> Result<bool, Corrupt> {
    match code {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Corrupt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> KeyRecord {
        KeyRecord {
            id: KeyId([1; 16]),
            partition: PartitionId([2; 16]),
            object: Some(0xee01),
            version: 3,
            usage: Usage::RsaPrivate { modulus_bytes: 256 },
            lengths: DataLengths::Exactly(256),
            state: KeyState::Suspended,
            state_generation: 9,
            residency: Residency::Card,
            origin: Origin::Client,
            isolate: true,
            foreign_type: 0x0030_0006,
            import_digest: Some([7; 32]),
            created: UnixMs(11),
            not_before: None,
            not_after: Some(UnixMs(12)),
        }
    }

    /// The bytes either do not decode or are the canonical form of what they decode to.
    fn is_canonical<R: Record>(bytes: &[u8]) -> bool {
        R::from_bytes(bytes).map_or(true, |record| record.to_bytes().expose() == bytes)
    }

    #[test]
    fn a_key_record_round_trips_and_each_byte_counts() {
        let bytes = record().to_bytes().expose().clone();
        assert_eq!(KeyRecord::from_bytes(&bytes), Ok(record()));
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert_ne!(KeyRecord::from_bytes(&changed), Ok(record()), "byte {at}");
                assert!(is_canonical::<KeyRecord>(&changed), "byte {at}");
            }
        }
    }

    #[test]
    fn every_usage_and_length_rule_has_its_own_form() {
        let usages: Vec<Usage> =
            (0..=255).filter_map(|code| Usage::from_bytes(&[code, 1, 0]).ok()).collect();
        assert_eq!(usages.len(), 2, "with a length behind");
        let plain = (0..=255).filter_map(|code| Usage::from_bytes(&[code]).ok()).count();
        assert_eq!(plain, 8, "without");
        for bytes in [&[1, 0, 5][..], &[2], &[3, 4, 0]] {
            assert!(DataLengths::from_bytes(bytes).is_ok());
            assert!(is_canonical::<DataLengths>(bytes));
        }
    }

    #[test]
    fn material_and_channel_round_trip() {
        let forms = [
            Material::None,
            Material::Aes128(Secret::new([5; 16])),
            Material::RsaPrivate(Secret::new(vec![6; 40])),
            Material::RsaPublic { modulus: vec![7; 8], exponent: vec![1, 0, 1] },
            Material::ContextRoot(Secret::new([8; 32])),
        ];
        for material in &forms {
            let bytes = material.to_bytes();
            let back = Material::from_bytes(bytes.expose()).unwrap();
            assert_eq!(back.to_bytes().expose(), bytes.expose());
        }
        let channel = Channel { enc: Secret::new([1; 32]), mac: Secret::new([2; 32]) };
        let bytes = channel.to_bytes();
        let back = Channel::from_bytes(bytes.expose()).unwrap();
        assert!(bool::from(back.enc.ct_eq(&[1; 32]) & back.mac.ct_eq(&[2; 32])));
    }
}
