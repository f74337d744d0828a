//! Statements that an instance is genuine, and requests for certificates.
// spec: encedo-hem 3.5, 4.6

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use typex_core::error::Malformed;
use typex_core::op::instance::{
    Answer, Device, InstanceRecord, Provision, genuine, parse_genuine, statement,
};
use typex_core::{Error, ErrorKind, UnixMs};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::admitted::Admitted;
use super::change::store;
use super::internal;

impl Admitted<'_> {
    pub(super) fn attestation(&self) -> Result<Answer, Error> {
        let state = self.instance.lock();
        let genuine = attest(&state.record.device, self.now)?;
        Ok(Answer::Attestation { genuine, certificate: state.record.device.certificate.clone() })
    }

    pub(super) async fn provision(&self, provision: Provision) -> Result<Answer, Error> {
        self.change(move |tx, state| {
            let id = check(&state.record.device, &provision)?;
            let record = state.record.with_certificate(provision.certificate, id);
            store(tx, state, record)?;
            Ok(Answer::Done)
        })
        .await
    }
}

/// A certificate request for a host name, with a statement.
pub(super) struct Requested {
    host: String,
    made: Result<(String, String), Error>,
}

impl Requested {
    /// The request and the statement, if there is one and an instance with this record has that
    /// name.
    pub(super) fn of(
        requested: Option<Self>,
        record: &InstanceRecord,
    ) -> Result<(String, String), Error> {
        let host = record.owner.as_ref().map(|owner| &owner.config.hostname);
        let of_it = requested.filter(|one| Some(&one.host) == host);
        of_it.ok_or(ErrorKind::WrongState)?.made
    }
}

impl Admitted<'_> {
    /// Asks for a certificate for `host`, which the instance has or is to have. Reads a file and
    /// signs, so beside the core's thread, one at a time.
    pub(super) async fn request(&self, host: String) -> Result<Requested, Error> {
        let turn = Arc::clone(&self.hems.requesting).acquire_owned().await;
        let turn = turn.map_err(|_| ErrorKind::ShuttingDown)?;
        let (hems, now) = (Arc::clone(self.hems), self.now);
        let record = Arc::clone(&self.instance.lock().record);
        let make = tokio::task::spawn_blocking(move || {
            let request = hems.tls.request(&host);
            let made = request.and_then(|csr| Ok((csr, attest(&record.device, now)?)));
            drop(turn);
            Requested { host, made }
        });
        make.await.map_err(internal)
    }
}

/// A statement of `now`.
pub(super) fn attest(device: &Device, now: UnixMs) -> Result<String, Error> {
    let statement = statement(now);
    let signature = key(device)?.sign(&SystemRandom::new(), statement.as_bytes());
    let signature = signature.map_err(internal)?;
    Ok(genuine(&device.attestation_id, &statement, signature.as_ref()))
}

fn key(device: &Device) -> Result<EcdsaKeyPair, Error> {
    let der = device.attestation_key.expose();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der).map_err(internal)
}

/// The SubjectKeyIdentifier of a certificate for the attestation key that comes with one of its
/// statements.
fn check(device: &Device, provision: &Provision) -> Result<[u8; 20], Error> {
    const INVALID: ErrorKind = ErrorKind::Malformed(Malformed::Value);
    let said = parse_genuine(&provision.genuine).ok_or(INVALID)?;
    let (rest, certificate) =
        X509Certificate::from_der(&provision.certificate).map_err(|_| INVALID)?;
    let pair = key(device)?;
    let public = pair.public_key().as_ref();
    let signed = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public)
        .verify(said.statement.as_bytes(), &said.signature);
    let is_ours = *certificate.public_key().subject_public_key.data == *public;
    if said.key_id != device.attestation_id || signed.is_err() || !is_ours || !rest.is_empty() {
        return Err(INVALID.into());
    }
    Ok(identifier(&certificate).unwrap_or(device.attestation_id))
}

fn identifier(certificate: &X509Certificate<'_>) -> Option<[u8; 20]> {
    use x509_parser::extensions::ParsedExtension;
    certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => id.0.try_into().ok(),
        _ => None,
    })
}
