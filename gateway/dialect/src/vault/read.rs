//! From an HTTP request to a call.

use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use typex_core::limits::{TOKEN_BATCH_MAX, TRANSFORM_NAMES_MAX};
use typex_core::op::Op;
use typex_core::op::transform::{
    Alphabet, Item, Items, Kind, Mount, MountKind, NamePattern, New, NewTransformation, NewWay,
    Object, Reference, Request, Role, Task, TemplateRule, Use, Work,
};
use typex_core::principal::{ApiKeyText, Credential};
use typex_core::token::{Characters, DomainName, Metadata};
use typex_core::{Error, Secret};

use super::body::{Body, missing, wrong};
use super::limits::{REFERENCE_CHARS_MAX, TENANT_CHARS_MAX};
use super::node::Node;
use super::refusal::{Parsed, Refusal};
use super::render::{Asked, Reply};
use super::route::{self, Route, Verb};
use crate::{Call, Candidate, Candidates, Form};

const TOKEN: &str = "x-vault-token";
const TENANT: &str = "x-vault-namespace";
const WRAP: &str = "x-vault-wrap-ttl";

const NAME: &str = "1 to 64 letters, digits, '.', '_' and '-'";

/// Reads a request.
///
/// # Errors
/// The refusal, where no gateway is needed for it.
pub(super) fn request(parts: &Parts, body: &Bytes) -> Parsed<Call> {
    let found = route::find(parts.uri.path())?;
    let verb = route::verb(&parts.method, parts.uri.query())?;
    if parts.headers.contains_key(WRAP) {
        return Err(Refusal::bad("answers are not wrapped: leave X-Vault-Wrap-TTL out"));
    }
    let node = match verb == Verb::Write && !body.is_empty() {
        true => Node::read(body).ok_or_else(|| Refusal::bad("the body is not JSON"))?,
        false => Node::Object(vec![]),
    };
    let (task, asked) = task(found.route, verb, &Body::of(&node)?)?;
    let credential = match task {
        Task::Health => Credential::None,
        _ => token(&parts.headers)?,
    };
    let mount = found.mount.map(|path| Mount { kind: MountKind::Transform, path });
    let request = Request { mount, tenant: tenant(&parts.headers)?, task };
    let candidates = Candidates::one(Candidate { credential, key: None });
    let reply = crate::Reply(Form::Transform(Reply::new(asked)));
    Ok(Call { op: Op::Transform(Box::new(request)), candidates, reply })
}

