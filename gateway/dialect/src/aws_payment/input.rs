//! A request that was checked, member by member.

use typex_core::Secret;
use typex_core::op::payment::{Bytes, KeyRef};

use super::check::check;
use super::name;
use super::node::Node;
use super::path::{Path, Step, told};
use super::refusal::{Parsed, Refusal};
use super::shape::{Member, Shape};

/// An object of a request.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    members: &'static [Member],
    node: &'a Node<'a>,
    path: Path,
}

impl<'a> Input<'a> {
    /// An object of that shape; where it is, if it is within a request.
    ///
    /// # Errors
    /// Names every member that does not fit.
    pub(super) fn checked(
        members: &'static [Member],
        node: &'a Node<'a>,
        has_ours: bool,
        path: Path,
    ) -> Parsed<Self> {
        check(members, node, has_ours, path)?;
        Ok(Self { members, node, path })
    }

    /// A refusal of a member that does not fit what else is there.
    pub(super) fn fault(&self, name: &'static str, message: &'static str) -> Refusal {
        Refusal::field(told(self.path.steps().chain([Step::Member(name)])), message)
    }

    /// A refusal of the object itself.
    pub(super) fn unfit(&self, message: &'static str) -> Refusal {
        Refusal::field(told(self.path.steps()), message)
    }

    /// Whether a member is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.node.member(name).is_some()
    }

    /// An object within.
    pub(super) fn object(&self, name: &str) -> Option<Self> {
        let member = self.members.iter().find(|member| member.name == name)?;
        let node = self.node.member(name)?;
        let path = self.path.then(Step::Member(member.name));
        Some(Self { members: member.shape.members(), node, path })
    }

    /// One that must be there.
    pub(super) fn required(&self, name: &'static str) -> Parsed<Self> {
        self.object(name).ok_or_else(|| self.missing(name))
    }

    /// The objects of a list.
    pub(super) fn objects(&self, name: &str) -> Vec<Self> {
        let Some(list) = self.object(name) else { return Vec::new() };
        match list.node {
            Node::List(items) => items.iter().enumerate().map(|one| list.item(one)).collect(),
            _ => Vec::new(),
        }
    }

    fn item(&self, (at, node): (usize, &'a Node<'a>)) -> Self {
        Self { members: self.members, node, path: self.path.then(Step::Item(at)) }
    }

    /// The texts of a map, by their names.
    pub(super) fn pairs(&self, name: &str) -> Vec<(&'a str, &'a str)> {
        let Some(Node::Object(members)) = self.node.member(name) else { return Vec::new() };
        let text = |value: &'a Node<'a>| match value {
            Node::Text(text) => Some(&**text),
            _ => None,
        };
        members.iter().filter_map(|(name, value)| Some((&**name, text(value)?))).collect()
    }

    /// The texts of a list.
    pub(super) fn texts(&self, name: &str) -> Vec<&'a str> {
        let Some(Node::List(items)) = self.node.member(name) else { return Vec::new() };
        let text = |item: &'a Node<'a>| match item {
            Node::Text(text) => Some(&**text),
            _ => None,
        };
        items.iter().filter_map(text).collect()
    }

    /// The name of the member that a union has.
    pub(super) fn chosen(&self) -> Parsed<&'static str> {
        let found = self.members.iter().find(|member| self.has(member.name));
        found.map(|member| member.name).ok_or_else(|| self.unfit("must have a member"))
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        match self.node.member(name)? {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// One that must be there.
    pub(super) fn required_text(&self, name: &'static str) -> Parsed<&'a str> {
        self.text(name).ok_or_else(|| self.missing(name))
    }

    /// What a word stands for; one that is not in the table stands for nothing.
    pub(super) fn word<T: Copy>(
        &self,
        name: &'static str,
        words: &[(&str, T)],
    ) -> Parsed<Option<T>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text);
        let unknown = || self.fault(name, "must be a word that is served");
        found.map(|(_, value)| Some(*value)).ok_or_else(unknown)
    }

    /// That of a word that must be there.
    pub(super) fn required_word<T: Copy>(
        &self,
        name: &'static str,
        words: &[(&str, T)],
    ) -> Parsed<T> {
        self.word(name, words)?.ok_or_else(|| self.missing(name))
    }

    /// A number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        match self.node.member(name)? {
            Node::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that its shape bounds below 256.
    pub(super) fn small(&self, name: &str) -> Option<u8> {
        self.number(name).and_then(|number| u8::try_from(number).ok())
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.node.member(name)? {
            Node::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Bytes in hexadecimal.
    pub(super) fn bytes(&self, name: &'static str) -> Parsed<Option<Vec<u8>>> {
        self.text(name).map(|text| self.hex(name, text)).transpose()
    }

    /// Bytes that must be there.
    pub(super) fn required_bytes(&self, name: &'static str) -> Parsed<Vec<u8>> {
        self.hex(name, self.required_text(name)?)
    }

    /// The same, to be wiped.
    pub(super) fn secret_bytes(&self, name: &'static str) -> Parsed<Bytes> {
        self.required_bytes(name).map(Secret::new)
    }

    /// A number of bytes, zeros in front of what is shorter.
    pub(super) fn array<const N: usize>(&self, name: &'static str) -> Parsed<[u8; N]> {
        let text = self.required_text(name)?;
        let digits = format!("{text:0>width$}", width = 2 * N);
        self.hex(name, &digits)?.try_into().map_err(|_| self.fault(name, "is too long"))
    }

    /// The characters of a text, to be wiped.
    pub(super) fn chars(&self, name: &str) -> Option<Bytes> {
        self.text(name).map(|text| Secret::new(text.as_bytes().to_vec()))
    }

    /// Those of one that must be there.
    pub(super) fn required_chars(&self, name: &'static str) -> Parsed<Bytes> {
        self.chars(name).ok_or_else(|| self.missing(name))
    }

    /// A key.
    pub(super) fn key(&self, name: &'static str) -> Parsed<KeyRef> {
        name::parse(self.required_text(name)?)
    }

    /// The first key that the request names, as it is written.
    pub(super) fn first_key(&self) -> Option<&'a str> {
        let is_key = |member: &&Member| matches!(member.shape, Shape::Key);
        self.members.iter().filter(is_key).find_map(|member| self.text(member.name))
    }

    /// A member is not there, though its shape was checked.
    fn missing(&self, name: &'static str) -> Refusal {
        self.fault(name, "must not be null")
    }

    /// The library would also take a prefix `0x`, which has passed no check of an alphabet.
    fn hex(&self, name: &'static str, text: &str) -> Parsed<Vec<u8>> {
        const_hex::decode(text).map_err(|_| self.fault(name, "must be whole bytes"))
    }
}
