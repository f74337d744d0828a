//! Whether a principal may do something with tokens of a domain.
//!
//! Who may not is told so before anything is looked up: the answer does not depend on which domains
//! and tokens there are.

mod rights;
#[cfg(test)]
mod tests;

pub use rights::{DomainPattern, Right, RightSet, RightsError, RightsRecord, Rule, TokenRights};

use super::pair::PairGrants;
use super::payment::{self, Use};
use super::{Grant, TokenGrant, Verdict, proof_suffices};
use crate::error::{ErrorKind, Unauthenticated};
use crate::key::{KeyRecord, TokenUse, Usage};
use crate::op::Action;
use crate::op::token::manage::Function;
use crate::op::token::{Mask, Operation};
use crate::op::{payment as payments, token, transform};
use crate::principal::{Principal, Proof};
use crate::time::UnixMs;
use crate::token::DomainName;
use crate::token::domain::DomainRecord;

/// What is asked, with everything that was looked up for it.
pub struct Ask<'a> {
    /// What.
    pub operation: Operation,
    /// In which domain.
    pub domain: &'a DomainRecord,
    /// The domain in which the value gets another token; for [`Operation::Retokenize`] alone.
    pub to: Option<&'a DomainRecord>,
    /// How much of a value shall be told.
    pub mask: Mask,
    /// Keys of the domains: those that new tokens need, and of the others those that will be used.
    pub keys: &'a [&'a KeyRecord],
    /// Payment keys: of [`Operation::TokenizeTransport`] the one in the part
    /// [`Incoming`](crate::op::payment::Part::Incoming), of [`Operation::TranslatePin`] those of
    /// the payment operation of that name.
    pub uses: &'a [Use<'a>],
}

impl Ask<'_> {
    /// Of a call that has no second domain and no payment keys.
    pub fn of<'a>(
        operation: Operation,
        domain: &'a DomainRecord,
        keys: &'a [&'a KeyRecord],
    ) -> Ask<'a> {
        Ask { operation, domain, to: None, mask: Mask::FirstSixLastFour, keys, uses: &[] }
    }
}

/// Whether the caller has the right to a call, whatever there is. To be asked before domains and
/// keys are looked up; a domain that is then missing is [`ErrorKind::KeyNotFound`].
///
/// # Errors
/// [`Unauthenticated::ApiKey`] without a sufficient proof, [`ErrorKind::Forbidden`] without the
/// right, in a retokenization also that to tokenize in the other domain.
pub fn check_call(
    principal: &Principal,
    rights: &TokenRights,
    call: &token::Call,
) -> Result<(), ErrorKind> {
    let to = match &call.task {
        token::Task::Retokenize { to, .. } => Some(to),
        _ => None,
    };
    check_rights(principal, rights, call.task.operation(), (&call.domain, to))
}

/// Whether the caller may do anything at all with tokens of a domain, before it says what. To be
/// asked before the domain is looked up.
///
/// # Errors
/// [`Unauthenticated::ApiKey`] without a sufficient proof, [`ErrorKind::Forbidden`] without any
/// right.
pub fn may_open(
    principal: &Principal,
    rights: &TokenRights,
    domain: &DomainName,
) -> Result<(), ErrorKind> {
    check_proof(principal, Action::OpenHandle)?;
    let may = |right: &Right| has(principal, rights, *right, domain);
    Right::ALL.iter().any(may).then_some(()).ok_or(ErrorKind::Forbidden)
}

/// Decides. `rights` are the caller's own, `pairs` the grants of its partition. A retokenization
/// into a domain that [`is_laxer_than`](DomainRecord::is_laxer_than) the other needs
/// [`Right::Manage`] in that.
pub fn authorize(
    principal: &Principal,
    rights: &TokenRights,
    ask: &Ask<'_>,
    (pairs, now): (&PairGrants, UnixMs),
) -> Verdict {
    let to = ask.to.map(|to| &to.name);
    let decided = check_rights(principal, rights, ask.operation, (&ask.domain.name, to))
        .and_then(|()| ask.check_domains(principal))
        .and_then(|()| ask.check_limits(principal, rights))
        .and_then(|()| ask.check_keys(principal, now))
        .and_then(|()| ask.check_uses(principal, pairs, now));
    if let Err(kind) = decided {
        return Verdict::Deny(kind.into());
    }
    let may_all = has(principal, rights, Right::Detokenize, &ask.domain.name);
    let mask = if may_all { ask.mask } else { Mask::FirstSixLastFour };
    let grant = payment::grant(principal, Action::Token(ask.operation), ask.uses);
    let domain = Some(ask.domain.name.clone());
    let token = TokenGrant { domain, to: to.cloned(), mask };
    let isolate = ask.keys.iter().any(|key| key.isolate);
    Verdict::Allow(grant.for_token(token).for_keys(ask.keys.first().copied(), isolate))
}

/// Decides about the management of domains: of one, or of those whose names a list then shows; see
/// [`may_view`].
pub fn authorize_manage(
    principal: &Principal,
    rights: &TokenRights,
    function: Function,
    domain: Option<&DomainName>,
) -> Verdict {
    let action = Action::TokenDomains(function);
    let right = if function.is_control() { Right::Manage } else { Right::View };
    let allowed = domain.is_none_or(|domain| has(principal, rights, right, domain));
    let decided = check_proof(principal, action)
        .and_then(|()| allowed.then_some(()).ok_or(ErrorKind::Forbidden));
    match decided {
        Err(kind) => Verdict::Deny(kind.into()),
        Ok(()) => {
            let (domain, to) = (domain.cloned(), None);
            let token = TokenGrant { domain, to, mask: Mask::FirstSixLastFour };
            Verdict::Allow(Grant::new(principal, action, None).for_token(token))
        }
    }
}

