#![no_main]

use libfuzzer_sys::fuzz_target;
use typex_core::audit::fuzzing;

fuzz_target!(|input: &[u8]| fuzzing::verifier_key(input));
