//! Keys of a terminal's transaction, in key blocks.
// spec: enigma-bridge 4.5

use std::sync::Arc;

use typex_core::Secret;
use typex_core::error::ErrorKind;
use typex_core::key::Material;
use typex_core::key::payment::{Algorithm as Stored, Attributes, Exportability, ModeOfUse, Usage};
use typex_core::op::object::{SessionKey, WhichKey};

use super::dukpt::{CounterRule, Direction, Dukpt};
use super::dukpt_aes::KeyType;
use super::key_job::{HeldKey, Says, write};
use super::lanes::{self, Lanes};
use super::loaded::PaymentKey;
use super::{Algorithm, Error, Key};
use crate::key::LoadedKey;

/// The block of a key that `base` gives for a transaction, under `protection`.
pub(crate) fn session_key(
    (base, protection): (&LoadedKey, &LoadedKey),
    asked: &SessionKey,
    fill: &Secret<Vec<u8>>,
) -> Result<Secret<Vec<u8>>, ErrorKind> {
    let text = lanes::alone(async |lanes| {
        let key = derived(lanes, base.payment().ok_or(Error::KeyUsage)?, asked).await?;
        let attributes = attributes(asked.which, &key).ok_or(Error::KeyUsage)?;
        let says = Says {
            mode: attributes.mode,
            exportability: Exportability::Never,
            key_version: *b"00",
            blocks: Vec::new(),
        };
        let key = held(base, attributes, &key);
        let payment = protection.payment().ok_or(Error::KeyUsage)?;
        let under = held(protection, *payment.attributes(), payment.cipher()?);
        write(lanes, &under, &key, &says, fill.expose()).await
    });
    text.map(|text| Secret::new(text.into_bytes())).map_err(|error: Error| error.into())
}

async fn derived(lanes: &Lanes, base: &PaymentKey, asked: &SessionKey) -> Result<Key, Error> {
    let key = base.cipher()?;
    let key_type = match key.algorithm() {
        Algorithm::Tdes => KeyType::Tdes2,
        Algorithm::Aes => KeyType::of(key)?,
    };
    let dukpt = Dukpt {
        base: key,
        ksn: &asked.ksn,
        rule: CounterRule::Strict,
        direction: Direction::Request,
        key_type,
        devices: Some(base.devices()),
    };
    match asked.which {
        WhichKey::Pin => dukpt.pin_key(lanes).await,
        WhichKey::Mac => dukpt.mac_key(lanes).await,
        WhichKey::Data => dukpt.data_key(lanes).await,
    }
}

/// A key of MACs is for algorithm 3 under triple DES, for CMAC under AES.
fn attributes(which: WhichKey, key: &Key) -> Option<Attributes> {
    let letter = match key.algorithm() {
        Algorithm::Tdes => b'T',
        Algorithm::Aes => b'A',
    };
    let (usage, mode) = match (which, key.algorithm()) {
        (WhichKey::Pin, _) => (Usage::PIN, ModeOfUse::Both),
        (WhichKey::Data, _) => (Usage::DATA, ModeOfUse::Both),
        (WhichKey::Mac, Algorithm::Tdes) => (Usage::MAC_3, ModeOfUse::GenerateAndVerify),
        (WhichKey::Mac, Algorithm::Aes) => (Usage::CMAC, ModeOfUse::GenerateAndVerify),
    };
    let algorithm = Stored::of_block(letter, key.expose().len())?;
    Some(Attributes::new(usage, algorithm, mode))
}

/// For one block.
fn held(owner: &LoadedKey, attributes: Attributes, key: &Key) -> HeldKey {
    let record = owner.record();
    HeldKey {
        key: (record.id, record.version),
        attributes,
        material: Material::Symmetric(Secret::new(key.expose().to_vec())),
        revoked: Arc::clone(owner.revoked()),
    }
}
