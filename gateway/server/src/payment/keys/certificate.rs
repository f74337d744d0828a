//! Certificates that a key signed for itself: vehicles of public halves, which prove no more than
//! that the private half is here.

use rcgen::{CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, PKCS_RSA_SHA256};
use rustls::pki_types::PrivatePkcs8KeyDer;
use typex_core::key::Material;
use typex_core::op::payment::keys::Answer;
use typex_core::{Error, ErrorKind, KeyId, PartitionId, Secret};

use crate::gateway::Inner;

impl Inner {
    /// The public half of a key pair. Nothing is computed with the key for a caller, so it is
    /// shown also while the key is stopped.
    pub(super) async fn public_certificate(
        &self,
        partition: PartitionId,
        key: KeyId,
    ) -> Result<Answer, Error> {
        let (held, _) = self.held(partition, key).await?;
        if !held.attributes.algorithm.is_pair() {
            return Err(ErrorKind::KeyUsage.into());
        }
        let (_, certificate) = self_signed(held.material, key.to_string()).await?;
        Ok(Answer::Certificate(certificate))
    }
}

/// The certificate of an RSA key, in DER, and the key. Signing takes milliseconds, so it is not
/// done where requests are served.
pub(super) async fn self_signed(
    key: Material,
    name: String,
) -> Result<(Secret<Vec<u8>>, Vec<u8>), Error> {
    let Material::RsaPrivate(private) = key else { return Err(ErrorKind::KeyUsage.into()) };
    let signed = tokio::task::spawn_blocking(move || {
        let certificate = sign(&private, &name)?;
        Ok((private, certificate))
    });
    signed.await.map_err(internal)?
}

fn sign(private: &Secret<Vec<u8>>, name: &str) -> Result<Vec<u8>, Error> {
    let der = PrivatePkcs8KeyDer::from(private.expose().as_slice());
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_RSA_SHA256).map_err(internal)?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::ExplicitNoCa;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.self_signed(&key).map_err(internal)?;
    Ok(certificate.der().to_vec())
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::from(ErrorKind::Internal).with_source(error)
}
