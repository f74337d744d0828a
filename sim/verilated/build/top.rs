//! The tops that are made.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sources;

/// What a top's ports are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The pins of `card`.
    Device,
    /// Any; each is reached by its name.
    Unit,
}

/// A module that becomes a library.
pub(crate) struct Top {
    /// Name on the Rust side.
    pub(crate) name: String,
    pub(crate) module: String,
    pub(crate) kind: Kind,
    /// Where its sources are.
    pub(crate) files: Vec<PathBuf>,
    /// Arguments beside those of every top.
    pub(crate) arguments: Vec<String>,
}

/// The folders of the hardware.
pub(crate) struct Folders {
    /// `hdl/rtl`.
    pub(crate) rtl: PathBuf,
    /// `hdl/tb`.
    pub(crate) tb: PathBuf,
}

/// The card as it is served from.
pub(crate) fn card(folders: &Folders, parameters: &[String]) -> Top {
    Top {
        name: "card".to_owned(),
        module: "card".to_owned(),
        kind: Kind::Device,
        files: sources::files(&folders.rtl),
        arguments: parameters.to_vec(),
    }
}

/// The card with registers that can be flipped and start with any value.
pub(crate) fn open_card(folders: &Folders, parameters: &[String]) -> Top {
    let mut top = card(folders, parameters);
    top.name = "card_test".to_owned();
    top.arguments.extend(["--x-initial", "unique"].map(str::to_owned));
    top.files.extend(sources::files(&folders.tb.join("card_test")));
    top
}

/// Tops that take minutes to make: only where TEST_SCALE is `full`.
const LARGE: [&str; 1] = ["rsa_farm_sixteen"];

/// Folder `hdl/tb/NAME` with a module `NAME` each. TOPS, names with commas between, picks some.
pub(crate) fn units(folders: &Folders) -> Vec<Top> {
    println!("cargo:rerun-if-env-changed=TEST_SCALE");
    let is_full = std::env::var("TEST_SCALE").is_ok_and(|scale| scale == "full");
    println!("cargo:rerun-if-env-changed=TOPS");
    println!("cargo:rerun-if-changed={}", folders.tb.display());
    let wanted = std::env::var("TOPS").ok();
    let is_wanted =
        |name: &str| wanted.as_ref().is_none_or(|list| list.split(',').any(|one| one == name));
    let mut names: Vec<_> = fs::read_dir(&folders.tb)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| folders.tb.join(name).join(format!("{name}.sv")).exists())
        .filter(|name| is_wanted(name) && (is_full || !LARGE.contains(&name.as_str())))
        .collect();
    names.sort();
    names.iter().map(|name| unit(folders, name)).collect()
}

fn unit(folders: &Folders, name: &str) -> Top {
    let own = folders.tb.join(name);
    let kind = if has_pins(&own.join(format!("{name}.sv"))) { Kind::Device } else { Kind::Unit };
    let mut files = sources::files(&folders.rtl);
    files.extend(sources::files(&own));
    Top { name: name.to_owned(), module: name.to_owned(), kind, files, arguments: Vec::new() }
}

/// Whether the module has the pins of `card`.
fn has_pins(source: &Path) -> bool {
    let text = fs::read_to_string(source).unwrap_or_default();
    ["mmio_wr_valid_i", "rd_req_valid_o", "wr_valid_o", "idle_o"]
        .iter()
        .all(|pin| text.contains(pin))
}
