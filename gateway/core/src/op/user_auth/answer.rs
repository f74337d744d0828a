//! The answer to a request about a user's authentication.
// spec: enigma-bridge 4.4, result

use super::context::Context;
use super::{InnerStatus, Method, UserId};
use crate::codec::Encoder;
use crate::secret::Secret;
use crate::tlv::put;

const CONTEXT: u8 = 0xa3;

/// What the client gets: a context that shows the account as it now is, and a status.
pub struct Answer {
    pub(super) operation: u8,
    /// Which method the request was about; none for all that the context has.
    pub(super) method: Option<Method>,
    /// Whether the one-time password's secret is new and must be told.
    pub(super) tells_secret: bool,
    pub(super) context: Context,
    pub(super) status: InnerStatus,
}

impl Answer {
    /// Whether the user proved who it is.
    pub fn status(&self) -> InnerStatus {
        self.status
    }

    /// The user it is about.
    pub fn user(&self) -> UserId {
        self.context.user
    }

    /// The new context, to be padded and sealed; at most [`Context::CLEAR_BYTES_MAX`] bytes.
    pub fn clear_context(&self) -> Secret<Vec<u8>> {
        self.context.write()
    }

    /// The result of the `ProcessData` request around the sealed context: at most 21 bytes more,
    /// and the secret where one is told.
    pub fn result(&self, protected: &[u8]) -> Secret<Vec<u8>> {
        let mut told = Encoder::default();
        told.raw(&self.context.user.0);
        for method in [Method::Hotp, Method::Password, Method::Tries] {
            if self.concerns(method) {
                put(&mut told, method.tag(), self.value(method));
            }
        }
        let mut out = Encoder::default();
        put(&mut out, CONTEXT, protected);
        put(&mut out, self.operation, told.finish().expose());
        out.u16(self.status.code());
        out.finish()
    }

    fn concerns(&self, method: Method) -> bool {
        match (self.method, method) {
            (Some(concerned), method) => concerned == method,
            (None, Method::Hotp) => self.context.hotp.is_some(),
            (None, Method::Password) => self.context.password.is_some(),
            (None, Method::Tries) => false,
        }
    }

    fn value(&self, method: Method) -> &[u8] {
        match (method, &self.context.hotp) {
            (Method::Hotp, Some(hotp)) if self.tells_secret => hotp.secret.expose(),
            _ => &[],
        }
    }
}
