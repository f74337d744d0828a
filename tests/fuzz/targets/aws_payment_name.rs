#![no_main]

use libfuzzer_sys::fuzz_target;
use typex_dialect::aws_payment::fuzzing;

fuzz_target!(|input: &[u8]| fuzzing::key_name(input));
