use typex_core::error::Unauthenticated;
use typex_core::op::enrol::NewTemplate;
use typex_core::op::registration::{
    Answer, ApiKeyRecord, ApiKeyView, Call, Credentials, NewApiKey, NewApproval, NewRegistration,
    username,
};
use typex_core::{ClientId, ErrorKind, Secret, UnixMs};
use typex_store::Purpose;

use super::{ELSEWHERE, NOW, World, caller, client, kind, run};
use crate::registration::{
    check_new_key, confirm_registration, count_new_key, demo_client, operator_client,
    remove_client, working_api_key,
};

const WRONG: ErrorKind = ErrorKind::Unauthenticated(Unauthenticated::Client);

fn guess(of: &Credentials) -> Credentials {
    Credentials { username: of.username.clone(), password: Secret::new("guess".to_owned()) }
}

#[test]
fn a_client_registers_gets_keys_up_to_its_limit_and_sees_them_again() {
    run(async |world| {
        let credentials = world.new_client().await;
        let first = world.new_key(&credentials).await.expect("within the limit");
        let second = world.new_key(&credentials).await.expect("within the limit");
        assert!(first.api_key.expose() != second.api_key.expose());
        assert_eq!(kind(world.new_key(&credentials).await), Some(ErrorKind::Quota));
        let principal = world.login(&credentials).await.expect("the password");
        let show = |api_key| world.ask(&principal, Call::ShowApiKey { api_key });
        let shown = show(first.api_key.clone()).await.expect("its own key");
        let Answer::ApiKey(shown) = shown else { panic!("another answer") };
        assert_eq!(shown.api_key.expose(), first.api_key.expose());
        assert_eq!(shown.operations.len(), 3);
    });
}

#[test]
fn a_repeated_message_gets_the_key_it_made_and_a_later_one_another() {
    run(async |mut world| {
        let credentials = world.new_client().await;
        let first = world.key_by(&credentials, 1).await.expect("within the limit");
        let again = world.key_by(&credentials, 1).await.expect("the same");
        assert_eq!(again.api_key.expose(), first.api_key.expose());
        world.now = UnixMs(NOW.0 + typex_core::limits::API_KEY_REPEAT_MS + 1);
        let later = world.key_by(&credentials, 1).await.expect("within the limit");
        assert!(later.api_key.expose() != first.api_key.expose());
        assert_eq!(kind(world.key_by(&credentials, 2).await), Some(ErrorKind::Quota));
        let other = world.new_client().await;
        let theirs = world.key_by(&other, 1).await.expect("within the limit");
        assert!(theirs.api_key.expose() != later.api_key.expose());
    });
}

#[test]
fn another_clients_key_is_as_unknown_as_none() {
    run(async |world| {
        let theirs = world.holder().await;
        let mine = world.new_client().await;
        let principal = world.login(&mine).await.expect("the password");
        let call = Call::ShowApiKey { api_key: theirs.api_key.clone() };
        let unknown = ErrorKind::Unauthenticated(Unauthenticated::ApiKey);
        assert_eq!(kind(world.ask(&principal, call).await), Some(unknown));
        let mut caller = caller(&theirs);
        caller.username = Some(mine.username);
        let call = Call::ListOperations(caller);
        assert_eq!(kind(world.ask_as(&theirs, call).await), Some(unknown));
    });
}

#[test]
fn unknown_names_and_wrong_passwords_get_one_answer() {
    run(async |world| {
        let known = world.new_client().await;
        let unknown = |username: &str| Credentials {
            username: username.into(),
            password: known.password.clone(),
        };
        let stranger = username(ClientId([9; 16]));
        let answers = [
            world.login(&guess(&known)).await,
            world.login(&unknown(&stranger)).await,
            world.login(&unknown("TEST")).await,
            world.login(&unknown("")).await,
        ];
        for answer in answers {
            let error = answer.expect_err("refused");
            assert_eq!((error.kind, &*error.public), (WRONG, "client not valid"));
        }
    });
}

