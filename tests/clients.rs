//! Clients that others wrote, their files untouched.

use std::process::{Command, Output};

use crate::harness::{Gateway, python, python_of_operator};

#[test]
fn python_client_of_enigma_bridge_runs_its_cases() {
    let gateway = Gateway::start(&[]);
    python(&["enigma_bridge.py"], &gateway, &[]);
}

/// Types whose layouts are the gateway's own.
#[test]
fn python_client_of_enigma_bridge_carries_other_objects() {
    python_of_operator(&["-m", "objects.keys"]);
}

/// Types of tokens: rights, quotas and log are those of the domain.
#[test]
fn python_client_of_enigma_bridge_carries_tokens() {
    python_of_operator(&["-m", "objects.tokens"]);
}

#[test]
fn http3_by_aioquic() {
    let gateway = Gateway::start(&[]);
    python(&["http3.py"], &gateway, &[]);
}

/// HTTP/2 by prior knowledge and over TLS, and HTTP/1.1 over TLS.
#[test]
fn http2_by_curl() {
    let gateway = Gateway::start(&[]);
    let address = gateway.address("process/https");
    let path = "/1.0/TEST_API000000ee01/ProcessData/e718e27a1016452c/Packet0_PLAINAES_0000\
        32245a350877442a67a724f18dfea1f857a6113beb82e76874f27165a3404754\
        84f71cc9864906fd816b594923aa6aeb";
    for (scheme, flag, version) in [
        ("http", "--http2-prior-knowledge", "2"),
        ("https", "--http2", "2"),
        ("https", "--http1.1", "1.1"),
        ("http", "--http1.1", "1.1"),
    ] {
        let url = format!("{scheme}://{address}{path}");
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--insecure", "--write-out", "\n%{http_version}"])
            .args([flag, &url])
            .output()
            .expect("curl is installed");
        let text = text(&output);
        assert!(text.contains("\"status\":\"9000\""), "{scheme} {flag}: {text}");
        assert!(text.ends_with(&format!("\n{version}")), "{scheme} {flag}: {text}");
    }
}

fn text(output: &Output) -> String {
    let bytes = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}
