#![no_main]

use libfuzzer_sys::fuzz_target;
use typex_server::config::fuzzing;

fuzz_target!(|input: &[u8]| fuzzing::load(input));
