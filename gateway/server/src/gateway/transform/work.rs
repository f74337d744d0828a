//! Work with values: what is asked for becomes operations on tokens, and what comes of those is
//! written as the value was.

use typex_core::error::{InvalidData, Payment};
use typex_core::limits::TOKEN_DIGITS;
use typex_core::op::Output;
use typex_core::op::payment::Bytes;
use typex_core::op::token::{
    Answer as Tokens, Call, Done, Mask, Operation, Purpose, Request, Task,
};
use typex_core::op::transform::{Answer, Item, Items, Use, Used, UsedValue, Way, Work};
use typex_core::policy::token::{TokenRights, check_call};
use typex_core::token::{DomainName, Template};
use typex_core::{Error, ErrorKind, Secret};

use super::roles::{Known, Ready};
use super::{Asker, Failed};
use crate::gateway::core::Inner;

/// Why values are asked for, where the caller does not say.
const PURPOSE: &str = "transform decode";

/// What one value comes to.
enum Plan {
    /// An operation, and how its result is written.
    Call(Box<Call>, Written),
    /// No operation is needed.
    Done(Used),
}

/// How a result is written.
enum Written {
    /// As it is.
    Plain,
    /// Like this value, by this template.
    Like(Template, Bytes),
}

/// What all values of a request share.
struct Job<'a> {
    from: Asker<'a>,
    rights: &'a TokenRights,
    role: &'a Known,
    name: &'a DomainName,
    work: Work,
}

impl Inner {
    /// Works with values by a role.
    pub(super) async fn use_role(&self, from: Asker<'_>, used: Use) -> Result<Answer, Failed> {
        let rights = self.token_rights(from.principal()).await?;
        let role = self.role(from, &rights, &used.role).await?;
        let Use { role: name, work, items } = used;
        let job = Job { from, rights: &rights, role: &role, name: &name, work };
        match items {
            Items::One(item) => {
                let done = match job.plan(item)? {
                    Plan::Done(done) => self.masked(from, done).await?,
                    Plan::Call(call, written) => {
                        let request = Request::One(call);
                        let done = match self.token(from.peer, from.caller, request).await {
                            Ok(Output::Token(Tokens::One(done))) => Ok(*done),
                            Ok(_) => Err(ErrorKind::Internal.into()),
                            Err(error) => Err(error),
                        };
                        job.used(done, written).map_err(Failed::Recorded)?
                    }
                };
                Ok(Answer::One(Box::new(done)))
            }
            Items::Batch(items) => self.use_batch(&job, items).await,
        }
    }

    /// Several: what needs an operation is asked for together.
    // spec: vault 5.4
    async fn use_batch(
        &self,
        job: &Job<'_>,
        items: Vec<Result<Item, Error>>,
    ) -> Result<Answer, Failed> {
        let (mut calls, mut answers, mut open) = (vec![], vec![], vec![]);
        for (at, item) in items.into_iter().enumerate() {
            match item.and_then(|item| job.plan(item)) {
                Ok(Plan::Done(done)) => answers.push(Ok(self.masked(job.from, done).await?)),
                Ok(Plan::Call(call, written)) => {
                    calls.push(Ok(*call));
                    open.push((at, written));
                    answers.push(Err(ErrorKind::Internal.into()));
                }
                Err(error) => {
                    let Asker { peer, .. } = job.from;
                    let (principal, action) = (job.from.principal(), job.from.action());
                    answers.push(self.refused(peer, principal, action, None, error).await);
                }
            }
        }
        if !calls.is_empty() {
            let request = Request::Batch { operation: operation(job.work), calls };
            let done = self.token(job.from.peer, job.from.caller, request).await;
            let Output::Token(Tokens::Batch(done)) = done.map_err(Failed::Recorded)? else {
                return Err(ErrorKind::Internal.into());
            };
            for ((at, written), done) in open.into_iter().zip(done) {
                answers[at] = job.used(done, written);
            }
        }
        Ok(Answer::Batch(answers))
    }

    /// What needed no operation, recorded.
    async fn masked(&self, from: Asker<'_>, done: Used) -> Result<Used, Error> {
        let entry =
            crate::gateway::record::entry(from.peer, from.principal(), from.action(), None, Ok(()));
        self.note(entry).await.map(|()| done)
    }
}

fn operation(work: Work) -> Operation {
    match work {
        Work::Encode => Operation::Tokenize,
        Work::Decode => Operation::Detokenize,
        Work::Validate => Operation::Validate,
        Work::Metadata => Operation::Lookup,
    }
}

