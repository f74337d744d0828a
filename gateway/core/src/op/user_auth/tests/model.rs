//! Random sequences of requests against a naive model, which knows nothing of digests, records
//! or epochs: it remembers every context it was given and what an account must say next.

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::hotp::value;
use super::*;
use crate::error::UserAuth;
use crate::limits;

#[derive(Clone, Debug)]
enum Step {
    New { hotp: bool, password: bool, max: u8, total: u8 },
    Hotp { context: Index, offset: i8 },
    Password { context: Index, hash: Given },
    Update { context: Index, what: What },
    Resend { request: Index },
    Wait { ms: u64 },
}

#[derive(Clone, Debug)]
enum Given {
    OfContext,
    OfAccount,
    Other(u8),
}

#[derive(Clone, Copy, Debug)]
enum What {
    Hotp,
    Password(u8),
    Tries,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let given = prop_oneof![
        3 => Just(Given::OfContext),
        1 => Just(Given::OfAccount),
        2 => any::<u8>().prop_map(Given::Other),
    ];
    let what = prop_oneof![
        2 => Just(What::Hotp),
        2 => (0..4u8).prop_map(What::Password),
        1 => Just(What::Tries),
    ];
    let new =
        (any::<bool>(), any::<bool>(), 0..5u8, 0..8u8).prop_map(|(hotp, password, max, total)| {
            Step::New { hotp, password: password || !hotp, max, total }
        });
    let step = prop_oneof![
        1 => new,
        6 => (any::<Index>(), -3..12i8)
            .prop_map(|(context, offset)| Step::Hotp { context, offset }),
        4 => (any::<Index>(), given).prop_map(|(context, hash)| Step::Password { context, hash }),
        3 => (any::<Index>(), what).prop_map(|(context, what)| Step::Update { context, what }),
        3 => any::<Index>().prop_map(|request| Step::Resend { request }),
        1 => (0..2 * limits::USER_AUTH_RESEND_MS).prop_map(|ms| Step::Wait { ms }),
    ];
    proptest::collection::vec(step, 1..60)
}

/// What a context says, and whose it is.
#[derive(Clone, PartialEq, Eq)]
struct Holding {
    account: usize,
    secret: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
}

struct Owner {
    secret: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
    counter: u64,
    hotp_fails: u8,
    password_fails: u8,
    total_fails: u8,
    max: u8,
    total_max: u8,
    /// Contexts in the order of last use.
    recent: Vec<Holding>,
    /// Request, time, answer.
    last: (usize, u64, Told),
}

struct World {
    desk: Desk,
    owners: Vec<Owner>,
    contexts: Vec<(Vec<u8>, Holding)>,
    /// And for a new context, which account it made last.
    requests: Vec<(Sent, Option<Holding>, Request)>,
}

#[derive(Clone, Debug)]
enum Request {
    New { max: u8, total: u8, hotp: bool, hash: Option<Vec<u8>> },
    Hotp(u64),
    Password(Vec<u8>),
    Update(What),
}

const UNKNOWN: ErrorKind = ErrorKind::UserAuth(UserAuth::Context);
const LACKING: ErrorKind = ErrorKind::UserAuth(UserAuth::Method);

