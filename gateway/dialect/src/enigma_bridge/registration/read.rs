//! From members to a request, one function for each function of the API.
// spec: enigma-bridge 6

use typex_core::limits::{
    APPROVAL_BYTES_MAX, EFFORT_CHARS_MAX, LOG_REPORT_BYTES_MAX, TEXT_CHARS_MAX,
};
use typex_core::op::registration::{
    AuthName, Call, Caller, Function, InstallReport, NewApiKey, NewApproval, NewClient, NewLog,
    NewRegistration, Request,
};
use typex_core::principal::Credential;
use typex_core::{Error, Secret};

use super::wire::{ApprovalData, Body, Client, EffortData, SecretText, StatusData};
use super::{apidata, fault, fields, wire};

/// Longest key text of an installation report: a base64 private key of 4096 bits is 3.2 KiB.
const REPORT_KEY_CHARS_MAX: usize = 8 * 1024;

/// Longest detail of an installation report: a stack trace.
const REPORT_DETAIL_CHARS_MAX: usize = 16 * 1024;

/// What of an endpoint is kept.
const ENDPOINT_MEMBERS: [&str; 10] = [
    "country",
    "email",
    "productcode",
    "instancetype",
    "network",
    "location",
    "ipv4",
    "ipv6",
    "hostid",
    "datacenter",
];

/// The request and what it presents. `digest` is that of the whole message, `token` what the
/// header holds.
pub(super) fn request(
    function: Function,
    body: &Body<'_>,
    digest: [u8; 32],
    token: Option<Secret<String>>,
) -> Result<(Request, Credential), Error> {
    let environment = fields::environment(body)?;
    let (call, credential) = match function {
        Function::AuthMethods => open(auth_methods(body)?),
        Function::BeginRegistration => open(Call::BeginRegistration(registration(body)?)),
        Function::CreateClient => open(Call::CreateClient(new_client(body)?)),
        Function::ClientAddress => open(Call::ClientAddress),
        Function::SendLog => open(Call::SendLog(log(body)?)),
        Function::AddApiKey => (Call::AddApiKey(new_api_key(body, digest)?), password(body)?),
        Function::ShowApiKey => (show_api_key(body)?, password(body)?),
        Function::ApproveType => held(approval(body, token)?, Call::ApproveType, |one| &one.caller),
        Function::ListOperations => held(apidata::caller(body)?, Call::ListOperations, |one| one),
        Function::UnlockDomain => held(apidata::caller(body)?, Call::UnlockDomain, |one| one),
        Function::EnrolDomain => {
            held(apidata::enrol_domain(body)?, Call::EnrolDomain, |one| &one.caller)
        }
        Function::DomainChallenge => {
            held(apidata::domain_challenge(body)?, Call::DomainChallenge, |one| &one.caller)
        }
        Function::UpdateDomain => {
            held(apidata::update_domain(body)?, Call::UpdateDomain, |one| &one.caller)
        }
        Function::InstallStatus => held(
            (apidata::caller(body)?, report(body)?),
            |(caller, report)| Call::InstallStatus { caller, report },
            |one| &one.0,
        ),
    };
    Ok((Request { environment, call }, credential))
}

fn open(call: Call) -> (Call, Credential) {
    (call, Credential::None)
}

/// A call of an API key's holder, with the key as its credential.
fn held<T>(
    arguments: T,
    call: impl FnOnce(T) -> Call,
    caller: impl FnOnce(&T) -> &Caller,
) -> (Call, Credential) {
    let credential = Credential::ApiKey(caller(&arguments).api_key.clone());
    (call(arguments), credential)
}

fn client<'a>(body: &Body<'a>) -> Result<Client<'a>, Error> {
    wire::member(body.client, "client")
}

fn password(body: &Body<'_>) -> Result<Credential, Error> {
    let client = client(body)?;
    if client.authentication.is_some_and(|name| name != "password") {
        return Err(fault::method("client.authentication", "password"));
    }
    let username = fields::required(client.username, "client.username")?;
    let password = fields::required_secret(client.password, "client.password")?;
    Ok(Credential::Password { username, password })
}

fn auth_methods(body: &Body<'_>) -> Result<Call, Error> {
    let client_type = fields::required(client(body)?.client_type, "client.type")?;
    Ok(Call::AuthMethods { client_type })
}

fn registration(body: &Body<'_>) -> Result<NewRegistration, Error> {
    let client = client(body)?;
    let method = fields::optional(client.method, "client.method")?;
    let rsa = client.rsa.filter(|text| !text.is_empty());
    Ok(NewRegistration {
        client_type: fields::required(client.client_type, "client.type")?,
        method: method.map(|name| fields::auth_name(&name, "client.method")).transpose()?,
        email: fields::optional(client.email, "client.email")?,
        mobile: fields::optional(client.mobile, "client.mobile")?,
        rsa: rsa.map(|text| at_most(text, REPORT_KEY_CHARS_MAX, "client.rsa")).transpose()?,
    })
}

