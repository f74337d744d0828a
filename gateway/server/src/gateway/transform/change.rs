//! Roles, transformations, templates and alphabets, made, changed and removed.

use std::sync::Arc;

use typex_core::audit::Entry;
use typex_core::error::{InvalidData, Malformed};
use typex_core::limits::TRANSFORM_RECORDS_MAX;
use typex_core::op::token::manage;
use typex_core::op::transform::{
    Alphabet, Answer, BUILTIN_ALPHABETS, BUILTIN_TEMPLATES, Kind, New, NewTransformation, NewWay,
    Object, Owned, Reference, Role, Shape, TemplateRule, Transformation, Way,
};
use typex_core::policy::token::check_name;
use typex_core::token::domain::DomainRecord;
use typex_core::token::{Characters, DomainName, Template, TemplateError};
use typex_core::{Error, ErrorKind, PartitionId};
use typex_store::Tx;

use super::look::{digits, find, names};
use super::{Asker, Failed};
use crate::gateway::core::Inner;
use crate::gateway::record;

/// What a transformation stands on, as it is before it is written.
struct Ground {
    old: Option<Transformation>,
    domain: Option<DomainRecord>,
    way: Way,
}

impl Inner {
    /// Makes one, or changes it.
    pub(super) async fn put_object(&self, from: Asker<'_>, new: New) -> Result<Answer, Failed> {
        let (kind, name) = new.object();
        self.check_change(from, name).await?;
        let partition = from.partition();
        let limit = move |tx: &Tx<'_>, name: &DomainName| check_count(tx, partition, kind, name);
        match new {
            New::Role(role) => {
                self.kept(from, move |tx| {
                    limit(tx, &role.name)?;
                    tx.put(&Owned { partition, item: role })
                })
                .await?;
            }
            New::Alphabet(alphabet) => {
                self.kept(from, move |tx| {
                    limit(tx, &alphabet.name)?;
                    tx.put(&Owned { partition, item: alphabet })
                })
                .await?;
            }
            New::Template(rule) => {
                self.kept(from, move |tx| {
                    limit(tx, &rule.name)?;
                    template(tx, partition, &rule)?;
                    tx.put(&Owned { partition, item: rule })
                })
                .await?;
            }
            New::Transformation(new) => return self.put_transformation(from, new).await,
        }
        Ok(Answer::Kept { is_encryption: false })
    }

    /// A transformation comes after its domain: one without the other is mended by asking again.
    // spec: vault 4.1
    async fn put_transformation(
        &self,
        from: Asker<'_>,
        new: NewTransformation,
    ) -> Result<Answer, Failed> {
        let partition = from.partition();
        let asked = new.clone();
        let ground = self.gateway.store.read(move |tx| ground(tx, partition, &asked)).await?;
        let Ground { old, domain, way } = ground;
        let owns_domain = old.as_ref().map_or(domain.is_none(), |old| old.owns_domain);
        let NewTransformation { name, roles, is_deletable, .. } = new;
        let item = Transformation { name, way, roles, is_deletable, owns_domain };
        if old.is_some_and(|old| !old.way.is_like(&item.way)) {
            let text = "the type of a transformation, and whether it is convergent, stay: use \
                another name";
            return Err(Error::new(ErrorKind::WrongState, text).into());
        }
        self.put_domain(from, &item, domain).await?;
        let is_encryption = matches!(item.way, Way::Encrypt(_));
        self.kept(from, move |tx| {
            check_count(tx, partition, Kind::Transformation, &item.name)?;
            tx.put(&Owned { partition, item })
        })
        .await?;
        Ok(Answer::Kept { is_encryption })
    }

