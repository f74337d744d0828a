//! Source files and their digests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The SystemVerilog files and waiver files under `folder`, in the order of their paths.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|kind| kind == "sv" || kind == "vlt") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The folders that hold `files`.
pub(crate) fn folders(files: &[PathBuf]) -> BTreeSet<&Path> {
    files.iter().filter_map(|file| file.parent()).collect()
}

fn is_package(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("_pkg"))
}

/// The packages among `files`, each behind those that it uses.
pub(crate) fn packages(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut waiting: Vec<_> = files
        .iter()
        .filter(|path| is_package(path))
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap_or_default()))
        .collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let (now, later): (Vec<_>, Vec<_>) =
            waiting.iter().cloned().partition(|one| !uses_another(one, &waiting));
        // Packages that use each other go to Verilator as they are, for its message.
        let (now, later) = if now.is_empty() { (later, Vec::new()) } else { (now, later) };
        ordered.extend(now.into_iter().map(|(path, _)| path));
        waiting = later;
    }
    ordered
}

fn uses_another(one: &(PathBuf, String), packages: &[(PathBuf, String)]) -> bool {
    packages.iter().filter(|other| other.0 != one.0).any(|other| {
        let stem = other.0.file_stem().unwrap_or_default().to_string_lossy();
        one.1.contains(&format!("{stem}::"))
    })
}

/// A digest in hexadecimal.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 over the names below `root`, the lengths and the contents of `files`.
pub(crate) fn digest(root: &Path, files: &[PathBuf]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(file).to_string_lossy().into_owned();
        let content = fs::read(file).unwrap_or_default();
        hash.update(format!("{name}\n{}\n", content.len()));
        hash.update(content);
    }
    hash.finalize().into()
}

/// Tells cargo to build again when one of `files` changes.
pub(crate) fn watch(files: &[PathBuf]) {
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
    }
}
