//! The gateway as its Encedo HEM clients see it: a client in Python that was written from the
//! protocol's description, over other implementations of the algorithms.

mod keep;
mod service;
mod traces;

use service::Service;

use crate::harness::{Gateway, Ran, full, interpreter, python, root};

/// The instance that a new store has.
const FIRST: &str = "hem.localhost";
/// How long requests are made from the description, in seconds.
const DESCRIBED_S: &str = "120";
const DESCRIBED_LONG_S: &str = "600";

/// The client itself against published tokens, log lines and statements.
#[test]
fn client_agrees_with_published_values() {
    let published = root().join("gateway/core/src/op/instance/tests");
    let mut command = interpreter();
    command.args(["-m", "hem.samples"]);
    command.args([published.join("published.txt"), published.join("published.log")]);
    Ran::of(&mut command).succeeds();
}

/// From the first configuration to the end: every role, every type of key made, used, found,
/// changed and removed, an authenticator, the log.
#[test]
fn complete_life() {
    let service = Service::start();
    let gateway = gateway(&service, &[("TYPEX_HEM_CLOCK", "check-in")]);
    python(&["-m", "hem.life"], &gateway, &[service.address(), FIRST, "--check-in"]);
}

/// Every endpoint with every error of the tables in `tests/hem/errors`, and no endpoint of the
/// description without them.
#[test]
fn every_error_of_every_endpoint() {
    let service = Service::start();
    let options = [("TYPEX_HEM_CLOCK", "check-in"), ("TYPEX_HEM_DEFAULT", "")];
    let gateway = gateway(&service, &options);
    let others = ["new.localhost", "clock.localhost"];
    for name in others {
        gateway.typex(&["hem", "add", name]).succeeds();
    }
    let tables = tables();
    let hosts = [service.address(), FIRST, others[0], others[1], &tables];
    python(&["-m", "hem.errors"], &gateway, &hosts);
}

/// Without TLS only what clients need before they trust a certificate, if the operator wants it so.
#[test]
fn plain_http_serves_little_where_it_is_strict() {
    let service = Service::start();
    let gateway = gateway(&service, &[("TYPEX_HEM_STRICT_TLS", "true")]);
    python(&["-m", "hem.strict"], &gateway, &[FIRST, &tables()]);
}

#[test]
fn rules_that_clients_depend_on() {
    let service = Service::start();
    let gateway = gateway(&service, &[]);
    python(&["-m", "hem.cases"], &gateway, &[service.address(), FIRST]);
}

/// Requests that schemathesis makes from the description: no failure of the gateway, and no answer
/// that the description does not tell.
#[test]
fn answers_are_as_described() {
    let service = Service::start();
    let gateway = gateway(&service, &[]);
    let seconds = if full() { DESCRIBED_LONG_S } else { DESCRIBED_S };
    python(&["-m", "hem.describe"], &gateway, &[service.address(), FIRST, seconds]);
}

/// The folder of the tables of errors.
fn tables() -> String {
    root().join("tests/hem/errors").display().to_string()
}

/// A gateway that trusts the service.
fn gateway(service: &Service, options: &[(&str, &str)]) -> Gateway {
    let trusted = [("TYPEX_HEM_BACKENDS", service.key())];
    Gateway::start_with(&[&trusted, options].concat())
}
