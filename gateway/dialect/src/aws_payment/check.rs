//! Whether a request has the shape that its operation wants; everything that is wrong is told at
//! once, and no value is repeated.
// spec: aws-payment 3.1

use std::borrow::Cow;

use super::limits::FAULTS_MAX;
use super::name;
use super::node::Node;
use super::path::{Path, Step, told};
use super::refusal::{Field, Refusal};
use super::shape::{Choices, Member, Shape, Text};
use super::status::SERIALIZATION;

/// Checks an object that is at `path` of its request.
///
/// # Errors
/// Names every member that does not fit, or the first one of another type.
pub(super) fn check(
    members: &[Member],
    node: &Node<'_>,
    has_ours: bool,
    path: Path,
) -> Result<(), Refusal> {
    let path = path.steps().collect();
    let mut checker = Checker { has_ours, path, faults: Vec::new(), mistyped: None };
    checker.structure(members, node);
    match (checker.mistyped, checker.faults) {
        (Some(refusal), _) => Err(refusal),
        (None, faults) if faults.is_empty() => Ok(()),
        (None, faults) => Err(Refusal::fields(faults)),
    }
}

struct Checker {
    has_ours: bool,
    path: Vec<Step>,
    faults: Vec<Field>,
    /// Of a member whose type is another.
    mistyped: Option<Refusal>,
}

impl Checker {
    fn fault(&mut self, message: impl Into<Cow<'static, str>>) {
        if self.faults.len() < FAULTS_MAX {
            let path = told(self.path.iter().copied());
            self.faults.push(Field { path, message: message.into() });
        }
    }

    fn mistyped(&mut self, wanted: &str, node: &Node<'_>) {
        if self.mistyped.is_none() {
            let path = super::path::lowered(&told(self.path.iter().copied()));
            let message = format!("{} can not be converted to {wanted} at '{path}'", kind(node));
            self.mistyped = Some(Refusal::new(SERIALIZATION, message));
        }
    }

    fn within(&mut self, step: Step, check: impl FnOnce(&mut Self)) {
        self.path.push(step);
        check(self);
        self.path.pop();
    }

    fn structure(&mut self, members: &[Member], node: &Node<'_>) {
        if !matches!(node, Node::Object(_)) {
            return self.mistyped("a Structure", node);
        }
        for member in members {
            self.within(Step::Member(member.name), |checker| match node.member(member.name) {
                Some(value) => checker.member(member, value),
                None if member.is_required => checker.fault("must not be null"),
                None => {}
            });
        }
    }

    fn member(&mut self, member: &Member, value: &Node<'_>) {
        match member.refused {
            Some(reason) => self.fault(reason),
            None if member.is_ours && !self.has_ours => self.fault(OURS),
            None => self.value(member.shape, value),
        }
    }

    fn union(&mut self, members: &[Member], node: &Node<'_>) {
        let is_there = |member: &&Member| node.member(member.name).is_some();
        let is_object = matches!(node, Node::Object(_));
        if is_object && members.iter().filter(is_there).count() != 1 {
            let names: Vec<_> = members.iter().map(|member| member.name).collect();
            return self.fault(format!("must have exactly one of {}", names.join(", ")));
        }
        self.structure(members, node);
    }

    fn value(&mut self, shape: &Shape, value: &Node<'_>) {
        match (shape, value) {
            (Shape::Structure(members), node) => self.structure(members, node),
            (Shape::Union(members), node) => self.union(members, node),
            (Shape::List(items, max), Node::List(list)) => self.list(items, *max, list),
            (Shape::List(..), node) => self.mistyped("a List", node),
            (Shape::Map(name, text), node) => self.map(name, text, node),
            (Shape::Text(text), Node::Text(value)) if text.fits(value) => {}
            (Shape::Text(text), Node::Text(_)) => self.fault(text.wanted()),
            (Shape::Choice(choices), Node::Text(word)) => self.choice(choices, word),
            (Shape::Key, Node::Text(text)) if name::is_name(text) => {}
            (Shape::Key, Node::Text(_)) => self.fault(name::WANTED),
            (Shape::Text(_) | Shape::Choice(_) | Shape::Key, node) => {
                self.mistyped("a String", node);
            }
            (Shape::Number(min, max), Node::Number(number)) if (min..=max).contains(&number) => {}
            (Shape::Number(min, max), Node::Number(_) | Node::Negative) => {
                self.fault(format!("must be a whole number from {min} to {max}"));
            }
            (Shape::Number(..), node) => self.mistyped("an Integer", node),
            (Shape::Flag, Node::Flag(_)) | (Shape::Answer, _) => {}
            (Shape::Flag, node) => self.mistyped("a Boolean", node),
        }
    }

    fn list(&mut self, items: &Shape, max: usize, list: &[Node<'_>]) {
        if list.len() > max {
            return self.fault(format!("must have length less than or equal to {max}"));
        }
        for (at, item) in list.iter().enumerate() {
            self.within(Step::Item(at), |checker| checker.value(items, item));
        }
    }

    fn map(&mut self, name: &Text, text: &Text, node: &Node<'_>) {
        let Node::Object(members) = node else { return self.mistyped("a Map", node) };
        for (at, (found, value)) in members.iter().enumerate() {
            let Node::Text(value) = value else { return self.mistyped("a String", value) };
            let is_new = members[..at].iter().all(|(other, _)| other != found);
            match (name.fits(found), text.fits(value), is_new) {
                (true, true, true) => {}
                (false, ..) => self.fault(format!("of each name {}", name.wanted())),
                (true, false, _) => self.fault(format!("of each value {}", text.wanted())),
                (true, true, false) => self.fault("must have each name once"),
            }
        }
    }

    fn choice(&mut self, choices: &Choices, word: &str) {
        let refused = choices.refused.iter().find(|(name, _)| *name == word);
        let is_known = choices.words.contains(&word);
        let is_ours = choices.ours.contains(&word);
        match refused {
            Some((_, reason)) => self.fault(*reason),
            None if is_known || (is_ours && self.has_ours) => {}
            None if is_ours => self.fault(OURS),
            None => self.fault(wanted(choices)),
        }
    }
}

const OURS: &str = "is served under the paths that begin with /typex/ alone";

fn wanted(choices: &Choices) -> String {
    format!("must satisfy enum value set: [{}]", choices.words.join(", "))
}

/// What a value is, in the words of the service.
fn kind(node: &Node<'_>) -> &'static str {
    match node {
        Node::Object(_) => "STRUCTURE_VALUE",
        Node::List(_) => "LIST_VALUE",
        Node::Text(_) => "STRING_VALUE",
        Node::Number(_) | Node::Negative => "NUMBER_VALUE",
        Node::Other => "DECIMAL_VALUE",
        Node::Flag(true) => "TRUE_VALUE",
        Node::Flag(false) => "FALSE_VALUE",
        Node::Null => "NULL_VALUE",
    }
}
