//! What the build made.

use verilated::shape;

/// One unlucky expression turns a build of seconds into one of minutes.
#[test]
fn the_generated_code_is_small() {
    println!("{} bytes of C++", shape::CPP_BYTES);
    assert!((100_000..5_000_000).contains(&shape::CPP_BYTES));
}
