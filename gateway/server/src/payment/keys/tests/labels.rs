//! Names and tags.

use typex_core::ErrorKind;
use typex_core::key::payment::{Attributes, ModeOfUse, Usage};
use typex_core::op::payment::keys::{AliasName, Answer, Page, Request, Tag, Tags};

use super::{AES, OTHER, OWNER, by_alias, by_id, run};

fn alias(name: &str) -> AliasName {
    AliasName::new(name).expect("a name")
}

#[test]
fn a_name_means_its_key_until_it_means_another() {
    run(async |world| {
        let make = async || {
            let key = world.make(Attributes::new(Usage::DATA, AES, ModeOfUse::Both)).await;
            key.expect("a key").id
        };
        let (one, two) = (make().await, make().await);
        let found = async || {
            let found = world.core.inner().payment_key_id(OWNER, &by_alias("data")).await;
            found.map_err(|error| error.kind)
        };
        assert_eq!(found().await, Err(ErrorKind::KeyNotFound));
        let create = |key| Request::CreateAlias(alias("data"), key);
        world.ask(create(Some(by_id(one)))).await.expect("a new name");
        assert_eq!((found().await, found().await), (Ok(one), Ok(one)));
        assert_eq!(world.ask(create(None)).await.err(), Some(ErrorKind::KeyExists));
        let other = world.core.inner().payment_key_id(OTHER, &by_alias("data")).await;
        assert_eq!(other.map_err(|error| error.kind), Err(ErrorKind::KeyNotFound));
        let update = |key| Request::UpdateAlias(alias("data"), key);
        world.ask(update(Some(by_id(two)))).await.expect("the name is there");
        assert_eq!(found().await, Ok(two));
        assert_eq!(world.key(Request::Get(by_alias("data"))).await.map(|key| key.id), Ok(two));
        world.ask(update(None)).await.expect("the name is there");
        assert_eq!(found().await, Err(ErrorKind::KeyNotFound));
        world.ask(update(Some(by_id(one)))).await.expect("the name is there");
        assert_eq!(found().await, Ok(one));
        world.ask(Request::DeleteAlias(alias("data"))).await.expect("the name is there");
        assert_eq!(found().await, Err(ErrorKind::KeyNotFound));
    });
}

#[test]
fn tags_are_kept_for_their_key() {
    run(async |world| {
        let key = world.make(Attributes::new(Usage::DATA, AES, ModeOfUse::Both)).await;
        let key = key.expect("a key").id;
        let tags = |names: &[&str], value: &str| {
            let tag = |name: &&str| Tag { name: (*name).into(), value: value.into() };
            Tags::new(names.iter().map(tag).collect()).expect("few and short")
        };
        let listed = async |after: Option<&str>, count| {
            let page = Page { after: after.map(str::to_owned), count };
            match world.ask(Request::ListTags { key: by_id(key), page }).await {
                Ok(Answer::Tags(next)) => {
                    let text = |tag: &Tag| format!("{}={}", tag.name, tag.value);
                    (next.items.iter().map(text).collect::<Vec<_>>().join(" "), next.after)
                }
                _ => panic!("another answer"),
            }
        };
        world.ask(Request::Tag(by_id(key), tags(&["c", "a", "b"], "1"))).await.expect("room");
        world.ask(Request::Tag(by_id(key), tags(&["b"], "2"))).await.expect("room");
        assert_eq!(listed(None, 2).await, ("a=1 b=2".into(), Some("b".into())));
        assert_eq!(listed(Some("b"), 2).await, ("c=1".into(), None));
        let names = vec!["a".to_owned(), "z".to_owned()];
        world.ask(Request::Untag(by_id(key), names)).await.expect("its own key");
        assert_eq!(listed(None, 9).await, ("b=2 c=1".into(), None));
    });
}
