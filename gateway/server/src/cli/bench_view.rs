//! `typex bench load` while it measures, and its table.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use typex_bench::load::{Event, Point, Report};

use super::run::Failure;
use super::table::rows;

/// Steps of the bar in a second.
const STEPS: f64 = 100.0;
/// How often it is drawn at least.
const TICK: Duration = Duration::from_millis(200);

/// A live bar on a terminal; a line for each measurement elsewhere. Both on standard error.
pub(super) struct View {
    bar: Option<ProgressBar>,
}

impl View {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            let style = "{prefix} {bar:24} {elapsed}/{duration}  {msg}";
            // The style is a constant: were it wrong, the default one would do.
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { bar }
    }

    pub(super) fn show(&mut self, event: &Event<'_>) {
        let Some(bar) = &self.bar else {
            if let Event::End(point) = event {
                eprintln!("{}", line(point));
            }
            return;
        };
        match event {
            Event::Begin { name, seconds } => {
                bar.reset();
                bar.set_length((seconds * STEPS) as u64);
                bar.set_prefix((*name).to_owned());
                bar.set_message("");
            }
            Event::Passed(seconds) => bar.set_position((seconds * STEPS) as u64),
            Event::Slice(slice) => {
                let us = |us: Option<f64>| us.map_or_else(|| "-".to_owned(), time);
                bar.set_message(format!(
                    "{:.0}/s  p50 {} p99 {}  {} under way, {} wait, {:.0}/s refused, {} errors",
                    slice.goodput_per_s,
                    us(slice.p50_us),
                    us(slice.p99_us),
                    slice.in_flight,
                    slice.backlog,
                    slice.refused_per_s,
                    slice.errors,
                ));
            }
            Event::End(point) => bar.println(line(point)),
        }
    }

    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn line(point: &Point) -> String {
    let latency = &point.latency_us;
    format!(
        "{}: {:.0}/s, p50 {} p99 {}, {} refused, {} errors",
        point.name,
        point.goodput_per_s,
        time(latency.p50),
        time(latency.p99),
        point.counts.refused.values().sum::<u64>(),
        point.counts.failures(),
    )
}

/// With a unit that leaves few digits.
fn time(us: f64) -> String {
    match us {
        us if us >= 1e6 => format!("{:.2} s", us / 1e6),
        us if us >= 1e3 => format!("{:.2} ms", us / 1e3),
        us => format!("{us:.0} us"),
    }
}

/// The table of a whole run, and what searches and overloads found.
pub(super) fn summary(report: &Report) -> Result<(), Failure> {
    let conditions = &report.conditions;
    let machine = &conditions.machine;
    say!(
        "{}: {}, seed {}, {} cores of {}, load average {}",
        conditions.name,
        report.scenario.about,
        report.scenario.seed,
        machine.cores,
        machine.cpu,
        machine.load_average
    );
    say!("");
    let header = [
        "POINT",
        "OFFERED/s",
        "ANSWERS/s",
        "RECORDS/s",
        "p50",
        "p99",
        "p99.9",
        "SERVER us",
        "CLIENT us",
        "REFUSED",
        "ERRORS",
    ];
    rows(header, report.points.iter().map(cells))?;
    found(report)
}

fn found(report: &Report) -> Result<(), Failure> {
    for knee in &report.knees {
        match (knee.rate_per_s, knee.load) {
            (Some(rate), Some(load)) => {
                say!("\nknee: {rate:.0} requests/s, {:.0} % of the capacity", load * 100.0);
            }
            _ => say!("\nknee: no rate was answered in time"),
        }
    }
    for over in &report.overloads {
        let recovery = over.recovery_s.map_or_else(|| "not seen".to_owned(), |s| format!("{s} s"));
        let (goodput, ratio) = (over.goodput_of_peak, over.p99_ratio);
        say!("\noverload: goodput {goodput:.2} of the peak, p99 {ratio:.2} times that before");
        say!("recovery: {recovery}");
    }
    Ok(())
}

fn cells(point: &Point) -> [String; 11] {
    let counts = &point.counts;
    let server = |server: &typex_bench::load::Server| format!("{:.2}", server.cpu.us_per_answer);
    [
        point.name.clone(),
        format!("{:.0}", point.offered_per_s),
        format!("{:.0}", point.throughput_per_s),
        format!("{:.0}", point.goodput_per_s),
        time(point.latency_us.p50),
        time(point.latency_us.p99),
        time(point.latency_us.p99_9),
        point.server.as_ref().map_or_else(|| "-".to_owned(), server),
        format!("{:.2}", point.client.us_per_answer),
        counts.refused.values().sum::<u64>().to_string(),
        (counts.failures() + counts.given_up + counts.unsent).to_string(),
    ]
}
