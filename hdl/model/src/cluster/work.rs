//! What a job makes of its input: all its steps at once, whatever cycle they take place in.

use super::job::{Job, JobStep, Kind};
use crate::aes::{Block, LaneKey};
use crate::keys::KeyStore;
use subtle::ConstantTimeEq;

/// Header of an envelope: mark, number, nonce.
const HEADER: usize = 13;
/// Padding that an envelope of the right length has.
const PADDING: usize = 3;
const MARK_REQUEST: u8 = 0x1f;
const MARK_REPLY: u8 = 0xf1;

/// How the checks of a job went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// A tag, a MAC or an envelope was wrong.
    pub(crate) mismatch: bool,
    /// The length inside was wrong.
    pub(crate) bad_length: bool,
}

/// Runs the steps of a job over its input. The output is zeros if a check was bad.
///
/// Both buffers have the size of a context; the job's lengths were checked.
pub(crate) fn execute(job: &Job, keys: &KeyStore, input: &[u8], output: &mut [u8]) -> Verdict {
    let mut work = Work { job, keys, input, output, verdict: Verdict::default() };
    for step in job.steps.iter().take_while(|step| step.kind != Kind::End) {
        work.step(step);
    }
    let verdict = work.verdict;
    if verdict != Verdict::default() {
        output.fill(0);
    }
    verdict
}

struct Work<'a> {
    job: &'a Job,
    keys: &'a KeyStore,
    input: &'a [u8],
    output: &'a mut [u8],
    verdict: Verdict,
}

