//! Who may do what.

use super::*;

/// Every task with every single right; without its own right it is refused before anything is
/// looked up.
#[test]
fn a_task_needs_its_own_right_in_its_own_domain() {
    run(&new_place(), async |world| {
        world.domain("cards", usual(), ONE_TOKEN).await;
        world.domain("to", usual(), VAULTLESS).await;
        let mut caller = 1;
        for right in Right::ALL.iter().copied() {
            let token = world.token("cards", PAN).await;
            for (domain, covered) in [("cards", true), ("nowhere", false)] {
                caller += 1;
                let to: &[Right] = &[Right::Tokenize];
                world.rights(caller, &[(domain, &[right]), ("to", to)]).await;
                let calls = [
                    (Right::Tokenize, tokenize("cards", PAN)),
                    (Right::Detokenize, detokenize("cards", &token)),
                    (Right::Retokenize, retokenize("cards", &token, "to")),
                    (Right::Validate, validate("cards", &token)),
                    (Right::Lookup, look_up("cards", &token)),
                    (Right::Delete, delete("cards", &token)),
                ];
                for (needed, call) in calls {
                    let masked = needed == Right::Detokenize && right == Right::DetokenizeMasked;
                    let may = covered && (needed == right || masked);
                    let found = world.ask_as(holder(OWNER, caller), call).await.err();
                    let expected = (!may).then_some(ErrorKind::Forbidden);
                    assert_eq!(found, expected, "{needed:?} with {right:?} in {domain}");
                }
            }
        }
    });
}

#[test]
fn who_has_no_right_learns_nothing_of_what_there_is() {
    let place = new_place();
    run(&place, async |world| {
        world.domain("cards", usual(), VAULTLESS).await;
        for domain in ["cards", "nowhere"] {
            let found = world.ask_as(holder(OWNER, 1), tokenize(domain, PAN)).await;
            assert_eq!(found.err(), Some(ErrorKind::Forbidden));
        }
        world.rights(1, &[("*", &[Right::Tokenize])]).await;
        assert!(world.ask_as(holder(OWNER, 1), tokenize("cards", PAN)).await.is_ok());
        world.rights(1, &[]).await;
        let found = world.ask_as(holder(OWNER, 1), tokenize("cards", PAN)).await;
        assert_eq!(found.err(), Some(ErrorKind::Forbidden), "at once");
    });
    assert_eq!(place.log().matches("\"action\":\"tokenize\"").count(), 4);
}

/// The purpose is in the log, the value is not, and who may see less gets less.
#[test]
fn values_are_told_as_the_right_says() {
    let place = new_place();
    run(&place, async |world| {
        world.domain("cards", usual(), VAULTLESS).await;
        let token = world.token("cards", PAN).await;
        world.rights(1, &[("cards", &[Right::Detokenize])]).await;
        world.rights(2, &[("cards", &[Right::DetokenizeMasked])]).await;
        let told = async |caller| {
            value_of(
                world.ask_as(holder(OWNER, caller), detokenize("cards", &token)).await.unwrap(),
            )
        };
        assert_eq!(told(1).await, PAN);
        assert_eq!(told(2).await, b"411111******1111");
    });
    let log = place.log();
    assert_eq!(log.matches("\"purpose\":\"a test\"").count(), 2, "{log}");
    assert_eq!(log.matches("\"domain\":\"cards\"").count(), 4);
}
