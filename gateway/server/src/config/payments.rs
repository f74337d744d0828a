//! Options of payment operations.

use serde::{Deserialize, Serialize};
use typex_core::key::payment::{PinRule, PinRuleError, Usage, UsageSet};
use typex_core::policy::abuse::{AbuseRules, Rule};
use typex_core::policy::payment::{KeyBlockVersions, PinRules};

use super::load::Bounded;

/// Payment operations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Payments {
    /// Whether PIN blocks of format 1 may come in, under keys flagged for it.
    pub format_1: bool,
    /// Whether a PIN may go from format 4 to 0 or 3, from AES to triple DES.
    pub aes_to_tdes: bool,
    /// The rule of keys for IBM 3624 that are made or brought in; empty: none.
    pub pin_rule: String,
    /// The usages that new keys that wrap keys may bring in.
    pub brings: Vec<String>,
    /// Versions of key blocks that may come in: letters from A to E.
    pub key_blocks: Vec<String>,
    /// Patience with failures.
    pub abuse: Abuse,
}

/// Patience with failures: of one PAN, of one caller, of one key. So many within the span cost
/// nothing; the wait after the first costly one is doubled with each further, up to the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Abuse {
    /// Failures of a PAN within the span that cost nothing.
    pub pan_free: u32,
    /// How long a failure of a PAN is remembered, at least.
    pub pan_span_ms: u64,
    /// Wait of a PAN after the first costly failure.
    pub pan_base_ms: u64,
    /// Longest wait of a PAN.
    pub pan_cap_ms: u64,
    /// Failures of a caller within the span that cost nothing.
    pub caller_free: u32,
    /// How long a failure of a caller is remembered, at least.
    pub caller_span_ms: u64,
    /// Wait of a caller after the first costly failure.
    pub caller_base_ms: u64,
    /// Longest wait of a caller.
    pub caller_cap_ms: u64,
    /// Failures of a key within the span that cost nothing.
    pub key_free: u32,
    /// How long a failure of a key is remembered, at least.
    pub key_span_ms: u64,
    /// Wait of a key after the first costly failure.
    pub key_base_ms: u64,
    /// Longest wait of a key.
    pub key_cap_ms: u64,
}

/// What the operator decided about payment operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentRules {
    /// What may come in and go out as a PIN block.
    pub pin: PinRules,
    /// Patience with failures.
    pub abuse: AbuseRules,
    /// The rule of keys for IBM 3624 that are made or brought in; they refuse without one.
    pub pin_rule: Option<PinRule>,
    /// The usages that new keys that wrap keys may bring in.
    pub brings: UsageSet,
    /// Which key blocks may come in.
    pub key_blocks: KeyBlockVersions,
}

/// What new keys may bring in that wrap keys: keys for data, cards, chips, MACs and PINs. Keys that
/// wrap keys are not among them, so that one key brought in does not bring in all others.
const BRINGS: [Usage; 16] = [
    Usage::BASE,
    Usage::CARD,
    Usage::DATA,
    Usage::CRYPTOGRAM,
    Usage::CONFIDENTIALITY,
    Usage::INTEGRITY,
    Usage::DYNAMIC_NUMBERS,
    Usage::MAC_16609,
    Usage::MAC_1,
    Usage::MAC_3,
    Usage::CMAC,
    Usage::HMAC,
    Usage::PIN,
    Usage::PIN_GENERATION,
    Usage::PIN_3624,
    Usage::PIN_VISA,
];

/// A day and a week; the longest wait of a subject.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const WEEK_MS: u64 = 7 * DAY_MS;

impl Default for Payments {
    fn default() -> Self {
        let rules = PinRules::default();
        let code = |usage: Usage| usage.code().map(char::from).iter().collect();
        Self {
            format_1: rules.format_1,
            aes_to_tdes: rules.aes_to_tdes,
            pin_rule: String::new(),
            brings: BRINGS.map(code).to_vec(),
            key_blocks: ["B", "D", "E"].map(str::to_owned).to_vec(),
            abuse: Abuse::default(),
        }
    }
}

