//! What a caller may do with tokens: which operations, in which domains.

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::{ApiKeyId, PartitionId};
use crate::limits::TOKEN_RULES_MAX;
use crate::op::token::Operation;
use crate::time::UnixMs;
use crate::token::DomainName;

/// Counts forms of [`RightsRecord`].
const FORM: u8 = 1;

macro_rules! rights {
    ($($(#[$doc:meta])* $right:ident => $name:literal,)*) => {
        /// What may be done in a domain.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Right {
            $($(#[$doc])* $right,)*
        }

        impl Right {
            /// Every right, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$right,)*];

            /// Its name in configuration and requests.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$right => $name,)*
                }
            }
        }
    };
}

rights! {
    /// Get a token for a value, and for the value of another domain's token.
    Tokenize => "tokenize",
    /// Be told the value of a token.
    Detokenize => "detokenize",
    /// Be told its first six and last four characters.
    DetokenizeMasked => "detokenize_masked",
    /// Have the value of a token get another domain's token.
    Retokenize => "retokenize",
    /// Get a token for a value that comes enciphered.
    TokenizeTransport => "tokenize_transport",
    /// Translate a PIN whose card number comes as a token.
    TranslatePin => "translate_pin",
    /// Learn whether a text can be a token.
    Validate => "validate",
    /// See what stands beside a token.
    Lookup => "lookup",
    /// Have a token mean nothing any more.
    Delete => "delete",
    /// See the domain.
    View => "view",
    /// Make, change and remove the domain.
    Manage => "manage",
}

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RightSet(u16);

/// One domain, or all whose names begin alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DomainPattern {
    text: String,
    is_prefix: bool,
}

/// Rights in some domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which.
    pub domains: DomainPattern,
    /// What.
    pub rights: RightSet,
}

/// What a caller may do. The default allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRights(Vec<Rule>);

/// The rights of whoever holds an API key or an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsRecord {
    /// The tenant.
    pub partition: PartitionId,
    /// The key, as [`Principal::api_key`](crate::principal::Principal::api_key) says it.
    pub holder: ApiKeyId,
    /// The rights.
    pub rights: TokenRights,
    /// When they were given.
    pub changed: UnixMs,
}

/// Why something is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    /// No domain can have this name.
    #[error("not the name of a domain, whole or with * at its end")]
    Domain,
    /// No such right.
    #[error("{0} is no right")]
    Right(String),
    /// Too many rules, or two for one pattern.
    #[error("at most {TOKEN_RULES_MAX} rules, each for other domains")]
    Rules,
}

impl Right {
    /// The one that an operation needs in its domain.
    pub fn of(operation: Operation) -> Self {
        match operation {
            Operation::Tokenize => Self::Tokenize,
            Operation::Detokenize => Self::Detokenize,
            Operation::Retokenize => Self::Retokenize,
            Operation::TokenizeTransport => Self::TokenizeTransport,
            Operation::TranslatePin => Self::TranslatePin,
            Operation::Validate => Self::Validate,
            Operation::Lookup => Self::Lookup,
            Operation::Delete => Self::Delete,
        }
    }

    /// The right of a name.
    ///
    /// # Errors
    /// [`RightsError::Right`].
    pub fn from_name(name: &str) -> Result<Self, RightsError> {
        let found = Self::ALL.iter().copied().find(|right| right.name() == name);
        found.ok_or_else(|| RightsError::Right(name.to_owned()))
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl RightSet {
    /// These rights.
    pub fn of(rights: &[Right]) -> Self {
        Self(rights.iter().fold(0, |set, right| set | right.bit()))
    }

    /// Whether a right is in it.
    pub fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// What is in it.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }
}

impl DomainPattern {
    /// The name of a domain; with `*` at its end, what names begin with.
    ///
    /// # Errors
    /// [`RightsError::Domain`] if no domain can have such a name.
    pub fn parse(text: &str) -> Result<Self, RightsError> {
        let (name, is_prefix) = match text.strip_suffix('*') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let sound = is_prefix && name.is_empty() || DomainName::parse(name).is_ok();
        sound.then(|| Self { text: name.to_owned(), is_prefix }).ok_or(RightsError::Domain)
    }

    /// Whether it is about this domain.
    pub fn covers(&self, domain: &DomainName) -> bool {
        match self.is_prefix {
            true => domain.as_str().starts_with(&self.text),
            false => domain.as_str() == self.text,
        }
    }

    /// As it is read.
    pub fn text(&self) -> String {
        format!("{}{}", self.text, if self.is_prefix { "*" } else { "" })
    }
}

impl TokenRights {
    /// The rights of all rules together.
    ///
    /// # Errors
    /// [`RightsError::Rules`] for more than [`TOKEN_RULES_MAX`] and two for one pattern.
    pub fn new(mut rules: Vec<Rule>) -> Result<Self, RightsError> {
        rules.sort_by(|one, next| one.domains.cmp(&next.domains));
        let sound = rules.len() <= TOKEN_RULES_MAX
            && rules.is_sorted_by(|one, next| one.domains < next.domains);
        sound.then_some(Self(rules)).ok_or(RightsError::Rules)
    }

    /// The rules, in the order of their domains.
    pub fn rules(&self) -> &[Rule] {
        &self.0
    }

    /// Whether any rule gives this right in this domain.
    pub fn allow(&self, right: Right, domain: &DomainName) -> bool {
        self.0.iter().any(|rule| rule.rights.has(right) && rule.domains.covers(domain))
    }
}

impl Record for TokenRights {
    fn encode(&self, out: &mut Encoder) {
        out.list(&self.0, |out, rule| out.text(&rule.domains.text()).u16(rule.rights.0));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let all = RightSet::of(Right::ALL).0;
        let rules = input.list(|input| {
            let domains = DomainPattern::parse(&input.text()?).map_err(|_| Corrupt)?;
            let rights = input.u16()?;
            let known = rights & !all == 0;
            known.then_some(Rule { domains, rights: RightSet(rights) }).ok_or(Corrupt)
        })?;
        let rights = Self::new(rules.clone()).map_err(|_| Corrupt)?;
        (rights.0 == rules).then_some(rights).ok_or(Corrupt)
    }
}

impl Record for RightsRecord {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0).raw(&self.holder.0);
        self.rights.encode(out);
        out.u64(self.changed.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        if input.u8()? != FORM {
            return Err(Corrupt);
        }
        Ok(Self {
            partition: PartitionId(input.array()?),
            holder: ApiKeyId(input.array()?),
            rights: TokenRights::decode(input)?,
            changed: UnixMs(input.u64()?),
        })
    }
}
