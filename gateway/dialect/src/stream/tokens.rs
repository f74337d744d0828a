//! Operations on tokens: the domain is that of the record's handle.
// spec: stream 8.3

use typex_core::ErrorKind;
use typex_core::op::payment::Part;
use typex_core::op::token::{Call, Mask, Task};
use typex_core::token::Metadata;
use typex_wire::{operation, tag};

use super::field::{Fields, VALUE, secret};
use super::key::{KeyFields, Way};
use super::pay::TRACKS;
use super::record::{Reading, UNKNOWN};

const MASKS: [Mask; 2] = [Mask::Full, Mask::FirstSixLastFour];

/// Reads an operation on a token.
pub(super) fn call(
    reading: &mut Reading<'_>,
    (operation, handle): (u16, u32),
    fields: &mut Fields<'_>,
    data: &[u8],
) -> Result<Call, ErrorKind> {
    let domain = reading.domain(handle)?;
    let token = || data.to_vec();
    let task = match operation {
        operation::TOKENIZE => tokenize(fields, data)?,
        operation::DETOKENIZE => {
            let purpose = str::from_utf8(fields.required(tag::PURPOSE)?).map_err(|_| VALUE)?;
            let purpose = purpose.parse().map_err(|_| VALUE)?;
            let mask = fields.optional_word(tag::MASK, &MASKS)?.unwrap_or(Mask::Full);
            Task::Detokenize { token: token(), purpose, mask }
        }
        operation::RETOKENIZE => {
            let to = reading.other(tag::SECOND + tag::HANDLE, fields)?;
            Task::Retokenize { token: token(), to: reading.domain(to)? }
        }
        operation::TOKENIZE_TRANSPORT => transport(reading, fields, data)?,
        operation::TOKEN_TRANSLATE_PIN => translate_pin(reading, fields, data)?,
        operation::VALIDATE => Task::Validate { token: token() },
        operation::LOOKUP => Task::Lookup { token: token() },
        operation::DELETE => Task::Delete { token: token() },
        _ => return Err(UNKNOWN),
    };
    Ok(Call { domain, task })
}

fn tokenize(fields: &mut Fields<'_>, value: &[u8]) -> Result<Task, ErrorKind> {
    let ttl_ms = fields.optional_array(tag::LIFE)?.map(u64::from_be_bytes);
    let mut pairs = Vec::new();
    while let Some(pair) = fields.optional(tag::METADATA) {
        pairs.push(named(pair)?);
    }
    Ok(Task::Tokenize { value: secret(value), ttl_ms, metadata: Metadata::new(pairs)? })
}

/// A name with its length in front, and a value.
fn named(pair: &[u8]) -> Result<(String, String), ErrorKind> {
    let (length, rest) = pair.split_first_chunk().ok_or(VALUE)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (name, value) = rest.split_at_checked(length).ok_or(VALUE)?;
    let text = |bytes: &[u8]| str::from_utf8(bytes).map(str::to_owned).map_err(|_| VALUE);
    Ok((text(name)?, text(value)?))
}

fn transport(
    reading: &mut Reading<'_>,
    fields: &mut Fields<'_>,
    data: &[u8],
) -> Result<Task, ErrorKind> {
    let track = fields.optional_word(tag::TRACK, &TRACKS)?;
    let handle = reading.other(tag::SECOND + tag::HANDLE, fields)?;
    let mut fields = KeyFields { fields, added: tag::SECOND };
    let cipher = Box::new(fields.cipher(Way::In)?.plain()?);
    let key = Box::new(fields.key(reading, (handle, Part::Incoming))?);
    Ok(Task::TokenizeTransport { key, cipher, ciphertext: data.to_vec(), track })
}

/// The PIN block is the data.
fn translate_pin(
    reading: &mut Reading<'_>,
    fields: &mut Fields<'_>,
    data: &[u8],
) -> Result<Task, ErrorKind> {
    let token = fields.bytes(tag::VALUE)?;
    let mut side = |added: u8, part: Part| {
        let handle = reading.other(added + tag::HANDLE, fields)?;
        let mut fields = KeyFields { fields: &mut *fields, added };
        let key = fields.key(reading, (handle, part))?;
        Ok::<_, ErrorKind>((key, fields.pin_format()?))
    };
    let (incoming, format) = side(tag::SECOND, Part::Incoming)?;
    let (key, outgoing) = side(tag::THIRD, Part::Outgoing)?;
    Ok(Task::TranslatePin {
        token,
        keys: vec![incoming, key],
        format,
        block: data.to_vec(),
        outgoing,
    })
}
