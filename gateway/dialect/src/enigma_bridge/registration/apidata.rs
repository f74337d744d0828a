//! Requests of an API key's holder.
// spec: enigma-bridge 6

use std::net::IpAddr;
use std::str::FromStr;

use typex_core::Error;
use typex_core::Secret;
use typex_core::limits::{CERTIFICATE_BYTES_MAX, DOMAIN_KEY_BITS, DOMAIN_RECORDS_MAX};
use typex_core::op::registration::{
    Addresses, Caller, DnsKind, DnsRecord, DomainProof, EnrolDomain, NewChallenge, SignedText,
    UpdateDomain,
};

use super::wire::{ApiData, Body, DnsData, Signature};
use super::{fault, fields, wire};

/// Longest signed payload: all records of an update, each below 1 KiB.
const PAYLOAD_BYTES_MAX: usize = 64 * 1024;

/// Who calls.
pub(super) fn caller(body: &Body<'_>) -> Result<Caller, Error> {
    split(wire::member(body.apidata, "apidata")?).map(|(caller, _)| caller)
}

/// Who calls, if anyone says so. A key that none can be counts as none, since such a caller may
/// still prove work.
pub(super) fn optional_caller(body: &Body<'_>) -> Result<Option<Caller>, Error> {
    let data: Option<ApiData> = wire::optional(body.apidata, "apidata")?;
    Ok(data.and_then(|data| split(data).ok()).map(|(caller, _)| caller))
}

/// A certificate to enrol with.
pub(super) fn enrol_domain(body: &Body<'_>) -> Result<EnrolDomain, Error> {
    let (caller, data) = split(wire::member(body.apidata, "apidata")?)?;
    let name = "apidata.certificate";
    let text = data.certificate.filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| fault::missing(name))?;
    Ok(EnrolDomain { caller, certificate: fields::base64(&text, CERTIFICATE_BYTES_MAX, name)? })
}

/// The addresses of an update to be.
pub(super) fn domain_challenge(body: &Body<'_>) -> Result<NewChallenge, Error> {
    let (caller, data) = split(wire::member(body.apidata, "apidata")?)?;
    let addresses = Addresses {
        ipv4: address(data.ipv4, "apidata.ipv4", "an IPv4 address")?,
        ipv6: address(data.ipv6, "apidata.ipv6", "an IPv6 address")?,
    };
    Ok(NewChallenge { caller, addresses, private: data.private.unwrap_or(false) })
}

/// An update. What is signed counts; where the same members are also given beside it, they must
/// say the same.
pub(super) fn update_domain(body: &Body<'_>) -> Result<UpdateDomain, Error> {
    let (data, signature) = match wire::optional::<Signature>(body.signature, "signature")? {
        Some(signature) => signed(body, signature)?,
        None => (wire::member(body.apidata, "apidata")?, None),
    };
    let (caller, data) = split(data)?;
    let authentication = proof(data.authentication)?;
    if authentication == DomainProof::Signature && signature.is_none() {
        return Err(fault::missing("signature"));
    }
    Ok(UpdateDomain {
        caller,
        records: records(data.dnsdata.unwrap_or_default())?,
        authentication,
        response: fields::required_secret(data.response, "apidata.response")?,
        signature,
    })
}

fn signed(body: &Body<'_>, signature: Signature) -> Result<(ApiData, Option<SignedText>), Error> {
    let (payload, value) = ("signature.payload", "signature.value");
    let text = signature.payload.ok_or_else(|| fault::missing(payload))?;
    let text = text.0;
    let content = Secret::new(fields::base64(text.expose(), PAYLOAD_BYTES_MAX, payload)?);
    let signature = signature.value.ok_or_else(|| fault::missing(value))?;
    let signature = fields::base64(&signature, DOMAIN_KEY_BITS.end() / 8, value)?;
    let inside = "the base64 of the apidata object";
    let data: ApiData = serde_json::from_slice(content.expose()).map_err(|error| {
        if error.is_data() { fault::mistyped("apidata") } else { fault::invalid(payload, inside) }
    })?;
    let beside: Option<ApiData> = wire::optional(body.apidata, "apidata")?;
    if beside.is_some_and(|beside| beside != data) {
        return Err(fault::invalid(payload, inside));
    }
    Ok((data, Some(SignedText { text, content, signature })))
}

/// Takes the caller out of the data.
fn split(mut data: ApiData) -> Result<(Caller, ApiData), Error> {
    let api_key = fields::api_key(data.apikey.take(), "apidata.apikey")?;
    let username = fields::optional(data.username.take(), "apidata.username")?;
    Ok((Caller { api_key, username }, data))
}

/// An address; the length of a network may follow, as installers send it.
fn address<T: FromStr + Into<IpAddr>>(
    text: Option<String>,
    name: &str,
    must: &str,
) -> Result<Option<T>, Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let host = text.split_once('/').map_or(text.as_str(), |(host, _)| host);
    host.parse().map(Some).map_err(|_| fault::invalid(name, must))
}

fn proof(name: Option<String>) -> Result<DomainProof, Error> {
    let member = "apidata.authentication";
    match name.as_deref() {
        None => Err(fault::missing(member)),
        Some("signature") => Ok(DomainProof::Signature),
        Some("challenge") => Ok(DomainProof::Challenge),
        Some(other) => {
            fields::auth_name(other, member)?;
            Err(fault::method(member, "signature or challenge"))
        }
    }
}

fn records(data: Vec<DnsData>) -> Result<Vec<DnsRecord>, Error> {
    if data.len() > DOMAIN_RECORDS_MAX {
        return Err(fault::too_long("apidata.dnsdata", DOMAIN_RECORDS_MAX, "records"));
    }
    data.into_iter().map(record).collect()
}

fn record(data: DnsData) -> Result<DnsRecord, Error> {
    let kind = data.kind.ok_or_else(|| fault::missing("apidata.dnsdata.type"))?;
    let kind = match kind.to_ascii_lowercase().as_str() {
        "txt" => DnsKind::Txt,
        "cname" => DnsKind::Cname,
        _ => return Err(fault::invalid("apidata.dnsdata.type", "TXT or CNAME")),
    };
    Ok(DnsRecord {
        kind,
        name: fields::required(data.name, "apidata.dnsdata.name")?,
        domain: fields::optional(data.domain, "apidata.dnsdata.domain")?,
        value: fields::optional(data.value, "apidata.dnsdata.value")?,
    })
}
