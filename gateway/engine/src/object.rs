//! An object whose layout is ours, ready for use.
// spec: enigma-bridge 4.5, 5.8

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use typex_core::error::{Error, KeyImport};
use typex_core::key::object::{Contents, HeldPart, Settings};
use typex_core::key::payment::Algorithm;
use typex_core::key::{KeyRecord, Material, ObjectUse, Usage};
use typex_core::op::RsaPublicKey;
use typex_core::op::payment::{Dukpt, Part};
use typex_kernels::rsa::RsaPublic;

use crate::key::LoadedKey;
use crate::payment::component::is_weak_of_any_parity;
use crate::payment::{JobKey, KeySource};

/// The keys of an object and what its maker fixed.
pub struct ObjectKey {
    what: ObjectUse,
    keys: Vec<(Part, Arc<LoadedKey>)>,
    settings: Settings,
}

impl ObjectKey {
    /// Each key is known by the name of the object, as which it is revoked.
    pub(crate) fn new(
        what: ObjectUse,
        record: &KeyRecord,
        contents: Contents,
        revoked: &Arc<AtomicBool>,
    ) -> Result<Self, Error> {
        let load = |held: HeldPart| {
            let usage = Usage::Payment(held.attributes);
            let record = KeyRecord { usage, ..record.clone() };
            let key = LoadedKey::new(record, None, held.material, Arc::clone(revoked))?;
            Ok((held.part, Arc::new(key)))
        };
        let keys = contents.keys.into_iter().map(load).collect::<Result<_, Error>>()?;
        Ok(Self { what, keys, settings: contents.settings })
    }

    /// What it does.
    pub fn what(&self) -> ObjectUse {
        self.what
    }

    /// What its maker fixed.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its keys, for one payment operation; `dukpt` is the transaction of its base key.
    pub fn job_keys(&self, dukpt: Option<&Dukpt>) -> Vec<JobKey> {
        let of_part = |(part, key): &(Part, Arc<LoadedKey>)| {
            let dukpt = if *part == Part::Incoming { dukpt.cloned() } else { None };
            JobKey { part: *part, source: KeySource::Stored(Arc::clone(key)), dukpt }
        };
        self.keys.iter().map(of_part).collect()
    }

    /// The key in this part, if it holds one.
    pub fn key(&self, part: Part) -> Option<&Arc<LoadedKey>> {
        self.keys.iter().find(|(one, _)| *one == part).map(|(_, key)| key)
    }

    /// Of the RSA key whose private half it holds.
    pub(crate) fn public(&self) -> Option<RsaPublicKey> {
        self.key(Part::Incoming)?.payment()?.public_of_private()
    }
}

/// Whether an object may hold this.
///
/// # Errors
/// [`KeyImport::Material`] for a triple DES key that is weak or has equal neighbours, a public key
/// that is none, and anything that is not what such an object holds.
pub fn check_object(what: ObjectUse, material: &Material) -> Result<(), KeyImport> {
    let Material::Object(bytes) = material else { return Err(KeyImport::Material) };
    let contents = Contents::parse(what, bytes.expose())?;
    let sound =
        contents.keys.iter().all(|held| match (held.attributes.algorithm, &held.material) {
            (Algorithm::Tdes2 | Algorithm::Tdes3, Material::Symmetric(key)) => {
                !is_weak_of_any_parity(key.expose())
            }
            (_, Material::RsaPublic { modulus, exponent }) => {
                RsaPublic::new(modulus, exponent).is_ok()
            }
            _ => true,
        });
    sound.then_some(()).ok_or(KeyImport::Material)
}
