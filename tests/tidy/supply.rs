//! Dependencies: what is locked, from where, under which licence, with which known faults.
//! Nothing here needs a network. `deny.toml` is in the form of cargo-deny, which checks more.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value as Json;
use toml::{Table, Value};

use super::{assert_none, table};
use crate::harness::root;

/// A crate of `Cargo.lock`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Locked {
    name: String,
    version: String,
    /// Nothing for our own.
    source: Option<String>,
}

fn text(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn tables<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> {
    table.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn locked(lock: &Table) -> Vec<Locked> {
    let field = |package: &Table, key: &str| text(package, key).expect("every crate has it");
    let packages = tables(lock, "package").map(|package| Locked {
        name: field(package, "name"),
        version: field(package, "version"),
        source: text(package, "source"),
    });
    packages.collect()
}

/// What `cargo` prints; it must not need a network or change the lock file.
fn cargo(arguments: &[&str]) -> Result<Vec<u8>, String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .args(arguments)
        .args(["--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let failed = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(output.stdout) } else { Err(failed) }
}

/// Metadata of every crate, or of those for this platform where others were never downloaded.
fn metadata() -> Json {
    let command = ["metadata", "--format-version", "1"];
    let here = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let json = cargo(&command)
        .or_else(|_| cargo(&[&command[..], &["--filter-platform", &here]].concat()))
        .unwrap_or_else(|error| panic!("Cargo.lock is not what the manifests need:\n{error}"));
    serde_json::from_slice(&json).expect("metadata is JSON")
}

/// The licence of every crate, by name and version.
fn licences() -> BTreeMap<(String, String), String> {
    let json = metadata();
    let field = |package: &Json, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let packages = json["packages"].as_array().expect("packages").iter();
    packages
        .map(|one| ((field(one, "name"), field(one, "version")), field(one, "license")))
        .collect()
}

/// Whether the licences of an SPDX expression can be met with allowed ones.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    any_of(&mut words, allowed) == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

/// Nothing if the expression is malformed, as for the next two.
fn any_of(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut met = all_of(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words, allowed)?;
    }
    Some(met)
}

fn all_of(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> Option<bool> {
    let licence = words.next()?;
    if licence == "(" {
        let met = any_of(words, allowed);
        return words.next_if_eq(&")").and(met);
    }
    if words.next_if_eq(&"WITH").is_some() {
        return Some(allowed.contains(&format!("{licence} WITH {}", words.next()?)));
    }
    Some(allowed.contains(licence))
}

#[test]
fn licences_are_judged_as_expressions() {
    let allowed = ["MIT", "Apache-2.0", "ISC"].map(str::to_owned).into();
    for good in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/GPL-3.0",
        "ISC AND (Apache-2.0 OR GPL-3.0)",
        "Apache-2.0 WITH LLVM-exception OR MIT",
    ] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT MIT", "MIT WITH x", "OR", "MIT OR"] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

/// The strings of an array.
fn strings(table: &Table, section: &str, key: &str) -> BTreeSet<String> {
    let array = table.get(section).and_then(|section| section.get(key)).and_then(Value::as_array);
    let strings = array.into_iter().flatten().filter_map(Value::as_str);
    strings.map(str::to_owned).collect()
}

#[test]
fn every_crate_has_an_allowed_licence() {
    let allowed = strings(&table("deny.toml"), "licenses", "allow");
    assert!(!allowed.is_empty(), "deny.toml allows nothing");
    let here = licences();
    let elsewhere = table("tests/tidy/licences.toml");
    let licence = |one: &Locked| {
        let known = here.get(&(one.name.clone(), one.version.clone())).cloned();
        known.or_else(|| text(&elsewhere, &one.name)).unwrap_or_else(|| "unknown".to_owned())
    };
    let lock = locked(&table("Cargo.lock"));
    let named = |one: &Locked| format!("{} {}: {}", one.name, one.version, licence(one));
    let refused = lock.iter().filter(|one| !is_allowed(&licence(one), &allowed));
    assert_none("licences", &refused.map(named).collect::<Vec<_>>());
    let gone = elsewhere.keys().filter(|name| !lock.iter().any(|one| one.name == **name));
    assert_none("licences of crates that are not locked", &gone.cloned().collect::<Vec<_>>());
}

/// Crates that are refused by name, and those that come from elsewhere than the registry.
fn refused(lock: &[Locked], deny: &Table) -> Vec<String> {
    let empty = Table::new();
    let bans = deny.get("bans").and_then(Value::as_table).unwrap_or(&empty);
    let banned: Vec<_> = tables(bans, "deny").filter_map(|ban| text(ban, "crate")).collect();
    let sources = strings(deny, "sources", "allow-registry");
    let wrong = |one: &&Locked| {
        let source = one.source.as_deref().map(|source| source.trim_start_matches("registry+"));
        banned.contains(&one.name) || source.is_some_and(|source| !sources.contains(source))
    };
    lock.iter().filter(wrong).map(|one| format!("{} {:?}", one.name, one.source)).collect()
}

#[test]
fn no_crate_is_refused() {
    let lock = locked(&table("Cargo.lock"));
    assert!(lock.len() > 50, "{} crates read", lock.len());
    assert_none("refused crates", &refused(&lock, &table("deny.toml")));
}

#[test]
fn refused_crates_are_found() {
    let deny = "[bans]\ndeny = [{ crate = \"bad\" }]\n\
        [sources]\nallow-registry = [\"https://good\"]";
    let deny: Table = deny.parse().expect("TOML");
    let one = |name: &str, source: Option<&str>| Locked {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        source: source.map(str::to_owned),
    };
    let count = |one: Locked| refused(&[one], &deny).len();
    assert_eq!(count(one("ours", None)), 0);
    assert_eq!(count(one("theirs", Some("registry+https://good"))), 0);
    assert_eq!(count(one("bad", Some("registry+https://good"))), 1);
    assert_eq!(count(one("theirs", Some("registry+https://other"))), 1);
    assert_eq!(count(one("theirs", Some("git+https://good"))), 1);
}

/// A fault that is known of versions of a crate.
struct Advisory {
    id: String,
    package: String,
    /// The first affected version.
    from: Vec<u64>,
    /// The first version without the fault; nothing if there is none.
    below: Option<Vec<u64>>,
}

impl Advisory {
    fn read(entry: &Table) -> Self {
        let field = |key: &str| text(entry, key).unwrap_or_else(|| panic!("{key} of {entry}"));
        assert!(!field("reason").is_empty(), "a reason");
        Self {
            id: field("id"),
            package: field("package"),
            from: text(entry, "affected_from").map_or(Vec::new(), |version| numbers(&version)),
            below: text(entry, "affected_below").map(|version| numbers(&version)),
        }
    }

    fn concerns(&self, one: &Locked) -> bool {
        let version = numbers(&one.version);
        let fixed = self.below.as_ref().is_some_and(|below| version >= *below);
        self.package == one.name && version >= self.from && !fixed
    }
}

/// `1.2.3` without what may follow.
fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    plain.split('.').map(|part| part.parse().expect("versions are numbers")).collect()
}

#[test]
fn no_crate_has_a_known_fault() {
    let list = table("tests/tidy/advisories.toml");
    let advisories: Vec<_> = tables(&list, "advisory").map(Advisory::read).collect();
    assert!(advisories.len() > 20, "{} advisories read", advisories.len());
    let ids: BTreeSet<_> = advisories.iter().map(|one| &one.id).collect();
    assert_eq!(ids.len(), advisories.len(), "an advisory is listed twice");
    let mut found = Vec::new();
    for one in locked(&table("Cargo.lock")) {
        let concerning = advisories.iter().filter(|advisory| advisory.concerns(&one));
        found.extend(
            concerning.map(|advisory| format!("{} {}: {}", one.name, one.version, advisory.id)),
        );
    }
    assert_none("known faults", &found);
}

#[test]
fn faults_are_found_by_version() {
    let concerns = |versions: &str, locked: &str| {
        let entry = format!("id = \"X\"\npackage = \"a\"\nreason = \"r\"\n{versions}");
        let advisory = Advisory::read(&entry.parse().expect("TOML"));
        let one =
            |name: &str| Locked { name: name.to_owned(), version: locked.to_owned(), source: None };
        assert!(!advisory.concerns(&one("b")));
        advisory.concerns(&one("a"))
    };
    let range = "affected_from = \"1.2.0\"\naffected_below = \"1.10.1\"";
    let cases = [
        ("1.1.9", false),
        ("1.2.0", true),
        ("1.10.0+x", true),
        ("1.10.1", false),
        ("2.0.0", false),
    ];
    for (version, expected) in cases {
        assert_eq!(concerns(range, version), expected, "{version}");
    }
    assert!(concerns("", "99.0.0"), "no version is without the fault");
}

#[test]
fn the_lock_file_is_current_and_committed() {
    assert!(metadata()["resolve"].is_object(), "dependencies are resolved");
    match tracked() {
        Some(tracked) => assert!(tracked.iter().any(|path| path == "Cargo.lock"), "not committed"),
        None => assert!(root().join("Cargo.lock").is_file(), "there is no Cargo.lock"),
    }
}

/// Paths of the files that are committed or about to be; nothing where the source came without
/// its history.
fn tracked() -> Option<Vec<String>> {
    if !root().join(".git").exists() {
        return None;
    }
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let listed = String::from_utf8(listed.ok()?.stdout).expect("names are ASCII");
    Some(listed.split_terminator('\0').map(str::to_owned).collect())
}

/// Whether what was compiled, or another thing that nobody can read, is in the file.
fn is_binary(content: &[u8]) -> bool {
    content.contains(&0)
}

/// Messages of fuzzers are what they are; all else is source.
#[test]
fn what_is_committed_can_be_read() {
    let source = tracked().unwrap_or_default().into_iter();
    let source = source.filter(|path| !path.starts_with("tests/fuzz/corpus/"));
    let binary =
        |path: &String| std::fs::read(root().join(path)).is_ok_and(|content| is_binary(&content));
    assert_none("binary files", &source.filter(binary).collect::<Vec<_>>());
}

#[test]
fn binary_files_are_found() {
    assert!(is_binary(b"\xa7\x0d\x0d\x0a\0\0"));
    assert!(!is_binary("é\r\n".as_bytes()));
}
