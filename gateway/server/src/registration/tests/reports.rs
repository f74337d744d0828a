use std::ops::ControlFlow;

use typex_core::error::Unauthenticated;
use typex_core::op::registration::{
    Answer, ApiKeyView, Call, InstallRecord, InstallReport, LogPart, NewApproval, NewLog,
};
use typex_core::principal::ApiKeyText;
use typex_core::{Error, ErrorKind, Secret};

use super::{NOW, World, caller, kind, run};

fn mine(bits: u32, from: u32) -> String {
    use typex_core::op::registration::Effort;
    (from..)
        .map(|nonce| format!("r4nd;{};192.0.2.1;1.0;{nonce}", NOW.0 / 1000))
        .find(|text| Effort::check(text, bits, NOW).is_ok())
        .expect("some number will do")
}

async fn send(
    world: &World,
    key: Option<&ApiKeyView>,
    preimage: Option<String>,
    log: &str,
) -> Result<(String, Option<u32>), Error> {
    let call = Call::SendLog(NewLog { caller: key.map(caller), preimage, log: log.into() });
    match world.ask_open(call).await? {
        Answer::LogReceived { reference, effort_bits } => Ok((reference, effort_bits)),
        _ => panic!("another answer"),
    }
}

async fn stored_logs(world: &World) -> Vec<String> {
    let read = world.store.read(|tx| {
        let mut texts = Vec::new();
        tx.scan_all(|part: LogPart| {
            texts.push((part.reference, part.part, part.text));
            Ok(ControlFlow::Continue(()))
        })?;
        texts.sort();
        Ok(texts.into_iter().map(|(_, _, text)| text).collect())
    });
    read.await.expect("readable")
}

#[test]
fn installation_reports_replace_each_other() {
    run(async |world| {
        let key = world.holder().await;
        for status in ["1", "36864"] {
            let report = InstallReport { status: Some(status.into()), ..InstallReport::default() };
            let call = Call::InstallStatus { caller: caller(&key), report };
            assert!(matches!(world.ask_as(&key, call).await, Ok(Answer::Accepted)));
        }
        let read = world.store.read(|tx| {
            let mut found = Vec::new();
            tx.scan_all(|record: InstallRecord| {
                found.push(record.report.status);
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(found)
        });
        assert_eq!(read.await.expect("readable"), [Some("36864".to_owned())]);
    });
}

#[test]
fn holders_send_logs_of_any_length_and_repeats_keep_their_reference() {
    run(async |world| {
        let key = world.holder().await;
        let log = "line\n".repeat(40_000);
        let (first, bits) = send(&world, Some(&key), None, &log).await.expect("a holder");
        assert_eq!((first.len(), bits), (32, None));
        let again = send(&world, Some(&key), None, &log).await.expect("a holder");
        assert_eq!(again.0, first);
        assert_eq!(stored_logs(&world).await.concat(), log);
    });
}

#[test]
fn others_pay_with_work_once_for_each_log() {
    run(async |world| {
        let unpaid = send(&world, None, None, "log").await;
        assert_eq!(kind(unpaid), Some(ErrorKind::Forbidden));
        let cheap = send(&world, None, Some("a;1;b;c;d".into()), "log").await;
        assert_eq!(kind(cheap), Some(ErrorKind::Forbidden));
        let work = mine(8, 0);
        let (first, bits) = send(&world, None, Some(work.clone()), "one").await.expect("paid");
        assert_eq!(bits, Some(8));
        let (again, _) = send(&world, None, Some(work), "two").await.expect("a repeat");
        assert_eq!(again, first);
        assert_eq!(stored_logs(&world).await, ["one"]);
        send(&world, None, Some(mine(8, 1_000_000)), "two").await.expect("paid anew");
        assert_eq!(stored_logs(&world).await.len(), 2);
    });
}

#[test]
fn an_unknown_api_key_pays_like_everyone() {
    run(async |world| {
        let mut key = world.holder().await;
        key.api_key = Secret::new(ApiKeyText::from("unknown").expect("short"));
        let unpaid = send(&world, Some(&key), None, "log").await;
        assert_eq!(kind(unpaid), Some(ErrorKind::Forbidden));
        assert!(send(&world, Some(&key), Some(mine(8, 0)), "log").await.is_ok());
    });
}

fn approval(key: &ApiKeyView, token: Option<&str>, foreign_type: u32) -> Call {
    Call::ApproveType(NewApproval {
        caller: caller(key),
        token: token.map(|text| Secret::new(text.to_owned())),
        foreign_type,
        policy: format!(r#"{{"type":"{foreign_type:x}"}}"#),
    })
}

#[test]
fn approvals_need_their_token_and_show_among_the_operations() {
    run(async |world| {
        let (key, other) = (world.holder().await, world.holder().await);
        for token in [None, Some("public")] {
            let refused = world.ask_as(&key, approval(&key, token, 15)).await;
            assert_eq!(kind(refused), Some(ErrorKind::Forbidden));
        }
        for foreign_type in [15, 4, 15] {
            let call = approval(&key, Some("approver"), foreign_type);
            assert!(matches!(world.ask_as(&key, call).await, Ok(Answer::Approved { .. })));
        }
        let types = async |key: &ApiKeyView| match world
            .ask_as(key, Call::ListOperations(caller(key)))
            .await
        {
            Ok(Answer::Operations { operations, approvals, .. }) => {
                assert_eq!(operations.len(), 3);
                approvals.into_iter().map(|one| one.foreign_type).collect::<Vec<_>>()
            }
            other => panic!("{:?}", kind(other)),
        };
        assert_eq!(types(&key).await, [4, 15]);
        assert!(types(&other).await.is_empty());
    });
}

#[test]
fn functions_of_holders_refuse_everyone_else() {
    run(async |world| {
        let key = world.holder().await;
        let unknown = ErrorKind::Unauthenticated(Unauthenticated::ApiKey);
        let call = Call::ListOperations(caller(&key));
        assert_eq!(kind(world.ask_open(call).await), Some(unknown));
        let client = ErrorKind::Unauthenticated(Unauthenticated::Client);
        let call = Call::ShowApiKey { api_key: key.api_key.clone() };
        assert_eq!(kind(world.ask_as(&key, call).await), Some(client));
    });
}
