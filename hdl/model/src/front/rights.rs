//! The verdict over a descriptor.

use super::decode::{Act, Request};
use crate::cluster::KEYS;
use crate::keys::Rights;
use typex_abi::{Header, Status};

/// What the card as a whole says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Readiness {
    pub(crate) fatal: bool,
    /// Enabled, not quiesced, self-test passed.
    pub(crate) ready: bool,
    /// The transport and the device root are there.
    pub(crate) roots: [bool; 2],
}

/// A descriptor's status; `slots`: rights of its keys, `users`: key slots of users.
pub(crate) fn verdict(
    request: &Request,
    address_ok: bool,
    slots: &[Option<Rights>; KEYS],
    card: Readiness,
    users: u8,
) -> Status {
    if !request.check_ok {
        Status::BadCheck
    } else if card.fatal {
        Status::Fault
    } else if !card.ready {
        Status::NotReady
    } else if !request.opcode_ok {
        Status::BadOpcode
    } else if !request.length_ok {
        Status::BadLength
    } else if !address_ok {
        Status::BadAddress
    } else if request.act == Act::KeyLoad {
        let there = request.keys[0].slot < u16::from(users);
        let root = card.roots[usize::from(request.root & 1)];
        if there && root { Status::Ok } else { Status::EmptySlot }
    } else {
        keys(request, slots)
    }
}

/// Each key alone, then what they may do.
fn keys(request: &Request, slots: &[Option<Rights>; KEYS]) -> Status {
    for key in (0..KEYS).filter(|key| request.keys_checked[*key]) {
        match slots[key] {
            None => return Status::EmptySlot,
            Some(rights) if rights.generation != request.keys[key].generation => {
                return Status::StaleKey;
            }
            Some(_) => {}
        }
    }
    let header = |key: usize| slots[key].as_ref().map(|rights| &rights.header);
    let used = |right: u16| header(0).is_some_and(|header| header.usage & right == right);
    let allowed = (request.usage == 0 || used(request.usage))
        && (0..KEYS).all(|key| plays(request.roles[key], header(key)))
        && pairs().all(|(a, b)| together(request, (a, header(a)), (b, header(b))));
    if allowed { Status::Ok } else { Status::Policy }
}

fn plays(roles: u16, header: Option<&Header>) -> bool {
    roles == 0 || header.is_some_and(|header| header.roles & roles == roles)
}

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (0..KEYS).flat_map(|a| (a + 1..KEYS).map(move |b| (a, b)))
}

/// Two keys of a program: the same slot, or one partition and each names the other.
fn together(request: &Request, a: (usize, Option<&Header>), b: (usize, Option<&Header>)) -> bool {
    let both = request.roles[a.0] != 0 && request.roles[b.0] != 0;
    if !both || request.keys[a.0].slot == request.keys[b.0].slot {
        return true;
    }
    let (Some(a), Some(b)) = (a.1, b.1) else { return false };
    a.partition == b.partition && names(a, b.key_id) && names(b, a.key_id)
}

fn names(header: &Header, key_id: u64) -> bool {
    key_id != 0 && header.partners.contains(&key_id)
}
