//! The service's words for what a key is and how it stands.
// spec: aws-payment 7.1

use typex_core::UnixMs;
use typex_core::key::Origin;
use typex_core::key::payment::{Algorithm, Attributes, Exportability, ModeOfUse, Usage};
use typex_core::op::payment::keys::{CheckKind, KeyView, Shown, Standing};

use super::shapes::{ALGORITHM_WORDS, CHECK_WORDS, USAGE_WORDS};
use crate::aws_payment::input::Input;
use crate::aws_payment::refusal::Parsed;
use crate::aws_payment::render::View;
use crate::json::{Object, Value};

/// Which flags mean which mode. The first row of a mode is how it is shown; the others, without
/// wrapping, are taken too.
const MODES: [(&[&str], ModeOfUse); 14] = [
    (&["Encrypt", "Decrypt", "Wrap", "Unwrap"], ModeOfUse::Both),
    (&["Encrypt", "Decrypt"], ModeOfUse::Both),
    (&["Wrap", "Unwrap"], ModeOfUse::Both),
    (&["Encrypt", "Wrap"], ModeOfUse::Encrypt),
    (&["Encrypt"], ModeOfUse::Encrypt),
    (&["Wrap"], ModeOfUse::Encrypt),
    (&["Decrypt", "Unwrap"], ModeOfUse::Decrypt),
    (&["Decrypt"], ModeOfUse::Decrypt),
    (&["Unwrap"], ModeOfUse::Decrypt),
    (&["Generate", "Verify"], ModeOfUse::GenerateAndVerify),
    (&["Generate"], ModeOfUse::Generate),
    (&["Verify"], ModeOfUse::Verify),
    (&["DeriveKey"], ModeOfUse::Derive),
    (&["NoRestrictions"], ModeOfUse::Any),
];

/// Which flags go together, for a client.
const TOGETHER: &str = "must be flags that go together: Encrypt with Wrap, Decrypt with Unwrap, or \
    all four; Generate, Verify or both; DeriveKey; NoRestrictions";

const FLAGS: [&str; 9] = [
    "Encrypt",
    "Decrypt",
    "Wrap",
    "Unwrap",
    "Generate",
    "Sign",
    "Verify",
    "DeriveKey",
    "NoRestrictions",
];

/// What a key shall be.
pub(super) fn attributes(input: &Input<'_>) -> Parsed<Attributes> {
    let input = input.required("KeyAttributes")?;
    let usage = usage(input.required_text("KeyUsage")?);
    let algorithm = algorithm(input.required_text("KeyAlgorithm")?);
    let (Some(usage), Some(algorithm)) = (usage, algorithm) else {
        return Err(input.unfit("must have words of this service"));
    };
    let class = if algorithm.is_pair() { PAIR } else { SYMMETRIC };
    if input.required_text("KeyClass")? != class {
        return Err(input.fault("KeyClass", "must be that of the algorithm"));
    }
    Ok(Attributes::new(usage, algorithm, mode(&input.required("KeyModesOfUse")?)?))
}

const SYMMETRIC: &str = "SYMMETRIC_KEY";
const PAIR: &str = "ASYMMETRIC_KEY_PAIR";

/// The mode of use that flags mean.
pub(super) fn mode(flags: &Input<'_>) -> Parsed<ModeOfUse> {
    let is_set = |flag: &&str| flags.flag(flag) == Some(true);
    let set: Vec<_> = FLAGS.into_iter().filter(is_set).collect();
    let found = MODES.iter().find(|(row, _)| *row == set);
    found.map(|(_, mode)| *mode).ok_or_else(|| flags.unfit(TOGETHER))
}

/// How a check value is computed.
pub(super) fn check(input: &Input<'_>) -> Parsed<Option<CheckKind>> {
    let all = CHECK_WORDS.into_iter().zip(CheckKind::ALL).collect::<Vec<_>>();
    input.word("KeyCheckValueAlgorithm", &all)
}

/// The word for a kind of check value.
pub(super) fn check_word(kind: CheckKind) -> &'static str {
    let place = CheckKind::ALL.iter().position(|one| *one == kind);
    place.and_then(|place| CHECK_WORDS.get(place)).copied().unwrap_or_default()
}

/// Whether a key may leave.
pub(super) const EXPORTABILITIES: [(&str, Exportability); 3] = [
    ("EXPORTABLE", Exportability::Trusted),
    ("NON_EXPORTABLE", Exportability::Never),
    ("SENSITIVE", Exportability::Sensitive),
];

