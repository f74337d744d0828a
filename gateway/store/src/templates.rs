//! Open templates: numbers promised to keys that clients are about to bring in.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use typex_core::error::KeyImport;
use typex_core::limits::{OPEN_TEMPLATES_MAX, TEMPLATE_OPEN_MS};
use typex_core::op::enrol::{KeyTemplate, NewTemplate};
use typex_core::{Error, ErrorKind, PartitionId, UnixMs};

use crate::limits::TEMPLATE_PARTITIONS_MAX;
use crate::tx::Tx;

/// A template that was given out.
pub struct OpenTemplate {
    /// What was asked for.
    pub new: NewTemplate,
    /// What was given.
    pub template: KeyTemplate,
    /// When.
    pub opened: UnixMs,
}

impl OpenTemplate {
    fn is_open(&self, now: UnixMs) -> bool {
        now.since(self.opened) < Duration::from_millis(TEMPLATE_OPEN_MS)
    }
}

/// A change that a closure asked for.
pub(crate) enum TemplateChange {
    Open(PartitionId, Arc<OpenTemplate>),
    Close(PartitionId, u32),
}

/// All open templates.
#[derive(Default)]
pub(crate) struct Templates(HashMap<PartitionId, HashMap<u32, Arc<OpenTemplate>>>);

impl Templates {
    pub(crate) fn apply(&mut self, change: TemplateChange) {
        match change {
            TemplateChange::Open(partition, open) => {
                self.sweep(partition, open.opened);
                self.0.entry(partition).or_default().insert(open.template.object, open);
            }
            TemplateChange::Close(partition, object) => {
                self.0.get_mut(&partition).map(|open| open.remove(&object));
            }
        }
    }

    fn find(&self, partition: PartitionId, object: u32) -> Option<&Arc<OpenTemplate>> {
        self.0.get(&partition)?.get(&object)
    }

    fn open_count(&self, partition: PartitionId, now: UnixMs) -> usize {
        let open = self.0.get(&partition).into_iter().flat_map(HashMap::values);
        open.filter(|open| open.is_open(now)).count()
    }

    /// Whether `partition` may have templates, judged by how many others do.
    fn admit(&mut self, partition: PartitionId, now: UnixMs) -> bool {
        if self.0.len() < TEMPLATE_PARTITIONS_MAX || self.0.contains_key(&partition) {
            return true;
        }
        self.0.retain(|_, open| open.values().any(|open| open.is_open(now)));
        self.0.len() < TEMPLATE_PARTITIONS_MAX
    }

    fn sweep(&mut self, partition: PartitionId, now: UnixMs) {
        if let Some(open) = self.0.get_mut(&partition) {
            open.retain(|_, open| open.is_open(now));
        }
    }
}

impl Tx<'_> {
    /// Promises a free object number and lays out its template.
    ///
    /// # Errors
    /// `Quota` if the partition has too many open templates.
    pub fn open_template(
        &mut self,
        partition: PartitionId,
        new: NewTemplate,
        now: UnixMs,
    ) -> Result<Arc<OpenTemplate>, Error> {
        let admitted = self.memory().borrow_mut().templates.admit(partition, now);
        let open = self.memory().borrow().templates.open_count(partition, now);
        if !admitted || open + self.changes.templates.len() >= OPEN_TEMPLATES_MAX {
            return Err(ErrorKind::Quota.into());
        }
        let object = self.fresh_object(partition)?;
        let template = (new.layout)(&new, object);
        let open = Arc::new(OpenTemplate { new, template, opened: now });
        self.changes.templates.push(TemplateChange::Open(partition, open.clone()));
        Ok(open)
    }

    /// An open template. It stays open until its key is created or it expires.
    ///
    /// # Errors
    /// `KeyImport(NoTemplate)` if there is none.
    pub fn template(
        &self,
        partition: PartitionId,
        object: u32,
        now: UnixMs,
    ) -> Result<Arc<OpenTemplate>, Error> {
        let none = || ErrorKind::KeyImport(KeyImport::NoTemplate).into();
        self.find_template(partition, object).filter(|open| open.is_open(now)).ok_or_else(none)
    }

    /// Expired ones included, until they are swept: their numbers are not given out again yet.
    pub(crate) fn find_template(
        &self,
        partition: PartitionId,
        object: u32,
    ) -> Option<Arc<OpenTemplate>> {
        for change in self.changes.templates.iter().rev() {
            match change {
                TemplateChange::Open(owner, open)
                    if *owner == partition && open.template.object == object =>
                {
                    return Some(open.clone());
                }
                TemplateChange::Close(owner, closed)
                    if *owner == partition && *closed == object =>
                {
                    return None;
                }
                _ => {}
            }
        }
        self.memory().borrow().templates.find(partition, object).cloned()
    }
}