#[test]
fn failures_slow_the_guesser_down_and_not_the_owner() {
    run(async |mut world| {
        let owner = world.new_client().await;
        world.peer = ELSEWHERE;
        for _ in 0..4 {
            assert_eq!(kind(world.login(&guess(&owner)).await), Some(WRONG));
        }
        assert_eq!(kind(world.login(&guess(&owner)).await), Some(ErrorKind::Busy));
        assert_eq!(kind(world.login(&owner).await), Some(ErrorKind::Busy));
        world.now = UnixMs(NOW.0 + 500);
        assert!(world.login(&owner).await.is_ok(), "the wait is over");
        world.now = NOW;
        world.peer = super::HERE;
        assert!(world.login(&owner).await.is_ok(), "the owner is elsewhere");
    });
}

#[test]
fn wrong_tokens_are_refused_and_slowed_down() {
    run(async |world| {
        let with = |token: &str| {
            let mut new = client("vendor");
            new.token = Some(Secret::new(token.to_owned()));
            Call::CreateClient(new)
        };
        for _ in 0..4 {
            assert_eq!(kind(world.ask_open(with("guess")).await), Some(ErrorKind::Forbidden));
        }
        let refused = kind(world.ask_open(with("vendor-token")).await);
        assert_eq!(refused, Some(ErrorKind::Busy));
        assert!(world.ask_open(Call::CreateClient(client("test"))).await.is_ok());
    });
}

#[test]
fn clients_end_at_the_limit() {
    run(async |world| {
        for _ in 0..4 {
            world.new_client().await;
        }
        let more = world.ask_open(Call::CreateClient(client("test"))).await;
        assert_eq!(kind(more), Some(ErrorKind::Quota));
    });
}

#[test]
fn a_partner_waits_for_confirmation_and_may_repeat_until_its_first_key() {
    run(async |world| {
        let begin = Call::BeginRegistration(NewRegistration {
            client_type: "partner".into(),
            method: None,
            email: Some("ops@example.com".into()),
            mobile: None,
            rsa: None,
        });
        let Ok(Answer::Begun { registration }) = world.ask_open(begin).await else {
            panic!("another answer")
        };
        let create = || {
            let mut new = client("partner");
            new.registration = Some(registration.clone());
            world.ask_open(Call::CreateClient(new))
        };
        assert_eq!(kind(create().await), Some(ErrorKind::Forbidden));
        let id = registration.clone();
        let confirm = world.store.write(move |tx| confirm_registration(tx, &id, NOW).map(drop));
        confirm.await.expect("it is open");
        let made = async || match create().await {
            Ok(Answer::Created { credentials, .. }) => credentials,
            other => panic!("{:?}", kind(other)),
        };
        let (lost, repeated) = (made().await, made().await);
        assert_eq!(lost.username, repeated.username);
        assert_eq!(kind(world.login(&lost).await), Some(WRONG));
        world.new_key(&repeated).await.expect("the latest password");
        assert_eq!(kind(create().await), Some(ErrorKind::Forbidden));
    });
}

#[test]
fn a_removed_client_takes_its_keys_and_password_along() {
    run(async |world| {
        let credentials = world.new_client().await;
        let key = world.new_key(&credentials).await.expect("within the limit");
        let id = typex_core::op::registration::client_of(&credentials.username);
        let id = id.expect("made here");
        let remove = world.store.write(move |tx| remove_client(tx, id, NOW).map(drop));
        remove.await.expect("stored");
        assert!(world.ask_as(&key, Call::ListOperations(caller(&key))).await.is_err());
        assert_eq!(kind(world.login(&credentials).await), Some(WRONG));
    });
}

#[test]
fn operators_and_the_demo_get_clients_with_keys_and_objects_are_counted() {
    run(async |world| {
        let made = world.store.write(|tx| {
            let demo = demo_client(tx, &["TEST_API", "API_TEST"], NOW)?;
            let (mine, text) = operator_client(tx, "billing".into(), NOW)?;
            Ok((demo, mine, text))
        });
        let (demo, mine, text) = made.await.expect("stored");
        assert!(demo.partition != mine.partition && text.expose().len() == 32);
        let found = |text: String| {
            world.store.read(move |tx| {
                working_api_key(tx, &tx.lookup_digest(Purpose::ApiKey, text.as_bytes()))
            })
        };
        let key = found("API_TEST".into()).await.expect("stored").expect("works");
        assert_eq!(key.client, demo.id);
        let key: ApiKeyRecord = found(text.expose().clone()).await.expect("stored").expect("works");
        assert_eq!(key.client, mine.id);
        assert!(found("TEST".into()).await.expect("readable").is_none());
    });
}