/// A usage by its word.
fn usage(word: &str) -> Option<Usage> {
    let code = word.as_bytes().get(5..7)?;
    Usage::from_code(code.try_into().ok()?)
}

/// An algorithm by its word.
pub(super) fn algorithm(word: &str) -> Option<Algorithm> {
    let place = ALGORITHM_WORDS.iter().position(|one| *one == word)?;
    Algorithm::ALL.get(place).copied()
}

/// The word for an algorithm.
pub(super) fn algorithm_word(algorithm: Algorithm) -> &'static str {
    let place = Algorithm::ALL.iter().position(|one| *one == algorithm);
    place.and_then(|place| ALGORITHM_WORDS.get(place)).copied().unwrap_or_default()
}

/// The word for a usage; of one that the service does not have, its code alone.
fn usage_word(usage: Usage) -> String {
    let [letter, digit] = usage.code().map(char::from);
    let start = format!("TR31_{letter}{digit}");
    let known = USAGE_WORDS.into_iter().find(|word| word.starts_with(&start));
    known.map_or(start, str::to_owned)
}

/// A key as `Key` shows it.
pub(super) fn key<'a>(view: &View, key: &'a KeyView) -> Object<'a> {
    let origin = match key.origin {
        Origin::Client => "EXTERNAL",
        Origin::Service => "AWS_PAYMENT_CRYPTOGRAPHY",
    };
    let due = match key.standing {
        Standing::Pending(due) => Some(due),
        _ => None,
    };
    summary(view, key)
        .with("KeyCheckValueAlgorithm", check_word(key.check_kind))
        .with("KeyOrigin", origin)
        .with("CreateTimestamp", seconds(key.created))
        .maybe("UsageStartTimestamp", key.started.map(seconds))
        .maybe("UsageStopTimestamp", key.stopped.map(seconds))
        .maybe("DeletePendingTimestamp", due.map(seconds))
        .maybe("DeleteTimestamp", key.deleted.map(seconds))
}

/// A key as lists show it.
pub(super) fn summary<'a>(view: &View, key: &'a KeyView) -> Object<'a> {
    Object::default()
        .with("KeyArn", view.key(key.account, key.id))
        .with("KeyState", state(key.standing.shown()))
        .with("KeyAttributes", Value::Object(shown_attributes(&key.attributes)))
        .hex("KeyCheckValue", &key.check_value)
        .with("Exportable", key.attributes.exportability != Exportability::Never)
        .with("Enabled", key.standing == Standing::Enabled)
}

/// States.
pub(super) const STATES: [(&str, Shown); 4] = [
    ("CREATE_IN_PROGRESS", Shown::InProgress),
    ("CREATE_COMPLETE", Shown::Complete),
    ("DELETE_PENDING", Shown::DeletePending),
    ("DELETE_COMPLETE", Shown::DeleteComplete),
];

fn state(shown: Shown) -> &'static str {
    match shown {
        Shown::InProgress => "CREATE_IN_PROGRESS",
        Shown::Complete => "CREATE_COMPLETE",
        Shown::DeletePending => "DELETE_PENDING",
        Shown::DeleteComplete => "DELETE_COMPLETE",
    }
}

fn shown_attributes<'a>(attributes: &Attributes) -> Object<'a> {
    let class = if attributes.algorithm.is_pair() { PAIR } else { SYMMETRIC };
    Object::default()
        .with("KeyUsage", usage_word(attributes.usage))
        .with("KeyClass", class)
        .with("KeyAlgorithm", algorithm_word(attributes.algorithm))
        .with("KeyModesOfUse", Value::Object(shown_mode(attributes.mode)))
}

fn shown_mode<'a>(mode: ModeOfUse) -> Object<'a> {
    let row = MODES.iter().find(|(_, one)| *one == mode).map(|(row, _)| *row);
    let set: &[&str] = match mode {
        ModeOfUse::Sign => &["Sign"],
        ModeOfUse::SignAndDecrypt => &["Decrypt", "Sign"],
        _ => row.unwrap_or_default(),
    };
    let flag = |object: Object<'a>, name| object.with(name, set.contains(&name));
    FLAGS.into_iter().fold(Object::default(), flag)
}

/// A time, in seconds.
pub(super) fn seconds<'a>(time: UnixMs) -> Value<'a> {
    Value::Number(time.0 / 1000)
}
