//! The clients of a run: one on a thread of this process, or several in processes of their own.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::client::{Client, Step};
use super::{Interval, LoadError, Scenario, Tally, Target};

/// Beyond the patience of the scenario, for what was under way at the end of a step.
const GRACE: Duration = Duration::from_secs(30);
/// How often an end that was asked for is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Where clients run.
#[derive(Clone, Debug)]
pub enum Clients {
    /// One, on a thread of this process.
    Thread,
    /// So many processes of a program which calls [`client_process`](super::client_process) when
    /// it is started with these arguments.
    Processes {
        /// How many.
        count: usize,
        /// Which.
        program: PathBuf,
        /// By which it knows what it is to be.
        arguments: Vec<String>,
    },
}

/// What a client process is told first.
#[derive(Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) scenario: Scenario,
    pub(crate) target: Target,
    pub(crate) share: (usize, usize),
}

/// What it is told then.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Order {
    Step(Step),
    /// Ends the step, and all later ones.
    Stop,
}

/// What it says.
#[derive(Serialize, Deserialize)]
pub(crate) enum Word {
    Connected,
    Piece(Interval),
    Done(Box<Tally>),
    Failed { wrong: bool, why: String },
}

impl Word {
    pub(crate) fn failed(error: LoadError) -> Self {
        match error {
            LoadError::Wrong(why) => Self::Failed { wrong: true, why },
            error => Self::Failed { wrong: false, why: error.to_string() },
        }
    }
}

/// Clients that have connected.
pub(crate) struct Crew {
    members: Vec<Member>,
    words: Receiver<(usize, Word)>,
    patience: Duration,
    told_to_stop: bool,
}

enum Member {
    Thread { orders: Sender<Step>, stop: Arc<AtomicBool> },
    Process { child: Child, orders: ChildStdin },
}

impl Crew {
    pub(crate) fn connect(
        scenario: &Scenario,
        target: &Target,
        clients: &Clients,
    ) -> Result<Self, LoadError> {
        let (tell, words) = channel();
        let members = match clients {
            Clients::Thread => vec![thread(scenario.clone(), target.clone(), tell)?],
            Clients::Processes { count, program, arguments } => {
                let process = |at| {
                    let hello = Hello {
                        scenario: scenario.clone(),
                        target: target.clone(),
                        share: (at, *count),
                    };
                    let mut command = Command::new(program);
                    command.args(arguments);
                    process(command, &hello, tell.clone())
                };
                (0..*count).map(process).collect::<Result<_, _>>()?
            }
        };
        let patience = Duration::from_millis(scenario.patience_ms);
        let mut crew = Self { members, words, patience, told_to_stop: false };
        let connections = scenario.connections() as u32;
        crew.gather(patience * connections.max(1), &mut |_| true, &mut |_| ())?;
        Ok(crew)
    }

    /// Has all clients carry out a step. `tick` is called every few milliseconds; when it says no,
    /// the step ends early. `piece` is told every piece once all clients have it.
    pub(crate) fn run(
        &mut self,
        step: &Step,
        tick: &mut dyn FnMut(Duration) -> bool,
        piece: &mut dyn FnMut(&Interval),
    ) -> Result<Tally, LoadError> {
        for member in &mut self.members {
            member.order(&Order::Step(step.clone()))?;
        }
        let longest = Duration::from_secs_f64(step.seconds()) + self.patience * 2;
        let done = self.gather(longest, tick, piece)?;
        let mut done = done.into_iter();
        let mut all = done.next().ok_or_else(|| LoadError::Client("none".to_owned()))?;
        done.for_each(|one| all.merge(&one));
        Ok(all)
    }

    /// Waits until each client has said that it is connected or done.
    fn gather(
        &mut self,
        longest: Duration,
        tick: &mut dyn FnMut(Duration) -> bool,
        piece: &mut dyn FnMut(&Interval),
    ) -> Result<Vec<Tally>, LoadError> {
        let begin = Instant::now();
        let (mut done, mut left) = (Vec::new(), self.members.len());
        let mut is_done = vec![false; left];
        let mut pieces = Pieces::new(left);
        while left > 0 {
            if begin.elapsed() > longest + GRACE {
                return Err(LoadError::Client("no word in time".to_owned()));
            }
            if !tick(begin.elapsed()) {
                self.stop()?;
            }
            match self.words.recv_timeout(LOOK) {
                Ok((_, Word::Connected)) => left -= 1,
                Ok((at, Word::Done(tally))) => {
                    done.push(*tally);
                    (is_done[at], left) = (true, left - 1);
                }
                // A process that was told to stop ends once it has said what it had.
                Ok((at, Word::Failed { wrong: false, .. })) if is_done[at] => {}
                Ok((_, Word::Piece(one))) => pieces.add(&one, piece),
                Ok((_, Word::Failed { wrong, why })) => return Err(failed(wrong, why)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(LoadError::Client("ended early".to_owned()));
                }
            }
        }
        Ok(done)
    }

    fn stop(&mut self) -> Result<(), LoadError> {
        if std::mem::replace(&mut self.told_to_stop, true) {
            return Ok(());
        }
        self.members.iter_mut().try_for_each(|member| member.order(&Order::Stop))
    }
}

fn failed(wrong: bool, why: String) -> LoadError {
    if wrong { LoadError::Wrong(why) } else { LoadError::Client(why) }
}

