//! The payment dialect as boto3 sees it, against other implementations of what it computes.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::harness::{
    Gateway, Ran, Running, command, default_ports, full, interpreter, program, python,
    python_folder, root,
};

/// Random cases of one run; of the long one.
const CASES: &str = "2400";
const CASES_LONG: &str = "24000";

/// PINs may come in without a PAN, and leave AES: what is refused otherwise is refused by name.
const LENIENT: [(&str, &str); 2] =
    [("TYPEX_PAYMENTS_FORMAT_1", "true"), ("TYPEX_PAYMENTS_AES_TO_TDES", "true")];

/// The oracles themselves against published values.
#[test]
fn oracles_agree_with_published_values() {
    let vectors = root().join("gateway/engine/tests/payment/vectors.json");
    let mut command = interpreter();
    Ran::of(command.args(["-m", "payments.samples"]).arg(vectors)).succeeds();
}

/// Keys made, brought in, taken out, stopped, removed, named, tagged, listed.
#[test]
fn keys_by_boto3() {
    run("control", &[]);
}

/// Every operation of the model, with a checked answer or its refusal.
#[test]
fn every_operation_by_boto3() {
    run("operations", &[]);
}

/// Every type of error as the class that botocore has for it.
#[test]
fn every_error_by_boto3() {
    run("errors", &[]);
}

/// Signatures that are wrong, late, of something else, or not there.
#[test]
fn signatures_are_refused() {
    run("signatures", &[]);
}

/// Fresh keys, PINs, PANs, key serial numbers and key blocks.
#[test]
fn random_cases_agree_with_the_oracles() {
    run("many", &[if full() { CASES_LONG } else { CASES }]);
}

/// What a card computes as well: static keys and AES DUKPT, in CBC, CTR and GCM, alone and in
/// batches.
#[test]
fn reencryption_under_aes() {
    run("reencryption", &[]);
}

/// No operation, member or error of botocore's models that the gateway does not know.
#[test]
fn models_of_botocore_are_known() {
    let data = tempfile::tempdir().expect("a temporary directory");
    let known = Ran::of(command(data.path()).args(["payments", "model"])).succeeds();
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(known.as_bytes()).expect("writable");
    let mut walk = interpreter();
    print!("{}", Ran::of(walk.args(["-m", "payments.model"]).arg(file.path())).succeeds());
}

/// What the document tells a newcomer to type and to save, in order: language and text.
fn first_steps() -> Vec<(String, String)> {
    let document = std::fs::read_to_string(root().join("docs/payments.md")).expect("a document");
    let section = document.split("\n## ").find(|section| section.starts_with("From an empty"));
    let parts = section.expect("a section").split("```").skip(1).step_by(2);
    let block = |part: &str| {
        let (language, text) = part.split_once('\n').expect("a language");
        (language.to_owned(), text.to_owned())
    };
    parts.map(block).collect()
}

/// The document's first section in an empty directory, on the default ports, word for word.
#[test]
fn an_empty_directory_leads_to_a_translated_pin() {
    let _ports = default_ports();
    let dir = tempfile::tempdir().expect("an empty directory");
    let (python, typex) = (python_folder(), program());
    let typex = typex.parent().expect("a folder").display();
    let usual = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{typex}:{usual}", python.display());
    let shell = |text: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-ec", text]).current_dir(dir.path()).env("PATH", &path);
        shell.env_remove("TYPEX_DATA");
        shell
    };
    let steps = first_steps();
    assert_eq!(steps[0], ("sh".to_owned(), "typex\n".to_owned()));
    let mut gateway = shell("exec typex").stdout(Stdio::piped()).spawn().expect("a shell");
    let mut output = BufReader::new(gateway.stdout.take().expect("piped"));
    let _running = Running(gateway);
    // It says where it listens once it does.
    assert!(output.read_line(&mut String::new()).expect("text") > 0, "the default ports are taken");
    let mut said = String::new();
    for (language, text) in &steps[1..] {
        if language == "sh" {
            said += &Ran::of(&mut shell(text)).succeeds();
            continue;
        }
        let name = text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a name");
        std::fs::write(dir.path().join(name), text).expect("a file");
    }
    let wanted = ["alias/pvv arn:aws:", "in force", "the PIN is right\n", "4000001234562000\n"];
    assert!(wanted.iter().all(|text| said.contains(text)), "{said}");
    let access = std::fs::read_to_string(dir.path().join("access.json")).expect("a file");
    assert!(access.contains("secret_access_key"));
}

/// A program of the clients against a gateway of its own.
#[track_caller]
fn run(program: &str, more: &[&str]) {
    let gateway = Gateway::start_with(&LENIENT);
    let typex = command(gateway.data()).get_program().to_owned();
    let data = gateway.data().display().to_string();
    let typex = typex.to_str().expect("a path in UTF-8").to_owned();
    let program = format!("payments.{program}");
    python(&["-m", &program], &gateway, &[&[data.as_str(), &typex], more].concat());
}
