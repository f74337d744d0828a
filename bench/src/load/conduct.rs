//! A whole run: phase after phase.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::client::{INTERVAL, Segment, Step};
use super::crew::{Clients, Crew};
use super::machine::{Machine, now};
use super::overload;
use super::result::{
    Conditions, Counts, Cpu, FORMAT, Kind, Knee, Point, Report, Sample, Server, Slice, Summary,
    VERSION,
};
use super::scenario::{self, Arrivals, Phase, Scenario};
use super::search::Search;
use super::server::{connections, usage};
use super::{Interval, LoadError, Tally, Target};

/// A warm-up that a phase does not say, in seconds: each rate of a search, and before an overload.
const WARM_UP: f64 = 0.5;

/// What a run is told.
pub struct Options {
    /// For the report: the scenario's file.
    pub name: String,
    /// What is sent.
    pub scenario: Scenario,
    /// Where to.
    pub target: Target,
    /// Who sends.
    pub clients: Clients,
    /// Raised when the run shall end with what it has.
    pub stop: Arc<AtomicBool>,
}

/// What happens, for whoever watches.
pub enum Event<'a> {
    /// A measurement begins; `seconds` with its warm-up.
    Begin {
        /// For people.
        name: &'a str,
        /// How long it takes.
        seconds: f64,
    },
    /// So many seconds of it are over.
    Passed(f64),
    /// A quarter of a second of it.
    Slice(Slice),
    /// It is over.
    End(&'a Point),
}

/// Carries out all phases.
///
/// # Errors
/// [`LoadError`]: no connection, a wrong answer, a client that ended. Errors that the server
/// answers are none: they are counted.
pub fn run(options: &Options, watch: &mut dyn FnMut(Event<'_>)) -> Result<Report, LoadError> {
    options.scenario.check()?;
    let conditions = conditions(options);
    let crew = Crew::connect(&options.scenario, &options.target, &options.clients)?;
    let mut run = Run { options, crew, watch, report: report(options, conditions), phase: 0 };
    for (at, phase) in options.scenario.phases.iter().enumerate() {
        run.phase = at;
        run.carry_out(phase)?;
        if run.stopped() {
            break;
        }
    }
    run.report.complete = !run.stopped();
    Ok(run.report)
}

fn conditions(options: &Options) -> Conditions {
    let target = &options.target;
    let text =
        |(name, address): (&String, &std::net::SocketAddr)| (name.clone(), address.to_string());
    Conditions {
        began: now(),
        name: options.name.clone(),
        typex: env!("CARGO_PKG_VERSION").to_owned(),
        machine: Machine::this(),
        processes: match options.clients {
            Clients::Thread => 0,
            Clients::Processes { count, .. } => count,
        },
        target: target.listeners.iter().map(text).collect(),
        loopback: target.is_loopback(),
        server_processes: target.processes.clone(),
    }
}

fn report(options: &Options, conditions: Conditions) -> Report {
    Report {
        format: FORMAT.to_owned(),
        version: VERSION,
        conditions,
        scenario: options.scenario.clone(),
        complete: false,
        capacity_per_s: None,
        points: Vec::new(),
        knees: Vec::new(),
        overloads: Vec::new(),
    }
}

struct Run<'a> {
    options: &'a Options,
    crew: Crew,
    watch: &'a mut dyn FnMut(Event<'_>),
    report: Report,
    phase: usize,
}

/// What is measured next.
struct Plan {
    name: String,
    kind: Kind,
    warm_up: Option<Step>,
    step: Step,
    rate: Option<f64>,
}

