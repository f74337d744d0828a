//! A key ready for use: expanded once, kept by the caller, wiped when dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use typex_abi::{Header, StepKind};
use typex_core::error::{Error, ErrorKind};
use typex_core::key::object::Contents;
use typex_core::key::{Channel, KeyRecord, Material, Usage};
use typex_core::limits;
use typex_core::op::RsaPublicKey;
use typex_core::op::process_data::{HEADER_BYTES, TAG_BYTES};
use typex_core::op::user_auth::ContextKeys;
use typex_core::secret::Secret;
use typex_kernels::RoundKeys;
use typex_kernels::rsa::{RsaPrivate, RsaPublic};

use crate::cost;
use crate::general::GeneralKey;
use crate::object::ObjectKey;
use crate::payment::{Key, PaymentKey};
use crate::slot_key::SlotKey;

/// One version of a key with everything expanded.
pub struct LoadedKey {
    record: KeyRecord,
    channel: Option<ChannelKeys>,
    operation: Operation,
    /// MAC, envelope and operation as a card takes them; empty for what no card does.
    slots: Box<[SlotKey]>,
    revoked: Arc<AtomicBool>,
}

/// Round keys of a [`Channel`].
pub(crate) struct ChannelKeys {
    pub(crate) enc: Box<RoundKeys>,
    pub(crate) mac: Box<RoundKeys>,
}

/// What the operation computes with.
pub(crate) enum Operation {
    None,
    Aes(Box<RoundKeys>),
    RsaPrivate(Box<RsaPrivate>),
    RsaPublic(Box<RsaPublic>),
    Context(ContextSeal),
    General(Box<GeneralKey>),
    Payment(Box<PaymentKey>),
    Token(Box<Key>),
    Object(Box<ObjectKey>),
}

/// The keys that protect user contexts, and the round keys of the one that encrypts.
pub(crate) struct ContextSeal {
    pub(crate) keys: ContextKeys,
    pub(crate) enc: Box<RoundKeys>,
}

impl LoadedKey {
    /// Expands a key. `revoked` is shared with whoever changes the key's state.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the parts do not belong together: the store never holds such a
    /// key.
    pub fn new(
        record: KeyRecord,
        channel: Option<Channel>,
        material: Material,
        revoked: Arc<AtomicBool>,
    ) -> Result<Self, Error> {
        let slots = slot_keys(&record, channel.as_ref(), &material, &revoked);
        let channel = channel.map(|channel| ChannelKeys::new(&channel)).transpose()?;
        let operation = match (record.usage, &material) {
            (Usage::Object(what), Material::Object(contents)) => {
                let contents = Contents::parse(what, contents.expose())
                    .map_err(|_| defect("an object holds what its use does not take"))?;
                let key = ObjectKey::new(what, &record, contents, &revoked)?;
                Operation::Object(Box::new(key))
            }
            _ => Operation::new(record.usage, material)?,
        };
        let serves_clients = channel.is_some() && record.object.is_some();
        if record.usage.serves_process_data() && !serves_clients {
            return Err(defect("a key that serves ProcessData needs a channel and a number"));
        }
        Ok(Self { record, channel, operation, slots, revoked })
    }

    /// All that is public about it.
    pub fn record(&self) -> &KeyRecord {
        &self.record
    }

    /// The flag that ends its use: once true, every job with it is refused.
    pub fn revoked(&self) -> &Arc<AtomicBool> {
        &self.revoked
    }

    /// Length that a buffer needs so that the longest answer fits in.
    pub fn answer_bytes_max(&self) -> usize {
        let data = match self.record.usage {
            Usage::Random => limits::RANDOM_BYTES_MAX,
            _ => limits::USER_AUTH_DATA_BYTES_MAX,
        };
        HEADER_BYTES + usize::from(data) + 16 + TAG_BYTES
    }

    /// What `ProcessData` of so much ciphertext and tag costs one core, in nanoseconds, by order of
    /// magnitude.
    pub fn process_ns(&self, sealed_bytes: usize) -> u64 {
        cost::of_process(self, sealed_bytes).cost_ns
    }

    /// Its parts, if it serves every operation of an algorithm.
    pub fn general(&self) -> Option<&GeneralKey> {
        match &self.operation {
            Operation::General(key) => Some(key),
            _ => None,
        }
    }

    /// Its parts, if it is a payment key.
    pub fn payment(&self) -> Option<&PaymentKey> {
        match &self.operation {
            Operation::Payment(key) => Some(key),
            _ => None,
        }
    }

    /// Its parts, if it is an object whose layout is ours.
    pub fn object_key(&self) -> Option<&ObjectKey> {
        match &self.operation {
            Operation::Object(key) => Some(key),
            _ => None,
        }
    }

    /// A master key of tokens.
    pub(crate) fn token(&self) -> Option<&Key> {
        match &self.operation {
            Operation::Token(key) => Some(key),
            _ => None,
        }
    }

    /// The public half of an RSA key.
    pub fn public(&self) -> Option<RsaPublicKey> {
        let public = match &self.operation {
            Operation::Object(key) => return key.public(),
            Operation::RsaPrivate(key) => key.public(),
            Operation::RsaPublic(key) => key,
            _ => return None,
        };
        Some(RsaPublicKey {
            modulus: public.modulus().to_vec(),
            exponent: public.exponent().to_vec(),
        })
    }

