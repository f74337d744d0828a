//! Sizes that the protocol fixes, and those that the ends agree upon.

/// The version that this crate speaks.
pub const VERSION: u16 = 1;

/// Records of one frame: a few full batches of lanes, beyond which nothing is gained.
pub const RECORDS_MAX: u16 = 4096;

/// Bytes of a frame, with its header, that every end accepts.
pub const FRAME_BYTES_MIN: u32 = 64 * 1024;

/// Bytes of a frame, with its header, that no end accepts more than: it is in memory whole.
pub const FRAME_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// Bytes of the parameters of a record.
pub const PARAMETER_BYTES_MAX: u16 = u16::MAX;

/// Bytes of a text for people.
pub const TEXT_BYTES_MAX: usize = 1024;

/// What one end accepts of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a frame, with its header; [`FRAME_BYTES_MIN`] to [`FRAME_BYTES_MAX`].
    pub frame_bytes: u32,
    /// Records of a frame, 1 to [`RECORDS_MAX`].
    pub records: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self { frame_bytes: 4 * 1024 * 1024, records: RECORDS_MAX }
    }
}
