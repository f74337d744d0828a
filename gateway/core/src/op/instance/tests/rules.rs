//! Every scope and role against every call that needs a token.

use super::super::{Call, Disk, Request, Role, Transport, gate};
use super::{NOW, owned, peer, session, settings, situation, token};
use crate::error::{ErrorKind, Malformed};
use crate::op::manage::ManageKind;
use crate::secret::Secret;

/// Scopes that open something, and some that open nothing.
const SCOPES: [&str; 19] = [
    "",
    "system:config",
    "system:upgrade",
    "system:shutdown",
    "system:wrong",
    "logger:get",
    "logger:del",
    "auth:ext:pair",
    "keymgmt:list",
    "keymgmt:search",
    "keymgmt:get",
    "keymgmt:gen",
    "keymgmt:imp",
    "keymgmt:upd",
    "keymgmt:del",
    "keymgmt:derive",
    "storage:disk0",
    "storage:disk1:rw",
    "master",
];

/// Told last of all, so whoever gets it came past every other check.
const REACHED: ErrorKind = ErrorKind::Malformed(Malformed::Structure);

struct Row {
    name: &'static str,
    call: fn() -> Call,
    scopes: &'static [&'static str],
    roles: &'static str,
}

fn manage(kind: ManageKind) -> Call {
    Call::Manage(kind, Err(REACHED))
}

fn row(
    name: &'static str,
    call: fn() -> Call,
    scopes: &'static [&'static str],
    roles: &'static str,
) -> Row {
    Row { name, call, scopes, roles }
}

// spec: encedo-hem 2.5, 3.6, 4, 5.5, 7.1
fn rows() -> Vec<Row> {
    let pair = &["auth:ext:pair", "system:config"];
    vec![
        row(
            "get config",
            || Call::GetConfig,
            &["system:config", "logger:get", "auth:ext:pair"],
            "UME",
        ),
        row("set config", || Call::SetConfig(Err(REACHED)), &["system:config"], "UM"),
        row("attestation", || Call::Attestation, &SCOPES, "UME"),
        row("self-test", || Call::SelfTest, &SCOPES, "UME"),
        row(
            "reboot",
            || Call::Reboot,
            &["system:config", "system:upgrade", "system:shutdown"],
            "UME",
        ),
        row("shutdown", || Call::Shutdown, &["system:config", "system:shutdown"], "UME"),
        row("storage", || Call::Storage(Disk::Lock), &["storage:disk0", "storage:disk1:rw"], "UE"),
        row("begin pairing", || Call::BeginPairing(Err(REACHED)), pair, "U"),
        row("pair", || Call::Pair(Err(REACHED)), pair, "U"),
        row("prove", || Call::ProveToPeer(Err(REACHED)), pair, "U"),
    ]
}

// spec: encedo-hem 5.5, 7.1
fn rows_of_keys_and_logs() -> Vec<Row> {
    let derive = &["keymgmt:derive", "keymgmt:gen"];
    let log = &["logger:get"];
    vec![
        row("create", || manage(ManageKind::Create), &["keymgmt:gen"], "UE"),
        row("import", || manage(ManageKind::Import), &["keymgmt:imp"], "UE"),
        row("derive", || manage(ManageKind::Derive), derive, "UE"),
        row("list", || manage(ManageKind::List), &["keymgmt:list"], "UE"),
        row("get", || manage(ManageKind::Get), &["keymgmt:get", "keymgmt:gen"], "UE"),
        row("update", || manage(ManageKind::Update), &["keymgmt:upd"], "UE"),
        row("delete", || manage(ManageKind::Delete), &["keymgmt:del"], "UE"),
        row("log key", || Call::LogKey, log, "UME"),
        row("list logs", || Call::ListLogs(Err(REACHED)), log, "UME"),
        row("get log", || Call::GetLog(Err(REACHED)), log, "UME"),
    ]
}

#[test]
fn tokens_open_what_they_are_for_and_nothing_else() {
    let (settings, record, session) = (settings(), owned(), session());
    let roles = [("U", Role::User), ("M", Role::Master), ("E", Role::Peer(peer().key))];
    for row in rows().into_iter().chain(rows_of_keys_and_logs()) {
        for (scope, (letter, role)) in
            SCOPES.iter().flat_map(|scope| roles.map(|role| (scope, role)))
        {
            let request = Request {
                host: None,
                origin: None,
                bearer: Some(Secret::new(token(&session, role, scope))),
                call: (row.call)(),
            };
            let tls = Transport { secure: true, loopback: false };
            let admitted = gate(&request, tls, situation(&settings, &record, &session), NOW);
            let expected = row.scopes.contains(scope) && row.roles.contains(letter);
            let reached = match admitted {
                Ok(claims) => claims.is_some_and(|claims| claims.role == role),
                Err(refusal) if refusal.kind == REACHED => true,
                Err(refusal) => {
                    assert_eq!(refusal.kind, ErrorKind::Forbidden);
                    assert!(refusal.log.is_some());
                    false
                }
            };
            assert_eq!(reached, expected, "{} {scope} {letter}", row.name);
        }
    }
}
