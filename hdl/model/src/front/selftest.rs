//! Known answers through every enabled lane, as real jobs, before the card takes work.

use super::completion::{Entry, TEST_RING};
use crate::cluster::{Job, JobId, Kind};
use typex_abi::{Algorithm, Status};

/// Cycles within which an answer must come.
const WAIT_MAX: u32 = 8191;
const GCM_IV: u128 = 0x1011_1213_1415_1617_1819_1a1b_0000_0001;
const PLAIN: u128 = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;
const CIPHER_128: u128 = 0x69c4_e0d8_6a7b_0430_d8cd_b780_70b4_c55a;
const CIPHER_192: u128 = 0xdda9_7ca4_864c_dfe0_6eaf_70a0_ec0d_7191;
const CIPHER_256: u128 = 0x8ea2_b7ca_5167_45bf_eafc_4990_4b49_6089;
const CMAC_256: u128 = 0xf221_7dbb_d5ff_435d_4a87_b23a_7779_8ede;
const GCM_DATA: u128 = 0x7def_ba25_0d9c_5cc4_42ec_a2a6_c3a4_87ac;
const GCM_TAG: u128 = 0x8c35_a25e_4d95_2d13_bed2_8806_7ed5_2b92;

/// A known answer.
struct Test {
    algorithm: Algorithm,
    kind: Kind,
    data: u128,
    tag: u128,
    answer: u128,
    status: Status,
}

const fn test(algorithm: Algorithm, kind: Kind, data: u128, answer: u128) -> Test {
    Test { algorithm, kind, data, tag: 0, answer, status: Status::Ok }
}

const TESTS: [Test; 9] = [
    test(Algorithm::Aes128, Kind::EcbEncrypt, PLAIN, CIPHER_128),
    test(Algorithm::Aes128, Kind::EcbOpen, CIPHER_128, PLAIN),
    test(Algorithm::Aes192, Kind::EcbEncrypt, PLAIN, CIPHER_192),
    test(Algorithm::Aes192, Kind::EcbOpen, CIPHER_192, PLAIN),
    test(Algorithm::Aes256, Kind::EcbEncrypt, PLAIN, CIPHER_256),
    test(Algorithm::Aes256, Kind::EcbOpen, CIPHER_256, PLAIN),
    test(Algorithm::Aes256, Kind::Cmac, PLAIN, CMAC_256),
    Test { tag: GCM_TAG, ..test(Algorithm::Aes256, Kind::GcmOpen, GCM_DATA, PLAIN) },
    Test {
        tag: GCM_TAG ^ 1,
        status: Status::TagMismatch,
        ..test(Algorithm::Aes256, Kind::GcmOpen, GCM_DATA, 0)
    },
];

/// FIPS-197 C.1 to C.3.
const KEY: [u8; 32] = {
    let mut key = [0; 32];
    let mut at = 0;
    while at < 32 {
        key[at] = at as u8;
        at += 1;
    }
    key
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Key,
    Lane,
    Job,
    Wait(u32),
}

/// The self-test.
pub(crate) struct Selftest {
    state: State,
    number: usize,
    lane: usize,
    lanes: usize,
    tested: u32,
    passed: bool,
    /// Test that failed, from 1, in bits 0 to 3, and its lane in 4 to 7.
    pub(crate) failed: u8,
}

impl Selftest {
    pub(crate) fn new(lanes: usize) -> Self {
        Self { state: State::Idle, number: 0, lane: 0, lanes, tested: 0, passed: false, failed: 0 }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.state != State::Idle
    }

    /// No lane is enabled that was not tested.
    pub(crate) fn has_passed(&self, enabled: u32) -> bool {
        self.passed && enabled & !self.tested == 0
    }

    /// The key that it waits for.
    pub(crate) fn key(&self) -> Option<(Algorithm, &'static [u8; 32])> {
        (self.state == State::Key).then(|| (TESTS[self.number].algorithm, &KEY))
    }

    /// The job that it wants done: lane, job, data.
    pub(crate) fn job(&self, slot: u8, cycle: u32) -> Option<(usize, Job, [u8; 16])> {
        if self.state != State::Job {
            return None;
        }
        let test = &TESTS[self.number];
        let mut job = Job {
            id: JobId { ring: TEST_RING, tag: 0 },
            inline_output: true,
            start_cycle: cycle,
            data_bytes: 16,
            tag_block: 1,
            iv: GCM_IV.to_be_bytes(),
            expected: test.tag.to_be_bytes(),
            output_bytes: 16,
            ..Job::default()
        };
        job.slots[0] = slot;
        job.steps[0].kind = test.kind;
        Some((self.lane, job, test.data.to_be_bytes()))
    }

    /// One cycle; true: it failed.
    pub(crate) fn cycle(
        &mut self,
        start: bool,
        enabled: u32,
        key_done: bool,
        job_taken: bool,
        answer: Option<&Entry>,
    ) -> bool {
        match self.state {
            State::Idle if start => {
                (self.state, self.number, self.passed) = (State::Key, 0, false);
                (self.failed, self.tested) = (0, enabled);
            }
            State::Key if key_done => (self.state, self.lane) = (State::Lane, 0),
            State::Lane if enabled >> self.lane & 1 == 1 => self.state = State::Job,
            State::Lane => self.next(State::Lane),
            State::Job if job_taken => self.state = State::Wait(0),
            State::Wait(waited) => return self.wait(waited, answer),
            _ => {}
        }
        false
    }

    fn wait(&mut self, waited: u32, answer: Option<&Entry>) -> bool {
        let test = &TESTS[self.number];
        let good = answer
            .map(|entry| entry.status == test.status && entry.inline == test.answer.to_be_bytes());
        if waited == WAIT_MAX || good == Some(false) {
            self.failed = (self.lane as u8) << 4 | (self.number as u8 + 1);
            self.state = State::Idle;
            return true;
        }
        self.state = State::Wait(waited + 1);
        if good == Some(true) {
            self.next(State::Lane);
        }
        false
    }

    /// The next lane, the next test, or the end.
    fn next(&mut self, lane: State) {
        if self.lane + 1 != self.lanes {
            self.lane += 1;
            self.state = lane;
        } else if self.number + 1 != TESTS.len() {
            self.number += 1;
            self.state = State::Key;
        } else {
            self.passed = true;
            self.state = State::Idle;
        }
    }
}
