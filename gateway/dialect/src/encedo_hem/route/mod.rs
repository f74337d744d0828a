//! The one table of endpoints: requests are found in it, and the description of the API is made
//! from it.

mod auth;
mod crypto;
mod keymgmt;
mod logger;
mod member;
mod system;

pub(super) use member::{Kind, Member};

use arrayvec::ArrayVec;
use http::Method;
use typex_core::op::instance::Call;

use super::read::Input;

/// One endpoint.
#[derive(Clone, Copy)]
pub(super) struct Route {
    /// How it is asked.
    pub(super) verb: Verb,
    /// Its path; a segment in braces stands for anything but nothing.
    pub(super) path: &'static str,
    /// From a request to what is asked for.
    pub(super) read: fn(&Input<'_>) -> Call,
    /// What it does, for readers.
    pub(super) about: &'static str,
    /// Who may ask.
    pub(super) access: Access,
    /// Members of the request's JSON.
    pub(super) takes: &'static [Member],
    /// What an answer holds.
    pub(super) gives: Gives,
    /// The body of an answer to a malformed request, where it has one.
    pub(super) malformed: &'static str,
}

/// How an endpoint is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    /// With a JSON object.
    Post,
    /// With bytes that nobody reads.
    Upload,
    Delete,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Everyone.
    Open,
    /// Holders of a token of one of these scopes.
    Token(&'static str),
    /// The same, and in some state everyone.
    Either(&'static str),
}

/// What a successful answer holds.
#[derive(Clone, Copy)]
pub(super) enum Gives {
    Nothing,
    Json(&'static [Member]),
    /// A text of lines.
    Text,
    /// The description of the API.
    Description,
    /// A page to try it out.
    Page,
    /// There is no successful answer: the endpoint is known, and absent.
    Never,
}

const TABLES: [&[Route]; 5] =
    [crypto::ROUTES, keymgmt::ROUTES, auth::ROUTES, system::ROUTES, logger::ROUTES];

/// Every endpoint.
pub(super) fn all() -> impl Iterator<Item = &'static Route> {
    TABLES.into_iter().flatten()
}

/// The endpoint of a request, with what stands for its placeholders. The query does not matter.
// spec: encedo-hem 1.2
pub(super) fn find<'p>(
    method: &Method,
    path: &'p str,
) -> Option<(&'static Route, ArrayVec<&'p str, 2>)> {
    let asked = all().filter(|route| route.verb.method() == method.as_str());
    asked.filter_map(|route| Some((route, arguments(route.path, path)?))).next()
}

fn arguments<'p>(pattern: &str, path: &'p str) -> Option<ArrayVec<&'p str, 2>> {
    let (literal, rest) = match pattern.find('{') {
        None => return (pattern == path).then(ArrayVec::new),
        Some(at) => (&pattern[..at], path.strip_prefix(&pattern[..at])?),
    };
    let holes = pattern[literal.len()..].split('/').count();
    let mut arguments = ArrayVec::new();
    for argument in rest.split('/') {
        if argument.is_empty() || arguments.try_push(argument).is_err() {
            return None;
        }
    }
    (arguments.len() == holes).then_some(arguments)
}

impl Route {
    const fn new(verb: Verb, path: &'static str, read: fn(&Input<'_>) -> Call) -> Self {
        let (about, access) = ("", Access::Open);
        Self { verb, path, read, about, access, takes: &[], gives: Gives::Nothing, malformed: "" }
    }

    const fn get(path: &'static str, read: fn(&Input<'_>) -> Call) -> Self {
        Self::new(Verb::Get, path, read)
    }

    const fn post(path: &'static str, read: fn(&Input<'_>) -> Call) -> Self {
        Self::new(Verb::Post, path, read)
    }

    const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Needs a token of one of these scopes.
    const fn token(mut self, scopes: &'static str) -> Self {
        self.access = Access::Token(scopes);
        self
    }

    /// Needs one as soon as the instance has an owner, or until it permits more.
    const fn either(mut self, scopes: &'static str) -> Self {
        self.access = Access::Either(scopes);
        self
    }

    const fn takes(mut self, members: &'static [Member]) -> Self {
        self.takes = members;
        self
    }

    const fn gives(mut self, members: &'static [Member]) -> Self {
        self.gives = Gives::Json(members);
        self
    }

    const fn holds(mut self, gives: Gives) -> Self {
        self.gives = gives;
        self
    }

    /// Answers malformed requests with a body.
    const fn malformed(mut self, body: &'static str) -> Self {
        self.malformed = body;
        self
    }

    /// Whether the body is a JSON object.
    pub(super) fn takes_json(&self) -> bool {
        self.verb == Verb::Post
    }
}

impl Verb {
    /// The method's name.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post | Self::Upload => "POST",
            Self::Delete => "DELETE",
        }
    }
}
