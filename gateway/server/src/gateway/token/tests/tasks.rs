//! Every task, in domains of both schemes.

use typex_core::op::token::{About, Operation};
use typex_core::token::Characters;

use super::*;

#[test]
fn values_come_back_in_every_scheme() {
    run(&new_place(), async |world| {
        world.domain("fpe", usual(), VAULTLESS).await;
        world.domain("one", digits(6, 4, LuhnMode::Versioned), ONE_TOKEN).await;
        world.domain("many", digits(6, 4, LuhnMode::Free), MANY_TOKENS).await;
        let letters = Characters::parse("abcdefghijklmnopqrstuvwxyz").unwrap();
        let letters = Layout::new(1, 1, LuhnMode::Free, Alphabet::Characters(letters)).unwrap();
        world.domain("words", letters.clone(), VAULTLESS).await;
        world.domain("kept-words", letters, ONE_TOKEN).await;
        for domain in ["fpe", "one", "many", "words", "kept-words"] {
            let value = if domain.contains("words") { &b"tokenization"[..] } else { PAN };
            let token = world.token(domain, value).await;
            assert_eq!(token.len(), value.len());
            assert_ne!(token, value, "{domain}");
            assert_eq!(token.last(), value.last(), "{domain}");
            assert_eq!(world.value(domain, &token).await.unwrap(), value, "{domain}");
            let again = world.token(domain, value).await;
            assert_eq!(again == token, domain != "many", "{domain}");
            assert_eq!(world.value(domain, &again).await.unwrap(), value, "{domain}");
        }
        let wrong = world.ask(tokenize("fpe", b"4111111111111112")).await;
        assert!(
            matches!(wrong.err(), Some(ErrorKind::InvalidData(_))),
            "no version would be right"
        );
        let wrong = world.ask(tokenize("one", b"4111111111111112")).await;
        assert!(matches!(wrong.err(), Some(ErrorKind::InvalidData(_))));
    });
}

#[test]
fn tokens_of_others_and_of_other_domains_mean_nothing() {
    run(&new_place(), async |world| {
        for domain in ["one", "two"] {
            world.domain(domain, usual(), ONE_TOKEN).await;
        }
        let token = world.token("one", PAN).await;
        assert_eq!(world.value("two", &token).await.err(), Some(NOT_FOUND));
        assert_eq!(world.value("one", b"4111").await.err(), Some(NOT_FOUND));
        for call in [validate("two", &token), look_up("two", &token), delete("two", &token)] {
            assert_eq!(world.ask(call).await.err(), Some(NOT_FOUND));
        }
        let foreign = world.ask_as(holder(OTHER, 0), detokenize("one", &token)).await;
        assert_eq!(foreign.err(), Some(ErrorKind::KeyNotFound), "there is no such domain");
        world.domain("fpe", usual(), VAULTLESS).await;
        world.domain("fpe-2", usual(), VAULTLESS).await;
        let token = world.token("fpe", PAN).await;
        assert_ne!(world.value("fpe-2", &token).await.unwrap(), PAN);
    });
}

#[test]
fn values_get_tokens_of_other_domains() {
    run(&new_place(), async |world| {
        let schemes = [("fpe", VAULTLESS), ("kept", ONE_TOKEN), ("more", MANY_TOKENS)];
        for (domain, scheme) in schemes {
            world.domain(domain, usual(), scheme).await;
        }
        for (from, _) in schemes {
            for (to, _) in schemes {
                let token = world.token(from, PAN).await;
                let other = token_of(world.ask(retokenize(from, &token, to)).await);
                assert_eq!(world.value(to, &other).await.unwrap(), PAN, "{from} to {to}");
            }
        }
        let unknown = world.ask(retokenize("kept", b"4000000000000000", "fpe")).await;
        assert_eq!(unknown.err(), Some(NOT_FOUND));
    });
}

