//! C++ into static libraries. A library whose inputs are as before is not made again.

use std::fs;
use std::path::{Path, PathBuf};

use crate::verilator::Verilator;

/// Whether models can write waveforms.
pub(crate) const WAVE: bool = cfg!(feature = "wave");

/// The files of Verilator's runtime that a model needs; the second even for one thread.
const RUNTIME: [&str; 2] = ["verilated.cpp", "verilated_threads.cpp"];

fn base(verilator: &Verilator) -> cc::Build {
    let mut build = cc::Build::new();
    // Speed does not depend on cargo's profile: unoptimised models are fifteen times slower.
    build.cpp(true).std("gnu++17").opt_level(2).debug(false).warnings(false);
    build.cargo_metadata(false).include(&verilator.include).include("shim");
    build.include(verilator.include.join("vltstd"));
    build.define("VM_COVERAGE", "0").define("VM_SC", "0");
    build.define("VM_TRACE", if WAVE { "1" } else { "0" });
    // The shim decides what `$finish` and `$fatal` do; they never end the process.
    build.define("VL_USER_FINISH", "1").define("VL_USER_STOP", "1").define("VL_USER_FATAL", "1");
    build
}

/// Verilator's runtime, with the shim's handlers.
pub(crate) fn runtime(verilator: &Verilator, out: &Path) -> Result<(), String> {
    let stop = fs::read_to_string("shim/stop.cpp").unwrap_or_default();
    fresh(out, &|| format!("{}\n{WAVE}\n{stop}", verilator.version), || {
        let mut build = base(verilator);
        // A clock cycle runs none of it.
        build.opt_level(0).file("shim/stop.cpp");
        build.files(RUNTIME.map(|name| verilator.include.join(name)));
        if WAVE {
            build.file(verilator.include.join("verilated_vcd_c.cpp"));
        }
        compile(&mut build, out, "verilated_runtime")
    })
}

/// The library of a top: the generated files of `model` and the shim.
pub(crate) fn model(
    verilator: &Verilator,
    name: &str,
    shim: &str,
    model: &Path,
) -> Result<(), String> {
    let (slow, fast): (Vec<_>, Vec<_>) =
        generated(model).into_iter().partition(|file| is_slow(file));
    let mut once = base(verilator);
    // What runs once, at the start, is not worth the compiler's time.
    once.opt_level(0).include(model).file(joined(model, "once", &slow)?);
    let once = once.out_dir(model).try_compile_intermediates().map_err(|e| e.to_string())?;
    let mut build = base(verilator);
    build.include(model).define("TOP", name).define("MODEL", format!("V{name}").as_str());
    build.define("HEADER", format!("\"V{name}.h\"").as_str()).file(shim).objects(once);
    if let Some(clock) = clock_before(&model.join(format!("V{name}___024root.h"))) {
        build.define("CLOCK_BEFORE", clock.as_str());
        build.define("ROOT_HEADER", format!("\"V{name}___024root.h\"").as_str());
    }
    let (one, other) = halves(fast);
    build.file(joined(model, "cycle_0", &one)?).file(joined(model, "cycle_1", &other)?);
    compile(&mut build, model, &format!("{name}_model"))
}

/// The variable in which a model keeps what its clock was; its name is of Verilator's version.
fn clock_before(header: &Path) -> Option<String> {
    let text = fs::read_to_string(header).ok()?;
    let mut names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    names.find(|name| is_clock_before(name)).map(str::to_owned)
}

/// `__Vtrigrprev__TOP__clk_i` of Verilator 5.006, `__Vtrigprevexpr___TOP__clk_i__0` of 5.034.
fn is_clock_before(name: &str) -> bool {
    let rest = name.strip_prefix("__Vtrig").unwrap_or_default();
    rest.contains("prev") && rest.trim_end_matches("__0").ends_with("_TOP__clk_i")
}

fn is_slow(file: &Path) -> bool {
    let name = file.to_string_lossy();
    name.ends_with("__Slow.cpp") || name.ends_with("__Syms.cpp")
}

/// Two lists of about the same size in bytes, for two compilers at a time.
fn halves(files: Vec<PathBuf>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let bytes = |file: &PathBuf| fs::metadata(file).map_or(0, |data| data.len());
    let all: u64 = files.iter().map(bytes).sum();
    let mut sum = 0;
    files.into_iter().partition(|file| {
        sum += bytes(file);
        2 * sum <= all
    })
}

/// A file that includes `files`: the headers, which they share, are most of the compiler's work.
fn joined(model: &Path, name: &str, files: &[PathBuf]) -> Result<PathBuf, String> {
    let path = model.join(format!("{name}.cc"));
    let text = files.iter().map(|file| format!("#include \"{}\"\n", file.display()));
    fs::write(&path, text.collect::<String>()).map_err(|error| error.to_string())?;
    Ok(path)
}

fn generated(model: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(model)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "cpp"))
        .filter(|path| !path.to_string_lossy().ends_with("__ALL.cpp"))
        .collect();
    files.sort();
    files
}

/// Bytes of C++ that Verilator wrote.
pub(crate) fn generated_bytes(model: &Path) -> u64 {
    let headers = fs::read_dir(model).into_iter().flatten().flatten().map(|entry| entry.path());
    let headers = headers.filter(|path| path.extension().is_some_and(|kind| kind == "h"));
    let files = generated(model).into_iter().chain(headers);
    files.filter_map(|path| fs::metadata(path).ok()).map(|data| data.len()).sum()
}

fn compile(build: &mut cc::Build, out: &Path, name: &str) -> Result<(), String> {
    build.out_dir(out).try_compile(name).map_err(|error| error.to_string())
}

/// Runs `make` unless `folder` was made from the same inputs. They are asked for again at the
/// end: which files Verilator reads is known only then.
pub(crate) fn fresh(
    folder: &Path,
    inputs: &dyn Fn() -> String,
    make: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let stamp = folder.join("inputs");
    if fs::read_to_string(&stamp).is_ok_and(|old| old == inputs()) {
        return Ok(());
    }
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    make()?;
    fs::write(&stamp, inputs()).map_err(|error| error.to_string())
}
