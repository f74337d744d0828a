//! How a client brings in or orders a key: it asks for a template, fills it, seals it under an
//! import key and sends it back.
// spec: enigma-bridge 5.2, 5.3, 5.4

use bytes::Bytes;

use crate::error::KeyImport;
use crate::key::{Channel, Usage};
use crate::secret::Secret;

/// Asks for a template of a key yet to be.
pub struct NewTemplate {
    /// What the key will do.
    pub usage: Usage,
    /// The dialect's number for that.
    pub foreign_type: u32,
    /// How the dialect lays out the template once the object number is known.
    pub layout: fn(&NewTemplate, u32) -> KeyTemplate,
}

/// A template: bytes with named gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTemplate {
    /// Number of the key to be.
    pub object: u32,
    /// The bytes, gaps filled with zeros.
    pub bytes: Vec<u8>,
    /// How many leading bytes travel in clear.
    pub head_bytes: usize,
    /// Where the two flag bytes are, within the head.
    pub flags_offset: usize,
    /// Flag bits that say: the service makes the channel keys.
    pub service_channel: u16,
    /// Flag bits that say: the service makes the application key.
    pub service_material: u16,
    /// The gaps.
    pub fields: Vec<Field>,
}

/// A gap of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What belongs there.
    pub kind: FieldKind,
    /// First byte.
    pub offset: usize,
    /// Length in bytes.
    pub len: usize,
}

/// What a gap is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// Key that protects channel key changes.
    ChannelKey,
    /// Encrypts requests and answers.
    ChannelEnc,
    /// Authenticates them.
    ChannelMac,
    /// The encryption key after the next change.
    NextChannelEnc,
    /// The authentication key after the next change.
    NextChannelMac,
    /// Accounts for usage.
    Billing,
    /// The application key.
    App,
}

/// Brings in the key of an open template.
pub struct ImportKey {
    /// Number from the template.
    pub object: u32,
    /// Which import key the client sealed under.
    pub import_key: String,
    /// RSA block: object number, encryption key, MAC key.
    pub wrapped_keys: Bytes,
    /// Head in clear, the rest sealed, MAC.
    pub protected: Bytes,
    /// SHA-256 of the message, so that a repeat is known.
    pub digest: [u8; 32],
}

/// What a client filled in.
pub struct Uploaded {
    /// Its channel keys.
    pub channel: Channel,
    /// Its application key; `None` asks the service to make one.
    pub material: Option<Secret<Vec<u8>>>,
}

impl KeyTemplate {
    /// Reads a filled template.
    ///
    /// # Errors
    /// [`KeyImport::Template`] if length or head differ otherwise than in the flags,
    /// [`KeyImport::Origin`] if the client left the channel keys to the service, which has no way
    /// to tell it their values, [`KeyImport::Channel`] if they are zero or equal.
    pub fn read(&self, filled: &[u8]) -> Result<Uploaded, KeyImport> {
        let flags = self.check_head(filled)?;
        if flags & self.service_channel != 0 {
            return Err(KeyImport::Origin);
        }
        let channel = Channel {
            enc: self.key(filled, FieldKind::ChannelEnc)?,
            mac: self.key(filled, FieldKind::ChannelMac)?,
        };
        if !channel.is_sound() {
            return Err(KeyImport::Channel);
        }
        let material = if flags & self.service_material == 0 {
            Some(Secret::new(self.field(filled, FieldKind::App)?.to_vec()))
        } else {
            None
        };
        Ok(Uploaded { channel, material })
    }

