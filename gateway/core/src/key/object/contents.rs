//! What an object holds, read from its records.
// spec: enigma-bridge 5.8

use super::ObjectUse;
use crate::error::KeyImport;
use crate::key::Material;
use crate::key::payment::{Algorithm, Attributes, Entry, MacHash, ModeOfUse, Own, RsaBits, Usage};
use crate::op::payment::{Part, TrackForm};
use crate::op::token::Purpose;
use crate::secret::Secret;
use crate::tlv::Reader;
use crate::token::DomainName;

/// A base key of terminals: letter of the algorithm, key.
const BASE: u8 = 0xc0;
/// The key under which data comes: letter, key.
const INCOMING: u8 = 0xc1;
/// The key under which it goes: letter, key.
const OUTGOING: u8 = 0xc2;
/// An RSA public key, of two records.
const PUBLIC: u8 = 0xc3;
/// An RSA private key: five numbers.
pub(super) const PRIVATE: u8 = 0xc4;
/// The same as the store has it; never in a template.
pub(super) const STORED_PRIVATE: u8 = 0xc5;
/// Formats of PIN blocks, incoming and outgoing.
const FORMATS: u8 = 0xc6;
/// The name of a domain of tokens.
const DOMAIN: u8 = 0xc7;
/// Why values are asked for.
const PURPOSE: u8 = 0xc8;
/// How a track is written.
const TRACK: u8 = 0xc9;

/// Parts of a public key.
// spec: enigma-bridge 5.1
const EXPONENT: u8 = 0x81;
const MODULUS: u8 = 0x82;

/// Bytes of the only key of an object that holds nothing else, and of the modulus of an RSA key.
const ONE_KEY_BYTES: usize = 32;
const MODULUS_BYTES: usize = 256;

/// Format of PIN blocks that names no PAN.
const FORMAT_1: u8 = 1;

/// All that an object holds.
pub struct Contents {
    /// The keys, each in its part.
    pub keys: Vec<HeldPart>,
    /// What its maker fixed.
    pub settings: Settings,
}

/// A key of an object.
pub struct HeldPart {
    /// What it does.
    pub part: Part,
    /// What it is.
    pub attributes: Attributes,
    /// Its secret part.
    pub material: Material,
}

/// What of its operation the maker of an object fixed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Formats of PIN blocks, incoming and outgoing.
    pub formats: Option<(u8, u8)>,
    /// The domain of its tokens.
    pub domain: Option<DomainName>,
    /// Why values are asked for.
    pub purpose: Option<Purpose>,
    /// How the track is written whose card number is meant.
    pub track: Option<TrackForm>,
    /// Bytes of a block of the outgoing key, where it is of a block cipher.
    pub block_bytes: usize,
}

impl Contents {
    /// Reads what the store has.
    ///
    /// # Errors
    /// [`KeyImport::Material`] for anything but what such an object holds.
    pub fn parse(what: ObjectUse, bytes: &[u8]) -> Result<Self, KeyImport> {
        let mut records = Records(Reader::new(bytes));
        let contents = Self::read(what, bytes, &mut records).ok_or(KeyImport::Material)?;
        let sound = contents.keys.iter().all(HeldPart::is_sound);
        sound.then_some(contents).ok_or(KeyImport::Material)
    }

    fn read(what: ObjectUse, bytes: &[u8], records: &mut Records<'_>) -> Option<Self> {
        let mut settings = Settings::default();
        if what.is_one_key() {
            return Some(Self { keys: vec![mac_key(what, bytes)?], settings });
        }
        let mut keys = records.keys(what)?;
        match what {
            ObjectUse::DukptPinTranslate => {
                let formats = records.formats()?;
                settings.formats = Some(formats);
                keys = keys.into_iter().map(|key| key.taking(formats.0)).collect();
            }
            ObjectUse::Tokenize => settings.domain = Some(records.domain()?),
            ObjectUse::Detokenize => {
                settings.domain = Some(records.domain()?);
                settings.purpose = records.purpose()?;
            }
            ObjectUse::TokenizeWrap => {
                settings.domain = Some(records.domain()?);
                settings.track = records.track()?;
            }
            _ => {}
        }
        records.0.finish_with_zeros().ok()?;
        let outgoing = keys.iter().find(|key| key.part == Part::Outgoing);
        settings.block_bytes = outgoing.map_or(0, |key| key.block_bytes());
        Some(Self { keys, settings })
    }
}

impl HeldPart {
    /// Attributes as of a key that came from a caller.
    fn new(part: Part, (usage, mode): (Usage, ModeOfUse), of: (Algorithm, Material)) -> Self {
        let (algorithm, material) = of;
        let attributes = Attributes::new(usage, algorithm, mode);
        Self { part, attributes: Attributes { entry: Entry::Clear, ..attributes }, material }
    }

    /// With leave for format 1, if it is the base key of PIN blocks that come in that.
    fn taking(mut self, format: u8) -> Self {
        if format == FORMAT_1 && self.part == Part::Incoming {
            self.attributes.own = Own::Format1;
        }
        self
    }

    fn is_of(&self, letter: u8) -> bool {
        self.attributes.algorithm.code() == letter
    }

    fn block_bytes(&self) -> usize {
        match self.attributes.algorithm {
            Algorithm::Tdes2 | Algorithm::Tdes3 => 8,
            Algorithm::Aes(_) => 16,
            _ => 0,
        }
    }

    fn is_sound(&self) -> bool {
        let is_served = crate::op::payment::is_served(&self.attributes);
        is_served && self.attributes.check().is_ok() && self.attributes.holds(&self.material)
    }
}

/// The records of an object, in the order of their tags.
struct Records<'a>(Reader<'a>);

