//! The description of the API is what is served: every endpoint of it has a golden, and goldens
//! keep to its schemas.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use typex_dialect::Dialect;
use typex_dialect::encedo_hem::EncedoHem;

use super::goldens::DIALECT;
use super::{parse, samples};
use crate::golden::{Golden, goldens};

fn served(path: &str) -> (String, Vec<u8>) {
    let Ok(call) = parse(&format!("GET {path} HTTP/1.1\n\n")) else { panic!("{path} is served") };
    let answer = EncedoHem.render(&call.reply, samples::result("done"));
    let media = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (media, answer.body().to_vec())
}

fn description() -> Value {
    let (media, body) = served("/api/openapi.json");
    assert_eq!(media, "application/json");
    serde_json::from_slice(&body).unwrap()
}

/// The path of the description that a request's path is one of.
fn template<'a>(paths: &'a Map<String, Value>, path: &str) -> Option<&'a str> {
    let fits = |template: &str| {
        let (template, path): (Vec<_>, Vec<_>) =
            (template.split('/').collect(), path.split('/').collect());
        let same = |(one, other): (&&str, &&str)| one == other || one.starts_with('{');
        template.len() == path.len() && template.iter().zip(&path).all(same)
    };
    let exact = paths.get_key_value(path).map(|(template, _)| template);
    exact.or_else(|| paths.keys().find(|template| fits(template))).map(String::as_str)
}

/// Method and path as the description has them, and the operation.
fn operation<'a>(api: &'a Value, golden: &Golden) -> Option<(String, &'a Value)> {
    let line = golden.request.lines().next()?;
    let (method, rest) = line.split_once(' ')?;
    let path = rest.split([' ', '?']).next()?;
    let paths = api["paths"].as_object()?;
    let template = template(paths, path)?;
    let operation = paths[template].get(method.to_ascii_lowercase())?;
    Some((format!("{method} {template}"), operation))
}

#[test]
fn every_endpoint_has_a_golden_and_every_golden_an_endpoint() {
    let api = description();
    let mut shown = BTreeSet::new();
    for golden in goldens(DIALECT) {
        let Some((name, operation)) = operation(&api, &golden) else {
            let (status, _) = golden.outcome();
            assert!(["204", "404", "411", "412", "413"].contains(&status), "{}", golden.request);
            continue;
        };
        check(operation, &golden);
        shown.insert((name, golden.outcome().0.to_owned()));
    }
    for (path, operations) in api["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{} {path}", method.to_ascii_uppercase());
            let about_itself = ["/api/openapi.json", "/api/docs"].contains(&path.as_str());
            let succeeds = operation["responses"].get("200").is_some();
            let status = if succeeds { "200" } else { "404" };
            let is_shown = shown.contains(&(name.clone(), status.to_owned()));
            assert!(is_shown || about_itself, "{name} has no golden");
            assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 8), "{name}");
        }
    }
}

fn check(operation: &Value, golden: &Golden) {
    let (status, body) = golden.outcome();
    let response = operation["responses"].get(status);
    let response = response.unwrap_or_else(|| panic!("{status} of {}", golden.request));
    let content = response["content"].as_object();
    let schema = content.and_then(|content| content.get("application/json"));
    match schema {
        Some(schema) if !body.is_empty() => {
            let body = serde_json::from_str(body).unwrap();
            assert_eq!(wrong(&schema["schema"], &body, "answer"), None, "{}", golden.request);
        }
        Some(_) => assert!(golden.request.contains("wipeout"), "{}", golden.request),
        None => assert!(content.is_some() || body.is_empty(), "{}", golden.request),
    }
    let taken = &operation["requestBody"]["content"]["application/json"]["schema"];
    if status == "200" && !taken.is_null() {
        let (_, body) = golden.request.split_once("\n\n").unwrap();
        let body = serde_json::from_str(body).unwrap();
        assert_eq!(wrong(taken, &body, "request"), None, "{}", golden.request);
    }
}

/// Where a value breaks its schema.
fn wrong(schema: &Value, value: &Value, place: &str) -> Option<String> {
    let fits = match schema["type"].as_str().unwrap() {
        "object" => return wrong_member(schema, value, place),
        "array" => {
            let items = value.as_array().unwrap();
            return items.iter().find_map(|item| wrong(&schema["items"], item, place));
        }
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.as_str().is_some_and(|text| fits_text(schema, text)),
        other => panic!("no type {other}"),
    };
    (!fits).then(|| format!("{place}: {value} is not {schema}"))
}

fn wrong_member(schema: &Value, value: &Value, place: &str) -> Option<String> {
    let Some(members) = value.as_object() else { return Some(format!("{place}: no object")) };
    let properties = schema["properties"].as_object()?;
    let missing = schema["required"].as_array().into_iter().flatten();
    let mut missing = missing.filter(|name| !members.contains_key(name.as_str().unwrap()));
    if let Some(name) = missing.next() {
        return Some(format!("{place}: {name} is missing"));
    }
    members.iter().find_map(|(name, value)| match properties.get(name) {
        Some(schema) => wrong(schema, value, &format!("{place}.{name}")),
        None => Some(format!("{place}: {name} is not described")),
    })
}

fn fits_text(schema: &Value, text: &str) -> bool {
    let bound = |name: &str| schema[name].as_u64();
    let chars = text.chars().count() as u64;
    let is_known = |names: &Vec<Value>| names.iter().any(|name| name == text);
    schema["enum"].as_array().is_none_or(is_known)
        && bound("minLength").is_none_or(|least| chars >= least)
        && bound("maxLength").is_none_or(|most| chars <= most)
        && (schema["contentEncoding"] != "base64" || STANDARD.decode(text).is_ok())
}

#[test]
fn the_page_asks_nobody_else() {
    let (media, page) = served("/api/docs");
    assert_eq!(media, "text/html; charset=utf-8");
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("fetch('openapi.json')"));
    assert!(!page.contains("://") && !page.contains("src="));
}
