//! Citations of clauses: `spec: <document> <clauses>` in comments, where a document is one of
//! `docs/dialects` and its clauses are its numbered headings.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, assert_no_more, assert_none, files};

type Clause = Vec<u32>;

/// What is cited, by document, and what is wrong with citations.
#[derive(Default)]
struct Citations {
    cited: BTreeMap<String, BTreeSet<Clause>>,
    wrong: Vec<String>,
}

/// The numbers of the headings.
fn headings(page: &str) -> BTreeSet<Clause> {
    let headings = page.lines().filter_map(|line| line.strip_prefix("##"));
    headings
        .filter_map(|line| number(line.trim_start_matches('#').split_whitespace().next()?))
        .collect()
}

fn number(text: &str) -> Option<Clause> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// The pages of `docs/dialects` and their clauses.
fn documents() -> BTreeMap<String, BTreeSet<Clause>> {
    let pages = files(&["md"]).into_iter().filter(|file| file.is_under("docs/dialects"));
    let name = |file: &File| file.path.rsplit('/').next()?.strip_suffix(".md").map(str::to_owned);
    pages.filter_map(|file| Some((name(&file)?, headings(&file.text)))).collect()
}

impl Citations {
    fn read(documents: &BTreeMap<String, BTreeSet<Clause>>, files: &[File]) -> Self {
        let mut citations = Self::default();
        for file in files {
            for (at, line) in file.text.lines().enumerate() {
                if let Some(citation) = citation(line) {
                    citations.note(documents, &format!("{}:{}", file.path, at + 1), citation);
                }
            }
        }
        citations
    }

    fn note(&mut self, documents: &BTreeMap<String, BTreeSet<Clause>>, place: &str, text: &str) {
        let (document, clauses) = text.split_once(' ').unwrap_or((text, ""));
        if document == "RFC" {
            return;
        }
        let Some(known) = documents.get(document) else {
            self.wrong.push(format!("{place}: there is no docs/dialects/{document}.md"));
            return;
        };
        let ranges: Vec<_> = clauses.split([',', ';']).filter_map(range).collect();
        if ranges.is_empty() {
            self.wrong.push(format!("{place}: no clause in {text:?}"));
        }
        for (first, last) in ranges {
            let ends = BTreeSet::from([&first, &last]);
            for end in ends.into_iter().filter(|end| !known.contains(*end)) {
                self.wrong.push(format!("{place}: {document} has no clause {}", dotted(end)));
            }
            let within = known.iter().filter(|clause| first <= **clause && **clause <= last);
            self.cited.entry(document.to_owned()).or_default().extend(within.cloned());
        }
    }

    /// Clauses without parts of their own that neither they nor their chapter is cited for.
    fn uncited(&self, documents: &BTreeMap<String, BTreeSet<Clause>>) -> Vec<String> {
        let none = BTreeSet::new();
        let mut uncited = Vec::new();
        for (document, clauses) in documents {
            let cited = self.cited.get(document).unwrap_or(&none);
            let is_chapter = |clause: &Clause| {
                clauses.iter().any(|other| other.len() > clause.len() && other.starts_with(clause))
            };
            let is_cited = |clause: &Clause| {
                (1..=clause.len()).any(|length| cited.contains(&clause[..length]))
            };
            let missing = clauses.iter().filter(|one| !is_chapter(one) && !is_cited(one));
            uncited.extend(missing.map(|clause| format!("{document} {}", dotted(clause))));
        }
        uncited
    }
}

/// What a comment cites.
fn citation(line: &str) -> Option<&str> {
    let (before, text) = line.split_once("spec: ")?;
    let comment = before.trim_start();
    (comment.starts_with("//") || comment.starts_with('#')).then(|| text.trim())
}

/// `2.2`, `2.1 to 2.4`, `4.4 requests`; nothing for words alone.
fn range(text: &str) -> Option<(Clause, Clause)> {
    let mut words = text.split_whitespace();
    let first = number(words.next()?.trim_end_matches([':', '.']))?;
    let last = match (words.next(), words.next()) {
        (Some("to"), Some(last)) => number(last)?,
        _ => first.clone(),
    };
    Some((first, last))
}

fn dotted(clause: &Clause) -> String {
    clause.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// Where citations may be; the examples below are none.
fn citing() -> Vec<File> {
    let own = |file: &File| file.path == "tests/tidy/clauses.rs";
    files(&["rs", "py"]).into_iter().filter(|file| !own(file)).collect()
}

#[test]
fn every_citation_names_a_clause() {
    let documents = documents();
    assert!(documents.values().all(|clauses| !clauses.is_empty()), "a page without clauses");
    assert_none("citations", &Citations::read(&documents, &citing()).wrong);
}

#[test]
fn clauses_without_citation_are_listed() {
    let documents = documents();
    let uncited = Citations::read(&documents, &citing()).uncited(&documents);
    println!("clauses that no code cites: {}", uncited.len());
    uncited.iter().for_each(|clause| println!("  {clause}"));
    assert_no_more("uncited_clauses", &uncited);
}

#[test]
fn bad_citations_are_found() {
    let page = "# A\n## 1 B\n### 1.1 C\n### 1.2 D\n## 2 E\n## Notes\n";
    let documents = BTreeMap::from([("page".to_owned(), headings(page))]);
    let read = |text: &str| Citations::read(&documents, &[File::example("a.rs", text)]);
    let good = read("// spec: page 1.1 to 1.2; 2, last point\n// spec: RFC 9114 8.1\n");
    assert_eq!(good.wrong, [""; 0]);
    assert_eq!(good.uncited(&documents), [""; 0]);
    assert_eq!(read("//! spec: page 1\n").uncited(&documents), ["page 2"]);
    assert_eq!(read("").uncited(&documents), ["page 1.1", "page 1.2", "page 2"]);
    for bad in ["// spec: page 3", "// spec: page 1.1 to 1.9", "// spec: leaf 1", "// spec: page"] {
        assert_eq!(read(bad).wrong.len(), 1, "{bad}");
    }
}
