#![no_main]

use libfuzzer_sys::fuzz_target;
use typex_core::op::instance::fuzzing;

fuzz_target!(|input: &[u8]| fuzzing::text(input));
