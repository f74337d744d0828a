//! Keeps what clients report and operators approve.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use typex_core::audit::Detail;
use typex_core::op::registration::{
    Answer, ApiKeyRecord, Approval, ApprovalRecord, Caller, Effort, InstallRecord, InstallReport,
    LogIndex, LogPart, NewApproval, NewLog, Subject, check_approval, split_log,
};
use typex_core::{ClientId, Error, ErrorKind, PartitionId, Secret};
use typex_store::Tx;
use typex_store::records::log_part_key;

use super::{Asker, Context, api_key};

/// Stores how an installation went, in place of what was said before.
pub(super) async fn install(
    context: &Context,
    asker: Asker,
    caller: Caller,
    report: InstallReport,
) -> Result<Answer, Error> {
    let write = context.store.write(move |tx| {
        let api_key = api_key::holder(tx, &caller)?.id;
        tx.put(&InstallRecord { api_key, report, received: asker.now })?;
        asker.record(tx, Detail::None);
        Ok(Answer::Accepted)
    });
    write.await
}

/// Stores a log. One proof of work buys one log; the same log again keeps its reference.
pub(super) async fn log(context: &Context, asker: Asker, new: NewLog) -> Result<Answer, Error> {
    let sender = match new.caller {
        None => None,
        Some(caller) => context.store.read(move |tx| Ok(api_key::holder(tx, &caller).ok())).await?,
    };
    let effort_bits = context.settings.effort_bits;
    let (reference, bits) = match &sender {
        Some(key) => (log_reference(key, &new.log), None),
        None => {
            let preimage = new.preimage.as_deref().unwrap_or_default();
            let effort = Effort::check(preimage, effort_bits, asker.now)?;
            (*effort.digest.first_chunk().expect("SHA-1 has 20 bytes"), Some(effort_bits))
        }
    };
    let client = sender.map(|key| key.client);
    let write = context.store.write(move |tx| {
        store_log(tx, &asker, reference, client, &new.log)?;
        asker.record(tx, Detail::Bytes(new.log.len() as u64));
        Ok(Answer::LogReceived { reference: const_hex::encode(reference), effort_bits: bits })
    });
    write.await
}

/// Stores leave to create keys of a type.
pub(super) async fn approve(
    context: &Context,
    asker: Asker,
    new: NewApproval,
) -> Result<Answer, Error> {
    let subject = Subject { account: "approval token", address: asker.peer };
    context.check_patience(subject, asker.now)?;
    let token = check_token(context.settings.approval_token.as_ref(), new.token.as_ref());
    context.note(subject, asker.now, &token);
    token?;
    let api_key = new.caller.api_key.clone();
    let (foreign_type, policy, given) = (new.foreign_type, new.policy, asker.now);
    let write = context.store.write(move |tx| {
        let key = api_key::holder(tx, &new.caller)?;
        check_approval(&api_key::approvals(tx, &key)?, foreign_type)?;
        let approval = Approval { foreign_type, policy, given };
        let (partition, api_key) = (key.partition, key.id);
        tx.put(&ApprovalRecord { partition, api_key, approval: approval.clone() })?;
        asker.record(tx, Detail::None);
        Ok(approval)
    });
    Ok(Answer::Approved { api_key, approval: write.await? })
}

fn check_token(
    wanted: Option<&Secret<String>>,
    given: Option<&Secret<String>>,
) -> Result<(), Error> {
    let given = given.map_or(&[][..], |token| token.expose().as_bytes());
    let fits = wanted.is_some_and(|wanted| wanted.expose().as_bytes().ct_eq(given).into());
    if fits { Ok(()) } else { Err(Error::new(ErrorKind::Forbidden, "approvals are not open here")) }
}

fn log_reference(key: &ApiKeyRecord, log: &str) -> [u8; 16] {
    let digest = Sha256::new().chain_update(key.id.0).chain_update(log.as_bytes()).finalize();
    *digest.first_chunk().expect("SHA-256 has 32 bytes")
}

fn store_log(
    tx: &mut Tx<'_>,
    asker: &Asker,
    reference: [u8; 16],
    client: Option<ClientId>,
    log: &str,
) -> Result<(), Error> {
    let mut index: LogIndex = tx.get(PartitionId::SERVICE, &[])?.unwrap_or_default();
    if index.contains(&reference) {
        return Ok(());
    }
    let received = asker.now;
    let mut parts = 0;
    for (part, text) in (0..).zip(split_log(log)) {
        tx.put(&LogPart { reference, part, client, text: text.into(), received })?;
        parts = part + 1;
    }
    if let Some((oldest, parts)) = index.push(reference, parts) {
        for part in 0..parts {
            tx.delete::<LogPart>(PartitionId::SERVICE, &log_part_key(&oldest, part))?;
        }
    }
    tx.put(&index)
}
