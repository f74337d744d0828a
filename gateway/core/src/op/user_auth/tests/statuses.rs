//! Every row of the status table, resends, and contexts presented again.
// spec: enigma-bridge 4.4, server behaviour; 8, last point

use super::super::hotp::value;
use super::*;
use crate::error::UserAuth;
use crate::limits;

const NEW: Usage = Usage::UserContextNew;
const HOTP: Usage = Usage::UserHotp;
const PASSWORD: Usage = Usage::UserPassword;
const UPDATE: Usage = Usage::UserContextUpdate;

const HASH: [u8; 32] = [5; 32];
const WRONG: u64 = 99_999_999;

/// A desk with one user, and the secret and context that the user has.
struct Enrolled {
    desk: Desk,
    secret: Vec<u8>,
    context: Vec<u8>,
}

impl Enrolled {
    fn new() -> Self {
        Self::with(&template(USER, Some((6, 20)), Some(&HASH)))
    }

    fn with(template: &[u8]) -> Self {
        let mut desk = Desk::new();
        let told = desk.ask(NEW, &new_context(template)).unwrap();
        Self { desk, secret: told.secret(), context: told.context }
    }

    /// Sends a code; keeps the new context.
    fn hotp(&mut self, code: u64) -> u16 {
        let data = hotp(&self.context, code);
        self.ask(HOTP, &data).status
    }

    fn password(&mut self, hash: &[u8]) -> u16 {
        let data = password(&self.context, hash);
        self.ask(PASSWORD, &data).status
    }

    fn update(&mut self, method: u8, value: &[u8]) -> Told {
        let data = update(&self.context, method, value);
        self.ask(UPDATE, &data)
    }

    fn ask(&mut self, usage: Usage, data: &[u8]) -> Told {
        let told = self.desk.ask(usage, data).unwrap();
        self.context.clone_from(&told.context);
        told
    }

    fn code(&self, counter: u64) -> u64 {
        u64::from(value(&self.secret, counter, 6))
    }

    /// Total, HOTP and password fails, and the counter, as the context shows them.
    fn shown(&self) -> (u8, u8, u8, u64) {
        let context = Context::parse(&self.context).unwrap();
        let (hotp, password) = (context.hotp.unwrap(), context.password.unwrap());
        (context.total.fails, hotp.tries.fails, password.tries.fails, hotp.counter)
    }
}

#[test]
fn first_code_may_be_of_counter_0_or_1_and_none_twice() {
    for first in [0, 1] {
        let mut user = Enrolled::new();
        assert_eq!(user.hotp(user.code(first)), 0x9000);
        assert_eq!(user.hotp(user.code(first)), 0xa0b0);
        assert_eq!(user.hotp(user.code(first + 1)), 0x9000);
        assert_eq!(user.shown(), (0, 0, 0, first + 2));
    }
}

#[test]
fn window_has_ten_positions() {
    let mut user = Enrolled::new();
    assert_eq!(user.hotp(user.code(10)), 0xa0b0);
    assert_eq!(user.hotp(user.code(9)), 0x9000);
    assert_eq!(user.shown(), (0, 0, 0, 10));
    assert_eq!(user.hotp(user.code(5)), 0xa0b0);
}

#[test]
fn answers_tell_what_was_asked_for() {
    let mut user = Enrolled::new();
    let code = user.code(0);
    let data = hotp(&user.context, code);
    let told = user.ask(HOTP, &data);
    assert_eq!((told.operation, told.user), (0xa5, USER));
    assert_eq!(told.methods, [(0x3f, vec![])]);
    let data = password(&user.context, &HASH);
    let told = user.ask(PASSWORD, &data);
    assert_eq!((told.operation, told.methods), (0xa4, vec![(0x40, vec![])]));
    let told = user.update(0x3f, &[]);
    assert_eq!((told.operation, told.methods.len()), (0xa7, 1));
    assert_eq!(told.secret().len(), 20);
    assert_eq!(user.update(0x40, &[6; 20]).methods, [(0x40, vec![])]);
    assert_eq!(user.update(0x3e, &[]).methods, [(0x3e, vec![])]);
}

