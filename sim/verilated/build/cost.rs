//! Processor time of what the build runs.

use std::fs;
use std::path::Path;

/// Milliseconds per tick of /proc; Linux shows 100 ticks a second on every machine.
const TICK_MS: u64 = 10;

/// What ended children of this process have used, ms; 0 where the system does not tell.
pub(crate) fn children_ms() -> u64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in parentheses, may hold spaces; behind it `cutime` and `cstime` are 13 and 14.
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * TICK_MS
}

/// Keeps what a folder's library took, for builds that find it there.
pub(crate) fn keep(folder: &Path, ms: u64) -> Result<(), String> {
    fs::write(folder.join("cpu_ms"), ms.to_string()).map_err(|error| error.to_string())
}

/// What was kept; 0 if nothing was.
pub(crate) fn of(folder: &Path) -> u64 {
    let text = fs::read_to_string(folder.join("cpu_ms")).unwrap_or_default();
    text.parse().unwrap_or(0)
}