fn new_client(body: &Body<'_>) -> Result<NewClient, Error> {
    let client = client(body)?;
    let authentication = fields::optional(client.authentication, "client.authentication")?;
    Ok(NewClient {
        name: fields::required(client.name, "client.name")?,
        authentication: match authentication {
            Some(name) => fields::auth_name(&name, "client.authentication")?,
            None => AuthName::Type,
        },
        client_type: fields::required(client.client_type, "client.type")?,
        token: fields::secret(client.token, "client.token")?,
        registration: fields::optional(client.clientid, "client.clientid")?,
        email: fields::optional(client.email, "client.email")?,
        properties: fields::properties(client.ami, "client.ami", &[])?,
    })
}

fn new_api_key(body: &Body<'_>, digest: [u8; 32]) -> Result<NewApiKey, Error> {
    let operations: Option<Vec<String>> = wire::optional(body.operations, "operations")?;
    let names = operations.into_iter().flatten().take(TEXT_CHARS_MAX);
    let names = names.map(|name| fields::within(name, "operations")).collect::<Result<_, _>>()?;
    Ok(NewApiKey {
        endpoint: fields::properties(body.endpoint, "endpoint", &ENDPOINT_MEMBERS)?,
        digest,
        operations: body.operations.is_some().then_some(names),
    })
}

fn show_api_key(body: &Body<'_>) -> Result<Call, Error> {
    Ok(Call::ShowApiKey { api_key: apidata::caller(body)?.api_key })
}

fn report(body: &Body<'_>) -> Result<InstallReport, Error> {
    let data: StatusData<'_> = wire::member(body.statusdata, "statusdata")?;
    let (status, detail) = (data.status.map(fields::readable), data.detail.map(fields::readable));
    let long =
        |text: Option<String>, limit, name| text.map(|text| at_most(text, limit, name)).transpose();
    Ok(InstallReport {
        password: fields::secret(data.password, "statusdata.password")?,
        status: long(status, REPORT_DETAIL_CHARS_MAX, "statusdata.status")?,
        error: long(data.error, REPORT_DETAIL_CHARS_MAX, "statusdata.error")?,
        duration_s: data.duration.map(seconds).transpose()?,
        detail: long(detail, REPORT_DETAIL_CHARS_MAX, "statusdata.detail")?,
        key: report_key(data.key)?,
        email: fields::optional(data.email, "statusdata.email")?,
    })
}

fn report_key(key: Option<SecretText>) -> Result<Option<Secret<String>>, Error> {
    match key.map(|key| key.0) {
        Some(key) if key.expose().len() > REPORT_KEY_CHARS_MAX => {
            Err(fault::too_long("statusdata.key", REPORT_KEY_CHARS_MAX, "bytes"))
        }
        key => Ok(key),
    }
}

/// Whole seconds of a duration below a hundred years.
fn seconds(duration: f64) -> Result<u64, Error> {
    const SECONDS_MAX: f64 = 3_155_760_000.0;
    if (0.0..=SECONDS_MAX).contains(&duration) {
        Ok(duration as u64)
    } else {
        Err(fault::invalid("statusdata.duration", "a number of seconds"))
    }
}

fn log(body: &Body<'_>) -> Result<NewLog, Error> {
    let effort: Option<EffortData> = wire::optional(body.effort, "effort")?;
    let preimage = effort.and_then(|effort| effort.preimage);
    let log = body.log.ok_or_else(|| fault::missing("log"))?;
    if log.get().len() > 2 * LOG_REPORT_BYTES_MAX {
        return Err(fault::too_long("log", LOG_REPORT_BYTES_MAX, "bytes"));
    }
    Ok(NewLog {
        caller: apidata::optional_caller(body)?,
        preimage: preimage
            .map(|text| at_most(text, EFFORT_CHARS_MAX, "effort.preimage"))
            .transpose()?,
        log: at_most(fields::readable(log), LOG_REPORT_BYTES_MAX, "log")?,
    })
}

fn approval(body: &Body<'_>, token: Option<Secret<String>>) -> Result<NewApproval, Error> {
    let data: ApprovalData<'_> = wire::member(body.request, "request")?;
    let api_key = fields::api_key(data.apikey, "request.apikey")?;
    let foreign_type = data.objecttype.ok_or_else(|| fault::missing("request.objecttype"))?;
    let policy = data.objectpolicy.ok_or_else(|| fault::missing("request.objectpolicy"))?;
    let policy = at_most(policy.get().to_owned(), APPROVAL_BYTES_MAX, "request.objectpolicy")?;
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&policy)
        .map_err(|_| fault::mistyped("request.objectpolicy"))?;
    let caller = Caller { api_key, username: None };
    Ok(NewApproval { caller, token, foreign_type, policy })
}

fn at_most(text: String, bytes: usize, name: &str) -> Result<String, Error> {
    if text.len() <= bytes { Ok(text) } else { Err(fault::too_long(name, bytes, "bytes")) }
}
