//! How the stored values are written.

use super::Addresses;
use super::account::{AuthName, ClientRecord, ClientStatus, PasswordHash, PendingClient};
use super::api_key::{ApiKeyIndex, ApiKeyRecord, ApiKeyStatus};
use super::domain::{
    Challenge, DnsKind, DnsRecord, DomainName, DomainProof, DomainRecord, DomainStatus,
};
use super::report::{
    Approval, ApprovalRecord, InstallRecord, InstallReport, LogIndex, LogPart, Totals,
};
use super::request::Properties;
use super::settings::Environment;
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::{ApiKeyId, ClientId, PartitionId};
use crate::op::RsaPublicKey;
use crate::secret::Secret;
use crate::time::UnixMs;

/// One byte for each value of an enum, in both directions.
macro_rules! coded {
    ($name:ident { $($variant:ident = $code:literal),+ $(,)? }) => {
        impl $name {
            fn code(self) -> u8 {
                match self { $(Self::$variant => $code),+ }
            }

            fn from_code(code: u8) -> Result<Self, Corrupt> {
                match code { $($code => Ok(Self::$variant),)+ _ => Err(Corrupt) }
            }
        }
    };
}

coded!(ClientStatus { Enabled = 0, Disabled = 1, Removed = 2 });
coded!(ApiKeyStatus { Enabled = 0, Revoked = 1 });
coded!(DomainProof { Signature = 0, Challenge = 1 });
coded!(DnsKind { Txt = 0, Cname = 1 });
coded!(DomainStatus {
    NotAssigned = 0,
    Created = 1,
    Enabled = 2,
    Unlocked = 3,
    Disabled = 4,
    Removed = 5,
});
coded!(AuthName {
    Type = 0,
    Name = 1,
    Token = 2,
    Password = 3,
    Challenge = 4,
    Hotp = 5,
    Totp = 6,
    Ocra = 7,
    Signature = 8,
});
coded!(Environment { Dev = 0, Test = 1, Prod = 2 });

fn text<'o>(out: &'o mut Encoder, value: Option<&String>) -> &'o mut Encoder {
    out.option(value, |out, value| out.text(value))
}

fn secret<'o>(out: &'o mut Encoder, value: Option<&Secret<String>>) -> &'o mut Encoder {
    out.option(value, |out, value| out.text(value.expose()))
}

fn properties<'o>(out: &'o mut Encoder, value: &Properties) -> &'o mut Encoder {
    out.list(value, |out, (name, value)| out.text(name).text(value))
}

fn read_text(input: &mut Decoder<'_>) -> Result<Option<String>, Corrupt> {
    input.option(Decoder::text)
}

fn read_secret(input: &mut Decoder<'_>) -> Result<Option<Secret<String>>, Corrupt> {
    input.option(|input| input.text().map(Secret::new))
}

fn read_properties(input: &mut Decoder<'_>) -> Result<Properties, Corrupt> {
    input.list(|input| Ok((input.text()?, input.text()?)))
}

fn read_time(input: &mut Decoder<'_>) -> Result<UnixMs, Corrupt> {
    input.u64().map(UnixMs)
}

impl Record for ClientRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.id.0).raw(&self.partition.0).text(&self.name).text(&self.client_type);
        out.u8(self.environment.code());
        text(out, self.email.as_ref());
        properties(out, &self.properties);
        self.password.encode(out);
        out.u32(self.max_api_keys).u32(self.max_objects).u32(self.api_keys).u32(self.objects);
        out.u8(self.status.code()).u64(self.created.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            id: ClientId(input.array()?),
            partition: PartitionId(input.array()?),
            name: input.text()?,
            client_type: input.text()?,
            environment: Environment::from_code(input.u8()?)?,
            email: read_text(input)?,
            properties: read_properties(input)?,
            password: PasswordHash::decode(input)?,
            max_api_keys: input.u32()?,
            max_objects: input.u32()?,
            api_keys: input.u32()?,
            objects: input.u32()?,
            status: ClientStatus::from_code(input.u8()?)?,
            created: read_time(input)?,
        })
    }
}

impl Record for PasswordHash {
    fn encode(&self, out: &mut Encoder) {
        out.u32(self.memory_kib).u32(self.passes).u32(self.lanes);
        out.raw(&self.salt).raw(self.hash.expose());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            memory_kib: input.u32()?,
            passes: input.u32()?,
            lanes: input.u32()?,
            salt: input.array()?,
            hash: Secret::new(input.array()?),
        })
    }
}

impl Record for PendingClient {
    fn encode(&self, out: &mut Encoder) {
        out.text(&self.id).text(&self.client_type).u8(self.method.code());
        for contact in &self.contacts {
            text(out, contact.as_ref());
        }
        out.u8(self.confirmed.into());
        out.option(self.used, |out, (id, at)| out.raw(&id.0).u64(at.0)).u64(self.created.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            id: input.text()?,
            client_type: input.text()?,
            method: AuthName::from_code(input.u8()?)?,
            contacts: [read_text(input)?, read_text(input)?, read_text(input)?],
            confirmed: read_flag(input)?,
            used: input.option(|input| Ok((ClientId(input.array()?), read_time(input)?)))?,
            created: read_time(input)?,
        })
    }
}

