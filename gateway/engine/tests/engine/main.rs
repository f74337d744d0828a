//! The engine through its public interface.

mod harness;
mod vectors;
