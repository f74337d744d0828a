//! New instances.

use rcgen::{CertificateParams, DistinguishedName, DnType, IsCa, KeyPair};
use typex_core::limits::INSTANCES_MAX;
use typex_core::op::instance::{Device, Identity, InstanceRecord, is_host_name};
use typex_core::{Error, ErrorKind, PartitionId, Secret};
use typex_store::Tx;

use super::{all, internal};

/// Name of the instance that a store for development begins with.
pub(crate) const FIRST: &str = "hem.localhost";

/// The instance that a store for development begins with.
pub(crate) fn first(tx: &mut Tx<'_>) -> Result<(), Error> {
    new(tx, FIRST).map(drop)
}

/// Makes an instance without an owner.
///
/// # Errors
/// [`ErrorKind::Malformed`] for a name that is no host's, [`ErrorKind::KeyExists`] for one that
/// another instance answers to, [`ErrorKind::Quota`] at [`INSTANCES_MAX`].
pub(super) fn new(tx: &mut Tx<'_>, name: &str) -> Result<InstanceRecord, Error> {
    use typex_core::error::Malformed;
    if !is_host_name(name) || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let text = "the name must be that of a host, in lower case";
        return Err(Error::new(ErrorKind::Malformed(Malformed::Value), text));
    }
    let others = all(tx)?;
    if others.iter().any(|record| record.answers_to(name)) {
        return Err(Error::new(ErrorKind::KeyExists, "an instance has this name"));
    }
    if others.len() >= INSTANCES_MAX {
        return Err(Error::new(ErrorKind::Quota, "no room for more instances"));
    }
    let record = InstanceRecord {
        names: vec![name.to_owned()],
        partition: PartitionId(tx.random()?),
        identity: Identity::new(&Secret::new(tx.random()?)),
        device: device(tx)?,
        owner: None,
    };
    tx.put(&record)?;
    Ok(record)
}

/// A P-256 key, with a certificate that the key itself signed: it proves no more than that the
/// same gateway answers.
// spec: encedo-hem 4.6
fn device(tx: &Tx<'_>) -> Result<Device, Error> {
    let key = KeyPair::generate().map_err(internal)?;
    let devid: [u8; 8] = tx.random()?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::ExplicitNoCa;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, const_hex::encode(devid));
    let id = params.key_identifier(&key);
    let certificate = params.self_signed(&key).map_err(internal)?;
    Ok(Device {
        devid,
        genuine_id: tx.random()?,
        attestation_key: Secret::new(key.serialize_der()),
        attestation_id: *id.first_chunk().ok_or(ErrorKind::Internal)?,
        certificate: certificate.der().to_vec(),
        provisioned: false,
    })
}
