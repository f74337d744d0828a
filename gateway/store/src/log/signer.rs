//! The key that signs checkpoints, kept in a file of its own: outside the data directory in
//! production, so that a copy of the data cannot be continued under the log's name.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::rand;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use typex_core::Secret;
use typex_core::audit::checkpoint::{Checkpoint, Origin, SignedCheckpoint, VerifierKey};

use super::error::LogError;
use super::limits::KEY_FILE_BYTES_MAX;

const MARK: &str = "PRIVATE+KEY+";
const ED25519_TYPE: u8 = 1;

/// An Ed25519 key and the name under which it signs, which is the log's.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl Signer {
    /// Makes a key for a log of this name and a file for it, readable by this user only. An
    /// existing file is an error.
    ///
    /// # Errors
    /// [`LogError::Io`], [`LogError::Crypto`].
    pub fn create(path: &Path, name: Origin) -> Result<Self, LogError> {
        let mut seed = Secret::new([0; 32]);
        rand::fill(seed.expose_mut()).map_err(|_| LogError::Crypto)?;
        let signer = Self::from_seed(name, &seed)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(signer.file(&seed).expose().as_bytes())?;
        file.sync_all()?;
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            File::open(dir)?.sync_all()?;
        }
        Ok(signer)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`LogError::Io`]; [`LogError::KeyFile`] if it is not one.
    pub fn load(path: &Path) -> Result<Self, LogError> {
        let mut text = Secret::new(String::with_capacity(KEY_FILE_BYTES_MAX as usize));
        let mut file = File::open(path)?.take(KEY_FILE_BYTES_MAX);
        file.read_to_string(text.expose_mut()).map_err(|_| LogError::KeyFile)?;
        let (name, seed) = parse(text.expose()).ok_or(LogError::KeyFile)?;
        let signer = Self::from_seed(name, &seed)?;
        let same = signer.file(&seed).ct_eq(text.expose().as_bytes());
        if bool::from(same) { Ok(signer) } else { Err(LogError::KeyFile) }
    }

    /// The public half. Keep it where who can change the log cannot change it.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The name of the log.
    pub fn origin(&self) -> &Origin {
        &self.verifier.name
    }

    /// Signs.
    pub(super) fn sign(&self, checkpoint: Checkpoint) -> SignedCheckpoint {
        SignedCheckpoint::sign(checkpoint, &self.verifier, |message| {
            let signature = self.pair.sign(message);
            signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
        })
    }

    pub(crate) fn from_seed(name: Origin, seed: &Secret<[u8; 32]>) -> Result<Self, LogError> {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| LogError::Crypto)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| LogError::Crypto)?;
        Ok(Self { pair, verifier: VerifierKey { name, public } })
    }

    fn file(&self, seed: &Secret<[u8; 32]>) -> Secret<String> {
        let mut bytes = Secret::new([ED25519_TYPE; 33]);
        bytes.expose_mut()[1..].copy_from_slice(seed.expose());
        let VerifierKey { name, .. } = &self.verifier;
        let key = Secret::new(BASE64.encode(bytes.expose()));
        let id = u32::from_be_bytes(self.verifier.id());
        Secret::new(format!("{MARK}{name}+{id:08x}+{}\n", key.expose()))
    }
}

/// Whether `note` carries a signature by one of `keys` that holds.
pub fn is_signed(note: &SignedCheckpoint, keys: &[VerifierKey]) -> bool {
    keys.iter().any(|key| {
        note.is_signed_by(key, |public, message, signature| {
            UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
        })
    })
}

fn parse(text: &str) -> Option<(Origin, Secret<[u8; 32]>)> {
    let (name, rest) = text.strip_prefix(MARK)?.split_once('+')?;
    let (_, key) = rest.strip_suffix('\n')?.split_once('+')?;
    let bytes = Secret::new(BASE64.decode(key).ok()?);
    let (_, seed) = bytes.expose().split_first()?;
    Some((Origin::new(name)?, Secret::new(seed.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use typex_core::UnixMs;
    use typex_core::audit::chain::Chain;

    #[test]
    fn key_files_round_trip_and_are_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.key");
        let made = Signer::create(&path, Origin::from_random([1; 8])).unwrap();
        let read = Signer::load(&path).unwrap();
        assert_eq!(made.verifier(), read.verifier());
        assert!(matches!(Signer::create(&path, Origin::from_random([2; 8])), Err(LogError::Io(_))));
        let text = std::fs::read_to_string(&path).unwrap();
        for bad in
            [text.replacen('+', "-", 1), text.trim().to_owned(), text.replace("typex", "other")]
        {
            std::fs::write(&path, bad).unwrap();
            assert!(matches!(Signer::load(&path), Err(LogError::KeyFile)));
        }
    }

    #[test]
    fn a_changed_checkpoint_is_not_signed() {
        let dir = tempfile::tempdir().unwrap();
        let create = |name: &str, id| {
            Signer::create(&dir.path().join(name), Origin::from_random([id; 8])).unwrap()
        };
        let (signer, other) = (create("a", 1), create("b", 2));
        let keys = [other.verifier().clone(), signer.verifier().clone()];
        let mut note = signer.sign(Checkpoint {
            origin: signer.origin().clone(),
            size: 5,
            root: [1; 32],
            chain: Chain::START,
            time: UnixMs(0),
        });
        assert!(is_signed(&note, &keys));
        assert!(!is_signed(&note, &keys[..1]));
        note.checkpoint.size = 6;
        assert!(!is_signed(&note, &keys));
    }
}
