#![no_main]

use libfuzzer_sys::fuzz_target;
use typex_dialect::vault::fuzzing;

fuzz_target!(|input: &[u8]| fuzzing::body(input));
