//! Targets: ratios that the gateway has to keep, as data, and how they are found out.

mod machine;

use std::env;
use std::path::PathBuf;

pub use machine::Machine;

/// Where criterion keeps its results, as criterion itself finds it out; without variables, beside
/// the folder of the program that runs, which Cargo builds into `target/<profile>`.
#[must_use]
pub fn criterion_home() -> PathBuf {
    if let Some(home) = env::var_os("CRITERION_HOME") {
        return home.into();
    }
    if let Some(target) = env::var_os("CARGO_TARGET_DIR") {
        return PathBuf::from(target).join("criterion");
    }
    let target = env::current_exe().ok().and_then(|program| {
        let folders = program.ancestors().skip(1);
        folders.take(3).find(|folder| folder.join("CACHEDIR.TAG").exists()).map(PathBuf::from)
    });
    target.unwrap_or_else(|| "target".into()).join("criterion")
}