#[test]
fn wrong_codes_use_up_the_tries_of_the_method() {
    let mut user = Enrolled::new();
    assert_eq!([user.hotp(WRONG), user.hotp(WRONG), user.hotp(WRONG)], [0xa0b0; 3]);
    assert_eq!(user.shown(), (3, 3, 0, 0));
    assert_eq!(user.hotp(user.code(0)), 0xa066);
    assert_eq!(user.shown(), (3, 3, 0, 0));
    assert_eq!(user.password(&HASH), 0x9000);
    assert_eq!(user.shown(), (0, 3, 0, 0));
    assert_eq!(user.hotp(user.code(0)), 0xa066);
}

#[test]
fn wrong_hashes_use_up_the_tries_of_the_method() {
    let mut user = Enrolled::new();
    let wrong = [user.password(&[6; 32]), user.password(&[5; 31]), user.password(&[])];
    assert_eq!(wrong, [0xa065, 0xa064, 0xa064]);
    assert_eq!(user.shown(), (3, 0, 3, 0));
    assert_eq!(user.password(&HASH), 0xa063);
    assert_eq!(user.hotp(user.code(0)), 0x9000);
    assert_eq!(user.shown(), (0, 0, 3, 1));
}

#[test]
fn failures_of_all_methods_use_up_the_account() {
    let mut user = Enrolled::new();
    assert_eq!([user.hotp(WRONG), user.hotp(WRONG)], [0xa0b0; 2]);
    assert_eq!([user.password(&[6; 32]), user.password(&[6; 32])], [0xa065; 2]);
    assert_eq!(user.shown(), (4, 2, 2, 0));
    assert_eq!(user.hotp(user.code(0)), 0xa0b1);
    assert_eq!(user.password(&HASH), 0xa0b1);
    assert_eq!(user.update(0x3e, &[]).status, 0x9000);
    assert_eq!(user.shown(), (0, 2, 2, 0));
    assert_eq!(user.hotp(user.code(0)), 0x9000);
    assert_eq!(user.password(&HASH), 0x9000);
    assert_eq!(user.shown(), (0, 0, 0, 1));
}

#[test]
fn an_update_of_a_method_gives_its_tries_back() {
    let mut user = Enrolled::new();
    for _ in 0..3 {
        user.hotp(WRONG);
    }
    let old = user.code(0);
    let told = user.update(0x3f, &[]);
    assert_eq!(told.status, 0x9000);
    assert_ne!(told.secret(), user.secret);
    assert_eq!(user.hotp(old), 0xa0b0);
    user.secret = told.secret();
    assert_eq!(user.hotp(user.code(1)), 0x9000);
    for _ in 0..3 {
        user.password(&[6; 32]);
    }
    assert_eq!(user.update(0x40, &[7; 20]).status, 0x9000);
    assert_eq!(user.password(&HASH), 0xa064);
    assert_eq!(user.password(&[7; 20]), 0x9000);
}

#[test]
fn a_counter_at_its_end_is_said_so_and_counts_as_no_failure() {
    let mut user = Enrolled::new();
    let mut account = user.desk.account_of(&user.context);
    account.hotp.as_mut().unwrap().counter = u64::MAX - 9;
    user.desk.put(&account);
    assert_eq!(user.hotp(user.code(0)), 0xa0b3);
    assert_eq!(user.shown(), (0, 0, 0, u64::MAX - 9));
    user.secret = user.update(0x3f, &[]).secret();
    assert_eq!(user.hotp(user.code(0)), 0x9000);
}

#[test]
fn no_tries_allowed_means_none() {
    let mut none = template(USER, Some((6, 16)), None);
    none[14] = 0;
    let mut user = Enrolled::with(&none);
    assert_eq!(user.hotp(user.code(0)), 0xa0b1);
    let mut none = template(USER, Some((6, 16)), None);
    none[19] = 0;
    let mut user = Enrolled::with(&none);
    assert_eq!(user.hotp(user.code(0)), 0xa066);
}

