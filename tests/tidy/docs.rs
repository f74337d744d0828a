//! What the documents say of the repository is so: links, headings, paths, tests by name. The
//! commands of README.md are run by `newcomer`.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::{File, assert_no_more, assert_none, files, read};
use crate::harness::root;

/// A link of a page.
struct Link<'a> {
    line: usize,
    text: &'a str,
    target: &'a str,
}

/// Lines outside fenced blocks, with their numbers.
fn prose(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    page.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((at + 1, line))
    })
}

fn links(page: &str) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    for (line, text) in prose(page) {
        for (at, _) in text.match_indices("](") {
            let start = text[..at].rfind('[').map_or(0, |start| start + 1);
            let rest = &text[at + 2..];
            let target = &rest[..rest.find(')').unwrap_or(rest.len())];
            links.push(Link { line, text: &text[start..at], target });
        }
    }
    links
}

/// How a heading is linked to.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|&c| c.is_alphanumeric() || " -_".contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What is wrong with a link of `file`; `text_of` reads another file or finds that it is none.
fn broken(file: &File, link: &Link<'_>, text_of: impl Fn(&Path) -> Found) -> Option<String> {
    if ["http://", "https://"].iter().any(|scheme| link.target.starts_with(scheme)) {
        return None;
    }
    let place = format!("{}:{}: {}", file.path, link.line, link.target);
    let (path, anchor) = link.target.split_once('#').unwrap_or((link.target, ""));
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let found = if path.is_empty() {
        Found::Text(file.text.clone())
    } else {
        text_of(&plain(&folder.join(path)))
    };
    let text = match found {
        Found::Nothing => return Some(format!("{place}: there is no such file")),
        Found::Folder => return None,
        Found::Text(text) => text,
    };
    let mut headings = prose(&text).filter(|(_, line)| line.starts_with('#'));
    if !anchor.is_empty() && !headings.any(|(_, line)| slug(line) == anchor) {
        return Some(format!("{place}: there is no such heading"));
    }
    match quoted_name(link.text).filter(|_| path.ends_with(".rs")) {
        Some(name) if !declares(&text, name) => Some(format!("{place}: there is no {name} in it")),
        _ => None,
    }
}

/// A single name in backticks.
fn quoted_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('`')?.strip_suffix('`')?;
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

/// Whether a source file has this function or, in capitals, this constant.
fn declares(source: &str, name: &str) -> bool {
    let is_constant = name.chars().all(|c| !c.is_lowercase());
    let declaration = if is_constant { format!("const {name}:") } else { format!("fn {name}(") };
    source.contains(&declaration)
}

/// What a link leads to.
enum Found {
    Text(String),
    Folder,
    Nothing,
}

