//! Tasks as the card sees them: where they run, their descriptor, their bytes in DMA memory, and
//! what comes back.

use bytes::BytesMut;
use typex_abi::limits::{AAD_BYTES_MAX, DATA_BYTES_MAX, INLINE_BYTES_MAX, INPUT_BYTES_MAX};
use typex_abi::{
    BLOCK_BYTES, Completion, Descriptor, DmaBuffer, Opcode, ProgramFields, Status, flag,
};
use typex_core::error::ErrorKind;
use typex_core::key::Usage;
use zeroize::Zeroize;

use super::fault::FaultKind;
use super::programs::Which;
use super::slots::Keys;
use crate::cipher::{Cipher, CipherJob, OpenMode, ReencryptJob, SealMode, TAG};
use crate::job::{Computation, Outcome, Task, Work};
use crate::key::LoadedKey;
use crate::length;
use crate::slot_key::SlotKey;

/// Sealed data of an envelope, which the card keeps twice: 64 blocks.
const ENVELOPE_BYTES_MAX: usize = 1024;

/// Bytes of a job's part of DMA memory: input, then output.
pub(super) const PLACE_BYTES: usize = 2 * INPUT_BYTES_MAX;
/// Where in it the output starts.
pub(super) const OUTPUT_AT: usize = INPUT_BYTES_MAX;

/// Where a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Card(Plan),
    Software(Reason),
    Refused(ErrorKind),
}

/// Why a task runs in software.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The card has no such operation.
    Operation,
    /// Longer than the card takes.
    Length,
    /// More associated data than the card takes.
    AssociatedData,
    /// This core has no ring.
    NoRing,
}

/// Kinds of jobs on the card, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobKind {
    Process,
    Reencrypt,
    Ecb,
    Cbc,
    Ctr,
    Gcm,
    Cmac,
    CbcMac,
}

/// Sizes of a job on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) kind: JobKind,
    opcode: Opcode,
    flags: u8,
    program: Option<Which>,
    /// Parameters and padded associated data in front of the data.
    front: usize,
    data: usize,
    /// Tag or MAC behind the data, in its input.
    tagged: bool,
    output: usize,
}

/// The end of a job.
pub(super) enum End {
    Done(Result<Outcome, ErrorKind>),
    /// The card could not read its data; it may be run again.
    Unread,
    Fault(FaultKind),
}

impl Reason {
    pub(super) const ALL: [Self; 4] =
        [Self::Operation, Self::Length, Self::AssociatedData, Self::NoRing];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Length => "length",
            Self::AssociatedData => "associated_data",
            Self::NoRing => "no_ring",
        }
    }
}

impl JobKind {
    pub(super) const ALL: [Self; 8] = [
        Self::Process,
        Self::Reencrypt,
        Self::Ecb,
        Self::Cbc,
        Self::Ctr,
        Self::Gcm,
        Self::Cmac,
        Self::CbcMac,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Process => "process_data",
            Self::Reencrypt => "reencrypt",
            Self::Ecb => "ecb",
            Self::Cbc => "cbc",
            Self::Ctr => "ctr",
            Self::Gcm => "gcm",
            Self::Cmac => "cmac",
            Self::CbcMac => "cbc_mac",
        }
    }
}

/// Where `task` runs. A task that no backend would run is refused.
pub(super) fn route(task: &Task) -> Route {
    match &task.work {
        Computation::Client(Work::Process { key, sealed }) => process(key, sealed.len()),
        Computation::Cipher(job) => match job.check() {
            Ok(()) => cipher(job),
            Err(kind) => Route::Refused(kind),
        },
        Computation::Reencrypt(job) => match job.check() {
            Ok(()) => reencrypt(job),
            Err(kind) => Route::Refused(kind),
        },
        Computation::Client(Work::Payment(job)) => {
            job.on_card().map_or(Route::Software(Reason::Operation), reencrypt)
        }
        _ => Route::Software(Reason::Operation),
    }
}

/// The keys of a task that runs on the card, in the order of its program.
pub(super) fn keys(task: &Task) -> arrayvec::ArrayVec<&SlotKey, 4> {
    match &task.work {
        Computation::Client(Work::Process { key, .. }) => key.slots().iter().collect(),
        Computation::Cipher(job) => [job.key.slot()].into_iter().collect(),
        work => reencryption(work)
            .map(|job| [&job.key.open.slot, &job.key.seal.slot].into_iter().collect())
            .unwrap_or_default(),
    }
}

