//! The Enigma Bridge dialect from outside: goldens, malformed requests, fuzz corpora.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod corpus;
mod goldens;
mod malformed;
mod message;
mod refusals;