impl Job<'_> {
    /// What a value comes to.
    fn plan(&self, item: Item) -> Result<Plan, Error> {
        let Ready { transformation, template } = self.role.choose(item.transformation.as_ref())?;
        let domain = transformation.name.clone();
        match (&transformation.way, template) {
            (Way::Mask { with, .. }, Some(template)) => {
                self.mask(template, *with, domain, item).map(Plan::Done)
            }
            (Way::Encrypt(_), Some(template)) => {
                if !matches!(self.work, Work::Encode | Work::Decode) {
                    return Err(only_kept());
                }
                let bare = template.bare(item.value.expose()).ok_or_else(no_match)?;
                let written = Written::Like(template.clone(), item.value.clone());
                let task = self.task(Item { value: bare, ..item })?;
                Ok(Plan::Call(Box::new(Call { domain, task }), written))
            }
            (Way::Keep { ttl_ms_max, .. }, _) => {
                check_card(&item.value)?;
                let ttl_ms = life(item.ttl_ms, *ttl_ms_max)?;
                let task = self.task(Item { ttl_ms, ..item })?;
                Ok(Plan::Call(Box::new(Call { domain, task }), Written::Plain))
            }
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    fn task(&self, item: Item) -> Result<Task, Error> {
        let Item { value, ttl_ms, metadata, purpose, .. } = item;
        let token = || value.expose().clone();
        Ok(match self.work {
            Work::Encode => Task::Tokenize { value, ttl_ms, metadata },
            Work::Decode => {
                let purpose = purpose.map_or_else(|| self.purpose(), Ok)?;
                Task::Detokenize { token: token(), purpose, mask: Mask::Full }
            }
            Work::Validate => Task::Validate { token: token() },
            Work::Metadata => Task::Lookup { token: token() },
        })
    }

    /// With the role's name, where it leaves no room for a card number.
    // spec: vault 5.2
    fn purpose(&self) -> Result<Purpose, Error> {
        let named = format!("{PURPOSE} by role {}", self.name).parse();
        named.or_else(|_| PURPOSE.parse()).map_err(|_| ErrorKind::Internal.into())
    }

    /// Whoever may have codes may have masks: they say less.
    // spec: vault 4.7
    fn mask(
        &self,
        template: &Template,
        with: u8,
        domain: DomainName,
        item: Item,
    ) -> Result<Used, Error> {
        if self.work != Work::Encode {
            let text = "a mask is for good: only encode works by this transformation";
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
        let masked = template.mask(item.value.expose(), with).ok_or_else(no_match)?;
        let call = Call { domain, task: self.task(item)? };
        check_call(self.from.principal(), self.rights, &call)?;
        Ok(Used { value: UsedValue::Text(masked), is_encryption: false })
    }

    /// What came of a value.
    fn used(&self, done: Result<Done, Error>, written: Written) -> Result<Used, Error> {
        let is_encryption = matches!(written, Written::Like(..));
        let value = match (self.work, done) {
            (Work::Encode, Ok(Done::Token { token, .. })) => {
                UsedValue::Text(written.write(Secret::new(token))?)
            }
            (Work::Decode, Ok(Done::Value(value))) => UsedValue::Text(written.write(value)?),
            (Work::Validate, Ok(Done::Valid { .. })) => UsedValue::Valid(true),
            (Work::Validate, Err(error)) if is_no_code(error.kind) => UsedValue::Valid(false),
            (Work::Metadata, Ok(Done::About(about))) => UsedValue::About(about),
            (_, Err(error)) => return Err(error),
            (_, Ok(_)) => return Err(ErrorKind::Internal.into()),
        };
        Ok(Used { value, is_encryption })
    }
}

impl Written {
    /// A masked value has other characters than its template: those stand where they stood.
    fn write(&self, bare: Bytes) -> Result<Bytes, Error> {
        match self {
            Self::Plain => Ok(bare),
            Self::Like(template, value) => {
                let dressed = template.dress(value.expose(), bare.expose());
                dressed.ok_or_else(|| ErrorKind::Internal.into())
            }
        }
    }
}

fn is_no_code(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Payment(Payment::Token) | ErrorKind::InvalidData(_))
}

/// How long a code shall live.
// spec: vault 4.5
fn life(asked: Option<u64>, most: Option<u64>) -> Result<Option<u64>, Error> {
    match (asked, most) {
        (Some(asked), Some(most)) if asked > most => {
            Err(bad("ttl is longer than max_ttl of the transformation"))
        }
        (None, most) => Ok(most),
        (asked, _) => Ok(asked),
    }
}

/// Random codes are for card numbers.
// spec: vault 4.5
fn check_card(value: &Bytes) -> Result<(), Error> {
    let digits = value.expose();
    let is_card = TOKEN_DIGITS.contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let text = "tokenization is for card numbers: 12 to 19 digits, the last of them the check \
        digit, without separators";
    is_card.then_some(()).ok_or_else(|| bad(text))
}

fn only_kept() -> Error {
    let text = "only tokenization has that: codes of fpe are not kept anywhere";
    Error::new(ErrorKind::Unsupported, text)
}

fn no_match() -> Error {
    bad("the value does not match the template of the transformation")
}

fn bad(text: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData(InvalidData::Parameter), text)
}