impl Run<'_> {
    fn stopped(&self) -> bool {
        self.options.stop.load(Ordering::Relaxed)
    }

    fn carry_out(&mut self, phase: &Phase) -> Result<(), LoadError> {
        match phase {
            Phase::Closed(closed) => self.closed(closed),
            Phase::Open(open) => {
                let rate = match (open.rate, open.load) {
                    (Some(rate), _) => rate,
                    (None, load) => load.unwrap_or(1.0) * self.capacity()?,
                };
                let times = (open.warm_up, open.seconds);
                self.open(Kind::Open, rate, times, open.arrivals).map(drop)
            }
            Phase::Sweep(sweep) => self.sweep(sweep),
            Phase::Knee(knee) => self.knee(knee),
            Phase::Overload(overload) => self.overload(overload),
        }
    }

    /// Of the last closed loop; one is made if there was none.
    fn capacity(&mut self) -> Result<f64, LoadError> {
        if self.report.capacity_per_s.is_none() {
            self.closed(&scenario::Closed { seconds: 3.0, warm_up: 1.0, under_way: None })?;
        }
        match self.report.capacity_per_s {
            Some(capacity) if capacity > 0.0 => Ok(capacity),
            _ => Err(LoadError::Target("it answers nothing: no capacity".to_owned())),
        }
    }

    fn closed(&mut self, closed: &scenario::Closed) -> Result<(), LoadError> {
        let under_way = closed.under_way;
        let warm_up = Step::Closed { seconds: closed.warm_up, under_way };
        let step = Step::Closed { seconds: closed.seconds, under_way };
        let plan = Plan {
            name: "closed loop".to_owned(),
            kind: Kind::Closed,
            warm_up: (closed.warm_up > 0.0).then_some(warm_up),
            step,
            rate: None,
        };
        let (point, _) = self.measure(plan)?;
        self.report.capacity_per_s = Some(point.throughput_per_s);
        self.keep(point);
        Ok(())
    }

    fn open(
        &mut self,
        kind: Kind,
        rate: f64,
        (warm_up, seconds): (f64, f64),
        arrivals: Arrivals,
    ) -> Result<Point, LoadError> {
        let step = |seconds, seed| Step::Open {
            segments: vec![Segment { seconds, rate }],
            arrivals,
            seed,
        };
        // Each rate has arrivals of its own, which the scenario's seed gives again.
        let seed = self.options.scenario.seed.wrapping_add(self.report.points.len() as u64 * 7919);
        let plan = Plan {
            name: self.name_of(rate),
            kind,
            warm_up: (warm_up > 0.0).then(|| step(warm_up, seed ^ 1 << 32)),
            step: step(seconds, seed),
            rate: Some(rate),
        };
        let (point, _) = self.measure(plan)?;
        self.keep(point.clone());
        Ok(point)
    }

    fn name_of(&self, rate: f64) -> String {
        match self.report.capacity_per_s {
            Some(capacity) => format!("{rate:.0}/s ({:.0} %)", rate / capacity * 100.0),
            None => format!("{rate:.0}/s"),
        }
    }

    fn sweep(&mut self, sweep: &scenario::Sweep) -> Result<(), LoadError> {
        let mut rates = sweep.rates.clone();
        if !sweep.loads.is_empty() {
            let capacity = self.capacity()?;
            rates.extend(sweep.loads.iter().map(|load| load * capacity));
        }
        for rate in rates {
            if !self.stopped() {
                self.open(Kind::Sweep, rate, (sweep.warm_up, sweep.seconds), sweep.arrivals)?;
            }
        }
        Ok(())
    }

    fn knee(&mut self, knee: &scenario::Knee) -> Result<(), LoadError> {
        let capacity = self.capacity()?;
        let mut search = Search::new(capacity, knee.steps);
        let mut p99_us = None;
        while let Some(rate) = search.next().filter(|_| !self.stopped()) {
            let times = (WARM_UP, knee.seconds);
            let point = self.open(Kind::Knee, rate, times, knee.arrivals)?;
            let carried_out = point.counts.accepted as f64 / point.counts.offered.max(1) as f64;
            let is_good = point.latency_us.p99 <= knee.p99_ms * 1e3 && carried_out >= knee.goodput;
            if is_good {
                p99_us = Some(point.latency_us.p99);
            }
            search.note(is_good);
        }
        let rate_per_s = search.knee();
        self.report.knees.push(Knee {
            phase: self.phase,
            rate_per_s,
            load: rate_per_s.map(|rate| rate / capacity),
            p99_us,
            p99_max_us: knee.p99_ms * 1e3,
            goodput_min: knee.goodput,
        });
        Ok(())
    }

    fn overload(&mut self, asked: &scenario::Overload) -> Result<(), LoadError> {
        let capacity = self.capacity()?;
        let calm = Segment { seconds: asked.calm, rate: overload::CALM * capacity };
        let over = Segment { seconds: asked.seconds, rate: asked.times * capacity };
        let (seed, arrivals) = (self.options.scenario.seed, asked.arrivals);
        let step = |segments| Step::Open { segments, arrivals, seed };
        let plan = Plan {
            name: format!("overload, {} times the capacity", asked.times),
            kind: Kind::Overload,
            warm_up: Some(step(vec![Segment { seconds: WARM_UP, ..calm }])),
            step: step(vec![calm, over, calm]),
            rate: Some(over.rate),
        };
        let (point, tally) = self.measure(plan)?;
        let closed = self.report.points.iter().rev().find(|point| point.kind == Kind::Closed);
        let peak = closed.map_or(0.0, |point| point.goodput_per_s);
        let found = overload::judge(&tally, asked, peak);
        self.report
            .overloads
            .extend(found.map(|found| super::result::Overload { phase: self.phase, ..found }));
        self.keep(point);
        Ok(())
    }

    fn keep(&mut self, point: Point) {
        (self.watch)(Event::End(&point));
        self.report.points.push(point);
    }

    /// Warms up, then measures.
    fn measure(&mut self, plan: Plan) -> Result<(Point, Tally), LoadError> {
        let warm_up = plan.warm_up.as_ref().map_or(0.0, Step::seconds);
        let seconds = warm_up + plan.step.seconds();
        (self.watch)(Event::Begin { name: &plan.name, seconds });
        if let Some(step) = &plan.warm_up {
            self.step(step, 0.0, &mut Watcher::default())?;
        }
        let processes = &self.options.target.processes;
        let before = usage(processes);
        let mut watcher = Watcher { is_kept: true, ..Watcher::default() };
        let tally = self.step(&plan.step, warm_up, &mut watcher)?;
        let cpu_us = match (before, usage(processes)) {
            (Some(before), Some(after)) => Some(after.cpu_us - before.cpu_us),
            _ => None,
        };
        let server = cpu_us.map(|cpu_us| watcher.server(cpu_us, &tally));
        let point = self.point(plan, &tally, server, watcher);
        Ok((point, tally))
    }

    fn step(
        &mut self,
        step: &Step,
        passed: f64,
        watcher: &mut Watcher,
    ) -> Result<Tally, LoadError> {
        let (options, watch) = (self.options, std::cell::RefCell::new(&mut self.watch));
        let addresses: Vec<_> = options.target.listeners.values().copied().collect();
        let mut tick = |at: Duration| {
            watcher.look(at, &options.target.processes, &addresses);
            watch.borrow_mut()(Event::Passed(passed + at.as_secs_f64()));
            !options.stop.load(Ordering::Relaxed)
        };
        let mut piece = |piece: &Interval| {
            watch.borrow_mut()(Event::Slice(Slice::of(piece, INTERVAL.as_secs_f64())));
        };
        self.crew.run(step, &mut tick, &mut piece)
    }

    fn point(&self, plan: Plan, tally: &Tally, server: Option<Server>, watcher: Watcher) -> Point {
        let sent = if tally.seconds > 0.0 { tally.offered as f64 / tally.seconds } else { 0.0 };
        let offered_per_s = plan.rate.unwrap_or(sent);
        let capacity = self.report.capacity_per_s.filter(|_| plan.rate.is_some());
        let slice = |piece: &Interval| Slice::of(piece, INTERVAL.as_secs_f64());
        Point {
            name: plan.name,
            phase: self.phase,
            kind: plan.kind,
            offered_per_s,
            load: capacity.map(|capacity| offered_per_s / capacity),
            seconds: tally.seconds,
            throughput_per_s: tally.throughput(),
            goodput_per_s: tally.goodput(),
            counts: Counts::of(tally),
            latency_us: Summary::of(&tally.latency),
            lateness_us: Summary::of(&tally.lateness),
            percentiles: tally.latency.percentiles(),
            server,
            client: Cpu::of(tally.client_cpu_us, tally),
            intervals: tally.intervals.iter().map(slice).collect(),
            samples: watcher.samples,
        }
    }
}