impl World {
    fn new() -> Self {
        Self { desk: Desk::new(), owners: vec![], contexts: vec![], requests: vec![] }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::New { hotp, password, max, total } => {
                let hash = password.then(|| vec![0x50; 32]);
                let mut clear = template(USER, hotp.then_some((6, 16)), hash.as_deref());
                clear[14] = *total;
                clear[15 + 3 + 1] = *max;
                if *hotp && *password {
                    clear[15 + 32 + 3 + 1] = *max;
                }
                let request = Request::New { max: *max, total: *total, hotp: *hotp, hash };
                self.ask(Usage::UserContextNew, &new_context(&clear), None, request);
            }
            Step::Wait { ms } => self.desk.now.0 += ms,
            Step::Resend { request } if !self.requests.is_empty() => {
                let index = request.index(self.requests.len());
                self.send(index);
            }
            Step::Resend { .. } => {}
            _ if self.contexts.is_empty() => {}
            Step::Hotp { context, offset } => self.ask_hotp(context, *offset),
            Step::Password { context, hash } => self.ask_password(context, hash),
            Step::Update { context, what } => self.ask_update(context, *what),
        }
    }

    fn pick(&self, context: &Index) -> (Vec<u8>, Holding) {
        self.contexts[context.index(self.contexts.len())].clone()
    }

    /// A code near the account's counter, under the secret of the context, old or not.
    fn ask_hotp(&mut self, context: &Index, offset: i8) {
        let (bytes, holding) = self.pick(context);
        let counter = self.owners[holding.account].counter.saturating_add_signed(offset.into());
        let secret = holding.secret.clone().unwrap_or_default();
        let code = u64::from(value(&secret, counter, 6));
        self.ask(Usage::UserHotp, &hotp(&bytes, code), Some(holding), Request::Hotp(code));
    }

    fn ask_password(&mut self, context: &Index, hash: &Given) {
        let (bytes, holding) = self.pick(context);
        let hash = match hash {
            Given::OfContext => holding.hash.clone(),
            Given::OfAccount => self.owners[holding.account].hash.clone(),
            Given::Other(len) => Some(vec![0x60; usize::from(*len) % 40]),
        };
        let hash = hash.unwrap_or_default();
        let data = password(&bytes, &hash);
        self.ask(Usage::UserPassword, &data, Some(holding), Request::Password(hash));
    }

    fn ask_update(&mut self, context: &Index, what: What) {
        let (bytes, holding) = self.pick(context);
        let data = match what {
            What::Hotp => update(&bytes, 0x3f, &[]),
            What::Password(which) => update(&bytes, 0x40, &[which; 32]),
            What::Tries => update(&bytes, 0x3e, &[]),
        };
        self.ask(Usage::UserContextUpdate, &data, Some(holding), Request::Update(what));
    }

    fn ask(&mut self, usage: Usage, data: &[u8], holding: Option<Holding>, request: Request) {
        let sent = self.desk.compose(usage, data);
        self.requests.push((sent, holding, request));
        self.send(self.requests.len() - 1);
    }

    /// Sends a request, perhaps again, and checks the answer.
    fn send(&mut self, index: usize) {
        let (sent, holding, request) = self.requests[index].clone();
        let told = self.desk.send(&sent);
        let now = self.desk.now.0;
        let known = match &holding {
            Some(holding) if !self.owners[holding.account].recent.contains(holding) => {
                // A context shows by itself which methods it has.
                let refused = if holding.lacks(&request) { LACKING } else { UNKNOWN };
                return assert_eq!(told, Err(refused));
            }
            Some(holding) => Some(holding.account),
            None => self.owners.iter().rposition(|owner| owner.last.0 == index),
        };
        if let Some(account) = known {
            let (request, at, answer) = &self.owners[account].last;
            if *request == index && now - at <= limits::USER_AUTH_RESEND_MS {
                return assert_eq!(told.as_ref(), Ok(answer), "a resend gets the same");
            }
        }
        match (holding, request) {
            (_, Request::New { max, total, hotp, hash }) => {
                self.made(index, told.unwrap(), Owner::new(max, total, hotp, hash));
            }
            (Some(holding), request) => match self.expected(&holding, &request) {
                Err(kind) => assert_eq!(told, Err(kind)),
                Ok(status) => self.changed(index, told.unwrap(), holding, &request, status),
            },
            (None, _) => unreachable!("only a new context needs none"),
        }
    }

    fn made(&mut self, index: usize, told: Told, mut owner: Owner) {
        assert_eq!(told.status, 0x9000);
        owner.secret = owner.secret.map(|_| told.secret());
        let holding = Holding {
            account: self.owners.len(),
            secret: owner.secret.clone(),
            hash: owner.hash.clone(),
        };
        owner.check(&told);
        owner.recent.push(holding.clone());
        owner.last = (index, self.desk.now.0, told.clone());
        self.owners.push(owner);
        self.contexts.push((told.context, holding));
    }

    fn expected(&self, holding: &Holding, request: &Request) -> Result<u16, ErrorKind> {
        let owner = &self.owners[holding.account];
        if holding.lacks(request) {
            return Err(LACKING);
        }
        Ok(match request {
            Request::Update(_) | Request::New { .. } => 0x9000,
            _ if owner.total_fails >= owner.total_max => 0xa0b1,
            Request::Hotp(_) if owner.hotp_fails >= owner.max => 0xa066,
            Request::Hotp(code) if owner.position(holding, *code).is_some() => 0x9000,
            Request::Hotp(_) => 0xa0b0,
            Request::Password(_) if owner.password_fails >= owner.max => 0xa063,
            Request::Password(hash) if holding.hash.as_ref().map(Vec::len) != Some(hash.len()) => {
                0xa064
            }
            Request::Password(hash)
                if owner.hash.as_ref() == Some(hash) && holding.hash.as_ref() == Some(hash) =>
            {
                0x9000
            }
            Request::Password(_) => 0xa065,
        })
    }

    fn changed(
        &mut self,
        index: usize,
        told: Told,
        mut holding: Holding,
        request: &Request,
        status: u16,
    ) {
        assert_eq!(told.status, status, "{request:?}");
        let owner = &mut self.owners[holding.account];
        owner.take(&told, &mut holding, request);
        owner.check(&told);
        owner.recent.retain(|known| *known != holding);
        if owner.recent.len() == limits::USER_AUTH_CONTEXTS_MAX {
            owner.recent.remove(0);
        }
        owner.recent.push(holding.clone());
        owner.last = (index, self.desk.now.0, told.clone());
        self.contexts.push((told.context, holding));
    }
}