fn process(key: &LoadedKey, sealed: usize) -> Route {
    let program = match key.record().usage {
        Usage::EncryptBlocks => Which::ProcessEncrypt,
        Usage::DecryptBlocks => Which::ProcessDecrypt,
        _ => return Route::Software(Reason::Operation),
    };
    if let Err(kind) = length::data_bytes(key.record(), sealed) {
        return Route::Refused(kind);
    }
    let data = sealed.saturating_sub(TAG);
    if data > ENVELOPE_BYTES_MAX {
        return Route::Software(Reason::Length);
    }
    let plan = Plan::program(JobKind::Process, program, 0, data, true);
    Route::Card(Plan { output: data + TAG, ..plan })
}

fn reencrypt(job: &ReencryptJob) -> Route {
    let (mode, data) = (job.key.mode(), job.clear_bytes());
    let aad = [job.open_aad.len(), job.seal_aad.len()];
    if aad.iter().any(|aad| *aad > AAD_BYTES_MAX) {
        return Route::Software(Reason::AssociatedData);
    }
    let program = match (mode, job.key.seal_mode()) {
        (OpenMode::Cbc, SealMode::Gcm) => Which::CbcToGcm,
        (OpenMode::Gcm, SealMode::Gcm) => Which::GcmToGcm,
        (OpenMode::Cbc, SealMode::Cbc) => Which::CbcToCbc,
        (OpenMode::Gcm, SealMode::Cbc) => Which::GcmToCbc,
        (OpenMode::Cbc, SealMode::Ctr) => Which::CbcToCtr,
        (OpenMode::Gcm, SealMode::Ctr) => Which::GcmToCtr,
        (OpenMode::Ctr, SealMode::Cbc) => Which::CtrToCbc,
        (OpenMode::Ctr, SealMode::Gcm) => Which::CtrToGcm,
        (OpenMode::Ctr, SealMode::Ctr) => Which::CtrToCtr,
        (OpenMode::Ecb, SealMode::Cbc) => Which::EcbToCbc,
        (OpenMode::Ecb, SealMode::Gcm) => Which::EcbToGcm,
        (OpenMode::Ecb, SealMode::Ctr) => Which::EcbToCtr,
    };
    let front = 2 * BLOCK_BYTES + ceil(aad[0]) + ceil(aad[1]);
    let plan = Plan::program(JobKind::Reencrypt, program, front, data, mode == OpenMode::Gcm);
    // An empty message is cheaper here than a rule for it there.
    if data == 0 || data > DATA_BYTES_MAX || plan.occupied() > INPUT_BYTES_MAX {
        return Route::Software(Reason::Length);
    }
    let output = match job.key.seal_mode() {
        SealMode::Cbc | SealMode::Ctr => data,
        SealMode::Gcm => ceil(data) + TAG,
    };
    Route::Card(Plan { output, ..plan })
}

/// Re-encryption, also of a payment.
fn reencryption(work: &Computation) -> Option<&ReencryptJob> {
    match work {
        Computation::Reencrypt(job) => Some(job),
        Computation::Client(Work::Payment(job)) => job.on_card(),
        _ => None,
    }
}

fn cipher(job: &CipherJob) -> Route {
    let (kind, opcode) = match job.cipher {
        Cipher::EcbEncrypt | Cipher::EcbDecrypt => (JobKind::Ecb, Opcode::Ecb),
        Cipher::CbcEncrypt | Cipher::CbcDecrypt => (JobKind::Cbc, Opcode::Cbc),
        Cipher::Ctr => (JobKind::Ctr, Opcode::Ctr),
        Cipher::GcmEncrypt | Cipher::GcmDecrypt => (JobKind::Gcm, Opcode::Gcm),
        Cipher::Cmac => (JobKind::Cmac, Opcode::Cmac),
        Cipher::CbcMac => (JobKind::CbcMac, Opcode::CbcMac),
    };
    let decrypts =
        matches!(job.cipher, Cipher::EcbDecrypt | Cipher::CbcDecrypt | Cipher::GcmDecrypt);
    let tag = if job.cipher == Cipher::GcmDecrypt { TAG } else { 0 };
    let data = job.data.len().saturating_sub(tag);
    if job.aad.len() > AAD_BYTES_MAX {
        return Route::Software(Reason::AssociatedData);
    }
    if data > DATA_BYTES_MAX {
        return Route::Software(Reason::Length);
    }
    let output = match job.cipher {
        Cipher::GcmEncrypt => ceil(data) + TAG,
        Cipher::Cmac | Cipher::CbcMac => TAG,
        _ => data,
    };
    let mut flags = if decrypts { flag::DECRYPT } else { 0 };
    if (1..=INLINE_BYTES_MAX).contains(&data) && kind != JobKind::Gcm {
        flags |= flag::INLINE_INPUT;
    }
    if (1..=INLINE_BYTES_MAX).contains(&output) {
        flags |= flag::INLINE_OUTPUT;
    }
    let front = ceil(job.aad.len());
    Route::Card(Plan { kind, opcode, flags, program: None, front, data, tagged: false, output })
}