/// Looks at the server while a step goes on.
#[derive(Default)]
struct Watcher {
    /// Whether the looks go into the report.
    is_kept: bool,
    samples: Vec<Sample>,
    before: Option<(Duration, f64)>,
}

impl Watcher {
    fn look(&mut self, at: Duration, processes: &[u32], addresses: &[std::net::SocketAddr]) {
        let is_due = self.before.is_none_or(|(before, _)| at >= before + INTERVAL);
        if !self.is_kept || !is_due || self.samples.len() >= super::limits::POINTS_MAX {
            return;
        }
        let Some(now) = usage(processes) else { return };
        if let Some((before, cpu_us)) = self.before {
            self.samples.push(Sample {
                at_s: at.as_secs_f64(),
                cores: (now.cpu_us - cpu_us) / (at - before).as_micros().max(1) as f64,
                memory_bytes: now.memory_bytes,
                tcp_connections: connections(addresses),
            });
        }
        self.before = Some((at, now.cpu_us));
    }

    fn server(&self, cpu_us: f64, tally: &Tally) -> Server {
        Server {
            cpu: Cpu::of(cpu_us, tally),
            memory_bytes: self.samples.iter().map(|one| one.memory_bytes).max().unwrap_or(0),
            tcp_connections: self.samples.iter().map(|one| one.tcp_connections).max().unwrap_or(0),
        }
    }
}

/// A scenario's name: its file without folder and ending.
pub fn name_of(path: &std::path::Path) -> String {
    let stem = path.file_stem().map(PathBuf::from).unwrap_or_default();
    stem.display().to_string()
}
