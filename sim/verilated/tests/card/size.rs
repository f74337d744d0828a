//! What the build made.

use verilated::shape;

/// One unlucky expression turns a build of seconds into one of minutes.
#[test]
fn the_generated_code_is_small() {
    let seconds = f64::from(shape::BUILD_CPU_MS) / 1000.0;
    println!("{} bytes of C++, built in {seconds:.1} s of CPU time", shape::CPP_BYTES);
    assert!((100_000..5_000_000).contains(&shape::CPP_BYTES));
}
