//! `docs/capabilities.md` says what the backend table says.

use std::fmt::Write;
use std::path::Path;

use typex_engine::backend::BACKENDS;

fn page() -> String {
    let mut page = String::from(
        "# Capabilities\n\nWhat each backend declares, from its own table. Written by\n\
         `TYPEX_WRITE_DOCS=1 cargo test -p typex-engine capabilities`; the same test fails when \
         this page\ndiffers.\n",
    );
    for backend in BACKENDS {
        let computes = if backend.computes { "" } else { " Its answers are not real." };
        let _ = write!(page, "\n## {}\n\n", backend.name);
        let _ = writeln!(page, "It {}.{computes}\n", backend.purpose);
        page.push_str("| operation | algorithm | in lanes |\n| --- | --- | --- |\n");
        for can in backend.capabilities {
            let lanes = if can.lanes { "yes" } else { "no" };
            let _ = writeln!(page, "| {} | {} | {lanes} |", can.operation, can.algorithm);
        }
    }
    page
}

#[test]
fn the_page_is_what_the_table_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/capabilities.md");
    if std::env::var_os("TYPEX_WRITE_DOCS").is_some() {
        std::fs::write(&file, page()).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page(), "{} differs from the backend table", file.display());
}

#[test]
fn backends_have_names_of_their_own_and_declare_something() {
    for (at, backend) in BACKENDS.iter().enumerate() {
        assert!(!backend.capabilities.is_empty());
        assert!(BACKENDS[..at].iter().all(|other| other.name != backend.name));
        assert_eq!(typex_engine::backend::find(backend.name).unwrap().name, backend.name);
    }
    assert!(typex_engine::backend::find("").is_none());
}
