//! Names: of what a tenant made, and of what is there for all.

use std::fmt;

use crate::token::{DomainName, TokenError};

/// What stands before the name of what is there for all.
const BUILTIN: &str = "builtin/";

/// Alphabets that are there for all, with their characters.
pub const BUILTIN_ALPHABETS: [(&str, &str); 6] = [
    ("numeric", "0123456789"),
    ("alphalower", "abcdefghijklmnopqrstuvwxyz"),
    ("alphaupper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("alphanumericlower", "0123456789abcdefghijklmnopqrstuvwxyz"),
    ("alphanumericupper", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("alphanumeric", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
];

/// Templates that are there for all, with their patterns over the digits.
pub const BUILTIN_TEMPLATES: [(&str, &str); 2] = [
    ("creditcardnumber", r"(\d{4})[- ]?(\d{4})[- ]?(\d{4})[- ]?(\d{0,7})"),
    ("socialsecuritynumber", r"(\d{3})[- ]?(\d{2})[- ]?(\d{4})"),
];

/// The name of what a tenant made, or `builtin/` and the name of what is there for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    is_builtin: bool,
    name: DomainName,
}

/// A name, or how names begin and `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    start: String,
    is_prefix: bool,
}

impl Reference {
    /// Reads a name.
    ///
    /// # Errors
    /// [`TokenError::Domain`].
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let builtin = text.strip_prefix(BUILTIN);
        let name = DomainName::parse(builtin.unwrap_or(text))?;
        Ok(Self { is_builtin: builtin.is_some(), name })
    }

    /// Of something that a tenant made.
    pub fn own(name: DomainName) -> Self {
        Self { is_builtin: false, name }
    }

    /// Of something that is there for all.
    pub fn builtin(name: &str) -> Result<Self, TokenError> {
        Ok(Self { is_builtin: true, name: DomainName::parse(name)? })
    }

    /// Whether it is there for all.
    pub fn is_builtin(&self) -> bool {
        self.is_builtin
    }

    /// The name without what stands before it.
    pub fn name(&self) -> &DomainName {
        &self.name
    }

    /// What a table of those that are there for all has for it.
    pub fn in_table(&self, table: &[(&str, &'static str)]) -> Option<&'static str> {
        let found = table.iter().find(|(name, _)| self.is_builtin && *name == self.name.as_str());
        found.map(|(_, what)| *what)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_builtin { BUILTIN } else { "" }, self.name)
    }
}

impl NamePattern {
    /// Reads a name, or the beginning of names and `*`.
    ///
    /// # Errors
    /// [`TokenError::Domain`].
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let start = text.strip_suffix('*');
        if start != Some("") {
            DomainName::parse(start.unwrap_or(text))?;
        }
        Ok(Self { start: start.unwrap_or(text).to_owned(), is_prefix: start.is_some() })
    }

    /// Whether it is this name's.
    pub fn covers(&self, name: &DomainName) -> bool {
        let name = name.as_str();
        if self.is_prefix { name.starts_with(&self.start) } else { name == self.start }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.start, if self.is_prefix { "*" } else { "" })
    }
}
