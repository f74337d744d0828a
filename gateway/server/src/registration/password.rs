//! Passwords: made here, hashed in the engine's pools, never kept.

use std::net::IpAddr;
use std::time::Instant;

use typex_core::error::Unauthenticated;
use typex_core::op::registration::{ClientRecord, ClientStatus, PasswordHash, Subject, client_of};
use typex_core::principal::{Principal, Proof};
use typex_core::{ClientId, Error, ErrorKind, PartitionId, Secret, UnixMs};
use typex_engine::{Done, PasswordCost, PasswordJob, Shard};

use super::{Context, random};

/// The client with this user name and password.
///
/// An unknown name takes the way and the time of a wrong password.
///
/// # Errors
/// [`Unauthenticated::Client`] for both, and for accounts that do not work; [`ErrorKind::Busy`]
/// while the caller must wait after failures, or when the pools are full.
pub async fn authenticate_password(
    context: &Context,
    shard: &Shard,
    (username, password): (&str, &Secret<String>),
    peer: IpAddr,
    now: UnixMs,
) -> Result<Principal, Error> {
    let subject = Subject { account: username, address: peer };
    context.check_patience(subject, now)?;
    let result = check(context, shard, username, password).await;
    context.note(subject, now, &result);
    result
}

async fn check(
    context: &Context,
    shard: &Shard,
    username: &str,
    password: &Secret<String>,
) -> Result<Principal, Error> {
    let id = client_of(username).unwrap_or(ClientId([0; 16]));
    let read = context.store.read(move |tx| tx.get::<ClientRecord>(PartitionId::SERVICE, &id.0));
    let found = read.await?;
    let expected = found.as_ref().map_or(&context.dummy, |client| &client.password);
    let right = matches(context, shard, password, expected).await?;
    match found {
        Some(client) if right && client.status == ClientStatus::Enabled => Ok(Principal {
            partition: client.partition,
            client: Some(client.id),
            api_key: None,
            proof: Proof::Password,
        }),
        _ => Err(ErrorKind::Unauthenticated(Unauthenticated::Client).into()),
    }
}

/// Hashes a new password.
pub(super) async fn hash(
    context: &Context,
    shard: &Shard,
    password: &Secret<String>,
) -> Result<PasswordHash, Error> {
    let (salt, cost) = (random()?, context.cost);
    match shard.submit_password(job(context, password, salt, cost, None))?.await? {
        Done::PasswordHash(hash) => Ok(PasswordHash {
            memory_kib: cost.memory_kib,
            passes: cost.passes,
            lanes: cost.lanes,
            salt,
            hash,
        }),
        _ => Err(ErrorKind::Internal.into()),
    }
}

async fn matches(
    context: &Context,
    shard: &Shard,
    password: &Secret<String>,
    expected: &PasswordHash,
) -> Result<bool, Error> {
    let cost = PasswordCost {
        memory_kib: expected.memory_kib,
        passes: expected.passes,
        lanes: expected.lanes,
    };
    let hash = Some(expected.hash.clone());
    match shard.submit_password(job(context, password, expected.salt, cost, hash))?.await? {
        Done::PasswordMatches(right) => Ok(right),
        _ => Err(ErrorKind::Internal.into()),
    }
}

fn job(
    context: &Context,
    password: &Secret<String>,
    salt: [u8; 16],
    cost: PasswordCost,
    expected: Option<Secret<[u8; 32]>>,
) -> PasswordJob {
    let now = Instant::now();
    let password = Secret::new(password.expose().as_bytes().to_vec());
    PasswordJob { password, salt, cost, expected, now, deadline: now + context.patience }
}
