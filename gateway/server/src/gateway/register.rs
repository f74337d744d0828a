//! Registration requests, and the passwords that some of them come with.

use typex_core::op::registration::Request;
use typex_core::op::{Action, Output};
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, Secret};
use typex_store::system_clock;

use super::core::Inner;
use crate::registration;
use crate::transport::Peer;

impl Inner {
    /// Carries out a registration request.
    pub(super) async fn register(
        &self,
        peer: &Peer,
        principal: Principal,
        request: Request,
    ) -> Result<Output, Error> {
        let action = Action::Registration(request.function());
        let grant = self.allowed(peer, &principal, action, None).await?;
        let context = self.registration()?;
        let (address, now) = (peer.address.ip(), system_clock());
        let done = registration::execute(context, &self.shard, grant, address, request, now).await;
        match done {
            Ok(answer) => Ok(Output::Registration(Box::new(answer))),
            Err(error) => self.refused(peer, &principal, action, None, error).await,
        }
    }

    /// Whoever has this user name and password. Failures are recorded.
    pub(super) async fn password(
        &self,
        peer: &Peer,
        action: Action,
        username: &str,
        password: &Secret<String>,
    ) -> Result<Principal, Error> {
        let context = self.registration()?;
        let (address, now) = (peer.address.ip(), system_clock());
        let found = registration::authenticate_password(
            context,
            &self.shard,
            (username, password),
            address,
            now,
        );
        match found.await {
            Ok(principal) => Ok(principal),
            Err(error) => self.refused(peer, &Principal::ANONYMOUS, action, None, error).await,
        }
    }

    /// Not there for the instant between the first listener and the last.
    fn registration(&self) -> Result<&registration::Context, Error> {
        self.gateway.registration.get().ok_or_else(|| ErrorKind::Busy.into())
    }
}
