//! Management of payment keys: make, bring in, let out, show, stop, delete, name, tag.

mod answer;
mod export;
mod function;
mod label;
mod record;
mod request;
mod standing;
#[cfg(test)]
mod tests;

pub use answer::{AliasView, Answer, Exported, ImportParameters, KeyView, Next};
pub use export::may_leave;
pub use function::Function;
pub use label::{AliasName, Tag, Tags};
pub use record::{Alias, Deletion, Due, ImportToken, KeyTags, Life, ListPart};
pub use request::{
    CheckKind, Cryptogram, Defaults, Export, Import, ImportForm, New, OaepHash, Page, Request,
    TokenId,
};
pub use standing::{Shown, Standing, Step};
