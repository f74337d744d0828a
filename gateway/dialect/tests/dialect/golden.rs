//! Goldens of every dialect: what a file holds, and what is asked of all of them.
//!
//! A file holds, each under a `### ` line: the `request` as it comes to a named listener; the
//! `call` that it means; a `result` of the gateway; the `answer`. A request that is refused has
//! only the first and the last. With `TYPEX_WRITE_GOLDENS=1` calls and answers are written instead
//! of compared; read them before they are committed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::kinds::{file_of, kinds};

/// A golden: its name and its sections.
pub(crate) struct Golden {
    path: PathBuf,
    /// What follows `request`: the listener, and what else the dialect says there.
    pub(crate) mark: String,
    pub(crate) request: String,
    pub(crate) call: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) answer: String,
}

/// The call that a request means, where it is one, and the answer to it.
pub(crate) type Replayed = (Option<String>, String);

impl Golden {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let section = |word: &str| {
            let start = text.find(&format!("### {word}"))? + "### ".len() + word.len();
            let rest = &text[start..];
            Some(rest[..rest.find("\n### ").unwrap_or(rest.len())].to_owned())
        };
        let trimmed = |word| section(word).map(|text: String| text.trim().to_owned());
        let request = section("request").expect("a request");
        let (mark, request) = request.split_once('\n').expect("a request");
        let (mark, request) = (mark.trim().to_owned(), request.trim().to_owned());
        let answer = trimmed("answer").unwrap_or_default();
        Self { path, mark, request, call: trimmed("call"), result: trimmed("result"), answer }
    }

    /// Status and body of the answer.
    pub(crate) fn outcome(&self) -> (&str, &str) {
        let (head, body) = self.answer.split_once("\n\n").unwrap_or((&self.answer, ""));
        (head.lines().next().unwrap_or_default(), body)
    }

    /// The result, which a call has.
    pub(crate) fn of_call(&self) -> &str {
        self.result.as_deref().expect("a call has a result")
    }

    fn compare(&self, call: Option<&str>, answer: &str) {
        assert_eq!(call, self.call.as_deref(), "{}", self.path.display());
        assert_eq!(answer, self.answer, "{}", self.path.display());
    }

    fn write(&self, call: Option<&str>, answer: &str) {
        let mut text = format!("### request {}\n{}\n", self.mark, self.request);
        if let (Some(call), Some(result)) = (call, &self.result) {
            text += &format!("### call\n{call}\n### result {result}\n");
        }
        text += &format!("### answer\n{answer}\n");
        fs::write(&self.path, text).unwrap();
    }
}

fn folder(dialect: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/dialect").join(dialect)
}

/// Every golden of a dialect.
pub(crate) fn goldens(dialect: &str) -> Vec<Golden> {
    let entries = fs::read_dir(folder(dialect)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "http"));
    paths.sort();
    paths.into_iter().map(Golden::read).collect()
}

/// Replays every golden of a dialect, of which there are `least`.
pub(crate) fn are_met(dialect: &str, least: usize, replay: impl Fn(&Golden) -> Replayed) {
    let write = std::env::var_os("TYPEX_WRITE_GOLDENS").is_some();
    let goldens = goldens(dialect);
    assert!(goldens.len() >= least, "{} goldens found", goldens.len());
    for golden in goldens {
        let (call, answer) = replay(&golden);
        let compare = if write { Golden::write } else { Golden::compare };
        compare(&golden, call.as_deref(), answer.trim_end());
    }
}

/// A new kind of error needs an answer in every dialect.
pub(crate) fn have_every_kind_of_error(dialect: &str) {
    for kind in kinds() {
        let path = folder(dialect).join(file_of(kind));
        let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} lacks", path.display()));
        assert!(text.contains(&format!("\n### result error {kind:?}\n")), "{}", path.display());
    }
}