fn read_flag(input: &mut Decoder<'_>) -> Result<bool, Corrupt> {
    match input.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Corrupt),
    }
}

impl Record for ApiKeyRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.id.0).raw(&self.digest).raw(&self.client.0).raw(&self.partition.0);
        out.u8(self.environment.code());
        properties(out, &self.endpoint);
        out.option(self.types.as_ref(), |out, types| out.list(types, |out, one| out.u32(*one)));
        out.u8(self.status.code()).u64(self.created.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            id: ApiKeyId(input.array()?),
            digest: input.array()?,
            client: ClientId(input.array()?),
            partition: PartitionId(input.array()?),
            environment: Environment::from_code(input.u8()?)?,
            endpoint: read_properties(input)?,
            types: input.option(|input| input.list(Decoder::u32))?,
            status: ApiKeyStatus::from_code(input.u8()?)?,
            created: read_time(input)?,
        })
    }
}

impl Record for ApiKeyIndex {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.id.0).raw(&self.digest);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { id: ApiKeyId(input.array()?), digest: input.array()? })
    }
}

impl Record for DnsRecord {
    fn encode(&self, out: &mut Encoder) {
        out.u8(self.kind.code()).text(&self.name);
        text(out, self.domain.as_ref());
        text(out, self.value.as_ref());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            kind: DnsKind::from_code(input.u8()?)?,
            name: input.text()?,
            domain: read_text(input)?,
            value: read_text(input)?,
        })
    }
}

impl Record for Challenge {
    fn encode(&self, out: &mut Encoder) {
        out.text(&self.text).u8(self.proof.code());
        self.addresses.encode(out).u64(self.expires.0);
        out.option(self.used, |out, digest| out.raw(&digest));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            text: input.text()?,
            proof: DomainProof::from_code(input.u8()?)?,
            addresses: Addresses::decode(input)?,
            expires: read_time(input)?,
            used: input.option(Decoder::array)?,
        })
    }
}

impl Record for DomainRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.api_key.0)
            .text(&self.name)
            .bytes(&self.owner.modulus)
            .bytes(&self.owner.exponent);
        out.u8(self.status.code());
        self.addresses.encode(out).list(&self.records, |out, record| {
            record.encode(out);
            out
        });
        out.option(self.challenge.as_ref(), |out, challenge| {
            challenge.encode(out);
            out
        });
        out.u64(self.changed.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            api_key: ApiKeyId(input.array()?),
            name: input.text()?,
            owner: RsaPublicKey {
                modulus: input.bytes()?.to_vec(),
                exponent: input.bytes()?.to_vec(),
            },
            status: DomainStatus::from_code(input.u8()?)?,
            addresses: Addresses::decode(input)?,
            records: input.list(DnsRecord::decode)?,
            challenge: input.option(Challenge::decode)?,
            changed: read_time(input)?,
        })
    }
}

impl Record for InstallReport {
    fn encode(&self, out: &mut Encoder) {
        secret(out, self.password.as_ref());
        text(out, self.status.as_ref());
        text(out, self.error.as_ref()).option(self.duration_s, Encoder::u64);
        text(out, self.detail.as_ref());
        secret(out, self.key.as_ref());
        text(out, self.email.as_ref());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            password: read_secret(input)?,
            status: read_text(input)?,
            error: read_text(input)?,
            duration_s: input.option(Decoder::u64)?,
            detail: read_text(input)?,
            key: read_secret(input)?,
            email: read_text(input)?,
        })
    }
}

impl Record for DomainName {
    fn encode(&self, out: &mut Encoder) {
        out.text(&self.name).raw(&self.api_key.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { name: input.text()?, api_key: ApiKeyId(input.array()?) })
    }
}

impl Record for InstallRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.api_key.0);
        self.report.encode(out);
        out.u64(self.received.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            api_key: ApiKeyId(input.array()?),
            report: InstallReport::decode(input)?,
            received: read_time(input)?,
        })
    }
}

impl Record for LogPart {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.reference).u16(self.part);
        out.option(self.client, |out, id| out.raw(&id.0)).text(&self.text).u64(self.received.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            reference: input.array()?,
            part: input.u16()?,
            client: input.option(|input| input.array().map(ClientId))?,
            text: input.text()?,
            received: read_time(input)?,
        })
    }
}

impl Record for LogIndex {
    fn encode(&self, out: &mut Encoder) {
        out.list(&self.logs, |out, (reference, parts)| out.raw(reference).u16(*parts));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { logs: input.list(|input| Ok((input.array()?, input.u16()?)))? })
    }
}

impl Record for Totals {
    fn encode(&self, out: &mut Encoder) {
        out.u64(self.clients).u64(self.pending).u64(self.cleared.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { clients: input.u64()?, pending: input.u64()?, cleared: read_time(input)? })
    }
}

impl Record for ApprovalRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0).raw(&self.api_key.0);
        self.approval.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            partition: PartitionId(input.array()?),
            api_key: ApiKeyId(input.array()?),
            approval: Approval::decode(input)?,
        })
    }
}

impl Record for Approval {
    fn encode(&self, out: &mut Encoder) {
        out.u32(self.foreign_type).text(&self.policy).u64(self.given.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { foreign_type: input.u32()?, policy: input.text()?, given: read_time(input)? })
    }
}
