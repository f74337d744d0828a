//! Batches of records of `typex/1`: how they are sent, and how their answers are judged.

use bytes::{Bytes, BytesMut};
use typex_client::{Credential, KeyName, Outcome, Record, Signer, Status};
use typex_wire::{BatchWriter, Body, Frame, Limits, Open};

use super::{Answer, Exchange, Expected, Fault, Request, Verdict};
use crate::load::scenario::Carrier;

/// Records for a stream; the one handle is opened with the stream.
pub(crate) struct Batch {
    pub(crate) holder: Holder,
    pub(crate) key: Name,
    pub(crate) operation: u16,
    /// Of every record.
    pub(crate) parameters: Bytes,
    pub(crate) records: Vec<Bytes>,
}

/// Who opens a handle. What it holds is a secret, so there is no `Debug` of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    ApiKey(String),
    AccessKey { id: String, secret: String },
}

/// The name of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Object(u32),
    Id([u8; 16]),
}

impl Holder {
    pub(crate) fn credential(&self) -> Credential<'_> {
        match self {
            Self::ApiKey(text) => Credential::ApiKey(text),
            Self::AccessKey { id, secret } => Credential::AccessKey { id, secret },
        }
    }

    /// As the frame of a body has it, and who signs that body.
    fn in_body(&self) -> (typex_wire::Credential<'_>, Option<Signer>) {
        match self {
            Self::ApiKey(text) => (typex_wire::Credential::ApiKey(text), None),
            Self::AccessKey { id, secret } => {
                let signer = Signer { id: id.clone(), secret: secret.clone() };
                (typex_wire::Credential::AccessKey { id, proof: None }, Some(signer))
            }
        }
    }
}

impl Name {
    pub(crate) fn key(&self) -> KeyName<'_> {
        match self {
            Self::Object(number) => KeyName::Object(*number),
            Self::Id(id) => KeyName::Id(*id),
        }
    }
}

impl Batch {
    /// The batch on a stream or as a body of HTTP, and what its records must be answered.
    pub(super) fn exchange<T: Told + 'static>(
        self,
        carrier: Carrier,
        told: Vec<T>,
    ) -> Result<Exchange, String> {
        let request = match carrier {
            Carrier::Typex => Request::Batch(self),
            _ => self.in_body()?,
        };
        Ok(Exchange { request, expected: Box::new(All(told)) })
    }

    pub(crate) fn records(&self, handle: u32) -> impl Iterator<Item = Record<'_>> {
        let Self { operation, parameters, records, .. } = self;
        let records = records.iter().map(|data| &data[..]);
        let record =
            move |(id, data)| Record { id, operation: *operation, handle, parameters, data };
        (0..).zip(records).map(record)
    }

    // spec: stream 1
    fn in_body(&self) -> Result<Request, String> {
        let mut body = BytesMut::new();
        let (credential, signer) = self.holder.in_body();
        Open::write(&mut body, 1, 0, credential, self.key.key())
            .map_err(|error| error.to_string())?;
        let mut writer = BatchWriter::begin(&mut body, 2, 0);
        for record in self.records(0) {
            writer.record(&record).map_err(|error| error.to_string())?;
        }
        writer.end();
        let request = http::Request::post("/typex/1")
            .header("content-type", "application/vnd.typex.batch")
            .body(body.freeze())
            .map_err(|error| error.to_string())?;
        Ok(Request::Http(request, signer))
    }
}

/// What a record must be answered.
pub(super) trait Told: Send {
    /// Opens the answer to a record that was carried out.
    fn compare(&self, outcome: &Outcome) -> Result<(), String>;
}

/// What the answers to a batch must be; the id of a record is its place.
struct All<T>(Vec<T>);

impl<T: Told> All<T> {
    fn judge_outcomes(&self, outcomes: &[Outcome]) -> Result<Verdict, Fault> {
        if outcomes.len() != self.0.len() {
            return Err(Fault::Form("not as many answers as records"));
        }
        let mut verdict = Verdict::default();
        for outcome in outcomes {
            match outcome.status {
                Status::Done => verdict.accepted += 1,
                status if is_refusal(status) => verdict.refused.push((status.name().to_owned(), 1)),
                status => return Err(Fault::Status(status.name().to_owned())),
            }
        }
        Ok(verdict)
    }

    fn verify_outcomes(&self, outcomes: &[Outcome]) -> Result<(), String> {
        let mut seen = vec![false; self.0.len()];
        for outcome in outcomes {
            let at = outcome.id as usize;
            let told = self.0.get(at).ok_or("a record answers none that was sent")?;
            if std::mem::replace(&mut seen[at], true) {
                return Err("a record is answered twice".to_owned());
            }
            if outcome.status == Status::Done {
                told.compare(outcome)?;
            }
        }
        Ok(())
    }

    fn refusal(&self, status: &str) -> Verdict {
        Verdict::refused(status, self.0.len() as u64)
    }
}

fn is_refusal(status: Status) -> bool {
    matches!(status, Status::Busy | Status::Timeout | Status::ShuttingDown | Status::Quota)
}

impl<T: Told> Expected for All<T> {
    fn judge(&self, answer: &Answer) -> Result<Verdict, Fault> {
        match answer {
            Answer::Outcomes(outcomes) => self.judge_outcomes(outcomes),
            Answer::Refused(status) => Ok(self.refusal(status)),
            Answer::Http { status: 503, .. } => Ok(self.refusal("503")),
            Answer::Http { status: 200, body } => match frames(body)? {
                Answer::Outcomes(outcomes) => self.judge_outcomes(&outcomes),
                Answer::Refused(status) => Ok(self.refusal(status)),
                Answer::Http { .. } => Err(Fault::Form("no frames")),
            },
            Answer::Http { status, .. } => Err(Fault::Status(status.to_string())),
        }
    }

    fn verify(&self, answer: &Answer) -> Result<(), String> {
        match answer {
            Answer::Outcomes(outcomes) => self.verify_outcomes(outcomes),
            Answer::Refused(_) => Ok(()),
            Answer::Http { body, .. } => match frames(body).map_err(|fault| fault.kind())? {
                Answer::Outcomes(outcomes) => self.verify_outcomes(&outcomes),
                _ => Ok(()),
            },
        }
    }
}

/// The frames of an answer of HTTP.
fn frames(body: &Bytes) -> Result<Answer, Fault> {
    let mut bytes = BytesMut::from(&body[..]);
    let mut outcomes = Vec::new();
    let form = |_| Fault::Form("not frames");
    while let Some(frame) = Frame::take(&mut bytes, &Limits::default()).map_err(form)? {
        match frame.body().map_err(form)? {
            Body::Opened(opened) if opened.status == Status::Done => {}
            Body::Opened(opened) => return Err(Fault::Status(opened.status.name().to_owned())),
            Body::Results(results) => {
                let read: Result<Vec<_>, _> = results.collect();
                outcomes.extend(read.map_err(form)?);
            }
            Body::Overload(overload) => return Ok(Answer::Refused(overload.status.name())),
            Body::Bye(bye) => return Err(Fault::Status(bye.status.name().to_owned())),
            _ => return Err(Fault::Form("a frame that answers nothing")),
        }
    }
    Ok(Answer::Outcomes(outcomes))
}
