//! Requests about a user's authentication.
// spec: enigma-bridge 4.4, requests

use super::context::{Context, acceptable_hash};
use super::hotp::decode_code;
use super::keys::{ContextDigest, ContextKeys, DigestKey, RequestDigest};
use super::{Method, UserId};
use crate::error::{ErrorKind, InvalidData, UserAuth};
use crate::key::Usage;
use crate::limits;
use crate::secret::Secret;
use crate::tlv::{BROKEN, Reader};

const CONTEXT: u8 = 0xa3;

/// The data of a request, its context still sealed.
pub struct Message<'a> {
    protected: &'a [u8],
    body: Body,
}

enum Body {
    New(Context),
    Existing(UserId, Request),
}

/// A request whose context verified: what [`decide`](super::decide) judges.
pub struct Attempt {
    pub(super) digests: DigestKey,
    pub(super) context: Context,
    pub(super) request: Request,
}

/// What is asked for.
pub(super) enum Request {
    New,
    Hotp(u64),
    Password(Secret<Vec<u8>>),
    Update(Update),
}

/// What is to be changed.
pub(super) enum Update {
    Hotp,
    Password(Secret<Vec<u8>>),
    Tries,
}

impl<'a> Message<'a> {
    /// Reads the data of a `ProcessData` request under a key of `usage`.
    ///
    /// # Errors
    /// [`Malformed::Structure`](crate::error::Malformed::Structure) if the TLV chain is broken or
    /// a HOTP code is not of decimal pairs; [`UserAuth`] if the operation does not fit the key, a
    /// method is unknown or a one-time password has impossible parameters;
    /// [`InvalidData::Parameter`] if a new password hash has a length outside
    /// [`limits::USER_PASSWORD_HASH_BYTES`]; [`InvalidData::TooLong`] above
    /// [`limits::USER_AUTH_DATA_BYTES_MAX`]; [`ErrorKind::KeyUsage`] for any other usage.
    pub fn parse(usage: Usage, data: &'a [u8]) -> Result<Self, ErrorKind> {
        let served = operation_tag(usage).ok_or(ErrorKind::KeyUsage)?;
        if data.len() > usize::from(limits::USER_AUTH_DATA_BYTES_MAX) {
            return Err(ErrorKind::InvalidData(InvalidData::TooLong));
        }
        let mut chain = Reader::new(data);
        let (first, protected) = chain.tlv()?;
        let (operation, body) = chain.tlv()?;
        chain.finish()?;
        if first != CONTEXT {
            return Err(BROKEN);
        }
        if operation != served {
            return Err(ErrorKind::UserAuth(UserAuth::Method));
        }
        Ok(Self { protected, body: Body::parse(usage, body)? })
    }

    /// The sealed context to open; none if the request makes a new one, whose placeholder means
    /// nothing. Any length: the client may send what it likes.
    pub fn protected(&self) -> Option<&'a [u8]> {
        match self.body {
            Body::New(_) => None,
            Body::Existing(..) => Some(self.protected),
        }
    }

    /// Joins the request with its opened context, unpadded; `None` if there was none to open or
    /// it did not verify.
    ///
    /// # Errors
    /// [`UserAuth::Context`] if the context did not verify, is not of its form or names another
    /// user; [`UserAuth::Method`] if it lacks the method.
    pub fn attempt(self, keys: &ContextKeys, clear: Option<&[u8]>) -> Result<Attempt, ErrorKind> {
        let digests = keys.digests.clone();
        let (user, request) = match self.body {
            Body::New(context) => return Ok(Attempt { digests, context, request: Request::New }),
            Body::Existing(user, request) => (user, request),
        };
        let refused = ErrorKind::UserAuth(UserAuth::Context);
        let context = Context::parse(clear.ok_or(refused)?).map_err(|_| refused)?;
        if context.user != user {
            return Err(refused);
        }
        request.check_method(&context)?;
        Ok(Attempt { digests, context, request })
    }
}

impl Body {
    fn parse(usage: Usage, body: &[u8]) -> Result<Self, ErrorKind> {
        if usage == Usage::UserContextNew {
            return Context::parse(body).map(Self::New);
        }
        let mut input = Reader::new(body);
        let user = UserId(input.array()?);
        let rest = &body[user.0.len()..];
        let request = match usage {
            Usage::UserHotp => Request::Hotp(decode_code(rest)?),
            Usage::UserPassword => Request::Password(Secret::new(rest.to_vec())),
            _ => Request::Update(Update::parse(&mut input)?),
        };
        Ok(Self::Existing(user, request))
    }
}

impl Update {
    fn parse(input: &mut Reader<'_>) -> Result<Self, ErrorKind> {
        let (tag, value) = input.tlv()?;
        input.finish()?;
        match (Method::from_tag(tag)?, value) {
            (Method::Hotp, []) => Ok(Self::Hotp),
            (Method::Tries, []) => Ok(Self::Tries),
            (Method::Password, hash) => acceptable_hash(hash).map(Self::Password),
            (Method::Hotp | Method::Tries, _) => Err(BROKEN),
        }
    }
}

impl Request {
    /// The method it is about; none for a new context, which is about all it has.
    pub(super) fn method(&self) -> Option<Method> {
        match self {
            Self::New => None,
            Self::Hotp(_) | Self::Update(Update::Hotp) => Some(Method::Hotp),
            Self::Password(_) | Self::Update(Update::Password(_)) => Some(Method::Password),
            Self::Update(Update::Tries) => Some(Method::Tries),
        }
    }

    /// The tag of the operation, in requests and answers.
    pub(super) fn tag(&self) -> u8 {
        match self {
            Self::New => 0xa8,
            Self::Hotp(_) => 0xa5,
            Self::Password(_) => 0xa4,
            Self::Update(_) => 0xa7,
        }
    }

    fn check_method(&self, context: &Context) -> Result<(), ErrorKind> {
        let lacking = match self.method() {
            Some(Method::Hotp) => context.hotp.is_none(),
            Some(Method::Password) => context.password.is_none(),
            Some(Method::Tries) | None => false,
        };
        if lacking { Err(ErrorKind::UserAuth(UserAuth::Method)) } else { Ok(()) }
    }
}

impl Attempt {
    /// The user it is about.
    pub fn user(&self) -> UserId {
        self.context.user
    }

    /// Under which digest the store knows the account: the context's, or, if the request makes a
    /// new one, the request's own, so that a resend finds what it made.
    pub fn lookup(&self, request: &RequestDigest) -> ContextDigest {
        match self.request {
            Request::New => ContextDigest(self.digests.digest("request", &[&request.0])),
            _ => self.context.digest(&self.digests),
        }
    }
}

fn operation_tag(usage: Usage) -> Option<u8> {
    match usage {
        Usage::UserContextNew => Some(0xa8),
        Usage::UserHotp => Some(0xa5),
        Usage::UserPassword => Some(0xa4),
        Usage::UserContextUpdate => Some(0xa7),
        _ => None,
    }
}
