//! Checks descriptors, one per cycle at best, in the order in which they were fetched.
//!
//! Four stages; each holds while the next is full. A key_load, key_zeroise or program_load lets
//! nothing follow before it was dispatched, so what comes behind sees its effect.

use super::decode::{Act, Programs, Request};
use super::errors::Errors;
use super::fetch::Arrived;
use super::rights::{Readiness, verdict};
use super::ring::Ring;
use crate::cluster::{Job, KEYS};
use crate::keys::{KeyStore, Rights};
use typex_abi::{Status, error};

/// A checked descriptor.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) act: Act,
    /// Of one that is refused.
    pub(crate) status: Status,
    /// Its input comes from the host.
    pub(crate) reads: bool,
    pub(crate) input: u64,
    pub(crate) read_bytes: u16,
    /// Parameter blocks and number of program_load.
    pub(crate) program: (u8, u8),
    pub(crate) job: Job,
}

/// With its keys' rights and its addresses.
struct Looked {
    request: Request,
    address_ok: bool,
    slots: [Option<Rights>; KEYS],
}

/// The stages.
#[derive(Default)]
pub(crate) struct Admit {
    first: Option<Request>,
    second: Option<Request>,
    third: Option<Looked>,
    pub(crate) item: Option<Item>,
}

/// What the checks look at.
pub(crate) struct AdmitContext<'a> {
    pub(crate) rings: &'a [Ring],
    pub(crate) programs: &'a Programs,
    pub(crate) keys: &'a KeyStore,
    pub(crate) card: Readiness,
}

impl Admit {
    pub(crate) fn is_busy(&self) -> bool {
        self.first.is_some() || self.second.is_some() || self.third.is_some() || self.item.is_some()
    }

    /// One cycle; `taken`: the item left. True: `arrived` was taken.
    pub(crate) fn cycle(
        &mut self,
        arrived: Option<&Arrived>,
        taken: bool,
        context: &AdmitContext<'_>,
        errors: &mut Errors,
    ) -> bool {
        let hold = self.holds();
        let ready4 = self.item.is_none() || taken;
        let ready3 = self.third.is_none() || ready4;
        let ready2 = self.second.is_none() || ready3;
        let ready1 = self.first.is_none() || ready2;
        if ready4 {
            self.item = self.third.take().map(|looked| judge(&looked, context, errors));
        }
        if ready3 {
            self.third = self.second.take().map(|request| look(request, context));
        }
        if ready2 {
            self.second = self.first.take();
        }
        if ready1 && !hold {
            self.first = arrived.map(|arrived| read(arrived, context));
        }
        ready1 && !hold
    }

    fn holds(&self) -> bool {
        let first = self.first.as_ref().map(|request| request.act);
        let second = self.second.as_ref().map(|request| request.act);
        let third = self.third.as_ref().map(|looked| looked.request.act);
        let item = self.item.as_ref().map(|item| item.act);
        [first, second, third, item].into_iter().flatten().any(Act::is_alone)
    }
}

fn read(arrived: &Arrived, context: &AdmitContext<'_>) -> Request {
    let config = &context.rings[usize::from(arrived.ring)].config;
    Request::read(
        &arrived.bytes,
        (arrived.ring, config),
        arrived.phase,
        arrived.cycle,
        context.programs,
        context.keys.users(),
    )
}

fn look(request: Request, context: &AdmitContext<'_>) -> Looked {
    let config = &context.rings[usize::from(request.job.id.ring)].config;
    let input_ok = !request.reads || config.contains(request.input, request.read_bytes);
    let output_ok =
        !request.writes || config.contains(request.job.output, request.job.output_bytes);
    let slots = request.keys.map(|key| context.keys.rights(key.slot));
    Looked { request, address_ok: input_ok && output_ok, slots }
}

fn judge(looked: &Looked, context: &AdmitContext<'_>, errors: &mut Errors) -> Item {
    let request = &looked.request;
    let users = context.keys.users();
    let status = verdict(request, looked.address_ok, &looked.slots, context.card, users);
    if !request.check_ok {
        errors.report(error::DESCRIPTOR, request.job.id.ring, request.job.id.tag);
    }
    let mut job = request.job;
    job.word = looked.slots[request.open_key].map_or(0, |rights| rights.header.word);
    Item {
        act: if status == Status::Ok { request.act } else { Act::Refuse },
        status,
        reads: request.reads,
        input: request.input,
        read_bytes: request.read_bytes,
        program: request.program,
        job,
    }
}
