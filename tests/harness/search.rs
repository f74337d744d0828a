//! Looks for secrets in bytes of any origin, in every form in which a program might write them.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes that a search compares at once; secrets are cut into pieces of this size, so that half a
/// secret is found too.
const PIECE: usize = 8;
/// Bytes of memory read at a time, and how much of one read is looked at again with the next.
const READ: usize = 1 << 20;
const OVERLAP: usize = 1 << 10;
/// Bytes before and after a find that are shown.
const AROUND: usize = 48;
/// How long a gateway may take to forget, once it is idle.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// Secrets to look for.
pub(crate) struct Search {
    needles: HashMap<[u8; PIECE], Vec<Needle>>,
    /// One bit for each value of [`mixed`] that some needle begins with.
    maybe: Vec<u64>,
}

struct Needle {
    secret: String,
    form: &'static str,
    bytes: Vec<u8>,
}

/// A secret where it must not be.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Which one.
    pub(crate) secret: String,
    form: &'static str,
    place: String,
    around: String,
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secret, form, place, around } = self;
        write!(f, "\n{secret} as {form} in {place}: {around}")
    }
}

impl Search {
    pub(crate) fn new() -> Self {
        Self { needles: HashMap::new(), maybe: vec![0; 1 << 10] }
    }

    /// Looks for `secret` from now on.
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        assert!(secret.len() >= PIECE, "{name} is too short to be recognised");
        let before = self.needles.len();
        for piece in secret.chunks_exact(PIECE) {
            let numbers: Vec<String> = piece.iter().map(u8::to_string).collect();
            self.needle(name, "bytes", piece.to_vec());
            self.needle(name, "hex", const_hex::encode(piece).into_bytes());
            self.needle(name, "upper-case hex", const_hex::encode_upper(piece).into_bytes());
            self.needle(name, "numbers", numbers.join(", ").into_bytes());
            self.needle(name, "JSON numbers", numbers.join(",").into_bytes());
            self.needle(name, "escaped text", piece.escape_ascii().to_string().into_bytes());
        }
        for shift in 0..3 {
            self.needle(name, "base64", base64(secret, shift, b"+/"));
            self.needle(name, "base64url", base64(secret, shift, b"-_"));
        }
        assert!(self.needles.len() > before, "{name} is looked for already");
    }

    /// Looks for all of `secret` together: for digits by their values, of which eight are in many a
    /// table of small numbers by chance.
    pub(crate) fn add_whole(&mut self, name: &str, secret: &[u8]) {
        assert!(secret.len() >= 2 * PIECE, "{name} is too short to be recognised by its digits");
        self.needle(name, "bytes", secret.to_vec());
    }

    fn needle(&mut self, secret: &str, form: &'static str, bytes: Vec<u8>) {
        let Some(first) = bytes.first_chunk::<PIECE>() else { return };
        let mixed = mixed(*first);
        self.maybe[mixed / 64] |= 1 << (mixed % 64);
        let needles = self.needles.entry(*first).or_default();
        if needles.iter().all(|needle| needle.bytes != bytes) {
            needles.push(Needle { secret: secret.to_owned(), form, bytes });
        }
    }

    /// Every secret in `bytes`.
    pub(crate) fn bytes(&self, place: &str, bytes: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        for (at, window) in bytes.windows(PIECE).enumerate() {
            let window = *window.first_chunk().expect("a window is a piece");
            let mixed = mixed(window);
            if self.maybe[mixed / 64] & (1 << (mixed % 64)) == 0 {
                continue;
            }
            let needles = self.needles.get(&window).map_or(&[][..], Vec::as_slice);
            for needle in needles.iter().filter(|one| bytes[at..].starts_with(&one.bytes)) {
                let around = at.saturating_sub(AROUND)..(at + AROUND).min(bytes.len());
                if found.iter().any(|one: &Found| one.secret == needle.secret) {
                    continue;
                }
                found.push(Found {
                    secret: needle.secret.clone(),
                    form: needle.form,
                    place: format!("{place} at {at:#x}"),
                    around: bytes[around].escape_ascii().to_string(),
                });
            }
        }
        found
    }

    /// Every secret in a file, or in all files below a directory.
    pub(crate) fn files(&self, path: &Path) -> Vec<Found> {
        if path.is_dir() {
            let entries = path.read_dir().expect("readable");
            return entries.flat_map(|one| self.files(&one.expect("an entry").path())).collect();
        }
        if !path.is_file() {
            return Vec::new();
        }
        let mut found =
            self.bytes(&path.display().to_string(), path.as_os_str().as_encoded_bytes());
        let bytes = std::fs::read(path).expect("readable");
        found.extend(self.bytes(&path.display().to_string(), &bytes));
        found
    }

    /// Every secret in what a process can write to: heap, stacks, data.
    ///
    /// # Errors
    /// What the system says if it does not let us.
    pub(crate) fn memory(&self, pid: u32) -> std::io::Result<Vec<Found>> {
        let memory = File::open(format!("/proc/{pid}/mem"))?;
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
        let mut found = Vec::new();
        let mut total = 0;
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (range, _) = line.split_once(' ').expect("a range first");
            let (from, to) = range.split_once('-').expect("two addresses");
            let address = |text| u64::from_str_radix(text, 16).expect("hex");
            total += address(to) - address(from);
            self.mapping(&memory, address(from)..address(to), line, &mut found)?;
        }
        println!("searched {} MiB of process {pid}", total >> 20);
        Ok(found)
    }

    /// Waits until none of the secrets is in the memory of an idle process; panics if some stay.
    /// Says so where the system does not let us look.
    pub(crate) fn until_forgotten(&self, pid: u32) {
        let start = Instant::now();
        loop {
            match self.memory(pid) {
                Ok(found) if found.is_empty() => return,
                Ok(found) if start.elapsed() > IDLE_MAX => panic!("{found:?}"),
                Ok(_) => std::thread::sleep(Duration::from_millis(100)),
                Err(error) => return println!("SKIPPED: memory cannot be read: {error}"),
            }
        }
    }

    fn mapping(
        &self,
        memory: &File,
        range: std::ops::Range<u64>,
        line: &str,
        found: &mut Vec<Found>,
    ) -> std::io::Result<()> {
        let mut at = range.start;
        let mut buffer = vec![0; READ];
        while at < range.end {
            let most = usize::try_from(range.end - at).map_or(READ, |left| left.min(READ));
            memory.read_exact_at(&mut buffer[..most], at)?;
            found.extend(self.bytes(&format!("{line} +{:#x}", at - range.start), &buffer[..most]));
            at += if most < READ { most } else { READ - OVERLAP } as u64;
        }
        Ok(())
    }
}