#[test]
fn fails_and_counter_of_a_template_are_not_believed() {
    let mut sly = template(USER, Some((6, 16)), Some(&HASH));
    sly[13] = 3;
    sly[18] = 2;
    sly[27] = 7;
    let user = Enrolled::with(&sly);
    assert_eq!(user.shown(), (0, 0, 0, 0));
}

#[test]
fn a_resend_gets_the_same_answer_and_changes_nothing() {
    let mut user = Enrolled::new();
    let (good, bad) = (hotp(&user.context, user.code(0)), hotp(&user.context, WRONG));
    let new = new_context(&template([3; 8], Some((6, 16)), Some(&HASH)));
    let requests = [
        (NEW, new),
        (HOTP, good),
        (HOTP, bad),
        (PASSWORD, password(&user.context, &HASH)),
        (PASSWORD, password(&user.context, &[6; 32])),
        (UPDATE, update(&user.context, 0x3f, &[])),
        (UPDATE, update(&user.context, 0x40, &[8; 32])),
        (UPDATE, update(&user.context, 0x3e, &[])),
    ];
    for (usage, data) in requests {
        let sent = user.desk.compose(usage, &data);
        let first = user.desk.send(&sent).unwrap();
        let (accounts, entries) = (user.desk.accounts.clone(), user.desk.entries.clone());
        user.desk.now.0 += limits::USER_AUTH_RESEND_MS;
        for _ in 0..3 {
            assert_eq!(user.desk.send(&sent), Ok(first.clone()), "{usage:?}");
        }
        assert_eq!((&user.desk.accounts, &user.desk.entries), (&accounts, &entries));
    }
    assert_eq!(user.desk.tally.accounts, 2);
}

#[test]
fn a_resend_too_late_or_after_another_request_is_a_request() {
    let mut user = Enrolled::new();
    let code = user.code(0);
    let sent = user.desk.compose(HOTP, &hotp(&user.context, code));
    assert_eq!(user.desk.send(&sent).unwrap().status, 0x9000);
    user.desk.now.0 += limits::USER_AUTH_RESEND_MS + 1;
    assert_eq!(user.desk.send(&sent).unwrap().status, 0xa0b0);
    assert_eq!(user.desk.send(&sent).unwrap().status, 0xa0b0);
    assert_eq!(user.desk.account_of(&user.context).total.fails, 1);

    let sent = user.desk.compose(HOTP, &hotp(&user.context, user.code(1)));
    assert_eq!(user.desk.send(&sent).unwrap().status, 0x9000);
    assert_eq!(user.password(&HASH), 0x9000);
    assert_eq!(user.desk.send(&sent).unwrap().status, 0xa0b0);
}

#[test]
fn the_same_code_in_another_message_is_old() {
    let mut user = Enrolled::new();
    let data = hotp(&user.context, user.code(0));
    assert_eq!(user.desk.ask(HOTP, &data).unwrap().status, 0x9000);
    assert_eq!(user.desk.ask(HOTP, &data).unwrap().status, 0xa0b0);
}

#[test]
fn a_late_resend_of_a_new_context_makes_another() {
    let mut desk = Desk::new();
    let sent = desk.compose(NEW, &new_context(&template(USER, Some((6, 16)), None)));
    let first = desk.send(&sent).unwrap();
    desk.now.0 += limits::USER_AUTH_RESEND_MS + 1;
    let second = desk.send(&sent).unwrap();
    assert_ne!(first.secret(), second.secret());
    assert_eq!(desk.send(&sent), Ok(second.clone()));
    let data = hotp(&first.context, WRONG);
    assert_eq!(desk.ask(HOTP, &data).unwrap().status, 0xa0b0);
    assert_eq!(desk.send(&sent), Ok(second), "still found when the first account is used");
    assert_eq!(desk.tally.accounts, 2);
}

