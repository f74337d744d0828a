//! How an instance is written.

use super::config::Config;
use super::keys::{AgreementKey, SignatureKey};
use super::log::{LogFile, LogFiles, LogPart};
use super::record::{Device, Identity, InstanceRecord, Owner, Peer};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::{KeyId, PartitionId};
use crate::limits::{
    INSTANCE_LOGS_MAX, INSTANCE_NAMES_MAX, INSTANCE_PEERS_MAX, LOG_PART_BYTES_MAX,
};
use crate::secret::Secret;

impl Record for InstanceRecord {
    fn encode(&self, out: &mut Encoder) {
        out.list(&self.names, |out, name| out.text(name)).raw(&self.partition.0);
        self.identity.encode(out);
        self.device.encode(out);
        out.option(self.owner.as_ref(), |out, owner| {
            owner.encode(out);
            out
        });
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            names: bounded(input.list(Decoder::text)?, INSTANCE_NAMES_MAX)?,
            partition: PartitionId(input.array()?),
            identity: Identity::decode(input)?,
            device: Device::decode(input)?,
            owner: input.option(Owner::decode)?,
        })
    }
}

impl Record for Identity {
    fn encode(&self, out: &mut Encoder) {
        out.raw(self.eid.private().expose()).raw(self.sign.seed().expose()).raw(&self.uuid);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            eid: AgreementKey::new(Secret::new(input.array()?)),
            sign: SignatureKey::new(Secret::new(input.array()?)),
            uuid: input.array()?,
        })
    }
}

impl Record for Device {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.devid)
            .raw(&self.genuine_id)
            .bytes(self.attestation_key.expose())
            .raw(&self.attestation_id)
            .bytes(&self.certificate);
        flag(out, self.provisioned);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            devid: input.array()?,
            genuine_id: input.array()?,
            attestation_key: Secret::new(input.bytes()?.to_vec()),
            attestation_id: input.array()?,
            certificate: input.bytes()?.to_vec(),
            provisioned: read_flag(input)?,
        })
    }
}

impl Record for Owner {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.user_key).raw(&self.master_key);
        self.config.encode(out);
        out.u64(self.iat).u64(self.uts).list(&self.peers, |out, peer| {
            out.raw(&peer.key.0).raw(&peer.public).raw(&peer.pid).u64(peer.paired_s)
        });
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            user_key: input.array()?,
            master_key: input.array()?,
            config: Config::decode(input)?,
            iat: input.u64()?,
            uts: input.u64()?,
            peers: bounded(input.list(peer)?, INSTANCE_PEERS_MAX)?,
        })
    }
}

impl Record for Config {
    fn encode(&self, out: &mut Encoder) {
        out.text(&self.user).text(&self.email).text(&self.hostname).text(&self.ip);
        out.text(&self.origin).u64(self.ctx);
        for value in [
            self.trusted_ts,
            self.trusted_backend,
            self.allow_keysearch,
            self.dnsd,
            self.http_option_hsts,
        ] {
            flag(out, value);
        }
        out.u8(self.http_option_dosprot_mode).u64(self.storage_mode).u64(self.storage_disk0size);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let (user, email, hostname, ip) =
            (input.text()?, input.text()?, input.text()?, input.text()?);
        let (origin, ctx) = (input.text()?, input.u64()?);
        Ok(Self {
            user,
            email,
            hostname,
            ip,
            origin,
            ctx,
            trusted_ts: read_flag(input)?,
            trusted_backend: read_flag(input)?,
            allow_keysearch: read_flag(input)?,
            dnsd: read_flag(input)?,
            http_option_hsts: read_flag(input)?,
            http_option_dosprot_mode: input.u8()?,
            storage_mode: input.u64()?,
            storage_disk0size: input.u64()?,
        })
    }
}

impl Record for LogPart {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0).u32(self.file).u32(self.number).text(&self.text);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let partition = PartitionId(input.array()?);
        let (file, number, text) = (input.u32()?, input.u32()?, input.text()?);
        let part = Self { partition, file, number, text };
        if part.text.len() <= LOG_PART_BYTES_MAX { Ok(part) } else { Err(Corrupt) }
    }
}

impl Record for LogFiles {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0)
            .list(&self.files, |out, file| out.u32(file.name).u32(file.parts));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let partition = PartitionId(input.array()?);
        let file =
            |input: &mut Decoder<'_>| Ok(LogFile { name: input.u32()?, parts: input.u32()? });
        Ok(Self { partition, files: bounded(input.list(file)?, INSTANCE_LOGS_MAX)? })
    }
}

fn peer(input: &mut Decoder<'_>) -> Result<Peer, Corrupt> {
    Ok(Peer {
        key: KeyId(input.array()?),
        public: input.array()?,
        pid: input.array()?,
        paired_s: input.u64()?,
    })
}

fn flag(out: &mut Encoder, value: bool) {
    out.u8(value.into());
}

fn read_flag(input: &mut Decoder<'_>) -> Result<bool, Corrupt> {
    match input.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Corrupt),
    }
}

fn bounded<T>(items: Vec<T>, most: usize) -> Result<Vec<T>, Corrupt> {
    if items.len() <= most { Ok(items) } else { Err(Corrupt) }
}
