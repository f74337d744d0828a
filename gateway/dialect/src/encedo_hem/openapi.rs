//! The description of the API in OpenAPI 3.1, made from the table of endpoints, and a page to try
//! it.
// spec: encedo-hem 10

use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use typex_core::limits::DESCRIPTION_BYTES_MAX;

use super::route::{self, Access, Gives, Kind, Member, Route, Verb};

const PAGE: &str = include_str!("page.html");

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let text = serde_json::to_vec(&description()).expect("texts and numbers are always JSON");
    text.into()
});

/// The description, JSON.
pub(super) fn document() -> Bytes {
    DOCUMENT.clone()
}

/// The page, HTML.
pub(super) fn page() -> Bytes {
    Bytes::from_static(PAGE.as_bytes())
}

fn description() -> Value {
    let mut paths = Map::new();
    for route in route::all() {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.verb.method().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Encedo HEM",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What Typex serves to clients of the Encedo HEM API.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let (scopes, security) = match route.access {
        Access::Open => ("none needed", json!([])),
        Access::Token(scopes) => (scopes, json!([{"token": []}])),
        Access::Either(scopes) => (scopes, json!([{"token": []}, {}])),
    };
    let mut operation = json!({
        "tags": [route.path.split('/').nth(2).unwrap_or_default()],
        "summary": route.about,
        "description": format!("Scope: {scopes}."),
        "security": security,
        "parameters": parameters(route),
        "responses": responses(route),
    });
    match route.verb {
        Verb::Post => operation["requestBody"] = content("application/json", object(route.takes)),
        Verb::Upload => {
            let bytes = json!({"type": "string", "format": "binary"});
            operation["requestBody"] = content("application/octet-stream", bytes);
        }
        Verb::Get | Verb::Delete => {}
    }
    if !operation["requestBody"].is_null() {
        operation["requestBody"]["required"] = true.into();
    }
    operation
}

fn content(media: &str, schema: Value) -> Value {
    json!({"content": {media: {"schema": schema}}})
}

fn parameters(route: &Route) -> Vec<Value> {
    let names = route.path.split('/').filter_map(|part| part.strip_prefix('{'));
    names.map(|name| name.trim_end_matches('}')).map(parameter).collect()
}

fn parameter(name: &str) -> Value {
    let schema = match name {
        "kid" => schema(Kind::Key),
        "id" => json!({"type": "string", "pattern": "^[0-9a-f]{8}$"}),
        _ => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
    };
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}

fn responses(route: &Route) -> Value {
    let mut responses: Map<_, _> = statuses(route)
        .into_iter()
        .map(|(status, about)| (status.to_string(), json!({"description": about})))
        .collect();
    if !matches!(route.gives, Gives::Never) {
        responses.insert("200".to_owned(), success(route));
    }
    if !route.malformed.is_empty()
        && let Gives::Json(members) = route.gives
    {
        responses["400"]["content"] =
            content("application/json", object(members))["content"].take();
    }
    responses.into()
}

fn success(route: &Route) -> Value {
    let mut success = match route.gives {
        Gives::Nothing | Gives::Never => json!({}),
        Gives::Json(members) => content("application/json", object(members)),
        Gives::Text => content("text/plain", json!({"type": "string"})),
        Gives::Description => content("application/json", json!({"type": "object"})),
        Gives::Page => content("text/html", json!({"type": "string"})),
    };
    success["description"] = "Done".into();
    success
}

/// The statuses of failures.
// spec: encedo-hem 1.4
fn statuses(route: &Route) -> Vec<(u16, &'static str)> {
    const ALWAYS: [(u16, &str); 6] = [
        (401, "Token missing or not valid"),
        (404, "No such endpoint, instance or file"),
        (409, "Not in the state in which this can be done"),
        (412, "Origin refused"),
        (500, "Failed"),
        (503, "Busy; the same request may succeed later"),
    ];
    const POST: [(u16, &str); 3] =
        [(400, "Malformed"), (411, "Length missing or 0"), (413, "Longer than is taken")];
    const REST: [(u16, &str); 3] =
        [(403, "Not permitted"), (406, "Not possible"), (418, "Only over TLS")];
    let is_post = matches!(route.verb, Verb::Post | Verb::Upload);
    let post = POST
        .into_iter()
        .filter(|(status, _)| is_post || (*status == 400 && route.path.contains("{kid}")));
    let is_always_there = ["version", "status", "checkin"]
        .iter()
        .any(|end| route.path.strip_prefix("/api/system/") == Some(end));
    let rest = REST.into_iter().filter(|_| !is_always_there);
    ALWAYS.into_iter().chain(post).chain(rest).collect()
}

fn object(members: &[Member]) -> Value {
    let properties: Map<_, _> =
        members.iter().map(|member| (member.name.to_owned(), schema(member.kind))).collect();
    let required: Vec<_> =
        members.iter().filter(|member| !member.optional).map(|member| member.name).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Text(least, most) => text(least, most),
        Kind::Label => json!({"type": "string", "pattern": "^[ -~]{1,32}$"}),
        Kind::Bytes(least, most) => bytes(least, most),
        Kind::Needle => {
            let pattern = format!("^\\^?{}\\$?$", groups("*"));
            json!({"type": "string", "pattern": pattern, "maxLength": NEEDLE_CHARS_MAX})
        }
        Kind::Key => json!({"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}),
        Kind::Number(most) => json!({"type": "integer", "minimum": 0, "maximum": most}),
        Kind::Signed => json!({"type": "integer"}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Choice(names) => json!({"type": "string", "enum": names()}),
        Kind::Object(members) => object(members),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Objects(members) => json!({"type": "array", "items": object(members)}),
    }
}

fn text(least: usize, most: usize) -> Value {
    let mut schema = json!({"type": "string", "minLength": least});
    if most < usize::MAX {
        schema["maxLength"] = most.into();
    }
    schema
}

/// Base64 with padding; a fixed number of bytes has a pattern of its own.
fn bytes(least: usize, most: usize) -> Value {
    let mut schema = json!({"type": "string", "contentEncoding": "base64"});
    if least == most {
        let whole = groups(&format!("{{{}}}", least / 3));
        let pattern = match least % 3 {
            0 => whole.replace(ENDS, ""),
            1 => whole.replace(ENDS, END_OF_ONE),
            _ => whole.replace(ENDS, END_OF_TWO),
        };
        schema["pattern"] = format!("^{pattern}$").into();
        return schema;
    }
    schema["pattern"] = format!("^{}$", groups("*")).into();
    schema["minLength"] = base64_chars(least).into();
    if most < usize::MAX {
        schema["maxLength"] = base64_chars(most).into();
    }
    schema
}

/// A description in base64 between two anchors.
const NEEDLE_CHARS_MAX: usize = 1 + DESCRIPTION_BYTES_MAX.div_ceil(3) * 4 + 1;
const END_OF_ONE: &str = "[A-Za-z0-9+/][AQgw]==";
const END_OF_TWO: &str = "[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=";
const ENDS: &str = "(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?";

/// Groups of three bytes, and an end.
fn groups(how_many: &str) -> String {
    format!("(?:[A-Za-z0-9+/]{{4}}){how_many}{ENDS}")
}

fn base64_chars(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}