    pub(crate) fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }

    pub(crate) fn channel(&self) -> Result<&ChannelKeys, ErrorKind> {
        self.channel.as_ref().ok_or(ErrorKind::Internal)
    }

    pub(crate) fn operation(&self) -> &Operation {
        &self.operation
    }

    pub(crate) fn slots(&self) -> &[SlotKey] {
        &self.slots
    }

    pub(crate) fn modulus_bytes(&self) -> Option<u16> {
        match &self.operation {
            Operation::RsaPrivate(key) => u16::try_from(key.modulus_len()).ok(),
            Operation::RsaPublic(key) => u16::try_from(key.modulus_len()).ok(),
            _ => None,
        }
    }

    /// Its number as clients know it; keys without one serve no client.
    pub(crate) fn object(&self) -> u32 {
        self.record.object.unwrap_or_default()
    }
}

impl ContextSeal {
    fn new(root: &Secret<[u8; 32]>) -> Result<Self, Error> {
        let keys = ContextKeys::derive(root);
        let enc = expand(keys.enc.expose())?;
        Ok(Self { keys, enc })
    }
}

impl ChannelKeys {
    fn new(channel: &Channel) -> Result<Self, Error> {
        Ok(Self { enc: expand(channel.enc.expose())?, mac: expand(channel.mac.expose())? })
    }
}

impl Operation {
    fn new(usage: Usage, material: Material) -> Result<Self, Error> {
        if let Usage::General(general) = usage {
            let key = GeneralKey::new(general, material);
            let key = key.ok_or_else(|| defect("material of a key is not of its algorithm"))?;
            return Ok(Self::General(Box::new(key)));
        }
        if let Usage::Payment(attributes) = usage {
            return PaymentKey::new(attributes, &material).map(Box::new).map(Self::Payment);
        }
        match (usage, &material) {
            (Usage::EncryptBlocks | Usage::DecryptBlocks, Material::Aes128(key)) => {
                Ok(Self::Aes(expand(key.expose())?))
            }
            (Usage::RsaPrivate { modulus_bytes }, Material::RsaPrivate(der)) => {
                let key = rsa_private(der)?;
                modulus_is(modulus_bytes, key.modulus_len())?;
                Ok(Self::RsaPrivate(Box::new(key)))
            }
            (Usage::RsaPublic { modulus_bytes }, Material::RsaPublic { modulus, exponent }) => {
                let key = RsaPublic::new(modulus, exponent).map_err(foreign)?;
                modulus_is(modulus_bytes, key.modulus_len())?;
                Ok(Self::RsaPublic(Box::new(key)))
            }
            (Usage::ImportUnwrap, Material::RsaPrivate(der)) => {
                Ok(Self::RsaPrivate(Box::new(rsa_private(der)?)))
            }
            (Usage::Token(_), Material::Symmetric(key)) => master(key).map(Self::Token),
            (Usage::Random, Material::None) => Ok(Self::None),
            (usage, Material::ContextRoot(root)) if usage.is_user_auth() => {
                ContextSeal::new(root).map(Self::Context)
            }
            _ => Err(defect("usage and material of a key do not belong together")),
        }
    }
}

/// The keys of a chain that runs as a program of a card. They serve that program and no other.
fn slot_keys(
    record: &KeyRecord,
    channel: Option<&Channel>,
    material: &Material,
    revoked: &Arc<AtomicBool>,
) -> Box<[SlotKey]> {
    let operate = match record.usage {
        Usage::EncryptBlocks => StepKind::OperateEncrypt,
        Usage::DecryptBlocks => StepKind::OperateDecrypt,
        _ => return Box::default(),
    };
    let (Some(channel), Material::Aes128(key)) = (channel, material) else {
        return Box::default();
    };
    let roles = |kinds: &[StepKind]| kinds.iter().fold(0, |all, kind| all | Header::role(*kind));
    let (check, seal) = (StepKind::MacCheck, StepKind::MacSeal);
    let mut mac = SlotKey::new(channel.mac.expose()).with_roles(roles(&[check, seal]));
    let (open, seal) = (StepKind::CbcOpen, StepKind::CbcSeal);
    let word = record.object.unwrap_or_default();
    let enc = SlotKey::new(channel.enc.expose()).with_roles(roles(&[open, seal]));
    let mut enc = enc.with_word(word);
    let mut app = SlotKey::new(key.expose()).with_roles(roles(&[operate]));
    SlotKey::join(record.partition, &mut [&mut mac, &mut enc, &mut app]);
    Box::new([mac, enc, app].map(|key| key.with_flag(revoked)))
}

fn expand(key: &[u8]) -> Result<Box<RoundKeys>, Error> {
    RoundKeys::boxed(key).map_err(foreign)
}

fn master(key: &Secret<Vec<u8>>) -> Result<Box<Key>, Error> {
    Key::aes(key.expose()).map(Box::new).map_err(foreign)
}

fn rsa_private(der: &Secret<Vec<u8>>) -> Result<RsaPrivate, Error> {
    RsaPrivate::from_der(der.expose()).map_err(foreign)
}

fn modulus_is(expected: u16, actual: usize) -> Result<(), Error> {
    if usize::from(expected) == actual {
        return Ok(());
    }
    Err(defect("the modulus of a key has another length than its usage says"))
}

fn defect(what: &'static str) -> Error {
    Error::from(ErrorKind::Internal).with_source(what)
}

fn foreign(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::from(ErrorKind::Internal).with_source(source)
}