#[test]
fn an_old_context_restores_neither_tries_nor_counter() {
    let mut user = Enrolled::new();
    let old = user.context.clone();
    assert_eq!(user.hotp(user.code(0)), 0x9000);
    user.context.clone_from(&old);
    assert_eq!(user.hotp(user.code(0)), 0xa0b0);
    for expected in [0xa0b0, 0xa0b0, 0xa066, 0xa066] {
        user.context.clone_from(&old);
        assert_eq!(user.hotp(WRONG), expected);
    }
    user.context.clone_from(&old);
    assert_eq!(user.password(&[6; 32]), 0xa065);
    user.context.clone_from(&old);
    assert_eq!(user.password(&HASH), 0xa0b1);
}

#[test]
fn an_old_context_does_not_restore_a_secret_or_password() {
    let mut user = Enrolled::new();
    let old = user.context.clone();
    user.update(0x3f, &[]);
    user.update(0x40, &[8; 32]);
    user.context.clone_from(&old);
    assert_eq!(user.hotp(user.code(0)), 0xa0b0);
    user.context.clone_from(&old);
    assert_eq!(user.password(&HASH), 0xa065);
    user.context.clone_from(&old);
    assert_eq!(user.password(&[8; 32]), 0xa065);
    assert_eq!(user.shown(), (3, 1, 2, 0));
}

#[test]
fn equal_users_with_equal_passwords_have_accounts_of_their_own() {
    let mut desk = Desk::new();
    let data = new_context(&template(USER, None, Some(&HASH)));
    let [first, second] = [(); 2].map(|()| desk.ask(NEW, &data).unwrap().context);
    assert_ne!(first, second);
    for _ in 0..3 {
        assert_eq!(desk.ask(PASSWORD, &password(&first, &[6; 32])).unwrap().status, 0xa065);
    }
    assert_eq!(desk.ask(PASSWORD, &password(&first, &HASH)).unwrap().status, 0xa063);
    assert_eq!(desk.ask(PASSWORD, &password(&second, &HASH)).unwrap().status, 0x9000);
    let [first, second] = [first, second].map(|context| desk.account_of(&context));
    assert_ne!(first.password.unwrap().hash, second.password.unwrap().hash);
}

#[test]
fn contexts_beyond_the_bound_are_forgotten_the_longest_unused_first() {
    let mut user = Enrolled::new();
    let first = user.context.clone();
    let mut given = vec![];
    for index in 0..limits::USER_AUTH_CONTEXTS_MAX - 1 {
        given.push(user.update(0x40, &[index as u8 + 100; 32]).context);
    }
    let data = update(&first, 0x3e, &[]);
    assert_eq!(user.desk.ask(UPDATE, &data).unwrap().status, 0x9000);
    user.update(0x3f, &[]);
    assert_eq!(user.desk.ask(UPDATE, &data).unwrap().status, 0x9000);
    let forgotten = user.desk.ask(UPDATE, &update(&given[0], 0x3e, &[]));
    assert_eq!(forgotten, Err(ErrorKind::UserAuth(UserAuth::Context)));
    assert_eq!(user.desk.entries.len(), limits::USER_AUTH_CONTEXTS_MAX);
}

#[test]
fn a_full_partition_makes_no_account_but_serves_its_own() {
    let mut user = Enrolled::new();
    user.desk.tally.accounts = limits::USER_AUTH_ACCOUNTS_MAX;
    let data = new_context(&template(USER, Some((6, 16)), None));
    assert_eq!(user.desk.ask(NEW, &data), Err(ErrorKind::Quota));
    assert_eq!(user.hotp(user.code(0)), 0x9000);
}

#[test]
fn no_secret_stays_in_the_store_once_it_was_used() {
    let mut user = Enrolled::new();
    let holds = |user: &Enrolled, secret: &[u8]| {
        let account = user.desk.account_of(&user.context).to_bytes();
        account.expose().windows(secret.len()).any(|window| window == secret)
    };
    assert!(holds(&user, &user.secret));
    assert!(!holds(&user, &HASH));
    user.hotp(user.code(0));
    assert!(!holds(&user, &user.secret));
    assert_eq!(user.desk.entries.len(), 1, "nothing leads from the first request any more");
    assert_eq!(user.desk.account_of(&user.context).origin, None);
    user.update(0x40, &[0xc3; 32]);
    assert!(!holds(&user, &[0xc3; 8]));
}
