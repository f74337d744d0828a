//! Checkpoints: size, root and chain of the log in the C2SP forms *tlog-checkpoint* and
//! *signed-note*, so that tools which know those forms can read and countersign them.
//!
//! Signing is not done here: [`SignedCheckpoint::sign`] and [`SignedCheckpoint::is_signed_by`]
//! take the primitive as a closure.

use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use super::chain::{Chain, Head};
use super::merkle::Hash;
use super::text;
use crate::limits;
use crate::time::UnixMs;

/// The signature type of Ed25519 in a signed note.
const ED25519: u8 = 1;
const SIGNATURE_MARK: &str = "\u{2014} ";

/// A text that is not a checkpoint, key or name of the expected form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text has another form.
    #[error("not a signed checkpoint of an audit log")]
    Form,
    /// More signatures than are kept.
    #[error("more than {} signatures", limits::AUDIT_SIGNATURES_MAX)]
    Signatures,
    /// Longer than a checkpoint can be.
    #[error("longer than {} bytes", limits::AUDIT_NOTE_BYTES_MAX)]
    TooLong,
    /// The text is not a verifier key.
    #[error("not a verifier key: name+hash+base64")]
    Key,
}

/// The name of a log and of the key that signs for it: lower-case letters, digits and `./-_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(ArrayString<{ limits::AUDIT_ORIGIN_CHARS_MAX }>);

impl Origin {
    /// Checks a name; `None` if it is empty, longer than [`limits::AUDIT_ORIGIN_CHARS_MAX`] or
    /// has another character.
    pub fn new(name: &str) -> Option<Self> {
        let sound = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"./-_".contains(&byte)
        };
        let name = ArrayString::from(name).ok()?;
        (!name.is_empty() && name.bytes().all(sound)).then_some(Self(name))
    }

    /// The name of a new log, made unlike all others by random bytes.
    pub fn from_random(random: [u8; 8]) -> Self {
        let name = format!("typex.audit/{}", const_hex::encode(random));
        Self::new(&name).expect("the name has 28 permitted characters")
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: Origin,
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// The chain before the checkpoint's own line.
    pub chain: Chain,
    /// When it was signed.
    pub time: UnixMs,
}

impl Checkpoint {
    /// The signed bytes: origin, size and root, then the chain and the time as extension lines.
    pub fn text(&self) -> String {
        let mut time = Vec::with_capacity(24);
        text::time(&mut time, self.time);
        let (root, time) = (BASE64.encode(self.root), String::from_utf8_lossy(&time));
        let Self { origin, size, chain, .. } = self;
        format!("{origin}\n{size}\n{root}\nchain {chain}\ntime {time}\n")
    }

    /// What it says about the log, in the form that the store keeps.
    pub fn head(&self) -> Head {
        Head { size: self.size, root: self.root, chain: self.chain }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let origin = Origin::new(lines.next()?)?;
        let size = lines.next()?.parse().ok()?;
        let root = BASE64.decode(lines.next()?).ok()?.try_into().ok()?;
        let chain = const_hex::decode_to_array(lines.next()?.strip_prefix("chain ")?).ok()?;
        let time = text::parse_time(lines.next()?.strip_prefix("time ")?)?;
        let found = Self { origin, size, root, chain: Chain(chain), time };
        (found.text() == text).then_some(found)
    }
}

/// One signature under a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who signed.
    pub name: Origin,
    /// Which key; see [`VerifierKey::id`].
    pub key: [u8; 4],
    /// The signature; 64 bytes when it is ours, other lengths from witnesses.
    pub signature: Vec<u8>,
}

/// A checkpoint and its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// By whom.
    pub signatures: Vec<Note>,
}