impl Holding {
    /// Whether the context has not got the method that is asked for.
    fn lacks(&self, request: &Request) -> bool {
        match request {
            Request::Hotp(_) | Request::Update(What::Hotp) => self.secret.is_none(),
            Request::Password(_) | Request::Update(What::Password(_)) => self.hash.is_none(),
            Request::New { .. } | Request::Update(What::Tries) => false,
        }
    }
}

impl Owner {
    fn new(max: u8, total_max: u8, hotp: bool, hash: Option<Vec<u8>>) -> Self {
        let nothing =
            Told { context: vec![], operation: 0, user: USER, methods: vec![], status: 0 };
        Self {
            secret: hotp.then(Vec::new),
            hash,
            counter: 0,
            hotp_fails: 0,
            password_fails: 0,
            total_fails: 0,
            max,
            total_max,
            recent: vec![],
            last: (usize::MAX, 0, nothing),
        }
    }

    /// The first counter of the window that gives `code`, if the context is not outdated.
    fn position(&self, holding: &Holding, code: u64) -> Option<u64> {
        let secret = holding.secret.as_ref().filter(|_| holding.secret == self.secret)?;
        (self.counter..self.counter + 10).find(|at| u64::from(value(secret, *at, 6)) == code)
    }

    fn take(&mut self, told: &Told, holding: &mut Holding, request: &Request) {
        match (request, told.status) {
            (Request::Hotp(code), 0x9000) => {
                self.counter = self.position(holding, *code).unwrap() + 1;
                self.hotp_fails = 0;
            }
            (Request::Password(_), 0x9000) => self.password_fails = 0,
            (Request::Update(What::Hotp), _) => {
                self.secret = Some(told.secret());
                holding.secret = Some(told.secret());
                (self.counter, self.hotp_fails) = (0, 0);
            }
            (Request::Update(What::Password(which)), _) => {
                self.hash = Some(vec![*which; 32]);
                holding.hash.clone_from(&self.hash);
                self.password_fails = 0;
            }
            (_, 0xa0b0) => self.hotp_fails += 1,
            (_, 0xa064 | 0xa065) => self.password_fails += 1,
            _ => {}
        }
        match told.status {
            0x9000 => self.total_fails = 0,
            0xa0b0 | 0xa064 | 0xa065 => self.total_fails += 1,
            _ => {}
        }
    }

    /// The context shows what the account has.
    fn check(&self, told: &Told) {
        let context = Context::parse(&told.context).unwrap();
        assert_eq!((context.total.fails, context.total.max), (self.total_fails, self.total_max));
        if let Some(hotp) = context.hotp {
            assert_eq!((hotp.tries.fails, hotp.tries.max), (self.hotp_fails, self.max));
            assert_eq!((hotp.counter, hotp.digits, hotp.ct), (self.counter, 6, 2));
        }
        if let Some(password) = context.password {
            assert_eq!((password.tries.fails, password.tries.max), (self.password_fails, self.max));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_sequence_restores_tries_counters_or_secrets(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        let accounts = u32::try_from(world.owners.len()).unwrap();
        prop_assert_eq!(world.desk.tally.accounts, accounts);
        let contexts: usize = world.owners.iter().map(|owner| owner.recent.len()).sum();
        prop_assert!(world.desk.entries.len() <= contexts + world.owners.len());
    }
}
