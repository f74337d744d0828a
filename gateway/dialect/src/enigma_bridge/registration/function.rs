//! Which function is asked for, and where it is served.
// spec: enigma-bridge 6

use typex_core::error::Malformed;
use typex_core::op::registration::Function;
use typex_core::{Error, ErrorKind};

use super::fault;
use super::wire::Body;

/// A path of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Client,
    ApiKey,
    Business,
}

pub(super) const FUNCTIONS: [(&str, Place, Function); 14] = [
    ("getauth", Place::Client, Function::AuthMethods),
    ("initauth", Place::Client, Function::BeginRegistration),
    ("create", Place::Client, Function::CreateClient),
    ("addapi", Place::Client, Function::AddApiKey),
    ("showapi", Place::Client, Function::ShowApiKey),
    ("clientip", Place::ApiKey, Function::ClientAddress),
    ("listops", Place::ApiKey, Function::ListOperations),
    ("enroldomain", Place::ApiKey, Function::EnrolDomain),
    ("getdomainchallenge", Place::ApiKey, Function::DomainChallenge),
    ("updatedomain", Place::ApiKey, Function::UpdateDomain),
    ("installstatus", Place::ApiKey, Function::InstallStatus),
    ("unlockdomain", Place::ApiKey, Function::UnlockDomain),
    ("sendlog", Place::ApiKey, Function::SendLog),
    ("authorizecreate", Place::Business, Function::ApproveType),
];

impl Place {
    pub(super) fn of(path: &str) -> Option<Self> {
        match path.trim_end_matches('/') {
            "/api/v1/client" => Some(Self::Client),
            "/api/v1/apikey" => Some(Self::ApiKey),
            "/api/v1/business" => Some(Self::Business),
            _ => None,
        }
    }
}

/// The function's name, if it has one that can be repeated.
pub(super) fn name_of(body: &Body<'_>) -> Option<&'static str> {
    let name: &str = &body.function()?;
    FUNCTIONS.iter().find(|row| row.0 == name).map(|row| row.0)
}

/// The function, where the path serves it.
pub(super) fn find(place: Option<Place>, body: &Body<'_>) -> Result<Function, Error> {
    if body.function.is_none() {
        return Err(fault::missing("function"));
    }
    let name = body.function().ok_or_else(|| fault::mistyped("function"))?;
    let row = FUNCTIONS.iter().find(|row| row.0 == &*name && Some(row.1) == place);
    let unknown = || {
        let text = "function unknown at this path";
        Error::new(ErrorKind::Malformed(Malformed::Function), text)
    };
    row.map(|row| row.2).ok_or_else(unknown)
}
