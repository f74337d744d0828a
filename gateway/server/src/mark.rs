//! What a store permits depends on what it was made for.

use std::path::Path;

use typex_store::{Mark, Store};

use crate::config::{BlockLengths, Config};
use crate::opening::{self, OpenError};

/// Whether the configuration is one that the store's mark permits.
///
/// # Errors
/// [`OpenError::Mark`] names what is refused and the fix.
pub(crate) fn check(data: &Path, store: &Store, config: &Config) -> Result<(), OpenError> {
    let rules = if store.mark() == Mark::Production {
        production_rules(data, config)
    } else {
        development_rules(config)
    };
    match rules.into_iter().find(|(broken, ..)| *broken) {
        None => Ok(()),
        Some((_, what, fix)) => Err(OpenError::Mark { what, fix }),
    }
}

/// Whether a rule is broken, what is refused, what to do.
type Rule = (bool, &'static str, &'static str);

fn development_rules(config: &Config) -> Vec<Rule> {
    let listen = &config.listen;
    let inward = listen.address.is_loopback() && listen.operator_address.is_loopback();
    vec![(
        !inward,
        "a store made for development on an address that is not loopback",
        "make one with `typex init --production`, or listen on 127.0.0.1",
    )]
}

fn production_rules(data: &Path, config: &Config) -> Vec<Rule> {
    let set = |path: &Path| !path.as_os_str().is_empty();
    let inside = |path: &Path| set(path) && opening::lies_inside(path, data);
    let Config { listen, store, audit, keys, engine, .. } = config;
    vec![
        (
            !set(&listen.certificate) || inside(&listen.certificate),
            "development certificates",
            "set listen.certificate and listen.private_key to files outside the data directory",
        ),
        (
            inside(&store.key_file) || inside(&store.passphrase_file),
            "an unlock key inside the data directory",
            "keep store.key_file or store.passphrase_file elsewhere",
        ),
        (
            !set(&audit.signing_key_file) || inside(&audit.signing_key_file),
            "an audit signing key inside the data directory",
            "set audit.signing_key_file to a file elsewhere",
        ),
        (
            keys.block_lengths != BlockLengths::OneBlock,
            "more than one data length for AES keys",
            "set keys.block_lengths = \"one-block\"",
        ),
        (
            !engine.backend.entry().computes,
            "a backend that computes nothing",
            "set engine.backend = \"soft\"",
        ),
        (engine.backend.needs_card(), "a simulated card", "set engine.backend = \"soft\""),
    ]
}
