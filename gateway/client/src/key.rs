//! A key and who asks, as a pool opens it on each of its streams.

use typex_wire::KeyName;

use crate::Credential;

/// A key and who asks. What it holds is a secret, so there is no `Debug` of it.
#[derive(Clone)]
pub struct Key {
    holder: Holder,
    name: Name,
}

#[derive(Clone)]
enum Holder {
    ApiKey(String),
    AccessKey { id: String, secret: String },
    Token { token: String, instance: String },
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
        Self::with(Credential::ApiKey(api_key), name)
    }

    /// A key for the holder of a credential.
    pub fn with(credential: Credential<'_>, name: KeyName<'_>) -> Self {
        let holder = match credential {
            Credential::ApiKey(text) => Holder::ApiKey(text.to_owned()),
            Credential::AccessKey { id, secret } => {
                Holder::AccessKey { id: id.to_owned(), secret: secret.to_owned() }
            }
            Credential::Token { token, instance } => {
                Holder::Token { token: token.to_owned(), instance: instance.to_owned() }
            }
        };
        let name = match name {
            KeyName::Object(number) => Name::Object(number),
            KeyName::Id(id) => Name::Id(id),
            KeyName::Text(text) => Name::Text(text.to_owned()),
        };
        Self { holder, name }
    }

    pub(crate) fn credential(&self) -> Credential<'_> {
        match &self.holder {
            Holder::ApiKey(text) => Credential::ApiKey(text),
            Holder::AccessKey { id, secret } => Credential::AccessKey { id, secret },
            Holder::Token { token, instance } => Credential::Token { token, instance },
        }
    }

    pub(crate) fn name(&self) -> KeyName<'_> {
        match &self.name {
            Name::Object(number) => KeyName::Object(*number),
            Name::Id(id) => KeyName::Id(*id),
            Name::Text(text) => KeyName::Text(text),
        }
    }
}
