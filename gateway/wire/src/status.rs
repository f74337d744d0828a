//! How a record, a handle or a connection ended.
// spec: stream 7

use crate::WireError;

macro_rules! statuses {
    ($($(#[$meaning:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// How something ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Status {
            $($(#[$meaning])* $name = $code,)*
        }

        impl Status {
            /// Every status.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in logs.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

statuses! {
    /// As asked.
    Done = 0, "done";
    /// The record cannot be understood.
    Malformed = 1, "malformed";
    /// Understood, but not done here.
    Unsupported = 2, "unsupported";
    /// Over a limit of size.
    TooLarge = 3, "too_large";
    /// The credential is missing, unknown or wrong.
    Unauthenticated = 4, "unauthenticated";
    /// Not allowed, or TLS or approval is missing.
    Forbidden = 5, "forbidden";
    /// Nothing of that name: a key, a token, a handle.
    NotFound = 6, "not_found";
    /// The key is blocked, expired, destroyed, or may not do this.
    Key = 7, "key";
    /// The data does not fit the operation.
    InvalidData = 8, "invalid_data";
    /// A MAC, a tag, padding, a signature or a PIN does not verify.
    VerifyFailed = 9, "verify_failed";
    /// Too often, or too many failures: ask again later.
    Quota = 10, "quota";
    /// No room now: send it again.
    Busy = 11, "busy";
    /// The deadline passed before the work was done.
    Timeout = 12, "timeout";
    /// The gateway goes down; another one may serve.
    ShuttingDown = 13, "shutting_down";
    /// The gateway has a defect, or cannot record what must be recorded.
    Fault = 14, "fault";
    /// The bytes are not frames of this protocol: the connection ends.
    Protocol = 15, "protocol";
    /// No version that both ends speak: the connection ends.
    Version = 16, "version";
}

impl Status {
    pub(crate) fn read(code: u16) -> Result<Self, WireError> {
        let known = Self::ALL.iter().find(|status| **status as u16 == code);
        known.copied().ok_or(WireError::Field("the status"))
    }

    /// Whether the same record may be sent again as it is: nothing was done with it.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Busy | Self::ShuttingDown)
    }
}
