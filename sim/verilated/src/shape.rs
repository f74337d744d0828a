//! What the build script built.

/// SHA-256 of the RTL's sources, in hexadecimal. The card shows its first 32 bits as `build`.
pub const RTL_HASH: &str = env!("RTL_HASH");
/// Configuration of `hdl/abi/abi.toml`; `CARD_CONFIGURATION` chose it.
pub const CONFIGURATION: &str = env!("RTL_CONFIGURATION");
/// Lanes.
pub const LANES: u32 = number(env!("RTL_LANES"));
/// Registers per AES round.
pub const REGS_PER_ROUND: u32 = number(env!("RTL_REGS_PER_ROUND"));
/// Key slots.
pub const KEY_SLOTS: u32 = number(env!("RTL_KEY_SLOTS"));
/// Messages that a lane holds.
pub const CONTEXTS: u32 = number(env!("RTL_CONTEXTS"));
/// Rings.
pub const RINGS: u32 = number(env!("RTL_RINGS"));
/// Reads of host memory under way at a time.
pub const READ_TAGS: u32 = number(env!("RTL_READ_TAGS"));
/// Clock in kHz; 0 if the configuration names none.
pub const CLOCK_KHZ: u32 = number(env!("RTL_CLOCK_KHZ"));
/// Bytes of C++ that Verilator made of the card.
pub const CPP_BYTES: u32 = number(env!("RTL_CPP_BYTES"));
/// Processor time of Verilator and the C++ compiler for the card, ms, when it was last built; 0
/// if the system does not tell.
pub const BUILD_CPU_MS: u32 = number(env!("RTL_BUILD_CPU_MS"));

/// A decimal number; the build script writes nothing else.
const fn number(text: &str) -> u32 {
    match u32::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("the build script writes numbers"),
    }
}
