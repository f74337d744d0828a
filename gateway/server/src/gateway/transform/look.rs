//! What there is: roles, transformations, templates, alphabets.

use std::ops::ControlFlow;

use typex_core::op::transform::{
    Alphabet, Answer, BUILTIN_ALPHABETS, BUILTIN_TEMPLATES, Kind, Object, Owned, Reference, Role,
    TemplateRule, Transformation,
};
use typex_core::policy::token::{check_name, may_view};
use typex_core::token::{Characters, DomainName};
use typex_core::{Error, ErrorKind, PartitionId};
use typex_store::{StoredRecord, Tx};

use super::Asker;
use crate::gateway::core::Inner;

impl Inner {
    /// Shows one.
    pub(super) async fn shown(&self, from: Asker<'_>, object: Object) -> Result<Answer, Error> {
        let Object { kind, name } = object;
        if name.is_builtin() {
            return built_in(kind, &name);
        }
        let rights = self.token_rights(from.principal()).await?;
        check_name(from.principal(), &rights, from.function, name.name())?;
        let (partition, name) = (from.partition(), name.name().clone());
        let found = self.gateway.store.read(move |tx| {
            Ok(match kind {
                Kind::Role => find(tx, partition, &name)?.map(Answer::Role),
                Kind::Transformation => {
                    find(tx, partition, &name)?.map(|one| Answer::Transformation(Box::new(one)))
                }
                Kind::Template => find(tx, partition, &name)?.map(Answer::Template),
                Kind::Alphabet => find(tx, partition, &name)?.map(Answer::Alphabet),
            })
        });
        Ok(found.await?.ok_or(ErrorKind::KeyNotFound)?)
    }

    /// The names of all that the caller may see, those that are built in among them.
    pub(super) async fn names(&self, from: Asker<'_>, kind: Kind) -> Result<Answer, Error> {
        let rights = self.token_rights(from.principal()).await?;
        let partition = from.partition();
        let names = self.gateway.store.read(move |tx| names(tx, partition, kind)).await?;
        let seen = names.into_iter().filter(|name| may_view(from.principal(), &rights, name));
        let mut names: Vec<String> = seen.map(|name| name.to_string()).collect();
        let table: Vec<&str> = match kind {
            Kind::Role | Kind::Transformation => vec![],
            Kind::Template => BUILTIN_TEMPLATES.iter().map(|(name, _)| *name).collect(),
            Kind::Alphabet => BUILTIN_ALPHABETS.iter().map(|(name, _)| *name).collect(),
        };
        for name in table {
            names.push(Reference::builtin(name).map_err(ErrorKind::from)?.to_string());
        }
        names.sort();
        Ok(Answer::Names(names))
    }
}

/// One of a tenant's.
pub(super) fn find<T>(
    tx: &Tx<'_>,
    partition: PartitionId,
    name: &DomainName,
) -> Result<Option<T>, Error>
where
    Owned<T>: StoredRecord,
{
    let found: Option<Owned<T>> = tx.get(partition, name.as_str().as_bytes())?;
    Ok(found.map(|owned| owned.item))
}

/// The names of all that a tenant has of a kind.
pub(super) fn names(
    tx: &Tx<'_>,
    partition: PartitionId,
    kind: Kind,
) -> Result<Vec<DomainName>, Error> {
    match kind {
        Kind::Role => scan(tx, partition, |one: Role| one.name),
        Kind::Transformation => scan(tx, partition, |one: Transformation| one.name),
        Kind::Template => scan(tx, partition, |one: TemplateRule| one.name),
        Kind::Alphabet => scan(tx, partition, |one: Alphabet| one.name),
    }
}

fn scan<T>(
    tx: &Tx<'_>,
    partition: PartitionId,
    name: impl Fn(T) -> DomainName,
) -> Result<Vec<DomainName>, Error>
where
    Owned<T>: StoredRecord,
{
    let mut names = vec![];
    tx.scan(partition, |owned: Owned<T>| {
        names.push(name(owned.item));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(names)
}

/// Something that is there for all.
// spec: vault 4.2
fn built_in(kind: Kind, reference: &Reference) -> Result<Answer, Error> {
    let name = reference.name().clone();
    let answer = match kind {
        Kind::Role | Kind::Transformation => None,
        Kind::Template => reference.in_table(&BUILTIN_TEMPLATES).map(|pattern| {
            let alphabet = digits()?;
            Ok(Answer::Template(TemplateRule { name, pattern: pattern.to_owned(), alphabet }))
        }),
        Kind::Alphabet => reference.in_table(&BUILTIN_ALPHABETS).map(|characters| {
            let characters = Characters::parse(characters).map_err(ErrorKind::from)?;
            Ok(Answer::Alphabet(Alphabet { name, characters }))
        }),
    };
    answer.unwrap_or_else(|| Err(ErrorKind::KeyNotFound.into()))
}

/// The alphabet of the templates that are there for all.
pub(super) fn digits() -> Result<Reference, Error> {
    Reference::builtin("numeric").map_err(|error| ErrorKind::from(error).into())
}
