use typex_core::op::registration::{
    Addresses, Answer, ApiKeyView, Call, DnsKind, DnsRecord, DomainProof, DomainRecord,
    DomainStatus, EnrolDomain, NewChallenge, SignedText, UpdateDomain,
};
use typex_core::{ErrorKind, PartitionId, Secret};

use typex_store::Purpose;

use super::certificates::Identity;
use super::{ELSEWHERE, HERE, NOW, World, caller, kind, run};
use crate::registration::{remove_client, working_api_key};

async fn enrol(world: &World, key: &ApiKeyView, of: &Identity) -> Result<String, ErrorKind> {
    let certificate = of.certificate.clone();
    let call = Call::EnrolDomain(EnrolDomain { caller: caller(key), certificate });
    match world.ask_as(key, call).await {
        Ok(Answer::DomainEnrolled { domain, controllers, status }) => {
            assert_eq!(controllers, ["ns.keys.example"]);
            assert!(domain.ends_with(".keys.example") && status != DomainStatus::NotAssigned);
            Ok(domain)
        }
        Ok(_) => panic!("another answer"),
        Err(error) => Err(error.kind),
    }
}

async fn open(world: &World, key: &ApiKeyView) -> Result<(String, DomainProof), ErrorKind> {
    let new = NewChallenge { caller: caller(key), addresses: Addresses::default(), private: false };
    match world.ask_as(key, Call::DomainChallenge(new)).await {
        Ok(Answer::Challenge { challenge, authentication }) => Ok((challenge, authentication)),
        Ok(_) => panic!("another answer"),
        Err(error) => Err(error.kind),
    }
}

fn update(
    key: &ApiKeyView,
    (challenge, authentication): &(String, DomainProof),
    signature: Option<SignedText>,
) -> Call {
    Call::UpdateDomain(UpdateDomain {
        caller: caller(key),
        records: vec![DnsRecord {
            kind: DnsKind::Txt,
            name: "_acme-challenge".into(),
            domain: None,
            value: Some("proof".into()),
        }],
        authentication: *authentication,
        response: Secret::new(challenge.clone()),
        signature,
    })
}

#[test]
fn a_domain_is_given_out_pointed_and_moved() {
    run(async |mut world| {
        let (mine, next) = (Identity::new(), Identity::new());
        let key = world.holder().await;
        let name = enrol(&world, &key, &mine).await.expect("a domain");
        assert_eq!(enrol(&world, &key, &mine).await, Ok(name.clone()), "a repeat");
        let opened = open(&world, &key).await.expect("an update");
        assert_eq!(opened.1, DomainProof::Signature);
        for _ in 0..2 {
            let call = update(&key, &opened, Some(mine.sign(&opened.0)));
            let Ok(Answer::DomainUpdated { domains, addresses, private, status }) =
                world.ask_as(&key, call).await
            else {
                panic!("another answer")
            };
            assert_eq!((domains, addresses), (vec![name.clone()], vec![HERE]));
            assert_eq!((private, status), (false, DomainStatus::Enabled));
        }
        assert_eq!(enrol(&world, &key, &next).await, Err(ErrorKind::KeyExists));
        assert_eq!(unlock(&world, &key).await, DomainStatus::Unlocked);
        world.peer = ELSEWHERE;
        let opened = open(&world, &key).await.expect("an update");
        assert_eq!(opened.1, DomainProof::Challenge);
        let moved = world.ask_as(&key, update(&key, &opened, None)).await;
        assert!(matches!(moved, Ok(Answer::DomainUpdated { .. })));
        assert_eq!(unlock(&world, &key).await, DomainStatus::Unlocked);
        assert_eq!(enrol(&world, &key, &next).await, Ok(name), "the name stays");
    });
}

async fn unlock(world: &World, key: &ApiKeyView) -> DomainStatus {
    match world.ask_as(key, Call::UnlockDomain(caller(key))).await {
        Ok(Answer::DomainStatus(status)) => status,
        other => panic!("{:?}", kind(other)),
    }
}

#[test]
fn wrong_signatures_and_other_owners_change_nothing() {
    run(async |world| {
        let (mine, other) = (Identity::new(), Identity::new());
        let key = world.holder().await;
        enrol(&world, &key, &mine).await.expect("a domain");
        let opened = open(&world, &key).await.expect("an update");
        let about_nothing = Some(mine.sign("payload"));
        for signature in [None, Some(other.sign(&opened.0)), about_nothing] {
            let refused = world.ask_as(&key, update(&key, &opened, signature)).await;
            assert_eq!(kind(refused), Some(ErrorKind::VerifyFailed));
        }
        let done = world.ask_as(&key, update(&key, &opened, Some(mine.sign(&opened.0)))).await;
        assert!(done.is_ok());
    });
}

#[test]
fn a_key_without_domain_has_none_to_update_and_one_not_assigned_to_unlock() {
    run(async |world| {
        let key = world.holder().await;
        assert_eq!(open(&world, &key).await, Err(ErrorKind::KeyNotFound));
        let nothing = ("00".to_owned(), DomainProof::Signature);
        let refused = world.ask_as(&key, update(&key, &nothing, None)).await;
        assert_eq!(kind(refused), Some(ErrorKind::KeyNotFound));
        assert_eq!(unlock(&world, &key).await, DomainStatus::NotAssigned);
    });
}

#[test]
fn domains_of_two_keys_are_apart() {
    run(async |world| {
        let identity = Identity::new();
        let (one, other) = (world.holder().await, world.holder().await);
        let first = enrol(&world, &one, &identity).await.expect("a domain");
        let second = enrol(&world, &other, &identity).await.expect("a domain");
        assert_ne!(first, second);
        let opened = open(&world, &one).await.expect("an update");
        let stolen =
            world.ask_as(&other, update(&other, &opened, Some(identity.sign(&opened.0)))).await;
        assert_eq!(kind(stolen), Some(ErrorKind::VerifyFailed));
    });
}

#[test]
fn a_removed_clients_domain_goes_with_it() {
    run(async |world| {
        let key = world.holder().await;
        enrol(&world, &key, &Identity::new()).await.expect("a domain");
        let text = key.api_key.clone();
        let removed = world.store.write(move |tx| {
            let digest = tx.lookup_digest(Purpose::ApiKey, text.expose().as_bytes());
            let key = working_api_key(tx, &digest)?.expect("works");
            remove_client(tx, key.client, NOW)?;
            let domain: Option<DomainRecord> = tx.get(PartitionId::SERVICE, &key.id.0)?;
            Ok(domain.expect("enrolled").status)
        });
        assert_eq!(removed.await.expect("stored"), DomainStatus::Removed);
    });
}
