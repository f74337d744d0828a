//! What taking off a padding has in common.

use subtle::Choice;
use typex_core::secret::Secret;

use super::{Bytes, Error};
use crate::payment::public;
pub(super) use crate::payment::select as select_byte;

/// What begins at `start`, if all is sound. Its length is what the caller gets to know.
pub(super) fn message(block: &[u8], start: u32, sound: Choice) -> Result<Bytes, Error> {
    if public(sound.unwrap_u8()) == 0 {
        return Err(Error::Verify);
    }
    let start = usize::try_from(public(start)).map_err(|_| Error::Verify)?;
    let message = block.get(start..).ok_or(Error::Verify)?;
    Ok(Secret::new(message.to_vec()))
}

/// One of two numbers, without a branch.
pub(super) fn select(no: u32, yes: u32, choice: Choice) -> u32 {
    no ^ (0_u32.wrapping_sub(u32::from(choice.unwrap_u8())) & (no ^ yes))
}