fn found(path: &Path) -> Found {
    let path = root().join(path);
    match fs::read_to_string(&path) {
        Ok(text) => Found::Text(text),
        Err(_) if path.is_dir() => Found::Folder,
        Err(_) => Found::Nothing,
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in files(&["md"]) {
        wrong.extend(links(&page.text).iter().filter_map(|link| broken(&page, link, found)));
    }
    assert_none("links", &wrong);
}

#[test]
fn broken_links_are_found() {
    let other = |path: &Path| match path.to_str() {
        Some("a/other.md") => Found::Text("# One, two\n```\n# three\n```\n".to_owned()),
        Some("tests/x.rs") => Found::Text("fn it_holds() {}\nconst MOST: u8 = 1;".to_owned()),
        Some("a") => Found::Folder,
        _ => Found::Nothing,
    };
    let wrong = |text: &str| {
        let page = File::example("a/page.md", text);
        links(text).iter().filter_map(|link| broken(&page, link, other)).count()
    };
    for good in [
        "[x](other.md#one-two) and [y](https://example.org), [z](.)",
        "[`it_holds`](../tests/x.rs) [`MOST`](../tests/x.rs)",
        "## Part\n[x](#part)",
        "```\n[x](nowhere.md)\n```",
    ] {
        assert_eq!(wrong(good), 0, "{good}");
    }
    for bad in [
        "[x](none.md)",
        "[x](other.md#three)",
        "[`it_fails`](../tests/x.rs)",
        "[`LEAST`](../tests/x.rs)",
        "[x](#part)",
    ] {
        assert_eq!(wrong(bad), 1, "{bad}");
    }
}

/// Pages of `docs` that a text names.
fn mentions(text: &str) -> Vec<&str> {
    let is_path = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let mut mentions = Vec::new();
    for (at, _) in text.match_indices("docs/") {
        let rest = &text[at..];
        let path = &rest[..rest.find(|c| !is_path(c)).unwrap_or(rest.len())];
        let path = path.trim_end_matches('.');
        if path.ends_with(".md") && !text[..at].ends_with(is_path) {
            mentions.push(path);
        }
    }
    mentions
}

#[test]
fn every_page_that_is_named_exists() {
    let mut wrong = Vec::new();
    for file in files(&["rs", "toml", "py", "md"]) {
        if file.path == "tests/tidy/docs.rs" {
            continue;
        }
        let missing = mentions(&file.text).into_iter().filter(|page| !root().join(page).is_file());
        wrong.extend(missing.map(|page| format!("{} names {page}", file.path)));
    }
    assert_none("pages that are not there", &wrong);
}

#[test]
fn named_pages_are_found() {
    let text = "see `docs/a.md`, docs/b/c-d.md. Not docs/x, target/docs/y.md, docs/<name>.md";
    assert_eq!(mentions(text), ["docs/a.md", "docs/b/c-d.md"]);
}

#[test]
fn every_dialect_has_its_page() {
    let dialects = fs::read_dir(root().join("gateway/dialect/src")).expect("a folder");
    let folders =
        dialects.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let names: Vec<_> =
        folders.filter_map(|path| Some(path.file_name()?.to_str()?.replace('_', "-"))).collect();
    assert!(!names.is_empty(), "no dialect found");
    let lack = |name: &&String| !root().join(format!("docs/dialects/{name}.md")).is_file();
    assert_none("dialects without a page", &names.iter().filter(lack).cloned().collect::<Vec<_>>());
}

/// What the first column of a table that follows a heading names in backticks.
fn first_column(page: &str, heading: &str) -> Vec<String> {
    let mut rows = page.lines().skip_while(|line| *line != heading).skip(1);
    let rows = rows.by_ref().skip_while(|line| !line.starts_with('|'));
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| Some(row.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect()
}

#[test]
fn every_group_is_described() {
    let named = first_column(&read("docs/testing.md"), "## The groups of the gateway");
    let main = read("tests/main.rs");
    let groups = main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let groups: Vec<_> = groups.filter(|group| *group != "harness").map(str::to_owned).collect();
    assert!(!groups.is_empty(), "no group found");
    let lacks: Vec<_> = groups.iter().filter(|group| !named.contains(group)).cloned().collect();
    assert_none("groups that docs/testing.md does not describe", &lacks);
    let gone: Vec<_> = named.iter().filter(|name| !groups.contains(name)).cloned().collect();
    assert_none("groups that are described and do not exist", &gone);
}

#[test]
fn first_columns_are_read() {
    let page =
        "## A\n| `no` |\n## B\ntext\n\n| w |\n| --- |\n| `one` | `x` |\n| `two` |\n\n| `no` |\n";
    assert_eq!(first_column(page, "## B"), ["one", "two"]);
}

/// Paths in backticks: those with a slash or a source file's ending.
fn paths(page: &str) -> Vec<String> {
    let quoted = prose(page).flat_map(|(_, line)| line.split('`').skip(1).step_by(2));
    let is_path = |text: &&str| {
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
        plain && !text.starts_with(['/', '.']) && text.contains('/')
    };
    quoted.filter(is_path).map(str::to_owned).collect()
}

/// Paths there are given from the root or from `gateway`.
#[test]
fn architecture_names_what_exists() {
    let page = read("ARCHITECTURE.md");
    let exists =
        |path: &String| root().join(path).exists() || root().join("gateway").join(path).exists();
    let wrong: Vec<_> = paths(&page).into_iter().filter(|path| !exists(path)).collect();
    assert_none("paths of ARCHITECTURE.md", &wrong);
    let crates = fs::read_dir(root().join("gateway")).expect("a folder");
    let names = crates.map(|entry| entry.expect("an entry").file_name().into_string());
    let named = names.map(|name| format!("`gateway/{}`", name.expect("ASCII")));
    let wrong: Vec<_> = named.filter(|name| !page.contains(name)).collect();
    assert_none("crates that the codemap leaves out", &wrong);
}

#[test]
fn paths_are_found() {
    let page = "`a/b.rs` and `x`, `GET /x`, `/metrics`, `a::b`\n```\n`c/d`\n```\n`docs/<name>.md`";
    assert_eq!(paths(page), ["a/b.rs"]);
}

/// Defences without a test yet; see `docs/threat-model.md`.
#[test]
fn planned_tests_become_fewer() {
    let page = read("docs/threat-model.md");
    let planned: Vec<_> = page.lines().filter(|line| line.contains("planned:")).collect();
    let planned: Vec<_> = planned.into_iter().map(str::to_owned).collect();
    assert_no_more("planned_tests", &planned);
}
