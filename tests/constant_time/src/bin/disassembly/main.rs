//! Looks at the instructions of the vector code that valgrind cannot run, in a program that was
//! built: `disassembly target/release/typex`. Ends with 1 if one of its functions branches or
//! loads by a secret, or a function that does so on purpose was not found out.
#![forbid(unsafe_code)]

mod flow;
mod listing;

use std::hint::black_box;
use std::path::PathBuf;
use std::process::ExitCode;

use typex_constant_time::control;

use crate::listing::Function;

/// Parts of the names of functions, whether their secrets are behind their first argument, and how
/// many there are at least.
const LOOKED_AT: [(&[&str], bool, usize); 12] = [
    (&["tdes::x86::Zmm as", "crypt::crypt"], true, 1),
    (&["tdes::x86::Zmm as", "blank::blank"], true, 1),
    (&["tdes::x86::Ymm as", "crypt::crypt"], true, 1),
    (&["tdes::x86::Ymm as", "blank::blank"], true, 1),
    (&["vector::x86::vaes512::"], false, 8),
    (&["vector::x86::vaes256::"], false, 8),
    // GCM: sealing and opening under keys of three sizes.
    (&["gcm::wide::run"], false, 6),
    // RSA: multiplication, squaring, and all else, with the choice from the window.
    (&["rsa::lanes::x86::Zmm as", "multiply::multiply"], false, 1),
    (&["rsa::lanes::x86::Zmm as", "square::square"], false, 1),
    (&["rsa::lanes::x86::Zmm as", "run::run"], false, 1),
    // Of FF1, whose arithmetic is no vector code.
    (&["vector::x86::vaes512::encrypt_table"], false, 1),
    (&["vector::x86::vaes256::encrypt_table"], false, 1),
];

fn main() -> ExitCode {
    let Some(program) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: disassembly PROGRAM");
        return ExitCode::FAILURE;
    };
    match looked_at(&program).and_then(|()| controls()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("disassembly: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn looked_at(program: &std::path::Path) -> Result<(), String> {
    let functions = listing::of_program(program).map_err(|error| error.to_string())?;
    let mut faults = Vec::new();
    for (parts, has_pointer, least) in LOOKED_AT {
        let named = named(&functions, parts);
        if named.len() < least {
            faults.push(format!("{} of {least} functions {parts:?}", named.len()));
        }
        for function in named {
            let found = flow::faults(function, has_pointer);
            let branches = function.instructions.iter().filter(|one| one.mnemonic.starts_with('j'));
            let (all, branches) = (function.instructions.len(), branches.count());
            println!("{:>6}  {all} instructions, {branches} jumps  {}", found.len(), function.name);
            faults.extend(found);
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\ndisassembly: ")) }
}

fn named<'a>(functions: &'a [Function], parts: &[&str]) -> Vec<&'a Function> {
    let has_all = |function: &&Function| parts.iter().all(|part| function.name.contains(part));
    functions.iter().filter(has_all).collect()
}

/// Functions of this program that leak on purpose.
fn controls() -> Result<(), String> {
    let secret = black_box(*b"0123456789abcdef");
    black_box((control::leaky_index(&secret), control::leaky_equal(&secret, &[0; 16])));
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let functions = listing::of_program(&own).map_err(|error| error.to_string())?;
    for name in ["control::leaky_index", "control::leaky_equal"] {
        let found: usize =
            named(&functions, &[name]).iter().map(|one| flow::faults(one, true).len()).sum();
        println!("{found:>6}  {name} (leaks on purpose)");
        if found == 0 {
            return Err(format!("{name} leaks on purpose and was not found"));
        }
    }
    Ok(())
}
