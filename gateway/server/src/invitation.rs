//! What clients that register are told: servers, ports, types of client, limits.

use typex_core::Secret;
use typex_core::op::registration::{
    AuthName, ClientType, DomainSettings, Endpoint, Environment, Method, Protocol, Server, Settings,
};

use crate::config::Config;
use crate::opening::{self, OpenError};
use crate::ready::Reachable;

/// Types of client that may register. The original service's clients say `test` in their own
/// tests; the installers say `client`.
const TYPES: [&str; 2] = ["test", "client"];
/// Most client accounts: each one takes some 2 KiB of the store.
const CLIENTS_MAX: u64 = 100_000;
/// Leading zero bits that pay for a log sent without an API key: about a second of work.
const EFFORT_BITS: u32 = 20;

/// The settings that follow from configuration and listeners.
///
/// # Errors
/// [`OpenError`] if the approval token cannot be read.
pub(crate) fn settings(config: &Config, listeners: &[Reachable]) -> Result<Settings, OpenError> {
    let environments = vec![Environment::Dev, Environment::Test, Environment::Prod];
    let servers =
        environments.iter().map(|environment| server(config, listeners, *environment)).collect();
    Ok(Settings {
        types: TYPES.iter().map(|name| client_type(name, config)).collect(),
        environments,
        servers,
        operations: Settings::basic_operations(),
        domains: Some(DomainSettings {
            suffix: config.registration.domain_suffix.clone(),
            controllers: vec![config.registration.host.clone()],
        }),
        effort_bits: EFFORT_BITS,
        approval_token: approval_token(config)?,
        clients_max: CLIENTS_MAX,
    })
}

fn approval_token(config: &Config) -> Result<Option<Secret<String>>, OpenError> {
    let file = &config.registration.approval_token_file;
    (!file.as_os_str().is_empty()).then(|| opening::read_secret(file)).transpose()
}

/// Where registration is not open, it waits for a confirmation that only an operator can give.
fn client_type(name: &str, config: &Config) -> ClientType {
    let rules = &config.registration;
    ClientType {
        name: name.to_owned(),
        methods: vec![Method { name: AuthName::Type, init: !rules.open, contacts: Vec::new() }],
        token: None,
        max_api_keys: rules.api_keys_max,
        max_objects: rules.objects_max,
    }
}

fn server(config: &Config, listeners: &[Reachable], environment: Environment) -> Server {
    let endpoints = |names: &[&str]| {
        let named = listeners.iter().filter(|one| names.contains(&one.listener));
        named.filter_map(endpoint).collect()
    };
    Server {
        name: config.registration.host.clone(),
        domain: config.registration.domain_suffix.clone(),
        environment,
        fqdn: config.registration.host.clone(),
        process: endpoints(&["process", "process-tcp"]),
        enrol: endpoints(&["enrol", "enrol-tcp"]),
        register: endpoints(&["register"]),
    }
}

fn endpoint(listener: &Reachable) -> Option<Endpoint> {
    let protocol = match listener.transport {
        "https" => Protocol::Https,
        "http" => Protocol::Http,
        "tcp" => Protocol::Tcp,
        _ => return None,
    };
    Some(Endpoint { protocol, port: listener.address.port() })
}
