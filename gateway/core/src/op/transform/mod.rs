//! Codes for values by roles and transformations, in values of no dialect.
//!
//! A transformation is a domain of tokens with the way its values are written, a role says which
//! transformations a request may choose from, templates say how values are written, alphabets in
//! what. What rights allow goes by the names of the domains; see
//! [`policy::token`](crate::policy::token).

mod answer;
mod caller;
mod encoding;
mod name;
mod record;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Health, Used, UsedValue};
pub use caller::CallerView;
pub use name::{BUILTIN_ALPHABETS, BUILTIN_TEMPLATES, NamePattern, Reference};
pub use record::{
    Alphabet, NewTransformation, NewWay, Owned, Role, Shape, TemplateRule, Transformation, Way,
};

use crate::error::Error;
use crate::op::payment::Bytes;
use crate::op::token::Purpose;
use crate::token::{DomainName, Metadata};

/// A request.
pub struct Request {
    /// Under which name the caller reached the engine that it asks; `None` for what is the
    /// gateway's own.
    pub mount: Option<Mount>,
    /// Of which tenant the caller thinks that it is.
    pub tenant: Option<String>,
    /// What to do.
    pub task: Task,
}

/// An engine that answers under a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Of which kind.
    pub kind: MountKind,
    /// The name; the operator's to choose.
    pub path: String,
}

/// What answers under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MountKind {
    /// Codes for values.
    Transform,
}

/// What to do.
pub enum Task {
    /// Shows one.
    Get(Object),
    /// Shows the names of all that the caller may see.
    List(Kind),
    /// Makes one, or changes it.
    Put(Box<New>),
    /// Removes one.
    Delete(Object),
    /// Makes or seals new codes of a transformation under another key.
    Rotate(DomainName),
    /// Works with values.
    Use(Box<Use>),
    /// Shows who asks, and what it may do.
    Caller,
    /// Shows which engines there are.
    Mounts,
    /// Shows whether the gateway serves; open to everyone.
    Health,
}

/// What there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A role.
    Role,
    /// A transformation.
    Transformation,
    /// A template.
    Template,
    /// An alphabet.
    Alphabet,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What.
    pub kind: Kind,
    /// Which.
    pub name: Reference,
}

/// One that is to be.
pub enum New {
    /// A role.
    Role(Role),
    /// A transformation.
    Transformation(NewTransformation),
    /// A template.
    Template(TemplateRule),
    /// An alphabet.
    Alphabet(Alphabet),
}

/// Works with values by a role.
pub struct Use {
    /// The role.
    pub role: DomainName,
    /// What is done with them.
    pub work: Work,
    /// The values.
    pub items: Items,
}

/// What is done with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// A code for a value.
    Encode,
    /// The value of a code.
    Decode,
    /// Whether a text is a code.
    Validate,
    /// What stands beside a code.
    Metadata,
}

/// One value or several.
pub enum Items {
    /// One.
    One(Item),
    /// Several, each answered in its place; one that could not be read fails alone. At most
    /// [`TOKEN_BATCH_MAX`](crate::limits::TOKEN_BATCH_MAX), which the dialect sees to.
    Batch(Vec<Result<Item, Error>>),
}

/// One value or code.
pub struct Item {
    /// By which transformation; `None` where the role has one.
    pub transformation: Option<DomainName>,
    /// The value or code.
    pub value: Bytes,
    /// How long a code shall live.
    pub ttl_ms: Option<u64>,
    /// What shall stand beside a code.
    pub metadata: Metadata,
    /// Why a value is asked for.
    pub purpose: Option<Purpose>,
}

/// Which function, for policy, metrics and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// [`Task::Get`]
    Get,
    /// [`Task::List`]
    List,
    /// [`Task::Put`]
    Put,
    /// [`Task::Delete`]
    Delete,
    /// [`Task::Rotate`]
    Rotate,
    /// [`Work::Encode`]
    Encode,
    /// [`Work::Decode`]
    Decode,
    /// [`Work::Validate`]
    Validate,
    /// [`Work::Metadata`]
    Metadata,
    /// [`Task::Caller`]
    Caller,
    /// [`Task::Mounts`]
    Mounts,
    /// [`Task::Health`]
    Health,
}

impl Function {
    /// Every function, in the order of their audit codes.
    pub const ALL: [Self; 12] = [
        Self::Get,
        Self::List,
        Self::Put,
        Self::Delete,
        Self::Rotate,
        Self::Encode,
        Self::Decode,
        Self::Validate,
        Self::Metadata,
        Self::Caller,
        Self::Mounts,
        Self::Health,
    ];

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "transform_get",
            Self::List => "transform_list",
            Self::Put => "transform_put",
            Self::Delete => "transform_delete",
            Self::Rotate => "transform_rotate",
            Self::Encode => "transform_encode",
            Self::Decode => "transform_decode",
            Self::Validate => "transform_validate",
            Self::Metadata => "transform_metadata",
            Self::Caller => "transform_caller",
            Self::Mounts => "transform_mounts",
            Self::Health => "transform_health",
        }
    }

    /// Whether it changes what the store holds. What is done with values is judged and recorded
    /// as the operations on tokens that it comes to.
    pub fn is_control(self) -> bool {
        matches!(self, Self::Put | Self::Delete | Self::Rotate)
    }

    /// Whether nobody needs to say who he is.
    pub fn is_open(self) -> bool {
        self == Self::Health
    }
}

impl Request {
    /// Which function it is.
    pub fn function(&self) -> Function {
        match &self.task {
            Task::Get(_) => Function::Get,
            Task::List(_) => Function::List,
            Task::Put(_) => Function::Put,
            Task::Delete(_) => Function::Delete,
            Task::Rotate(_) => Function::Rotate,
            Task::Use(used) => match used.work {
                Work::Encode => Function::Encode,
                Work::Decode => Function::Decode,
                Work::Validate => Function::Validate,
                Work::Metadata => Function::Metadata,
            },
            Task::Caller => Function::Caller,
            Task::Mounts => Function::Mounts,
            Task::Health => Function::Health,
        }
    }
}

impl New {
    /// What it is, and its name.
    pub fn object(&self) -> (Kind, &DomainName) {
        match self {
            Self::Role(role) => (Kind::Role, &role.name),
            Self::Transformation(new) => (Kind::Transformation, &new.name),
            Self::Template(rule) => (Kind::Template, &rule.name),
            Self::Alphabet(alphabet) => (Kind::Alphabet, &alphabet.name),
        }
    }
}
