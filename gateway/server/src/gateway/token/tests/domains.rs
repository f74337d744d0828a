//! Domains made, shown, rotated, retired, removed.

use typex_core::token::{Characters, TokenVersion};

use super::*;

fn rotate(text: &str) -> manage::Request {
    manage::Request::Rotate { domain: name(text), key: None }
}

fn version(number: u8) -> TokenVersion {
    TokenVersion::new(number).expect("a version")
}

fn retire(text: &str, number: u8) -> manage::Request {
    manage::Request::Retire { domain: name(text), version: version(number) }
}

#[test]
fn keys_roll_over_while_old_tokens_are_understood() {
    run(&new_place(), async |world| {
        world.domain("cards", usual(), VAULTLESS).await;
        let mut tokens = vec![world.token("cards", PAN).await];
        for _ in 0..2 {
            world.manage(rotate("cards")).await.unwrap();
            tokens.push(world.token("cards", PAN).await);
        }
        for (token, number) in tokens.iter().zip(1..) {
            assert_eq!(world.value("cards", token).await.unwrap(), PAN);
            let valid = world.ask(validate("cards", token)).await;
            let said = Some(version(number));
            assert!(matches!(valid, Ok(Done::Valid { version }) if version == said));
        }
        assert_eq!(world.manage(retire("cards", 3)).await.err(), Some(ErrorKind::WrongState));
        world.manage(retire("cards", 2)).await.unwrap();
        let found = [&tokens[0], &tokens[1], &tokens[2]];
        let found = [
            world.value("cards", found[0]).await.err(),
            world.value("cards", found[1]).await.err(),
            world.value("cards", found[2]).await.err(),
        ];
        assert_eq!(found, [None, Some(NOT_FOUND), None]);
        world.domain("fixed", digits(0, 4, LuhnMode::Kept), VAULTLESS).await;
        assert_eq!(world.manage(rotate("fixed")).await.err(), Some(ErrorKind::WrongState));
    });
}

#[test]
fn vaults_seal_anew_what_is_read_after_a_rotation() {
    run(&new_place(), async |world| {
        world.domain("kept", usual(), ONE_TOKEN).await;
        let token = world.token("kept", PAN).await;
        let sealed = async || {
            let (domain, token) = (name("kept"), token.clone());
            let read =
                world.store.read(move |tx| tx.vault_record(OWNER, &domain, &token, system_clock()));
            read.await.unwrap().unwrap().sealed.key
        };
        let before = sealed().await;
        world.manage(rotate("kept")).await.unwrap();
        assert_eq!(sealed().await, before);
        assert_eq!(world.value("kept", &token).await.unwrap(), PAN);
        assert_ne!(sealed().await, before);
        assert_eq!(world.value("kept", &token).await.unwrap(), PAN);
        assert_eq!(world.token("kept", PAN).await, token, "it keeps its token");
    });
}

#[test]
fn domains_are_seen_and_changed_by_who_may() {
    run(&new_place(), async |world| {
        world.domain("cards", usual(), VAULTLESS).await;
        world.domain("kept", usual(), ONE_TOKEN).await;
        world.rights(1, &[("cards", &[Right::View])]).await;
        let list = async |who| match world.manage_as(who, manage::Request::List).await {
            Ok(Managed::Domains(domains)) => {
                domains.iter().map(|one| one.name.to_string()).collect::<Vec<_>>()
            }
            _ => panic!("no list"),
        };
        assert_eq!(list(holder(OWNER, 0)).await, ["cards", "kept"]);
        assert_eq!(list(holder(OWNER, 1)).await, ["cards"]);
        assert!(list(holder(OTHER, 0)).await.is_empty());
        for request in [rotate("cards"), manage::Request::Delete(name("cards"))] {
            let refused = world.manage_as(holder(OWNER, 1), request).await.err();
            assert_eq!(refused, Some(ErrorKind::Forbidden));
        }
        let get = manage::Request::Get(name("kept"));
        let refused = world.manage_as(holder(OWNER, 1), get).await.err();
        assert_eq!(refused, Some(ErrorKind::Forbidden));
        let token = world.token("kept", PAN).await;
        let delete_kept = || manage::Request::Delete(name("kept"));
        let refused = world.manage_as(holder(OWNER, 0), delete_kept()).await.err();
        assert_eq!(refused, Some(ErrorKind::WrongState));
        world.ask(delete("kept", &token)).await.unwrap();
        assert!(world.manage_as(holder(OWNER, 0), delete_kept()).await.is_ok());
        let gone = world.ask(tokenize("kept", PAN)).await.err();
        assert_eq!(gone, Some(ErrorKind::KeyNotFound));
    });
}

#[test]
fn what_cannot_be_a_domain_is_refused() {
    run(&new_place(), async |world| {
        world.domain("cards", usual(), VAULTLESS).await;
        let create = async |text: &str, layout: Layout, scheme, limits| {
            let new = NewDomain { name: name(text), layout, scheme, limits };
            world.manage(manage::Request::Create(Box::new(new))).await.err()
        };
        let limits = DomainLimits::default();
        let exists = create("cards", usual(), VAULTLESS, limits).await;
        assert_eq!(exists, Some(ErrorKind::KeyExists));
        let small = Characters::parse("01").unwrap();
        let small = Layout::new(8, 4, LuhnMode::Free, Alphabet::Characters(small)).unwrap();
        assert_eq!(create("small", small, VAULTLESS, limits).await, None, "long texts have room");
        let many = DomainLimits { detokenize_per_hour: u32::MAX, ..limits };
        let refused = create("many", usual(), VAULTLESS, many).await;
        assert_eq!(refused, Some(ErrorKind::TooLarge));
        let never = NewScheme::Vaulted { deterministic: true, ttl_ms: Some(0) };
        let refused = create("never", usual(), never, limits).await;
        assert!(matches!(refused, Some(ErrorKind::InvalidData(_))));
    });
}
