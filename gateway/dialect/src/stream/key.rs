//! Keys of a record: handles, and what the record says of them.
// spec: stream 8

use typex_core::ErrorKind;
use typex_core::op::payment::{
    Bytes, Cipher, Direction, Dukpt, DukptKeyType, KeyRef, Mode, NamedKey, Part, PinForm, RefName,
    RsaPadding, Source,
};
use typex_wire::{cipher, tag};

use super::field::{Fields, VALUE, secret};
use super::record::Reading;

/// Whether data is enciphered or deciphered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Out,
    In,
}

/// How data is enciphered.
pub(super) enum Data {
    Plain(Cipher),
    /// Under a session key of a chip, whose card comes behind the parameters of the key.
    Chip(Mode, Option<Vec<u8>>),
}

const MODES: [(u8, Mode); 9] = [
    (cipher::ECB, Mode::Ecb),
    (cipher::CBC, Mode::Cbc),
    (cipher::CFB, Mode::Cfb),
    (cipher::CFB1, Mode::Cfb1),
    (cipher::CFB8, Mode::Cfb8),
    (cipher::CFB64, Mode::Cfb64),
    (cipher::CFB128, Mode::Cfb128),
    (cipher::OFB, Mode::Ofb),
    (cipher::CTR, Mode::Ctr),
];
const PADDINGS: [(u8, RsaPadding); 4] = [
    (cipher::PKCS1, RsaPadding::Pkcs1),
    (cipher::OAEP_SHA1, RsaPadding::OaepSha1),
    (cipher::OAEP_SHA256, RsaPadding::OaepSha256),
    (cipher::OAEP_SHA512, RsaPadding::OaepSha512),
];
const DERIVED: [DukptKeyType; 5] = [
    DukptKeyType::Tdes2,
    DukptKeyType::Tdes3,
    DukptKeyType::Aes128,
    DukptKeyType::Aes192,
    DukptKeyType::Aes256,
];
const DIRECTIONS: [Direction; 3] = [Direction::Both, Direction::Request, Direction::Response];

/// The parameters of one key: those of the record's handle, or those with something added.
pub(super) struct KeyFields<'f, 'a> {
    pub(super) fields: &'f mut Fields<'a>,
    pub(super) added: u8,
}

impl KeyFields<'_, '_> {
    /// How data is enciphered.
    pub(super) fn cipher(&mut self, way: Way) -> Result<Data, ErrorKind> {
        let code = self.fields.byte(self.added + tag::CIPHER)?;
        Ok(match code {
            cipher::GCM => Data::Plain(self.gcm(way)?),
            cipher::CHIP_ECB => Data::Chip(Mode::Ecb, None),
            cipher::CHIP_CBC => Data::Chip(Mode::Cbc, self.iv()),
            code => Data::Plain(match find(code, &PADDINGS) {
                Some(padding) => Cipher::Rsa(padding),
                None => self.block(find(code, &MODES).ok_or(VALUE)?),
            }),
        })
    }

    /// A mode that chains nothing takes no first block.
    fn block(&mut self, mode: Mode) -> Cipher {
        let iv = if mode == Mode::Ecb { None } else { self.iv() };
        Cipher::Block { mode, iv }
    }

    fn iv(&mut self) -> Option<Vec<u8>> {
        self.fields.optional(self.added + tag::IV).map(<[u8]>::to_vec)
    }

    /// The gateway makes nonce and tag of what it enciphers.
    fn gcm(&mut self, way: Way) -> Result<Cipher, ErrorKind> {
        let aad = self.fields.optional(self.added + tag::AAD).map(<[u8]>::to_vec);
        let (nonce, tag) = match way {
            Way::Out => (None, None),
            Way::In => {
                let nonce = self.fields.array(self.added + tag::NONCE)?;
                (Some(nonce), Some(self.fields.array(self.added + tag::TAG)?))
            }
        };
        Ok(Cipher::Gcm { aad, nonce, tag })
    }

    /// The key of a handle: stored, of a transaction, or in a block under it.
    pub(super) fn key(
        &mut self,
        reading: &Reading<'_>,
        (handle, part): (u32, Part),
    ) -> Result<NamedKey, ErrorKind> {
        let under = KeyRef { account: None, name: RefName::Id(reading.key(handle)?) };
        let dukpt = self.transaction()?;
        let source = match self.fields.optional(self.added + tag::KEY_BLOCK) {
            Some(text) => Source::Block { text: secret(text), under },
            None => Source::Stored(under),
        };
        Ok(NamedKey { part, source, dukpt })
    }

    fn transaction(&mut self) -> Result<Option<Dukpt>, ErrorKind> {
        let Some(ksn) = self.fields.optional(self.added + tag::KSN) else { return Ok(None) };
        let key_type = self.fields.optional_word(self.added + tag::DERIVED, &DERIVED)?;
        let direction = self.fields.optional_word(self.added + tag::DIRECTION, &DIRECTIONS)?;
        let direction = direction.unwrap_or_default();
        Ok(Some(Dukpt { ksn: ksn.to_vec(), key_type, direction }))
    }

    /// How a PIN block is written.
    pub(super) fn pin_form(&mut self) -> Result<PinForm, ErrorKind> {
        let format = self.pin_format()?;
        let pan: Option<Bytes> = self.fields.optional(self.added + tag::PIN_PAN).map(secret);
        Ok(PinForm { format, pan })
    }

    /// ISO 9564 format 0, 1, 3 or 4.
    pub(super) fn pin_format(&mut self) -> Result<u8, ErrorKind> {
        let format = self.fields.byte(self.added + tag::PIN_FORMAT)?;
        matches!(format, 0 | 1 | 3 | 4).then_some(format).ok_or(VALUE)
    }
}

impl Data {
    /// Of keys that are no chip's.
    pub(super) fn plain(self) -> Result<Cipher, ErrorKind> {
        match self {
            Self::Plain(cipher) => Ok(cipher),
            Self::Chip(..) => Err(VALUE),
        }
    }
}

fn find<T: Copy>(code: u8, words: &[(u8, T)]) -> Option<T> {
    words.iter().find(|(word, _)| *word == code).map(|(_, meant)| *meant)
}
