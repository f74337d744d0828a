//! The calls into C++, made safe. The C side is `shim/pins.h`.
//!
//! JUSTIFICATION for every block here: the models are C++, and C functions are how Rust reaches
//! them. One call per clock cycle costs nothing that can be measured against the model's work.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{NonNull, null};

/// `Inputs` of pins.h.
#[repr(C)]
pub(crate) struct Inputs {
    pub(crate) mmio_wr_addr: u32,
    pub(crate) mmio_wr_data: u32,
    pub(crate) mmio_rd_addr: u32,
    pub(crate) reset: bool,
    pub(crate) mmio_wr_valid: bool,
    pub(crate) mmio_rd_valid: bool,
    pub(crate) rd_req_ready: bool,
    pub(crate) wr_ready: bool,
    pub(crate) rd_cpl_valid: bool,
    pub(crate) rd_cpl_tag: u8,
    pub(crate) rd_cpl_last: bool,
    pub(crate) rd_cpl_error: bool,
    pub(crate) rd_cpl_data: [u8; 64],
}

/// `Outputs` of pins.h.
#[repr(C)]
pub(crate) struct Outputs {
    pub(crate) rd_req_addr: u64,
    pub(crate) wr_addr: u64,
    pub(crate) mmio_rd_data: u32,
    pub(crate) rd_req_bytes: u16,
    pub(crate) mmio_rd_valid: u8,
    pub(crate) rd_req_valid: u8,
    pub(crate) rd_req_tag: u8,
    pub(crate) wr_valid: u8,
    pub(crate) wr_bytes: u8,
    pub(crate) wr_last: u8,
    pub(crate) idle: u8,
    pub(crate) wr_data: [u8; 64],
}

/// `Port` of pins.h.
#[repr(C)]
struct RawPort {
    name: *const c_char,
    bits: u32,
    is_output: u8,
}

type Visit = extern "C" fn(*mut c_void, *const c_char, u32, *mut c_void);

/// `Top` of pins.h.
#[repr(C)]
struct Top {
    make: extern "C" fn(u64, *const c_char) -> *mut c_void,
    destroy: unsafe extern "C" fn(*mut c_void),
    settle: unsafe extern "C" fn(*mut c_void) -> i32,
    edge: unsafe extern "C" fn(*mut c_void) -> i32,
    set: unsafe extern "C" fn(*mut c_void, u32, *const u32),
    value: unsafe extern "C" fn(*mut c_void, u32, *mut u32),
    ports: *const RawPort,
    port_count: u32,
    cycle: Option<unsafe extern "C" fn(*mut c_void, *const Inputs, *mut Outputs) -> i32>,
    registers: Option<unsafe extern "C" fn(*mut c_void, *mut c_void, Visit)>,
    flip: Option<unsafe extern "C" fn(*mut c_void, u32)>,
}

// SAFETY: a table is constant and its functions keep no state outside the model they are given;
// `ports` points to a constant array.
unsafe impl Sync for Top {}

/// Declares the tables that the build script found, and finds one by name.
macro_rules! tops {
    ($($name:ident => $table:ident;)*) => {
        unsafe extern "C" {
            $(safe static $table: Top;)*
        }

        fn top(name: &str) -> Option<&'static Top> {
            match name {
                $(stringify!($name) => Some(&$table),)*
                _ => None,
            }
        }
    };
}
include!(concat!(env!("OUT_DIR"), "/tops.rs"));

/// Why there is no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The build script made no such top: its feature is off, or `TOPS` left it out.
    #[error("this top was not built")]
    Absent,
    /// The top does not have the pins of `card`.
    #[error("this top does not have the pins of a card")]
    Pins,
    /// The model could not be made.
    #[error("the model could not be made")]
    Failed,
}

/// Name and size of a port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortShape {
    pub(crate) name: &'static str,
    pub(crate) bits: u32,
    pub(crate) is_output: bool,
}

/// A register that can be flipped.
#[derive(Clone, Debug)]
pub struct Register {
    /// Place in the hierarchy and name.
    pub name: String,
    /// Width.
    pub bits: u32,
    at: *mut c_void,
}

// SAFETY: the address is used only by `Model::flip`, which has the model to itself.
unsafe impl Send for Register {}

/// A simulated top. Freed when dropped.
pub(crate) struct Model {
    top: &'static Top,
    model: NonNull<c_void>,
}

// SAFETY: a model reaches nothing but its own context, which it makes its thread's before each
// use; it is not Sync, so one thread uses it at a time.
unsafe impl Send for Model {}

