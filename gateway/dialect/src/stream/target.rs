//! What handles stand for.
// spec: stream 4

use typex_core::key::KeyName;
use typex_core::op::payment::KeyRef;
use typex_core::token::DomainName;
use typex_core::{ErrorKind, KeyId};

use crate::aws_payment;

/// In front of the name of a domain of tokens.
const DOMAIN: &str = "domain/";

/// What a client wants a handle for, as it names it.
#[derive(Debug, PartialEq, Eq)]
pub enum Name {
    /// An object or a key.
    Key(KeyName),
    /// A payment key.
    Payment(KeyRef),
    /// A domain of tokens.
    Domain(DomainName),
}

/// What a handle stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A key with one operation of its own.
    Process(KeyName),
    /// A payment key.
    Payment(KeyId),
    /// A domain of tokens.
    Domain(DomainName),
    /// A key of an Encedo HEM instance.
    Instance(KeyId),
}

impl Name {
    /// Reads the name of an OPEN.
    ///
    /// # Errors
    /// [`ErrorKind::KeyNotFound`] for a text that is no name of either.
    pub fn read(name: typex_wire::KeyName<'_>) -> Result<Self, ErrorKind> {
        match name {
            typex_wire::KeyName::Object(number) => Ok(Self::Key(KeyName::Object(number))),
            typex_wire::KeyName::Id(id) => Ok(Self::Key(KeyName::Id(KeyId(id)))),
            typex_wire::KeyName::Text(text) => {
                let named = match text.strip_prefix(DOMAIN) {
                    Some(domain) => DomainName::parse(domain).ok().map(Self::Domain),
                    None => aws_payment::key_ref(text).map(Self::Payment),
                };
                named.ok_or(ErrorKind::KeyNotFound)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use typex_core::op::payment::{Account, RefName};

    use super::*;

    #[test]
    fn texts_name_payment_keys_and_domains() {
        let read = |text: &str| Name::read(typex_wire::KeyName::Text(text));
        let id = KeyId([0xab; 16]);
        let named = |account, name| Ok(Name::Payment(KeyRef { account, name }));
        assert_eq!(read(&"ab".repeat(16)), named(None, RefName::Id(id)));
        assert_eq!(read("alias/mac"), named(None, RefName::Alias("mac".to_owned())));
        let arn = format!("arn:aws:payment-cryptography:eu-1:000000000007:key/{id}");
        assert_eq!(read(&arn), named(Some(Account(7)), RefName::Id(id)));
        let domain = DomainName::parse("cards").map(Name::Domain);
        assert_eq!(read("domain/cards").ok(), domain.ok());
        for text in ["", "cards", "domain/", "domain/a b", "alias/", "alias/a b", "arn:aws:s3"] {
            assert_eq!(read(text), Err(ErrorKind::KeyNotFound), "{text}");
        }
    }
}
