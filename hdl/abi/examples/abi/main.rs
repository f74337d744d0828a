//! Makes the generated files of `abi.toml`: `just abi`.

mod describe;
mod page;
mod rust;
mod schema;
mod verilog;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    match generate() {
        Ok(files) => write(&files),
        Err(error) => {
            eprintln!("abi.toml: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Every generated file: path and content.
fn generate() -> Result<Vec<(PathBuf, String)>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("abi.toml")).map_err(|e| e.to_string())?;
    let abi: schema::Abi = toml::from_str(&text).map_err(|e| e.to_string())?;
    abi.check()?;
    Ok(vec![
        (root.join("src/generated.rs"), rust::render(&abi)),
        (root.join("../rtl/pkg/abi_pkg.sv"), verilog::render(&abi)),
        (root.join("../../docs/registers.md"), page::render(&abi)),
    ])
}

fn write(files: &[(PathBuf, String)]) -> ExitCode {
    for (path, content) in files {
        if let Err(error) = std::fs::write(path, content) {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_files_are_fresh() {
        for (path, content) in generate().unwrap() {
            let found = std::fs::read_to_string(&path).unwrap();
            assert!(found == content, "{} differs: run `just abi`", path.display());
        }
    }

    fn checked(change: impl FnOnce(&mut schema::Abi)) -> Result<(), String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(root.join("abi.toml")).unwrap();
        let mut abi = toml::from_str(&text).unwrap();
        change(&mut abi);
        abi.check()
    }

    #[test]
    fn overlaps_are_found() {
        assert_eq!(checked(|_| ()), Ok(()));
        assert!(checked(|abi| abi.descriptor[3].at = 3).is_err());
        assert!(checked(|abi| abi.register[1].at = 0).is_err());
        assert!(checked(|abi| abi.register[1].at = 2).is_err());
        assert!(checked(|abi| abi.counter[1].at = 17).is_err());
        assert!(checked(|abi| abi.ring.stride = 0x40).is_err());
    }

    #[test]
    fn values_out_of_range_are_found() {
        assert!(checked(|abi| abi.descriptor[3].bytes = 99).is_err());
        assert!(checked(|abi| abi.opcode[1].value = 0).is_err());
        assert!(checked(|abi| abi.step[1].value = 16).is_err());
        assert!(checked(|abi| abi.flag[1].bit = 8).is_err());
        assert!(checked(|abi| abi.wrapped_key[1].at = 63).is_err());
    }
}
