//! What the store keeps of payment keys beside the keys themselves.

use super::{AliasName, CheckKind, Tag, Tags, TokenId};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::{KeyId, PartitionId};
use crate::key::payment::RsaBits;
use crate::secret::Secret;
use crate::time::UnixMs;

/// Counts forms of the records here.
const FORM: u8 = 1;

/// Longest check value.
const CHECK_VALUE_BYTES_MAX: usize = 8;

/// What a payment key has beside its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// The tenant.
    pub partition: PartitionId,
    /// The key.
    pub key: KeyId,
    /// Its place in the list of its partition.
    pub place: u64,
    /// How its check value is computed.
    pub check_kind: CheckKind,
    /// Its check value.
    pub check_value: Vec<u8>,
    /// Whether its owner wants it used.
    pub is_enabled: bool,
    /// When its owner let it be used last.
    pub started: Option<UnixMs>,
    /// When its owner stopped it last.
    pub stopped: Option<UnixMs>,
    /// When its material was erased.
    pub deleted: Option<UnixMs>,
}

/// Part of the list of a partition's payment keys, in the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPart {
    /// The tenant.
    pub partition: PartitionId,
    /// Which part: places from `number * LIST_PART_PLACES` on.
    pub number: u32,
    /// Places and keys, ascending.
    pub keys: Vec<(u64, KeyId)>,
}

/// A name and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The tenant.
    pub partition: PartitionId,
    /// The name.
    pub name: AliasName,
    /// The key, if it means one.
    pub key: Option<KeyId>,
}

/// The tags of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTags {
    /// The tenant.
    pub partition: PartitionId,
    /// The key.
    pub key: KeyId,
    /// Its tags.
    pub tags: Tags,
}

/// A key pair under whose public half keys come in.
pub struct ImportToken {
    /// The tenant.
    pub partition: PartitionId,
    /// Names it.
    pub id: TokenId,
    /// Length of its modulus.
    pub bits: RsaBits,
    /// The private key, PKCS#8 DER.
    pub private: Secret<Vec<u8>>,
    /// Certificate of the public half, DER.
    pub certificate: Vec<u8>,
    /// Void from here on.
    pub until: UnixMs,
}

/// What is to be done with a key later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The tenant.
    pub partition: PartitionId,
    /// The key.
    pub key: KeyId,
    /// What.
    pub due: Due,
    /// When.
    pub at: UnixMs,
}

/// What is to be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
    /// Its material is to be erased.
    Erase,
    /// It was; what is left of the key is to be forgotten.
    Forget,
}

impl Life {
    /// Of a new key.
    pub fn new(partition: PartitionId, key: KeyId, check: (CheckKind, Vec<u8>)) -> Self {
        Self {
            partition,
            key,
            place: 0,
            check_kind: check.0,
            check_value: check.1,
            is_enabled: false,
            started: None,
            stopped: None,
            deleted: None,
        }
    }

    /// With the owner's wish changed.
    pub fn enabled(mut self, is_enabled: bool, now: UnixMs) -> Self {
        self.is_enabled = is_enabled;
        match is_enabled {
            true => self.started = Some(now),
            false => self.stopped = Some(now),
        }
        self
    }
}

impl Record for Life {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0).raw(&self.key.0).u64(self.place);
        out.u8(check_code(self.check_kind)).bytes(&self.check_value);
        out.u8(u8::from(self.is_enabled));
        for time in [self.started, self.stopped, self.deleted] {
            out.option(time, |out, time| out.u64(time.0));
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        form(input)?;
        let life = Self {
            partition: PartitionId(input.array()?),
            key: KeyId(input.array()?),
            place: input.u64()?,
            check_kind: check_kind(input.u8()?)?,
            check_value: input.bytes()?.to_vec(),
            is_enabled: flag(input)?,
            started: time(input)?,
            stopped: time(input)?,
            deleted: time(input)?,
        };
        (life.check_value.len() <= CHECK_VALUE_BYTES_MAX).then_some(life).ok_or(Corrupt)
    }
}

