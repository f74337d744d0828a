//! Size and manners of the hardware's sources, beside what the linters check.

use super::{File, assert_none, files, is_generated};

/// Few have more than 300; the top of the card is mostly wires.
const FILE_LINES_MAX: usize = 400;
const COLUMNS_MAX: usize = 100;
/// What is left behind and not finished.
const UNFINISHED: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// What is wrong with the form of `file`.
fn ill_formed(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    let lines = file.text.lines().count();
    if lines > FILE_LINES_MAX && !is_generated(file) {
        found.push(format!("{}: {lines} lines", file.path));
    }
    for (at, line) in file.text.lines().enumerate() {
        let place = format!("{}:{}", file.path, at + 1);
        if line.chars().count() > COLUMNS_MAX {
            found.push(format!("{place}: over {COLUMNS_MAX} columns"));
        }
        if line.contains('\t') || line.ends_with(' ') {
            found.push(format!("{place}: a tab, or space at the end"));
        }
        let marks = UNFINISHED.iter().filter(|mark| line.contains(**mark));
        found.extend(marks.map(|mark| format!("{place}: {mark}")));
    }
    found
}

#[test]
fn hardware_is_well_formed() {
    let sources = files(&["sv", "vlt", "cpp", "h"]);
    assert!(sources.iter().any(|file| file.is_under("hdl/rtl")), "nothing was read");
    assert_none("form", &sources.iter().flat_map(ill_formed).collect::<Vec<_>>());
}

#[test]
fn ill_formed_hardware_is_found() {
    let found = |text: &str| ill_formed(&File::example("a.sv", text)).len();
    assert_eq!(found(&"x\n".repeat(400)), 0);
    assert_eq!(found(&"x\n".repeat(401)), 1);
    assert_eq!(found(&format!("// Not to be edited.\n{}", "x\n".repeat(401))), 0);
    assert_eq!(found(&"x".repeat(100)), 0);
    for text in ["x".repeat(101), "// TODO: more".into(), "x ".into(), "\tx".into()] {
        assert_eq!(found(&text), 1, "{text}");
    }
}

/// The first word behind the keyword `module`.
fn module(file: &File) -> Option<&str> {
    let line = file.text.lines().find_map(|line| line.strip_prefix("module "))?;
    line.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// A file holds one module, or one package, of its own name.
#[test]
fn a_file_is_named_as_its_module() {
    let named = |file: &File| {
        let stem = file.path.rsplit('/').next()?.strip_suffix(".sv")?.to_owned();
        let modules = file.text.lines().filter(|line| line.starts_with("module ")).count();
        let packages = file.text.lines().filter(|line| line.starts_with("package ")).count();
        let own = module(file).unwrap_or(&stem) == stem && modules + packages == 1;
        (!own).then(|| file.path.clone())
    };
    assert_none("names", &files(&["sv"]).iter().filter_map(named).collect::<Vec<_>>());
}
