//! Replays `tests/dialect/aws_payment/*.http`: the form of the other goldens, where a `result` is
//! the name of a sample. Fields of a signature are put in unless the request line says
//! `unsigned`. With `TYPEX_WRITE_GOLDENS=1` calls and answers are written instead of compared;
//! read them before they are committed.

// spec: aws-payment 9

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::Response;
use typex_dialect::Dialect;
use typex_dialect::aws_payment::AwsPayment;

use super::{calls, listener, samples, signed};
use crate::kinds::{file_of, kinds};
use crate::message;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/dialect/aws_payment");

/// A golden: its name and its sections.
struct Golden {
    path: PathBuf,
    /// What follows `request api`.
    mark: String,
    request: String,
    call: Option<String>,
    result: Option<String>,
    answer: String,
}

impl Golden {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let section = |word: &str| {
            let start = text.find(&format!("### {word}"))? + "### ".len() + word.len();
            let rest = &text[start..];
            Some(rest[..rest.find("\n### ").unwrap_or(rest.len())].to_owned())
        };
        let trimmed = |word| section(word).map(|text: String| text.trim().to_owned());
        let request = section("request api").expect("a request");
        let (mark, request) = request.split_once('\n').expect("a request");
        let (mark, request) = (mark.trim().to_owned(), request.trim().to_owned());
        let answer = trimmed("answer").unwrap_or_default();
        Self { path, mark, request, call: trimmed("call"), result: trimmed("result"), answer }
    }

    /// The call that the request means, and the answer to it.
    fn replay(&self) -> (Option<String>, String) {
        let (parts, body) = match self.mark.as_str() {
            "unsigned" => message::http(&self.request),
            _ => signed(&self.request),
        };
        let call = match AwsPayment.parse(listener(), &parts, &body) {
            Ok(call) => call,
            Err(refusal) => return (None, written(&refusal)),
        };
        let described = calls::describe(&call);
        let result = self.result.as_deref().expect("a call has a result");
        let answer = AwsPayment.render(&call.reply, samples::result(result, &call.op));
        (Some(described), written(&answer))
    }

    fn write(&self, call: Option<&str>, answer: &str) {
        let mark = if self.mark.is_empty() { String::new() } else { format!(" {}", self.mark) };
        let mut text = format!("### request api{mark}\n{}\n", self.request);
        if let (Some(call), Some(result)) = (call, &self.result) {
            text += &format!("### call\n{call}\n### result {result}\n");
        }
        text += &format!("### answer\n{answer}\n");
        fs::write(&self.path, text).unwrap();
    }
}

/// An answer as text, without the name of its request, which is another each time.
fn written(answer: &Response<Bytes>) -> String {
    let name = answer.headers()["x-amzn-requestid"].to_str().unwrap();
    message::write(answer).replacen(name, "*", 1)
}

/// Every golden.
fn goldens() -> Vec<Golden> {
    let entries = fs::read_dir(FOLDER).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "http"));
    paths.sort();
    paths.into_iter().map(Golden::read).collect()
}

/// The requests that are calls.
pub(super) fn understood() -> Vec<String> {
    let calls = goldens().into_iter().filter(|golden| golden.call.is_some());
    calls.map(|golden| golden.request).collect()
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

/// Every operation of the data plane that is served has a golden with an answer of its own.
#[test]
fn every_operation_has_a_golden() {
    let answers: String = goldens().into_iter().map(|golden| golden.request + "\n").collect();
    for path in [
        "/encrypt",
        "/decrypt",
        "/reencrypt",
        "/pindata/translate",
        "/pindata/verify",
        "/pindata/generate",
        "/mac/generate",
        "/mac/verify",
        "/cardvalidationdata/generate",
        "/cardvalidationdata/verify",
        "/cryptogram/generate",
        "/cryptogram/verify",
        "/macemvpinchange/generate",
        "/as2805kekvalidation/generate",
        "/keymaterial/translate",
        "/typex/batch",
    ] {
        assert!(answers.contains(&format!("{path} HTTP/1.1")), "{path}");
    }
}

/// Every operation of the control plane has one as well, refused ones too.
#[test]
fn every_operation_with_keys_themselves_has_a_golden() {
    let requests: String = goldens().into_iter().map(|golden| golden.request + "\n").collect();
    let model = typex_dialect::aws_payment::model();
    let operations = model["payment-cryptography"].as_object().unwrap();
    assert_eq!(operations.len(), 32);
    for operation in operations.keys() {
        let target = format!("x-amz-target: PaymentCryptographyControlPlane.{operation}\n");
        assert!(requests.contains(&target), "{operation}");
    }
}