/// What the caller proves itself with.
// spec: vault 3.1
fn token(headers: &HeaderMap) -> Parsed<Credential> {
    let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = || field("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let text = field(TOKEN).or_else(bearer).map(str::trim).filter(|text| !text.is_empty());
    let text = text.and_then(|text| ApiKeyText::from(text).ok());
    text.map(|text| Credential::ApiKey(Secret::new(text))).ok_or_else(Refusal::no_token)
}

// spec: vault 3.3
fn tenant(headers: &HeaderMap) -> Parsed<Option<String>> {
    let Some(value) = headers.get(TENANT) else { return Ok(None) };
    let text = value.to_str().ok().map(|text| text.trim_matches('/'));
    let text = text.filter(|text| text.len() <= TENANT_CHARS_MAX);
    let text = text.ok_or_else(|| wrong("X-Vault-Namespace", "the tenant of the token"))?;
    Ok(Some(text).filter(|text| !text.is_empty()).map(str::to_owned))
}

fn task(route: Route, verb: Verb, body: &Body<'_, '_>) -> Parsed<(Task, Asked)> {
    Ok(match (route, verb) {
        (Route::Health(form), Verb::Read) => (Task::Health, Asked::Health(form)),
        (Route::Caller, Verb::Read | Verb::Write) => (Task::Caller, Asked::Caller),
        (Route::Mounts(form), Verb::Read) => (Task::Mounts, Asked::Mounts(form)),
        (Route::All(kind), Verb::List) => (Task::List(kind), Asked::Object),
        (Route::One(kind, name), verb) => (of_object(kind, &name, verb, body)?, Asked::Object),
        (Route::Typed(word, name), Verb::Write) => {
            let new = New::Transformation(transformation(own(&name)?, word, body)?);
            (Task::Put(Box::new(new)), Asked::Object)
        }
        (Route::Typed(_, name), verb) => {
            (of_object(Kind::Transformation, &name, verb, body)?, Asked::Object)
        }
        (Route::Rotate(name), Verb::Write) => (Task::Rotate(own(&name)?), Asked::Object),
        (Route::Use(work, role), Verb::Write) => {
            let (items, references) = items(work, body)?;
            let used = Use { role: own(&role)?, work, items };
            (Task::Use(Box::new(used)), Asked::Use(work, references))
        }
        (Route::Refused(why), _) => return Err(Refusal::bad(why)),
        _ => return Err(Refusal::method()),
    })
}

fn of_object(kind: Kind, name: &str, verb: Verb, body: &Body<'_, '_>) -> Parsed<Task> {
    let reference = Reference::parse(name).map_err(|_| wrong("the name", NAME))?;
    match verb {
        Verb::Read => Ok(Task::Get(Object { kind, name: reference })),
        Verb::Delete => Ok(Task::Delete(Object { kind, name: reference })),
        Verb::Write => new(kind, own(name)?, body).map(|new| Task::Put(Box::new(new))),
        Verb::List => Err(Refusal::method()),
    }
}

fn new(kind: Kind, name: DomainName, body: &Body<'_, '_>) -> Parsed<New> {
    Ok(match kind {
        Kind::Role => {
            let names = body.texts("transformations", TRANSFORM_NAMES_MAX)?;
            let names = names.into_iter().map(|text| domain("transformations", text));
            New::Role(Role { name, transformations: names.collect::<Parsed<_>>()? })
        }
        Kind::Transformation => {
            New::Transformation(transformation(name, body.required("type")?, body)?)
        }
        Kind::Template => New::Template(template(name, body)?),
        Kind::Alphabet => {
            let characters = Characters::parse(body.required("alphabet")?);
            let wanted = "2 to 95 different characters of ASCII that print";
            let characters = characters.map_err(|_| wrong("alphabet", wanted))?;
            New::Alphabet(Alphabet { name, characters })
        }
    })
}

// spec: vault 4.2
fn template(name: DomainName, body: &Body<'_, '_>) -> Parsed<TemplateRule> {
    if body.text("type")?.is_some_and(|word| word != "regex") {
        return Err(wrong("type", "regex"));
    }
    for format in ["encode_format", "decode_formats"] {
        if body.has(format) {
            return Err(Refusal::bad(format!("{format} is not served: leave it out")));
        }
    }
    let alphabet = body.text("alphabet")?.unwrap_or("builtin/numeric");
    let alphabet = reference("alphabet", alphabet)?;
    Ok(TemplateRule { name, pattern: body.required("pattern")?.to_owned(), alphabet })
}

// spec: vault 4.1
fn transformation(name: DomainName, word: &str, body: &Body<'_, '_>) -> Parsed<NewTransformation> {
    let way = match word {
        "fpe" => NewWay::Encrypt(encryption(body)?),
        "masking" => NewWay::Mask { template: template_of(body)?, with: mask(body)? },
        "tokenization" => tokenization(body)?,
        _ => return Err(wrong("type", "fpe, masking or tokenization")),
    };
    let roles = body.texts("allowed_roles", TRANSFORM_NAMES_MAX)?;
    let roles = roles.into_iter().map(|text| {
        NamePattern::parse(text).map_err(|_| wrong("allowed_roles", "names, with * at the end"))
    });
    let is_deletable = body.flag("deletion_allowed")?.unwrap_or(true);
    Ok(NewTransformation { name, way, roles: roles.collect::<Parsed<_>>()?, is_deletable })
}

// spec: vault 4.4
fn encryption(body: &Body<'_, '_>) -> Parsed<Reference> {
    if body.text("tweak_source")? != Some("internal") {
        return Err(Refusal::bad(
            "tweak_source must be internal (without it, it is supplied): the tweak of FF1 is made \
             of the length and the kept characters of each value, so nobody has to keep it",
        ));
    }
    template_of(body)
}

fn template_of(body: &Body<'_, '_>) -> Parsed<Reference> {
    let several = body.texts("templates", 1)?.into_iter().next();
    let text = body.text("template")?.or(several).ok_or_else(|| missing("template"))?;
    reference("template", text)
}

fn mask(body: &Body<'_, '_>) -> Parsed<u8> {
    let first = body.text("masking_character")?.unwrap_or("*").bytes().next();
    let prints = first.filter(|byte| (b' '..=b'~').contains(byte));
    prints.ok_or_else(|| wrong("masking_character", "a character of ASCII that prints"))
}

// spec: vault 4.5
fn tokenization(body: &Body<'_, '_>) -> Parsed<NewWay> {
    if body.text("mapping_mode")?.is_some_and(|mode| mode != "default") {
        return Err(Refusal::bad(
            "mapping_mode must be default: values never leave in bulk, so there is no export",
        ));
    }
    if body.texts("stores", 1)?.iter().any(|store| *store != "builtin/internal") {
        return Err(wrong("stores", "builtin/internal"));
    }
    Ok(NewWay::Keep {
        ttl_ms_max: body.span_ms("max_ttl")?,
        is_convergent: body.flag("convergent")?.unwrap_or(false),
    })
}

/// The values of a request, and of several what is told beside each.
// spec: vault 5.4
fn items(work: Work, body: &Body<'_, '_>) -> Parsed<(Items, Option<Vec<Option<String>>>)> {
    let Some(nodes) = body.objects("batch_input")? else {
        return Ok((Items::One(item(work, body)?), None));
    };
    if nodes.is_empty() || nodes.len() > TOKEN_BATCH_MAX {
        return Err(wrong("batch_input", &format!("1 to {TOKEN_BATCH_MAX} objects")));
    }
    let references = nodes.iter().map(|node| {
        let text = Body::of(node).ok()?.text("reference").ok()??;
        (text.len() <= REFERENCE_CHARS_MAX).then(|| text.to_owned())
    });
    let references = references.collect();
    let items = nodes
        .iter()
        .map(|node| Body::of(node).and_then(|body| item(work, &body)).map_err(Error::from));
    Ok((Items::Batch(items.collect()), Some(references)))
}

fn item(work: Work, body: &Body<'_, '_>) -> Parsed<Item> {
    if body.text("tweak")?.is_some_and(|tweak| !tweak.is_empty()) {
        return Err(Refusal::bad("tweaks are made of the value itself: leave tweak out"));
    }
    let transformation = body.text("transformation")?.filter(|text| !text.is_empty());
    let transformation = transformation.map(|text| domain("transformation", text)).transpose()?;
    let value = body.value("value")?;
    let mut item =
        Item { transformation, value, ttl_ms: None, metadata: Metadata::default(), purpose: None };
    match work {
        Work::Encode => {
            item.ttl_ms = body.span_ms("ttl")?;
            item.metadata = body.metadata("metadata")?;
        }
        Work::Decode => {
            let purpose = body.text("purpose")?.map(str::parse).transpose();
            item.purpose = purpose.map_err(|fault| Refusal::bad(format!("purpose: {fault}")))?;
        }
        Work::Validate | Work::Metadata => {}
    }
    Ok(item)
}

fn reference(member: &str, text: &str) -> Parsed<Reference> {
    Reference::parse(text).map_err(|_| wrong(member, NAME))
}

fn domain(member: &str, text: &str) -> Parsed<DomainName> {
    DomainName::parse(text).map_err(|_| wrong(member, NAME))
}

/// The name of something of one's own.
fn own(text: &str) -> Parsed<DomainName> {
    match Reference::parse(text) {
        Ok(name) if name.is_builtin() => Err(Refusal::bad("what is built in does not change")),
        Ok(name) => Ok(name.name().clone()),
        Err(_) => Err(wrong("the name", NAME)),
    }
}