/// Pieces that not all clients have told yet.
struct Pieces {
    clients: usize,
    open: Vec<(usize, Interval)>,
}

impl Pieces {
    fn new(clients: usize) -> Self {
        Self { clients, open: Vec::new() }
    }

    fn add(&mut self, one: &Interval, tell: &mut dyn FnMut(&Interval)) {
        let found = self.open.iter().position(|(_, piece)| piece.at == one.at);
        let at = found.unwrap_or_else(|| {
            self.open.push((0, Interval { at: one.at, ..Interval::default() }));
            self.open.len() - 1
        });
        let (count, piece) = &mut self.open[at];
        *count += 1;
        piece.merge(one);
        if *count == self.clients {
            let (_, piece) = self.open.swap_remove(at);
            tell(&piece);
        }
    }
}

impl Member {
    fn order(&mut self, order: &Order) -> Result<(), LoadError> {
        let gone = |_| LoadError::Client("ended early".to_owned());
        match (self, order) {
            (Self::Thread { orders, .. }, Order::Step(step)) => {
                orders.send(step.clone()).map_err(|error| gone(error.to_string()))
            }
            (Self::Thread { stop, .. }, Order::Stop) => {
                stop.store(true, Ordering::Relaxed);
                Ok(())
            }
            (Self::Process { orders, .. }, order) => {
                write(orders, order).map_err(|error| gone(error.to_string()))
            }
        }
    }
}

impl Drop for Member {
    /// A thread ends when nobody orders any more; a process is ended.
    fn drop(&mut self) {
        if let Self::Process { child, .. } = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn thread(
    scenario: Scenario,
    target: Target,
    words: Sender<(usize, Word)>,
) -> Result<Member, LoadError> {
    let stop = Arc::new(AtomicBool::new(false));
    let (orders, steps) = channel();
    let ends = Arc::clone(&stop);
    let body = move || {
        let say = move |word| drop(words.send((0, word)));
        let steps = || steps.recv().ok();
        serve(&Hello { scenario, target, share: (0, 1) }, ends, steps, say);
    };
    std::thread::Builder::new().name("load".to_owned()).spawn(body)?;
    Ok(Member::Thread { orders, stop })
}

/// What a client does: connects, then a step after the other until there is none.
fn serve(
    hello: &Hello,
    stop: Arc<AtomicBool>,
    mut steps: impl FnMut() -> Option<Step>,
    say: impl Fn(Word) + Clone + 'static,
) {
    let mut client = match Client::connect(&hello.scenario, &hello.target, hello.share, stop) {
        Ok(client) => client,
        Err(error) => return say(Word::failed(error)),
    };
    say(Word::Connected);
    while let Some(step) = steps() {
        let tell = say.clone();
        match client.run(&step, Box::new(move |piece| tell(Word::Piece(piece.clone())))) {
            Ok(tally) => say(Word::Done(Box::new(tally))),
            Err(error) => return say(Word::failed(error)),
        }
    }
}

fn process(
    mut command: Command,
    hello: &Hello,
    words: Sender<(usize, Word)>,
) -> Result<Member, LoadError> {
    // Whoever ends this process by the terminal has it say so to its clients.
    command.process_group(0);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let at = hello.share.0;
    let (Some(mut orders), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(LoadError::Client("no pipes".to_owned()));
    };
    write(&mut orders, hello)?;
    let member = Member::Process { child, orders };
    let read = move || {
        let mut ended = "it ended".to_owned();
        for line in BufReader::new(out).lines() {
            let word = line
                .map_err(|error| error.to_string())
                .and_then(|line| serde_json::from_str(&line).map_err(|error| error.to_string()));
            match word {
                Ok(word) => drop(words.send((at, word))),
                Err(why) => {
                    ended = why;
                    break;
                }
            }
        }
        // After the run nobody listens.
        let _ = words.send((at, Word::Failed { wrong: false, why: ended }));
    };
    std::thread::Builder::new().name("load-words".to_owned()).spawn(read)?;
    Ok(member)
}

fn write(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_string(value)?;
    line.push('\n');
    out.write_all(line.as_bytes())?;
    out.flush()
}

/// The whole life of a client process: orders come at standard input, words go to standard output.
///
/// # Errors
/// [`LoadError`] if what comes is not from a run of this version.
pub fn client_process() -> Result<(), LoadError> {
    let mut lines = BufReader::new(std::io::stdin()).lines();
    let odd = |why: &dyn std::fmt::Display| LoadError::Client(why.to_string());
    let first = lines.next().ok_or_else(|| odd(&"nothing to do"))??;
    let hello: Hello = serde_json::from_str(&first).map_err(|error| odd(&error))?;
    let stop = Arc::new(AtomicBool::new(false));
    let (orders, steps) = channel();
    let ends = Arc::clone(&stop);
    let read = move || {
        let orders_come = lines.map_while(Result::ok);
        let mut orders_come = orders_come.map_while(|line| serde_json::from_str(&line).ok());
        // What comes after the last step ends the process too.
        while let Some(Order::Step(step)) = orders_come.next() {
            if orders.send(step).is_err() {
                break;
            }
        }
        ends.store(true, Ordering::Relaxed);
    };
    std::thread::Builder::new().name("load-orders".to_owned()).spawn(read)?;
    let say = |word| drop(write(&mut std::io::stdout().lock(), &word));
    serve(&hello, stop, || steps.recv().ok(), say);
    Ok(())
}
