//! The lines of a segment. Each is one JSON object whose last member is the chain after it; what
//! stands before that member is the *body*, the part that is hashed.
//!
//! A segment begins with its head. Every write ends with a MAC line, which vouches for all
//! before it until the next checkpoint is signed.

use std::ops::Range;

use super::chain::{Chain, line_hash};
use super::checkpoint::{Checkpoint, Note, Origin, SignedCheckpoint};
use super::entry::{Entry, Logged};
use super::merkle::{self, Hash, Tree};
use super::scan::Scan;
use super::text;
use crate::codec::Corrupt;
use crate::time::UnixMs;

/// The format that is written and read.
pub const FORMAT: u64 = 1;

const CHAIN_OPEN: &[u8] = b",\"chain\":\"";
const CHAIN_CLOSE: &[u8] = b"\"}\n";
const ENTRY_OPEN: &[u8] = b"{\"seq\":";
const SUFFIX_BYTES: usize = CHAIN_OPEN.len() + 32 + CHAIN_CLOSE.len();

/// A line by its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The first of a segment.
    Segment(Box<SegmentHead>),
    /// An entry.
    Entry(Logged),
    /// The end of a write.
    Mac(MacLine),
    /// A signature over everything before it.
    Checkpoint(CheckpointLine),
}

/// The first line of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentHead {
    /// The log.
    pub origin: Origin,
    /// The chain after the last line of the segment before.
    pub previous: Chain,
    /// The tree over all entries of the segments before.
    pub tree: Tree,
}

/// The last line of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacLine {
    /// Which step of the ratchet made the key; counts from 1 over all segments.
    pub step: u64,
    /// Entries so far.
    pub size: u64,
    /// HMAC-SHA-256 of [`MacLine::message`].
    pub tag: Hash,
}

/// A checkpoint within the log. The chain that it signs is the one before its own line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointLine {
    /// Entries so far.
    pub size: u64,
    /// When it was signed.
    pub time: UnixMs,
    /// Root of the tree.
    pub root: Hash,
    /// Which key signed; see [`VerifierKey`](super::VerifierKey).
    pub key: [u8; 4],
    /// Ed25519.
    pub signature: [u8; 64],
}

impl Line {
    /// Reads the body of a line.
    ///
    /// # Errors
    /// [`Corrupt`] for anything that the functions here do not write.
    pub fn parse(body: &[u8]) -> Result<Self, Corrupt> {
        if is_entry(body) {
            return Logged::parse(body).map(Self::Entry);
        }
        let mut scan = Scan::new(body)?;
        let line = if let Some(format) = scan.maybe_number("segment")? {
            Self::Segment(Box::new(SegmentHead::read(format, &mut scan)?))
        } else if let Some(step) = scan.maybe_number("mac")? {
            Self::Mac(MacLine { step, size: scan.number("size")?, tag: scan.hex("tag")? })
        } else {
            Self::Checkpoint(CheckpointLine::read(&mut scan)?)
        };
        scan.end()?;
        let mut again = Vec::with_capacity(body.len());
        line.write(&mut again);
        (again == body).then_some(line).ok_or(Corrupt)
    }

    /// Appends the body of the line.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Segment(head) => head.write(out),
            Self::Entry(logged) => logged.entry.write(logged.seq, out),
            Self::Mac(mac) => mac.write(out),
            Self::Checkpoint(checkpoint) => checkpoint.write(out),
        }
    }
}

/// Appends the whole line of an entry and steps the chain. Returns the entry's leaf hash.
pub fn append_entry(out: &mut Vec<u8>, chain: &mut Chain, entry: &Entry, seq: u64) -> Hash {
    let start = out.len();
    entry.write(seq, out);
    let leaf = merkle::leaf(&out[start..]);
    close(out, chain, &leaf);
    leaf
}

/// Appends a whole line and steps the chain.
pub fn append(out: &mut Vec<u8>, chain: &mut Chain, line: &Line) {
    let start = out.len();
    line.write(out);
    let hash = hash(&out[start..]);
    close(out, chain, &hash);
}

/// Takes a line, its newline included, apart into body and chain value.
pub fn split(line: &[u8]) -> Option<(&[u8], Chain)> {
    let (body, suffix) = line.split_at_checked(line.len().checked_sub(SUFFIX_BYTES)?)?;
    let digits = suffix.strip_prefix(CHAIN_OPEN)?.strip_suffix(CHAIN_CLOSE)?;
    let chain = Chain(const_hex::decode_to_array(digits).ok()?);
    (chain.to_string().as_bytes() == digits).then_some((body, chain))
}

/// Whether a body is that of an entry.
pub fn is_entry(body: &[u8]) -> bool {
    body.starts_with(ENTRY_OPEN)
}

/// What a line adds to the chain; for an entry also its leaf in the tree.
pub fn hash(body: &[u8]) -> Hash {
    if is_entry(body) { merkle::leaf(body) } else { line_hash(body) }
}

