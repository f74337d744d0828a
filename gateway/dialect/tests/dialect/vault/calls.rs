//! Calls as text.

use std::fmt::Write as _;

use typex_core::op::Op;
use typex_core::op::transform::{
    Item, Items, New, NewTransformation, NewWay, Object, Request, Task,
};
use typex_core::principal::Credential;
use typex_dialect::Call;

/// What a request means.
pub(super) fn describe(call: &Call) -> String {
    let Op::Transform(request) = &call.op else { panic!("an operation of another dialect") };
    let Request { mount, tenant, task } = &**request;
    let mut text = format!("{}\n{}", call.op.action().name(), who(call));
    if let Some(mount) = mount {
        write!(text, "\nmount {:?} {}", mount.kind, mount.path).unwrap();
    }
    if let Some(tenant) = tenant {
        write!(text, "\ntenant {tenant}").unwrap();
    }
    for line in of_task(task) {
        write!(text, "\n{line}").unwrap();
    }
    text
}

fn who(call: &Call) -> String {
    let candidates = call.candidates.as_slice();
    assert!(candidates.len() == 1 && candidates[0].key.is_none());
    match &candidates[0].credential {
        Credential::None => "anyone".to_owned(),
        Credential::ApiKey(text) => format!("token {}", text.expose()),
        _ => panic!("a credential of another dialect"),
    }
}

fn of_task(task: &Task) -> Vec<String> {
    match task {
        Task::Get(Object { kind, name }) | Task::Delete(Object { kind, name }) => {
            vec![format!("{kind:?} {name}")]
        }
        Task::List(kind) => vec![format!("{kind:?}")],
        Task::Put(new) => vec![of_new(new)],
        Task::Rotate(name) => vec![name.to_string()],
        Task::Use(used) => {
            let mut lines = vec![format!("role {}", used.role)];
            match &used.items {
                Items::One(item) => lines.push(of_item(item)),
                Items::Batch(items) => lines.extend(items.iter().map(|item| match item {
                    Ok(item) => of_item(item),
                    Err(error) => format!("bad {error}"),
                })),
            }
            lines
        }
        Task::Caller | Task::Mounts | Task::Health => vec![],
    }
}

fn of_item(item: &Item) -> String {
    let value = std::str::from_utf8(item.value.expose()).unwrap();
    let mut text = format!("value {value}");
    let mut add = |name: &str, what: Option<String>| {
        what.iter().for_each(|what| write!(text, " {name} {what}").unwrap());
    };
    add("by", item.transformation.as_ref().map(ToString::to_string));
    add("for", item.ttl_ms.map(|span| format!("{span} ms")));
    let pairs = item.metadata.pairs();
    add("beside", (!pairs.is_empty()).then(|| format!("{pairs:?}")));
    add("because", item.purpose.map(|purpose| purpose.to_string()));
    text
}

fn of_new(new: &New) -> String {
    match new {
        New::Role(role) => {
            let names: Vec<_> = role.transformations.iter().map(|name| name.as_str()).collect();
            format!("role {} of {:?}", role.name, names)
        }
        New::Template(rule) => {
            format!("template {} {} over {}", rule.name, rule.pattern, rule.alphabet)
        }
        New::Alphabet(alphabet) => format!("alphabet {} {}", alphabet.name, alphabet.characters),
        New::Transformation(NewTransformation { name, way, roles, is_deletable }) => {
            let way = match way {
                NewWay::Encrypt(template) => format!("encrypts {template}"),
                NewWay::Mask { template, with } => {
                    format!("masks {template} with {}", char::from(*with))
                }
                NewWay::Keep { ttl_ms_max, is_convergent } => {
                    format!("keeps at most {ttl_ms_max:?} ms, convergent {is_convergent}")
                }
            };
            let roles: Vec<_> = roles.iter().map(ToString::to_string).collect();
            format!("{name} {way} for {} deletable {is_deletable}", roles.join(" "))
        }
    }
}
