//! What random tokens stand for, sealed: bound to tenant, domain and token, so that a row that
//! somebody moved opens nowhere.

use typex_core::limits::TOKEN_DRAWS;
use typex_core::secret::Secret;
use typex_core::token::vault::Sealed;
use typex_core::token::{Alphabet, DomainName, Layout, TokenVersion};

use super::derive::context;
use super::vault::draw_text;
use super::{TOKEN_RANDOM_BYTES, draw};
use crate::payment::cipher::{Nonce, open_any, seal_any};
use crate::payment::{Error, Key, Pan};

/// Bytes of a nonce, in front of what is sealed.
const NONCE_BYTES: usize = 12;

/// Bytes of a tag, behind it.
const TAG_BYTES: usize = 16;

/// Tokens for a value, of which the vault takes the first that is free.
pub struct Drawn {
    /// Each with the value sealed under it.
    pub candidates: Vec<(Vec<u8>, Sealed)>,
    /// Keyed hash of the value, in domains where a value has one token.
    pub index: Option<[u8; 32]>,
}

/// A key that seals, by the name of its master key.
pub(super) struct SealKey {
    pub(super) id: typex_core::KeyId,
    pub(super) version: u32,
    pub(super) key: Key,
}

/// The place of a token.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) tenant: &'a [u8],
    pub(super) domain: &'a DomainName,
    pub(super) token: &'a [u8],
}

impl Place<'_> {
    // spec: payments 10.3
    fn aad(&self) -> Result<Vec<u8>, Error> {
        let mut aad = context(self.tenant, self.domain)?;
        let length = u16::try_from(self.token.len()).map_err(|_| Error::InvalidInput)?;
        aad.extend_from_slice(&length.to_be_bytes());
        aad.extend_from_slice(self.token);
        Ok(aad)
    }
}

impl SealKey {
    /// Seals a value under a token.
    pub(super) fn seal(
        &self,
        place: Place<'_>,
        value: &Secret<Vec<u8>>,
        nonce: &Nonce,
    ) -> Result<Sealed, Error> {
        let mut data = value.clone();
        let tag = seal_any(&self.key, nonce.bytes(), &place.aad()?, data.expose_mut())?;
        let bytes = [nonce.bytes().as_slice(), data.expose(), &tag].concat();
        Ok(Sealed { key: self.id, version: self.version, bytes })
    }

    /// The value; [`Error::Internal`] if what the store holds is not of this place.
    pub(super) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Error::Internal)?;
        let (data, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(Error::Internal)?;
        let mut data = Secret::new(data.to_vec());
        open_any(&self.key, nonce, &place.aad()?, tag, data.expose_mut())
            .map_err(|_| Error::Internal)?;
        Ok(data)
    }
}

/// Tokens of a layout for a value, without what they are sealed with. `random` are as many bytes as
/// [`random_bytes`] says.
pub(super) fn tokens(
    layout: &Layout,
    version: Option<TokenVersion>,
    value: &Secret<Vec<u8>>,
    random: &Secret<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, Error> {
    let each = random_bytes(layout, value.expose().len()) / TOKEN_DRAWS;
    let chunks = random.expose().chunks_exact(each);
    match layout.alphabet() {
        Alphabet::Characters(_) => {
            chunks.map(|random| draw_text(layout, value.expose(), random)).collect()
        }
        Alphabet::Digits => {
            let pan = Pan::parse(value.expose())?;
            if layout.can_rotate() && !pan.is_luhn() {
                // Its token could pass for a card number.
                return Err(Error::InvalidInput);
            }
            let one = |random: &[u8]| {
                let mut own = Secret::new([0; TOKEN_RANDOM_BYTES]);
                own.expose_mut().copy_from_slice(random);
                draw(layout, version, &pan, &own).map(|token| token.ascii())
            };
            chunks.map(one).collect()
        }
    }
}

/// Random bytes that drawing tokens for a value takes.
pub(super) fn random_bytes(layout: &Layout, length: usize) -> usize {
    let each = match layout.alphabet() {
        Alphabet::Digits => TOKEN_RANDOM_BYTES,
        // Of a radix of 95, one byte in four is too high: far from half of them ever are.
        Alphabet::Characters(_) => 2 * length + TOKEN_RANDOM_BYTES,
    };
    each * TOKEN_DRAWS
}
