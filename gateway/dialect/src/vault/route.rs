//! From method and path to what is asked for.
// spec: vault 2

use arrayvec::ArrayVec;
use http::Method;
use percent_encoding::percent_decode_str;
use typex_core::op::transform::{Kind, Work};

use super::limits::PARTS_MAX;
use super::refusal::{Parsed, Refusal};

const PREFIX: &str = "/v1/";

/// A path that is served.
pub(super) struct Found {
    /// The name under which the engine was asked; none for what is the gateway's own.
    pub(super) mount: Option<String>,
    pub(super) route: Route,
}

/// What a path is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Whether the gateway serves.
    Health(Health),
    /// Who asks.
    Caller,
    /// Which engines there are.
    Mounts(Mounts),
    /// All of a kind.
    All(Kind),
    /// One of a kind.
    One(Kind, String),
    /// A transformation of a type that the path says.
    Typed(&'static str, String),
    /// Another key for a transformation.
    Rotate(String),
    /// Values, by a role.
    Use(Work, String),
    /// Known, and not served.
    Refused(&'static str),
}

/// In which form it is told whether the gateway serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    State,
    SealStatus,
    Leader,
    Initialized,
}

/// In which form engines are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mounts {
    /// As operators see them.
    All,
    /// As user interfaces see them.
    Visible,
}

/// How a path is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Read,
    List,
    Write,
    Delete,
}

/// Tokens by value: whoever may ask would have an oracle for values.
// spec: vault 5.5
const BY_VALUE: &str = "values are not searched for: search by token only (decode, metadata, \
    validate); encode gives the token of a value again where the transformation is convergent";
const FORMATS: &str = "decode formats are not served: leave the format out of the path";
const BULK: &str = "values never leave in bulk, and state moves with `typex backup` alone";
const STORES: &str = "tokens are kept in the gateway's own store: there are no others";
const KEYS: &str = "keys of tokens are rotated here, and shown and retired by `typex tokens`";

/// Finds what a path is about.
pub(super) fn find(path: &str) -> Parsed<Found> {
    let rest = path.strip_prefix(PREFIX).ok_or_else(Refusal::no_route)?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let mut parts = ArrayVec::<String, PARTS_MAX>::new();
    for part in rest.split('/') {
        let decoded = percent_decode_str(part).decode_utf8().map_err(|_| Refusal::no_route())?;
        parts.try_push(decoded.into_owned()).map_err(|_| Refusal::no_route())?;
    }
    let parts: ArrayVec<&str, PARTS_MAX> = parts.iter().map(String::as_str).collect();
    if let Some(route) = of_gateway(&parts) {
        return Ok(Found { mount: None, route });
    }
    // A mount may have several parts; the shortest one that leaves a path of an engine is it.
    for at in 1..parts.len() {
        if let Some(route) = of_engine(&parts[at..]) {
            return Ok(Found { mount: Some(parts[..at].join("/")), route });
        }
    }
    Err(Refusal::no_route())
}

fn of_gateway(parts: &[&str]) -> Option<Route> {
    Some(match parts {
        ["sys", "health"] => Route::Health(Health::State),
        ["sys", "seal-status"] => Route::Health(Health::SealStatus),
        ["sys", "leader"] => Route::Health(Health::Leader),
        ["sys", "init"] => Route::Health(Health::Initialized),
        ["sys", "mounts"] => Route::Mounts(Mounts::All),
        ["sys", "internal", "ui", "mounts"] => Route::Mounts(Mounts::Visible),
        ["auth", "token", "lookup-self"] => Route::Caller,
        _ => return None,
    })
}

fn of_engine(parts: &[&str]) -> Option<Route> {
    let text = |name: &&str| (*name).to_owned();
    Some(match parts {
        ["encode", role] => Route::Use(Work::Encode, text(role)),
        ["decode", role] => Route::Use(Work::Decode, text(role)),
        ["decode", _, _] => Route::Refused(FORMATS),
        ["validate", role] => Route::Use(Work::Validate, text(role)),
        ["metadata", role] => Route::Use(Work::Metadata, text(role)),
        ["tokenized" | "tokens", _] => Route::Refused(BY_VALUE),
        ["transformations", "tokenization", "snapshot" | "restore" | "export-decoded", _] => {
            Route::Refused(BULK)
        }
        ["transformations", "fpe", name] => Route::Typed("fpe", text(name)),
        ["transformations", "masking", name] => Route::Typed("masking", text(name)),
        ["transformations", "tokenization", name] => Route::Typed("tokenization", text(name)),
        ["tokenization", "keys", name, "rotate"] => Route::Rotate(text(name)),
        ["tokenization", "keys", ..] => Route::Refused(KEYS),
        ["store" | "stores", ..] => Route::Refused(STORES),
        [kind] => Route::All(self::kind(kind)?),
        [kind, rest @ ..] => Route::One(self::kind(kind)?, rest.join("/")),
        [] => return None,
    })
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "role" => Kind::Role,
        "transformation" => Kind::Transformation,
        "template" => Kind::Template,
        "alphabet" => Kind::Alphabet,
        _ => return None,
    })
}

/// How it is asked. A GET that says `list=true` is a LIST, and POST and PUT are one.
// spec: vault 1.2
pub(super) fn verb(method: &Method, query: Option<&str>) -> Parsed<Verb> {
    let lists = query.is_some_and(|query| query.split('&').any(|pair| pair == "list=true"));
    Ok(match method.as_str() {
        "GET" | "HEAD" if lists => Verb::List,
        "GET" | "HEAD" => Verb::Read,
        "LIST" => Verb::List,
        "POST" | "PUT" => Verb::Write,
        "DELETE" => Verb::Delete,
        _ => return Err(Refusal::method()),
    })
}
