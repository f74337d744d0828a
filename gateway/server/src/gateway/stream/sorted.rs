//! Records of a batch by what carries them out.
// spec: stream 5

use std::collections::BTreeMap;
use std::rc::Rc;

use typex_core::key::KeyName;
use typex_core::op::process_data::ProcessData;
use typex_core::op::{payment, token};
use typex_dialect::stream::Work;

use crate::gateway::caller::Caller;

/// Who asks: partition, and on whom it counts.
type Who = ([u8; 16], [u8; 16]);

/// Records by id.
type Records<T> = Vec<(u32, Box<T>)>;

/// One ProcessData: its id, who asks, the key.
pub(super) type Process = (u32, Rc<Caller>, KeyName, ProcessData);

/// What is carried out together.
pub(super) enum Group {
    /// All of their kind, which fill lanes.
    Process(Vec<Process>),
    /// Those of a caller, each as if it came after the answer to the one before: failures of a
    /// card count.
    Payments(Rc<Caller>, Records<payment::Call>),
    /// Those of a caller of one kind, which share commits.
    Tokens(Rc<Caller>, Records<token::Call>),
}

/// Records of a batch.
#[derive(Default)]
pub(super) struct Sorted {
    process: Vec<Process>,
    payments: BTreeMap<Who, (Rc<Caller>, Records<payment::Call>)>,
    tokens: BTreeMap<(Who, token::Operation), (Rc<Caller>, Records<token::Call>)>,
}

impl Sorted {
    pub(super) fn add(&mut self, id: u32, caller: Rc<Caller>, work: Work) {
        let who = (caller.principal.partition.0, caller.principal.counted_on());
        match work {
            Work::Process(key, request) => self.process.push((id, caller, key, request)),
            Work::Payment(call) => {
                let group = self.payments.entry(who).or_insert_with(|| (caller, Vec::new()));
                group.1.push((id, call));
            }
            Work::Token(call) => {
                let place = (who, call.task.operation());
                let group = self.tokens.entry(place).or_insert_with(|| (caller, Vec::new()));
                group.1.push((id, call));
            }
        }
    }

    pub(super) fn groups(self) -> impl Iterator<Item = Group> {
        let payments = self.payments.into_values().map(|(who, calls)| Group::Payments(who, calls));
        let tokens = self.tokens.into_values().map(|(who, calls)| Group::Tokens(who, calls));
        let process = (!self.process.is_empty()).then_some(Group::Process(self.process));
        payments.chain(tokens).chain(process)
    }
}