impl Plan {
    fn program(kind: JobKind, program: Which, front: usize, data: usize, tagged: bool) -> Self {
        let program = Some(program);
        Self { kind, opcode: Opcode::Program, flags: 0, program, front, data, tagged, output: 0 }
    }

    /// Whether a card can do it that has these programs.
    pub(super) fn runs_with(&self, programs: u16) -> bool {
        self.program.is_none_or(|program| programs & program.bit() != 0)
    }

    /// Bytes of input that the descriptor names: without the padding between data and tag.
    fn input(&self) -> usize {
        self.front + self.data + if self.tagged { TAG } else { 0 }
    }

    /// Bytes of input that the card reads.
    fn occupied(&self) -> usize {
        if self.tagged { self.front + ceil(self.data) + TAG } else { self.front + self.data }
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The descriptor but for phase and tag, with the input put at `at` of DMA memory.
    pub(super) fn describe(
        &self,
        task: &Task,
        keys: &Keys,
        memory: &mut dyn DmaBuffer,
        at: usize,
    ) -> Descriptor {
        let mut descriptor = Descriptor::new(self.opcode);
        descriptor.flags = self.flags;
        let key = keys.first().copied().unwrap_or_default();
        (descriptor.slot, descriptor.generation) = (key.slot, key.generation);
        descriptor.input_bytes = u16::try_from(self.input()).unwrap_or(u16::MAX);
        if !self.has(flag::INLINE_INPUT) && self.input() > 0 {
            descriptor.input = memory.bus() + at as u64;
        }
        if !self.has(flag::INLINE_OUTPUT) && self.output > 0 {
            descriptor.output = memory.bus() + (at + OUTPUT_AT) as u64;
        }
        match &task.work {
            Computation::Client(Work::Process { sealed, .. }) => {
                self.name_program(&mut descriptor, keys, 0, 0);
                memory.store(at, sealed);
            }
            Computation::Cipher(job) => self.store_cipher(job, &mut descriptor, memory, at),
            work => {
                if let Some(job) = reencryption(work) {
                    let (aad, out) = (job.open_aad.len(), job.seal_aad.len());
                    self.name_program(&mut descriptor, keys, aad, out);
                    self.store_reencrypt(job, memory, at);
                }
            }
        }
        descriptor
    }

    fn name_program(&self, descriptor: &mut Descriptor, keys: &Keys, aad: usize, out: usize) {
        let key = |at: usize| keys.get(at).copied().unwrap_or_default();
        descriptor.set_program(&ProgramFields {
            program: self.program.map_or(0, |which| which as u8),
            aad_in_bytes: u8::try_from(aad).unwrap_or(u8::MAX),
            aad_out_bytes: u8::try_from(out).unwrap_or(u8::MAX),
            keys: [key(1), key(2), key(3)],
        });
    }

    fn store_reencrypt(&self, job: &ReencryptJob, memory: &mut dyn DmaBuffer, at: usize) {
        let mut params = [0; 2 * BLOCK_BYTES];
        params[..BLOCK_BYTES].copy_from_slice(&job.open_iv);
        if job.key.mode() == OpenMode::Gcm {
            params[12..BLOCK_BYTES].fill(0);
        }
        params[BLOCK_BYTES..].copy_from_slice(&job.seal_iv);
        if job.key.seal_mode() == SealMode::Gcm {
            params[BLOCK_BYTES + 12..].fill(0);
        }
        memory.store(at, &params);
        let aad = at + params.len();
        store_padded(memory, aad, &job.open_aad);
        store_padded(memory, aad + ceil(job.open_aad.len()), &job.seal_aad);
        let (data, tag) = job.data.split_at(self.data.min(job.data.len()));
        store_padded(memory, at + self.front, data);
        memory.store(at + self.front + ceil(self.data), tag);
    }

    fn store_cipher(
        &self,
        job: &CipherJob,
        descriptor: &mut Descriptor,
        memory: &mut dyn DmaBuffer,
        at: usize,
    ) {
        let (data, tag) = job.data.split_at(self.data.min(job.data.len()));
        match job.cipher {
            Cipher::GcmEncrypt | Cipher::GcmDecrypt => {
                descriptor.iv[..12].copy_from_slice(&job.nonce());
                descriptor.set_aad_bytes(u16::try_from(job.aad.len()).unwrap_or(u16::MAX));
            }
            Cipher::CbcEncrypt | Cipher::CbcDecrypt | Cipher::Ctr => descriptor.iv = job.iv,
            _ => {}
        }
        if job.cipher == Cipher::GcmDecrypt {
            descriptor.inline[..tag.len()].copy_from_slice(tag);
        }
        if self.has(flag::INLINE_INPUT) {
            descriptor.inline[..data.len()].copy_from_slice(data);
        } else {
            store_padded(memory, at, &job.aad);
            memory.store(at + self.front, data);
        }
    }

    /// What a completion makes of its task. DMA memory that held clear data is wiped.
    pub(super) fn end(
        &self,
        task: &mut Task,
        completion: &Completion,
        memory: &mut dyn DmaBuffer,
        at: usize,
    ) -> End {
        if completion.status == Status::Ok && usize::from(completion.output_bytes) != self.output {
            return End::Fault(FaultKind::Length);
        }
        let refused = match completion.status {
            Status::Ok => return End::Done(Ok(self.take(task, completion, memory, at))),
            Status::DmaError => return End::Unread,
            Status::TagMismatch if self.verifies() => ErrorKind::VerifyFailed,
            Status::BadData if self.kind == JobKind::Process => bad_data(task),
            _ => return End::Fault(FaultKind::Status),
        };
        if let Some(data) = data_of(task) {
            data.zeroize();
        }
        self.wipe(memory, at);
        End::Done(Err(refused))
    }

    fn verifies(&self) -> bool {
        self.tagged || (self.opcode == Opcode::Gcm && self.has(flag::DECRYPT))
    }

    fn take(
        &self,
        task: &mut Task,
        completion: &Completion,
        memory: &mut dyn DmaBuffer,
        at: usize,
    ) -> Outcome {
        let mut data = data_of(task).map(std::mem::take).unwrap_or_default();
        // Ciphertext and tag are apart by the padding of the data.
        let sealed = self.output == ceil(self.data) + TAG && self.kind != JobKind::Process;
        let len = if sealed { self.data + TAG } else { self.output };
        data.resize(len, 0);
        let read = |from: usize, into: &mut [u8]| match self.has(flag::INLINE_OUTPUT) {
            true => into.copy_from_slice(&completion.inline[from..from + into.len()]),
            false => memory.load(at + OUTPUT_AT + from, into),
        };
        if sealed {
            let (head, tag) = data.split_at_mut(self.data);
            read(0, head);
            read(ceil(self.data), tag);
        } else {
            read(0, &mut data);
        }
        self.wipe(memory, at);
        match &task.work {
            Computation::Client(Work::Payment(job)) => job.card_outcome(data),
            _ => Outcome::Sealed(data),
        }
    }

    /// Programs take and give ciphertext only; single operations have clear data on one side.
    fn wipe(&self, memory: &mut dyn DmaBuffer, at: usize) {
        const ZEROS: [u8; INPUT_BYTES_MAX] = [0; INPUT_BYTES_MAX];
        if self.program.is_some() {
            return;
        }
        if !self.has(flag::INLINE_INPUT) {
            memory.store(at, &ZEROS[..self.occupied().min(ZEROS.len())]);
        }
        if !self.has(flag::INLINE_OUTPUT) {
            memory.store(at + OUTPUT_AT, &ZEROS[..self.output.min(ZEROS.len())]);
        }
    }
}

fn bad_data(task: &Task) -> ErrorKind {
    match &task.work {
        Computation::Client(Work::Process { key, .. }) => length::failure(key.record().usage),
        _ => ErrorKind::Internal,
    }
}

fn data_of(task: &mut Task) -> Option<&mut BytesMut> {
    match &mut task.work {
        Computation::Client(Work::Process { sealed, .. }) => Some(sealed),
        Computation::Cipher(job) => Some(&mut job.data),
        Computation::Reencrypt(job) => Some(&mut job.data),
        Computation::Client(Work::Payment(job)) => job.card_data(),
        _ => None,
    }
}

/// Stores `bytes` and zeros up to a whole block.
fn store_padded(memory: &mut dyn DmaBuffer, at: usize, bytes: &[u8]) {
    memory.store(at, bytes);
    memory.store(at + bytes.len(), &[0; BLOCK_BYTES][..ceil(bytes.len()) - bytes.len()]);
}

fn ceil(bytes: usize) -> usize {
    bytes.next_multiple_of(BLOCK_BYTES)
}
