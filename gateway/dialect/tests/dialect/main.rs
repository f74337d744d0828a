//! The dialects from outside: goldens, malformed requests, fuzz corpora.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod aws_payment;
mod corpus;
mod encedo_hem;
mod golden;
mod goldens;
mod kinds;
mod malformed;
mod message;
mod refusals;
mod stream;
mod vault;
