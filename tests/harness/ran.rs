//! Commands of `typex` that run to their end.

use std::path::Path;

use super::command;

/// How a command ended.
pub(crate) struct Ran {
    /// Whether its exit status was 0.
    pub(crate) ok: bool,
    /// Its standard output.
    pub(crate) out: String,
    /// Its standard error.
    pub(crate) err: String,
}

/// Runs `typex --data DATA ARGS`.
pub(crate) fn typex(data: &Path, args: &[&str]) -> Ran {
    Ran::of(command(data).args(args))
}

impl Ran {
    /// Runs any command.
    pub(crate) fn of(command: &mut std::process::Command) -> Self {
        let output = command.output().expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { ok: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Its standard output; it must have succeeded.
    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        assert!(self.ok, "{}{}", self.out, self.err);
        self.out
    }

    /// All it printed; it must have failed, with every one of `words` in what it printed.
    #[track_caller]
    pub(crate) fn fails_with(self, words: &[&str]) -> String {
        let text = self.out + &self.err;
        assert!(!self.ok, "it succeeded: {text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in: {text}");
        }
        text
    }
}
