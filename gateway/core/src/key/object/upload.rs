//! What the maker of an object filled in.
// spec: enigma-bridge 5.8

use super::ObjectUse;
use super::contents::{Contents, PRIVATE, STORED_PRIVATE};
use crate::codec::Encoder;
use crate::error::KeyImport;
use crate::key::Material;
use crate::secret::Secret;
use crate::tlv::{Reader, put};

/// What is still to be made of what was filled in.
pub enum Upload {
    /// Nothing.
    Done(Material),
    /// A key of 32 random bytes.
    Draw,
    /// The private half of an RSA key, to be put where the records leave room for it.
    Rsa(PrivateHalf),
}

/// Records that lack an RSA private key in the store's form.
pub struct PrivateHalf {
    what: ObjectUse,
    /// dP, dQ, p, q, qInv, each behind a length; `None` has the gateway make a key.
    pub parts: Option<Secret<Vec<u8>>>,
    rest: Secret<Vec<u8>>,
}

impl Upload {
    /// Reads what was filled in; `None` if that was left to the gateway.
    ///
    /// # Errors
    /// [`KeyImport::Material`] if it is not what such an object holds, or the gateway cannot make
    /// it.
    pub fn read(what: ObjectUse, filled: Option<Secret<Vec<u8>>>) -> Result<Self, KeyImport> {
        let Some(filled) = filled else {
            let draws = what.is_one_key().then_some(Self::Draw);
            return draws.ok_or(KeyImport::Material);
        };
        if matches!(what, ObjectUse::RsaToAes | ObjectUse::RsaToDes) {
            return PrivateHalf::read(what, filled.expose()).map(Self::Rsa);
        }
        Contents::parse(what, filled.expose())?;
        Ok(Self::Done(Material::Object(filled)))
    }
}

impl PrivateHalf {
    /// The records in front of the private key are those that stay.
    fn read(what: ObjectUse, filled: &[u8]) -> Result<Self, KeyImport> {
        let refused = |_| KeyImport::Material;
        let (mut records, mut rest) = (Reader::new(filled), Encoder::default());
        let mut parts = None;
        while !records.is_empty() && parts.is_none() && records.next_tag() != Some(0) {
            let (tag, value) = records.tlv().map_err(refused)?;
            match tag {
                PRIVATE => parts = Some(Secret::new(value.to_vec())),
                STORED_PRIVATE => return Err(KeyImport::Material),
                tag => {
                    put(&mut rest, tag, value);
                }
            }
        }
        records.finish_with_zeros().map_err(refused)?;
        Ok(Self { what, parts, rest: rest.finish() })
    }

    /// All that the object holds, with the private key as PKCS#8.
    ///
    /// # Errors
    /// [`KeyImport::Material`] if the rest is not what such an object holds.
    pub fn with(self, der: &Secret<Vec<u8>>) -> Result<Material, KeyImport> {
        let mut contents = Encoder::default();
        put(contents.raw(self.rest.expose()), STORED_PRIVATE, der.expose());
        let contents = contents.finish();
        Contents::parse(self.what, contents.expose())?;
        Ok(Material::Object(contents))
    }
}
