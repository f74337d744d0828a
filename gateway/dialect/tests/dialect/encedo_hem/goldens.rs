//! Replays `tests/dialect/encedo_hem/*.http`: the form of the other goldens, where a `result` is
//! the name of a sample and perhaps `origin` and `tls`. With `TYPEX_WRITE_GOLDENS=1` calls and
//! answers are written instead of compared; read them before they are committed.

// spec: encedo-hem 8.1

use std::fs;
use std::path::{Path, PathBuf};

use typex_dialect::Dialect;
use typex_dialect::encedo_hem::EncedoHem;

use super::{calls, parse, samples};
use crate::kinds::{file_of, kinds};
use crate::message;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/dialect/encedo_hem");

/// A golden: its name and its sections.
pub(super) struct Golden {
    path: PathBuf,
    pub(super) request: String,
    call: Option<String>,
    result: Option<String>,
    pub(super) answer: String,
}

impl Golden {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let section = |word: &str| {
            let start = text.find(&format!("### {word}"))? + "### ".len() + word.len();
            let rest = &text[start..];
            Some(rest[..rest.find("\n### ").unwrap_or(rest.len())].trim().to_owned())
        };
        let request = section("request api").expect("a request");
        let answer = section("answer").unwrap_or_default();
        Self { path, request, call: section("call"), result: section("result"), answer }
    }

    /// The call that the request means, and the answer to it.
    fn replay(&self) -> (Option<String>, String) {
        let mut call = match parse(&self.request) {
            Ok(call) => call,
            Err(refusal) => return (None, message::write(&refusal)),
        };
        let described = calls::describe(&call);
        let result = self.result.as_deref().expect("a call has a result");
        let (name, marks) = result.split_once(" with ").unwrap_or((result, ""));
        if marks.contains("origin") {
            call.reply.permit_origin();
        }
        if marks.contains("tls") {
            call.reply.demand_tls();
        }
        let answer = EncedoHem.render(&call.reply, samples::result(name));
        (Some(described), message::write(&answer))
    }

    fn write(&self, call: Option<&str>, answer: &str) {
        let mut text = format!("### request api\n{}\n", self.request);
        if let (Some(call), Some(result)) = (call, &self.result) {
            text += &format!("### call\n{call}\n### result {result}\n");
        }
        text += &format!("### answer\n{answer}\n");
        fs::write(&self.path, text).unwrap();
    }

    /// Status and body of the answer.
    pub(super) fn outcome(&self) -> (&str, &str) {
        let (head, body) = self.answer.split_once("\n\n").unwrap_or((&self.answer, ""));
        (head.lines().next().unwrap_or_default(), body)
    }
}

/// Every golden.
pub(super) fn goldens() -> Vec<Golden> {
    let entries = fs::read_dir(FOLDER).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "http"));
    paths.sort();
    paths.into_iter().map(Golden::read).collect()
}

#[test]
fn every_file_is_met() {
    let write = std::env::var_os("TYPEX_WRITE_GOLDENS").is_some();
    let goldens = goldens();
    assert!(goldens.len() >= 100, "{} goldens found", goldens.len());
    for golden in goldens {
        let (call, answer) = golden.replay();
        let answer = answer.trim_end();
        if write {
            golden.write(call.as_deref(), answer);
        } else {
            assert_eq!(call, golden.call, "{}", golden.path.display());
            assert_eq!(answer, golden.answer, "{}", golden.path.display());
        }
    }
}

#[test]
fn every_kind_of_error_has_a_golden_answer() {
    for kind in kinds() {
        let path = Path::new(FOLDER).join(file_of(kind));
        let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} lacks", path.display()));
        assert!(text.contains(&format!("\n### result error {kind:?}\n")), "{}", path.display());
    }
}