impl SignedCheckpoint {
    /// Signs with the key that `key` describes.
    pub fn sign(
        checkpoint: Checkpoint,
        key: &VerifierKey,
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Self {
        let signature = sign(checkpoint.text().as_bytes()).to_vec();
        let note = Note { name: key.name.clone(), key: key.id(), signature };
        Self { checkpoint, signatures: vec![note] }
    }

    /// Whether one of the signatures is by `key`; `check` gets public key, message, signature.
    pub fn is_signed_by(
        &self,
        key: &VerifierKey,
        check: impl Fn(&[u8; 32], &[u8], &[u8]) -> bool,
    ) -> bool {
        let (text, id) = (self.checkpoint.text(), key.id());
        let ours = |note: &&Note| note.name == key.name && note.key == id;
        let mut candidates = self.signatures.iter().filter(ours);
        candidates.any(|note| check(&key.public, text.as_bytes(), &note.signature))
    }

    /// Reads a signed note.
    ///
    /// # Errors
    /// [`NoteError`] for anything that [`Display`](fmt::Display) does not write.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > limits::AUDIT_NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let (text, lines) = note.split_once("\n\n").ok_or(NoteError::Form)?;
        let checkpoint = Checkpoint::parse(&format!("{text}\n")).ok_or(NoteError::Form)?;
        if lines.lines().count() > limits::AUDIT_SIGNATURES_MAX {
            return Err(NoteError::Signatures);
        }
        let signatures = lines.lines().map(Note::parse).collect::<Option<Vec<_>>>();
        let signatures = signatures.filter(|found| !found.is_empty()).ok_or(NoteError::Form)?;
        let found = Self { checkpoint, signatures };
        if found.to_string() == note { Ok(found) } else { Err(NoteError::Form) }
    }

    /// Reads notes that follow one another, as a witness's file holds them.
    ///
    /// # Errors
    /// The first one's that does not parse.
    pub fn parse_all(notes: &str) -> Result<Vec<Self>, NoteError> {
        let (mut found, mut start, mut at, mut signed) = (Vec::new(), 0, 0, false);
        for line in notes.split_inclusive('\n') {
            let signature = line.starts_with(SIGNATURE_MARK);
            if signed && !signature {
                found.push(Self::parse(&notes[start..at])?);
                start = at;
            }
            signed = signature;
            at += line.len();
        }
        if start < notes.len() {
            found.push(Self::parse(&notes[start..])?);
        }
        Ok(found)
    }

    /// The note in one line, with `|` for each end of line: for logs that take single lines.
    pub fn to_line(&self) -> String {
        self.to_string().replace('\n', "|")
    }

    /// The inverse of [`to_line`](Self::to_line).
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn from_line(line: &str) -> Result<Self, NoteError> {
        if line.contains('\n') {
            return Err(NoteError::Form);
        }
        Self::parse(&line.replace('|', "\n"))
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.checkpoint.text())?;
        for Note { name, key, signature } in &self.signatures {
            let bytes = [&key[..], signature].concat();
            writeln!(f, "{SIGNATURE_MARK}{name} {}", BASE64.encode(bytes))?;
        }
        Ok(())
    }
}

impl Note {
    fn parse(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix(SIGNATURE_MARK)?.split_once(' ')?;
        let bytes = BASE64.decode(bytes).ok()?;
        let (key, signature) = bytes.split_first_chunk()?;
        if signature.is_empty() {
            return None;
        }
        Some(Self { name: Origin::new(name)?, key: *key, signature: signature.to_vec() })
    }
}

/// A public key that signs checkpoints, written `name+hash+base64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    /// Who signs.
    pub name: Origin,
    /// Ed25519.
    pub public: [u8; 32],
}

impl VerifierKey {
    /// The first four bytes of SHA-256 of name, newline, signature type and key.
    pub fn id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(self.name.as_str())
            .chain_update([b'\n', ED25519])
            .chain_update(self.public)
            .finalize();
        std::array::from_fn(|at| digest[at])
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[ED25519][..], &self.public].concat();
        write!(f, "{}+{}+{}", self.name, const_hex::encode(self.id()), BASE64.encode(bytes))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        parse_key(text).filter(|key| key.to_string() == text).ok_or(NoteError::Key)
    }
}

