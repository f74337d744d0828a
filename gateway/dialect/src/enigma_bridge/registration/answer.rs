//! From an answer to its JSON.
// spec: enigma-bridge 6

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use typex_core::Error;
use typex_core::op::registration::{
    Answer, ApiKeyStatus, ApiKeyView, Approval, Endpoint, Environment, Method, Operation, Server,
};

use super::Reply;
use crate::enigma_bridge::status::{self, Status};
use crate::json;

/// The members of every answer. `status` is a number here.
#[derive(Serialize)]
pub(super) struct Envelope<'a, T> {
    version: u8,
    function: &'a str,
    error: &'a str,
    status: u16,
    statusdetail: &'a str,
    nonce: &'a str,
    timestamp: u64,
    response: T,
}

/// The `response` of an answer. Secrets are borrowed: they are written once, into the body.
#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Created {
        username: &'a str,
        password: &'a str,
        max_api_keys: u32,
        #[serde(rename = "authenticationType")]
        authentication_type: &'static str,
        status: &'static str,
        maxobjects: u32,
    },
    ApiKey {
        apikey: &'a str,
        servers: Vec<Value>,
        operations: Vec<Value>,
        status: &'static str,
    },
    Approved {
        apikey: &'a str,
        objecttype: u32,
        objectpolicy: Value,
    },
    Other(Value),
}

impl From<Value> for Content<'_> {
    fn from(value: Value) -> Self {
        Self::Other(value)
    }
}

impl Envelope<'_, ()> {
    /// The answer to a request that was carried out. Its `response` is never null: a client takes
    /// that for a failure.
    pub(super) fn success(reply: &Reply, answer: &Answer) -> Result<Bytes, serde_json::Error> {
        let status = Status::SUCCESS;
        json::body(&envelope(reply, status, status.text(), content(answer)?))
    }

    /// The answer to any other.
    pub(super) fn failure(reply: &Reply, error: &Error) -> Vec<u8> {
        let text = status::detail(error);
        serde_json::to_vec(&envelope(reply, Status::of(error.kind), &text, Value::Null))
            .expect("texts and numbers are always JSON")
    }
}

fn envelope<'a, T>(
    reply: &'a Reply,
    status: Status,
    text: &'a str,
    response: T,
) -> Envelope<'a, T> {
    Envelope {
        version: 1,
        function: reply.function.unwrap_or("Unknown"),
        error: text,
        status: status.code(),
        statusdetail: text,
        nonce: &reply.nonce,
        timestamp: reply.received.0,
        response,
    }
}

fn content(answer: &Answer) -> Result<Content<'_>, serde_json::Error> {
    Ok(match answer {
        Answer::Created { credentials, max_api_keys, max_objects } => Content::Created {
            username: &credentials.username,
            password: credentials.password.expose(),
            max_api_keys: *max_api_keys,
            authentication_type: "PASSWORD",
            status: "ENABLED",
            maxobjects: *max_objects,
        },
        Answer::ApiKey(view) => api_key(view),
        Answer::Approved { api_key, approval } => Content::Approved {
            apikey: api_key.expose(),
            objecttype: approval.foreign_type,
            objectpolicy: policy(approval)?,
        },
        Answer::AuthMethods { client_type, methods } => {
            let methods: Vec<_> = methods.iter().map(method).collect();
            json!({"type": client_type, "authentication": methods}).into()
        }
        Answer::Begun { registration } => json!({"authdata": {}, "clientid": registration}).into(),
        Answer::ClientAddress { ipv4, ipv6 } => json!({"ipv4": ipv4, "ipv6": ipv6}).into(),
        Answer::Operations { environment, operations, approvals } => {
            json!({"operations": templates(*environment, operations, approvals)?}).into()
        }
        Answer::DomainEnrolled { domain, controllers, status } => {
            let controllers: Vec<_> =
                controllers.iter().map(|name| json!({"name": name})).collect();
            json!({"domain": domain, "controllers": controllers, "status": status.name()}).into()
        }
        Answer::Challenge { challenge, authentication } => {
            json!({"challenge": challenge, "authentication": authentication.name()}).into()
        }
        Answer::DomainUpdated { domains, addresses, private, status } => json!({
            "domains": domains,
            "addresses": addresses,
            "privateIP": private,
            "status": status.name(),
        })
        .into(),
        Answer::Accepted => json!({}).into(),
        Answer::DomainStatus(status) => json!({"status": status.name()}).into(),
        Answer::LogReceived { reference, effort_bits: None } => {
            json!({"reference": reference}).into()
        }
        Answer::LogReceived { reference, effort_bits: Some(bits) } => {
            json!({"reference": reference, "collision": bits}).into()
        }
    })
}

fn method(method: &Method) -> Value {
    let contacts: Vec<_> = method.contacts.iter().map(|contact| contact.name()).collect();
    json!({"method": method.name.name(), "init": method.init, "initdata": contacts})
}

fn api_key(view: &ApiKeyView) -> Content<'_> {
    let operation = |one: &Operation| {
        let (number, name) = (one.foreign_type, &one.name);
        json!({"status": "enabled", "operation": number, "operationname": name})
    };
    let status = match view.status {
        ApiKeyStatus::Enabled => "enabled",
        ApiKeyStatus::Revoked => "removed",
    };
    Content::ApiKey {
        apikey: view.api_key.expose(),
        servers: view.servers.iter().map(server).collect(),
        operations: view.operations.iter().map(operation).collect(),
        status,
    }
}

/// Installers read the camel-case members, the documentation's table spells two of them in lower
/// case: both are there.
fn server(server: &Server) -> Value {
    let enrol = endpoints(&server.enrol);
    let process = endpoints(&server.process);
    json!({
        "name": server.name,
        "domain": server.domain,
        "environment": server.environment.name(),
        "fqdn": server.fqdn,
        "enrolEndpoints": enrol,
        "useEndpoints": process,
        "registerEndpoints": endpoints(&server.register),
        "enrolendpoints": enrol,
        "useendpoints": process,
    })
}

fn endpoints(endpoints: &[Endpoint]) -> Value {
    let endpoint = |one: &Endpoint| json!({"protocol": one.protocol.name(), "port": one.port});
    endpoints.iter().map(endpoint).collect()
}

/// Template requests by operation name; an approved policy stands for the type's own.
fn templates(
    environment: Environment,
    operations: &[Operation],
    approvals: &[Approval],
) -> Result<Value, serde_json::Error> {
    let mut all = serde_json::Map::new();
    for one in operations {
        all.insert(one.name.clone(), template(environment, one.foreign_type));
    }
    for approval in approvals {
        let number = approval.foreign_type;
        let known = operations.iter().find(|one| one.foreign_type == number);
        let name = known.map_or_else(|| format!("type_{number:x}"), |one| one.name.clone());
        all.insert(name, policy(approval)?);
    }
    Ok(all.into())
}

fn policy(approval: &Approval) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&approval.policy)
}

/// What a client sends for a key of this type, with the values that clients send themselves.
// spec: enigma-bridge 5.2
fn template(environment: Environment, foreign_type: u32) -> Value {
    json!({
        "format": 1,
        "protocol": 1,
        "type": format!("{foreign_type:x}"),
        "environment": environment.name(),
        "maxtps": "one",
        "core": "empty",
        "persistence": "one_minute",
        "priority": "default",
        "separation": "time",
        "bcr": "yes",
        "unlimited": "yes",
        "clientiv": "yes",
        "clientdiv": "no",
        "resource": "global",
        "credit": 32677,
        "generation": {"commkey": 1, "billingkey": 0, "appkey": 0},
    })
}