fn template(foreign_type: u32) -> NewTemplate {
    NewTemplate {
        usage: typex_core::key::Usage::EncryptBlocks,
        foreign_type,
        layout: |_, _| unreachable!("not laid out here"),
    }
}

#[test]
fn objects_are_counted_against_the_client() {
    run(async |world| {
        let key = world.holder().await;
        let text = key.api_key.clone();
        let counted = world.store.write(move |tx| {
            let digest = tx.lookup_digest(Purpose::ApiKey, text.expose().as_bytes());
            let principal = working_api_key(tx, &digest)?.expect("works").principal()?;
            let template = template(4);
            for _ in 0..3 {
                check_new_key(tx, &principal, &template)?;
                count_new_key(tx, &principal)?;
            }
            let full = check_new_key(tx, &principal, &template).is_err();
            Ok(full && count_new_key(tx, &principal).is_err())
        });
        assert!(counted.await.expect("stored"));
    });
}

/// Whether the holder of `key` may create keys of a type.
async fn creates(world: &World, key: &ApiKeyView, foreign_type: u32) -> bool {
    let text = key.api_key.clone();
    let read = world.store.read(move |tx| {
        let digest = tx.lookup_digest(Purpose::ApiKey, text.expose().as_bytes());
        let principal = working_api_key(tx, &digest)?.expect("works").principal()?;
        check_new_key(tx, &principal, &template(foreign_type))
    });
    let refused = kind(read.await);
    assert!(matches!(refused, None | Some(ErrorKind::Forbidden)), "{refused:?}");
    refused.is_none()
}

#[test]
fn a_key_for_some_operations_creates_those_and_what_was_approved() {
    run(async |world| {
        let credentials = world.new_client().await;
        let principal = world.login(&credentials).await.expect("the password");
        let names = vec!["basic_rsa1024_decrypt".to_owned()];
        let new = NewApiKey { endpoint: vec![], digest: [1; 32], operations: Some(names) };
        let made = world.ask(&principal, Call::AddApiKey(new)).await;
        let Ok(Answer::ApiKey(limited)) = made else { panic!("another answer") };
        let free = world.new_key(&credentials).await.expect("within the limit");
        for (foreign_type, listed) in [(5, true), (0x30_0005, true), (4, false), (0x30_0010, false)]
        {
            assert!(creates(&world, &free, foreign_type).await, "{foreign_type:x}");
            assert_eq!(creates(&world, &limited, foreign_type).await, listed, "{foreign_type:x}");
        }
        let approval = Call::ApproveType(NewApproval {
            caller: caller(&limited),
            token: Some(Secret::new("approver".to_owned())),
            foreign_type: 0x10,
            policy: "{}".into(),
        });
        world.ask_as(&limited, approval).await.expect("the token");
        assert!(creates(&world, &limited, 0x30_0010).await, "approved");
        assert!(!creates(&world, &limited, 0x30_0004).await);
    });
}

#[test]
fn callers_learn_their_own_address() {
    run(async |world| {
        let Ok(Answer::ClientAddress { ipv4, ipv6 }) = world.ask_open(Call::ClientAddress).await
        else {
            panic!("another answer")
        };
        assert_eq!((ipv4.map(Into::into), ipv6), (Some(super::HERE), None));
    });
}

#[test]
fn types_tell_their_methods() {
    run(async |world| {
        let ask = |name: &str| world.ask_open(Call::AuthMethods { client_type: name.into() });
        let Ok(Answer::AuthMethods { methods, .. }) = ask("partner").await else {
            panic!("another answer")
        };
        assert!(methods.len() == 1 && methods[0].init);
        assert_eq!(kind(ask("nobody").await), Some(ErrorKind::Forbidden));
    });
}
