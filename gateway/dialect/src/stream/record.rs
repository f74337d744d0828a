//! What records ask for.
// spec: stream 5, 8

use arrayvec::ArrayVec;
use bytes::BytesMut;
use typex_core::ErrorKind;
use typex_core::KeyId;
use typex_core::error::Malformed;
use typex_core::key::KeyName;
use typex_core::op::crypto::Crypto;
use typex_core::op::payment::Operation;
use typex_core::op::process_data::ProcessData;
use typex_core::op::{Action, payment, token};
use typex_core::token::DomainName;
use typex_wire::{Request, operation};

use super::field::{Fields, secret};
use super::target::Target;
use super::{instance, pay, tokens};

/// Handles that a record may name: its own and two in its parameters.
const HANDLES_MAX: usize = 3;

/// What a record asks for.
pub struct Asked {
    /// That of the record.
    pub id: u32,
    /// Its handle, and those that its parameters name.
    pub handles: ArrayVec<u32, HANDLES_MAX>,
    /// The request, or what is wrong with it.
    pub work: Result<Work, ErrorKind>,
}

/// A request, its handles replaced by what they stand for.
pub enum Work {
    /// The one operation of a key.
    Process(KeyName, ProcessData),
    /// A payment operation.
    Payment(Box<payment::Call>),
    /// EncryptData in GCM under the key itself.
    Seal(KeyId, Seal),
    /// An operation on a token.
    Token(Box<token::Call>),
    /// Use of a key of an Encedo HEM instance.
    Crypto(Box<Crypto>),
}

impl Work {
    /// The kind of request.
    pub fn action(&self) -> Action {
        match self {
            Self::Process(..) => Action::ProcessData,
            Self::Payment(call) => Action::Payment(call.task.operation()),
            Self::Seal(..) => Action::Payment(Operation::EncryptData),
            Self::Token(call) => Action::Token(call.task.operation()),
            Self::Crypto(crypto) => Action::Crypto(crypto.call.kind()),
        }
    }
}

/// A message that GCM seals, in the memory that it came in.
pub struct Seal {
    /// Associated data, if there is any.
    pub aad: Option<BytesMut>,
    /// The message.
    pub data: BytesMut,
}

impl Seal {
    /// The same as a call of its own.
    pub fn call(self, key: KeyId) -> payment::Call {
        payment::Call::seal(key, self.aad.map(Vec::from), secret(&self.data))
    }
}

/// What handles stand for; nothing where one is not open.
pub type Targets<'a> = &'a dyn Fn(u32) -> Option<&'a Target>;

/// Reads a record. What it works on stays in the memory that it came in if it is sealed, and else
/// goes to memory that is wiped.
pub fn asked<'a>(record: Request, targets: Targets<'a>) -> Asked {
    let id = record.id;
    let mut reading = Reading { handles: ArrayVec::from_iter([record.handle]), targets };
    let work = reading.work(record);
    Asked { id, handles: reading.handles, work }
}

/// A record that is being read.
pub(super) struct Reading<'a> {
    handles: ArrayVec<u32, HANDLES_MAX>,
    targets: Targets<'a>,
}

impl Reading<'_> {
    fn work(&mut self, record: Request) -> Result<Work, ErrorKind> {
        let Request { operation, handle, mut parameters, data, .. } = record;
        if operation == operation::PROCESS_DATA {
            if !parameters.is_empty() {
                return Err(ErrorKind::Malformed(Malformed::Member));
            }
            return match self.target(handle)? {
                Target::Process(key) => Ok(Work::Process(*key, ProcessData { sealed: data })),
                _ => Err(ErrorKind::KeyUsage),
            };
        }
        if operation == operation::ENCRYPT
            && let Some(aad) = pay::gcm_alone(&mut parameters)
        {
            return self.key(handle).map(|key| Work::Seal(key, Seal { aad, data }));
        }
        let mut fields = Fields::new(&parameters);
        let work = match operation >> 8 {
            1 => pay::call(self, (operation, handle), &mut fields, &data)
                .map(|call| Work::Payment(Box::new(call))),
            2 => tokens::call(self, (operation, handle), &mut fields, &data)
                .map(|call| Work::Token(Box::new(call))),
            3 => instance::crypto(self, (operation, handle), &mut fields, &data)
                .map(|crypto| Work::Crypto(Box::new(crypto))),
            _ => Err(UNKNOWN),
        }?;
        fields.finish().map(|()| work)
    }

    /// A handle that parameters name.
    pub(super) fn other(&mut self, tag: u8, fields: &mut Fields<'_>) -> Result<u32, ErrorKind> {
        let handle = fields.array(tag).map(u32::from_be_bytes)?;
        self.handles.try_push(handle).map_err(|_| ErrorKind::Internal)?;
        Ok(handle)
    }

    pub(super) fn key(&self, handle: u32) -> Result<KeyId, ErrorKind> {
        match self.target(handle)? {
            Target::Payment(key) => Ok(*key),
            _ => Err(ErrorKind::KeyUsage),
        }
    }

    pub(super) fn domain(&self, handle: u32) -> Result<DomainName, ErrorKind> {
        match self.target(handle)? {
            Target::Domain(domain) => Ok(domain.clone()),
            _ => Err(ErrorKind::KeyUsage),
        }
    }

    pub(super) fn instance_key(&self, handle: u32) -> Result<KeyId, ErrorKind> {
        match self.target(handle)? {
            Target::Instance(key) => Ok(*key),
            _ => Err(ErrorKind::KeyUsage),
        }
    }

    fn target(&self, handle: u32) -> Result<&Target, ErrorKind> {
        (self.targets)(handle).ok_or(ErrorKind::KeyNotFound)
    }
}

/// No operation has this number.
pub(super) const UNKNOWN: ErrorKind = ErrorKind::Malformed(Malformed::Function);
