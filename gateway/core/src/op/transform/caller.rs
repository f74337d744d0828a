//! Who asks.

use crate::id::{ApiKeyId, PartitionId};
use crate::policy::token::TokenRights;
use crate::time::UnixMs;

/// Who asks, as it is told itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerView {
    /// Its tenant.
    pub partition: PartitionId,
    /// Names its credential without telling it.
    pub holder: ApiKeyId,
    /// When the credential was made, where that is known.
    pub created: Option<UnixMs>,
    /// What it may do.
    pub rights: TokenRights,
}
