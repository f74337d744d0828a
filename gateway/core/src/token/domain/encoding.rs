//! The canonical binary form of domains. The numbers are part of the store's format.

use super::{DomainLimits, DomainRecord, Mode, Scheme, Vault, Versions, has_room};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::{KeyId, PartitionId};
use crate::limits::TOKEN_SEALS_MAX;
use crate::time::UnixMs;
use crate::token::{Alphabet, Characters, DomainName, Layout, LuhnMode};

/// Counts forms of [`DomainRecord`].
const FORM: u8 = 1;

impl Record for DomainRecord {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0);
        self.name.encode(out);
        self.layout.encode(out);
        match &self.scheme {
            Scheme::Vaultless(versions) => versions.encode(out.u8(1)),
            Scheme::Vaulted(vault) => vault.encode(out.u8(2)),
        }
        self.limits.encode(out);
        out.u64(self.created.0).u64(self.updated.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        if input.u8()? != FORM {
            return Err(Corrupt);
        }
        let partition = PartitionId(input.array()?);
        let (name, layout) = (DomainName::decode(input)?, Layout::decode(input)?);
        let scheme = match input.u8()? {
            1 => Scheme::Vaultless(Versions::decode(input)?),
            2 => Scheme::Vaulted(Vault::decode(input)?),
            _ => return Err(Corrupt),
        };
        let sound = match &scheme {
            Scheme::Vaultless(versions) => versions.fit(&layout) && has_room(&layout),
            Scheme::Vaulted(vault) => vault.earlier.len() <= TOKEN_SEALS_MAX,
        };
        if !sound {
            return Err(Corrupt);
        }
        let limits = DomainLimits::decode(input)?;
        let (created, updated) = (UnixMs(input.u64()?), UnixMs(input.u64()?));
        Ok(Self { partition, name, layout, scheme, limits, created, updated })
    }
}

impl Record for Vault {
    fn encode(&self, out: &mut Encoder) {
        match self.mode {
            Mode::Deterministic { index } => out.u8(1).raw(&index.0),
            Mode::Multiple => out.u8(2),
        };
        out.option(self.ttl_ms, Encoder::u64).raw(&self.seal.0);
        out.list(&self.earlier, |out, key| out.raw(&key.0));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let mode = match input.u8()? {
            1 => Mode::Deterministic { index: KeyId(input.array()?) },
            2 => Mode::Multiple,
            _ => return Err(Corrupt),
        };
        let ttl_ms = input.option(Decoder::u64)?;
        let seal = KeyId(input.array()?);
        let earlier = input.list(|input| input.array().map(KeyId))?;
        Ok(Self { mode, ttl_ms, seal, earlier })
    }
}

impl Record for DomainName {
    fn encode(&self, out: &mut Encoder) {
        out.text(self.as_str());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Self::parse(&input.text()?).map_err(|_| Corrupt)
    }
}

impl Record for Layout {
    fn encode(&self, out: &mut Encoder) {
        out.u8(self.front()).u8(self.end());
        out.u8(match self.luhn() {
            LuhnMode::Free => 0,
            LuhnMode::Kept => 1,
            LuhnMode::Versioned => 2,
        });
        match self.alphabet() {
            Alphabet::Digits => out.u8(1),
            Alphabet::Characters(characters) => out.u8(2).bytes(characters.as_bytes()),
        };
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let (front, end) = (input.u8()?, input.u8()?);
        let luhn = match input.u8()? {
            0 => LuhnMode::Free,
            1 => LuhnMode::Kept,
            2 => LuhnMode::Versioned,
            _ => return Err(Corrupt),
        };
        let alphabet = match input.u8()? {
            1 => Alphabet::Digits,
            2 => {
                let characters = Characters::parse(&input.text()?).map_err(|_| Corrupt)?;
                Alphabet::Characters(characters)
            }
            _ => return Err(Corrupt),
        };
        Self::new(front, end, luhn, alphabet).map_err(|_| Corrupt)
    }
}
