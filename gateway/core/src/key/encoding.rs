//! The canonical binary forms of keys. The numbers are part of the store's format.

use super::{
    Algorithm, Channel, DataLengths, General, KeyRecord, KeyState, Material, ObjectUse, Origin,
    Purposes, Residency, TokenUse, Usage, payment,
};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::{KeyId, PartitionId};
use crate::limits::{KEY_PUBLIC_BYTES_MAX, KEY_SECRET_BYTES_MAX, OBJECT_CONTENTS_BYTES_MAX};
use crate::op::manage::Attributes;
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
        out.u64(self.created.0).u64(self.updated.0);
        self.attributes.encode(out);
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
            updated: UnixMs(input.u64()?),
            attributes: Attributes::decode(input)?,
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
            Self::General(general) => {
                general.encode(out.u8(11));
                out
            }
            Self::Payment(attributes) => {
                attributes.encode(out.u8(12));
                out
            }
            Self::Token(what) => out.u8(13).u8(match what {
                TokenUse::Encrypt => 1,
                TokenUse::Seal => 2,
                TokenUse::Index => 3,
            }),
            Self::Object(what) => out.u8(14).u8(what.code()),
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
            11 => Self::General(General::decode(input)?),
            12 => Self::Payment(payment::Attributes::decode(input)?),
            13 => {
                let place = usize::from(input.u8()?).checked_sub(1).ok_or(Corrupt)?;
                Self::Token(*TokenUse::ALL.get(place).ok_or(Corrupt)?)
            }
            14 => Self::Object(ObjectUse::from_code(input.u8()?).ok_or(Corrupt)?),
            _ => return Err(Corrupt),
        })
    }
}

impl Record for General {
    fn encode(&self, out: &mut Encoder) {
        out.u8(algorithm_code(self.algorithm)).u8(purposes_code(self.purposes));
        out.u8(u8::from(self.has_secret));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let general = Self {
            algorithm: algorithm(input.u8()?)?,
            purposes: purposes(input.u8()?)?,
            has_secret: flag(input.u8()?)?,
        };
        general.is_consistent().then_some(general).ok_or(Corrupt)
    }
}

impl Record for Attributes {
    fn encode(&self, out: &mut Encoder) {
        out.text(&self.label).bytes(&self.description);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let attributes = Self { label: input.text()?, description: input.bytes()?.to_vec() };
        attributes.is_bounded().then_some(attributes).ok_or(Corrupt)
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
            Self::Symmetric(key) => out.u8(5).bytes(key.expose()),
            Self::Pair { private, public } => out.u8(6).bytes(private.expose()).bytes(public),
            Self::Public(public) => out.u8(7).bytes(public),
            Self::Object(contents) => out.u8(8).bytes(contents.expose()),
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
            5 => Self::Symmetric(secret(input)?),
            6 => Self::Pair { private: secret(input)?, public: public(input)? },
            7 => Self::Public(public(input)?),
            8 => {
                let contents = bounded(input, OBJECT_CONTENTS_BYTES_MAX)?;
                Self::Object(Secret::new(contents.to_vec()))
            }
            _ => return Err(Corrupt),
        })
    }
}

/// The exact length follows from the algorithm, which stands in the record.
fn secret(input: &mut Decoder<'_>) -> Result<Secret<Vec<u8>>, Corrupt> {
    bounded(input, KEY_SECRET_BYTES_MAX).map(|bytes| Secret::new(bytes.to_vec()))
}

fn public(input: &mut Decoder<'_>) -> Result<Vec<u8>, Corrupt> {
    bounded(input, KEY_PUBLIC_BYTES_MAX).map(<[u8]>::to_vec)
}

fn bounded<'a>(input: &mut Decoder<'a>, bytes_max: usize) -> Result<&'a [u8], Corrupt> {
    let bytes = input.bytes()?;
    (1..=bytes_max).contains(&bytes.len()).then_some(bytes).ok_or(Corrupt)
}

/// Place among [`Algorithm::every`], from 1.
fn algorithm_code(algorithm: Algorithm) -> u8 {
    let mut numbered = (1..).zip(Algorithm::every());
    let code = numbered.find_map(|(code, one)| (one == algorithm).then_some(code));
    code.expect("every algorithm is among all")
}

