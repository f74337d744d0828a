//! The Vault dialect as `hvac` sees it.

use crate::harness::python_of_operator;

/// Values: encrypted, masked, kept; alone and in batches.
#[test]
fn values_by_hvac() {
    python_of_operator(&["-m", "vault.transform"]);
}

/// Roles, transformations, templates, alphabets; the server; every class of error.
#[test]
fn objects_and_errors_by_hvac() {
    python_of_operator(&["-m", "vault.objects"]);
}
