#![no_main]

use libfuzzer_sys::fuzz_target;
use typex_dialect::enigma_bridge::fuzzing;

fuzz_target!(|input: &[u8]| fuzzing::tlv(input));