fn mixed(piece: [u8; PIECE]) -> usize {
    let mixed = u64::from_le_bytes(piece).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    usize::try_from(mixed).expect("16 bits")
}

/// Base64 of `bytes` as it reads `shift` bytes into a longer text: only the characters that no
/// neighbour touches.
fn base64(bytes: &[u8], shift: usize, last: &[u8; 2]) -> Vec<u8> {
    let alphabet: Vec<u8> =
        [&(b'A'..=b'Z').collect::<Vec<_>>(), &(b'a'..=b'z').collect(), &(b'0'..=b'9').collect()]
            .into_iter()
            .flatten()
            .chain(last)
            .copied()
            .collect();
    let skipped = (3 - shift) % 3;
    let whole = bytes[skipped..].chunks_exact(3);
    whole
        .flat_map(|three| {
            let word = u32::from_be_bytes([0, three[0], three[1], three[2]]);
            [18, 12, 6, 0].map(|bits| alphabet[(word >> bits & 63) as usize])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 16] = *b"\x01\x02\xfe\xffsixteen byte";

    #[test]
    fn every_form_is_found() {
        let mut search = Search::new();
        search.add("it", &SECRET);
        let forms = [
            SECRET.to_vec(),
            const_hex::encode(SECRET).into_bytes(),
            const_hex::encode_upper(SECRET).into_bytes(),
            format!("{SECRET:?}").into_bytes(),
            format!("{SECRET:?}").replace(' ', "").into_bytes(),
            SECRET.escape_ascii().to_string().into_bytes(),
            b"AQL+/3NpeHRlZW4gYnl0ZQ==".to_vec(),
            b"eAEC/v9zaXh0ZWVuIGJ5dGU=".to_vec(),
            b"eHgBAv7_c2l4dGVlbiBieXRl".to_vec(),
            SECRET[8..].to_vec(),
        ];
        for form in forms {
            let text = [b"some text ", &form[..], b" more text"].concat();
            assert!(!search.bytes("text", &text).is_empty(), "{}", form.escape_ascii());
        }
        assert!(search.bytes("text", b"nothing of interest, 0102fffe, AQL+").is_empty());
    }
}