impl Default for Abuse {
    fn default() -> Self {
        let AbuseRules { pan, caller, key } = AbuseRules::default();
        Self {
            pan_free: pan.free,
            pan_span_ms: pan.span_ms,
            pan_base_ms: pan.base_ms,
            pan_cap_ms: pan.cap_ms,
            caller_free: caller.free,
            caller_span_ms: caller.span_ms,
            caller_base_ms: caller.base_ms,
            caller_cap_ms: caller.cap_ms,
            key_free: key.free,
            key_span_ms: key.span_ms,
            key_base_ms: key.base_ms,
            key_cap_ms: key.cap_ms,
        }
    }
}

impl Abuse {
    fn rules(&self) -> AbuseRules {
        let AbuseRules { pan, caller, key } = AbuseRules::default();
        AbuseRules {
            pan: Rule {
                free: self.pan_free,
                span_ms: self.pan_span_ms,
                base_ms: self.pan_base_ms,
                cap_ms: self.pan_cap_ms,
                ..pan
            },
            caller: Rule {
                free: self.caller_free,
                span_ms: self.caller_span_ms,
                base_ms: self.caller_base_ms,
                cap_ms: self.caller_cap_ms,
                ..caller
            },
            key: Rule {
                free: self.key_free,
                span_ms: self.key_span_ms,
                base_ms: self.key_base_ms,
                cap_ms: self.key_cap_ms,
                ..key
            },
        }
    }
}

impl Payments {
    /// The rule of keys for IBM 3624, if one is given.
    ///
    /// # Errors
    /// [`PinRuleError`] for a text that is none.
    pub fn default_pin_rule(&self) -> Result<Option<PinRule>, PinRuleError> {
        Some(&self.pin_rule).filter(|text| !text.is_empty()).map(|text| text.parse()).transpose()
    }

    /// The usages that new keys may bring in; `None` if one is no usage.
    pub fn default_brings(&self) -> Option<UsageSet> {
        let usages = self.brings.iter().map(|text| {
            let code: [u8; 2] = text.as_bytes().try_into().ok()?;
            Usage::from_code(code)
        });
        usages.collect::<Option<Vec<_>>>().map(|usages| UsageSet::of(&usages))
    }

    /// The versions of key blocks that may come in; `None` if one is no version.
    pub fn read_key_blocks(&self) -> Option<KeyBlockVersions> {
        let letter = |text: &String| <[u8; 1]>::try_from(text.as_bytes()).ok();
        let letters: Option<Vec<_>> = self.key_blocks.iter().map(letter).collect();
        KeyBlockVersions::of(letters?.as_flattened())
    }

    /// The rules; whatever was not checked is the strictest.
    pub fn rules(&self) -> PaymentRules {
        PaymentRules {
            pin: PinRules { format_1: self.format_1, aes_to_tdes: self.aes_to_tdes },
            abuse: self.abuse.rules(),
            pin_rule: self.default_pin_rule().unwrap_or_default(),
            brings: self.default_brings().unwrap_or_default(),
            key_blocks: self.read_key_blocks().unwrap_or_default(),
        }
    }

    pub(super) fn ranges(&self) -> Vec<Bounded> {
        let Abuse { pan_span_ms, caller_span_ms, key_span_ms, .. } = self.abuse;
        let Abuse { pan_base_ms, caller_base_ms, key_base_ms, .. } = self.abuse;
        let Abuse { pan_cap_ms, caller_cap_ms, key_cap_ms, .. } = self.abuse;
        let spans = [
            ("payments.abuse.pan_span_ms", pan_span_ms),
            ("payments.abuse.caller_span_ms", caller_span_ms),
            ("payments.abuse.key_span_ms", key_span_ms),
        ];
        let waits = [
            ("payments.abuse.pan_base_ms", pan_base_ms),
            ("payments.abuse.caller_base_ms", caller_base_ms),
            ("payments.abuse.key_base_ms", key_base_ms),
            ("payments.abuse.pan_cap_ms", pan_cap_ms),
            ("payments.abuse.caller_cap_ms", caller_cap_ms),
            ("payments.abuse.key_cap_ms", key_cap_ms),
        ];
        let span = spans.map(|(name, ms)| (name, ms, 1000..=WEEK_MS, "must be 1000 to 604800000"));
        let wait = waits.map(|(name, ms)| (name, ms, 100..=DAY_MS, "must be 100 to 86400000"));
        span.into_iter().chain(wait).collect()
    }
}
