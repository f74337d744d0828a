//! Bounds of this dialect alone, with their reasons.

/// Members of one request that a refusal names: enough to mend a request in one go. With the
/// longest lists of words an answer stays below 32 KiB.
pub(super) const FAULTS_MAX: usize = 16;

/// Longest name of an access key: those of the original have 16 to 128 characters.
pub(super) const ACCESS_KEY_CHARS_MAX: usize = 128;

/// Longest name of a region: the longest there is has 14 characters.
pub(super) const REGION_CHARS_MAX: usize = 32;

/// Records of one call: as many as fill the lanes of a backend several times over; a PIN record of
/// about 500 characters leaves such a call within the gateway's bound on bodies.
// spec: aws-payment 6.2
pub(super) const RECORDS_MAX: usize = 1024;

/// Steps from a request to a member of it: those of the service have five, and two more lead to a
/// record of a batch.
pub(super) const DEPTH_MAX: usize = 8;

/// Characters of all optional blocks that a client may ask for, with four for each.
// spec: aws-payment 7.6
pub(super) const OPTIONAL_CHARS_MAX: usize = 112;
