//! The one thing more that an entry says.

use std::fmt;

use super::read::maybe;
use super::show::optional;
use crate::audit::pan::PanHash;
use crate::audit::scan::Scan;
use crate::audit::text;
use crate::codec::Corrupt;
use crate::id::{ApiKeyId, ClientId, CustodianId, KeyId};
use crate::limits::PAYMENT_PARTS_MAX;
use crate::op::token::Purpose;
use crate::op::user_auth::InnerStatus;
use crate::token::DomainName;

/// The keys of a payment operation beside its first.
pub type OtherKeys = [Option<(KeyId, u32)>; PAYMENT_PARTS_MAX - 1];

/// Names of [`OtherKeys`] and their versions.
const OTHERS: [(&str, &str); PAYMENT_PARTS_MAX - 1] =
    [("key_2", "version_2"), ("key_3", "version_3"), ("key_4", "version_4")];

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
    /// Of a payment operation.
    Payment {
        /// The card, as a keyed hash.
        pan: Option<PanHash>,
        /// The keys beside the one that the entry names, each with its version.
        others: OtherKeys,
    },
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
            Self::Payment { pan, others } => write_payment(out, *pan, others),
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
        if let Some(name) = scan.maybe_text("user_auth")? {
            let status = InnerStatus::ALL.into_iter().find(|status| status.name() == name);
            return status.map(Self::UserAuth).ok_or(Corrupt);
        }
        Self::read_payment(scan)
    }

    fn read_payment(scan: &mut Scan<'_>) -> Result<Self, Corrupt> {
        let (pan, others) = (maybe(scan.maybe_text("pan")?)?, read_others(scan)?);
        if pan.is_some() || others[0].is_some() {
            return Ok(Self::Payment { pan, others });
        }
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

fn write_payment(out: &mut Vec<u8>, pan: Option<PanHash>, others: &OtherKeys) {
    if let Some(pan) = pan {
        text::hex_member(out, "pan", &pan.0);
    }
    for ((key_name, version_name), (key, version)) in OTHERS.iter().zip(others.iter().flatten()) {
        text::hex_member(out, key_name, &key.0);
        text::number_member(out, version_name, u64::from(*version));
    }
}

fn read_others(scan: &mut Scan<'_>) -> Result<OtherKeys, Corrupt> {
    let mut others = OtherKeys::default();
    for (place, (key_name, version_name)) in others.iter_mut().zip(OTHERS) {
        let Some(key) = maybe(scan.maybe_text(key_name)?)? else { break };
        let version = scan.number(version_name)?.try_into().map_err(|_| Corrupt)?;
        *place = Some((key, version));
    }
    Ok(others)
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
            Self::Payment { pan, others } => {
                optional(f, "pan", *pan)?;
                let others = others.iter().flatten();
                others.into_iter().try_for_each(|(key, version)| write!(f, " key={key}.{version}"))
            }
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