impl Model {
    /// Makes one. A seed other than 0 gives registers without reset any value, where the top was
    /// built for it.
    pub(crate) fn new(name: &str, seed: u64) -> Result<Self, ModelError> {
        let top = top(name).ok_or(ModelError::Absent)?;
        let wave = std::env::var("CARD_WAVE").ok().and_then(|path| CString::new(path).ok());
        let made = (top.make)(seed, wave.as_ref().map_or(null(), |path| path.as_ptr()));
        NonNull::new(made).map(|model| Self { top, model }).ok_or(ModelError::Failed)
    }

    /// Whether it has the pins of `card`.
    pub(crate) fn is_device(&self) -> bool {
        self.top.cycle.is_some()
    }

    /// One rising edge with the pins of `card`. False once the model has stopped.
    pub(crate) fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) -> bool {
        // SAFETY: the model is alive and ours alone; both structures have the layout of pins.h.
        self.top
            .cycle
            .is_some_and(|cycle| unsafe { cycle(self.model.as_ptr(), inputs, outputs) != 0 })
    }

    /// The registers that were built to be reached.
    pub(crate) fn registers(&mut self) -> Vec<Register> {
        let mut found = Vec::new();
        if let Some(registers) = self.top.registers {
            // SAFETY: the model is alive and ours alone; `push` gets the vector it expects.
            unsafe { registers(self.model.as_ptr(), (&raw mut found).cast(), push) };
        }
        found
    }

    /// Flips one bit of `register`, which must come from this model's `registers`.
    pub(crate) fn flip(&mut self, register: &Register, bit: u32) {
        let own = self.registers().iter().any(|one| one.at == register.at);
        if let Some(flip) = self.top.flip.filter(|_| own && bit < register.bits) {
            // SAFETY: the address is of a register of this model, which is alive, and the bit is
            // inside it.
            unsafe { flip(register.at, bit) };
        }
    }
}

impl Model {
    /// Its ports.
    pub(crate) fn ports(&self) -> Vec<PortShape> {
        // SAFETY: the table says how many constant entries `ports` points to.
        let list =
            unsafe { std::slice::from_raw_parts(self.top.ports, self.top.port_count as usize) };
        list.iter().map(RawPort::shape).collect()
    }

    /// Evaluates what depends on inputs without a clock. False once the model has stopped.
    pub(crate) fn settle(&mut self) -> bool {
        // SAFETY: the model is alive and ours alone.
        unsafe { (self.top.settle)(self.model.as_ptr()) != 0 }
    }

    /// One rising edge. False once the model has stopped.
    pub(crate) fn edge(&mut self) -> bool {
        // SAFETY: the model is alive and ours alone.
        unsafe { (self.top.edge)(self.model.as_ptr()) != 0 }
    }

    /// Sets port number `port`, of `bits` bits, from words of 32 bits, the least significant
    /// first. `words` has room for every bit of the port.
    pub(crate) fn set(&mut self, port: u32, bits: u32, words: &[u32]) {
        assert!(words.len() >= words_of(bits), "words for every bit");
        // SAFETY: the model is alive and ours alone; it reads as many words as `bits` need.
        unsafe { (self.top.set)(self.model.as_ptr(), port, words.as_ptr()) };
    }

    /// The words of port number `port`, of `bits` bits.
    pub(crate) fn value(&mut self, port: u32, bits: u32) -> Vec<u32> {
        let mut words = vec![0; words_of(bits)];
        // SAFETY: the model is alive and ours alone; it writes as many words as `bits` need.
        unsafe { (self.top.value)(self.model.as_ptr(), port, words.as_mut_ptr()) };
        words
    }
}

/// Words that the C side moves for a port; two for every value of up to 64 bits.
pub(crate) fn words_of(bits: u32) -> usize {
    bits.div_ceil(32).max(2) as usize
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: the model was made by this table and is not used afterwards.
        unsafe { (self.top.destroy)(self.model.as_ptr()) };
    }
}

impl RawPort {
    fn shape(&self) -> PortShape {
        // SAFETY: names are constant C strings.
        let name = unsafe { CStr::from_ptr(self.name) };
        let name = name.to_str().unwrap_or_default();
        PortShape { name, bits: self.bits, is_output: self.is_output != 0 }
    }
}

extern "C" fn push(list: *mut c_void, name: *const c_char, bits: u32, at: *mut c_void) {
    // SAFETY: `Model::registers` passes its vector, which outlives the call and is not used
    // elsewhere during it.
    let list = unsafe { &mut *list.cast::<Vec<Register>>() };
    // SAFETY: the name is a C string that lives as long as this call.
    let name = unsafe { CStr::from_ptr(name) };
    list.push(Register { name: name.to_string_lossy().into_owned(), bits, at });
}