fn algorithm(code: u8) -> Result<Algorithm, Corrupt> {
    let place = usize::from(code).checked_sub(1).ok_or(Corrupt)?;
    Algorithm::every().nth(place).ok_or(Corrupt)
}

fn purposes_code(purposes: Option<Purposes>) -> u8 {
    match purposes {
        None => 0,
        Some(Purposes::Agree) => 1,
        Some(Purposes::Sign) => 2,
        Some(Purposes::AgreeAndSign) => 3,
        Some(Purposes::Decrypt) => 4,
    }
}

fn purposes(code: u8) -> Result<Option<Purposes>, Corrupt> {
    match code {
        0 => Ok(None),
        1 => Ok(Some(Purposes::Agree)),
        2 => Ok(Some(Purposes::Sign)),
        3 => Ok(Some(Purposes::AgreeAndSign)),
        4 => Ok(Some(Purposes::Decrypt)),
        _ => Err(Corrupt),
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
            updated: UnixMs(13),
            attributes: Attributes { label: "till 7".into(), description: vec![0, 0xff] },
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
    fn usages_of_an_algorithm_are_those_that_go_together() {
        let all = |at: &mut dyn FnMut([u8; 4])| {
            for code in 0..=255 {
                for purposes in 0..=5 {
                    (0..=2).for_each(|secret| at([11, code, purposes, secret]));
                }
            }
        };
        let mut found = 0;
        all(&mut |bytes| {
            assert!(is_canonical::<Usage>(&bytes));
            found += usize::from(Usage::from_bytes(&bytes).is_ok());
        });
        let choices = |algorithm: Algorithm| match algorithm {
            Algorithm::Rsa(_) => 2,
            _ if algorithm.is_ecdsa() => 3,
            _ => 1,
        };
        let halves = |algorithm: Algorithm| if algorithm.is_pair() { 2 } else { 1 };
        let expected = Algorithm::every().map(|one| choices(one) * halves(one)).sum::<usize>();
        assert_eq!(found, expected);
    }

    #[test]
    fn attributes_over_their_bounds_are_corrupt() {
        let decodes = |label: String, description: usize| {
            let attributes = Attributes { label, description: vec![1; description] };
            Attributes::from_bytes(attributes.to_bytes().expose()).is_ok()
        };
        assert!(decodes("~".repeat(32), 128) && decodes(String::new(), 0));
        assert!(!decodes("~".repeat(33), 128) && !decodes(String::new(), 129));
        assert!(!decodes("\n".into(), 0) && !decodes("é".into(), 0));
    }

    #[test]
    fn material_and_channel_round_trip() {
        let forms = [
            Material::None,
            Material::Aes128(Secret::new([5; 16])),
            Material::RsaPrivate(Secret::new(vec![6; 40])),
            Material::RsaPublic { modulus: vec![7; 8], exponent: vec![1, 0, 1] },
            Material::ContextRoot(Secret::new([8; 32])),
            Material::Symmetric(Secret::new(vec![9; 24])),
            Material::Pair { private: Secret::new(vec![9; 57]), public: vec![1; 57] },
            Material::Public(vec![2; 2592]),
            Material::Object(Secret::new(vec![3; 2048])),
        ];
        for material in &forms {
            let bytes = material.to_bytes();
            let back = Material::from_bytes(bytes.expose()).unwrap();
            assert_eq!(back.to_bytes().expose(), bytes.expose());
        }
        let oversized = [
            Material::Symmetric(Secret::new(vec![9; KEY_SECRET_BYTES_MAX + 1])),
            Material::Public(vec![2; 2593]),
            Material::Public(vec![]),
            Material::Object(Secret::new(vec![3; 2049])),
            Material::Object(Secret::new(vec![])),
        ];
        for material in &oversized {
            assert!(Material::from_bytes(material.to_bytes().expose()).is_err());
        }
        let channel = Channel { enc: Secret::new([1; 32]), mac: Secret::new([2; 32]) };
        let bytes = channel.to_bytes();
        let back = Channel::from_bytes(bytes.expose()).unwrap();
        assert!(bool::from(back.enc.ct_eq(&[1; 32]) & back.mac.ct_eq(&[2; 32])));
    }
}