    /// Sees to it that a transformation has the domain that it needs.
    async fn put_domain(
        &self,
        from: Asker<'_>,
        item: &Transformation,
        domain: Option<DomainRecord>,
    ) -> Result<(), Failed> {
        let needed = item.domain().map_err(too_small)?;
        match (needed, domain) {
            (Some(_), Some(domain)) if !item.fits(&domain) => {
                let text = "there are codes of this name in another form: use another name, or a \
                    template of the same form";
                return Err(Error::new(ErrorKind::WrongState, text).into());
            }
            (Some(needed), None) => {
                let create = manage::Request::Create(Box::new(needed));
                let made = self.token_domains(from.peer, from.caller, create).await;
                made.map_err(Failed::Recorded)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Removes one; that there is none is no failure.
    pub(super) async fn delete_object(
        &self,
        from: Asker<'_>,
        object: Object,
    ) -> Result<Answer, Failed> {
        let Object { kind, name } = object;
        if name.is_builtin() {
            return Err(Error::new(ErrorKind::WrongState, "what is built in stays").into());
        }
        let name = name.name().clone();
        self.check_change(from, &name).await?;
        if kind == Kind::Transformation {
            self.delete_domain(from, &name).await?;
        }
        let partition = from.partition();
        self.kept(from, move |tx| {
            let id = name.as_str().as_bytes();
            match kind {
                Kind::Role => tx.delete::<Owned<Role>>(partition, id),
                Kind::Transformation => tx.delete::<Owned<Transformation>>(partition, id),
                Kind::Template => tx.delete::<Owned<TemplateRule>>(partition, id),
                Kind::Alphabet => tx.delete::<Owned<Alphabet>>(partition, id),
            }
        })
        .await?;
        Ok(Answer::Deleted)
    }

    /// Removes the domain of a transformation, if it was made for it.
    // spec: vault 4.6
    async fn delete_domain(&self, from: Asker<'_>, name: &DomainName) -> Result<(), Failed> {
        let (partition, own) = (from.partition(), name.clone());
        let found = self.gateway.store.read(move |tx| find(tx, partition, &own)).await?;
        let Some(found): Option<Transformation> = found else { return Ok(()) };
        if !found.is_deletable {
            let text = "deletion_allowed is false: write the transformation with it first";
            return Err(Error::new(ErrorKind::WrongState, text).into());
        }
        if !found.owns_domain || matches!(found.way, Way::Mask { .. }) {
            return Ok(());
        }
        let delete = manage::Request::Delete(name.clone());
        match self.token_domains(from.peer, from.caller, delete).await {
            Err(error) if error.kind != ErrorKind::KeyNotFound => Err(Failed::Recorded(error)),
            _ => Ok(()),
        }
    }

    /// Makes or seals new codes under another key.
    pub(super) async fn rotate(&self, from: Asker<'_>, name: DomainName) -> Result<Answer, Failed> {
        let rotate = manage::Request::Rotate { domain: name, key: None };
        let done = self.token_domains(from.peer, from.caller, rotate).await;
        done.map(|_| Answer::Kept { is_encryption: false }).map_err(Failed::Recorded)
    }

    async fn check_change(&self, from: Asker<'_>, name: &DomainName) -> Result<(), Error> {
        let rights = self.token_rights(from.principal()).await?;
        Ok(check_name(from.principal(), &rights, from.function, name)?)
    }

    /// Changes the store and says so in the audit log. Goes on when the client goes away: no core
    /// keeps what is no longer true.
    async fn kept<T: Send + 'static>(
        &self,
        from: Asker<'_>,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let entry: Entry = record::entry(from.peer, from.principal(), from.action(), None, Ok(()));
        let gateway = Arc::clone(&self.gateway);
        let kept = tokio::task::spawn_local(async move {
            let kept = gateway.store.write(move |tx| {
                let kept = change(tx)?;
                tx.record(entry);
                Ok(kept)
            });
            let kept = kept.await?;
            gateway.revocations.raise();
            Ok(kept)
        });
        kept.await.map_err(|error| Error::from(ErrorKind::Internal).with_source(error))?
    }
}

/// What is there before a transformation is written.
fn ground(tx: &Tx<'_>, partition: PartitionId, new: &NewTransformation) -> Result<Ground, Error> {
    let old: Option<Transformation> = find(tx, partition, &new.name)?;
    let way = match &new.way {
        NewWay::Encrypt(name) => Way::Encrypt(shape(tx, partition, name)?),
        NewWay::Mask { template, with } => {
            Way::Mask { shape: shape(tx, partition, template)?, with: *with }
        }
        NewWay::Keep { ttl_ms_max, is_convergent } => {
            Way::Keep { ttl_ms_max: *ttl_ms_max, is_convergent: *is_convergent }
        }
    };
    let domain = match tx.token_domain(partition, &new.name) {
        Ok(domain) => Some(domain),
        Err(error) if error.kind == ErrorKind::KeyNotFound => None,
        Err(error) => return Err(error),
    };
    Ok(Ground { old, domain, way })
}

fn shape(tx: &Tx<'_>, partition: PartitionId, name: &Reference) -> Result<Shape, Error> {
    let rule = match name.is_builtin() {
        false => find::<TemplateRule>(tx, partition, name.name())?,
        true => match name.in_table(&BUILTIN_TEMPLATES) {
            None => None,
            Some(pattern) => {
                let (name, pattern) = (name.name().clone(), pattern.to_owned());
                Some(TemplateRule { name, pattern, alphabet: digits()? })
            }
        },
    };
    let rule = rule.ok_or_else(|| absent("template"))?;
    let characters = characters(tx, partition, &rule.alphabet)?;
    let shape = Shape { name: name.clone(), pattern: rule.pattern, characters };
    shape.template().map_err(faulty)?;
    Ok(shape)
}

fn template(tx: &Tx<'_>, partition: PartitionId, rule: &TemplateRule) -> Result<Template, Error> {
    let characters = characters(tx, partition, &rule.alphabet)?;
    Template::parse(&rule.pattern, &characters).map_err(faulty)
}

fn characters(tx: &Tx<'_>, partition: PartitionId, name: &Reference) -> Result<Characters, Error> {
    if name.is_builtin() {
        let text = name.in_table(&BUILTIN_ALPHABETS).ok_or_else(|| absent("alphabet"))?;
        return Characters::parse(text).map_err(|error| ErrorKind::from(error).into());
    }
    let found: Option<Alphabet> = find(tx, partition, name.name())?;
    found.map(|alphabet| alphabet.characters).ok_or_else(|| absent("alphabet"))
}

fn check_count(
    tx: &Tx<'_>,
    partition: PartitionId,
    kind: Kind,
    name: &DomainName,
) -> Result<(), Error> {
    let all = names(tx, partition, kind)?;
    let fits = all.len() < TRANSFORM_RECORDS_MAX || all.contains(name);
    let text = "as many as a tenant may have";
    fits.then_some(()).ok_or_else(|| Error::new(ErrorKind::Quota, text))
}

/// What a request names is not there.
fn absent(what: &str) -> Error {
    let kind = ErrorKind::InvalidData(InvalidData::Parameter);
    Error::new(kind, format!("the {what} is not there"))
}

fn faulty(fault: TemplateError) -> Error {
    Error::new(ErrorKind::Malformed(Malformed::Value), fault.to_string())
}

// spec: vault 4.4
fn too_small(kind: ErrorKind) -> Error {
    match kind {
        ErrorKind::Payment(_) => {
            let text = "the shortest value of the template leaves fewer than 1000000 codes: \
                capture more characters, or use tokenization";
            Error::new(kind, text)
        }
        kind => kind.into(),
    }
}
