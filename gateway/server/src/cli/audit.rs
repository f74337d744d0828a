//! `typex audit`.

use std::collections::VecDeque;
use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use typex_store::log::{Filter, OutcomeFilter, Reader, Shown};

use super::AuditCommand;
use super::run::Failure;
use crate::config::Config;
use crate::opening;

/// How often `--follow` looks for new entries.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(200);

/// Verifies the log; the exit status is 1 when something was found.
pub(super) fn verify(
    data: &Path,
    config: &Config,
    since: Option<&Path>,
) -> Result<ExitCode, Failure> {
    let since = since.map(std::fs::read_to_string).transpose()?;
    let unlock = opening::unlock(data, config)?;
    let report = typex_store::verify_audit(&opening::store_dir(data), &unlock, since.as_deref())?;
    say!(
        "{} entries in {} segments, {} checkpoints, size {}",
        report.entries,
        report.segments,
        report.checkpoints,
        report.head.size
    );
    for finding in &report.findings {
        say!("{finding}");
    }
    if report.is_clean() {
        say!("nothing found");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

/// Prints entries.
pub(super) fn show(data: &Path, command: AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Show { follow, partition, action, failed, last, json } = command else {
        return Err("not a show command".into());
    };
    let filter = Filter {
        partition: partition.map(|id| parse("--partition", &id)).transpose()?,
        verb: action.map(|name| parse("--action", &name)).transpose()?,
        outcome: failed.then_some(OutcomeFilter::Failed),
        ..Filter::default()
    };
    let mut reader = Reader::open(&opening::store_dir(data).join("audit"), filter)?;
    print_waiting(&mut reader, last, json)?;
    if !follow {
        return Ok(());
    }
    loop {
        std::thread::sleep(FOLLOW_INTERVAL);
        print_waiting(&mut reader, None, json)?;
    }
}

/// Prints what the log holds by now, or the last so many of it.
fn print_waiting(reader: &mut Reader, last: Option<usize>, json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let mut kept = VecDeque::new();
    for shown in reader {
        let line = line(shown?, json);
        match last {
            None => writeln!(out, "{line}")?,
            Some(count) => {
                kept.push_back(line);
                if kept.len() > count {
                    kept.pop_front();
                }
            }
        }
    }
    kept.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(out.flush()?)
}

fn parse<T>(option: &str, value: &str) -> Result<T, Failure>
where
    T: FromStr<Err: Display>,
{
    value.parse().map_err(|error| format!("{option} {value}: {error}").into())
}

fn line(shown: Shown, json: bool) -> String {
    if json { shown.json } else { shown.logged.to_string() }
}
