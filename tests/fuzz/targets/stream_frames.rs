#![no_main]

use libfuzzer_sys::fuzz_target;
use typex_dialect::stream::fuzzing;

fuzz_target!(|input: &[u8]| fuzzing::frames(input));
