//! Keys that serve every operation of an algorithm: public halves, checks, derivation.

use typex_core::error::ErrorKind;
use typex_core::key::{Algorithm, Material};
use typex_core::secret::Secret;

use crate::algorithm;
use crate::job::{MakeKey, Outcome};

pub(super) fn run(make: &mut MakeKey) -> Result<Outcome, ErrorKind> {
    let material = match make {
        MakeKey::Complete { algorithm, secret } => complete(*algorithm, secret)?,
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
