//! Several engines behind one port.

use num_bigint::BigUint;

use super::bench::{self, Answer, Bench};
use super::key::Key;
use super::{PRIMES, below, chance, is_full};

/// A farm, and the job of each place.
struct Farm {
    bench: Bench,
    engines: u64,
    at: Vec<Option<usize>>,
    done: Vec<(usize, Answer)>,
}

impl Farm {
    fn new(top: &str) -> Self {
        let mut bench = Bench::new(top);
        let engines = bench.value("engines_o");
        let at = vec![None; bench.messages as usize];
        Self { bench, engines, at, done: Vec::new() }
    }

    /// Keeps the results that have come.
    fn collect(&mut self) {
        for answer in self.bench.come() {
            let job = self.at[answer.message as usize].take().expect("a place with a job");
            self.done.push((job, answer));
        }
    }

    /// A place for a job under a key, and whether the key is there.
    fn request(&mut self, name: u64) -> (u64, bool) {
        self.bench.set("request_key_i", name);
        self.bench.set("request_valid_i", 1);
        self.bench.until("request_ready_o");
        self.collect();
        let place = self.bench.value("request_place_o");
        let is_loaded = self.bench.value("request_loaded_o") == 1;
        self.bench.edge();
        self.bench.set("request_valid_i", 0);
        (place, is_loaded)
    }

    /// Starts job `job` under key `name`; its place, and whether the key was there.
    fn start(&mut self, job: usize, name: u64, key: &Key, value: &BigUint) -> (u64, bool) {
        let (place, is_loaded) = self.request(name);
        assert!(self.at[place as usize].replace(job).is_none(), "place {place} has a job");
        if !is_loaded {
            self.bench.install(place, key);
        }
        self.bench.message(place, key.bits(), value);
        self.bench.private(place, key.bits());
        (place, is_loaded)
    }

    /// All results so far, by job, once nothing works.
    fn finish(&mut self) -> Vec<Answer> {
        while self.at.iter().any(Option::is_some) {
            (0..100).for_each(|_| self.bench.edge());
            self.collect();
        }
        self.done.sort_by_key(|(job, _)| *job);
        self.done.drain(..).map(|(_, answer)| answer).collect()
    }

    /// Forgets a key, and waits until it is wiped.
    fn zeroise(&mut self, name: u64) {
        self.forget(name);
        while self.bench.value("zeroise_busy_o") == 1 {
            self.bench.edge();
        }
        self.collect();
    }

    fn forget(&mut self, name: u64) {
        self.bench.set("zeroise_key_i", name);
        self.bench.set("zeroise_i", 1);
        self.bench.edge();
        self.bench.set("zeroise_i", 0);
    }

    fn results_of(&mut self, engine: u64) -> u64 {
        self.bench.set("count_engine_i", engine);
        self.bench.edge();
        self.bench.counts().results
    }
}

fn keys() -> [Key; 4] {
    [1, 2, 3, 4].map(|at| Key::small(PRIMES[at].0, PRIMES[at].1))
}

#[test]
fn jobs_go_where_there_is_room() {
    let (mut random, keys) = (chance(), keys());
    let mut farm = Farm::new("rsa_farm_small");
    let jobs: Vec<_> = (0..40)
        .map(|_| {
            let key = random.word() as usize % keys.len();
            (key, below(&mut random, &keys[key].n))
        })
        .collect();
    let mut places = Vec::new();
    for (at, (key, value)) in jobs.iter().enumerate() {
        places.push(farm.start(at, *key as u64, &keys[*key], value));
    }
    for ((key, value), answer) in jobs.iter().zip(farm.finish()) {
        assert_eq!(answer.value, keys[*key].private(value), "key {key}, {value}");
    }
    // Idle engines first, and the first to end is used again; not every job loads its key.
    let engines: Vec<_> = places[..3].iter().map(|(place, _)| place / 2).collect();
    assert_eq!(engines, [0, 1, 2]);
    assert!(places.iter().any(|(_, is_loaded)| *is_loaded));
    let results: u64 = (0..farm.engines).map(|engine| farm.results_of(engine)).sum();
    assert_eq!(results, 40);
    assert!((0..3).all(|engine| farm.results_of(engine) >= 4), "all engines work");
}

#[test]
fn a_key_is_loaded_once_for_many_jobs() {
    let (mut random, keys) = (chance(), keys());
    let mut farm = Farm::new("rsa_farm_small");
    let mut loaded = Vec::new();
    for round in 0..6 {
        let value = below(&mut random, &keys[round % 2].n);
        loaded.push(farm.start(0, round as u64 % 2, &keys[round % 2], &value));
        assert_eq!(farm.finish()[0].value, keys[round % 2].private(&value));
    }
    let wanted = [false, false, true, true, true, true];
    assert_eq!(loaded.iter().map(|(_, is_loaded)| *is_loaded).collect::<Vec<_>>(), wanted);
    assert!(loaded.iter().all(|(place, _)| [loaded[0].0, loaded[1].0].contains(place)));
}