/// Whether the caller may see that there is such a domain.
pub fn may_view(principal: &Principal, rights: &TokenRights, domain: &DomainName) -> bool {
    has(principal, rights, Right::View, domain) || has(principal, rights, Right::Manage, domain)
}

/// Whether the caller may see, or change, something that goes by the name of a domain without being
/// one: a role, a template, an alphabet. Rights cover them as they cover domains.
///
/// # Errors
/// [`Unauthenticated::ApiKey`] without a sufficient proof, [`ErrorKind::Forbidden`] without the
/// right.
pub fn check_name(
    principal: &Principal,
    rights: &TokenRights,
    function: transform::Function,
    name: &DomainName,
) -> Result<(), ErrorKind> {
    check_proof(principal, Action::Transform(function))?;
    let allowed = match function.is_control() {
        true => has(principal, rights, Right::Manage, name),
        false => may_view(principal, rights, name),
    };
    allowed.then_some(()).ok_or(ErrorKind::Forbidden)
}

impl Ask<'_> {
    fn check_domains(&self, principal: &Principal) -> Result<(), ErrorKind> {
        let ours = |domain: &DomainRecord| domain.partition == principal.partition;
        if !ours(self.domain) || !self.to.is_none_or(ours) {
            return Err(ErrorKind::KeyNotFound);
        }
        let fits = self.to.is_some() == (self.operation == Operation::Retokenize);
        fits.then_some(()).ok_or(ErrorKind::Internal)
    }

    /// Where more may be tried than where a token comes from, its value would be found: only who
    /// manages that domain takes it there.
    fn check_limits(&self, principal: &Principal, rights: &TokenRights) -> Result<(), ErrorKind> {
        let is_laxer = self.to.is_some_and(|to| to.is_laxer_than(self.domain));
        let may = !is_laxer || has(principal, rights, Right::Manage, &self.domain.name);
        may.then_some(()).ok_or(ErrorKind::Forbidden)
    }

    /// Each key is one of the domains', and none is missing that a new token needs.
    fn check_keys(&self, principal: &Principal, now: UnixMs) -> Result<(), ErrorKind> {
        let making = match self.operation.makes_token() {
            true => Some(self.domain),
            false => self.to,
        };
        for (id, ..) in making.iter().flat_map(|domain| domain.keys()).filter(|(.., new)| *new) {
            self.keys.iter().find(|key| key.id == id).ok_or(ErrorKind::KeyNotFound)?;
        }
        self.keys.iter().try_for_each(|key| self.check_key(principal, key, now))
    }

    fn check_key(
        &self,
        principal: &Principal,
        key: &KeyRecord,
        now: UnixMs,
    ) -> Result<(), ErrorKind> {
        if key.partition != principal.partition {
            return Err(ErrorKind::KeyNotFound);
        }
        let domains = [Some(self.domain), self.to].into_iter().flatten();
        let known = domains.flat_map(DomainRecord::keys).find(|(id, ..)| *id == key.id);
        let (_, what, _): (_, TokenUse, _) = known.ok_or(ErrorKind::KeyUsage)?;
        if key.usage != Usage::Token(what) {
            return Err(ErrorKind::KeyUsage);
        }
        if key.is_usable(now) { Ok(()) } else { Err(ErrorKind::KeyState) }
    }

    fn check_uses(
        &self,
        principal: &Principal,
        pairs: &PairGrants,
        now: UnixMs,
    ) -> Result<(), ErrorKind> {
        match self.operation {
            Operation::TokenizeTransport => payment::check_transport(principal, self.uses, now),
            Operation::TranslatePin => {
                let operation = payments::Operation::TranslatePin;
                payment::check_uses(principal, operation, self.uses, (pairs, now))
            }
            _ if self.uses.is_empty() => Ok(()),
            _ => Err(ErrorKind::Internal),
        }
    }
}

fn check_rights(
    principal: &Principal,
    rights: &TokenRights,
    operation: Operation,
    (domain, to): (&DomainName, Option<&DomainName>),
) -> Result<(), ErrorKind> {
    check_proof(principal, Action::Token(operation))?;
    let masked = operation == Operation::Detokenize
        && has(principal, rights, Right::DetokenizeMasked, domain);
    let allowed = (masked || has(principal, rights, Right::of(operation), domain))
        && to.is_none_or(|to| has(principal, rights, Right::Tokenize, to));
    allowed.then_some(()).ok_or(ErrorKind::Forbidden)
}

fn check_proof(principal: &Principal, action: Action) -> Result<(), ErrorKind> {
    let suffices = proof_suffices(principal.proof, action);
    suffices.then_some(()).ok_or(ErrorKind::Unauthenticated(Unauthenticated::ApiKey))
}

/// An operator has every right: whoever runs the gateway can give it to himself.
fn has(principal: &Principal, rights: &TokenRights, right: Right, domain: &DomainName) -> bool {
    principal.proof == Proof::Operator || rights.allow(right, domain)
}
