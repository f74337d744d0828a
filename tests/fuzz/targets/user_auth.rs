#![no_main]

use libfuzzer_sys::fuzz_target;
use typex_core::op::user_auth::fuzzing;

fuzz_target!(|input: &[u8]| fuzzing::parse(input));