/// The range of the first line of `bytes`, newline included, from `start`; `None` if no newline
/// follows.
pub fn next(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = bytes.get(start..)?;
    let len = rest.iter().position(|byte| *byte == b'\n')?;
    Some(start..start + len + 1)
}

fn close(out: &mut Vec<u8>, chain: &mut Chain, hash: &Hash) {
    *chain = chain.link(hash);
    out.extend_from_slice(CHAIN_OPEN);
    text::hex(out, &chain.0);
    out.extend_from_slice(CHAIN_CLOSE);
}

impl SegmentHead {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"segment\":");
        text::number(out, FORMAT);
        text::text_member(out, "origin", self.origin.as_str());
        text::number_member(out, "first", self.tree.size());
        text::hex_member(out, "previous", &self.previous.0);
        text::text_member(out, "peaks", "");
        out.pop();
        self.tree.peaks().iter().for_each(|peak| text::hex(out, peak));
        out.push(b'"');
    }

    fn read(format: u64, scan: &mut Scan<'_>) -> Result<Self, Corrupt> {
        if format != FORMAT {
            return Err(Corrupt);
        }
        let origin = Origin::new(scan.text("origin")?).ok_or(Corrupt)?;
        let first = scan.number("first")?;
        let previous = Chain(scan.hex("previous")?);
        let peaks = const_hex::decode(scan.text("peaks")?).map_err(|_| Corrupt)?;
        let (peaks, rest) = peaks.as_chunks::<32>();
        let tree = Tree::from_peaks(first, peaks).filter(|_| rest.is_empty()).ok_or(Corrupt)?;
        Ok(Self { origin, previous, tree })
    }
}

impl MacLine {
    /// What the tag of a write authenticates: step, size, root and the chain before its line.
    pub fn message(step: u64, size: u64, root: &Hash, chain: Chain) -> [u8; 64] {
        let mut message = [0; 64];
        message[..8].copy_from_slice(&step.to_be_bytes());
        message[8..16].copy_from_slice(&size.to_be_bytes());
        message[16..48].copy_from_slice(root);
        message[48..].copy_from_slice(&chain.0);
        message
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"mac\":");
        text::number(out, self.step);
        text::number_member(out, "size", self.size);
        text::hex_member(out, "tag", &self.tag);
    }
}

impl CheckpointLine {
    /// The signed note that this line stands for.
    pub fn note(&self, origin: &Origin, chain: Chain) -> SignedCheckpoint {
        let Self { size, time, root, key, signature } = *self;
        let checkpoint = Checkpoint { origin: origin.clone(), size, root, chain, time };
        let note = Note { name: origin.clone(), key, signature: signature.to_vec() };
        SignedCheckpoint { checkpoint, signatures: vec![note] }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"checkpoint\":");
        text::number(out, self.size);
        text::text_member(out, "time", "");
        out.pop();
        text::time(out, self.time);
        out.push(b'"');
        text::hex_member(out, "root", &self.root);
        text::hex_member(out, "key", &self.key);
        text::hex_member(out, "signature", &self.signature);
    }

    fn read(scan: &mut Scan<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            size: scan.number("checkpoint")?,
            time: text::parse_time(scan.text("time")?).ok_or(Corrupt)?,
            root: scan.hex("root")?,
            key: scan.hex("key")?,
            signature: scan.hex("signature")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<Line> {
        let origin = Origin::new("typex.audit/00").unwrap();
        let tree: Tree = (0..5).map(|leaf| [leaf; 32]).collect();
        let time = UnixMs(1_700_000_000_123);
        vec![
            Line::Segment(Box::new(SegmentHead { origin, previous: Chain([9; 16]), tree })),
            Line::Mac(MacLine { step: 3, size: 5, tag: [7; 32] }),
            Line::Checkpoint(CheckpointLine {
                size: 5,
                time,
                root: [1; 32],
                key: [2; 4],
                signature: [3; 64],
            }),
        ]
    }

    #[test]
    fn every_line_round_trips_and_carries_the_chain() {
        let (mut out, mut chain) = (Vec::new(), Chain::START);
        for line in lines() {
            out.clear();
            let before = chain;
            append(&mut out, &mut chain, &line);
            let (body, after) = split(&out).unwrap();
            assert_eq!(Line::parse(body), Ok(line));
            assert_eq!((after, after), (chain, before.link(&hash(body))));
            assert_eq!(next(&out, 0), Some(0..out.len()));
        }
    }

    #[test]
    fn every_flipped_bit_changes_the_line_or_breaks_it() {
        for line in lines() {
            let (mut out, mut chain) = (Vec::new(), Chain::START);
            append(&mut out, &mut chain, &line);
            for bit in 0..out.len() * 8 {
                let mut bent = out.clone();
                bent[bit / 8] ^= 1 << (bit % 8);
                let kept = split(&bent)
                    .is_some_and(|(body, after)| after == Chain::START.link(&hash(body)));
                assert!(!kept, "bit {bit}");
            }
        }
    }
}
