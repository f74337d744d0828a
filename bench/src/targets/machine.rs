//! Which machine figures are of.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The file beside criterion's results that names their machine.
const FILE: &str = "machine.json";

/// What makes two machines differ in figures. Virtual machines of one kind are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Its processor, as the kernel names it.
    pub processor: String,
    /// How many processors this process may use.
    pub processors: usize,
    /// The kernel's release.
    pub kernel: String,
    /// What this installation calls itself; empty where it has no such file.
    pub id: String,
}

impl Machine {
    /// The one that this runs on.
    #[must_use]
    pub fn here() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let processors = text("/proc/cpuinfo");
        let name =
            processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Self {
            processor: name.map_or("unknown", |(_, name)| name).to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: text("/proc/sys/kernel/osrelease"),
            id: text("/etc/machine-id"),
        }
    }

    /// Leaves word in criterion's folder whose results it holds.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn leave_at(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(FILE), serde_json::to_vec_pretty(self)?)
    }

    /// Whose results a folder of criterion's holds; nobody's if no word was left.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }
}
