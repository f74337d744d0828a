//! Bring-up: the root of keys, the self-test, and what loads keys and programs.

use super::software::{Block, Key};
use pcie_sim::{Host, HostError, Simulation};
use typex_abi::{
    Descriptor, HEADER_BYTES, KeyRef, Root as RootKind, WRAPPED_KEY_BYTES, ctrl, register, state,
};

/// Virtual time within which the card empties its slots after a reset, and ends its self-test.
const START_PS: u64 = 10_000_000_000;

/// Why a card does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A register could not be reached.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The self-test failed or did not end.
    #[error("self-test failed, state {state:#x}, test {test}")]
    SelfTest {
        /// The register `state`.
        state: u32,
        /// The test that failed.
        test: u32,
    },
}

/// Brings up a card that is out of reset: transport root, self-test, and jobs are taken.
///
/// # Errors
/// [`StartError::Host`], [`StartError::SelfTest`]
pub fn start(simulation: &mut Simulation, root: &Root) -> Result<(), StartError> {
    for (at, word) in (0..).zip(root.0.bytes().as_chunks().0) {
        simulation.write(register::TRANSPORT_KEY + 4 * at, u32::from_be_bytes(*word))?;
    }
    simulation.write(register::TRANSPORT_LOCK, 1)?;
    // After a reset the card empties its slots first, and refuses the test meanwhile.
    simulation.run_until_idle(START_PS);
    simulation.write(register::SELFTEST, 1)?;
    simulation.run_until_idle(START_PS);
    let state = simulation.read(register::STATE)?;
    if state & (state::SELFTEST_PASSED | state::SELFTEST_RUNNING) != state::SELFTEST_PASSED {
        let test = simulation.read(register::SELFTEST)? & 0xff;
        return Err(StartError::SelfTest { state, test });
    }
    Ok(control(&simulation.host(), ctrl::ENABLE)?)
}

/// Writes the control register, which takes what was written twice.
///
/// # Errors
/// See [`Host::write`].
pub fn control(host: &Host, value: u32) -> Result<(), HostError> {
    host.write(register::CTRL, value)?;
    host.write(register::CTRL, value)
}

/// The root under which keys travel to the card.
pub struct Root(Key);

/// A key as `key_load` wants it.
#[derive(Clone, Debug)]
pub struct Wrapped {
    /// What the descriptor's input points at: header and ciphertext.
    pub bytes: [u8; WRAPPED_KEY_BYTES],
    nonce: [u8; 12],
    tag: Block,
}

impl Root {
    /// The root of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Key::new(&bytes))
    }

    /// Wraps a key of at most 32 bytes.
    pub fn wrap(&self, nonce: [u8; 12], header: &[u8; HEADER_BYTES], key: &[u8]) -> Wrapped {
        let mut clear = [0; WRAPPED_KEY_BYTES - HEADER_BYTES];
        clear[..key.len()].copy_from_slice(key);
        let (secret, tag) = self.0.gcm_seal(nonce, header, &clear);
        let mut bytes = [0; WRAPPED_KEY_BYTES];
        bytes[..HEADER_BYTES].copy_from_slice(header);
        bytes[HEADER_BYTES..].copy_from_slice(&secret);
        Wrapped { bytes, nonce, tag }
    }
}

impl Wrapped {
    /// The descriptor that loads it; without the address of its input.
    pub fn load(&self, place: KeyRef) -> Descriptor {
        Descriptor::key_load(place, RootKind::Transport, self.nonce, self.tag)
    }
}
