//! Lists that come in parts. Where a part ends is told in a text that clients hand back as it is.
// spec: aws-payment 7.3

use typex_core::limits::PAYMENT_PAGE_MAX;
use typex_core::op::payment::keys::{Next, Page};

use crate::aws_payment::input::Input;
use crate::aws_payment::refusal::Parsed;
use crate::json::{Object, Value};

/// Where a part ends.
pub(super) trait Cursor: Sized {
    fn to_bytes(&self) -> Vec<u8>;
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl Cursor for u64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Cursor for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok()
    }
}

/// The part that is asked for.
pub(super) fn read<C: Cursor>(input: &Input<'_>) -> Parsed<Page<C>> {
    let after = match input.bytes("NextToken")? {
        None => None,
        Some(bytes) => {
            let refused = || input.fault("NextToken", "must be that of an earlier answer");
            Some(C::from_bytes(&bytes).ok_or_else(refused)?)
        }
    };
    let count = input.number("MaxResults").and_then(|count| usize::try_from(count).ok());
    Ok(Page { after, count: count.unwrap_or(PAYMENT_PAGE_MAX) })
}

/// A part, and where it ends unless it is the last.
pub(super) fn write<'a, T, C: Cursor>(
    name: &'static str,
    next: &'a Next<T, C>,
    item: impl Fn(&'a T) -> Object<'a>,
) -> Object<'a> {
    let items = next.items.iter().map(|one| Value::Object(item(one))).collect();
    let after = next.after.as_ref().map(|after| const_hex::encode(after.to_bytes()));
    Object::default().with(name, Value::List(items)).maybe("NextToken", after)
}
