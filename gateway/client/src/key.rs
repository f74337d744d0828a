//! A key and who asks, as a pool opens it on each of its streams.

use typex_wire::{Credential, KeyName};

/// A key and who asks. What it holds is a secret, so there is no `Debug` of it.
#[derive(Clone)]
pub struct Key {
    api_key: String,
    name: Name,
}

#[derive(Clone)]
enum Name {
    Object(u32),
    Id([u8; 16]),
    Text(String),
}

impl Key {
    /// A key for the holder of an API key.
    pub fn new(api_key: &str, name: KeyName<'_>) -> Self {
        let name = match name {
            KeyName::Object(number) => Name::Object(number),
            KeyName::Id(id) => Name::Id(id),
            KeyName::Text(text) => Name::Text(text.to_owned()),
        };
        Self { api_key: api_key.to_owned(), name }
    }

    pub(crate) fn credential(&self) -> Credential<'_> {
        Credential::ApiKey(&self.api_key)
    }

    pub(crate) fn name(&self) -> KeyName<'_> {
        match &self.name {
            Name::Object(number) => KeyName::Object(*number),
            Name::Id(id) => KeyName::Id(*id),
            Name::Text(text) => KeyName::Text(text),
        }
    }
}
