//! The gateway as its Encedo HEM clients see it: a client in Python that was written from the
//! protocol's description, over other implementations of the algorithms.

use crate::harness::{Ran, interpreter, root};

/// The client itself against published tokens, log lines and statements.
#[test]
fn client_agrees_with_published_values() {
    let published = root().join("gateway/core/src/op/instance/tests");
    let mut command = interpreter();
    command.args(["-m", "hem.samples"]);
    command.args([published.join("published.txt"), published.join("published.log")]);
    Ran::of(&mut command).succeeds();
}