impl Record for ListPart {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0).u32(self.number);
        out.list(&self.keys, |out, (place, key)| out.u64(*place).raw(&key.0));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        form(input)?;
        let part = Self {
            partition: PartitionId(input.array()?),
            number: input.u32()?,
            keys: input.list(|input| Ok((input.u64()?, KeyId(input.array()?))))?,
        };
        part.keys.is_sorted_by(|one, next| one.0 < next.0).then_some(part).ok_or(Corrupt)
    }
}

impl Record for Alias {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0).text(self.name.as_str());
        out.option(self.key, |out, key| out.raw(&key.0));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        form(input)?;
        Ok(Self {
            partition: PartitionId(input.array()?),
            name: AliasName::new(&input.text()?).ok_or(Corrupt)?,
            key: input.option(|input| input.array().map(KeyId))?,
        })
    }
}

impl Record for KeyTags {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0).raw(&self.key.0);
        let tags: Vec<Tag> = self.tags.iter().collect();
        out.list(&tags, |out, tag| out.text(&tag.name).text(&tag.value));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        form(input)?;
        let (partition, key) = (PartitionId(input.array()?), KeyId(input.array()?));
        let tags = input.list(|input| Ok(Tag { name: input.text()?, value: input.text()? }))?;
        let in_order = tags.is_sorted_by(|one, next| one.name < next.name);
        let tags = Tags::new(tags).map_err(|_| Corrupt)?;
        in_order.then_some(Self { partition, key, tags }).ok_or(Corrupt)
    }
}

impl Record for ImportToken {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0).raw(&self.id.0);
        out.u16(bits_code(self.bits)).bytes(self.private.expose());
        out.bytes(&self.certificate).u64(self.until.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        form(input)?;
        Ok(Self {
            partition: PartitionId(input.array()?),
            id: TokenId(input.array()?),
            bits: rsa_bits(input.u16()?)?,
            private: Secret::new(input.bytes()?.to_vec()),
            certificate: input.bytes()?.to_vec(),
            until: UnixMs(input.u64()?),
        })
    }
}

impl Record for Deletion {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0).raw(&self.key.0);
        out.u8(match self.due {
            Due::Erase => 1,
            Due::Forget => 2,
        });
        out.u64(self.at.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        form(input)?;
        Ok(Self {
            partition: PartitionId(input.array()?),
            key: KeyId(input.array()?),
            due: match input.u8()? {
                1 => Due::Erase,
                2 => Due::Forget,
                _ => return Err(Corrupt),
            },
            at: UnixMs(input.u64()?),
        })
    }
}

fn form(input: &mut Decoder<'_>) -> Result<(), Corrupt> {
    if input.u8()? == FORM { Ok(()) } else { Err(Corrupt) }
}

fn flag(input: &mut Decoder<'_>) -> Result<bool, Corrupt> {
    match input.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Corrupt),
    }
}

fn time(input: &mut Decoder<'_>) -> Result<Option<UnixMs>, Corrupt> {
    Ok(input.option(Decoder::u64)?.map(UnixMs))
}

fn check_code(kind: CheckKind) -> u8 {
    match kind {
        CheckKind::Zeros => 1,
        CheckKind::Cmac => 2,
        CheckKind::Hmac => 3,
        CheckKind::Sha1 => 4,
    }
}

fn check_kind(code: u8) -> Result<CheckKind, Corrupt> {
    CheckKind::ALL.into_iter().find(|kind| check_code(*kind) == code).ok_or(Corrupt)
}

fn bits_code(bits: RsaBits) -> u16 {
    match bits {
        RsaBits::Rsa2048 => 2048,
        RsaBits::Rsa3072 => 3072,
        RsaBits::Rsa4096 => 4096,
    }
}

fn rsa_bits(code: u16) -> Result<RsaBits, Corrupt> {
    let all = [RsaBits::Rsa2048, RsaBits::Rsa3072, RsaBits::Rsa4096];
    all.into_iter().find(|bits| bits_code(*bits) == code).ok_or(Corrupt)
}
