//! Changes to a scenario by options of the command line.

use super::LoadError;
use super::scenario::{Arrivals, Carrier, Closed, Open, Phase, Scenario};

/// How long is measured where only a rate is said, in seconds.
const SECONDS: f64 = 10.0;
const WARM_UP: f64 = 1.0;

/// What is changed; what is absent or empty stays.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Seconds of every measurement.
    pub seconds: Option<f64>,
    /// Seconds before every measurement that has a warm-up.
    pub warm_up: Option<f64>,
    /// Instead of all phases: open loops at these rates.
    pub rates: Vec<f64>,
    /// Instead of all phases: a closed loop, and open loops at these shares of its rate.
    pub loads: Vec<f64>,
    /// Instead of all phases: a closed loop.
    pub closed: bool,
    /// Of every open loop.
    pub arrivals: Option<Arrivals>,
    /// Of every link.
    pub connections: Option<usize>,
    /// Of every link but those of HTTP/1.1.
    pub streams: Option<usize>,
    /// Of the scenario.
    pub seed: Option<u64>,
    /// Of the scenario.
    pub verify_every: Option<u64>,
    /// Of the gateway that is started.
    pub backend: Option<String>,
    /// Of the gateway that is started.
    pub cores: Vec<usize>,
}

impl std::str::FromStr for Arrivals {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "poisson" => Ok(Self::Poisson),
            "constant" => Ok(Self::Constant),
            _ => Err("must be poisson or constant".to_owned()),
        }
    }
}

impl Scenario {
    /// Applies changes.
    ///
    /// # Errors
    /// [`LoadError::Scenario`] if what comes out cannot be.
    pub fn change(&mut self, changes: &Changes) -> Result<(), LoadError> {
        self.replace_phases(changes);
        self.phases.iter_mut().for_each(|phase| phase.change(changes));
        for link in &mut self.links {
            link.connections = changes.connections.unwrap_or(link.connections);
            if link.carrier != Carrier::Http1 {
                link.streams = changes.streams.unwrap_or(link.streams);
            }
        }
        self.seed = changes.seed.unwrap_or(self.seed);
        self.verify_every = changes.verify_every.unwrap_or(self.verify_every);
        if changes.backend.is_some() {
            self.gateway.backend.clone_from(&changes.backend);
        }
        if !changes.cores.is_empty() {
            self.gateway.cores.clone_from(&changes.cores);
        }
        self.check()
    }

    fn replace_phases(&mut self, changes: &Changes) {
        let closed = Phase::Closed(Closed { seconds: SECONDS, warm_up: WARM_UP, under_way: None });
        let open = |rate, load| {
            let arrivals = Arrivals::default();
            Phase::Open(Open { seconds: SECONDS, warm_up: WARM_UP, rate, load, arrivals })
        };
        if changes.closed {
            self.phases = vec![closed];
        } else if !changes.rates.is_empty() {
            self.phases = changes.rates.iter().map(|rate| open(Some(*rate), None)).collect();
        } else if !changes.loads.is_empty() {
            self.phases = vec![closed];
            self.phases.extend(changes.loads.iter().map(|load| open(None, Some(*load))));
        }
    }
}

impl Phase {
    fn change(&mut self, changes: &Changes) {
        let (seconds, warm_up, arrivals) = self.parts();
        if let Some(new) = changes.seconds {
            *seconds = new;
        }
        if let (Some(warm_up), Some(new)) = (warm_up, changes.warm_up) {
            *warm_up = new;
        }
        if let (Some(arrivals), Some(new)) = (arrivals, changes.arrivals) {
            *arrivals = new;
        }
    }

    /// Seconds, warm-up and rhythm, where there are any.
    fn parts(&mut self) -> (&mut f64, Option<&mut f64>, Option<&mut Arrivals>) {
        match self {
            Self::Closed(one) => (&mut one.seconds, Some(&mut one.warm_up), None),
            Self::Open(one) => (&mut one.seconds, Some(&mut one.warm_up), Some(&mut one.arrivals)),
            Self::Sweep(one) => (&mut one.seconds, Some(&mut one.warm_up), Some(&mut one.arrivals)),
            Self::Knee(one) => (&mut one.seconds, None, Some(&mut one.arrivals)),
            Self::Overload(one) => (&mut one.seconds, None, Some(&mut one.arrivals)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::SHIPPED;

    #[test]
    fn every_shipped_scenario_is_one_and_takes_changes() {
        for (name, text) in SHIPPED {
            let mut scenario = Scenario::parse(text).unwrap_or_else(|why| panic!("{name}: {why}"));
            let changes = Changes {
                seconds: Some(0.5),
                warm_up: Some(0.25),
                arrivals: Some(Arrivals::Constant),
                connections: Some(3),
                streams: Some(2),
                seed: Some(9),
                ..Changes::default()
            };
            scenario.change(&changes).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert!(scenario.links.iter().all(|link| link.connections == 3), "{name}");
            let seconds = scenario.phases.iter_mut().map(|phase| *phase.parts().0);
            assert!(seconds.into_iter().all(|seconds| seconds == 0.5), "{name}");
            assert_eq!(scenario.seed, 9);
        }
    }

    #[test]
    fn every_file_of_the_folder_is_shipped() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
        let files = std::fs::read_dir(folder).expect("the folder");
        let mut names: Vec<_> =
            files.map(|file| crate::load::name_of(&file.expect("a file").path())).collect();
        names.sort();
        let shipped: Vec<_> = SHIPPED.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names, shipped);
    }

    #[test]
    fn rates_and_loads_replace_the_phases() {
        let (_, text) = SHIPPED[0];
        let of = |changes: Changes| {
            let mut scenario = Scenario::parse(text).expect("a scenario");
            scenario.change(&changes).map(|()| format!("{:?}", scenario.phases))
        };
        let rates = of(Changes { rates: vec![10.0, 20.0], ..Changes::default() }).expect("fine");
        assert!(rates.contains("rate: Some(10.0)") && !rates.contains("Closed"), "{rates}");
        let loads = of(Changes { loads: vec![0.5], ..Changes::default() }).expect("fine");
        assert!(loads.contains("Closed") && loads.contains("load: Some(0.5)"), "{loads}");
        let wrong = Changes { seconds: Some(-1.0), ..Changes::default() };
        assert!(of(wrong).is_err());
    }
}
