//! The versions of the key of a domain.

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::error::ErrorKind;
use crate::id::KeyId;
use crate::token::{Layout, TokenVersion};

/// A version of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// What tokens say; `None` where they do not say it, and then it is the only one.
    pub number: Option<TokenVersion>,
    /// The master key.
    pub key: KeyId,
    /// What it is for.
    pub standing: Standing,
}

/// What a version is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// For new tokens and its own.
    Current,
    /// For its own tokens.
    Live,
    /// For none any more.
    Retired,
}

/// The versions of a domain, in the order of their numbers. One is current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions(Vec<Version>);

impl Versions {
    /// The first version.
    pub fn first(layout: &Layout, key: KeyId) -> Self {
        let number = TokenVersion::new(1).filter(|_| layout.can_rotate());
        Self(vec![Version { number, key, standing: Standing::Current }])
    }

    /// All of them.
    pub fn all(&self) -> &[Version] {
        &self.0
    }

    /// Those whose tokens are understood.
    pub fn live(&self) -> impl Iterator<Item = &Version> {
        self.0.iter().filter(|one| one.standing != Standing::Retired)
    }

    /// The one of new tokens.
    pub fn current(&self) -> &Version {
        let current = self.0.iter().find(|one| one.standing == Standing::Current);
        current.expect("one version is current, by construction")
    }

    /// The one that a token says, unless it is retired.
    pub fn find(&self, number: Option<TokenVersion>) -> Option<&Version> {
        self.live().find(|one| one.number == number)
    }

    pub(super) fn rotate(&mut self, key: KeyId) -> Result<(), ErrorKind> {
        let last = self.0.last().and_then(|last| last.number).ok_or(ErrorKind::WrongState)?;
        let number = TokenVersion::new(last.number() + 1).ok_or(ErrorKind::Quota)?;
        for one in self.0.iter_mut().filter(|one| one.standing == Standing::Current) {
            one.standing = Standing::Live;
        }
        self.0.push(Version { number: Some(number), key, standing: Standing::Current });
        Ok(())
    }

    pub(super) fn retire(&mut self, number: TokenVersion) -> Result<(), ErrorKind> {
        let one = self.0.iter_mut().find(|one| one.number == Some(number));
        let one = one.ok_or(ErrorKind::KeyNotFound)?;
        if one.standing == Standing::Current {
            return Err(ErrorKind::WrongState);
        }
        one.standing = Standing::Retired;
        Ok(())
    }

    /// Whether they are such as a layout's can be.
    pub(super) fn fit(&self, layout: &Layout) -> bool {
        let counted = (1..).zip(&self.0);
        let numbered = |(number, one): (u8, &Version)| one.number == TokenVersion::new(number);
        let current = self.0.iter().filter(|one| one.standing == Standing::Current).count();
        let numbers = match layout.can_rotate() {
            true => self.0.iter().all(|one| one.number.is_some()) && { counted }.all(numbered),
            false => self.0.len() == 1 && self.0.iter().all(|one| one.number.is_none()),
        };
        numbers && current == 1
    }
}

impl Record for Versions {
    fn encode(&self, out: &mut Encoder) {
        out.list(&self.0, |out, one| {
            out.u8(one.number.map_or(0, TokenVersion::number)).raw(&one.key.0);
            out.u8(match one.standing {
                Standing::Current => 1,
                Standing::Live => 2,
                Standing::Retired => 3,
            })
        });
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        input.list(version).map(Self)
    }
}

fn version(input: &mut Decoder<'_>) -> Result<Version, Corrupt> {
    let number = match input.u8()? {
        0 => None,
        number => Some(TokenVersion::new(number).ok_or(Corrupt)?),
    };
    let key = KeyId(input.array()?);
    let standing = match input.u8()? {
        1 => Standing::Current,
        2 => Standing::Live,
        3 => Standing::Retired,
        _ => return Err(Corrupt),
    };
    Ok(Version { number, key, standing })
}
