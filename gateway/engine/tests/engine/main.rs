//! The engine through its public interface.

#[cfg(test)]
mod harness;
#[cfg(test)]
mod vectors;
