//! Behaviour of the decisions, through what the rest of the gateway uses.

mod account;
mod domain;
mod records;
mod throttle;

use super::*;
use crate::UnixMs;
use crate::secret::Secret;

const NOW: UnixMs = UnixMs(1_800_000_000_000);

fn settings() -> Settings {
    let plain = Method { name: AuthName::Type, init: false, contacts: vec![] };
    let confirmed =
        Method { name: AuthName::Challenge, init: true, contacts: vec![Contact::Email] };
    let kind = |name: &str, methods, token: Option<&str>| ClientType {
        name: name.into(),
        methods,
        token: token.map(|text| Secret::new(text.to_owned())),
        max_api_keys: 2,
        max_objects: 5,
    };
    Settings {
        types: vec![
            kind("test", vec![plain.clone()], None),
            kind("vendor", vec![plain], Some("vendor-token")),
            kind("partner", vec![confirmed], None),
        ],
        environments: vec![Environment::Dev, Environment::Test],
        servers: vec![],
        operations: Settings::basic_operations(),
        domains: Some(DomainSettings { suffix: "keys.example".into(), controllers: vec![] }),
        effort_bits: 10,
        approval_token: None,
        clients_max: 10,
    }
}
