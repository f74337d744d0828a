//! `typex card`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use typex_core::UnixMs;
use typex_store::system_clock;

use super::run::Failure;
use super::table::{self, rows};
use super::{CardAction, CardArgs};
use crate::admin::{self, Answer, CardRequest, Request};
use crate::card::{Count, Event, Excerpt, Report};

/// How often `--follow` asks for what came since.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(200);

/// Asks the running gateway about its card. The exit status is 1 if a self-test failed.
pub(super) fn card(data: &Path, args: &CardArgs) -> Result<ExitCode, Failure> {
    match &args.action {
        None => show(data, args.json)?,
        Some(CardAction::Selftest) => return selftest(data, args.json),
        Some(CardAction::Reset) => reset(data, args.json)?,
        Some(CardAction::Trace { last, follow }) => trace(data, *last, *follow, args.json)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn ask(data: &Path, request: CardRequest) -> Result<Answer, Failure> {
    match admin::ask(data, &Request::Card(request))? {
        None => Err(format!(
            "no gateway runs on {}, so no card is in use: start one with --backend fpga",
            data.display()
        )
        .into()),
        Some(Answer::Refused { reason }) => Err(reason.into()),
        Some(answer) => Ok(answer),
    }
}

fn show(data: &Path, json: bool) -> Result<(), Failure> {
    let Answer::Card(report) = ask(data, CardRequest::Show)? else {
        return Err(table::unexpected());
    };
    if json { print_json(&*report) } else { print(&report) }
}

fn selftest(data: &Path, json: bool) -> Result<ExitCode, Failure> {
    let Answer::CardTested(tested) = ask(data, CardRequest::Selftest)? else {
        return Err(table::unexpected());
    };
    if json {
        print_json(&tested)?;
    } else {
        match &tested.reason {
            None => say!("card={} self-test passed", tested.card),
            Some(reason) => say!("card={} self-test FAILED: {reason}", tested.card),
        }
    }
    Ok(if tested.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn reset(data: &Path, json: bool) -> Result<(), Failure> {
    let Answer::CardReset(done) = ask(data, CardRequest::Reset)? else {
        return Err(table::unexpected());
    };
    if json {
        return print_json(&done);
    }
    say!("card={} is back after {} us, epoch {}", done.card, done.took_us, done.epoch);
    Ok(())
}

fn trace(data: &Path, last: usize, follow: bool, json: bool) -> Result<(), Failure> {
    let mut from = None;
    loop {
        let Answer::CardTrace(excerpt) = ask(data, CardRequest::Trace { from, last })? else {
            return Err(table::unexpected());
        };
        print_excerpt(&excerpt, from.is_some(), json)?;
        if !follow {
            return Ok(());
        }
        from = Some(excerpt.next);
        std::thread::sleep(FOLLOW_INTERVAL);
    }
}

/// Whoever follows is told of what came too fast to be kept.
fn print_excerpt(excerpt: &Excerpt, following: bool, json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if following && excerpt.lost > 0 && !json {
        writeln!(out, "... {} not shown", excerpt.lost)?;
    }
    for event in &excerpt.events {
        if json {
            serde_json::to_writer(&mut out, event)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{}", line(event))?;
        }
    }
    Ok(out.flush()?)
}

fn line(event: &Event) -> String {
    let Event { number, time_ns, kind, address, bytes, tag } = event;
    let (us, ns) = (time_ns / 1000, time_ns % 1000);
    let line = format!("{number:>8} {us:>10}.{ns:03} us  {kind:<15} {address:#018x} {bytes:>5} B");
    match tag {
        None => line,
        Some(tag) => format!("{line}  tag {tag}"),
    }
}

fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    Ok(writeln!(out)?)
}

fn print(report: &Report) -> Result<(), Failure> {
    print_head(report)?;
    section("keys")?;
    let keys = &report.keys;
    say!(
        "  {} of {} slots in use; {} hits, {} misses, {} evictions, {} zeroised",
        keys.resident,
        keys.slots,
        keys.hits,
        keys.misses,
        keys.evictions,
        keys.zeroised
    );
    section("jobs")?;
    say!("  on the card: {}", listed(&report.jobs.card));
    say!("  in software: {}", listed(&report.jobs.software));
    section("faults")?;
    let faults = &report.faults;
    say!("  {}", listed(&faults.kinds));
    say!("  {} jobs answered by software instead", faults.failovers);
    say!("  {} recoveries, the last in {} us", faults.recoveries, faults.recovery_us);
    if let Some(last) = &faults.last {
        let ago = system_clock().since(UnixMs(last.time_ms));
        say!("  last: {}, {} s ago", last.kind.replace('_', " "), ago.as_secs());
    }
    section("rings")?;
    print_rings(report)?;
    section("counters of the card")?;
    counts(&report.counters)?;
    section("capabilities")?;
    print_capabilities(report)
}

fn print_head(report: &Report) -> Result<(), Failure> {
    let (identity, state) = (&report.identity, &report.state);
    say!("card={} backend={} state={}", report.card, report.backend, state.word);
    say!(
        "  self-test {}, epoch {}, attached {} times",
        state.selftest,
        state.epoch,
        state.incarnation
    );
    if let Some(problem) = &state.problem {
        say!("  does not come up: {problem}");
    }
    say!(
        "  ABI {}, build {}, configuration {}, clock {} MHz",
        identity.abi,
        identity.build,
        identity.configuration,
        identity.clock_khz / 1000
    );
    say!("  link {}, seed {}", identity.link, identity.seed);
    say!("  {}", listed(&identity.shape));
    if !state.errors.is_empty() {
        say!("  errors latched: {}", state.errors.join(", "));
    }
    Ok(())
}

fn section(name: &str) -> Result<(), Failure> {
    say!("\n{name}");
    Ok(())
}

/// Those that are not zero.
fn listed(counts: &[Count]) -> String {
    let seen = counts.iter().filter(|count| count.value > 0);
    let words: Vec<String> =
        seen.map(|count| format!("{} {}", count.value, count.name.replace('_', " "))).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn print_rings(report: &Report) -> Result<(), Failure> {
    let cells = report.rings.iter().map(|ring| {
        [ring.index, ring.in_flight, ring.entries, ring.submitted, ring.doorbells, ring.interrupts]
            .map(|number| number.to_string())
    });
    let header = ["  RING", "IN FLIGHT", "ENTRIES", "JOBS", "DOORBELLS", "INTERRUPTS"];
    rows(header, cells.map(indented))
}

fn counts(counts: &[Count]) -> Result<(), Failure> {
    let cells = counts.iter().map(|count| [count.name.clone(), count.value.to_string()]);
    rows(["  NAME", "VALUE"], cells.map(indented))
}

fn print_capabilities(report: &Report) -> Result<(), Failure> {
    let cells = report
        .capabilities
        .iter()
        .map(|one| [&one.operation, &one.algorithm, &one.runs, &one.reason].map(String::clone));
    rows(["  OPERATION", "ALGORITHM", "RUNS ON", "BECAUSE"], cells.map(indented))
}

fn indented<const N: usize>(mut cells: [String; N]) -> [String; N] {
    if let Some(first) = cells.first_mut() {
        first.insert_str(0, "  ");
    }
    cells
}
