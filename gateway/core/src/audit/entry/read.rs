//! Reading entries back.

use std::borrow::Cow;
use std::str::FromStr;

use super::{Detail, Entry, Logged, Operator, Phase, Template, Verb, is_template, proof_name};
use crate::audit::scan::Scan;
use crate::audit::{code, text};
use crate::codec::Corrupt;
use crate::error::ErrorKind;
use crate::id::KeyId;
use crate::op::Action;
use crate::principal::{Principal, Proof};

impl Logged {
    /// Reads the body of an entry's line.
    ///
    /// # Errors
    /// [`Corrupt`] for anything that [`Entry::write`] does not write.
    pub fn parse(body: &[u8]) -> Result<Self, Corrupt> {
        let mut scan = Scan::new(body)?;
        let seq = scan.number("seq")?;
        let time = text::parse_time(scan.text("time")?).ok_or(Corrupt)?;
        let principal = read_principal(&mut scan)?;
        let peer = maybe(scan.maybe_text("peer")?)?;
        let verb = read_verb(&mut scan)?;
        let key = read_key(&mut scan)?;
        let path = scan.maybe_text("path")?.map(Template::parse).transpose()?;
        let phase = read_phase(&mut scan)?;
        let detail = Detail::read(&mut scan)?;
        scan.end()?;
        let entry = Entry { time, principal, peer, verb, key, path, phase, detail };
        let mut again = Vec::with_capacity(body.len());
        entry.write(seq, &mut again);
        (again == body).then_some(Self { seq, entry }).ok_or(Corrupt)
    }
}

/// The name of a verb is none of the known ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no action of this name")]
pub struct UnknownVerb;

impl FromStr for Verb {
    type Err = UnknownVerb;

    fn from_str(name: &str) -> Result<Self, UnknownVerb> {
        let verb = match name.strip_prefix("operator.") {
            Some(verb) => operator(verb).map(Self::Operator),
            None => request(name),
        };
        verb.ok_or(UnknownVerb)
    }
}

/// The inverse of [`result_name`](super::result_name).
pub fn parse_result(name: &str) -> Option<Result<(), ErrorKind>> {
    if name == "ok" { Some(Ok(())) } else { code::parse(name).map(Err) }
}

impl Template {
    fn parse(text: &str) -> Result<Self, Corrupt> {
        let sound = is_template(text.as_bytes());
        sound.then(|| Self(Cow::Owned(text.to_owned()))).ok_or(Corrupt)
    }
}

fn read_principal(scan: &mut Scan<'_>) -> Result<Principal, Corrupt> {
    let partition = maybe(Some(scan.text("partition")?))?.ok_or(Corrupt)?;
    let client = maybe(scan.maybe_text("client")?)?;
    let api_key = maybe(scan.maybe_text("api_key")?)?;
    let proof = proof(scan.text("proof")?).ok_or(Corrupt)?;
    Ok(Principal { partition, client, api_key, proof })
}

fn read_verb(scan: &mut Scan<'_>) -> Result<Verb, Corrupt> {
    let verb = match scan.maybe_text("operator")? {
        Some(verb) => operator(verb).map(Verb::Operator),
        None => request(scan.text("action")?),
    };
    verb.ok_or(Corrupt)
}

fn read_key(scan: &mut Scan<'_>) -> Result<Option<(KeyId, u32)>, Corrupt> {
    let Some(key) = maybe(scan.maybe_text("key")?)? else { return Ok(None) };
    let version = scan.number("version")?.try_into().map_err(|_| Corrupt)?;
    Ok(Some((key, version)))
}

fn read_phase(scan: &mut Scan<'_>) -> Result<Phase, Corrupt> {
    if scan.maybe_text("phase")?.is_some() {
        return Ok(Phase::Intent);
    }
    let intent = scan.maybe_number("intent")?;
    let result = parse_result(scan.text("result")?).ok_or(Corrupt)?;
    Ok(match intent {
        Some(intent) => Phase::Outcome { intent, result },
        None => Phase::Single { result },
    })
}

pub(super) fn maybe<T: FromStr>(text: Option<&str>) -> Result<Option<T>, Corrupt> {
    text.map(str::parse).transpose().map_err(|_| Corrupt)
}

fn operator(name: &str) -> Option<Operator> {
    Operator::ALL.iter().copied().find(|verb| verb.name() == name)
}

fn request(name: &str) -> Option<Verb> {
    if name == "unknown" {
        return Some(Verb::Unknown);
    }
    Action::all().find(|action| action.name() == name).map(Verb::Request)
}

fn proof(name: &str) -> Option<Proof> {
    Proof::ALL.into_iter().find(|proof| proof_name(*proof) == name)
}
