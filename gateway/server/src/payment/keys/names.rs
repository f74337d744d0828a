//! Names and tags of payment keys.

use typex_core::limits::PAYMENT_PAGE_MAX;
use typex_core::op::payment::keys::{
    Alias, AliasName, AliasView, Answer, Next, Page, Request, Tag, Tags,
};
use typex_core::op::payment::{Account, KeyRef, RefName};
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_store::Tx;

use super::Allowed;
use crate::gateway::{Cache, Caller, Inner, Revocations};

/// Names that one core remembers; one takes some 300 bytes.
const ALIASES_MAX: usize = 4096;

/// What the names mean that one core saw lately.
pub(crate) struct Aliases(Cache<(PartitionId, String), Meaning>);

/// What a name of a partition meant when its revocation count stood at `seen`.
#[derive(Clone, Copy)]
struct Meaning {
    partition: PartitionId,
    key: KeyId,
    seen: u64,
}

impl Aliases {
    pub(crate) fn new() -> Self {
        Self(Cache::new(ALIASES_MAX))
    }

    /// Forgets what was seen before the last revocation.
    pub(crate) fn forget_before(&mut self, revocations: &Revocations) {
        self.0.retain(|meaning| meaning.seen == revocations.count_in(meaning.partition));
    }
}

impl Inner {
    /// The key that a name means in a partition.
    ///
    /// # Errors
    /// [`ErrorKind::KeyNotFound`] for another account's, and for a name that means no key. Whether
    /// there is a key of an identity is not looked at.
    pub(crate) async fn payment_key_id(
        &self,
        partition: PartitionId,
        name: &KeyRef,
    ) -> Result<KeyId, Error> {
        let not_found = || Error::from(ErrorKind::KeyNotFound);
        if name.account.is_some_and(|account| account != Account::of(partition)) {
            return Err(not_found());
        }
        let alias = match &name.name {
            RefName::Id(id) => return Ok(*id),
            RefName::Alias(alias) => alias,
        };
        let seen = self.gateway.revocations.count_in(partition);
        let place = (partition, alias.clone());
        let known = self.aliases.borrow_mut().0.find(&place, |known| known.seen == seen);
        if let Some(known) = known {
            return Ok(known.key);
        }
        let alias = AliasName::new(alias).ok_or_else(not_found)?;
        let found = self.gateway.store.read(move |tx| tx.alias(partition, &alias)).await?;
        let key = found.key.ok_or_else(not_found)?;
        self.aliases.borrow_mut().0.insert(place, Meaning { partition, key, seen });
        Ok(key)
    }

    /// Shows names and tags; those of the key, if one is named. A name that the caller's own rules
    /// do not let it see is not there.
    pub(super) async fn look_at_names(
        &self,
        caller: &Caller,
        key: Option<KeyId>,
        request: Request,
    ) -> Result<Answer, Error> {
        let (store, partition) = (&self.gateway.store, caller.principal.partition);
        match request {
            Request::GetAlias(name) => {
                let caller = caller.clone();
                let alias = store.read(move |tx| own_alias(tx, &caller, &name)).await?;
                Ok(named(alias))
            }
            Request::ListAliases { page, .. } => {
                let caller = caller.clone();
                let is_shown = move |alias: &Alias| {
                    (key.is_none() || alias.key == key) && caller.may_name(alias)
                };
                let aliases = store.read(move |tx| tx.aliases(partition, is_shown, &page)).await?;
                let items = aliases.items.into_iter().map(view).collect();
                Ok(Answer::Aliases(Next { items, after: aliases.after }))
            }
            Request::ListTags { page, .. } => {
                let key = key.ok_or(ErrorKind::Internal)?;
                let tags = store.read(move |tx| tx.tags(partition, key)).await?;
                Ok(Answer::Tags(tag_page(&tags, &page)))
            }
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    /// Changes names and tags.
    pub(super) async fn rename(
        &self,
        caller: &Caller,
        allowed: Allowed,
        request: Request,
    ) -> Result<Answer, Error> {
        let (partition, key, caller) = (allowed.partition(), allowed.id(), caller.clone());
        let is_new = matches!(request, Request::CreateAlias(..));
        match request {
            Request::CreateAlias(name, of) | Request::UpdateAlias(name, of) => {
                let alias = Alias { partition, name, key: of.and(key.ok()) };
                self.point(caller, allowed, (alias, is_new)).await
            }
            Request::DeleteAlias(name) => {
                let kept = self.keep_change(allowed, move |tx, partition| {
                    own_alias(tx, &caller, &name)?;
                    tx.delete_alias(partition, &name)
                });
                kept.await.map(|()| Answer::Done)
            }
            Request::Tag(_, tags) => {
                let key = key?;
                self.tag(allowed, key, move |old| Ok(old.with(tags)?)).await
            }
            Request::Untag(_, names) => {
                let key = key?;
                self.tag(allowed, key, move |old| Ok(old.without(&names))).await
            }
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    /// Has a name mean a key.
    async fn point(
        &self,
        caller: Caller,
        allowed: Allowed,
        (alias, is_new): (Alias, bool),
    ) -> Result<Answer, Error> {
        if !caller.may_name(&alias) {
            return Err(ErrorKind::Forbidden.into());
        }
        let kept = self.keep_change(allowed, move |tx, _| {
            if is_new {
                tx.create_alias(&alias)?
            } else {
                own_alias(tx, &caller, &alias.name)?;
                tx.update_alias(&alias)?
            }
            Ok(named(alias))
        });
        kept.await
    }

    async fn tag(
        &self,
        allowed: Allowed,
        key: KeyId,
        change: impl FnOnce(Tags) -> Result<Tags, Error> + Send + 'static,
    ) -> Result<Answer, Error> {
        let tagged = self.keep_change(allowed, move |tx, partition| {
            let tags = change(tx.tags(partition, key)?)?;
            tx.put_tags(partition, key, tags)
        });
        tagged.await.map(|()| Answer::Done)
    }
}

/// What a name means now, if the caller's own rules let it see that: otherwise it is not found.
fn own_alias(tx: &Tx<'_>, caller: &Caller, name: &AliasName) -> Result<Alias, Error> {
    let alias = tx.alias(caller.principal.partition, name)?;
    if caller.may_name(&alias) { Ok(alias) } else { Err(ErrorKind::KeyNotFound.into()) }
}

/// A name as its owner sees it.
fn view(alias: Alias) -> AliasView {
    let Alias { partition, name, key } = alias;
    AliasView { account: Account::of(partition), name, key }
}

fn named(alias: Alias) -> Answer {
    Answer::Alias(view(alias))
}

/// Part of the tags, in the order of their names.
fn tag_page(tags: &Tags, page: &Page<String>) -> Next<Tag, String> {
    let behind = |tag: &Tag| page.after.as_ref().is_none_or(|after| tag.name > *after);
    let mut rest = tags.iter().filter(behind);
    let count = page.count.min(PAYMENT_PAGE_MAX);
    let items: Vec<Tag> = rest.by_ref().take(count).collect();
    let is_end = rest.next().is_none();
    let after = items.last().filter(|_| !is_end).map(|tag| tag.name.clone());
    Next { items, after }
}
