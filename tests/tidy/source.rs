//! Size and manners of the source.

use super::lexer::{code, functions, is_word};
use super::{File, assert_no_more, assert_none, files, is_generated};

const FUNCTION_LINES_MAX: usize = 70;
/// Nine functions in ten are shorter.
const FUNCTION_LINES_USUAL: usize = 35;
const FILE_LINES_MAX: usize = 500;
const COLUMNS_MAX: usize = 100;
/// The only folders that may hold `unsafe`: vector code, and the calls into Verilated models.
const UNSAFE_FOLDERS: [&str; 2] = ["gateway/kernels", "sim/verilated"];
/// What is left behind and not finished.
const UNFINISHED: [&str; 6] =
    ["todo!", "unimplemented!", "dbg!", "#[ignore", "allow(dead_code", "allow(unused"];
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] =
    ["util", "utils", "helper", "helpers", "common", "manager", "misc", "stuff"];
/// Where absolute paths of somebody's machine begin.
const MACHINE_FOLDERS: [&str; 7] =
    ["home/", "root/", "work/", "workspace/", "builds/", "mnt/", "Users/"];

fn rust() -> Vec<File> {
    files(&["rs"])
}

/// Functions of more than `lines_max` lines.
fn long_functions(file: &File, lines_max: usize) -> Vec<String> {
    let long = functions(&code(&file.text)).into_iter().filter(|one| one.lines > lines_max);
    long.map(|one| format!("{}:{} {}: {} lines", file.path, one.line, one.name, one.lines))
        .collect()
}

#[test]
fn functions_are_short() {
    let rust = rust();
    let too_long: Vec<_> =
        rust.iter().flat_map(|file| long_functions(file, FUNCTION_LINES_MAX)).collect();
    assert_none("functions over 70 lines", &too_long);
    let long: Vec<_> =
        rust.iter().flat_map(|file| long_functions(file, FUNCTION_LINES_USUAL)).collect();
    let all: usize = rust.iter().map(|file| functions(&code(&file.text)).len()).sum();
    println!("{} of {all} functions have more than {FUNCTION_LINES_USUAL} lines", long.len());
    assert!(long.len() * 10 <= all, "more than one in ten");
    assert_no_more("functions_over_35", &long);
}

#[test]
fn long_functions_are_found() {
    let body = |lines: usize| format!("fn f() {{\n{}}}\n", "\n".repeat(lines - 2));
    assert_eq!(long_functions(&File::example("a.rs", &body(70)), 70), [""; 0]);
    assert_eq!(long_functions(&File::example("a.rs", &body(71)), 70), ["a.rs:1 f: 71 lines"]);
}

/// Lines that are too wide, and a source file with too many.
fn too_large(file: &File) -> (Vec<String>, Option<String>) {
    let wide = file.text.lines().enumerate().filter(|(_, line)| line.chars().count() > COLUMNS_MAX);
    let wide = wide.map(|(at, _)| format!("{}:{}", file.path, at + 1)).collect();
    let lines = file.text.lines().count();
    let long = lines > FILE_LINES_MAX && file.extension() == "rs" && !is_generated(file);
    (wide, long.then(|| format!("{}: {lines} lines", file.path)))
}

#[test]
fn files_are_small() {
    let sizes: Vec<_> = files(&["rs", "py"]).iter().map(too_large).collect();
    let (wide, long): (Vec<_>, Vec<_>) = sizes.into_iter().unzip();
    assert_none("files over 500 lines", &long.into_iter().flatten().collect::<Vec<_>>());
    assert_no_more("lines_over_100_columns", &wide.concat());
}

#[test]
fn large_files_are_found() {
    let sizes = |text: &str| too_large(&File::example("a.rs", text));
    assert_eq!(sizes(&"x\n".repeat(500)), (vec![], None));
    assert_eq!(sizes(&"x\n".repeat(501)).1, Some("a.rs: 501 lines".to_owned()));
    assert_eq!(sizes(&"é".repeat(100)), (vec![], None));
    assert_eq!(sizes(&"é".repeat(101)).0, ["a.rs:1"]);
}

/// Whether `word` stands alone in `code`.
fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.into_iter().chain(after).any(is_word)
    })
}

fn unsafe_places(file: &File) -> Vec<String> {
    let code = code(&file.text);
    let mut places: Vec<_> = code
        .lines()
        .enumerate()
        .filter(|(_, line)| has_word(line, "unsafe"))
        .map(|(at, _)| format!("{}:{}: unsafe", file.path, at + 1))
        .collect();
    let is_root = file.path.ends_with("/src/lib.rs") || file.path == "tests/main.rs";
    if is_root && !code.contains("#![forbid(unsafe_code)]") {
        places.push(format!("{}: #![forbid(unsafe_code)] is missing", file.path));
    }
    places
}

fn may_be_unsafe(file: &File) -> bool {
    UNSAFE_FOLDERS.iter().any(|folder| file.is_under(folder))
}

#[test]
fn unsafe_is_only_in_its_folders() {
    let others = rust().into_iter().filter(|file| !may_be_unsafe(file));
    assert_none("unsafe", &others.flat_map(|file| unsafe_places(&file)).collect::<Vec<_>>());
}

