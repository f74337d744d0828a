//! Roles with their transformations, read and made ready; every core keeps those that it used
//! lately.

use std::rc::Rc;

use typex_core::op::transform::{Role, Transformation};
use typex_core::policy::token::TokenRights;
use typex_core::token::{DomainName, Template};
use typex_core::{Error, ErrorKind, PartitionId};

use super::Asker;
use super::look::find;
use crate::gateway::cache::Cache;
use crate::gateway::core::Inner;

/// Roles that one core keeps: one takes up to 64 KiB, most 1 KiB.
const ROLES_MAX: usize = 1024;

/// What one core keeps, as it was when the revocation count stood at the number beside it.
pub(in crate::gateway) struct Roles(Cache<(PartitionId, DomainName), (Rc<Known>, u64)>);

/// A role.
pub(super) struct Known {
    name: DomainName,
    listed: usize,
    ready: Vec<Ready>,
}

/// A transformation with its template.
pub(super) struct Ready {
    pub(super) transformation: Transformation,
    pub(super) template: Option<Template>,
}

impl Roles {
    pub(in crate::gateway) fn new() -> Self {
        Self(Cache::new(ROLES_MAX))
    }

    /// Forgets what was read before the last revocation.
    pub(in crate::gateway) fn forget_before(&mut self, revocations: u64) {
        self.0.retain(|(_, seen)| *seen == revocations);
    }
}

impl Known {
    /// The transformation that is named, or the only one.
    // spec: vault 5.1
    pub(super) fn choose(&self, name: Option<&DomainName>) -> Result<&Ready, Error> {
        let bad = |text: &'static str| Error::new(ErrorKind::KeyNotFound, text);
        let found = match name {
            None if self.listed != 1 => {
                let text = "the role has no transformation, or more than one: name it";
                let kind = ErrorKind::Malformed(typex_core::error::Malformed::Member);
                return Err(Error::new(kind, text));
            }
            None => self.ready.first(),
            Some(name) => self.ready.iter().find(|one| one.transformation.name == *name),
        };
        let found = found.ok_or_else(|| bad("the role has no such transformation"))?;
        let allowed = found.transformation.roles.iter().any(|role| role.covers(&self.name));
        let text = "the role is none of the allowed_roles of the transformation";
        allowed.then_some(found).ok_or_else(|| Error::new(ErrorKind::Forbidden, text))
    }
}

impl Inner {
    /// A role of the partition. Whoever changes one, or a transformation, raises the count of
    /// revocations. Callers without any right are told nothing of what there is.
    pub(super) async fn role(
        &self,
        from: Asker<'_>,
        rights: &TokenRights,
        name: &DomainName,
    ) -> Result<Rc<Known>, Error> {
        if rights.rules().is_empty() {
            return Err(ErrorKind::Forbidden.into());
        }
        let (partition, seen) = (from.partition(), self.gateway.revocations.count());
        let id = (partition, name.clone());
        let known = self.roles.borrow_mut().0.find(&id, |(_, known)| *known == seen);
        if let Some((role, _)) = known {
            return Ok(role);
        }
        let own = name.clone();
        let read = self.gateway.store.read(move |tx| {
            let Some(role) = find::<Role>(tx, partition, &own)? else { return Ok(None) };
            let mut found = vec![];
            for name in &role.transformations {
                found.extend(find::<Transformation>(tx, partition, name)?);
            }
            Ok(Some((role, found)))
        });
        let text = "the role is not there";
        let (role, found) = read.await?.ok_or_else(|| Error::new(ErrorKind::KeyNotFound, text))?;
        let ready = found.into_iter().map(ready).collect::<Result<_, _>>()?;
        let role = Rc::new(Known { name: role.name, listed: role.transformations.len(), ready });
        self.roles.borrow_mut().0.insert(id, (Rc::clone(&role), seen));
        Ok(role)
    }
}

fn ready(transformation: Transformation) -> Result<Ready, Error> {
    let template = transformation.way.shape().map(|shape| shape.template()).transpose();
    let template = template.map_err(|_| ErrorKind::Storage)?;
    Ok(Ready { transformation, template })
}
