//! Whether a request has the shape that its operation wants; everything that is wrong is told at
//! once, and no value is repeated.
// spec: aws-payment 3.1

use std::borrow::Cow;

use super::limits::FAULTS_MAX;
use super::name;
use super::node::Node;
use super::refusal::{Field, Refusal};
use super::shape::{Choices, Member, Shape};

/// Checks an object.
///
/// # Errors
/// Names every member that does not fit.
pub(super) fn check(members: &[Member], node: &Node<'_>, has_ours: bool) -> Result<(), Refusal> {
    let mut checker = Checker { has_ours, path: Vec::new(), faults: Vec::new() };
    checker.structure(members, node);
    match checker.faults {
        faults if faults.is_empty() => Ok(()),
        faults => Err(Refusal::fields(faults)),
    }
}

struct Checker {
    has_ours: bool,
    path: Vec<&'static str>,
    faults: Vec<Field>,
}

impl Checker {
    fn fault(&mut self, message: impl Into<Cow<'static, str>>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Field { path: self.path.join("."), message: message.into() });
        }
    }

    fn structure(&mut self, members: &[Member], node: &Node<'_>) {
        if !matches!(node, Node::Object(_)) {
            return self.fault("must be an object");
        }
        for member in members {
            self.path.push(member.name);
            match node.member(member.name) {
                Some(value) => self.member(member, value),
                None if member.is_required => self.fault("must be there"),
                None => {}
            }
            self.path.pop();
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
        if members.iter().filter(is_there).count() != 1 {
            let names: Vec<_> = members.iter().map(|member| member.name).collect();
            return self.fault(format!("must have exactly one of {}", names.join(", ")));
        }
        self.structure(members, node);
    }

    fn value(&mut self, shape: &Shape, value: &Node<'_>) {
        match (shape, value) {
            (Shape::Structure(members), node) => self.structure_within(members, node, false),
            (Shape::Union(members), node) => self.structure_within(members, node, true),
            (Shape::List(items, max), Node::List(list)) if list.len() <= *max => {
                list.iter().for_each(|item| self.value(items, item));
            }
            (Shape::List(_, max), _) => self.fault(format!("must be a list of at most {max}")),
            (Shape::Text(text), Node::Text(value)) if text.fits(value) => {}
            (Shape::Text(text), _) => self.fault(text.wanted()),
            (Shape::Choice(choices), Node::Text(word)) => self.choice(choices, word),
            (Shape::Choice(choices), _) => self.fault(wanted(choices)),
            (Shape::Number(min, max), Node::Number(number)) if (min..=max).contains(&number) => {}
            (Shape::Number(min, max), _) => {
                self.fault(format!("must be a whole number from {min} to {max}"));
            }
            (Shape::Flag, Node::Flag(_)) | (Shape::Answer, _) => {}
            (Shape::Flag, _) => self.fault("must be true or false"),
            (Shape::Key, Node::Text(text)) if name::is_name(text) => {}
            (Shape::Key, _) => self.fault(name::WANTED),
        }
    }

    fn structure_within(&mut self, members: &[Member], node: &Node<'_>, is_union: bool) {
        match node {
            Node::Object(_) if is_union => self.union(members, node),
            _ => self.structure(members, node),
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
    format!("must be one of {}", choices.words.join(", "))
}
