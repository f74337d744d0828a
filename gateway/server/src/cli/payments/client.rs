//! A client of a gateway in the same process: signs a request and hands it to the gateway's core.

use std::sync::Arc;

use http::{Request, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use typex_core::op::payment::access::{AccessSecret, SERVICE, stamp};
use typex_store::system_clock;

use super::super::run::Failure;
use crate::gateway::{Core, Gateway};
use crate::serve::{core_service, role_number};
use crate::transport::{Exchange, Peer, Service, Transport};

const REGION: &str = "eu-central-1";
const HOST: &str = "localhost";

/// A client with an access key.
pub(super) struct Client {
    runtime: Runtime,
    local: LocalSet,
    core: Core,
    peer: Peer,
    id: String,
    secret: AccessSecret,
}

/// Where a request goes.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// An operation that manages keys, by its name.
    Control(&'a str),
    /// An operation that uses keys, by its path as it is on the wire.
    Data(&'a str),
}

impl Client {
    /// A client of `gateway`, of which this thread becomes the first core.
    pub(super) fn new(
        gateway: &Arc<Gateway>,
        (id, secret): (String, AccessSecret),
    ) -> Result<Self, Failure> {
        let dialect = |name: &str| gateway.roles.iter().position(|one| one.dialect.name() == name);
        let role = dialect("aws-payment").ok_or("this gateway serves no payments")?;
        let peer = Peer {
            address: ([127, 0, 0, 1], 0).into(),
            role: role_number(role),
            transport: Transport::H1,
            secure: true,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_park(typex_engine::flush_current)
            .build()?;
        let (local, log) = (LocalSet::new(), gateway.store.data_log()?);
        let core = local.block_on(&runtime, async { core_service(gateway, 0, log) });
        Ok(Self { runtime, local, core, peer, id, secret })
    }

    /// Sends a request; its status and answer.
    pub(super) fn send(
        &self,
        target: Target<'_>,
        body: &Value,
    ) -> Result<(StatusCode, Value), Failure> {
        let request = self.signed(target, body.to_string())?;
        let exchange = Exchange { peer: self.peer, request };
        let response = self.local.block_on(&self.runtime, self.core.call(exchange));
        let answer = serde_json::from_slice(response.body())?;
        Ok((response.status(), answer))
    }

    // spec: payments 12.1
    fn signed(&self, target: Target<'_>, body: String) -> Result<Request<bytes::Bytes>, Failure> {
        let time = stamp(system_clock());
        let scope = [&time[..8], REGION, SERVICE].map(str::to_owned);
        let mut headers = vec![
            ("content-type", target.content_type().to_owned()),
            ("host", HOST.to_owned()),
            ("x-amz-date", time.clone()),
        ];
        if let Target::Control(name) = target {
            headers.push(("x-amz-target", format!("PaymentCryptographyControlPlane.{name}")));
        }
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!(
            "POST\n{}\n\n{lines}\n{names}\n{}",
            target.path().replace('%', "%25"),
            hash(body.as_bytes()),
        );
        let scope_text = format!("{}/aws4_request", scope.join("/"));
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{time}\n{scope_text}\n{}", hash(canonical.as_bytes()));
        let signature = const_hex::encode(self.secret.sign(&scope, to_sign.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope_text}, SignedHeaders={names}, \
             Signature={signature}",
            self.id,
        );
        let mut request = Request::post(target.path()).header("authorization", authorization);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        Ok(request.header("content-length", body.len()).body(body.into())?)
    }
}

impl Target<'_> {
    /// The path on the wire.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Control(_) => "/",
            Self::Data(path) => path,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Control(_) => "application/x-amz-json-1.0",
            Self::Data(_) => "application/json",
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    const_hex::encode(Sha256::digest(bytes))
}
