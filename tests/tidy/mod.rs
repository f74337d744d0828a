//! The habits of the project as tests. What is not yet as it should be is counted in
//! `ratchet.toml`, where numbers only go down.

mod clauses;
mod docs;
mod lexer;
mod rtl;
mod source;
mod supply;
mod testplan;

use std::fs;
use std::path::Path;

use toml::Table;

use crate::harness::root;

/// A text file of the repository.
struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

impl File {
    /// What an example of a test names it.
    fn example(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    fn is_under(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// What a generated file says of itself in its first lines.
const GENERATED: &str = "not to be edited";

/// Whether a program wrote it. That it is up to date is tested beside that program.
fn is_generated(file: &File) -> bool {
    file.text.lines().take(3).any(|line| line.to_lowercase().contains(GENERATED))
}

/// Every text file with one of the extensions, in the order of their paths.
fn files(extensions: &[&str]) -> Vec<File> {
    let mut files = Vec::new();
    walk(&root(), "", &ignored(), &mut |path, file| {
        if extensions.contains(&file.rsplit_once('.').map_or("", |(_, extension)| extension)) {
            let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"));
            files.push(File { path: file.to_owned(), text });
        }
    });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!files.is_empty(), "no file with {extensions:?}");
    files
}

/// What `.gitignore` names, which always begins with a slash there, and git's own folder.
fn ignored() -> Vec<String> {
    let text = read(".gitignore");
    let named = text.lines().filter_map(|line| line.strip_prefix('/').map(str::to_owned));
    named.chain([".git".to_owned(), "tests/vectors".to_owned()]).collect()
}

fn walk(folder: &Path, name: &str, ignored: &[String], visit: &mut dyn FnMut(&Path, &str)) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{name}: {error}"));
    for entry in entries {
        let entry = entry.expect("a folder that can be read");
        let own = entry.file_name().into_string().expect("names are ASCII");
        let name = if name.is_empty() { own } else { format!("{name}/{own}") };
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() && !ignored.contains(&name) {
            walk(&entry.path(), &name, ignored, visit);
        } else if kind.is_file() {
            visit(&entry.path(), &name);
        }
    }
}

/// A file of the repository.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A TOML file of the repository.
fn table(path: &str) -> Table {
    read(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with the list of what was found, if anything was.
#[track_caller]
fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}: {} found\n{}", found.len(), found.join("\n"));
}

/// Fails if more was found than `ratchet.toml` counts; says so if it was less.
#[track_caller]
fn assert_no_more(rule: &str, found: &[String]) {
    let counted = table("tests/tidy/ratchet.toml");
    let counted = counted.get(rule).and_then(toml::Value::as_integer);
    let counted = usize::try_from(counted.expect("a number")).expect("a count");
    let list = found.join("\n");
    assert!(found.len() <= counted, "{rule}: {} found, {counted} counted\n{list}", found.len());
    if found.len() < counted {
        println!("{rule} in tests/tidy/ratchet.toml can go down to {}", found.len());
    }
}

#[test]
#[should_panic(expected = "2 found")]
fn what_is_found_fails() {
    assert_none("rule", &["one".to_owned(), "two".to_owned()]);
}

#[test]
#[should_panic(expected = "functions_over_35")]
fn what_exceeds_the_ratchet_fails() {
    assert_no_more("functions_over_35", &vec![String::new(); 100_000]);
}
