//! The behavioural card, and cards behind a simulated link.
#![forbid(unsafe_code)]