fn parse_key(text: &str) -> Option<VerifierKey> {
    let (name, rest) = text.split_once('+')?;
    let (_, bytes) = rest.split_once('+')?;
    let bytes = BASE64.decode(bytes).ok()?;
    let (_, public) = bytes.split_first()?;
    Some(VerifierKey { name: Origin::new(name)?, public: public.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> VerifierKey {
        VerifierKey { name: Origin::from_random([0xab; 8]), public: [5; 32] }
    }

    fn signed() -> SignedCheckpoint {
        let checkpoint = Checkpoint {
            origin: key().name,
            size: 123,
            root: [0xfe; 32],
            chain: Chain([1; 16]),
            time: UnixMs(1_700_000_000_000),
        };
        SignedCheckpoint::sign(checkpoint, &key(), |message| [message.len() as u8; 64])
    }

    #[test]
    fn the_note_has_the_published_form() {
        let root = BASE64.encode([0xfe; 32]);
        let expected = format!(
            "typex.audit/abababababababab\n123\n{root}\nchain {}\n\
             time 2023-11-14T22:13:20.000Z\n\n\u{2014} typex.audit/abababababababab ",
            "01".repeat(16),
        );
        assert!(signed().to_string().starts_with(&expected), "{}", signed());
        assert!(signed().to_string().ends_with("=\n"));
    }

    #[test]
    fn notes_round_trip_alone_together_and_in_one_line() {
        let mut second = signed();
        second.signatures.push(Note {
            name: Origin::new("witness.example").unwrap(),
            key: [9; 4],
            signature: vec![1; 72],
        });
        assert_eq!(SignedCheckpoint::parse(&second.to_string()), Ok(second.clone()));
        assert_eq!(SignedCheckpoint::from_line(&second.to_line()), Ok(second.clone()));
        let both = format!("{}{second}", signed());
        assert_eq!(SignedCheckpoint::parse_all(&both), Ok(vec![signed(), second]));
        assert_eq!(SignedCheckpoint::parse_all(""), Ok(vec![]));
    }

    #[test]
    fn only_the_named_key_is_asked() {
        let check = |public: &[u8; 32], message: &[u8], signature: &[u8]| {
            public == &[5; 32] && signature == [message.len() as u8; 64]
        };
        assert!(signed().is_signed_by(&key(), check));
        let other = VerifierKey { public: [6; 32], ..key() };
        assert!(!signed().is_signed_by(&other, |_, _, _| true));
        assert!(!signed().is_signed_by(&key(), |_, _, _| false));
    }

    #[test]
    fn other_forms_are_refused() {
        let good = signed().to_string();
        let bad = [
            good.replace("\n123\n", "\n0123\n"),
            good.replace("\n123\n", "\n+123\n"),
            good.replace("chain ", "chain  "),
            good.replace("\n\n", "\nmore\n\n"),
            good.replace('\u{2014}', "-"),
            good.replace("=\n", "\n"),
            good.replace('\n', "\r\n"),
            good.trim_end().to_owned(),
            format!("{good}\n"),
            String::new(),
        ];
        for note in bad {
            assert!(SignedCheckpoint::parse(&note).is_err(), "{note}");
        }
        let line = good.lines().last().unwrap();
        let many = format!("{good}{}", format!("{line}\n").repeat(limits::AUDIT_SIGNATURES_MAX));
        assert_eq!(SignedCheckpoint::parse(&many), Err(NoteError::Signatures));
    }

    #[test]
    fn verifier_keys_round_trip() {
        let text = key().to_string();
        assert_eq!(text.parse(), Ok(key()));
        let bent = text.replacen("+", "+0", 1);
        assert_eq!(bent.parse::<VerifierKey>(), Err(NoteError::Key));
    }
}
