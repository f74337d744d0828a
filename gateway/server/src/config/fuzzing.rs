//! The fuzz entry of the configuration file.

use super::Config;
use super::load::from_text;

/// Whatever is accepted, written out and read again, is the same configuration.
///
/// # Panics
/// If it is not, or if a bound of an option does not hold.
pub fn load(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(config) = from_text(text, "fuzz", std::iter::empty()) else { return };
    let written = toml::to_string(&config).expect("a configuration is plain data");
    let again: Config = from_text(&written, "again", std::iter::empty())
        .expect("what was accepted is accepted again");
    assert_eq!(again, config);
}

#[cfg(test)]
mod tests {
    #[test]
    fn corpus_is_replayed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/configuration");
        let mut replayed = 0;
        for file in std::fs::read_dir(folder).expect("a corpus") {
            let path = file.expect("readable").path();
            println!("{}", path.display());
            super::load(&std::fs::read(path).expect("readable"));
            replayed += 1;
        }
        assert!(replayed > 0, "the corpus is empty");
    }
}
