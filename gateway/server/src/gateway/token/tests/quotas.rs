//! Enumerations end, whatever is done in between.

use typex_core::op::token::Operation;
use typex_core::token::domain::DistinctLimit;

use super::*;

/// Six digits are free: few enough for a quota.
fn six_free() -> Layout {
    digits(6, 4, LuhnMode::Free)
}

/// Cards that show the same ten digits.
fn alike(count: u32) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| format!("411111{number:06}1111").into_bytes())
}

async fn answered(world: &World, domain: &str, who: u8, values: Vec<Vec<u8>>) -> Vec<bool> {
    let calls = values.iter().map(|value| Ok(tokenize(domain, value))).collect();
    let request = Request::Batch { operation: Operation::Tokenize, calls };
    match world.told(holder(OWNER, who), request).await {
        Ok(Answer::Batch(answers)) => answers.iter().map(Result::is_ok).collect(),
        _ => panic!("no batch"),
    }
}

async fn two_callers(world: &World) {
    for caller in 1..=2 {
        world.rights(caller, &[("*", Right::ALL)]).await;
    }
}

/// Who looks for the card of a token by asking for every card is stopped after a thousand, and
/// gets no more by waiting for a restart. In all, not one more is answered.
#[test]
fn an_enumeration_of_an_issuer_is_stopped() {
    let place = new_place();
    let mut told = 0;
    for start in 0..3 {
        run(&place, async |world| {
            if start == 0 {
                world.domain("cards", six_free(), VAULTLESS).await;
                two_callers(world).await;
            }
            for _ in 0..2 {
                let from = told;
                let values = alike(told + 600).skip(from as usize).collect();
                let found = answered(world, "cards", 1, values).await;
                told += found.iter().filter(|one| **one).count() as u32;
            }
        });
    }
    assert!((900..=1000).contains(&told), "{told}");
    run(&place, async |world| {
        let again = world.ask_as(holder(OWNER, 1), tokenize("cards", b"4111119999991111")).await;
        assert_eq!(again.err(), Some(ErrorKind::Quota));
        let other = world.ask_as(holder(OWNER, 2), tokenize("cards", b"4111119999991111")).await;
        assert!(other.is_ok(), "another caller has its own");
        let other = world.ask_as(holder(OWNER, 1), tokenize("cards", b"4111119999992222")).await;
        assert!(other.is_ok(), "so has another pattern");
    });
}

#[test]
fn every_way_to_ask_is_counted() {
    run(&new_place(), async |world| {
        let distinct = DistinctLimit::PerHour(2);
        let limits = DomainLimits { distinct, detokenize_per_hour: 3, ..DomainLimits::default() };
        world.domain_with("cards", six_free(), VAULTLESS, limits).await;
        world.domain_with("to", usual(), VAULTLESS, DomainLimits::default()).await;
        two_callers(world).await;
        let tokens: Vec<_> = alike(5).collect();
        let ask = async |call| world.ask_as(holder(OWNER, 1), call).await.err();
        let counted: [fn(&[u8]) -> Call; 2] =
            [|token| validate("cards", token), |token| retokenize("cards", token, "to")];
        for token in &tokens[..2] {
            for call in counted {
                assert_ne!(ask(call(token)).await, Some(ErrorKind::Quota), "a value costs once");
            }
        }
        for call in counted {
            assert_eq!(ask(call(&tokens[2])).await, Some(ErrorKind::Quota));
        }
        assert_eq!(ask(tokenize("cards", &tokens[3])).await, Some(ErrorKind::Quota));
        assert_eq!(ask(validate("cards", &tokens[0])).await, None);
        for _ in 0..3 {
            assert_eq!(ask(detokenize("cards", &tokens[0])).await, None);
        }
        assert_eq!(ask(detokenize("cards", &tokens[0])).await, Some(ErrorKind::Quota));
    });
}

/// In a vault as well, which tells whether a token is there.
#[test]
fn every_way_to_ask_a_vault_is_counted() {
    run(&new_place(), async |world| {
        let distinct = DistinctLimit::PerHour(2);
        let limits = DomainLimits { distinct, ..DomainLimits::default() };
        world.domain_with("kept", six_free(), ONE_TOKEN, limits).await;
        two_callers(world).await;
        let tokens: Vec<_> = alike(3).collect();
        let ask = async |call| world.ask_as(holder(OWNER, 1), call).await.err();
        for call in [look_up, delete, validate] {
            for token in &tokens[..2] {
                assert_eq!(ask(call("kept", token)).await, Some(NOT_FOUND));
            }
            assert_eq!(ask(call("kept", &tokens[2])).await, Some(ErrorKind::Quota));
        }
    });
}

/// Whoever has tokens of a domain without a limit gets no more of them into one that has one.
#[test]
fn a_value_that_comes_as_a_token_is_counted() {
    run(&new_place(), async |world| {
        let limits = |distinct| DomainLimits { distinct, ..DomainLimits::default() };
        let form = digits(0, 4, LuhnMode::Free);
        world.domain_with("open", form, VAULTLESS, limits(DistinctLimit::None)).await;
        let narrow = limits(DistinctLimit::PerHour(2));
        world.domain_with("narrow", six_free(), VAULTLESS, narrow).await;
        two_callers(world).await;
        let mut told = vec![];
        for value in alike(3) {
            let token = world.token("open", &value).await;
            let made = world.ask_as(holder(OWNER, 1), retokenize("open", &token, "narrow")).await;
            told.push(made.err());
        }
        assert_eq!(told, [None, None, Some(ErrorKind::Quota)]);
    });
}

#[test]
fn who_needs_no_quota_has_none() {
    run(&new_place(), async |world| {
        world.domain("wide", usual(), VAULTLESS).await;
        let limits = DomainLimits { distinct: DistinctLimit::None, ..DomainLimits::default() };
        world.domain_with("open", six_free(), VAULTLESS, limits).await;
        two_callers(world).await;
        let found = answered(world, "open", 1, alike(1500).collect()).await;
        assert!(found.iter().all(|one| *one));
        let found = answered(world, "wide", 1, cards(1500).collect()).await;
        assert!(found.iter().all(|one| *one));
    });
}

/// A form of which a tenth is used up gives no more, and operators are told before.
#[test]
fn a_form_that_is_full_gives_no_tokens() {
    run(&new_place(), async |world| {
        let limits = DomainLimits { distinct: DistinctLimit::None, ..DomainLimits::default() };
        world.domain_with("tight", digits(8, 4, LuhnMode::Free), ONE_TOKEN, limits).await;
        let values = (0..1001).map(|at| format!("41111111{at:04}1111").into_bytes()).collect();
        let found = answered(world, "tight", 0, values).await;
        assert_eq!(found.iter().filter(|one| **one).count(), 1000);
        let more = world.ask(tokenize("tight", b"4111111199991111")).await;
        assert_eq!(more.err(), Some(ErrorKind::Quota));
        let gateway = &world.core.inner().gateway;
        let full = gateway.tokens.filled();
        assert_eq!(full.get(&(OWNER, name("tight"))), Some(&100));
        let page = gateway.metrics.render().unwrap();
        let filled = page.lines().find(|line| line.starts_with("typex_token_filled_total"));
        assert_eq!(filled, Some("typex_token_filled_total 501"));
        assert!(page.contains("typex_token_exhausted_total 0"));
        let levels = world.store.read(|tx| tx.vault_levels(OWNER)).await.unwrap();
        assert_eq!(levels.len(), 1);
    });
}
