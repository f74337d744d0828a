//! Which ways of PIN blocks are a matter of policy.

use typex_core::key::payment::Attributes;
use typex_core::op::payment::{Part, Task};
use typex_core::policy::payment::{PinRules, PinWay};
use typex_core::{Error, ErrorKind};
use typex_engine::payment::pin_block::Format;
use typex_engine::payment::pin_translate::{Rule, rule};
use typex_engine::payment::{JobKey, KeySource};

/// Number of the format that names no PAN.
const FORMAT_1: u8 = 1;

/// Whether a PIN block may come in under these keys in a format, to go in another.
pub(in crate::gateway) fn check_translation(
    rules: PinRules,
    (format, outgoing): (u8, u8),
    keys: &[JobKey],
) -> Result<(), Error> {
    let key = keys.iter().find(|key| key.part == Part::Incoming).ok_or(ErrorKind::Internal)?;
    let aes_to_tdes = is_downgrade(format, outgoing);
    let way = PinWay { from_format_1: format == FORMAT_1, aes_to_tdes };
    rules.check(way, attributes(key)?).map_err(told_ways)
}

/// Which options the installation would need, where it does not let a PIN take its way.
pub(super) fn told_ways(kind: ErrorKind) -> Error {
    match kind {
        ErrorKind::Forbidden => Error::new(
            kind,
            "PIN blocks of format 1 come in by the gateway's option payments.format_1 alone, PINs \
             go from format 4 to others by payments.aes_to_tdes alone",
        ),
        kind => kind.into(),
    }
}

/// Whether every PIN block of a task may come in.
pub(super) fn check(rules: PinRules, task: &Task, keys: &[JobKey]) -> Result<(), ErrorKind> {
    let judge = |part: Part, format: u8, aes_to_tdes: bool| {
        let key = keys.iter().find(|key| key.part == part).ok_or(ErrorKind::Internal)?;
        let way = PinWay { from_format_1: format == FORMAT_1, aes_to_tdes };
        rules.check(way, attributes(key)?)
    };
    match task {
        Task::TranslatePin { incoming, outgoing } => {
            let format = incoming.form.format;
            judge(Part::Incoming, format, is_downgrade(format, outgoing.format))
        }
        Task::VerifyPin3624 { pin, .. }
        | Task::VerifyPinVisa { pin, .. }
        | Task::GenerateOffset3624 { pin, .. }
        | Task::GenerateValueVisa { pin, .. } => judge(Part::PinIn, pin.form.format, false),
        Task::ChangeChipPin { pin, scheme, .. } => {
            judge(Part::PinIn, pin.form.format, false)?;
            match &scheme.current {
                Some(pin) => judge(Part::PinIn, pin.form.format, false),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Formats that there are not are the engine's to refuse.
fn is_downgrade(from: u8, to: u8) -> bool {
    let formats = Format::from_number(from).ok().zip(Format::from_number(to).ok());
    formats.is_some_and(|(from, to)| rule(from, to) == Rule::Downgrade)
}

fn attributes(key: &JobKey) -> Result<&Attributes, ErrorKind> {
    match &key.source {
        KeySource::Block { attributes, .. } => Ok(attributes),
        KeySource::Stored(key) => key.record().usage.payment().ok_or(ErrorKind::KeyUsage),
    }
}
