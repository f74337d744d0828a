//! Each file holds a request and the answer to it, made from the values below. With
//! `TYPEX_WRITE_GOLDENS=1` the answers are written instead of compared; read them before they are
//! committed.

use std::path::PathBuf;

use bytes::Bytes;
use http::{Request, Response};
use typex_core::op::registration::{
    Addresses, Answer, ApiKeyStatus, ApiKeyView, Approval, AuthName, Contact, Credentials,
    DomainProof, DomainStatus, Endpoint, Environment, Function, Method, Protocol, Server, Settings,
};
use typex_core::op::{Action, Output};
use typex_core::principal::ApiKeyText;
use typex_core::{Secret, UnixMs};

use super::json;
use crate::enigma_bridge::registration::{Reply, fuzz, parse, render};

fn folder() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_folder.join("../../tests/dialect/enigma_bridge/registration")
}

/// Every golden: its path, request line, body and answer.
fn goldens() -> Vec<(PathBuf, String, String, String)> {
    let entries = std::fs::read_dir(folder()).expect("the goldens are there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "http"));
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a text");
        let (request, answer) = text.split_once("\n\n").expect("a blank line between");
        let (line, body) = request.split_once('\n').expect("a request line and a body");
        (path, line.to_owned(), body.to_owned(), answer.to_owned())
    };
    paths.into_iter().map(read).collect()
}

fn exchange(line: &str, body: &str) -> (Option<Function>, Response<Bytes>) {
    let uri = line.strip_prefix("POST ").expect("clients post");
    let request = Request::post(uri).header("X-Auth-Token", "public").body(());
    let (parts, ()) = request.expect("a plain request").into_parts();
    let call = match parse(&parts, &Bytes::copy_from_slice(body.as_bytes())) {
        Ok(call) => call,
        Err(answer) => return (None, answer),
    };
    let Action::Registration(function) = call.op.action() else { panic!("another operation") };
    let wire = super::super::function::FUNCTIONS.iter().find(|row| row.2 == function);
    let reply = Reply {
        function: wire.map(|row| row.0),
        nonce: serde_json::from_str::<serde_json::Value>(body).expect("parsed before")["nonce"]
            .as_str()
            .expect("parsed before")
            .to_owned(),
        received: UnixMs(1_475_077_216_548),
    };
    let output = Output::Registration(Box::new(answer(function)));
    (Some(function), render(&reply, Ok(output)))
}

fn api_key() -> Secret<ApiKeyText> {
    let text = "0123456789abcdef0123456789abcdef";
    Secret::new(ApiKeyText::from(text).expect("32 characters fit"))
}

fn server() -> Server {
    let endpoint = |protocol, port| Endpoint { protocol, port };
    Server {
        name: "typex".into(),
        domain: "default".into(),
        environment: Environment::Dev,
        fqdn: "gateway.example".into(),
        process: vec![endpoint(Protocol::Tcp, 11110), endpoint(Protocol::Https, 11180)],
        enrol: vec![endpoint(Protocol::Tcp, 11112), endpoint(Protocol::Https, 11182)],
        register: vec![endpoint(Protocol::Https, 8445)],
    }
}

fn answer(function: Function) -> Answer {
    let addresses = Addresses { ipv4: Some([10, 0, 0, 7].into()), ipv6: Some(7.into()) };
    let approval = Approval { foreign_type: 4, policy: r#"{"type":"4"}"#.into(), given: UnixMs(1) };
    match function {
        Function::AuthMethods => Answer::AuthMethods {
            client_type: "test".into(),
            methods: vec![
                Method { name: AuthName::Type, init: false, contacts: vec![] },
                Method {
                    name: AuthName::Challenge,
                    init: true,
                    contacts: vec![Contact::Email, Contact::Mobile, Contact::Rsa],
                },
            ],
        },
        Function::BeginRegistration => Answer::Begun { registration: "k".repeat(40) },
        Function::CreateClient => Answer::Created {
            credentials: Credentials::new([0x11; 16], &Secret::new([0x5a; 32])).1,
            max_api_keys: 5,
            max_objects: 7,
        },
        Function::AddApiKey | Function::ShowApiKey => Answer::ApiKey(ApiKeyView {
            api_key: api_key(),
            servers: vec![server()],
            operations: Settings::basic_operations(),
            status: ApiKeyStatus::Enabled,
        }),
        Function::ClientAddress => Answer::ClientAddress { ipv4: addresses.ipv4, ipv6: None },
        Function::ListOperations => Answer::Operations {
            environment: Environment::Dev,
            operations: Settings::basic_operations(),
            approvals: vec![approval],
        },
        Function::EnrolDomain => Answer::DomainEnrolled {
            domain: "host.keys.example".into(),
            controllers: vec!["ns.keys.example".into()],
            status: DomainStatus::Created,
        },
        Function::DomainChallenge => Answer::Challenge {
            challenge: "00112233445566778899aabbccddeeff".into(),
            authentication: DomainProof::Signature,
        },
        Function::UpdateDomain => Answer::DomainUpdated {
            domains: vec!["host.keys.example".into()],
            addresses: addresses.iter().collect(),
            private: false,
            status: DomainStatus::Enabled,
        },
        Function::InstallStatus => Answer::Accepted,
        Function::UnlockDomain => Answer::DomainStatus(DomainStatus::Unlocked),
        Function::SendLog => {
            Answer::LogReceived { reference: "ab".repeat(16), effort_bits: Some(20) }
        }
        Function::ApproveType => Answer::Approved { api_key: api_key(), approval },
    }
}

#[test]
fn answers_are_as_recorded() {
    let write = std::env::var_os("TYPEX_WRITE_GOLDENS").is_some();
    let mut functions = vec![];
    for (path, line, body, expected) in goldens() {
        let (function, answer) = exchange(&line, &body);
        functions.extend(function);
        let found = json(&answer);
        if write {
            let pretty = serde_json::to_string_pretty(&found).expect("it was JSON");
            let text = format!("{line}\n{body}\n\n{pretty}\n");
            std::fs::write(&path, text).expect("a writable checkout");
            continue;
        }
        let expected: serde_json::Value =
            serde_json::from_str(&expected).expect("a recorded answer is JSON");
        assert_eq!(found, expected, "{}", path.display());
    }
    for function in Function::ALL {
        assert!(functions.contains(&function), "{function:?} has no golden");
    }
}

#[test]
fn no_mutation_of_a_request_breaks_the_envelope() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    for (_, _, body, _) in goldens() {
        fuzz(body.as_bytes());
        for _ in 0..50 {
            let mut bytes = body.clone().into_bytes();
            let at = next(bytes.len());
            match next(3) {
                0 => bytes[at] = u8::try_from(next(256)).expect("a byte"),
                1 => bytes.truncate(at),
                _ => bytes.insert(at, b"{}[]\",:0\\nul"[next(12)]),
            }
            fuzz(&bytes);
        }
    }
}
