//! From the sources to what the linker takes.

use std::path::{Path, PathBuf};

use crate::configuration::Configuration;
use crate::top::{self, Folders, Kind, Top};
use crate::verilator::Verilator;
use crate::{bindings, compiler, cost, sources};

/// Arguments for every top. One thread: more only spin. No timing: the shim drives the clock.
const ARGUMENTS: [&str; 14] = [
    "--cc",
    "--no-timing",
    "--no-decoration",
    "-O3",
    "--x-assign",
    "fast",
    "--noassert",
    "--threads",
    "1",
    "-Wno-lint",
    "-Wno-style",
    "-Wno-fatal",
    "--x-initial",
    "fast",
];

/// Makes every top that the features ask for.
pub(crate) fn build_all() -> Result<(), String> {
    let verilator = Verilator::find()?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let hdl = Path::new("../../hdl").canonicalize().map_err(|error| error.to_string())?;
    let folders = Folders { rtl: hdl.join("rtl"), tb: hdl.join("tb") };
    sources::watch(&own_files());
    let tops = tops(&folders, &hdl.join("abi/abi.toml"))?;
    for top in &tops {
        sources::watch(&top.files);
        make(&verilator, top, &hdl, &out.join(&top.name))?;
        link(&out.join(&top.name), &format!("{}_model", top.name));
    }
    compiler::runtime(&verilator, &out.join("runtime"))?;
    link(&out.join("runtime"), "verilated_runtime");
    link_system();
    let names: Vec<_> = tops.iter().map(|top| top.name.as_str()).collect();
    bindings::write_tops(&names, &out.join("tops.rs"))?;
    if cfg!(feature = "cosim") {
        let bytes = compiler::generated_bytes(&out.join("card"));
        println!("cargo:rustc-env=RTL_CPP_BYTES={bytes}");
        println!("cargo:rustc-env=RTL_BUILD_CPU_MS={}", cost::of(&out.join("card")));
    }
    Ok(())
}

fn own_files() -> Vec<PathBuf> {
    let shim = ["device.cpp", "model.h", "pins.h", "stop.cpp", "stop.h", "unit.cpp"];
    let build = ["bindings", "compiler", "configuration", "cost", "library", "main"];
    let more = ["sources", "top", "verilator"];
    let build = build.iter().chain(&more).map(|name| format!("build/{name}.rs"));
    shim.iter().map(|name| format!("shim/{name}")).chain(build).map(PathBuf::from).collect()
}

fn tops(folders: &Folders, abi: &Path) -> Result<Vec<Top>, String> {
    let mut tops = Vec::new();
    if cfg!(feature = "cosim") {
        let configuration = Configuration::read(abi)?;
        let rtl = sources::files(&folders.rtl);
        let hash = sources::hex(&sources::digest(&folders.rtl, &rtl));
        configuration.publish();
        println!("cargo:rustc-env=RTL_HASH={hash}");
        let mut parameters = configuration.arguments();
        parameters.push(format!("-GBuild=32'h{}", &hash[..8]));
        tops.push(top::card(folders, &parameters));
        if cfg!(feature = "units") {
            tops.push(top::open_card(folders, &parameters));
        }
    }
    if cfg!(feature = "units") {
        tops.extend(top::units(folders));
    }
    Ok(tops)
}

/// Verilates and compiles one top, unless its sources and arguments are as before.
fn make(verilator: &Verilator, top: &Top, hdl: &Path, out: &Path) -> Result<(), String> {
    let arguments = arguments(top, out);
    let shim = match top.kind {
        Kind::Device => "shim/device.cpp",
        Kind::Unit => "shim/unit.cpp",
    };
    let inputs = || {
        let own = [shim, "shim/model.h", "shim/pins.h", "shim/stop.h"].map(PathBuf::from);
        let digest = sources::digest(hdl, &[&used(top, out)[..], &own].concat());
        let wave = compiler::WAVE;
        format!("{}\n{wave}\n{arguments:?}\n{}", verilator.version, sources::hex(&digest))
    };
    compiler::fresh(out, &inputs, || {
        let before = cost::children_ms();
        verilator.run(hdl, &arguments)?;
        bindings::write_ports(&out.join(format!("V{}.h", top.name)), &out.join("ports.inc"))?;
        compiler::model(verilator, &top.name, shim, out)?;
        cost::keep(out, cost::children_ms().saturating_sub(before))
    })
}

/// The files of the top that Verilator read the last time; all when there was none.
fn used(top: &Top, out: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_to_string(out.join(format!("V{}__ver.d", top.name)));
    let Ok(list) = list else { return top.files.clone() };
    let read: std::collections::BTreeSet<_> = list.split_whitespace().map(Path::new).collect();
    top.files.iter().filter(|file| read.contains(file.as_path())).cloned().collect()
}

fn arguments(top: &Top, out: &Path) -> Vec<String> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut list: Vec<String> = ARGUMENTS.iter().map(|&one| one.to_owned()).collect();
    list.extend(["--prefix".to_owned(), format!("V{}", top.name)]);
    list.extend(["--top-module".to_owned(), top.module.clone()]);
    list.extend(["--Mdir".to_owned(), text(out)]);
    list.extend(top.arguments.iter().cloned());
    if compiler::WAVE {
        list.push("--trace".to_owned());
    }
    for folder in sources::folders(&top.files) {
        list.extend(["-y".to_owned(), text(folder)]);
    }
    let module = format!("{}.sv", top.module);
    let is_named = |file: &Path| {
        let waiver = file.extension().is_some_and(|kind| kind == "vlt");
        waiver || file.file_name().is_some_and(|name| *name == *module)
    };
    let packages = sources::packages(&top.files);
    let named = top.files.iter().filter(|file| is_named(file));
    list.extend(packages.iter().chain(named).map(|file| text(file)));
    list
}

fn link(folder: &Path, library: &str) {
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=static={library}");
}

/// The C++ library and threads.
fn link_system() {
    let apple = std::env::var("CARGO_CFG_TARGET_VENDOR").is_ok_and(|vendor| vendor == "apple");
    println!("cargo:rustc-link-lib={}", if apple { "c++" } else { "stdc++" });
    if !apple {
        println!("cargo:rustc-link-lib=pthread");
    }
}
