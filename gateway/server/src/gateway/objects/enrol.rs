//! What a new object holds.
// spec: enigma-bridge 5.8

use typex_core::key::object::{PrivateHalf, Upload};
use typex_core::key::{Material, ObjectUse};
use typex_core::op::RsaPublicKey;
use typex_core::policy::Grant;
use typex_core::{Error, ErrorKind, Secret};
use typex_engine::{Done, Work, check_object};

use crate::gateway::core::Inner;

/// Bytes and bits of the modulus of its RSA key.
const MODULUS_BYTES: u16 = 256;
const MODULUS_BITS: u32 = 2048;

impl Inner {
    /// What was filled in, completed and checked; of an RSA private key also the public half.
    pub(in crate::gateway) async fn object_contents(
        &self,
        grant: Grant,
        what: ObjectUse,
        filled: Option<Secret<Vec<u8>>>,
    ) -> Result<(Material, Option<RsaPublicKey>, Grant), Error> {
        let (material, public, grant) =
            match Upload::read(what, filled).map_err(ErrorKind::KeyImport)? {
                Upload::Done(material) => (material, None, grant),
                Upload::Draw => {
                    let key = self.random::<32>().await?;
                    (Material::Object(Secret::new(key.expose().to_vec())), None, grant)
                }
                Upload::Rsa(half) => self.with_private_half(grant, half).await?,
            };
        check_object(what, &material).map_err(ErrorKind::KeyImport)?;
        Ok((material, public, grant))
    }

    async fn with_private_half(
        &self,
        grant: Grant,
        mut half: PrivateHalf,
    ) -> Result<(Material, Option<RsaPublicKey>, Grant), Error> {
        let work = match half.parts.take() {
            Some(parts) => Work::ImportRsa { parts, modulus_bytes: MODULUS_BYTES },
            None => Work::GenerateRsa { bits: MODULUS_BITS },
        };
        let Done::Key(step) = self.submit(grant, work).await? else {
            return Err(ErrorKind::Internal.into());
        };
        let Material::RsaPrivate(der) = &step.value.material else {
            return Err(ErrorKind::Internal.into());
        };
        let material = half.with(der).map_err(ErrorKind::KeyImport)?;
        Ok((material, Some(step.value.public.clone()), step.grant))
    }
}
