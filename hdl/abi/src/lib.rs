//! What a host knows of the card: registers, descriptors, completions, and the way to reach it.
#![forbid(unsafe_code)]