#[test]
fn what_a_vault_knows_of_a_token_is_told() {
    run(&new_place(), async |world| {
        world.domain("kept", usual(), ONE_TOKEN).await;
        world.domain("fpe", usual(), VAULTLESS).await;
        let metadata = Metadata::new(vec![("order".into(), "7".into())]).unwrap();
        let ttl_ms = Some(60_000);
        let value = || Secret::new(PAN.to_vec());
        let task = Task::Tokenize { value: value(), ttl_ms, metadata: metadata.clone() };
        let done = world.ask(Call { domain: name("kept"), task }).await;
        let Ok(Done::Token { token, expiry: Some(until) }) = done else { panic!("no end") };
        let Ok(Done::About(about)) = world.ask(look_up("kept", &token)).await else {
            panic!("not found")
        };
        let About { created, expiry, metadata: found } = *about;
        assert_eq!((expiry, found), (Some(until), metadata.clone()));
        assert_eq!(until.0 - created.0, 60_000);
        assert!(matches!(world.ask(validate("kept", &token)).await, Ok(Done::Valid { .. })));
        assert!(matches!(world.ask(delete("kept", &token)).await, Ok(Done::Deleted)));
        assert_eq!(world.value("kept", &token).await.err(), Some(NOT_FOUND));
        assert_eq!(world.ask(delete("kept", &token)).await.err(), Some(NOT_FOUND));
        assert_ne!(world.token("kept", PAN).await, token, "drawn anew");
        let token = world.token("fpe", PAN).await;
        let version = typex_core::token::TokenVersion::new(1);
        let valid = world.ask(validate("fpe", &token)).await;
        assert!(matches!(valid, Ok(Done::Valid { version: found }) if found == version));
        for call in [look_up("fpe", &token), delete("fpe", &token)] {
            assert_eq!(world.ask(call).await.err(), Some(ErrorKind::Unsupported));
        }
        let task = Task::Tokenize { value: value(), ttl_ms, metadata };
        let refused = world.ask(Call { domain: name("fpe"), task }).await;
        assert!(matches!(refused.err(), Some(ErrorKind::InvalidData(_))));
    });
}

#[test]
fn tokens_end_with_their_time() {
    let short = NewScheme::Vaulted { deterministic: true, ttl_ms: Some(1) };
    run(&new_place(), async |world| {
        world.domain("short", usual(), short).await;
        let token = world.token("short", PAN).await;
        while system_clock().0 <= system_clock_of(&world.ask(look_up("short", &token)).await) {
            tokio::task::yield_now().await;
        }
        assert_eq!(world.value("short", &token).await.err(), Some(NOT_FOUND));
        world.core.inner().gateway.sweep_tokens().await.unwrap();
    });
}

/// When it ends; 0 if it has.
fn system_clock_of(done: &Result<Done, ErrorKind>) -> u64 {
    match done {
        Ok(Done::About(about)) => about.expiry.map_or(0, |expiry| expiry.0),
        _ => 0,
    }
}

#[test]
fn records_of_a_batch_are_answered_each_for_itself() {
    run(&new_place(), async |world| {
        world.domain("fpe", usual(), VAULTLESS).await;
        world.domain("kept", usual(), ONE_TOKEN).await;
        for domain in ["fpe", "kept"] {
            batch_in(world, domain).await;
        }
    });
}

async fn batch_in(world: &World, domain: &str) {
    let mut values: Vec<_> = cards(300).collect();
    values[7] = b"none".to_vec();
    values[8] = values[9].clone();
    let mut calls: Vec<_> = values.iter().map(|value| Ok(tokenize(domain, value))).collect();
    calls[10] = Err(ErrorKind::TooLarge.into());
    calls[11] = Ok(tokenize("nowhere", PAN));
    let operation = Operation::Tokenize;
    let request = Request::Batch { operation, calls };
    let Ok(Answer::Batch(answers)) = world.told(holder(OWNER, 0), request).await else {
        panic!("no batch")
    };
    assert_eq!(answers.len(), 300);
    let kind = |at: usize| answers[at].as_ref().err().map(|error| error.kind);
    assert!(matches!(kind(7), Some(ErrorKind::InvalidData(_))), "{:?}", kind(7));
    assert_eq!((kind(10), kind(11)), (Some(ErrorKind::TooLarge), Some(ErrorKind::KeyNotFound)));
    let token = |at: usize| match &answers[at] {
        Ok(Done::Token { token, .. }) => token.clone(),
        _ => panic!("record {at}"),
    };
    assert_eq!(token(8), token(9), "one value has one token");
    let calls = (12..300).map(|at| Ok(detokenize(domain, &token(at)))).collect();
    let request = Request::Batch { operation: Operation::Detokenize, calls };
    let Ok(Answer::Batch(told)) = world.told(holder(OWNER, 0), request).await else {
        panic!("no batch")
    };
    for (told, value) in told.into_iter().zip(&values[12..]) {
        assert_eq!(&value_of(told.unwrap()), value);
    }
}