/// Blocks and implementations, not functions whose callers make the promise.
fn unexplained_unsafe(file: &File) -> Vec<String> {
    let (code, lines) = (code(&file.text), file.text.lines().collect::<Vec<_>>());
    let promise = |line: &str| line.contains("unsafe {") || line.contains("unsafe impl");
    let explained =
        |at: usize| lines[at.saturating_sub(8)..at].iter().any(|l| l.contains("SAFETY:"));
    let found = code.lines().enumerate().filter(|(at, line)| promise(line) && !explained(*at));
    found.map(|(at, _)| format!("{}:{}: no SAFETY comment", file.path, at + 1)).collect()
}

#[test]
fn unsafe_is_explained() {
    let files: Vec<_> = rust().into_iter().filter(may_be_unsafe).collect();
    for folder in UNSAFE_FOLDERS {
        let mut own = files.iter().filter(|file| file.is_under(folder));
        assert!(own.any(|file| has_word(&code(&file.text), "unsafe")), "{folder} was not read");
    }
    let found: Vec<_> = files.iter().flat_map(unexplained_unsafe).collect();
    assert_none("unsafe without a reason", &found);
}

#[test]
fn unsafe_is_found() {
    let places = |path: &str, text: &str| unsafe_places(&File::example(path, text)).len();
    assert_eq!(places("a/src/b.rs", "// unsafe\nlet x = \"unsafe\"; #[forbid(unsafe_code)]"), 0);
    assert_eq!(places("a/src/b.rs", "let x = unsafe { y };"), 1);
    assert_eq!(places("a/src/lib.rs", "mod b;"), 1);
    assert_eq!(places("a/src/lib.rs", "#![forbid(unsafe_code)]"), 0);
    let unexplained = |text: &str| unexplained_unsafe(&File::example("a.rs", text)).len();
    assert_eq!(unexplained("// SAFETY: it is.\nunsafe { x }"), 0);
    assert_eq!(unexplained("// It is.\nunsafe { x }"), 1);
}

/// Unfinished work, empty names, getters.
fn ill_mannered(file: &File) -> Vec<String> {
    let code = code(&file.text);
    let mut found: Vec<_> = UNFINISHED
        .into_iter()
        .filter(|mark| code.contains(mark))
        .map(|mark| format!("{}: {mark}", file.path))
        .collect();
    let stem = file.path.split('/').flat_map(|part| part.strip_suffix(".rs").or(Some(part)));
    found.extend(
        stem.filter(|part| EMPTY_NAMES.contains(part))
            .map(|part| format!("{}: a name like {part} says nothing", file.path)),
    );
    let getters = functions(&code).into_iter().filter(|one| one.name.starts_with("get_"));
    found.extend(getters.map(|one| format!("{}:{} {}: no get_", file.path, one.line, one.name)));
    found
}

#[test]
fn nothing_is_unfinished_or_misnamed() {
    assert_none("manners", &rust().iter().flat_map(ill_mannered).collect::<Vec<_>>());
}

#[test]
fn unfinished_and_misnamed_are_found() {
    let found = |path: &str, text: &str| ill_mannered(&File::example(path, text)).len();
    assert_eq!(found("gateway/core/src/key.rs", "// todo!()\nlet x = \"dbg!\"; fn target() {}"), 0);
    for text in ["todo!()", "#[ignore]", "#[ignore = \"slow\"]", "#![allow(dead_code)]"] {
        assert_eq!(found("gateway/core/src/key.rs", text), 1, "{text}");
    }
    assert_eq!(found("gateway/core/src/key.rs", "fn get_name() {}"), 1);
    assert_eq!(found("gateway/core/src/utils.rs", ""), 1);
    assert_eq!(found("gateway/core/src/helpers/mod.rs", ""), 1);
}

/// Absolute paths that exist on one machine only.
fn machine_paths(file: &File) -> Vec<String> {
    let names_one = |line: &str| {
        line.match_indices('/').any(|(at, _)| {
            let starts = MACHINE_FOLDERS.iter().any(|folder| line[at + 1..].starts_with(folder));
            let before = line[..at].chars().next_back();
            starts && !before.is_some_and(|c| is_word(c) || ".-}>~/".contains(c))
        })
    };
    let lines = file.text.lines().enumerate().filter(|(_, line)| names_one(line));
    lines.map(|(at, line)| format!("{}:{}: {}", file.path, at + 1, line.trim())).collect()
}

#[test]
fn no_text_names_somebodys_machine() {
    let own = |file: &File| file.path == "tests/tidy/source.rs";
    let kinds = ["rs", "md", "toml", "py", "sh", "yml", "txt", "http", "lock"];
    let texts = files(&[&kinds[..], &["sv", "vlt", "cpp", "h", "ys", "sby", "json"]].concat());
    let found: Vec<_> = texts.iter().filter(|file| !own(file)).flat_map(machine_paths).collect();
    assert_none("machine paths", &found);
}

#[test]
fn machine_paths_are_found() {
    let found = |text: &str| machine_paths(&File::example("a.md", text)).len();
    assert_eq!(found("see docs/home/index and https://example.org/home/x, `{url}/work/`"), 0);
    for text in ["in /home/somebody", "\"/root/x\"", "(/work/x)", "/Users/x"] {
        assert_eq!(found(text), 1, "{text}");
    }
}