impl Records<'_> {
    /// The keys of an object that holds more than one, or something beside it.
    fn keys(&mut self, what: ObjectUse) -> Option<Vec<HeldPart>> {
        Some(match what {
            ObjectUse::Hmac | ObjectUse::Scramble => return None,
            ObjectUse::Tokenize | ObjectUse::Detokenize => Vec::new(),
            ObjectUse::TokenizeWrap => vec![self.transport()?],
            ObjectUse::AesToRsa => vec![self.incoming(b'A')?, self.public()?],
            ObjectUse::DesToRsa => vec![self.incoming(b'T')?, self.public()?],
            ObjectUse::RsaToAes | ObjectUse::RsaToDes => {
                let letter = if what == ObjectUse::RsaToAes { b'A' } else { b'T' };
                let outgoing = self.outgoing(Part::Outgoing, Usage::DATA)?;
                let outgoing = outgoing.is_of(letter).then_some(outgoing)?;
                vec![self.private()?, outgoing]
            }
            ObjectUse::DukptRewrap => {
                vec![self.base()?, self.outgoing(Part::Outgoing, Usage::DATA)?]
            }
            ObjectUse::DukptSessionKeys => {
                vec![self.base()?, self.outgoing(Part::Protection, Usage::KEY_BLOCKS)?]
            }
            ObjectUse::DukptPinTranslate => {
                vec![self.base()?, self.outgoing(Part::Outgoing, Usage::PIN)?]
            }
        })
    }

    fn key(&mut self, tag: u8) -> Option<(Algorithm, Material)> {
        let (letter, key) = self.0.required(tag).ok()?.split_first()?;
        let algorithm = Algorithm::of_block(*letter, key.len())?;
        // A field nobody filled.
        let is_filled = key.iter().fold(0, |all, byte| all | byte) != 0;
        is_filled.then(|| (algorithm, Material::Symmetric(Secret::new(key.to_vec()))))
    }

    fn base(&mut self) -> Option<HeldPart> {
        let key = self.key(BASE)?;
        (key.0 != Algorithm::Tdes3)
            .then(|| HeldPart::new(Part::Incoming, (Usage::BASE, ModeOfUse::Derive), key))
    }

    fn incoming(&mut self, letter: u8) -> Option<HeldPart> {
        let key = self.key(INCOMING)?;
        let key = HeldPart::new(Part::Incoming, (Usage::DATA, ModeOfUse::Decrypt), key);
        key.is_of(letter).then_some(key)
    }

    fn outgoing(&mut self, part: Part, usage: Usage) -> Option<HeldPart> {
        let key = self.key(OUTGOING)?;
        Some(HeldPart::new(part, (usage, ModeOfUse::Encrypt), key))
    }

    /// The key under which values come that become tokens.
    fn transport(&mut self) -> Option<HeldPart> {
        if self.0.next_tag() == Some(BASE) {
            return self.base();
        }
        let key = self.key(INCOMING)?;
        Some(HeldPart::new(Part::Incoming, (Usage::DATA, ModeOfUse::Decrypt), key))
    }

    fn public(&mut self) -> Option<HeldPart> {
        let mut parts = Reader::new(self.0.required(PUBLIC).ok()?);
        let exponent = parts.required(EXPONENT).ok()?.to_vec();
        let modulus = parts.required(MODULUS).ok()?.to_vec();
        parts.finish().ok()?;
        let is_long = modulus.len() == MODULUS_BYTES && modulus[0] & 0x80 != 0;
        let key = (Algorithm::Rsa(RsaBits::Rsa2048), Material::RsaPublic { modulus, exponent });
        is_long.then(|| HeldPart::new(Part::Outgoing, (Usage::DATA_PAIR, ModeOfUse::Encrypt), key))
    }

    fn private(&mut self) -> Option<HeldPart> {
        let der = Secret::new(self.0.required(STORED_PRIVATE).ok()?.to_vec());
        let key = (Algorithm::Rsa(RsaBits::Rsa2048), Material::RsaPrivate(der));
        Some(HeldPart::new(Part::Incoming, (Usage::DATA_PAIR, ModeOfUse::Decrypt), key))
    }

    fn formats(&mut self) -> Option<(u8, u8)> {
        match *self.0.required(FORMATS).ok()? {
            [incoming @ (0 | 1 | 3 | 4), outgoing @ (0 | 3 | 4)] => Some((incoming, outgoing)),
            _ => None,
        }
    }

    fn domain(&mut self) -> Option<DomainName> {
        let name = std::str::from_utf8(self.0.required(DOMAIN).ok()?).ok()?;
        DomainName::parse(name).ok()
    }

    fn purpose(&mut self) -> Option<Option<Purpose>> {
        let Some(text) = self.0.optional(PURPOSE).ok()? else { return Some(None) };
        std::str::from_utf8(text).ok()?.parse().ok().map(Some)
    }

    fn track(&mut self) -> Option<Option<TrackForm>> {
        Some(match self.0.optional(TRACK).ok()? {
            None => None,
            Some([1]) => Some(TrackForm::Ascii),
            Some([2]) => Some(TrackForm::Packed),
            Some(_) => return None,
        })
    }
}

fn mac_key(what: ObjectUse, bytes: &[u8]) -> Option<HeldPart> {
    let is_filled = bytes.iter().fold(0, |all, byte| all | byte) != 0;
    let mode = match what {
        ObjectUse::Hmac => ModeOfUse::GenerateAndVerify,
        _ => ModeOfUse::Generate,
    };
    let key = Material::Symmetric(Secret::new(bytes.to_vec()));
    let key = (Algorithm::Hmac(MacHash::Sha256), key);
    (is_filled && bytes.len() == ONE_KEY_BYTES)
        .then(|| HeldPart::new(Part::Mac, (Usage::HMAC, mode), key))
}