impl Work<'_> {
    fn step(&mut self, step: &JobStep) {
        let Some(key) = self.keys.lane_key(self.job.slots[usize::from(step.key & 3)]) else {
            self.verdict.mismatch = true;
            return;
        };
        match step.kind {
            Kind::End => {}
            Kind::MacCheck => self.check(key.cbc_mac(self.data())),
            Kind::CbcOpen | Kind::CtrOpen | Kind::EcbOpen => self.open(key, step),
            Kind::GcmOpen => self.gcm_open(key),
            Kind::OperateEncrypt => key.ecb_encrypt(self.enveloped()),
            Kind::OperateDecrypt => key.ecb_decrypt(self.enveloped()),
            Kind::CbcSeal | Kind::CtrSeal | Kind::EcbEncrypt => self.seal(key, step),
            Kind::GcmSeal => self.gcm_seal(key),
            Kind::MacSeal => {
                let mac = key.cbc_mac(self.result());
                self.append(mac);
            }
            Kind::Cmac => self.put(key.cmac(self.data())),
            Kind::CbcMac => self.put(key.cbc_mac(self.data())),
        }
    }

    /// Opens what is not authenticated.
    fn open(&mut self, key: &LaneKey, step: &JobStep) {
        let iv = self.iv(step, 0);
        self.fetch();
        match step.kind {
            Kind::CbcOpen => key.cbc_decrypt(&iv, self.result()),
            Kind::CtrOpen => key.ctr(&iv, self.result()),
            _ => key.ecb_decrypt(self.result()),
        }
        if step.envelope {
            self.open_envelope();
        }
    }

    /// Seals without a tag.
    fn seal(&mut self, key: &LaneKey, step: &JobStep) {
        let iv = self.iv(step, 1);
        if !self.job.program {
            self.fetch();
        }
        match step.kind {
            Kind::CbcSeal => key.cbc_encrypt(&iv, self.result()),
            Kind::CtrSeal => key.ctr(&iv, self.result()),
            _ => key.ecb_encrypt(self.result()),
        }
    }

    /// The job's IV; in a program, parameter block `param` for the steps that take it.
    fn iv(&self, step: &JobStep, param: u16) -> Block {
        let counts = matches!(step.kind, Kind::CtrOpen | Kind::CtrSeal);
        match self.job.program {
            false => self.job.iv,
            true if step.iv || counts => self.block(param),
            true => [0; 16],
        }
    }

    fn gcm_open(&mut self, key: &LaneKey) {
        let iv = if self.job.program { self.block(0) } else { self.job.iv };
        let aad = self.part(self.job.aad_in_block, self.job.aad_in_bytes);
        self.check(key.gcm_tag(&iv, aad, self.data()));
        self.fetch();
        key.gcm_stream(&iv, self.result());
    }

    fn gcm_seal(&mut self, key: &LaneKey) {
        let job = self.job;
        let (iv, block, bytes) = if job.program {
            (self.block(1), job.aad_out_block, job.aad_out_bytes)
        } else {
            self.fetch();
            (job.iv, job.aad_in_block, job.aad_in_bytes)
        };
        key.gcm_stream(&iv, self.result());
        let sealed = &self.output[..usize::from(job.data_bytes)];
        let tag = key.gcm_tag(&iv, self.part(block, bytes), sealed);
        self.append(tag);
    }

    /// Checks mark, number and padding, and puts the reply's header in the place of the request's.
    fn open_envelope(&mut self) {
        let word = self.job.word;
        let data = self.result();
        let Some((header, rest)) = data.split_at_mut_checked(HEADER) else {
            self.verdict.mismatch = true;
            return;
        };
        let good = header[0] == MARK_REQUEST && header[1..5] == word.to_be_bytes();
        let padding = padding(rest);
        header[0] = MARK_REPLY;
        header[5..].iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
        self.verdict.mismatch |= !good || padding.is_none();
        self.verdict.bad_length |= rest_is_odd(padding);
    }

    fn check(&mut self, actual: Block) {
        let expected =
            if self.job.program { self.block(self.job.tag_block) } else { self.job.expected };
        self.verdict.mismatch |= !bool::from(actual.ct_eq(&expected));
    }

    /// Puts the data where results are.
    fn fetch(&mut self) {
        let data = data_of(self.job, self.input);
        self.output[..data.len()].copy_from_slice(data);
    }

    /// A MAC alone.
    fn put(&mut self, mac: Block) {
        self.output[..16].copy_from_slice(&mac);
    }

    /// Behind the data, at the next multiple of 16; the gap is zeros.
    fn append(&mut self, tag: Block) {
        let bytes = usize::from(self.job.data_bytes);
        let at = bytes.next_multiple_of(16);
        self.output[bytes..at].fill(0);
        self.output[at..at + 16].copy_from_slice(&tag);
    }

    fn data(&self) -> &[u8] {
        data_of(self.job, self.input)
    }

    fn part(&self, block: u16, bytes: u16) -> &[u8] {
        let at = 16 * usize::from(block);
        &self.input[at..at + usize::from(bytes)]
    }

    fn block(&self, block: u16) -> Block {
        let mut out = [0; 16];
        out.copy_from_slice(self.part(block, 16));
        out
    }

    fn result(&mut self) -> &mut [u8] {
        &mut self.output[..usize::from(self.job.data_bytes)]
    }

    /// The data of an envelope of the right length.
    fn enveloped(&mut self) -> &mut [u8] {
        let end = usize::from(self.job.data_bytes).saturating_sub(PADDING).max(HEADER);
        &mut self.output[HEADER..end]
    }
}

fn data_of<'a>(job: &Job, input: &'a [u8]) -> &'a [u8] {
    let at = 16 * usize::from(job.data_block);
    &input[at..at + usize::from(job.data_bytes)]
}

/// Length of PKCS#7 padding, if it is one.
fn padding(data: &[u8]) -> Option<usize> {
    let length = usize::from(*data.last()?);
    let tail = data.len().checked_sub(length).map(|at| &data[at..])?;
    let good = (1..=16).contains(&length) && tail.iter().all(|byte| usize::from(*byte) == length);
    good.then_some(length)
}

fn rest_is_odd(padding: Option<usize>) -> bool {
    padding != Some(PADDING)
}
