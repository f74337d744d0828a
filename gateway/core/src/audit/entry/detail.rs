//! The one thing more that an entry says.

use std::fmt;

use super::read::maybe;
use super::show::optional;
use crate::audit::pan::PanHash;
use crate::audit::scan::Scan;
use crate::audit::text;
use crate::codec::Corrupt;
use crate::id::{ApiKeyId, ClientId, CustodianId, KeyId};
use crate::op::token::Purpose;
use crate::op::user_auth::InnerStatus;
use crate::token::DomainName;

/// One thing more about an entry. Nothing secret has a place here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing more.
    None,
    /// The object number given to a key.
    Object(u32),
    /// The client that the entry is about.
    Client(ClientId),
    /// How many, of what the verb says.
    Count(u64),
    /// How many bytes, of what the verb says.
    Bytes(u64),
    /// The card, as a keyed hash.
    Pan(PanHash),
    /// Whether an end user proved who it is. The request itself was carried out either way.
    UserAuth(InnerStatus),
    /// The access key that the entry is about.
    AccessKey(ApiKeyId),
    /// A pair of keys, beside the outgoing one.
    Pair {
        /// The incoming key.
        incoming: KeyId,
        /// Who approved, if that is what the entry is about.
        custodian: Option<CustodianId>,
    },
    /// A component of a key.
    Component {
        /// Who brought it.
        custodian: CustodianId,
        /// Counts from 1.
        number: u8,
        /// Its check value.
        check_value: [u8; 3],
    },
    /// Components of a key, and its check value once they are one.
    Components {
        /// How many.
        count: u8,
        /// The key's check value.
        check_value: Option<[u8; 3]>,
    },
    /// A token, or a domain of tokens.
    Token(Box<TokenDetail>),
}

/// What is said of a token, which is itself not said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDetail {
    /// Its domain.
    pub domain: DomainName,
    /// The card, or the token where the card is not known, as a keyed hash.
    pub pan: Option<PanHash>,
    /// Why a value was told.
    pub purpose: Option<Purpose>,
}

impl Detail {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::None => {}
            Self::Object(object) => text::number_member(out, "object", u64::from(*object)),
            Self::Client(client) => text::hex_member(out, "subject", &client.0),
            Self::Count(count) => text::number_member(out, "count", *count),
            Self::Bytes(bytes) => text::number_member(out, "bytes", *bytes),
            Self::Pan(pan) => text::hex_member(out, "pan", &pan.0),
            Self::UserAuth(status) => text::text_member(out, "user_auth", status.name()),
            Self::AccessKey(key) => text::hex_member(out, "access_key", &key.0),
            Self::Pair { incoming, custodian } => {
                text::hex_member(out, "incoming", &incoming.0);
                if let Some(custodian) = custodian {
                    text::hex_member(out, "custodian", &custodian.0);
                }
            }
            Self::Component { custodian, number, check_value } => {
                text::hex_member(out, "component_of", &custodian.0);
                text::number_member(out, "number", (*number).into());
                text::hex_member(out, "check_value", check_value);
            }
            Self::Components { count, check_value } => {
                text::number_member(out, "components", (*count).into());
                if let Some(check_value) = check_value {
                    text::hex_member(out, "check_value", check_value);
                }
            }
            Self::Token(token) => token.write(out),
        }
    }

    /// The one that comes next.
    pub(super) fn read(scan: &mut Scan<'_>) -> Result<Self, Corrupt> {
        if let Some(object) = scan.maybe_number("object")? {
            return object.try_into().map(Self::Object).map_err(|_| Corrupt);
        }
        if let Some(client) = maybe(scan.maybe_text("subject")?)? {
            return Ok(Self::Client(client));
        }
        if let Some(count) = scan.maybe_number("count")? {
            return Ok(Self::Count(count));
        }
        if let Some(bytes) = scan.maybe_number("bytes")? {
            return Ok(Self::Bytes(bytes));
        }
        if let Some(pan) = maybe(scan.maybe_text("pan")?)? {
            return Ok(Self::Pan(pan));
        }
        if let Some(name) = scan.maybe_text("user_auth")? {
            let status = InnerStatus::ALL.into_iter().find(|status| status.name() == name);
            return status.map(Self::UserAuth).ok_or(Corrupt);
        }
        Self::read_payment(scan)
    }

    fn read_payment(scan: &mut Scan<'_>) -> Result<Self, Corrupt> {
        if let Some(key) = maybe(scan.maybe_text("access_key")?)? {
            return Ok(Self::AccessKey(key));
        }
        if let Some(incoming) = maybe(scan.maybe_text("incoming")?)? {
            let custodian = maybe(scan.maybe_text("custodian")?)?;
            return Ok(Self::Pair { incoming, custodian });
        }
        if let Some(custodian) = maybe(scan.maybe_text("component_of")?)? {
            let number = scan.number("number")?.try_into().map_err(|_| Corrupt)?;
            let check_value = scan.hex("check_value")?;
            return Ok(Self::Component { custodian, number, check_value });
        }
        if let Some(domain) = scan.maybe_text("domain")? {
            return TokenDetail::read(domain, scan).map(|token| Self::Token(Box::new(token)));
        }
        let Some(count) = scan.maybe_number("components")? else { return Ok(Self::None) };
        let check_value = scan.maybe_text("check_value")?;
        let check_value = check_value.map(const_hex::decode_to_array).transpose();
        Ok(Self::Components {
            count: count.try_into().map_err(|_| Corrupt)?,
            check_value: check_value.map_err(|_| Corrupt)?,
        })
    }
}

impl TokenDetail {
    fn write(&self, out: &mut Vec<u8>) {
        text::text_member(out, "domain", self.domain.as_str());
        if let Some(pan) = self.pan {
            text::hex_member(out, "pan", &pan.0);
        }
        if let Some(purpose) = self.purpose {
            text::text_member(out, "purpose", purpose.as_str());
        }
    }

    fn read(domain: &str, scan: &mut Scan<'_>) -> Result<Self, Corrupt> {
        let domain = DomainName::parse(domain).map_err(|_| Corrupt)?;
        let pan = maybe(scan.maybe_text("pan")?)?;
        let purpose = maybe(scan.maybe_text("purpose")?)?;
        Ok(Self { domain, pan, purpose })
    }
}

/// For a person, behind a space.
impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Object(object) => write!(f, " object={object:x}"),
            Self::Client(client) => write!(f, " subject={client}"),
            Self::Count(count) => write!(f, " count={count}"),
            Self::Bytes(bytes) => write!(f, " bytes={bytes}"),
            Self::Pan(pan) => write!(f, " pan={pan}"),
            Self::UserAuth(status) => write!(f, " user_auth={}", status.name()),
            Self::AccessKey(key) => write!(f, " access_key={key}"),
            Self::Pair { incoming, custodian } => {
                write!(f, " incoming={incoming}")?;
                optional(f, "custodian", *custodian)
            }
            Self::Component { custodian, number, check_value } => {
                let check_value = const_hex::encode(check_value);
                write!(f, " component={number} of={custodian} check_value={check_value}")
            }
            Self::Components { count, check_value } => {
                write!(f, " components={count}")?;
                optional(f, "check_value", check_value.map(const_hex::encode))
            }
            Self::Token(token) => {
                write!(f, " domain={}", token.domain)?;
                optional(f, "pan", token.pan)?;
                optional(f, "purpose", token.purpose.map(|purpose| format!("\"{purpose}\"")))
            }
        }
    }
}
