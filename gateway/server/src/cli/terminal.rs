//! Reads what must not be seen.

use std::io::{BufRead, IsTerminal};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use typex_core::Secret;

use super::run::Failure;

/// A line from standard input; from a terminal without echo.
pub(super) fn typed(prompt: &str) -> Result<Secret<String>, Failure> {
    let stdin = std::io::stdin();
    let mut line = Secret::new(String::with_capacity(256));
    if !stdin.is_terminal() {
        stdin.lock().read_line(line.expose_mut())?;
        return Ok(line);
    }
    eprint!("{prompt}");
    let silent = Silent::begin()?;
    let read = stdin.lock().read_line(line.expose_mut());
    drop(silent);
    eprintln!();
    read?;
    Ok(line)
}

/// The terminal does not show what is typed until this goes, or a signal ends the process.
struct Silent {
    before: Termios,
}

impl Silent {
    fn begin() -> Result<Self, Failure> {
        let before = tcgetattr(std::io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        let this = Self { before: before.clone() };
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
        let ends = move || {
            if let Some(signal) = signals.forever().next() {
                restore(&before);
                // Ends the process as if nobody had listened.
                let _ = emulate_default_handler(signal);
            }
        };
        std::thread::Builder::new().name("terminal".to_owned()).spawn(ends)?;
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(this)
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        restore(&self.before);
    }
}

/// A terminal that is gone needs none.
fn restore(before: &Termios) {
    let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, before);
}
