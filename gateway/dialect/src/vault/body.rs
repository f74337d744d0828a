//! The JSON object of a request, member by member. A member that is `null` counts as absent, and
//! members that nobody asks for do not matter.
// spec: vault 1.2

use std::borrow::Cow;

use typex_core::op::payment::Bytes;
use typex_core::token::Metadata;
use typex_core::{ErrorKind, Secret};

use super::duration;
use super::node::Node;
use super::refusal::{Parsed, Refusal};

/// An object.
pub(super) struct Body<'n, 'a>(&'n Node<'a>);

impl<'n, 'a> Body<'n, 'a> {
    /// Of a node that is one.
    pub(super) fn of(node: &'n Node<'a>) -> Parsed<Self> {
        match node {
            Node::Object(_) => Ok(Self(node)),
            _ => Err(Refusal::bad("the body is not a JSON object")),
        }
    }

    /// Whether there is such a member.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.member(name).is_some()
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Parsed<Option<&'n str>> {
        match self.0.member(name) {
            None => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    /// A text that must be there.
    pub(super) fn required(&self, name: &str) -> Parsed<&'n str> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
    }

    /// A value, which is wiped.
    pub(super) fn value(&self, name: &str) -> Parsed<Bytes> {
        self.required(name).map(|text| Secret::new(text.as_bytes().to_vec()))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Parsed<Option<bool>> {
        match self.0.member(name) {
            None => Ok(None),
            Some(Node::Flag(flag)) => Ok(Some(*flag)),
            Some(_) => Err(wrong(name, "true or false")),
        }
    }

    /// A list of texts, or one text with commas between; empty if it is not there.
    pub(super) fn texts(&self, name: &str, most: usize) -> Parsed<Vec<&'n str>> {
        let fault = || wrong(name, "a list of texts");
        let texts: Vec<&str> = match self.0.member(name) {
            None => vec![],
            Some(Node::Text(text)) => {
                text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect()
            }
            Some(Node::List(items)) => {
                let text = |item: &'n Node<'a>| match item {
                    Node::Text(text) => Ok(&**text),
                    _ => Err(fault()),
                };
                items.iter().map(text).collect::<Parsed<_>>()?
            }
            Some(_) => return Err(fault()),
        };
        let bounded = texts.len() <= most;
        bounded.then_some(texts).ok_or_else(|| wrong(name, &format!("at most {most} texts")))
    }

    /// A span of time in milliseconds; 0 is none.
    // spec: vault 4.3
    pub(super) fn span_ms(&self, name: &str) -> Parsed<Option<u64>> {
        let span = match self.0.member(name) {
            None => Some(0),
            Some(Node::Number(seconds)) => seconds.checked_mul(1000),
            Some(Node::Text(text)) if text.is_empty() => Some(0),
            Some(Node::Text(text)) => duration::milliseconds(text),
            Some(_) => None,
        };
        let span =
            span.ok_or_else(|| wrong(name, "a span of time (seconds, or 15m, 24h, 365d)"))?;
        Ok(Some(span).filter(|span| *span > 0))
    }

    /// Names and values: an object of texts, or `name=value` with commas between.
    // spec: vault 5.1
    pub(super) fn metadata(&self, name: &str) -> Parsed<Metadata> {
        let fault = || wrong(name, "an object of texts, or name=value,name=value");
        let pair = |(name, value): (&str, &str)| (name.trim().to_owned(), value.to_owned());
        let pairs = match self.0.member(name) {
            None => vec![],
            Some(Node::Text(text)) if text.is_empty() => vec![],
            Some(Node::Text(text)) => {
                let pairs = text.split(',').map(|one| one.split_once('=').map(pair));
                pairs.collect::<Option<Vec<_>>>().ok_or_else(fault)?
            }
            Some(Node::Object(members)) => {
                let pairs = members.iter().map(|(name, value)| match value {
                    Node::Text(value) => Some(pair((name, value))),
                    _ => None,
                });
                pairs.collect::<Option<Vec<_>>>().ok_or_else(fault)?
            }
            Some(_) => return Err(fault()),
        };
        Metadata::new(pairs).map_err(|kind| match kind {
            ErrorKind::TooLarge => wrong(name, "at most 16 pairs of 1 KiB together"),
            _ => wrong(name, "pairs whose names are not empty and differ"),
        })
    }

    /// Objects.
    pub(super) fn objects(&self, name: &str) -> Parsed<Option<&'n [Node<'a>]>> {
        match self.0.member(name) {
            None => Ok(None),
            Some(Node::List(items)) => Ok(Some(items)),
            Some(_) => Err(wrong(name, "a list of objects")),
        }
    }
}

/// A member is not there.
pub(super) fn missing(name: &str) -> Refusal {
    Refusal::bad(format!("{name} is missing"))
}

/// A member is not what it must be.
pub(super) fn wrong(name: &str, wanted: &str) -> Refusal {
    let text: Cow<'static, str> = format!("{name} must be {wanted}").into();
    Refusal::bad(text)
}
