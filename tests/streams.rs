//! The clients of the stream protocol: one list of cases for both, over every carrier.
//!
//! `tests/clients/stream/list.toml` says what is expected; [`cases`] is the list for the Rust
//! client, `tests/clients/stream/cases.py` for the Python client.
// spec: stream 1, 3 to 7

mod access;
mod cases;
mod instance;
mod world;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use self::cases::CASES;
use self::world::{CARRIERS, Gateways, List, World, certificate};
use crate::harness::{Gateway, Ran, interpreter, program, python_folder, root};

#[test]
fn the_rust_client_passes_the_list() {
    let list = List::read();
    let gateways = Gateways::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let mut wrong = Vec::new();
    for (name, carrier) in CARRIERS {
        for case in &list.cases {
            let own = (case.gateway == "own").then(|| Gateway::start(&[]));
            let gateway = own.as_ref().unwrap_or_else(|| gateways.of(&case.gateway));
            let world = World::new(&list, gateway, &gateways, carrier);
            let found = CASES.iter().find(|(name, _)| *name == case.name);
            let (_, run) = found.unwrap_or_else(|| panic!("{} is not implemented", case.name));
            let found = runtime.block_on(run(world));
            println!("{name} {}: {found}", case.name);
            if found != case.expected(name) {
                wrong.push(format!("{name} {}: {found}, not {}", case.name, case.expected(name)));
            }
        }
    }
    gateways.stop();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Over the same carriers, and without asyncio, as pip installs it from the checkout.
#[test]
fn the_python_client_passes_the_list() {
    let package = installed();
    let gateways = Gateways::start();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), gateways.json().to_string()).expect("writable");
    let ran = Ran::of(python(package.path()).args(["-m", "stream.run"]).arg(file.path()));
    println!("{}{}", ran.out, ran.err);
    assert!(ran.ok, "the Python client fails");
    gateways.stop();
}

#[test]
fn both_have_what_is_in_the_list_and_no_more() {
    let list = List::read();
    let listed: BTreeSet<_> = list.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(listed.len(), list.cases.len(), "a name is used twice");
    let rust: BTreeSet<_> = CASES.iter().map(|(name, _)| *name).collect();
    assert_eq!(rust, listed);
    let names = "import stream.cases; print(*stream.cases.CASES)";
    let python = Ran::of(python(&source()).args(["-c", names])).succeeds();
    assert_eq!(python.split_whitespace().collect::<BTreeSet<_>>(), listed);
}

/// Its frames against the golden ones of the protocol's page, its rules for trying again.
#[test]
fn the_python_package_passes_its_own_tests() {
    let tests = root().join("clients/python/tests");
    let mut command = python(&source());
    let ran = Ran::of(command.args(["-m", "unittest", "discover", "-s"]).arg(tests));
    assert!(ran.ok && ran.err.contains("\nOK"), "{}{}", ran.out, ran.err);
}

/// Its type hints hold, in mypy's strict mode.
#[test]
fn the_python_package_is_typed() {
    let mut mypy = Command::new(python_folder().join("mypy"));
    mypy.args(["--cache-dir", "/dev/null"]).current_dir(root().join("clients/python"));
    Ran::of(&mut mypy).succeeds();
}

/// What `clients/python/README.md` shows is what is printed.
#[test]
fn the_python_examples_print_what_they_show() {
    let gateway = Gateway::start(&[]);
    let (port, pem) = (gateway.address("frames/typex/1").port(), certificate(&gateway));
    let page = std::fs::read_to_string(root().join("clients/python/README.md")).expect("a page");
    let examples: Vec<_> = page.split("```python\n").skip(1).collect();
    assert_eq!(examples.len(), 3, "one of each kind");
    for example in examples {
        let (code, rest) = example.split_once("```").expect("its end");
        let (_, shown) = rest.split_once("```text\n").expect("what it prints");
        let (shown, _) = shown.split_once("```").expect("its end");
        let code = code.replace("8600", &port.to_string());
        let code = code.replace("data/tls/development.crt.pem", pem.to_str().expect("UTF-8"));
        assert_eq!(Ran::of(python(&source()).args(["-c", &code])).succeeds(), shown);
    }
    gateway.stop();
}

/// The program that the Rust client's documentation shows.
#[test]
fn the_rust_example_prints_answers() {
    let gateway = Gateway::start(&[]);
    let list = List::read();
    let example = program().with_file_name("examples").join("batch");
    assert!(example.exists(), "{} is missing: use ./tests/run", example.display());
    let sealed = const_hex::encode(&list.aes);
    let answer = const_hex::encode(&list.answer);
    let twice = format!("0 done {answer}\n1 malformed \n").repeat(2);
    for (carrier, _) in CARRIERS {
        let mut command = Command::new(&example);
        command.arg(gateway.address("frames/typex/1").to_string()).arg(certificate(&gateway));
        let out = Ran::of(command.args([carrier, &sealed, "00ff"])).succeeds();
        let mut lines: Vec<_> = out.lines().collect();
        lines[..2].sort_unstable();
        lines[2..4].sort_unstable();
        lines[4..].sort_unstable();
        assert_eq!(lines.join("\n"), format!("{twice}0 done\n1 malformed"), "{carrier}");
    }
    gateway.stop();
}

/// The package's source in the checkout.
fn source() -> std::path::PathBuf {
    root().join("clients/python/src")
}

/// Python that finds the package there.
fn python(package: &Path) -> Command {
    let mut command = interpreter();
    command.env("PYTHONPATH", package);
    command
}

/// Where pip has installed the package from the checkout, without a network.
fn installed() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut pip = Command::new(python_folder().join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]);
    pip.args(["--no-build-isolation", "--target"]).arg(folder.path());
    Ran::of(pip.arg(root().join("clients/python"))).succeeds();
    folder
}