    /// The flags, if all else of the head is as it was given out and no flag was added.
    fn check_head(&self, filled: &[u8]) -> Result<u16, KeyImport> {
        let given = self.bytes.get(..self.head_bytes).ok_or(KeyImport::Template)?;
        let head = filled.get(..self.head_bytes).ok_or(KeyImport::Template)?;
        let flags_at = self.flags_offset..self.flags_offset + 2;
        let same_elsewhere = given
            .iter()
            .zip(head)
            .enumerate()
            .all(|(at, (given, found))| given == found || flags_at.contains(&at));
        let before = flag_bits(given, self.flags_offset).ok_or(KeyImport::Template)?;
        let flags = flag_bits(head, self.flags_offset).ok_or(KeyImport::Template)?;
        let may_clear = self.service_channel | self.service_material;
        let sound = filled.len() == self.bytes.len() && same_elsewhere;
        if !sound || flags | may_clear != before | may_clear || flags & !before != 0 {
            return Err(KeyImport::Template);
        }
        Ok(flags)
    }

    fn key(&self, filled: &[u8], kind: FieldKind) -> Result<Secret<[u8; 32]>, KeyImport> {
        let bytes = self.field(filled, kind)?;
        bytes.try_into().map(Secret::new).map_err(|_| KeyImport::Template)
    }

    fn field<'a>(&self, filled: &'a [u8], kind: FieldKind) -> Result<&'a [u8], KeyImport> {
        let field = self.fields.iter().find(|field| field.kind == kind);
        field
            .and_then(|field| filled.get(field.offset..field.offset + field.len))
            .ok_or(KeyImport::Template)
    }
}

fn flag_bits(bytes: &[u8], offset: usize) -> Option<u16> {
    let pair = bytes.get(offset..offset + 2)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: u16 = 0x0018;

    /// Head of 4 bytes with the flags behind its first two, then two channel keys and a key.
    fn template(flags: u16) -> KeyTemplate {
        let mut bytes = vec![0; 84];
        bytes[2..4].copy_from_slice(&flags.to_be_bytes());
        let field = |kind, offset, len| Field { kind, offset, len };
        KeyTemplate {
            object: 1,
            bytes,
            head_bytes: 4,
            flags_offset: 2,
            service_channel: 0x08,
            service_material: 0x10,
            fields: vec![
                field(FieldKind::ChannelEnc, 4, 32),
                field(FieldKind::ChannelMac, 36, 32),
                field(FieldKind::App, 68, 16),
            ],
        }
    }

    fn filled(flags: u16) -> Vec<u8> {
        let mut bytes = template(flags).bytes;
        bytes[4..36].fill(1);
        bytes[36..68].fill(2);
        bytes[68..].fill(3);
        bytes
    }

    #[test]
    fn flags_decide_who_made_the_application_key() {
        let given = template(FLAGS);
        let own = given.read(&filled(0)).expect("sound");
        assert_eq!(own.material.expect("uploaded").expose(), &[3; 16]);
        assert!(given.read(&filled(0x10)).expect("sound").material.is_none());
        assert_eq!(given.read(&filled(0x08)).err(), Some(KeyImport::Origin));
    }

    #[test]
    fn flags_may_be_cleared_but_not_added() {
        assert_eq!(template(0).read(&filled(0x10)).err(), Some(KeyImport::Template));
        assert_eq!(template(FLAGS).read(&filled(0x0100)).err(), Some(KeyImport::Template));
    }

    #[test]
    fn every_other_change_of_the_head_and_every_other_length_is_refused() {
        let given = template(FLAGS);
        for at in [0, 1] {
            let mut changed = filled(0);
            changed[at] ^= 1;
            assert_eq!(given.read(&changed).err(), Some(KeyImport::Template));
        }
        for len in 0..84 {
            assert_eq!(given.read(&filled(0)[..len]).err(), Some(KeyImport::Template));
        }
    }

    #[test]
    fn unsound_channel_keys_are_refused() {
        let given = template(FLAGS);
        let mut equal = filled(0);
        equal[36..68].fill(1);
        assert_eq!(given.read(&equal).err(), Some(KeyImport::Channel));
        equal[4..36].fill(0);
        assert_eq!(given.read(&equal).err(), Some(KeyImport::Channel));
    }
}
