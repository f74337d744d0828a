//! Keys that serve every operation of an algorithm: public halves, checks, derivation.

use typex_core::error::{ErrorKind, KeyImport};
use typex_core::key::{Algorithm, Material};
use typex_core::secret::Secret;
use typex_kernels::rsa::RsaError;

use crate::algorithm;
use crate::job::{MakeKey, Outcome};
use crate::reserve::Reserve;
use crate::rsa;

pub(super) fn run(make: &mut MakeKey, reserve: Option<&Reserve>) -> Result<Outcome, ErrorKind> {
    let material = match make {
        MakeKey::Complete { algorithm, secret } => complete(*algorithm, secret)?,
        MakeKey::GenerateRsa { bits } => rsa_pair(rsa::generate(*bits, reserve))?,
        MakeKey::ImportRsa { bits, der } => rsa_pair(rsa::import(*bits, der.expose()))?,
        MakeKey::Import { algorithm, public } => {
            algorithm::check_public(*algorithm, public)?;
            Material::Public(std::mem::take(public))
        }
        MakeKey::Derive { from, peer, target, info } => {
            let key = from.general().ok_or(ErrorKind::KeyUsage)?;
            let private = key.secret().ok_or(ErrorKind::KeyUsage)?;
            let agreed = algorithm::agree(key.general().algorithm, private, peer)?;
            complete(*target, &algorithm::derive(*target, &agreed, info)?)?
        }
    };
    Ok(Outcome::Made(Box::new(material)))
}

fn complete(algorithm: Algorithm, secret: &Secret<Vec<u8>>) -> Result<Material, ErrorKind> {
    algorithm::check_private(algorithm, secret)?;
    if !algorithm.is_pair() {
        return Ok(Material::Symmetric(secret.clone()));
    }
    let public = algorithm::public_of(algorithm, secret)?;
    Ok(Material::Pair { private: secret.clone(), public })
}

fn rsa_pair(private: Result<Secret<Vec<u8>>, RsaError>) -> Result<Material, ErrorKind> {
    let pair = private.and_then(|private| {
        let public = rsa::public_of(&private)?;
        Ok(Material::Pair { private, public })
    });
    pair.map_err(|error| match error {
        RsaError::Fault => ErrorKind::DeviceFault,
        _ => ErrorKind::KeyImport(KeyImport::Material),
    })
}
