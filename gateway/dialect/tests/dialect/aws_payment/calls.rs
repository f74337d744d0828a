//! Calls as text.

use typex_core::op::Op;
use typex_core::op::payment::{Call, Dukpt, KeyRef, NamedKey, RefName, Request, Source};
use typex_core::principal::Credential;

use super::{control, tasks};

/// What a request means.
pub(super) fn describe(call: &typex_dialect::Call) -> String {
    let candidates = call.candidates.as_slice();
    assert!(candidates.len() == 1 && candidates[0].key.is_none());
    let Credential::Signature(signed) = &candidates[0].credential else { panic!("unsigned") };
    let mut lines = vec![call.op.action().name().to_owned()];
    let scope = signed.scope.join("/");
    lines.push(format!("signed {} {scope} {}", signed.access_key, signed.at.0));
    match &call.op {
        Op::Payment(request) => match &**request {
            Request::One(one) => lines.extend(one_call(one)),
            Request::Batch { calls, .. } => {
                lines.extend(calls.iter().flat_map(|call| match call {
                    Ok(call) => [vec!["record".to_owned()], one_call(call)].concat(),
                    Err(error) => vec![format!("record error {:?}", error.kind)],
                }))
            }
        },
        op => lines.push(control::describe(op)),
    }
    lines.join("\n")
}

fn one_call(call: &Call) -> Vec<String> {
    let mut lines: Vec<_> = call.keys.iter().map(key).collect();
    lines.push(tasks::describe(&call.task));
    lines
}

fn key(named: &NamedKey) -> String {
    let source = match &named.source {
        Source::Object(_) => panic!("this API names no keys of objects"),
        Source::Stored(key) => name(key),
        Source::Block { text, under } => {
            format!("{} under {}", tasks::chars(text), name(under))
        }
    };
    let dukpt = named.dukpt.as_ref().map(transaction).unwrap_or_default();
    format!("key {:?} {source}{dukpt}", named.part)
}

pub(super) fn name(key: &KeyRef) -> String {
    let account = key.account.map(|account| format!("{}:", account.0)).unwrap_or_default();
    match &key.name {
        RefName::Id(id) => format!("{account}{id}"),
        RefName::Alias(alias) => format!("{account}alias {alias}"),
    }
}

fn transaction(dukpt: &Dukpt) -> String {
    let Dukpt { ksn, key_type, direction } = dukpt;
    format!(" ksn {} {key_type:?} {direction:?}", const_hex::encode(ksn))
}