/// A zeroised key is gone from every place; the job that has it ends well; other keys stay.
#[test]
fn a_zeroised_key_is_gone() {
    let (mut random, keys) = (chance(), keys());
    let mut farm = Farm::new("rsa_farm_small");
    let value = below(&mut random, &keys[0].n);
    let other = below(&mut random, &keys[1].n);
    for job in 0..2 {
        farm.start(job, 7, &keys[0], &value);
    }
    let kept = farm.start(2, 8, &keys[1], &other).0;
    farm.forget(7);
    assert_eq!(farm.bench.value("zeroise_busy_o"), 1, "the jobs still run");
    for answer in &farm.finish()[..2] {
        assert_eq!(answer.value, keys[0].private(&value));
    }
    while farm.bench.value("zeroise_busy_o") == 1 {
        farm.bench.edge();
    }
    // Wherever a job under the key goes, nothing of it is there.
    for job in 0..5 {
        let (place, is_loaded) = farm.request(7);
        assert!(!is_loaded && place != kept);
        farm.at[place as usize] = Some(job);
        farm.bench.message(place, keys[0].bits(), &value);
        farm.bench.private(place, keys[0].bits());
    }
    assert!(farm.finish().iter().all(|answer| answer.value == BigUint::ZERO));
    assert_eq!(farm.start(0, 8, &keys[1], &other), (kept, true));
    assert_eq!(farm.finish()[0].value, keys[1].private(&other));
}

/// What a key leaves under another is wiped with the next zeroise, of whichever key.
#[test]
fn a_place_with_more_than_one_key_is_wiped() {
    let (mut random, keys) = (chance(), keys());
    let mut farm = Farm::new("rsa_farm_small");
    farm.bench.set("fault_i", 0b110);
    farm.bench.edge();
    for (job, name) in [0, 1, 2].into_iter().enumerate() {
        let value = below(&mut random, &keys[name].n);
        farm.start(job, name as u64, &keys[name], &value);
        farm.finish();
    }
    // Of two places one has had keys 0 and 2. Key 2 goes with the zeroise of key 0.
    farm.zeroise(0);
    let value = below(&mut random, &keys[1].n);
    assert!(farm.start(0, 1, &keys[1], &value).1, "key 1 is where it was");
    assert!(!farm.request(2).1, "key 2 was wiped");
}

#[test]
fn an_engine_with_a_fault_gets_no_more_jobs() {
    let (mut random, keys) = (chance(), keys());
    let mut farm = Farm::new("rsa_farm_small");
    let values: Vec<_> = (0..12).map(|_| below(&mut random, &keys[0].n)).collect();
    for (job, value) in values.iter().enumerate() {
        let place = farm.start(job, 1, &keys[0], value).0;
        assert!(job < 3 || place / 2 != 1, "engine 1 is out of service");
        if job == 2 {
            farm.bench.set("fault_i", 0b010);
            farm.bench.edge();
            farm.bench.set("fault_i", 0);
        }
    }
    for (value, answer) in values.iter().zip(farm.finish()) {
        assert_eq!(answer.value, keys[0].private(value));
    }
    assert_eq!(farm.results_of(1), 1);
}

/// A refused job leaves nothing behind, and its place is given out again.
#[test]
fn a_refused_job_gives_its_place_back() {
    let (mut random, keys) = (chance(), keys());
    let mut farm = Farm::new("rsa_farm_small");
    let value = below(&mut random, &keys[0].n);
    for round in 0..8 {
        let (place, is_loaded) = farm.request(5);
        assert!(!is_loaded, "round {round}");
        farm.bench.install(place, &keys[0]);
        assert_eq!(farm.bench.ask(bench::PRIVATE, place, 100, 0), bench::SIZE);
    }
    let place = farm.start(0, 5, &keys[0], &value).0;
    assert_eq!(farm.bench.ask(bench::PRIVATE, place, keys[0].bits(), 0), bench::BUSY);
    assert_eq!(farm.finish()[0].value, keys[0].private(&value));
}

/// Cycles an RSA-2048 job, from the first request to the last result of `rounds` jobs for each
/// place, under two keys that have to be loaded. Engines from `engines` on are out of service.
fn pace(top: &str, engines: u64, rounds: u64) -> u64 {
    let mut random = chance();
    let keys = [Key::generate(2048), Key::generate(2048)];
    let mut farm = Farm::new(top);
    farm.bench.set("fault_i", (1 << farm.engines) - (1 << engines));
    farm.bench.edge();
    // Engines wipe themselves after a reset.
    while farm.bench.value("zeroise_busy_o") == 1 {
        farm.bench.edge();
    }
    let places = farm.bench.messages / farm.engines * engines;
    let jobs: Vec<_> =
        (0..(rounds * places) as usize).map(|at| below(&mut random, &keys[at % 2].n)).collect();
    let start = farm.bench.cycle();
    for (at, value) in jobs.iter().enumerate() {
        farm.start(at, at as u64 % 2, &keys[at % 2], value);
    }
    let answers = farm.finish();
    for (at, (value, answer)) in jobs.iter().zip(&answers).enumerate() {
        assert_eq!(answer.value, keys[at % 2].private(value));
    }
    let cycles = answers.iter().map(|answer| answer.cycle).max().expect("results") - start;
    let each = cycles / jobs.len() as u64;
    let used = (2_592 * 4_880 * jobs.len() as u64) as f64
        / (farm.bench.multipliers() * engines * cycles) as f64;
    let (jobs, rate) = (jobs.len(), 250_000_000 / each);
    print!("{engines} engines: {jobs} RSA-2048 in {cycles} cycles, {each} each, ");
    println!("{:.1} % used, {rate} a second at 250 MHz", 100.0 * used);
    each
}

/// Loads and starts share one port, and do not make engines wait. Other numbers of engines, two
/// jobs a place, with TEST_SCALE=full.
#[test]
fn engines_work_side_by_side() {
    let mut each = vec![4 * pace("rsa_farm_unit", 4, 1)];
    if is_full() {
        each.push(pace("rsa_farm_unit", 1, 2));
        each.push(4 * pace("rsa_farm_unit", 4, 2));
        each.push(16 * pace("rsa_farm_sixteen", 16, 2));
    }
    assert!(each.iter().all(|cycles| *cycles <= 125_000), "cycles of an engine a job: {each:?}");
}
